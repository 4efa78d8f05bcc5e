"""Trends: a slot without a figure is a gap, and is told why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from qualityslo.domain.facts import RunRow
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import SloState, SloStatus
from qualityslo.domain.trend import Seen, SlotKind, Trend, trend_of
from qualityslo.stats import Estimate

DAY = timedelta(days=1)
MakeResult = Callable[..., SliResult]
MakeStatus = Callable[..., SloStatus]
MakeEstimate = Callable[..., Estimate]


def run_at(slot: datetime, revision: str = "r1") -> RunRow:
    """Return a finished run of a slot."""
    return RunRow(
        run_id=f"run of {slot}",
        service="shop",
        kind="nightly",
        slot=slot,
        attempt=1,
        revision=revision,
        started_at=slot,
        finished_at=slot,
        exit_code=0,
        conclusion="Pass.",
        goldens={"faq": "d"},
    )


def week(
    slot: datetime, make_result: MakeResult, make_status: MakeStatus, make_estimate: MakeEstimate
) -> Trend:
    """Return five slots: final, missing, without a conclusion, final of a new revision, provisional."""
    estimate = make_estimate(0.1, 0.3, point=0.2)
    good = make_result(estimate)
    seen = [
        Seen(run=run_at(slot), result=good, final=True),
        Seen(run=run_at(slot + 2 * DAY), result=replace(good, concludes=False), final=True),
        Seen(run=run_at(slot + 3 * DAY, "r2"), result=good, final=True),
        Seen(run=run_at(slot + 4 * DAY, "r2"), result=good, final=False),
    ]
    slo = make_status(SloState.MET, estimate).slo
    expected = [slot + n * DAY for n in range(-3, 5)]
    return trend_of(slo, Role.BASELINE, seen, expected, charged=True)


def test_every_slot_from_the_first_run_on_is_there_with_its_kind(
    slot: datetime, make_result: MakeResult, make_status: MakeStatus, make_estimate: MakeEstimate
) -> None:
    found = week(slot, make_result, make_status, make_estimate)
    assert [one.slot for one in found.points] == [slot + n * DAY for n in range(5)]
    assert [one.kind for one in found.points] == [
        SlotKind.FINAL,
        SlotKind.MISSING,
        SlotKind.OPEN,
        SlotKind.FINAL,
        SlotKind.PROVISIONAL,
    ]
    assert found.figures == 3


def test_a_slot_without_a_figure_has_no_number_at_all(
    slot: datetime, make_result: MakeResult, make_status: MakeStatus, make_estimate: MakeEstimate
) -> None:
    for one in week(slot, make_result, make_status, make_estimate).points:
        figures = (one.low, one.point, one.high)
        if one.kind in {SlotKind.MISSING, SlotKind.OPEN}:
            assert figures == (None, None, None)
        else:
            assert figures == (0.7, 0.8, 0.9)


def test_only_the_first_slot_of_another_revision_is_marked(
    slot: datetime, make_result: MakeResult, make_status: MakeStatus, make_estimate: MakeEstimate
) -> None:
    found = week(slot, make_result, make_status, make_estimate)
    assert [one.revised for one in found.points] == [False, False, False, True, False]


def test_without_a_run_there_is_nothing_and_nothing_is_missing(
    slot: datetime, make_status: MakeStatus, make_estimate: MakeEstimate
) -> None:
    slo = make_status(SloState.MET, make_estimate(0.1)).slo
    assert trend_of(slo, Role.BASELINE, [], [slot], charged=True).points == ()
