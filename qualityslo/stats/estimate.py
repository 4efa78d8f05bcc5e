"""The one shape in which a number leaves this package: a point between two honest bounds."""

import math
from dataclasses import dataclass, replace
from typing import Literal, Self

from qualityslo.errors import StatsError

Frame = Literal["golden_set", "traffic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A rate, or a difference of two rates, with its interval and the counts behind it.

    Attributes:
        point: the estimated share in [0, 1] (a difference: in [-1, 1]); None where nothing is
            labelled, and then `low` and `high` only say what is possible.
        low: lower limit; misses the truth with probability at most (1 - confidence) / 2.
        high: upper limit, with the same promise.
        confidence: two-sided confidence level, inside (0, 1).
        labelled: labels behind the number; for a rate over several nights, labelled answers.
        items: items that the number speaks about.
        frame: `golden_set`, these very items; or `traffic`, what they were drawn from.
        method: how the limits were found, in the words of `docs/statistics.md`.

    Raises:
        StatsError: the numbers contradict each other (NaN, low > point, confidence of 95).

    >>> print(Estimate(point=0.021, low=0.012, high=0.039, confidence=0.95, labelled=84,
    ...                items=1200, frame="golden_set", method="finite2"))
    2.1 % [1.2 %, 3.9 %] (95 %, 84 labels of 1,200 items)
    """

    point: float | None
    low: float
    high: float
    confidence: float
    labelled: int
    items: int
    frame: Frame
    method: str

    def __post_init__(self) -> None:
        limits = (self.low, self.high) if self.point is None else (self.low, self.point, self.high)
        if not all(math.isfinite(value) for value in (*limits, self.confidence)):
            raise StatsError(f"{self!r} holds a value that is not a finite number")
        if list(limits) != sorted(limits) or limits[0] < -1 or limits[-1] > 1:
            raise StatsError(f"{self!r} breaks -1 <= low <= point <= high <= 1")
        if not 0 < self.confidence < 1:
            raise StatsError(
                f"confidence={self.confidence!r} is outside (0, 1); write 95 % as 0.95"
            )
        if self.labelled < 0 or self.items < 0:
            raise StatsError(
                f"labelled={self.labelled!r}, items={self.items!r}: counts start at 0"
            )
        if self.frame not in {"golden_set", "traffic"}:
            raise StatsError(f"frame={self.frame!r}; known: 'golden_set', 'traffic'")

    def __str__(self) -> str:
        point = "unknown" if self.point is None else _percent(self.point)
        labels, items = _counted(self.labelled, "label"), _counted(self.items, "item")
        limits = f"[{_percent(self.low)}, {_percent(self.high)}]"
        return f"{point} {limits} ({100 * self.confidence:g} %, {labels} of {items})"

    def complement(self) -> Self:
        """Return the estimate of the good ratio from that of the bad rate: one minus each.

        Raises:
            StatsError: this is a difference that reaches below 0, which has no complement.

        >>> bad = Estimate(point=0.25, low=0.125, high=0.5, confidence=0.95, labelled=8,
        ...                items=40, frame="golden_set", method="hypergeometric")
        >>> good = bad.complement()
        >>> good.low, good.point, good.high
        (0.5, 0.75, 0.875)
        """
        if self.low < 0:
            raise StatsError(f"{self} reaches below 0: a difference of rates has no complement")
        point = None if self.point is None else 1 - self.point
        return replace(self, point=point, low=1 - self.high, high=1 - self.low)


def _percent(share: float) -> str:
    return f"{100 * share + 0.0:.1f} %"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
