"""The geometry of the report's small drawings.

Across, everything is in percent of the drawing's width, so that texts keep their size on a phone;
upwards in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qualityslo.domain.budget import Spread
from qualityslo.stats import Estimate

WIDTH = 100.0
HEIGHT = 56.0

_STARTS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.25, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An interval on an axis: where its ends, its point and a mark lie, in percent.

    `start` and `end` are what the axis shows at its two ends.
    """

    start: float
    end: float
    low: float
    high: float
    point: float | None
    mark: float | None
    zero: float | None = None


def ratio_bar(good: Estimate, target: float | None = None) -> Bar:
    """Draw a good ratio with its target, on an axis that ends at 100 %.

    The axis starts at a round value near what is drawn: good ratios live close to 1, where an
    axis from 0 shows nothing.
    """
    least = good.low if target is None else min(good.low, target)
    start = next(one for one in _STARTS if one <= least - 0.1 * (1 - least) or one <= 0)
    return _bar(good, start, 1.0, target)


def difference_bar(difference: Estimate, margin: float | None) -> Bar:
    """Draw a difference of two shares with its margin, on an axis that is symmetric about 0."""
    reach = max(abs(difference.low), abs(difference.high), margin or 0.0, 0.01) * 1.15
    return replace(_bar(difference, -reach, reach, margin), zero=WIDTH / 2)


def _bar(estimate: Estimate, start: float, end: float, mark: float | None) -> Bar:
    def place(value: float) -> float:
        return within((value - start) / (end - start))

    return Bar(
        start=start,
        end=end,
        low=place(estimate.low),
        high=place(estimate.high),
        point=None if estimate.point is None else place(estimate.point),
        mark=None if mark is None else place(mark),
    )


def within(share: float) -> float:
    """Return a share as percent of the width, inside the drawing.

    >>> within(0.25), within(-1.0), within(2.0)
    (25.0, 0.0, 100.0)
    """
    return round(WIDTH * min(1.0, max(0.0, share)), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What is left of a budget, in percent of it: from `low` to `high`, probably `point`."""

    low: float
    high: float
    point: float | None


def gauge(remaining: Spread) -> Gauge:
    """Draw what is left of a budget; an overspent one is an empty gauge."""
    point = None if remaining.point is None else within(_number(remaining.point))
    return Gauge(
        low=within(_number(remaining.low)), high=within(_number(remaining.high)), point=point
    )


def _number(value: float) -> float:
    """Return a number that can be drawn; what is none is nothing."""
    return value if value == value else 0.0  # noqa: PLR0124 - NaN alone differs from itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a histogram: its left edge and width in percent, its top and height in pixels."""

    at: int
    count: int
    left: float
    width: float
    top: float
    height: float


def columns(counts: Sequence[int], height: float = HEIGHT) -> list[Column]:
    """Draw counts as columns, the largest of which fills the height; a count of 1 stays visible."""
    most = max(counts, default=0)
    step = WIDTH / max(1, len(counts))
    drawn = []
    for at, count in enumerate(counts):
        tall = round(max(height * count / most, 1.5), 2) if count else 0.0
        drawn.append(
            Column(
                at=at,
                count=count,
                left=round(step * at + step * 0.06, 2),
                width=round(step * 0.88, 2),
                top=round(height - tall, 2),
                height=tall,
            )
        )
    return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a stacked bar, in percent."""

    name: str
    count: int
    left: float
    width: float


def stacked(counts: Sequence[tuple[str, int]]) -> list[Part]:
    """Draw counts side by side, in proportion; parts of nothing are left out."""
    total = sum(count for _, count in counts)
    parts, left = [], 0
    for name, count in counts:
        if count:
            parts.append(
                Part(
                    name=name,
                    count=count,
                    left=round(WIDTH * left / total, 3),
                    width=round(WIDTH * count / total, 3),
                )
            )
            left += count
    return parts
