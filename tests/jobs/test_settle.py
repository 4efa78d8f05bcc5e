"""Labels that arrive later: they change exactly what they touch, until the deadline."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import is_doubled
from qualityslo.domain.sli import Role, SliResult
from qualityslo.domain.slo import SloState
from qualityslo.errors import LabelError
from qualityslo.jobs.settle import report_as_of, settle
from qualityslo.stats import Stratum, rate_interval
from tests.fakes import START, golden_set
from tests.jobs.conftest import DAY, Lab
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]


def result_of(results: Sequence[SliResult], sli: str, role: Role) -> SliResult:
    """Return one SLI of one role."""
    return next(one for one in results if (one.sli, one.role) == (sli, role))


def test_labels_give_the_interval_of_the_formula(make_lab: MakeLab) -> None:
    lab = make_lab()  # baseline wrong on 6 of 60, candidate on 10; either flagged on 14: alarm
    report = lab.run()
    assert (report.reviews[0].alarm_items, report.reviews[0].quiet_items) == (14, 46)
    rows = open_rows(lab)
    assert len(rows) == 20
    fill(rows)
    assert send(lab, rows)[1] == 0
    lab.clock.move(hours=1)
    settled = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    drawn = {row["item_id"] for row in rows}
    alarm_drawn = [n for n in range(60) if f"q{n:03d}" in drawn and (n % 10 == 0 or n % 6 == 0)]
    bad = sum(n % 10 == 0 for n in alarm_drawn)
    expected = rate_interval(
        [
            Stratum(items=14, labelled=len(alarm_drawn), bad=bad),
            Stratum(items=46, labelled=20 - len(alarm_drawn), bad=0),
        ]
    )
    result = result_of(settled.slis, "correctness", Role.BASELINE)
    assert result.estimate is not None
    assert (result.estimate.low, result.estimate.high) == (expected.low, expected.high)
    assert result.estimate.method == expected.method
    assert result.counts.labelled == 20


def test_settling_touches_only_what_the_labels_are_about(make_lab: MakeLab) -> None:
    lab = make_lab(human=("correctness",), definition=("style",))
    before = lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=1)
    settled = settle(lab.plan(), lab.parts(), lab.clock())[-1]
    after = settled.report
    for role in (Role.BASELINE, Role.CANDIDATE):
        assert result_of(after.slis, "style", role) == result_of(before.slis, "style", role)
        assert result_of(after.slis, "correctness", role) != result_of(
            before.slis, "correctness", role
        )
    assert all("correctness" in change or "gate" in change for change in settled.changes)


def test_the_report_as_of_yesterday_is_unchanged(lab: Lab) -> None:
    first = lab.run()
    yesterday = lab.clock()
    lab.clock.move(hours=20)
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(minutes=1)
    settle(lab.plan(), lab.parts(), lab.clock())
    parts = lab.parts()
    run = parts.store.run(first.run_id)
    assert run is not None
    assert report_as_of(lab.plan(), run, parts, yesterday).as_json() == first.as_json()


def test_the_first_conclusion_and_exit_code_stay_on_record(lab: Lab) -> None:
    first = lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=60)
    settle(lab.plan(), lab.parts(), lab.clock())
    parts = lab.parts()
    run = parts.store.run(first.run_id)
    assert run is not None
    assert run.exit_code == int(first.exit_code)
    assert run.conclusion == first.conclusion
    assert len(parts.store.conclusions(first.run_id)) == 2


def test_a_slot_becomes_final_at_its_deadline_and_then_concludes(make_lab: MakeLab) -> None:
    lab = make_lab(
        baseline=lambda _: "right",
        candidate=lambda _: "right",
        review=ReviewRule(items_per_night=60),
    )
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=47)
    early = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    lab.clock.move(hours=1)
    late = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    states = [
        next(one for one in report.slos if one.slo.name == "correctness" and one.charged)
        for report in (early, late)
    ]
    assert [one.state for one in states] == [SloState.UNDECIDED, SloState.MET]
    assert states[1].concluded_slot == START


def test_a_label_after_the_deadline_changes_nothing(lab: Lab) -> None:
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    lab.clock.move(hours=49)
    before = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    send(lab, rows)
    lab.clock.move(minutes=1)
    after = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    assert after.slis == before.slis


def test_an_unchanged_answer_is_not_asked_about_again_the_next_night(make_lab: MakeLab) -> None:
    lab = make_lab(review=ReviewRule(items_per_night=25))
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=24)
    report = lab.run(START + DAY)
    asked = {row["item_id"] for row in open_rows(lab) if row["slot"].startswith("2026-03-03")}
    assert asked.isdisjoint({row["item_id"] for row in rows})
    result = result_of(report.slis, "correctness", Role.BASELINE)
    assert result.counts.labelled == 25
    assert result.estimate is not None
    assert result.estimate.method != "uncorrected"


def test_a_changed_answer_is_asked_about_again(make_lab: MakeLab) -> None:
    lab = make_lab(count=20, candidate=None, review=ReviewRule(items_per_night=20))
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=24)
    lab.another_model(Role.BASELINE, lambda item: "right now" if item.id == "q007" else "right")
    lab.run(START + DAY)
    asked = {row["item_id"] for row in open_rows(lab) if row["slot"].startswith("2026-03-03")}
    assert asked == {"q000", "q007", "q010"}  # the two that were wrong have changed as well


def test_a_bad_label_counts_after_a_second_person_agrees(make_lab: MakeLab) -> None:
    lab = make_lab(count=20, candidate=None, review=ReviewRule(items_per_night=20))
    lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    lab.run()
    rows = open_rows(lab)
    fill(rows, "ann")
    send(lab, rows)
    second = open_rows(lab)
    doubled = {row["item_id"] for row in rows if is_doubled(row["review_id"])}
    assert {row["item_id"] for row in second} == {"q000", "q010"} | doubled
    assert 0 < len(doubled - {"q000", "q010"}) < 18  # good labels that chance has marked
    lab.clock.move(hours=1)
    pending = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    fill(second, "bob")
    send(lab, second)
    lab.clock.move(hours=1)
    confirmed = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    assert open_rows(lab) == []
    counts = [
        result_of(report.slis, "correctness", Role.BASELINE).counts
        for report in (pending, confirmed)
    ]
    assert [(one.labelled, one.unconfirmed) for one in counts] == [(18, 2), (20, 0)]


def test_more_than_a_tenth_missing_leaves_the_estimate_open_on_both_sides(
    make_lab: MakeLab,
) -> None:
    lab = make_lab(
        count=40, baseline=lambda _: "right", candidate=None, review=ReviewRule(items_per_night=20)
    )
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    for row in rows[:5]:
        row["labels"]["A"]["correctness"] = "unsure"
    send(lab, rows)
    lab.clock.move(hours=1)
    result = result_of(
        settle(lab.plan(), lab.parts(), lab.clock())[-1].report.slis, "correctness", Role.BASELINE
    )
    assert not result.concludes
    assert "missing_labels" in {reason.code for reason in result.reasons}
    assert result.estimate is not None
    all_good = rate_interval([Stratum(items=40, labelled=20, bad=0)])
    all_bad = rate_interval([Stratum(items=40, labelled=20, bad=5)])
    assert (result.estimate.low, result.estimate.high) == (all_good.low, all_bad.high)


def test_importing_the_same_file_again_stores_nothing_new(lab: Lab) -> None:
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    new, known = send(lab, rows)
    assert new > 0
    assert known == 0
    lab.clock.move(minutes=5)
    assert send(lab, rows) == (0, new)


def test_a_reviewer_may_change_their_mind_and_back(make_lab: MakeLab) -> None:
    lab = make_lab(count=10, candidate=None, review=ReviewRule(items_per_night=10))
    lab.run()
    rows = open_rows(lab)
    for said in ("good", "bad", "good"):
        lab.clock.move(minutes=1)
        fill(rows, said={"right": said, "wrong": said}.__getitem__)
        assert send(lab, rows) == (10, 0)
    lab.clock.move(hours=1)
    report = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    result = result_of(report.slis, "correctness", Role.BASELINE)
    assert result.estimate is not None
    assert result.estimate.high == 0


def test_every_fault_of_a_file_is_told_and_nothing_is_stored(lab: Lab) -> None:
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    rows[1]["labels"]["A"]["correctness"] = "meh"
    rows[2]["review_id"] = "nope"
    rows[3]["reviewer"] = None
    rows[4]["schema"] = "other/1"
    rows[5]["labels"]["Z"] = {"correctness": "good"}
    with pytest.raises(LabelError) as caught:
        send(lab, rows)
    message = str(caught.value)
    for part in ("file:2", "'meh'", "file:3", "'nope'", "file:4", "file:5", "file:6", "labels.Z"):
        assert part in message
    parts = lab.parts()
    assert parts.queue.labels("shop", "faq", lab.clock()) == []


def test_a_review_row_gives_no_model_away(lab: Lab) -> None:
    lab.run()
    for row in open_rows(lab):
        text = repr(row)
        for word in ("baseline", "candidate", "'old'", "'new'", "alarm", "quiet", "fake"):
            assert word not in text


def test_equal_answers_are_one_arm_and_one_label_serves_both_models(make_lab: MakeLab) -> None:
    lab = make_lab(baseline=lambda _: "right", candidate=lambda _: "right")
    lab.run()
    rows = open_rows(lab)
    assert {tuple(row["answers"]) for row in rows} == {("A",)}
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=1)
    report = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    for role in (Role.BASELINE, Role.CANDIDATE):
        assert result_of(report.slis, "correctness", role).counts.labelled == 20


def test_the_order_of_the_two_answers_is_drawn_per_review(make_lab: MakeLab) -> None:
    lab = make_lab(
        count=60,
        baseline=lambda item: f"old says {item.id}",
        candidate=lambda item: f"new says {item.id}",
        review=ReviewRule(items_per_night=60),
    )
    lab.run()
    first = [row["answers"]["A"].startswith("old") for row in open_rows(lab)]
    assert 15 <= sum(first) <= 45


def test_the_window_is_over_final_slots_and_counts_the_gaps(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",), candidate=None)
    lab.slos = tuple(slo for slo in lab.plan().slos if slo.name == "correctness")
    lab.run()
    lab.another_model(Role.BASELINE, lambda item: "wrong" if int(item.id[1:]) < 30 else "right")
    lab.clock.move(hours=48)
    report = lab.run(START + 2 * DAY)
    status = report.slos[0]
    assert status.window.used == 2
    assert status.window.missing == 1
    assert status.window.estimate is not None
    assert status.window.estimate.point == pytest.approx((0.1 + 0.5) / 2)
    assert status.budget.burn is not None
    assert status.budget.burn.point == pytest.approx(5)


def test_a_superseding_run_is_not_charged_twice(make_lab: MakeLab) -> None:
    lab = make_lab(
        human=(), definition=("correctness",), candidate=None, baseline=lambda _: "wrong"
    )
    lab.slos = tuple(slo for slo in lab.plan().slos if slo.name == "correctness")
    lab.run()
    lab.clock.move(hours=1)
    plan = replace(lab.plan(), attempt=2)
    from qualityslo.jobs.nightly import run_nightly

    lab.another_model(Role.BASELINE, lambda _: "right")
    run_nightly(plan, lab.parts(), lab.clock)
    lab.clock.move(hours=23)
    report = lab.run(START + DAY)
    assert report.slos[0].window.used == 2
    assert report.slos[0].window.estimate is not None
    assert report.slos[0].window.estimate.point == 0


def test_settling_without_anything_new_says_so(lab: Lab) -> None:
    lab.run()
    lab.clock.move(minutes=1)
    results = settle(lab.plan(), lab.parts(), lab.clock())
    assert [one.changes for one in results] == [()]
    assert len(lab.parts().store.conclusions(results[0].report.run_id)) == 1


def test_a_label_of_another_night_does_not_travel_back(make_lab: MakeLab) -> None:
    lab = make_lab(
        count=40, candidate=None, baseline=lambda _: "right", review=ReviewRule(items_per_night=10)
    )
    first = lab.run()
    lab.clock.move(hours=24)
    lab.run(START + DAY)
    rows = [row for row in open_rows(lab) if row["slot"].startswith("2026-03-03")]
    fill(rows)
    send(lab, rows)
    lab.clock.move(hours=1)
    parts = lab.parts()
    run = parts.store.run(first.run_id)
    assert run is not None
    again = report_as_of(lab.plan(), run, parts, lab.clock())
    assert result_of(again.slis, "correctness", Role.BASELINE).counts.labelled == 0


def test_the_gate_waits_for_the_labels_of_a_slot_that_is_not_final(make_lab: MakeLab) -> None:
    lab = make_lab(
        baseline=lambda _: "right once",
        candidate=lambda _: "right again",
        review=ReviewRule(items_per_night=60),
    )
    lab.run()
    rows = open_rows(lab)
    fill(rows, said={"right once": "good", "right again": "bad"}.__getitem__)
    send(lab, rows)
    codes = []
    for hours in (1, 47):
        lab.clock.move(hours=hours)
        gate = settle(lab.plan(), lab.parts(), lab.clock())[-1].report.gate
        assert gate is not None
        codes.append((gate.outcome.value, gate.reasons[0].code))
    assert codes == [("inconclusive", "provisional"), ("fail", "inferior")]


def test_of_two_rows_by_one_person_in_one_file_the_later_counts(make_lab: MakeLab) -> None:
    lab = make_lab(count=10, candidate=None, review=ReviewRule(items_per_night=10))
    lab.run()
    first, second = open_rows(lab), open_rows(lab)
    fill(first, said={"right": "bad", "wrong": "bad"}.__getitem__)
    fill(second, said={"right": "good", "wrong": "good"}.__getitem__)
    assert send(lab, [*first, *second])[0] == 10
    lab.clock.move(hours=1)
    report = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    result = result_of(report.slis, "correctness", Role.BASELINE)
    assert result.estimate is not None
    assert result.estimate.high == 0
