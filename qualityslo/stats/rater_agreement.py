"""How far people agree when they look at the same answers: three coefficients, side by side.

Where nearly all answers are good, chance-corrected coefficients fall though people agree (the
kappa paradox): 95 of 100 in agreement can have an alpha near 0. Gwet's AC1 does not fall so.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from qualityslo.errors import StatsError
from qualityslo.stats.bootstrap import resampled_counts
from qualityslo.stats.scores import ScoreEstimate, has_spread
from qualityslo.stats.special import FloatArray, tail_of

NO_PAIRS = "no item rated twice"
ALL_EQUAL = "all labels equal"
_ENOUGH = 0.9  # share of the resamples in which a coefficient must exist to have limits


@dataclass(frozen=True, slots=True)
class Undefined:
    """A coefficient that does not exist for these ratings, and why."""

    reason: str


Coefficient = ScoreEstimate | Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement of several raters on the same items.

    Attributes:
        raters: number of raters.
        items: items with at least one rating.
        rated_twice: items with two or more, on which agreement rests.
        raw: probability that two ratings of one item agree.
        alpha: Krippendorff's alpha, nominal.
        ac1: Gwet's AC1.
    """

    raters: int
    items: int
    rated_twice: int
    raw: Coefficient
    alpha: Coefficient
    ac1: Coefficient


def agreement(
    ratings: Sequence[Sequence[Hashable | None]],
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2_000,
) -> Agreement:
    """Estimate how far raters agree, each coefficient with a bootstrap interval over items.

    Raw agreement is the mean over items rated twice or more of the share of agreeing pairs;
    Krippendorff's alpha (2004, chapter 11) is that of the package `krippendorff`; Gwet's AC1 (2008) is
    (raw - e) / (1 - e), e = sum_k s_k (1 - s_k) / (categories - 1) with s_k the mean over rated
    items of the share of ratings k. All allow missing ratings. Limits are percentiles, hence
    approximate; a coefficient has none where resampling shows no spread (nobody ever disagreed),
    or where it does not exist in over a tenth of the resamples.

    Args:
        ratings: one row a rater, one column an item; any hashable category, None for not rated.
        rng: the source of the resamples.
        confidence: two-sided level.
        resamples: how many.

    Raises:
        StatsError: rows of different lengths, a NaN among the ratings, too few resamples, or a
            confidence outside (0, 1).

    >>> first, second = [True] * 3 + [False] * 97, [False] * 3 + [True] * 2 + [False] * 95
    >>> found = agreement([first, second], rng=np.random.default_rng(1))
    >>> round(found.raw.point, 4), round(found.alpha.point, 4), round(found.ac1.point, 4)
    (0.95, -0.0205, 0.9474)
    >>> agreement([[True], [None]], rng=np.random.default_rng(1)).raw
    Undefined(reason='no item rated twice')
    """
    tail = tail_of(confidence)
    if resamples * tail < 1:
        raise StatsError(f"resamples={resamples!r} says nothing of a tail of {tail:g}; take 2,000")
    counts = _counts(ratings)
    counts = counts[counts.sum(axis=1) > 0]
    items, twice = len(counts), int((counts.sum(axis=1) > 1).sum())
    found: list[Coefficient] = [Undefined(NO_PAIRS) for _ in range(3)]
    if twice:
        points = _coefficients(counts, np.ones((1, items)))[0].tolist()
        blocks = [_coefficients(counts, one) for one in resampled_counts(items, resamples, rng)]
        draws = np.concatenate(blocks).T
        found = [
            _estimate(point, row, confidence, (twice, items))
            for point, row in zip(points, draws, strict=True)
        ]
    raw, alpha, ac1 = found
    return Agreement(
        raters=len(ratings), items=items, rated_twice=twice, raw=raw, alpha=alpha, ac1=ac1
    )


def _counts(ratings: Sequence[Sequence[Hashable | None]]) -> FloatArray:
    """Return how many raters gave an item each category, shape (items, categories)."""
    if len({len(row) for row in ratings}) > 1:
        lengths = [len(row) for row in ratings]
        raise StatsError(f"ratings has rows of {lengths} items; write None where one is not rated")
    given = [
        (item, value) for row in ratings for item, value in enumerate(row) if value is not None
    ]
    if any(isinstance(value, float) and math.isnan(value) for _, value in given):
        raise StatsError("ratings holds a NaN; write None where an item is not rated")
    column = {value: at for at, value in enumerate(dict.fromkeys(value for _, value in given))}
    counts = np.zeros((len(ratings[0]) if ratings else 0, len(column)))
    for item, value in given:
        counts[item, column[value]] += 1
    return counts


def _coefficients(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Return raw, alpha and AC1 of each weighting of the items, NaN where one does not exist.

    Args:
        counts: ratings of each category, shape (items, categories), no item without one.
        weights: how often each item is drawn, shape (weightings, items).

    Returns:
        Shape (weightings, 3).
    """
    ratings = counts.sum(axis=1)
    twice = ratings > 1
    agreeing = (counts * (counts - 1)).sum(axis=1) / np.where(twice, ratings * (ratings - 1), 1)
    pairs = weights @ twice
    raw = np.where(pairs > 0, weights @ agreeing / np.maximum(pairs, 1), np.nan)
    shares = weights @ (counts / ratings[:, None]) / weights.sum(axis=1, keepdims=True)
    categories = counts.shape[1]
    chance = (shares * (1 - shares)).sum(axis=1) / max(categories - 1, 1)
    ac1 = (raw - chance) / (1 - chance) if categories > 1 else np.full(len(raw), np.nan)
    paired = counts[twice]
    alpha = [_alpha(np.repeat(paired, row.astype(int), axis=0)) for row in weights[:, twice]]
    return np.stack((raw, np.array(alpha), ac1), axis=1)


def _alpha(paired: FloatArray) -> float:
    """Return nominal alpha of items rated twice; NaN where they show fewer than two categories."""
    from krippendorff import alpha

    if (paired.sum(axis=0) > 0).sum() < 2:
        return math.nan
    return float(alpha(value_counts=paired, level_of_measurement="nominal"))


def _estimate(
    point: float, draws: FloatArray, confidence: float, about: tuple[int, int]
) -> Coefficient:
    """Return a coefficient with percentiles of its resampled values; NaN stands for undefined."""
    if math.isnan(point):
        return Undefined(ALL_EQUAL)
    low, high, tail = None, None, tail_of(confidence)
    defined = draws[~np.isnan(draws)]
    if len(defined) >= _ENOUGH * len(draws) and has_spread(defined):
        low, high = (float(one) for one in np.quantile(defined, (tail, 1 - tail)))
    labelled, items = about
    return ScoreEstimate(
        point=point,
        low=low,
        high=high,
        confidence=confidence,
        labelled=labelled,
        items=items,
        method="bootstrap, percentile",
    )
