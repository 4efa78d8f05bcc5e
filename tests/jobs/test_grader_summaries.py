"""What a report says of the graders, and how much their cache helped, from night to night."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade, Verdict
from qualityslo.graders.cached import CachedGrader, Task
from qualityslo.jobs.nightly import run_nightly
from qualityslo.store.calibrations import SqlCalibrations
from qualityslo.store.database import open_database
from qualityslo.store.grade_cache import SqlGradeCache
from tests.fakes import START, FakeGrader, good_if
from tests.jobs.conftest import DAY, Lab

if TYPE_CHECKING:
    from qualityslo.ports import Grader

MakeLab = Callable[..., Lab]


def cached_night(lab: Lab, night: int) -> tuple[Report, FakeGrader]:
    """Run a night with the cache in front of a new process's grader."""
    plan = lab.plan(START + night * DAY)
    database = open_database(f"sqlite:///{lab.folder / 'facts.db'}")
    cache = SqlGradeCache(database, lab.clock)
    inside = FakeGrader("correctness", good_if("right"))
    grader = CachedGrader(
        inside, cache, Task(run_id=plan.run_id, golden="faq", criterion="correctness")
    )
    parts = replace(
        lab.parts(),
        graders={"faq": {"correctness": [grader]}},
        grade_cache=cache,
        calibrations=SqlCalibrations(database, lab.clock),
    )
    return run_nightly(plan, parts, lab.clock), inside


def test_a_report_counts_what_each_grader_said_and_what_was_known(make_lab: MakeLab) -> None:
    lab = make_lab()
    first, inside = cached_night(lab, 0)
    lab.clock.move(days=1)
    second, idle = cached_night(lab, 1)
    # 60 answers of one model, 12 of the other that differ; more where both are graded at once.
    assert 72 <= len(inside.seen) <= 120
    assert idle.seen == []
    for report, known in ((first, 120 - len(inside.seen)), (second, 120)):
        by_role = {one.count.role: one for one in report.graders}
        assert {one.cache_asked for one in report.graders} == {120}
        assert {one.cache_known for one in report.graders} == {known}
        baseline = by_role[Role.BASELINE]
        assert (baseline.count.graded, baseline.count.flagged) == (60, 6)
        assert (baseline.share_flagged, baseline.calibration) == (0.1, "none")
        assert by_role[Role.CANDIDATE].count.flagged == 10
    assert Report.from_json(second.as_json()).graders == second.graders


def test_the_verdicts_of_the_cache_are_those_of_the_grader(make_lab: MakeLab) -> None:
    lab = make_lab()
    reports = [cached_night(lab, night)[0] for night in range(2)]
    plain = lab.run(START + 2 * DAY)
    counts = [
        {(one.sli, one.role): one.counts for one in report.slis} for report in (*reports, plain)
    ]
    assert counts[0] == counts[1] == counts[2]


def test_without_facts_of_graders_a_report_says_nothing_of_them(make_lab: MakeLab) -> None:
    assert make_lab().run().graders == ()


def _torn_over_tens(answer: Answer) -> Grade:
    torn = int(answer.item.id[1:]) % 10 == 0
    return Verdict(good=True, score=2 / 3 if torn else 1.0)


@dataclass
class _Asking(FakeGrader):
    repeat: int = 3


def test_a_report_says_how_often_a_repeating_grader_contradicted_itself(
    make_lab: MakeLab,
) -> None:
    lab = make_lab()
    graders: list[Grader] = [
        CachedGrader(
            _Asking("correctness", _torn_over_tens, name="judge"),
            SqlGradeCache(open_database(f"sqlite:///{lab.folder / 'facts.db'}"), lab.clock),
            Task(run_id=lab.plan().run_id, golden="faq", criterion="correctness"),
        ),
        FakeGrader("correctness", _torn_over_tens, name="once"),
    ]
    calibrations = SqlCalibrations(
        open_database(f"sqlite:///{lab.folder / 'facts.db'}"), lab.clock
    )
    parts = replace(
        lab.parts(), graders={"faq": {"correctness": graders}}, calibrations=calibrations
    )
    report = run_nightly(lab.plan(), parts, lab.clock)
    rates = {(one.count.grader, one.count.role): one.flip_rate for one in report.graders}
    assert rates == {
        ("judge", Role.BASELINE): 0.1,
        ("judge", Role.CANDIDATE): 0.1,
        ("once", Role.BASELINE): None,
        ("once", Role.CANDIDATE): None,
    }
