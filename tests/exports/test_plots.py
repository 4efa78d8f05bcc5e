"""The larger drawings: inside their frame, in the right order, gaps left open."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings, strategies as st

from qualityslo.domain.budget import Spread
from qualityslo.domain.changes import Change
from qualityslo.domain.drift_map import DriftMap, DriftPoint
from qualityslo.domain.sli import Measure, Role
from qualityslo.domain.times import TimeLimit, time_summary
from qualityslo.domain.trend import SlotKind, Trend, TrendPoint
from qualityslo.exports import bars, plots
from tests.exports.conftest import SLOT, drift_map, times, trends

if TYPE_CHECKING:
    from collections.abc import Sequence

import numpy as np

QUICK = settings(deadline=None, max_examples=100)
KINDS = st.sampled_from([*SlotKind])


def trend_of(rows: "Sequence[tuple[SlotKind, list[float]]]", target: float = 0.9) -> Trend:
    """Return a trend with one slot a day."""
    points = []
    for at, (kind, values) in enumerate(rows):
        slot = SLOT + at * timedelta(days=1)
        if kind in {SlotKind.MISSING, SlotKind.OPEN}:
            points.append(TrendPoint(slot=slot, kind=kind))
        else:
            low, point, high = sorted(values)
            points.append(TrendPoint(slot=slot, kind=kind, low=low, point=point, high=high))
    return replace(trends()[0], points=tuple(points), target=target)


@QUICK
@given(
    rows=st.lists(
        st.tuples(KINDS, st.lists(st.floats(0, 1), min_size=3, max_size=3)),
        min_size=1,
        max_size=40,
    ),
    target=st.floats(0.01, 0.99),
)
def test_a_trend_stays_in_its_frame_and_in_order(
    rows: list[tuple[SlotKind, list[float]]], target: float
) -> None:
    plot = plots.trend_plot(trend_of(rows, target))
    assert 0 <= plot.target <= plots.TREND_HEIGHT
    assert [one.x for one in plot.marks] == sorted(one.x for one in plot.marks)
    for one in plot.marks:
        assert 0 <= one.left <= one.left + one.width <= 100
        assert one.has_figure == (one.point.kind in {SlotKind.FINAL, SlotKind.PROVISIONAL})
        if one.y is not None:
            assert -1 <= one.top <= one.y + 2.01
            assert one.y <= one.top + one.height + 2.01
            assert 0 <= one.y <= plots.TREND_HEIGHT


def test_no_line_crosses_a_gap() -> None:
    figure = [0.8, 0.9, 1.0]
    kinds = [SlotKind.FINAL, SlotKind.FINAL, SlotKind.MISSING, SlotKind.FINAL, SlotKind.OPEN]
    plot = plots.trend_plot(trend_of([(kind, figure) for kind in [*kinds, SlotKind.FINAL]]))
    first, second = plot.marks[:2]
    assert [(one[0], one[2]) for one in plot.lines] == [(first.x, second.x)]


def test_time_is_to_scale_so_that_a_missing_night_leaves_room() -> None:
    plot = plots.trend_plot(trends()[0])
    steps = {round(b.x - a.x, 1) for a, b in zip(plot.marks, plot.marks[1:], strict=False)}
    assert len(steps) == 1
    assert plots.gaps_of(trends()[0]) == "1 missing, 1 without a figure, 1 provisional"


@QUICK
@given(values=st.lists(st.floats(1e-6, 1e5), min_size=1, max_size=40), limit=st.floats(1e-6, 1e5))
def test_times_and_their_limits_lie_on_the_axis(values: list[float], limit: float) -> None:
    seconds = {Role.BASELINE: np.array(values), Role.CANDIDATE: np.array(values[:1])}
    summary = time_summary("x", Measure.TTFT, seconds, [TimeLimit(slo="a", at_most=limit)])
    assert summary is not None
    plot = plots.times_plot(summary)
    assert all(0 <= one <= 100 for one in plot.limits)
    for found in plot.quantiles:
        places = list(found.values())
        assert places == sorted(places)
        assert 0 <= places[0] <= places[-1] <= 100
    assert len(plot.ticks) <= 30
    assert all(0 <= tick.x <= 100 for tick in plot.ticks)


def test_a_limit_is_right_of_what_keeps_it_and_left_of_what_misses_it() -> None:
    plot = plots.times_plot(times()[0])
    assert plot.quantiles[0]["p50"] < plot.limits[0] < plot.quantiles[0]["p99"]


@QUICK
@given(
    points=st.lists(
        st.tuples(st.floats(-1, 1), st.floats(-30, 30), st.sampled_from([*Change])), max_size=40
    )
)
def test_every_dot_of_the_map_is_inside(points: list[tuple[float, float, Change]]) -> None:
    drawn = tuple(
        DriftPoint(item_id=f"q{at}", cosine=cosine, length=length, change=change.name.lower())
        for at, (cosine, length, change) in enumerate(points)
    )
    drift = DriftMap(golden="x", items={}, shown={}, points=drawn)
    plot = plots.map_plot(drift, {"q0": "case-1"})
    dots = [one for _, path in plot.paths for one in path.split("h0") if one]
    assert len(dots) == len(points)
    for dot in dots:
        x, y = (int(one) for one in dot.removeprefix("M").split())
        assert 0 <= x <= 1000
        assert 0 <= y <= 1000
    assert len(plot.links) == min(1, len(points))
    assert plot.cut == sum(abs(length) > 4 for _, length, _ in points)


def test_a_longer_candidate_lies_to_the_right_and_a_similar_one_above() -> None:
    points = (
        DriftPoint(item_id="a", cosine=0.9, length=1.0, change="both_good"),
        DriftPoint(item_id="b", cosine=0.2, length=-1.0, change="both_good"),
    )
    drift = replace(drift_map(), points=points)
    up, down = plots.map_plot(drift, {"a": "case-1", "b": "case-2"}).links
    assert up.x > 50 > down.x
    assert up.y < down.y


@QUICK
@given(values=st.lists(st.floats(-50, 1), min_size=3, max_size=3))
def test_a_gauge_shows_what_is_left_and_an_overspent_budget_as_empty(values: list[float]) -> None:
    low, point, high = sorted(values)
    drawn = bars.gauge(Spread(point=point, low=low, high=high))
    assert drawn.point is not None
    assert 0 <= drawn.low <= drawn.point <= drawn.high <= 100
    assert (drawn.high == 0) == (round(100 * max(0.0, high), 2) == 0)


def test_a_stacked_bar_fills_its_width_without_gaps_and_leaves_nothing_out() -> None:
    parts = bars.stacked([("a", 1), ("b", 0), ("c", 3)])
    assert [(one.name, one.left, one.width) for one in parts] == [("a", 0, 25), ("c", 25, 75)]
    assert bars.stacked([("a", 0)]) == []
