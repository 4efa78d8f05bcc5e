"""The bootstrap: intervals for means of real-valued scores, and for paired differences of them.

For scores (similarities, ratings, lengths), whose distribution nobody knows. A rate of bad
answers is no case for it: where nothing bad was seen, resampling shows no spread; use
`rate_interval` and `paired_difference_interval`.
"""

from collections.abc import Iterator
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.scores import ScoreEstimate, finite_scores, has_spread
from qualityslo.stats.special import FloatArray, normal_quantile, tail_of

BootstrapMethod = Literal["percentile", "bca"]

_FEW_VALUES = 64  # distinct scores up to which their counts are drawn instead of the items
_BLOCK = 100_000  # draws held at a time: they stay in the cache


def bootstrap_means(
    scores: ArrayLike,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: BootstrapMethod = "percentile",
) -> tuple[ScoreEstimate, ...]:
    """Estimate the mean of each column of scores by resampling items with replacement.

    Efron & Tibshirani (1993): `percentile`, section 13.3; `bca`, section 14.3, with the
    acceleration of a mean, sum d^3 / (6 (sum d^2)^1.5). Approximate: 95 % limits
    held for 94 to 96 % of samples of 200 scores but for 85 to 94 % of those of 20, least with a
    long tail. Columns are estimated each on its own; rows must be independent (answers, not
    claims of one answer).

    Every resample is a real one. A column of few distinct values, such as 0 and 1, needs only how
    often each is drawn, which is multinomial; other columns share the drawn items.

    Args:
        scores: finite numbers, shape (items, columns), or (items,) for one column.
        rng: the source of the draws.
        confidence: two-sided level.
        resamples: how many; about 5 ns x items each on one core where scores have many values.
        method: how the limits are read off the resampled means.

    Returns:
        One estimate a column; without limits where all its scores are equal.

    Raises:
        StatsError: no scores, one that is not finite, more than two dimensions, an unknown
            method, or too few resamples for the confidence.

    >>> estimate, = bootstrap_means([0.2, 0.4, 0.4, 0.9, 0.7], rng=np.random.default_rng(1))
    >>> round(estimate.point, 2), round(estimate.low, 2), round(estimate.high, 2)
    (0.52, 0.32, 0.76)
    """
    tail = tail_of(confidence)
    if resamples * tail < 1:
        raise StatsError(
            f"resamples={resamples!r} says nothing of a tail of {tail:g}; "
            f"take at least {int(np.ceil(10 / tail)):,}"
        )
    if method not in {"percentile", "bca"}:
        raise StatsError(f"method={method!r}; known: 'percentile', 'bca'")
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim not in {1, 2}:
        raise StatsError(f"scores has shape {table.shape}; pass items by columns")
    columns = [finite_scores("scores", one) for one in np.atleast_2d(table.T)]
    return tuple(
        _estimate(one, means, tail, confidence, method)
        for one, means in zip(columns, _resampled(columns, resamples, rng), strict=True)
    )


def bootstrap_differences(
    first: ArrayLike,
    second: ArrayLike,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: BootstrapMethod = "percentile",
) -> tuple[ScoreEstimate, ...]:
    """Estimate mean(first) - mean(second) of two models on the same items (paired bootstrap).

    Resampling pairs is resampling their differences: `bootstrap_means` of first - second.

    Args:
        first: scores of the first model, shape (items, columns) or (items,).
        second: scores of the second, one for each of the first, in the same order.
        rng: see `bootstrap_means`, as the others.
        confidence: two-sided level.
        resamples: how many.
        method: how the limits are read off the resampled differences.

    Raises:
        StatsError: the shapes differ, or what `bootstrap_means` refuses.

    >>> a, b = [0.9, 0.4, 0.8, 0.7], [0.5, 0.3, 0.8, 0.6]
    >>> estimate, = bootstrap_differences(a, b, rng=np.random.default_rng(1))
    >>> round(estimate.point, 2)
    0.15
    """
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.shape != right.shape:
        raise StatsError(
            f"first has shape {left.shape}, second {right.shape}; pair the scores by item"
        )
    return bootstrap_means(
        left - right, rng=rng, confidence=confidence, resamples=resamples, method=method
    )


def resampled_counts(items: int, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield how often each item is drawn, blocks of shape (some resamples, items).

    Each row is one draw of `items` out of `items` with replacement; in all there are `resamples`.
    """
    rows = max(1, _BLOCK // items)
    for start in range(0, resamples, rows):
        drawn = rng.integers(items, size=(min(rows, resamples - start), items))
        counts = np.empty(drawn.shape)
        for row, one in zip(counts, drawn, strict=True):
            row[:] = np.bincount(one, minlength=items)
        yield counts


def _resampled(
    columns: list[FloatArray], resamples: int, rng: np.random.Generator
) -> list[FloatArray]:
    """Return the resampled means of each column, shape (resamples,) each."""
    items = len(columns[0])
    found = [np.unique(one, return_counts=True) for one in columns]
    means = np.empty((resamples, len(columns)))
    many = [at for at, (values, _) in enumerate(found) if len(values) > _FEW_VALUES]
    for at, (values, often) in enumerate(found):
        if at not in many:
            means[:, at] = rng.multinomial(items, often / items, size=resamples) @ values / items
    if many:
        table = np.stack([columns[at] for at in many], axis=1)
        blocks = [counts @ table for counts in resampled_counts(items, resamples, rng)]
        means[:, many] = np.concatenate(blocks) / items
    return list(means.T)


def _estimate(
    scores: FloatArray, means: FloatArray, tail: float, confidence: float, method: BootstrapMethod
) -> ScoreEstimate:
    low, high = None, None
    if has_spread(scores):
        shares = (tail, 1 - tail)
        if method == "bca":
            shares = _bca_shares(scores, means, tail)
        low, high = (float(one) for one in np.quantile(means, shares))
    return ScoreEstimate(
        point=float(scores.mean()),
        low=low,
        high=high,
        confidence=confidence,
        labelled=len(scores),
        items=len(scores),
        method=f"bootstrap, {method}",
    )


def _bca_shares(scores: FloatArray, means: FloatArray, tail: float) -> tuple[float, float]:
    """Return which quantiles of the resampled means are the limits, corrected for their skew."""
    normal, point = NormalDist(), float(scores.mean())
    below = float((means < point).mean() + (means == point).mean() / 2)
    bias = normal.inv_cdf(min(max(below, 1 / len(means)), 1 - 1 / len(means)))
    apart = scores - point
    skew = float((apart**3).sum() / (6 * (apart**2).sum() ** 1.5))

    def share(z: float) -> float:
        return normal.cdf(bias + (bias + z) / (1 - skew * (bias + z)))

    z = normal_quantile(tail)
    return share(-z), share(z)
