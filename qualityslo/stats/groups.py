"""A rate over groups (sub-tasks, slices): the average and its error bar from the same weights."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError

Average = Literal["macro", "pooled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedRate:
    """An average of the rates of groups with the standard error that belongs to it."""

    point: float
    standard_error: float
    groups: int
    items: int
    average: Average


def grouped_rate(bad: ArrayLike, valid: ArrayLike, *, average: Average) -> GroupedRate:
    """Return the average bad rate of groups: `macro`, every group alike; `pooled`, every item.

    Rate sum w_g p_g and standard error sqrt(sum w_g^2 p_g (1 - p_g) / n_g), with w_g = 1 / groups
    or n_g / items: a stratified sample (Cochran 1977, chapter 5). One function, so that a macro
    average never stands beside the error of the pooled one (case C35). For display: a standard
    error of rare events is no interval. `rate_interval(frame="traffic")` gives one for fixed
    weights, one stratum a group with `items` = weight x 10^9.

    Args:
        bad: bad items of each group, shape (groups,).
        valid: items of each group, shape (groups,), each at least 1.
        average: which weights.

    Raises:
        StatsError: shapes differ, no groups, not 0 <= bad <= valid, an empty group, or an unknown
            average.

    >>> for average in ("macro", "pooled"):
    ...     rate = grouped_rate([90, 50], [900, 100], average=average)
    ...     print(f"{rate.point:.2f} +- {rate.standard_error:.6f}")
    0.30 +- 0.025495
    0.14 +- 0.010296
    """
    lost, seen = np.asarray(bad, dtype=np.float64), np.asarray(valid, dtype=np.float64)
    if lost.shape != seen.shape or lost.ndim != 1 or not len(lost):
        raise StatsError(
            f"bad has shape {lost.shape}, valid {seen.shape}; pass one count for each group"
        )
    if not ((lost >= 0) & (lost <= seen) & (seen >= 1)).all():
        raise StatsError(
            f"bad={bad!r}, valid={valid!r}: every group needs 0 <= bad <= valid and an item"
        )
    match average:
        case "macro":
            weights = np.full(len(seen), 1 / len(seen))
        case "pooled":
            weights = seen / seen.sum()
        case _:
            raise StatsError(f"average={average!r}; known: 'macro', 'pooled'")
    rates = lost / seen
    return GroupedRate(
        point=float(weights @ rates),
        standard_error=float(np.sqrt(weights**2 @ (rates * (1 - rates) / seen))),
        groups=len(seen),
        items=int(seen.sum()),
        average=average,
    )
