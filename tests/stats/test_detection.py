"""Flags against labels: weighted counts, honest about what was hardly looked at, and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from qualityslo.stats import (
    Detection,
    Estimate,
    ScoredLabels,
    ScoreEstimate,
    Undefined,
    agreement,
    calibrated,
    detection,
    share_labels,
)
from qualityslo.stats.detection import _coefficients
from qualityslo.stats.reliability import _ece
from tests.stats.test_calibration import labels_of

Mask = NDArray[np.bool_]


def found_of(flagged: Mask, labels: ScoredLabels, seed: int = 5) -> Detection:
    """Return the detection with few resamples."""
    return detection(flagged, labels, rng=np.random.default_rng(seed), resamples=100)


def table(hit: int, missed: int, false: int, quiet: int) -> tuple[Mask, ScoredLabels]:
    """Return flags and labels with so many answers of each kind."""
    counts = [hit, missed, false, quiet]
    flagged = np.repeat([True, False, True, False], counts)
    good = np.repeat([False, False, True, True], counts)
    return flagged, labels_of(np.where(flagged, 0.2, 0.9), good)


@pytest.mark.parametrize("point", [(30, 10, 5, 55), (3, 1, 0, 96), (10, 30, 40, 20)])
def test_equal_weights_give_the_plain_shares(point: tuple[int, int, int, int]) -> None:
    hit, missed, false, quiet = point
    found = found_of(*table(*point))
    assert found.sensitivity.point == pytest.approx(hit / (hit + missed))
    assert found.specificity.point == pytest.approx(quiet / (quiet + false))
    assert found.agreed.point == pytest.approx((hit + quiet) / sum(point))


def test_coefficients_are_those_of_the_agreement_of_two_raters() -> None:
    flagged, labels = table(30, 10, 5, 55)
    found = found_of(flagged, labels)
    two = agreement(
        [flagged.tolist(), (~labels.good).tolist()], rng=np.random.default_rng(1), resamples=100
    )
    for ours, theirs in ((found.ac1, two.ac1), (found.alpha, two.alpha)):
        assert isinstance(ours, ScoreEstimate)
        assert isinstance(theirs, ScoreEstimate)
        assert ours.point == pytest.approx(theirs.point)
    assert isinstance(found.kappa, ScoreEstimate)
    expected = (0.85 - (0.35 * 0.40 + 0.65 * 0.60)) / (1 - (0.35 * 0.40 + 0.65 * 0.60))
    assert found.kappa.point == pytest.approx(expected)


def test_where_everything_is_the_same_no_coefficient_of_chance_exists() -> None:
    found = found_of(*table(0, 0, 0, 40))
    assert isinstance(found.kappa, Undefined)
    assert isinstance(found.alpha, Undefined)
    assert found.sensitivity.point is None
    assert (found.sensitivity.low, found.sensitivity.high) == (0, 1)


def test_an_answer_that_stands_for_many_counts_as_many() -> None:
    flagged, labels = table(9, 1, 10, 80)
    heavy = np.where(~labels.good & ~flagged, 9.0, 1.0)
    found = found_of(flagged, labels_of(labels.scores, labels.good, heavy))
    assert found.sensitivity.point == pytest.approx(0.5)


def test_no_miss_among_few_labels_of_the_quiet_stratum_proves_little() -> None:
    """Ten flagged answers, all bad, and fifteen of five hundred quiet ones, all good."""
    flagged = np.repeat([True, False], [10, 15])
    good = ~flagged
    weights = np.repeat([1.0, 500 / 15], [10, 15])
    found = found_of(flagged, labels_of(np.where(good, 0.9, 0.1), good, weights))
    assert found.sensitivity.point == 1
    assert found.sensitivity.low < 0.2  # up to 100 of the quiet ones may be bad


@settings(max_examples=50, deadline=None)
@given(
    counts=st.tuples(*[st.integers(0, 40)] * 4).filter(lambda one: sum(one) > 1),
    seed=st.integers(0, 99),
)
def test_every_share_lies_between_its_limits(counts: tuple[int, int, int, int], seed: int) -> None:
    found = found_of(*table(*counts), seed)
    for one in (found.sensitivity, found.specificity, found.agreed):
        assert 0 <= one.low <= one.high <= 1
        assert one.point is None or one.low <= one.point <= one.high


def test_weights_do_not_count_by_their_unit() -> None:
    flagged, labels = table(30, 10, 5, 55)
    scaled = labels_of(labels.scores, labels.good, labels.weights * 7)
    first, second = found_of(flagged, labels), found_of(flagged, scaled)
    for name in ("sensitivity", "specificity", "agreed", "kappa", "ac1", "alpha"):
        one, other = getattr(first, name), getattr(second, name)
        expected = pytest.approx((one.low, one.point, one.high))
        assert (other.low, other.point, other.high) == expected


def nights(random: np.random.Generator, sharpness: float) -> tuple[ScoredLabels, dict[str, float]]:
    """Return ten nights of 20 labels on 300 items, drawn as the product draws, and the truth."""
    size, rate = 300, 0.15
    prone = random.beta(0.3, 0.3 * (1 / rate - 1), size)
    rows, everything = [], []
    for _ in range(10):
        bad = random.random(size) < prone
        evidence = random.normal(size=size) + np.where(bad, -1.2, 1.2)
        odds = sharpness * (2.4 * evidence + np.log((1 - rate) / rate))
        scores = 1 / (1 + np.exp(-odds))
        flagged = scores < 0.5
        everything.append((scores, flagged, ~bad))
        pools = [np.flatnonzero(flagged), np.flatnonzero(~flagged)]
        sizes = share_labels((len(pools[0]), len(pools[1])), 20, factor=1.5, floor=5)
        for pool, count in zip(pools, sizes, strict=True):
            at = random.choice(pool, count, replace=False)
            weight = np.full(count, len(pool) / max(count, 1))
            rows.append((scores[at], flagged[at], ~bad[at], weight, at))
    scores, flagged, good, weights, items = (
        np.concatenate(one) for one in zip(*rows, strict=True)
    )
    labels = ScoredLabels(scores=scores, flagged=flagged, good=good, weights=weights, items=items)
    all_scores, all_flagged, all_good = (
        np.concatenate(one) for one in zip(*everything, strict=True)
    )
    ones = np.ones((1, len(all_scores)))
    kappa, ac1, _ = _coefficients(ones, all_flagged, ~all_good)[0]
    return labels, {
        "ece": float(_ece(ones, all_scores, all_good.astype(float))[0]),
        "sensitivity": float(all_flagged[~all_good].mean()),
        "specificity": float((~all_flagged)[all_good].mean()),
        "agreed": float((all_flagged == ~all_good).mean()),
        "kappa": float(kappa),
        "ac1": float(ac1),
    }


@pytest.mark.slow
@pytest.mark.parametrize("sharpness", [1.0, 2.0], ids=["a calibrated grader", "one too sure"])
def test_the_intervals_hold_under_the_products_own_draw(sharpness: float) -> None:
    """95 % intervals, thinned to 120 worlds; the full figures are in docs/calibration.md."""
    random, inside = np.random.default_rng(8), dict[str, list[bool]]()
    for _ in range(120):
        labels, truth = nights(random, sharpness)
        error = calibrated(labels.scores, labels, rng=random, resamples=200).ece
        found = detection(labels.flagged, labels, rng=random, resamples=200)
        estimates: dict[str, object] = {"ece": error} | {
            name: getattr(found, name) for name in truth if name != "ece"
        }
        for name, one in estimates.items():
            assert isinstance(one, Estimate | ScoreEstimate)
            held = one.low is None or one.high is None or one.low <= truth[name] <= one.high
            inside.setdefault(name, []).append(held)
    shares = {name: float(np.mean(held)) for name, held in inside.items()}
    assert min(shares[name] for name in ("ece", "sensitivity", "specificity", "agreed")) >= 0.93
    assert min(shares.values()) >= 0.87, shares
