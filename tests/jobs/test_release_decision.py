"""A release draw: decided once, by exactly what people said of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.domain.gate import GateOutcome
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.release import ReleaseStratum
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role, SliResult
from qualityslo.errors import ExitCode, UsageError
from qualityslo.jobs.nightly import run_nightly
from qualityslo.jobs.settle import settle
from tests.fakes import START
from tests.jobs.conftest import DAY, Lab
from tests.jobs.release_world import (
    by_hand,
    conclude,
    different,
    draw_of,
    first_night,
    flagged,
    gate_of,
    is_bad,
    of_release,
    order,
    outcome,
    same_text,
    stratum,
    table_of,
    tell,
    text_of,
)
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]


@pytest.fixture
def shop(make_lab: MakeLab) -> Lab:
    """Return the world above after its first night."""
    return first_night(make_lab)


@pytest.fixture
def careful(make_lab: MakeLab) -> Lab:
    """Return the same where a bad label counts after a second look."""
    return first_night(make_lab, careful=True)


def test_it_is_provisional_until_every_review_is_looked_at_then_decided(shop: Lab) -> None:
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows[:-1])
    shop.clock.move(hours=1)
    early = conclude(shop, release)
    assert outcome(early) == (GateOutcome.INCONCLUSIVE, ["provisional"])
    assert (early.exit_code, early.reviews[0].waiting) == (ExitCode.INCONCLUSIVE, 1)
    assert "1 reviews wait" in early.next_step
    assert shop.parts().store.conclusions(release.run.run_id) == []
    send(shop, rows[-1:])
    shop.clock.move(hours=1)
    late = conclude(shop, release)
    assert table_of(late).difference == by_hand([row["item_id"] for row in rows])
    assert "provisional" not in outcome(late)[1]
    assert len(shop.parts().store.conclusions(release.run.run_id)) == 1


def test_the_decision_is_the_interval_of_exactly_these_counts(shop: Lab) -> None:
    release = order(shop, 400)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=1)
    report = conclude(shop, release)
    table = table_of(report)
    only = [(is_bad(one, Role.CANDIDATE), is_bad(one, Role.BASELINE)) for one in different()]
    net = only.count((True, False)) - only.count((False, True))
    assert net > 0
    assert table.difference is not None
    assert (table.difference.low, table.difference.high) == (net / 60, net / 60)
    assert (table.difference.method, table.difference.frame) == ("census", "golden_set")
    assert outcome(report) == (GateOutcome.FAIL, ["inferior"])
    assert (report.exit_code, report.kind) == (ExitCode.FINDING, "release")


def test_what_was_known_when_it_was_ordered_is_remembered_in_it(make_lab: MakeLab) -> None:
    lab = first_night(make_lab, reviews=20)
    night = open_rows(lab)
    tell(night[:6])
    send(lab, night[:6])
    lab.clock.move(hours=1)
    release = order(lab, 10)
    remembered = [row["item_id"] for row in night[:6] if not same_text(row["item_id"])]
    lab.clock.move(hours=1)
    waiting = open_rows(lab)
    tell(waiting)  # the rest of the night's as well: known too late to be remembered
    send(lab, waiting)
    lab.clock.move(hours=1)
    looks = [row["item_id"] for row in of_release(waiting, release, lab)]
    late = {row["item_id"] for row in night[6:]} - set(looks)
    assert remembered
    assert any(not same_text(one) for one in late)
    expected = by_hand(looks, remembered=remembered)
    assert table_of(conclude(lab, release)).difference == expected


def test_what_the_night_said_after_the_order_is_no_look_of_it(make_lab: MakeLab) -> None:
    lab = first_night(make_lab, reviews=20)
    night = open_rows(lab)
    release = order(lab, 400)
    rows = of_release(open_rows(lab), release, lab)
    both = {row["item_id"] for row in night} & {row["item_id"] for row in rows[:-1]}
    passed_over = min(one for one in both if stratum(one) is ReleaseStratum.AGREE)
    asked = [row for row in rows if row["item_id"] != passed_over]
    lab.clock.move(hours=1)
    for some in (night, asked):
        tell(some)
        send(lab, some)
    lab.clock.move(hours=50)
    expected = by_hand([row["item_id"] for row in asked])
    assert expected.method == "pair_exact"
    assert table_of(gate_of(lab, 400)).difference == expected


def test_a_decision_stays_though_labels_change_afterwards(shop: Lab) -> None:
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=1)
    first = conclude(shop, release)
    shop.clock.move(hours=1)
    fill(rows, said=lambda _: "good")
    assert send(shop, rows)[0] > 0
    shop.clock.move(hours=1)
    again = gate_of(shop, 30)
    assert again.gate == first.gate
    assert again.decision_json() == first.decision_json()
    (stored,) = shop.parts().store.conclusions(release.run.run_id)
    assert stored == first.as_json()


def test_at_its_deadline_the_answered_prefix_decides(shop: Lab) -> None:
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows[:20])
    shop.clock.move(hours=47)
    assert outcome(conclude(shop, release))[1] == ["provisional"]
    shop.clock.move(hours=1, minutes=1)
    assert of_release(open_rows(shop), release, shop) == []
    report = gate_of(shop, 30)
    looks = [row["item_id"] for row in rows[:20]]
    assert table_of(report).difference == by_hand(looks)
    assert outcome(report)[1] == ["margin"]
    assert (report.reviews[0].drawn, report.next_step) == (30, "")


def test_labels_after_its_deadline_count_to_nothing_whenever_it_is_asked(shop: Lab) -> None:
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows[:20])
    shop.clock.move(hours=49)
    send(shop, rows[20:])
    shop.clock.move(hours=100)
    looks = [row["item_id"] for row in rows[:20]]
    assert table_of(gate_of(shop, 30)).difference == by_hand(looks)


def test_the_deadline_counts_from_when_it_was_ordered_not_from_its_night(shop: Lab) -> None:
    shop.clock.move(hours=72)
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    assert len(rows) == 30
    shop.clock.move(hours=40)
    report = conclude(shop, release)
    assert report.reviews[0].deadline == release.run.started_at + timedelta(hours=48)
    assert "until 07 Mar 03:00 UTC" in report.next_step
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=1)
    assert table_of(conclude(shop, release)).difference == by_hand(
        [row["item_id"] for row in rows]
    )


def test_a_bad_label_that_nobody_confirmed_counts_both_ways(careful: Lab) -> None:
    release = order(careful, 400)
    rows = of_release(open_rows(careful), release, careful)
    fill(rows, "ann", lambda text: "bad" if text == "wrong candidate q006" else "good")
    send(careful, rows)
    careful.clock.move(hours=1)
    assert "q006" in {row["item_id"] for row in of_release(open_rows(careful), release, careful)}
    assert outcome(conclude(careful, release))[1] == ["provisional"]
    careful.clock.move(hours=48)
    report = gate_of(careful, 400)
    assert outcome(report) == (GateOutcome.PASS, ["non_inferior"])  # even taken as bad
    difference = table_of(report).difference
    assert difference is not None
    assert (difference.low, difference.high) == (0, 1 / 60)
    assert (difference.point, difference.method) == (None, "census, unconfirmed labels both ways")


def test_a_confirmed_bad_label_decides_before_the_deadline(careful: Lab) -> None:
    release = order(careful, 30)
    rows = of_release(open_rows(careful), release, careful)
    looks = [row["item_id"] for row in rows]
    tell(rows)
    send(careful, rows)
    careful.clock.move(hours=1)
    second = of_release(open_rows(careful), release, careful)
    assert 0 < len(second) < len(rows)
    tell(second, "bob")
    send(careful, second)
    careful.clock.move(hours=1)
    assert table_of(conclude(careful, release)).difference == by_hand(looks)


def test_too_many_looks_without_opinion_leave_it_open(shop: Lab) -> None:
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    for row in rows[:10]:
        for blanks in row["labels"].values():
            blanks["correctness"] = "unsure"
    send(shop, rows)
    shop.clock.move(hours=1)
    report = conclude(shop, release)
    assert outcome(report) == (GateOutcome.INCONCLUSIVE, ["missing_labels"])
    assert len(shop.parts().store.conclusions(release.run.run_id)) == 1


def test_nothing_left_to_look_at_is_decided_at_once(make_lab: MakeLab) -> None:
    lab = make_lab(baseline=lambda _: "right", candidate=lambda _: "right")
    lab.run()
    release = order(lab, 100)
    assert draw_of(lab, release).drawn == ()
    assert outcome(conclude(lab, release)) == (GateOutcome.PASS, ["non_inferior"])
    assert order(lab, 100).run.finished_at is not None


def test_it_is_about_this_set_with_the_confidence_of_one_look(shop: Lab) -> None:
    plan = replace(
        shop.plan(),
        gate=GateRule(frame="traffic", confidence=0.975, default_margin=0.3),
        estimation=replace(shop.plan().estimation, looks=2),
    )
    run_nightly(plan, shop.parts(), shop.clock)
    release = order(shop, 30, plan)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=1)
    report = conclude(shop, release, plan)
    difference = table_of(report).difference
    assert difference == by_hand([row["item_id"] for row in rows])
    assert outcome(report)[0] is GateOutcome.PASS


def test_a_decision_is_not_taken_again_by_other_rules(shop: Lab) -> None:
    order(shop, 30)
    laxer = replace(shop.plan(), gate=GateRule(default_margin=0.9))
    with pytest.raises(UsageError, match=r"has changed since .*, which a gate would decide about"):
        order(shop, 30, laxer)


def test_a_draw_that_waits_under_other_rules_does_not_stand_in_the_way(shop: Lab) -> None:
    waiting = order(shop, 30)
    laxer = replace(shop.plan(), gate=GateRule(default_margin=0.9))
    run_nightly(laxer, shop.parts(), shop.clock)
    ordered = order(shop, 20, laxer)
    assert ordered.run.run_id != waiting.run.run_id
    assert order(shop, 20, laxer).run == ordered.run


def test_a_refused_order_leaves_nothing_behind(shop: Lab) -> None:
    laxer = replace(shop.plan(), gate=GateRule(default_margin=0.9))
    with pytest.raises(UsageError, match="has changed since"):
        order(shop, 30, laxer)
    assert shop.parts().store.runs("shop", "release") == []


def test_a_criterion_that_needs_no_people_is_decided_with_the_others(make_lab: MakeLab) -> None:
    lab = make_lab(
        human=("correctness",),
        definition=("style",),
        baseline=text_of(Role.BASELINE),
        candidate=text_of(Role.CANDIDATE),
    )
    lab.run()
    lab.clock.move(hours=1)
    early = gate_of(lab, 30)
    assert early.gate is not None
    # By its definition the candidate is worse on 7 items and better on 4: no label can change it.
    assert [reason.code for reason in early.gate.reasons] == ["no_labels", "inferior"]
    style = early.gate.tables[1].difference
    flags = [(flagged(one, Role.CANDIDATE), flagged(one, Role.BASELINE)) for one in different()]
    net = flags.count((True, False)) - flags.count((False, True))
    assert style is not None
    assert (style.low, style.high) == (net / 60, net / 60)


# --- its labels elsewhere -----------------------------------------------------------------------


def test_its_reviews_wait_beside_those_of_the_night_blind(shop: Lab) -> None:
    before = len(open_rows(shop))
    release = order(shop, 20)
    rows = open_rows(shop)
    assert len(rows) == before + 20
    ours = of_release(rows, release, shop)
    drawn = draw_of(shop, release).drawn
    assert [row["item_id"] for row in ours] == [one.item_id for one in drawn]
    for row in ours:
        told = {name: value for name, value in row.items() if name not in {"answers", "labels"}}
        for word in ("baseline", "candidate", "release", "agree", "only"):
            assert word not in repr(told)


def test_its_labels_are_remembered_the_next_night(shop: Lab) -> None:
    release = order(shop, 400)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=23)
    report = shop.run(START + DAY)
    asked = {row["item_id"] for row in open_rows(shop) if row["slot"].startswith("2026-03-03")}
    assert asked
    assert asked.isdisjoint(different())
    for role in (Role.BASELINE, Role.CANDIDATE):
        result = sli_of(report, role)
        assert result.counts.labelled == len(different())
        assert result.estimate is not None
        assert result.estimate.low >= sum(is_bad(one, role) for one in different()) / 60


def sli_of(report: Report, role: Role) -> SliResult:
    """Return correctness of one role."""
    return next(one for one in report.slis if (one.sli, one.role) == ("correctness", role))


def test_its_labels_say_nothing_about_the_night_it_was_ordered_on(shop: Lab) -> None:
    """Whether and what is ordered depends on that night's labels: its sample would be no sample."""
    night = open_rows(shop)
    tell(night)
    send(shop, night)
    shop.clock.move(hours=1)
    before = settle(shop.plan(), shop.parts(), shop.clock())[-1].report
    release = order(shop, 30)
    rows = of_release(open_rows(shop), release, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=47)
    conclude(shop, release)
    after = settle(shop.plan(), shop.parts(), shop.clock())[-1].report
    for role in (Role.BASELINE, Role.CANDIDATE):
        assert sli_of(after, role).estimate == sli_of(before, role).estimate
        assert sli_of(after, role).counts == sli_of(before, role).counts


def test_settling_leaves_a_release_draw_alone(shop: Lab) -> None:
    release = order(shop, 20)
    shop.clock.move(hours=60)
    settled = settle(shop.plan(), shop.parts(), shop.clock())
    assert [one.report.kind for one in settled] == ["nightly"]
    assert shop.parts().store.conclusions(release.run.run_id) == []
