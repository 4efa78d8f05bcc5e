"""Two runs side by side: what changed sides, and what cannot be compared."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from qualityslo.domain.report import Report
from qualityslo.domain.run_difference import RunsComparison
from qualityslo.domain.sli import Role
from qualityslo.errors import UsageError
from qualityslo.jobs.find_run import find_run, last_report
from qualityslo.jobs.runs_compare import compare_runs
from tests.fakes import START, FakeGrader, golden_set, good_if, items
from tests.jobs.conftest import DAY, Lab, mostly_right

MakeLab = Callable[..., Lab]


def compared(lab: Lab, first: Report, second: Report) -> RunsComparison:
    """Return two runs of a lab side by side."""
    store = lab.parts().store
    runs = [store.run(one.run_id) for one in (first, second)]
    assert runs[0] is not None
    assert runs[1] is not None
    return compare_runs(lab.plan(), store, runs[0], runs[1])


def two_nights(lab: Lab, change: Callable[[Lab], None] = lambda _: None) -> RunsComparison:
    """Return two nights side by side; something happens between them."""
    first = lab.run()
    change(lab)
    lab.clock.move(hours=24)
    return compared(lab, first, lab.run(START + DAY))


def test_equal_nights_differ_in_nothing(lab: Lab) -> None:
    found = two_nights(lab)
    assert found.comparable
    assert found.marks == ()
    assert all(one.difference in {0.0, None} and not one.doubts for one in found.figures)
    assert [(one.same, one.changed) for one in found.items] == [(60, 0)]
    assert all(not one.good_to_bad and not one.bad_to_good for one in found.flips)


def test_items_that_changed_sides_are_named(lab: Lab) -> None:
    found = two_nights(lab, lambda lab: lab.another_model(Role.CANDIDATE, mostly_right(15)))
    flips = {one.role: one for one in found.flips}
    assert flips[Role.CANDIDATE].good_to_bad == ("q015", "q045")
    assert len(flips[Role.CANDIDATE].bad_to_good) == 8
    assert "q006" in flips[Role.CANDIDATE].bad_to_good
    assert flips[Role.CANDIDATE].compared == 60
    assert flips[Role.BASELINE].good_to_bad == ()


def test_a_difference_is_second_minus_first_of_the_good_ratio(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",))
    found = two_nights(lab, lambda lab: lab.another_model(Role.CANDIDATE, lambda _: "right"))
    figures = {(one.slo, one.role): one for one in found.figures}
    one = figures["correctness", Role.CANDIDATE]
    assert one.first is not None
    assert one.second is not None
    assert one.first.point == pytest.approx(50 / 60)
    assert one.second.point == 1.0
    assert one.difference == pytest.approx(10 / 60)
    assert figures["correctness", Role.BASELINE].difference == 0.0


def test_a_changed_golden_set_is_marked_and_only_its_common_items_are_compared(lab: Lab) -> None:
    def change(lab: Lab) -> None:
        rows = items(62)[2:]
        rows[0] = replace(rows[0], references=("right", "correct"))
        lab.rows = rows
        lab.golden = replace(golden_set("faq", rows), digest="another")

    found = two_nights(lab, change)
    match = found.items[0]
    assert (match.same, match.changed, match.only_first, match.only_second) == (57, 1, 2, 2)
    assert {one.part for one in found.marks if one.breaks} == {"goldens"}
    assert all("another golden digest" in one.doubts for one in found.figures)
    assert all(one.compared == 57 for one in found.flips)


def test_another_version_of_a_grader_is_marked_on_what_it_judges(lab: Lab) -> None:
    def change(lab: Lab) -> None:
        grader = FakeGrader("correctness", good_if("right"), version="2")
        lab.graders = {"correctness": [grader]}

    found = two_nights(lab, change)
    doubts = {one.slo: one.doubts for one in found.figures}
    assert doubts["correctness"] == ("other graders",)
    assert doubts["availability"] == ()
    assert found.marks[0].breaks


def test_another_model_is_told_and_breaks_nothing(lab: Lab) -> None:
    def change(lab: Lab) -> None:
        lab.models[Role.CANDIDATE].revision = "2"

    found = two_nights(lab, change)
    assert [(one.part, one.name, one.breaks) for one in found.marks] == [
        ("models", "candidate", False)
    ]


def test_a_role_of_one_run_only_has_no_flips_and_says_so(make_lab: MakeLab) -> None:
    lab = make_lab()

    def change(lab: Lab) -> None:
        del lab.models[Role.CANDIDATE]

    found = two_nights(lab, change)
    assert {one.role for one in found.flips} == {Role.BASELINE}
    alone = [one for one in found.figures if one.role is Role.CANDIDATE]
    assert alone
    assert all(one.doubts == ("in one run only",) for one in alone)


def test_a_golden_set_that_cannot_be_compared_is_named(lab: Lab) -> None:
    first = lab.run()
    lab.golden = replace(golden_set("other", lab.rows), digest="o")
    lab.clock.move(hours=24)
    found = compared(lab, first, lab.run(START + DAY))
    assert (found.items, found.flips) == ((), ())
    assert found.left_out == ("faq", "other")


def test_a_run_is_found_by_its_id_by_a_beginning_and_as_the_latest(lab: Lab) -> None:
    first = lab.run()
    lab.clock.move(hours=24)
    second = lab.run(START + DAY)
    runs = lab.parts().store.runs("shop")
    assert find_run(runs, first.run_id).run_id == first.run_id
    assert find_run(runs, "20260302").run_id == first.run_id
    assert find_run(runs, "latest").run_id == second.run_id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("2026", "begins the names of 2 runs", id="several"),
        pytest.param("x", "no run 'x'; the last ones: 2026", id="none"),
        pytest.param("", "no run ''", id="nothing written"),
    ],
)
def test_a_text_that_names_no_run_or_several_is_refused(lab: Lab, text: str, message: str) -> None:
    lab.run()
    lab.clock.move(hours=24)
    lab.run(START + DAY)
    with pytest.raises(UsageError, match=message):
        find_run(lab.parts().store.runs("shop"), text)


def test_a_run_that_has_not_concluded_has_no_report(lab: Lab) -> None:
    parts = lab.parts()
    run = parts.store.begin(lab.plan())
    with pytest.raises(UsageError, match="concluded nothing yet"):
        last_report(parts.store, run)
    with pytest.raises(UsageError, match="no finished run yet"):
        find_run(parts.store.runs("shop"), "latest")


def test_the_report_of_an_instant_is_the_last_one_before_it(lab: Lab) -> None:
    report = lab.run()
    store = lab.parts().store
    run = store.run(report.run_id)
    assert run is not None
    assert last_report(store, run, report.as_of) == report
    with pytest.raises(UsageError, match="by 2026-03-01"):
        last_report(store, run, START - DAY)
