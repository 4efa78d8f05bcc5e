"""How far probabilities can be taken at their word: reliability, calibration error, ranking."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qualityslo.stats.rater_agreement import ALL_EQUAL, Coefficient, Undefined
from qualityslo.stats.scored_labels import BoolArray, ScoredLabels
from qualityslo.stats.scores import ScoreEstimate, has_spread
from qualityslo.stats.special import FloatArray, tail_of

BINS = 10
_ENOUGH = 0.9  # share of the resamples in which a statistic must exist to have limits

Statistic = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Answers whose probability of good lies in [low, high): what was said, and what was so.

    `share` is that of the population, `probability` and `good` are weighted means in it.
    """

    low: float
    high: float
    labels: int
    share: float
    probability: float
    good: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What probabilities of good are worth on labelled answers, each figure with its limits.

    Attributes:
        bins: the reliability diagram, ten equal bins, those without labels left out.
        ece: expected calibration error: the mean over the population of |said - so| of its bin.
        ece_floor: what perfectly calibrated probabilities would show with so few labels.
        brier: mean squared distance from the truth.
        auroc: probability that a good answer stands above a bad one; ties count half.
    """

    bins: tuple[ReliabilityBin, ...]
    ece: ScoreEstimate
    ece_floor: float
    brier: ScoreEstimate
    auroc: Coefficient


def calibrated(
    probabilities: FloatArray,
    labels: ScoredLabels,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 1_000,
) -> Calibrated:
    """Measure probabilities of good against labels.

    Weighted by the design, with limits from resampling items. Those of `brier` and `auroc` are
    percentiles. The calibration error is biased upwards by noise, and its resamples once more: its
    upper limit is their percentile; its lower one is 0 where perfectly calibrated probabilities
    would show as much in 2.5 % of the draws, else the lower of percentile and pivotal limit
    (Davison & Hinkley 1997, section 5.2).

    Args:
        probabilities: of good, shape (answers,).
        labels: the answers; their scores are not looked at.
        rng: the source of the resamples.
        confidence: two-sided level.
        resamples: how many.
    """
    good = labels.good.astype(np.float64)
    statistics: tuple[Statistic, ...] = (
        lambda weights: _ece(weights, probabilities, good),
        lambda weights: weights @ (probabilities - good) ** 2 / weights.sum(axis=1),
        lambda weights: _auroc(weights, probabilities, labels.good),
    )

    def together(weights: FloatArray) -> FloatArray:
        return np.stack([one(weights) for one in statistics], axis=1)

    points = together(labels.weights[None, :])[0]
    draws = labels.resampled(together, rng, resamples)
    perfect = _perfect(probabilities, labels, rng, resamples)
    ece, brier, auroc = (
        interval(point, column, labels, confidence)
        for point, column in zip(points, draws.T, strict=True)
    )
    assert isinstance(ece, ScoreEstimate)
    assert isinstance(brier, ScoreEstimate)
    return Calibrated(
        bins=_bins(probabilities, labels),
        ece=_error_limits(ece, perfect),
        ece_floor=float(perfect.mean()),
        brier=brier,
        auroc=auroc,
    )


def interval(
    point: float, draws: FloatArray, labels: ScoredLabels, confidence: float
) -> Coefficient:
    """Return a statistic with percentiles of its resampled values; NaN stands for undefined."""
    if np.isnan(point):
        return Undefined(ALL_EQUAL)
    low, high, tail = None, None, tail_of(confidence)
    defined = draws[~np.isnan(draws)]
    if len(defined) >= _ENOUGH * len(draws) and has_spread(defined):
        low, high = (float(one) for one in np.quantile(defined, (tail, 1 - tail)))
    return ScoreEstimate(
        point=float(point),
        low=low,
        high=high,
        confidence=confidence,
        labelled=len(labels),
        items=labels.item_count,
        method="bootstrap by item, percentile",
    )


def _error_limits(error: ScoreEstimate, perfect: FloatArray) -> ScoreEstimate:
    """Return the calibration error with limits that allow for its bias."""
    if error.low is None or error.high is None:
        return error
    likely = float(np.quantile(perfect, 1 - tail_of(error.confidence)))
    low = 0.0 if error.point <= likely else max(0.0, min(error.low, 2 * error.point - error.high))
    return replace(error, low=low, method="bootstrap by item, against perfect calibration")


def _bin_of(probabilities: FloatArray) -> FloatArray:
    """Return which bin each answer falls into as columns of 0 and 1, shape (answers, BINS)."""
    at = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    columns: FloatArray = np.eye(BINS)[at]
    return columns


def _ece(weights: FloatArray, probabilities: FloatArray, good: FloatArray) -> FloatArray:
    gap = weights @ (_bin_of(probabilities) * (probabilities - good)[:, None])
    error: FloatArray = np.abs(gap).sum(axis=1) / weights.sum(axis=1)
    return error


def _auroc(weights: FloatArray, scores: FloatArray, good: BoolArray) -> FloatArray:
    """Return the weighted share of pairs in order; NaN where a kind is missing."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = weights[:, order]
    above = np.add.reduceat(ordered * good[order], starts, axis=1)
    below = np.add.reduceat(ordered * ~good[order], starts, axis=1)
    lower = np.cumsum(below, axis=1) - below / 2
    pairs = above.sum(axis=1) * below.sum(axis=1)
    inside = (above * lower).sum(axis=1)
    share: FloatArray = np.divide(inside, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return share


def _bins(probabilities: FloatArray, labels: ScoredLabels) -> tuple[ReliabilityBin, ...]:
    member = _bin_of(probabilities)
    weight = labels.weights @ member
    said = (labels.weights * probabilities) @ member
    so = (labels.weights * labels.good) @ member
    return tuple(
        ReliabilityBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            labels=int(member[:, at].sum()),
            share=float(weight[at] / labels.weights.sum()),
            probability=float(said[at] / weight[at]),
            good=float(so[at] / weight[at]),
        )
        for at in np.flatnonzero(weight).tolist()
    )


def _perfect(
    probabilities: FloatArray, labels: ScoredLabels, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Return the calibration errors of labels drawn from the probabilities, shape (draws,)."""
    drawn = rng.random((draws, len(labels))) < probabilities
    gap = np.abs((labels.weights * (probabilities - drawn)) @ _bin_of(probabilities)).sum(axis=1)
    errors: FloatArray = gap / labels.weights.sum()
    return errors
