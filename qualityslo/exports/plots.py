"""The geometry of the report's larger drawings: trends, times, and the drift map.

Across in percent of the width, upwards in pixels; the points of the drift map in thousandths of
both, for thousands of them have to be cheap.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qualityslo.domain.changes import Change
from qualityslo.domain.drift_map import DriftMap, DriftPoint
from qualityslo.domain.times import TimeSummary
from qualityslo.domain.trend import SlotKind, Trend, TrendPoint
from qualityslo.exports.bars import WIDTH, Column, columns, within

TREND_HEIGHT = 84.0
TIMES_HEIGHT = 46.0
_EDGE = 0.035  # of the width that a trend keeps free at either side
_THOUSAND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMark:
    """One slot of a trend: its place across, its interval and point upwards from the top."""

    point: TrendPoint
    x: float
    left: float
    width: float
    top: float
    height: float
    y: float | None

    @property
    def has_figure(self) -> bool:
        """Whether the slot has an interval to draw."""
        return self.point.low is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPlot:
    """A trend: marks by slot, lines only between neighbours that both have a point."""

    marks: tuple[SlotMark, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    target: float
    bottom: float
    top: float


def trend_plot(trend: Trend, height: float = TREND_HEIGHT) -> TrendPlot:
    """Draw a trend over time; a slot without a figure leaves a gap, in the line as well."""
    values = [
        value
        for one in trend.points
        for value in (one.low, one.point, one.high)
        if value is not None
    ]
    bottom, top = _range([*values, trend.target])

    def up(value: float) -> float:
        return round(height * (top - value) / (top - bottom), 2)

    first, last = trend.points[0].slot, trend.points[-1].slot
    span = (last - first).total_seconds()
    width = round(min(3.2, 0.7 * WIDTH * (1 - 2 * _EDGE) / max(1, len(trend.points) - 1)), 2)
    marks = []
    for one in trend.points:
        share = (one.slot - first).total_seconds() / span if span else 0.5
        x = round(WIDTH * (_EDGE + (1 - 2 * _EDGE) * share), 2)
        above, below = (0.0 if end is None else up(end) for end in (one.high, one.low))
        marks.append(
            SlotMark(
                point=one,
                x=x,
                left=round(x - width / 2, 2),
                width=width,
                top=min(above, height - 2.0),
                height=round(max(below - above, 2.0), 2),
                y=None if one.point is None else up(one.point),
            )
        )
    lines = tuple(
        (one.x, one.y, other.x, other.y)
        for one, other in pairwise(marks)
        if one.y is not None and other.y is not None
    )
    return TrendPlot(
        marks=tuple(marks), lines=lines, target=up(trend.target), bottom=bottom, top=top
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis of shares: a little more than what is drawn, within [0, 1]."""
    low, high = min(values), max(values)
    more = max(0.12 * (high - low), 0.005)
    step = 0.05 if high - low > 0.2 else 0.01
    bottom = max(0.0, math.floor((low - more) / step) * step)
    return bottom, min(1.0, math.ceil((high + more) / step) * step)


def gaps_of(trend: Trend) -> str:
    """Return in words which slots of a trend have no figure, or nothing."""
    counts = {kind: sum(one.kind is kind for one in trend.points) for kind in SlotKind}
    words = [
        f"{counts[kind]} {said}"
        for kind, said in (
            (SlotKind.MISSING, "missing"),
            (SlotKind.OPEN, "without a figure"),
            (SlotKind.PROVISIONAL, "provisional"),
        )
        if counts[kind]
    ]
    return ", ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A value on an axis: where it lies in percent, and what it is in seconds or as a factor."""

    x: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesPlot:
    """Times of all roles over one axis: columns and quantiles by role, ticks, limits."""

    rows: tuple[tuple[Column, ...], ...]
    quantiles: tuple[Mapping[str, float], ...]
    ticks: tuple[Tick, ...]
    limits: tuple[float, ...]


def times_plot(summary: TimeSummary) -> TimesPlot:
    """Draw the distributions of one measure; each role's columns fill the height."""

    def place(seconds: float) -> float:
        if not summary.logarithmic:
            return within((seconds - summary.start) / (summary.end - summary.start))
        least = max(seconds, summary.start / 2)
        return within(math.log(least / summary.start) / math.log(summary.end / summary.start))

    return TimesPlot(
        rows=tuple(tuple(columns(one.counts, TIMES_HEIGHT)) for one in summary.spreads),
        quantiles=tuple(
            {rank: place(value) for rank, value in one.quantiles.items()}
            for one in summary.spreads
        ),
        ticks=tuple(Tick(x=place(one), value=one) for one in _ticks(summary)),
        limits=tuple(place(one.at_most) for one in summary.limits),
    )


def _ticks(summary: TimeSummary) -> list[float]:
    """Return round values inside the axis, at most about eight."""
    start, end = summary.start, summary.end
    if not summary.logarithmic:
        rough = (end - start) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough)
        first = math.ceil(start / step)
        return [step * at for at in range(first, math.floor(end / step + 1e-9) + 1)]
    decades = range(math.floor(math.log10(start)), math.ceil(math.log10(end)) + 1)
    factors = (1, 2, 5) if end / start < 200 else (1, 3) if end / start < 5000 else (1,)
    values = [factor * 10.0**power for power in decades for factor in factors]
    return [one for one in values if start * 0.999 <= one <= end * 1.001]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A drawn item that the page says more about: where it lies, in percent."""

    point: DriftPoint
    anchor: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlot:
    """A drift map: one path of dots a change, and links to the items the page tells about.

    `cut` counts points that lie beyond the axis and are drawn at its end.
    """

    paths: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    across: tuple[Tick, ...]
    upwards: tuple[Tick, ...]
    cut: int


def map_plot(drift: DriftMap, anchors: Mapping[str, str]) -> MapPlot:
    """Draw a drift map; `anchors` names the place on the page of items that have one."""
    reach = min(
        4.0, max(1.0, math.ceil(max((abs(one.length) for one in drift.points), default=1)))
    )
    lowest = min((one.cosine for one in drift.points), default=0.0)
    floor = max(-1.0, math.floor((lowest - 0.02) * 10) / 10)

    def across(length: float) -> float:
        return within((length + reach) / (2 * reach))

    def down(cosine: float) -> float:
        return within((1 - cosine) / (1 - floor))

    dots: dict[str, list[str]] = {change.name.lower(): [] for change in Change}
    for one in drift.points:
        x, y = (round(_THOUSAND * at / WIDTH) for at in (across(one.length), down(one.cosine)))
        dots[one.change].append(f"M{x} {y}h0")
    powers = range(-int(reach), int(reach) + 1)
    step = 0.1 if floor >= 0.5 else 0.2 if floor >= 0 else 0.5
    rungs = [1 - step * at for at in range(int((1 - floor) / step + 1e-9) + 1)]
    return MapPlot(
        paths=tuple((name, "".join(found)) for name, found in dots.items() if found),
        links=tuple(
            Link(point=one, anchor=anchors[one.item_id], x=across(one.length), y=down(one.cosine))
            for one in drift.points
            if one.item_id in anchors
        ),
        across=tuple(Tick(x=across(power), value=2.0**power) for power in powers),
        upwards=tuple(Tick(x=down(value), value=value) for value in rungs),
        cut=sum(abs(one.length) > reach for one in drift.points),
    )
