"""Reliability, calibration error, ranking: against plain definitions, and as promised."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from qualityslo.stats import ScoredLabels, ScoreEstimate, Undefined, calibrated
from qualityslo.stats.reliability import BINS, _auroc, _ece
from tests.stats.test_calibration import labels_of, some_labels

Floats = NDArray[np.float64]


def plain_ece(probabilities: Floats, labels: ScoredLabels) -> float:
    """Return the calibration error by its definition."""
    total = 0.0
    for at in range(BINS):
        last = at == BINS - 1
        inside = [
            n
            for n, p in enumerate(probabilities)
            if at <= p * BINS and (p * BINS < at + 1 or last)
        ]
        gap = sum(labels.weights[n] * (probabilities[n] - float(labels.good[n])) for n in inside)
        total += abs(gap)
    return float(total / labels.weights.sum())


def plain_auroc(scores: Floats, labels: ScoredLabels) -> float:
    """Return the weighted share of good and bad pairs that are in order."""
    right = pairs = 0.0
    for a, b in itertools.product(np.flatnonzero(labels.good), np.flatnonzero(~labels.good)):
        weight = labels.weights[a] * labels.weights[b]
        pairs += weight
        right += weight * (scores[a] > scores[b]) + weight / 2 * (scores[a] == scores[b])
    return float(right / pairs) if pairs else float("nan")


@settings(max_examples=60, deadline=None)
@given(labels=some_labels())
def test_error_and_ranking_are_those_of_their_definitions(labels: ScoredLabels) -> None:
    weights = labels.weights[None, :]
    good = labels.good.astype(float)
    assert _ece(weights, labels.scores, good)[0] == pytest.approx(plain_ece(labels.scores, labels))
    assert _auroc(weights, labels.scores, labels.good)[0] == pytest.approx(
        plain_auroc(labels.scores, labels), nan_ok=True
    )


@settings(max_examples=20, deadline=None)
@given(labels=some_labels(), seed=st.integers(0, 99))
def test_the_diagram_holds_every_label_and_adds_up_to_the_error(
    labels: ScoredLabels, seed: int
) -> None:
    found = calibrated(labels.scores, labels, rng=np.random.default_rng(seed), resamples=100)
    assert sum(one.labels for one in found.bins) == len(labels)
    assert sum(one.share for one in found.bins) == pytest.approx(1)
    gaps = sum(one.share * abs(one.probability - one.good) for one in found.bins)
    assert gaps == pytest.approx(found.ece.point)
    for one in found.bins:
        assert one.low - 1e-9 <= one.probability <= one.high + 1e-9


def test_a_perfect_grader_has_no_error_and_no_limits() -> None:
    good = np.arange(100) % 3 > 0
    found = calibrated(good.astype(float), labels_of(good.astype(float), good), rng=rng())
    assert (found.ece.point, found.brier.point) == (0, 0)
    assert found.ece.low is None
    assert isinstance(found.auroc, ScoreEstimate)
    assert (found.auroc.point, found.auroc.low) == (1, None)
    assert found.ece_floor == 0


def test_few_labels_of_a_calibrated_grader_show_the_error_that_noise_makes() -> None:
    """Which is why the floor is told, and why the interval reaches down to 0."""
    random = rng()
    scores = random.random(100)
    labels = labels_of(scores, random.random(100) < scores)
    found = calibrated(scores, labels, rng=random)
    assert found.ece.point > 0.05
    assert found.ece_floor == pytest.approx(found.ece.point, abs=0.06)
    assert found.ece.low == 0


def test_answers_of_one_item_widen_the_limits() -> None:
    random = rng()
    scores = np.repeat(random.random(40), 10)
    good = np.repeat(random.random(40) < scores[::10], 10)
    together = labels_of(scores, good, None, np.repeat(np.arange(40), 10))
    apart = labels_of(scores, good)
    wide, narrow = (calibrated(scores, one, rng=rng()).auroc for one in (together, apart))
    assert isinstance(wide, ScoreEstimate)
    assert isinstance(narrow, ScoreEstimate)
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert (wide.labelled, wide.items) == (400, 40)


def rng() -> np.random.Generator:
    """Return the random numbers of a test."""
    return np.random.default_rng(11)


def test_answers_of_one_kind_have_no_ranking() -> None:
    found = calibrated(
        np.array([0.2, 0.9]), labels_of(np.array([0.2, 0.9]), np.ones(2, bool)), rng=rng()
    )
    assert found.auroc == Undefined("all labels equal")
