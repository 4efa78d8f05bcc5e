"""PPI++: the published figures where it may be used, and a plain word where it may not."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from qualityslo.errors import StatsError
from qualityslo.stats import PredictionPoweredMean, ppi_mean

FloatArray = NDArray[np.float64]


def limits(estimate: PredictionPoweredMean) -> tuple[float, float]:
    """Return both limits of an estimate that has them."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def scored(
    labels: int, others: int, noise: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return people's scores and a grader's, biased by 0.1 and noisy, whose true mean is 0.4."""
    truth = rng.beta(2, 3, size=labels + others)
    seen = truth + 0.1 + rng.normal(scale=noise, size=labels + others)
    return truth[:labels], seen[:labels], seen[labels:]


def test_the_mean_is_covered_about_as_often_as_promised_though_the_grader_is_biased() -> None:
    rng, covered, narrower = np.random.default_rng(8), [], []
    for _ in range(1500):
        truth, score, other = scored(200, 1000, 0.15, rng)
        low, high = limits(ppi_mean(truth, score, other))
        covered.append(low <= 0.4 <= high)
        narrower.append((high - low) / (2 * 1.96 * truth.std() / math.sqrt(200)))
        assert abs(other.mean() - 0.4) > 0.05  # the grader alone would be wrong
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(narrower) < 0.85


def test_a_grader_that_knows_nothing_costs_nothing_when_tuned() -> None:
    rng = np.random.default_rng(9)
    truth, score, other = rng.random(300), rng.random(300), rng.random(900)
    tuned = ppi_mean(truth, score, other)
    plain = ppi_mean(truth, score, other, power_tuning=False)
    assert tuned.weight < 0.1
    low, high = limits(tuned)
    assert high - low <= 2 * 1.96 * truth.std() / math.sqrt(300)
    assert limits(plain)[1] - limits(plain)[0] > 1.2 * (high - low)
    assert (plain.weight, plain.method, tuned.method) == (1.0, "ppi", "ppi++")


def test_the_weight_stays_between_the_labels_alone_and_the_plain_estimator() -> None:
    rng = np.random.default_rng(10)
    truth = rng.random(300)
    assert ppi_mean(truth, 1 - truth, rng.random(900)).weight == 0
    assert ppi_mean(truth, truth / 4, rng.random(900) / 4).weight == 1


def test_a_grader_that_says_one_thing_leaves_the_labels_alone() -> None:
    truth = np.random.default_rng(11).random(250)
    found = ppi_mean(truth, [0.5] * 250, [0.5] * 900)
    arm = 1.959963984540054 * truth.std() / math.sqrt(250)
    assert found.weight == 0
    assert limits(found) == pytest.approx((truth.mean() - arm, truth.mean() + arm))
    assert (found.labelled, found.items, found.doubts) == (250, 1150, ())


def test_no_failure_seen_is_no_certainty() -> None:
    # Tools that only approximate answer [0, 0] here; up to 3.6 % is possible.
    found = ppi_mean([0] * 100, [1] * 3 + [0] * 97, [1] * 50 + [0] * 1850)
    assert (found.point, found.low, found.high) == (0, None, None)
    assert found.doubts == (
        "100 labels; the normal limits want 200",
        "0.0% of the labels differ from the rest; below 5% limits fail",
    )


@pytest.mark.parametrize(
    ("labels", "bad", "doubts"),
    [(199, 40, 1), (200, 10, 0), (200, 9, 1), (60, 1, 2)],
    ids=["too few labels", "just enough", "too rare", "both"],
)
def test_conditions_that_fail_are_named(labels: int, bad: int, doubts: int) -> None:
    truth = [1] * bad + [0] * (labels - bad)
    score = [1] * (bad // 2) + [0] * (labels - bad // 2)
    assert len(ppi_mean(truth, score, [0, 1] * 500).doubts) == doubts


def test_more_confidence_is_wider() -> None:
    truth, score, other = scored(200, 1000, 0.15, np.random.default_rng(12))
    usual, careful = (ppi_mean(truth, score, other, confidence=one) for one in (0.95, 0.99))
    assert limits(careful)[0] < limits(usual)[0]
    assert careful.confidence == 0.99


@pytest.mark.parametrize(
    ("truth", "score", "other", "message"),
    [
        pytest.param([0.1, 0.2], [0.1], [0.3], "pass both for each", id="a label without a score"),
        pytest.param([], [], [0.3], "labelled_truth has shape", id="no labels"),
        pytest.param([0.1], [0.1], [], "other_score has shape", id="nothing else"),
        pytest.param([0.1], [math.nan], [0.3], "labelled_score holds", id="a missing score"),
    ],
)
def test_what_cannot_be_combined_is_refused(
    truth: list[float], score: list[float], other: list[float], message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        ppi_mean(truth, score, other)
