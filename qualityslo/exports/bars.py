"""The geometry of the report's small drawings, as numbers for SVG."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qualityslo.stats import Estimate

WIDTH = 200.0
HEIGHT = 60.0

_STARTS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.25, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An interval on an axis: where its ends, its point and a mark lie, in SVG units.

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
        share = (value - start) / (end - start)
        return round(WIDTH * min(1.0, max(0.0, share)), 2)

    return Bar(
        start=start,
        end=end,
        low=place(estimate.low),
        high=place(estimate.high),
        point=None if estimate.point is None else place(estimate.point),
        mark=None if mark is None else place(mark),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a histogram; `top` and `height` in SVG units, `at` is its place from 0."""

    at: int
    count: int
    top: float
    height: float


def columns(counts: Sequence[int]) -> list[Column]:
    """Draw counts as columns, the largest of which fills the height; a count of 1 stays visible."""
    most = max(counts, default=0)
    drawn = []
    for at, count in enumerate(counts):
        height = round(max(HEIGHT * count / most, 1.5), 2) if count else 0.0
        drawn.append(Column(at=at, count=count, top=round(HEIGHT - height, 2), height=height))
    return drawn
