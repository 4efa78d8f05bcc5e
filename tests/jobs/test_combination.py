"""Several graders of a criterion through a whole night: one verdict, and doubts before people."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from qualityslo.domain.combination import Combination
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade
from tests.fakes import START, FakeGrader, good_if, ungraded
from tests.jobs.conftest import Lab

MakeLab = Callable[..., Lab]


def said(item: GoldenItem) -> str:
    """Answer with the word that three graders judge differently."""
    number = int(item.id[1:])
    return "abc" if number >= 9 else ("ab", "a", "none")[number // 3]


def sleepy(answer: Answer) -> Grade:
    """Judge `c`, but leave the last item ungraded."""
    return ungraded(answer) if answer.item.id == "q059" else good_if("c")(answer)


def shop(make_lab: MakeLab, rule: Combination) -> Lab:
    """Return 60 items: 3 flagged by one of three graders, 3 by two, 3 by all, 1 ungraded by one."""
    lab = make_lab(baseline=said, candidate=None)
    criterion = replace(lab.golden.criteria[0], combine=rule, graders=("a", "b", "c"))
    rules = {"a": good_if("a"), "b": good_if("b"), "c": sleepy}
    graders = [FakeGrader("correctness", one, name=name) for name, one in rules.items()]
    return replace(
        lab,
        golden=replace(lab.golden, criteria=(criterion,)),
        graders={"correctness": graders},
    )


def alarm_items(lab: Lab, report: Report) -> int:
    """Return how large the night's alarm stratum is."""
    draw = lab.parts().queue.draw(report.run_id, "faq")
    assert draw is not None
    return draw.alarm_items


@pytest.mark.parametrize(
    ("rule", "bad", "unknown"),
    [
        pytest.param(Combination.ANY_BAD, 9, 1, id="any bad"),
        pytest.param(Combination.MAJORITY, 6, 0, id="majority"),
        pytest.param(Combination.CALIBRATED_MEAN, 9, 1, id="calibrated mean, uncalibrated"),
    ],
)
def test_the_rule_decides_and_every_doubt_is_in_the_alarm_stratum(
    make_lab: MakeLab, rule: Combination, bad: int, unknown: int
) -> None:
    lab = shop(make_lab, rule)
    report = lab.run()
    counts = next(one.counts for one in report.slis if one.sli == "correctness")
    assert (counts.bad, counts.ungraded) == (bad, unknown)
    assert alarm_items(lab, report) == 10
    told = report.provenance["combinations"]
    assert isinstance(told, dict)
    assert str(told["faq/correctness"]).startswith(f"{rule.value}: ")
    assert "disagrees" in str(report.provenance["alarm"])


def test_another_rule_moves_no_item_to_another_stratum_than_it_was_drawn_from(
    make_lab: MakeLab,
) -> None:
    """A changed spec must not change what a past night's sample means."""
    lab = shop(make_lab, Combination.ANY_BAD)
    first = lab.run()
    other = shop(make_lab, Combination.MAJORITY)
    draw = lab.parts().queue.draw(first.run_id, "faq")
    assert draw is not None
    again = replace(other, clock=lab.clock, folder=lab.folder).run(START)
    assert again.run_id != first.run_id
    assert alarm_items(lab, again) == draw.alarm_items


def test_the_rule_is_part_of_the_plan(make_lab: MakeLab) -> None:
    revisions = {shop(make_lab, rule).plan().revision for rule in Combination}
    assert len(revisions) == len(Combination)


def test_one_grader_is_judged_as_ever(make_lab: MakeLab) -> None:
    lab = make_lab()
    counts = {one.role: one.counts.bad for one in lab.run().slis if one.sli == "correctness"}
    assert counts == {Role.BASELINE: 6, Role.CANDIDATE: 10}
