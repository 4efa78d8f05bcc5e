"""How long answers took, as distributions: both models over one axis, with the limits on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.sli import Measure, Role

BINS = 48
RANKS = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
# From which ratio of largest to smallest on an axis of equal steps would hide the small ones.
_LOGARITHMIC_FROM = 5.0
_PIECE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """The most seconds an SLO allows, drawn as a line."""

    slo: str
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpread:
    """One model's times: answers by bin, and the value at some ranks, in seconds.

    `unobserved` counts planned items without this time: the model failed, or did not stream.
    """

    role: Role
    observed: int
    unobserved: int
    counts: tuple[int, ...]
    quantiles: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSummary:
    """One measured time on one golden set: `BINS` bins from `start` to `end`, shared by all roles.

    Bins have equal widths, or equal ratios where the axis is `logarithmic`.
    """

    golden: str
    measure: Measure
    start: float
    end: float
    logarithmic: bool
    limits: tuple[TimeLimit, ...]
    spreads: tuple[TimeSpread, ...]


def time_summary(
    golden: str,
    measure: Measure,
    times: Mapping[Role, NDArray[np.float64]],
    limits: Sequence[TimeLimit] = (),
) -> TimeSummary | None:
    """Return the distributions of one measure, or None where nobody observed it.

    Args:
        golden: name of the golden set.
        measure: which time.
        times: seconds by role, one a planned item; NaN where there is none.
        limits: what SLOs allow; the axis reaches to every one of them.
    """
    seen = {role: values[np.isfinite(values)] for role, values in times.items()}
    bounds = [float(end) for one in seen.values() if len(one) for end in (one.min(), one.max())]
    if not bounds:
        return None
    marks = [one.at_most for one in limits if one.at_most > 0]
    positive = [float(np.min(one, where=one > 0, initial=np.inf)) for one in seen.values()]
    positive = [end for end in [*positive, *bounds] if 0 < end < np.inf]
    smallest = min([*positive, *marks], default=1e-3)
    largest = max([smallest, *positive, *marks])
    logarithmic = largest > _LOGARITHMIC_FROM * smallest
    start = smallest if logarithmic else max(0.0, min(*bounds, smallest))
    end = largest if largest > start else start + max(start, 1e-3) / 10
    edges = _edges(start, end, logarithmic=logarithmic)
    return TimeSummary(
        golden=golden,
        measure=measure,
        start=start,
        end=end,
        logarithmic=logarithmic,
        limits=tuple(sorted(limits, key=lambda one: (one.at_most, one.slo))),
        spreads=tuple(
            TimeSpread(
                role=role,
                observed=len(values),
                unobserved=len(times[role]) - len(values),
                counts=_counts(values, edges),
                quantiles=quantiles_of(values),
            )
            for role, values in seen.items()
        ),
    )


def quantiles_of(values: NDArray[np.float64]) -> dict[str, float]:
    """Return the observed values at the usual ranks; empty where there is none.

    >>> quantiles_of(np.array([1.0, 2.0, 3.0, 4.0]))["p50"]
    2.0
    """
    if not len(values):
        return {}
    at = np.quantile(values, list(RANKS.values()), method="inverted_cdf")
    return dict(zip(RANKS, at.tolist(), strict=True))


def _edges(start: float, end: float, *, logarithmic: bool) -> NDArray[np.float64]:
    spread = np.geomspace if logarithmic else np.linspace
    return np.asarray(spread(start, end, BINS + 1), dtype=np.float64)


def _counts(values: NDArray[np.float64], edges: NDArray[np.float64]) -> tuple[int, ...]:
    """Count values by bin; what lies outside the axis counts into its ends."""
    counts = np.zeros(BINS, dtype=np.int64)
    for begin in range(0, len(values), _PIECE):  # of a million times, not a million places at once
        piece = values[begin : begin + _PIECE]
        at = np.clip(np.searchsorted(edges, piece, side="right") - 1, 0, BINS - 1)
        counts += np.bincount(at, minlength=BINS)
    return tuple(counts.tolist())
