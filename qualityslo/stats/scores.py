"""The shape of an estimate of scores: like `Estimate`, but not confined to [-1, 1]."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.special import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreEstimate:
    """A mean of scores, a difference of means or a coefficient, with its interval.

    Attributes:
        point: the estimate, in the unit of the scores.
        low: lower limit; None where the data show no spread at all and so give no limit: three
            equal scores do not make a certainty.
        high: upper limit; None together with `low`.
        confidence: two-sided level, inside (0, 1); approximate, unlike that of `Estimate`.
        labelled: scores (items looked at by people) behind the number.
        items: items that the number speaks about.
        method: how the limits were found, in the words of `docs/statistics.md`.

    Raises:
        StatsError: a value that is not finite, limits in the wrong order, or one without the
            other.
    """

    point: float
    low: float | None
    high: float | None
    confidence: float
    labelled: int
    items: int
    method: str

    def __post_init__(self) -> None:
        limits = [one for one in (self.low, self.high) if one is not None]
        if not all(math.isfinite(one) for one in (self.point, *limits)):
            raise StatsError(f"{self!r} holds a value that is not a finite number")
        if len(limits) == 1 or limits != sorted(limits):
            raise StatsError(f"{self!r} breaks low <= high, both or neither")


def finite_scores(name: str, values: ArrayLike) -> FloatArray:
    """Return the scores as a flat array; a StatsError names the argument that is not one."""
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or not len(scores):
        raise StatsError(
            f"{name} has shape {scores.shape}; pass a flat list of at least one score"
        )
    if not np.isfinite(scores).all():
        raise StatsError(f"{name} holds a score that is not finite; leave missing ones out")
    return scores


def has_spread(values: FloatArray) -> bool:
    """Tell whether the values differ by more than rounding."""
    return float(np.ptp(values)) > 1e-12 * max(1.0, float(np.abs(values).max()))
