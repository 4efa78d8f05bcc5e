"""The drawn parts of a report: they add up, and follow from the facts alone."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from qualityslo.domain.report import Report
from qualityslo.domain.sli import Measure, Role, Sli
from qualityslo.domain.slo import Slo
from qualityslo.domain.trend import SlotKind
from qualityslo.jobs import overview
from qualityslo.jobs.settle import latest_run, report_as_of
from tests.fakes import START, fails
from tests.jobs.conftest import DAY, Lab, default_slos

MakeLab = Callable[..., Lab]


def test_a_report_is_the_same_after_its_json(lab: Lab) -> None:
    report = lab.run()
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_a_report_of_an_instant_is_made_again_from_the_facts(lab: Lab) -> None:
    report = lab.run()
    lab.clock.move(hours=9)
    run = latest_run(lab.plan(), lab.parts(), lab.clock())
    assert run is not None
    assert report_as_of(lab.plan(), run, lab.parts(), report.as_of) == report


def test_slices_sum_to_the_paired_table(lab: Lab) -> None:
    report = lab.run()
    assert report.gate is not None
    table = report.gate.tables[0]
    assert [(one.slice, one.value) for one in report.paired_slices] == [
        ("half", "first"),
        ("half", "second"),
    ]
    for name in ("both_good", "only_candidate_bad", "only_baseline_bad", "both_bad"):
        assert sum(getattr(one, name) for one in report.paired_slices) == getattr(table, name)


def test_the_map_holds_every_item_with_a_cosine_and_its_change(lab: Lab) -> None:
    report = lab.run()
    found = report.drift_maps[0]
    assert found.complete
    assert len(found.points) == report.drift[0].defined == 60
    assert found.items == {
        "both_good": 46,
        "both_bad": 2,
        "only_baseline_bad": 4,
        "only_candidate_bad": 8,
    }
    assert {one.length for one in found.points if one.change == "both_good"} == {0.0}


def test_a_large_set_is_drawn_in_part_and_counted_whole(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MAX_POINTS", 20)
    found = lab.run().drift_maps[0]
    assert len(found.points) == sum(found.shown.values()) == 20
    assert sum(found.items.values()) == 60
    assert found.shown["only_candidate_bad"] + found.shown["only_baseline_bad"] == 10


def test_times_carry_the_limits_that_slos_set_on_them(lab: Lab) -> None:
    ttft = Sli(name="ttft", measure=Measure.TTFT, at_most=0.05)
    slow = Slo(name="fast", sli=ttft, golden="faq", target=0.9, window=30 * DAY)
    lab.slos = (*default_slos(lab.golden), slow)
    found = {one.measure: one for one in lab.run().times}
    assert set(found) == {Measure.TTFT, Measure.LATENCY, Measure.INTER_TOKEN}
    assert [one.slo for one in found[Measure.TTFT].limits] == ["fast"]
    assert found[Measure.LATENCY].limits == ()
    assert [one.observed for one in found[Measure.TTFT].spreads] == [60, 60]


def test_coverage_is_about_the_answers_of_both_models(lab: Lab) -> None:
    found = lab.run().coverage
    assert [(one.criterion, one.role) for one in found] == [
        ("correctness", Role.BASELINE),
        ("correctness", Role.CANDIDATE),
    ]
    assert all(sum(part.answers for part in one.parts) == one.valid == 60 for one in found)


def test_without_a_candidate_nothing_is_compared(make_lab: MakeLab) -> None:
    report = make_lab(candidate=None).run()
    assert (report.paired_slices, report.drift_maps) == ((), ())
    assert len(report.coverage) == 1


def test_a_trend_has_a_place_for_nights_that_did_not_run_and_marks_the_provisional_one(
    make_lab: MakeLab,
) -> None:
    lab = make_lab(human=("safety",), definition=("correctness",))
    for day in (0, 1):
        lab.clock.now = START + day * DAY + timedelta(minutes=30)
        lab.run(START + day * DAY)
    lab.clock.now = START + 3 * DAY + timedelta(minutes=30)
    lab.models[Role.BASELINE].rule = fails
    report = lab.run(START + 3 * DAY)
    trends = {(one.slo, one.role): one for one in report.trends}
    availability = trends["availability", Role.BASELINE].points
    assert [one.slot for one in availability] == [START + n * DAY for n in range(4)]
    assert [one.kind for one in availability] == [
        SlotKind.FINAL,
        SlotKind.FINAL,
        SlotKind.MISSING,
        SlotKind.FINAL,
    ]
    assert [one.point for one in availability] == [1.0, 1.0, None, 0.0]
    assert {one.kind for one in trends["safety", Role.BASELINE].points} == {
        SlotKind.OPEN,
        SlotKind.MISSING,
    }
    assert not trends["availability", Role.CANDIDATE].charged
