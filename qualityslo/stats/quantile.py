"""A percentile of measured values (a latency, a cost) with limits that assume no distribution."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.special import binomial_cdf, tail_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileEstimate:
    """A quantile between two order statistics of the same sample.

    Attributes:
        point: an observed value, in the unit of the values; see `quantile_interval`.
        low: lower limit, an observed value; None where the sample is too small to give one.
        high: upper limit, likewise; to bound a 99 % quantile from above takes 368 values.
        confidence: two-sided level, inside (0, 1); each side may miss with half of the rest.
        count: number of values.
        quantile: which quantile, inside (0, 1).
        method: how the limits were found.
    """

    point: float
    low: float | None
    high: float | None
    confidence: float
    count: int
    quantile: float
    method: str


def quantile_interval(
    values: ArrayLike, quantile: float, *, confidence: float = 0.95
) -> QuantileEstimate:
    """Estimate a quantile of what the values are a random sample of.

    The point is the ceil(count * quantile)-th smallest value, the smallest that at least this
    share of the sample does not exceed: always an observed value, never an interpolation. The
    limits are order statistics too. The number of values at or below the true quantile is
    binomial, so that low is the largest j-th smallest with P(X <= j - 1) <= tail and high the
    smallest k-th smallest with P(X >= k) <= tail, X ~ Binomial(count, quantile), tail =
    (1 - confidence) / 2 (David & Nagaraja 2003, section 7.1). Valid with ties.

    Args:
        values: finite numbers in any order, shape (count,).
        quantile: inside (0, 1); 0.95 is the 95th percentile.
        confidence: two-sided level.

    Raises:
        StatsError: no values, a value that is not finite, or a quantile or confidence outside
            (0, 1).

    >>> estimate = quantile_interval(range(1, 101), 0.9)
    >>> estimate.low, estimate.point, estimate.high
    (84.0, 90.0, 96.0)
    >>> quantile_interval(range(1, 11), 0.9).high is None
    True
    """
    ordered = np.asarray(values, dtype=np.float64)
    if ordered.ndim != 1 or not len(ordered):
        raise StatsError(
            f"values has shape {ordered.shape}; pass a flat list of at least one value"
        )
    if not np.isfinite(ordered).all():
        raise StatsError("values holds a number that is not finite; leave missing values out")
    if not 0 < quantile < 1:
        raise StatsError(f"quantile={quantile!r} is outside (0, 1); write the 95th as 0.95")
    ordered = np.sort(ordered)
    tail, count = tail_of(confidence), len(ordered)
    low, high = _ranks(count, quantile, tail)
    rank = math.ceil(count * quantile - 1e-9)
    return QuantileEstimate(
        point=float(ordered[max(rank, 1) - 1]),
        low=float(ordered[low - 1]) if low >= 1 else None,
        high=float(ordered[high - 1]) if high <= count else None,
        confidence=confidence,
        count=count,
        quantile=quantile,
        method="order_statistics",
    )


def _ranks(count: int, quantile: float, tail: float) -> tuple[int, int]:
    """Return the ranks of the limits, 1 = smallest; 0 and count + 1 where there is none."""
    counts = range(count + 1)

    def cdf(below: int) -> float:
        return binomial_cdf(below, count, quantile)

    return bisect_right(counts, tail, key=cdf), bisect_left(counts, 1 - tail, key=cdf) + 1
