"""The second stage of a night's draw, and who else waits for a further look."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import is_doubled
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import SloState, state_of
from qualityslo.jobs.labels import review_row
from qualityslo.jobs.review import waiting_for_labels
from qualityslo.jobs.settle import settle
from tests.fakes import golden_set
from tests.jobs.conftest import DAY, Lab, mostly_right
from tests.jobs.reviewers import Row, fill, send

MakeLab = Callable[..., Lab]
TWO_STAGES = ReviewRule(items_per_night=20, second_stage=15)


def places(rows: Sequence[Row], lab: Lab) -> list[int]:
    """Return the places of some reviews in their order."""
    found = {one.id: one.position for one in lab.parts().queue.reviews("shop")}
    return [found[row["review_id"]] for row in rows]


def waiting(lab: Lab, reviewer: str | None = None) -> list[Row]:
    """Return the reviews that wait, under the plan of two stages."""
    found = waiting_for_labels(plan_of(lab), lab.parts(), lab.clock(), reviewer=reviewer)
    return [dict(review_row(one)) for one in found]


def plan_of(lab: Lab) -> Plan:
    """Return the plan with its two looks."""
    return replace(lab.plan(), estimation=EstimationRule(looks=2))


def settled(lab: Lab) -> Report:
    """Return the last night's conclusion now."""
    lab.clock.move(minutes=1)
    return settle(plan_of(lab), lab.parts(), lab.clock())[-1].report


@pytest.fixture
def shop(make_lab: MakeLab) -> Lab:
    """Return a shop after its first night: 6 of 60 bad, the target is 90 % good."""
    lab = make_lab(candidate=None, review=TWO_STAGES)
    lab.run()
    lab.clock.move(hours=1)
    return lab


def test_both_stages_are_one_draw(shop: Lab) -> None:
    (run,) = shop.parts().store.runs("shop")
    draw = shop.parts().queue.draw(run.run_id, "faq")
    assert draw is not None
    assert len(draw.drawn) == 35
    for one in draw.drawn:
        inside = sum(other.stratum is one.stratum for other in draw.drawn)
        size = draw.alarm_items if one.stratum == "alarm" else draw.quiet_items
        assert one.inclusion_probability == inside / size


def test_the_second_stage_is_not_offered_before_the_first_is_complete(shop: Lab) -> None:
    rows = waiting(shop)
    assert places(rows, shop) == list(range(20))
    fill(rows)
    send(shop, rows[:-1])
    shop.clock.move(minutes=1)
    assert places(waiting(shop), shop) == [19]


def test_nor_where_only_the_end_of_the_first_is_done(shop: Lab) -> None:
    rows = waiting(shop)
    fill(rows)
    send(shop, rows[10:])
    shop.clock.move(minutes=1)
    assert places(waiting(shop), shop) == list(range(10))


def test_it_is_offered_where_the_first_leaves_an_slo_undecided(shop: Lab) -> None:
    rows = waiting(shop)
    fill(rows)
    send(shop, rows)
    shop.clock.move(minutes=1)
    assert places(waiting(shop), shop) == list(range(20, 35))


@pytest.mark.parametrize(
    ("said", "bad_every"),
    [pytest.param("bad", 10, id="breached"), pytest.param("good", 10, id="met")],
)
def test_it_is_not_offered_where_the_first_decides(
    make_lab: MakeLab, said: str, bad_every: int
) -> None:
    lab = make_lab(
        candidate=None,
        baseline=mostly_right(bad_every),
        review=ReviewRule(items_per_night=50, second_stage=5),
    )
    lab.run()
    lab.clock.move(hours=1)
    rows = waiting(lab)
    fill(rows, said=lambda _: said)
    send(lab, rows)
    lab.clock.move(minutes=1)
    assert waiting(lab) == []


def test_once_looked_at_it_stays_open_whatever_was_said(shop: Lab) -> None:
    rows = waiting(shop)
    fill(rows, said=lambda text: "good" if text == "right" else "bad")
    send(shop, rows)
    shop.clock.move(minutes=1)
    later = waiting(shop)
    fill(later, said=lambda _: "bad")
    send(shop, later[:12])  # enough for a breach
    shop.clock.move(minutes=1)
    assert places(waiting(shop), shop) == list(range(32, 35))


def test_a_reviewer_who_has_done_the_first_gets_the_second(shop: Lab) -> None:
    rows = waiting(shop, "ann")
    fill(rows, "ann")
    send(shop, rows)
    shop.clock.move(minutes=1)
    assert places(waiting(shop, "ann"), shop) == list(range(20, 35))
    assert places(waiting(shop, "bob"), shop) == list(range(20, 35))


def test_the_candidate_opens_no_second_stage(make_lab: MakeLab) -> None:
    lab = make_lab(
        baseline=lambda _: "right",
        candidate=mostly_right(10),
        review=ReviewRule(items_per_night=40, second_stage=5),
    )
    lab.run()
    lab.clock.move(hours=1)
    rows = waiting(lab)
    fill(rows)
    send(lab, rows)
    found = {one.role: one.estimate for one in settled(lab).slis if one.sli == "correctness"}
    states = {role: state_of(estimate, 0.9) for role, estimate in found.items()}
    assert states == {Role.BASELINE: SloState.MET, Role.CANDIDATE: SloState.UNDECIDED}
    assert waiting(lab) == []


def test_intervals_from_labels_are_of_half_the_error_after_either_stage(shop: Lab) -> None:
    for stage in ("first", "second"):
        rows = waiting(shop)
        fill(rows)
        send(shop, rows)
        report = settled(shop)
        result = next(
            one for one in report.slis if (one.sli, one.role) == ("correctness", Role.BASELINE)
        )
        assert result.counts.labelled == (20 if stage == "first" else 35)
        assert result.estimate is not None
        assert result.population is not None
        assert result.estimate.confidence == result.population.confidence == 0.975
    shop.clock.move(hours=48)
    status = next(one for one in settled(shop).slos if one.slo.name == "correctness")
    assert status.window.estimate is not None
    assert status.window.estimate.confidence == 0.975


def test_measures_that_need_no_labels_keep_the_whole_error(shop: Lab) -> None:
    result = next(one for one in settled(shop).slis if one.sli == "availability")
    assert result.estimate is not None
    assert result.estimate.confidence == 0.95


def test_without_a_second_stage_all_are_offered_at_once(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None, review=ReviewRule(items_per_night=35))
    lab.run()
    lab.clock.move(hours=1)
    assert places(waiting(lab), lab) == list(range(35))


# --- good labels that are looked at twice ---------------------------------------------------------


def all_right(make_lab: MakeLab, policy: LabelPolicy) -> Lab:
    """Return a lab whose only model is always right, all items drawn, and all of them called good."""
    lab = make_lab(
        candidate=None, baseline=lambda _: "right", review=ReviewRule(items_per_night=60)
    )
    lab.golden = golden_set("faq", lab.rows, policy=policy)
    lab.run()
    lab.clock.move(hours=1)
    rows = waiting(lab)
    fill(rows, "ann")
    send(lab, rows)
    lab.clock.move(hours=1)
    return lab


def test_a_good_label_waits_for_a_second_look_where_chance_marked_its_review(
    make_lab: MakeLab,
) -> None:
    lab = all_right(make_lab, LabelPolicy.CONFIRM_BAD)
    marked = {one.id for one in lab.parts().queue.reviews("shop") if is_doubled(one.id)}
    assert 0 < len(marked) < 20
    assert {row["review_id"] for row in waiting(lab)} == marked
    assert waiting(lab, "ann") == []
    second = waiting(lab, "bob")
    fill(second, "bob")
    send(lab, second)
    lab.clock.move(hours=1)
    assert waiting(lab) == []


def test_where_one_look_settles_no_good_label_is_doubled(make_lab: MakeLab) -> None:
    assert waiting(all_right(make_lab, LabelPolicy.SINGLE)) == []


def test_a_look_without_opinion_is_not_doubled(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None, review=ReviewRule(items_per_night=60))
    lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    lab.run()
    lab.clock.move(hours=1)
    rows = waiting(lab)
    fill(rows, said=lambda _: "unsure")
    send(lab, rows)
    lab.clock.move(hours=1)
    assert waiting(lab) == []


def test_the_report_counts_what_second_looks_overturned(make_lab: MakeLab) -> None:
    lab = all_right(make_lab, LabelPolicy.CONFIRM_BAD)
    assert settled(lab).reviews[0].second_looks.doubled == 0
    second = waiting(lab)
    fill(second, "bob")
    fill(second[:1], "bob", lambda _: "bad")
    send(lab, second)
    report = settled(lab)
    counts = report.reviews[0].second_looks
    assert (counts.doubled, counts.overturned) == (len(second), 1)
    result = next(one for one in report.slis if one.sli == "correctness")
    assert result.counts.unconfirmed == 1
    assert [row["review_id"] for row in waiting(lab)] == [second[0]["review_id"]]
    # A day later the counts are still there: they are of the set, not of a night.
    lab.clock.move(hours=22)
    assert lab.run(lab.plan().slot + DAY).reviews[0].second_looks == counts
