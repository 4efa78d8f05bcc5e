"""How often a grader flags what people call bad, and how far the two agree."""

import math
from dataclasses import dataclass

import numpy as np

from qualityslo.stats.clustered import window_rate_interval
from qualityslo.stats.estimate import Estimate
from qualityslo.stats.rater_agreement import Coefficient
from qualityslo.stats.reliability import interval
from qualityslo.stats.scored_labels import BoolArray, ScoredLabels
from qualityslo.stats.special import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A grader's flags against people's labels, weighted by the design.

    Attributes:
        sensitivity: share of the bad answers that it flags.
        specificity: share of the good answers that it does not flag.
        agreed: share of the answers on which both say the same.
        kappa: Cohen's kappa.
        ac1: Gwet's AC1; unlike the other two it does not fall where nearly all is good.
        alpha: Krippendorff's alpha, nominal.
    """

    sensitivity: Estimate
    specificity: Estimate
    agreed: Estimate
    kappa: Coefficient
    ac1: Coefficient
    alpha: Coefficient


def detection(
    flagged: BoolArray,
    labels: ScoredLabels,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 1_000,
) -> Detection:
    """Measure flags against labels.

    Sensitivity is a / (a + m) of two rates over all answers, a of bad and flagged, m of bad and
    missed, each with its `window_rate` limits, which are honest where not one miss was seen among
    few labels of the quiet stratum; the limits of the ratio are those of Donner & Zou (2012).
    Specificity likewise. Coefficients (formulas: `rater_agreement`, and
    Cohen 1960) are of the weighted fourfold table, with limits from resampling items.

    Args:
        flagged: whether each answer is flagged, shape (answers,).
        labels: the answers.
        rng: the source of the resamples.
        confidence: two-sided level.
        resamples: how many.
    """
    bad = ~labels.good
    draws = labels.resampled(lambda one: _coefficients(one, flagged, bad), rng, resamples)
    points = _coefficients(labels.weights[None, :], flagged, bad)[0]
    kappa, ac1, alpha = (
        interval(point, column, labels, confidence)
        for point, column in zip(points, draws.T, strict=True)
    )
    return Detection(
        sensitivity=_share(bad & flagged, bad & ~flagged, labels, confidence),
        specificity=_share(~bad & ~flagged, ~bad & flagged, labels, confidence),
        agreed=_rate(flagged == bad, labels, confidence),
        kappa=kappa,
        ac1=ac1,
        alpha=alpha,
    )


def _share(hit: BoolArray, missed: BoolArray, labels: ScoredLabels, confidence: float) -> Estimate:
    """Return the share of `hit` among both kinds, with limits."""
    first, second = _rate(hit, labels, confidence), _rate(missed, labels, confidence)
    assert first.point is not None
    assert second.point is not None
    total = first.point + second.point
    return Estimate(
        point=first.point / total if total else None,
        low=1 / (1 + _ratio_high(second, first)),
        high=1 - 1 / (1 + _ratio_high(first, second)),
        confidence=confidence,
        labelled=int((hit | missed).sum()),
        items=labels.item_count,
        frame="traffic",
        method="window_rate, ratio",
    )


def _ratio_high(above: Estimate, below: Estimate) -> float:
    """Return the upper limit of a ratio of two rates: MOVER (Donner & Zou 2012, formula 9)."""
    assert above.point is not None
    assert below.point is not None
    x, high, y, low = above.point, above.high, below.point, below.low
    if low <= 0:
        return math.inf
    product = x * y
    inside = product**2 - high * low * (2 * x - high) * (2 * y - low)
    return (product + math.sqrt(max(0.0, inside))) / (low * (2 * y - low))


def _rate(event: BoolArray, labels: ScoredLabels, confidence: float) -> Estimate:
    size = labels.item_count
    weights = np.bincount(labels.item_codes, weights=labels.weights, minlength=size)
    events = np.bincount(labels.item_codes, weights=labels.weights * event, minlength=size)
    return window_rate_interval(
        weights, np.minimum(events, weights), confidence=confidence, labelled=len(labels)
    )


def _coefficients(weights: FloatArray, flagged: BoolArray, bad: BoolArray) -> FloatArray:
    """Return kappa, AC1 and alpha of each weighting, shape (weightings, 3); NaN where undefined."""
    total = weights.sum(axis=1)
    said, so = weights @ flagged / total, weights @ bad / total
    agreed = weights @ (flagged == bad) / total
    both = (said + so) / 2
    apart = 1 - agreed
    kappa = _chance_corrected(agreed, said * so + (1 - said) * (1 - so))
    ac1 = _chance_corrected(agreed, 2 * both * (1 - both))
    ratings = 2 * total**2 / (weights**2).sum(axis=1)  # two an answer, effectively
    expected = 2 * both * (1 - both) * ratings / (ratings - 1)
    alpha = 1 - np.divide(apart, expected, out=np.full(len(total), np.nan), where=expected > 0)
    return np.stack((kappa, ac1, alpha), axis=1)


def _chance_corrected(agreed: FloatArray, chance: FloatArray) -> FloatArray:
    corrected: FloatArray = np.divide(
        agreed - chance, 1 - chance, out=np.full(len(agreed), np.nan), where=chance < 1
    )
    return corrected
