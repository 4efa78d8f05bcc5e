"""The main path, over a real store with fake models."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import SloState
from qualityslo.domain.verdict import Answer, Grade
from qualityslo.errors import ExitCode, ModelError
from tests.fakes import FakeGrader, FakeModel, answers, fails, good_if, reply, ungraded
from tests.jobs.conftest import Lab

MakeLab = Callable[..., Lab]


def figures(report: Report) -> dict[str, Any]:
    """Return what a report says, without when it was said."""
    document: dict[str, Any] = report.as_json()
    document.pop("as_of")
    document["decision"].pop("evaluated_at")
    for review in document["reviews"]:
        review.pop("deadline")
    return document


class LazyModel(FakeModel):
    """Answers ten items and leaves the rest."""

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield ten outcomes."""
        return super().answer(list(items)[:10])


def test_a_night_asks_every_item_once_a_role_and_closes_the_models(lab: Lab) -> None:
    lab.run()
    for model in lab.models.values():
        assert sorted(model.asked) == [item.id for item in lab.rows]
        assert model.closed >= 1


def test_valid_failed_and_skipped_sum_to_planned_for_every_sli(lab: Lab) -> None:
    def moody(item: GoldenItem) -> Outcome:
        endings = [
            Ending.ANSWERED,
            Ending.EMPTY,
            Ending.FILTERED,
            Ending.TRUNCATED,
            Ending.TOOL_CALL,
        ]
        at = int(item.id[1:]) % 7
        if at >= len(endings):
            return Failure(item_id=item.id, ending=Ending.ERROR, code="timeout_total")
        text = "" if endings[at] is Ending.EMPTY else "right"
        return reply(item, text, endings[at])

    lab.models[Role.CANDIDATE].rule = moody
    report = lab.run()
    assert {one.role for one in report.slis} == set(Role)
    for one in report.slis:
        assert (
            one.counts.valid + one.counts.failed + one.counts.skipped == one.counts.planned == 60
        )


def test_a_model_failure_is_never_graded_and_burns_availability(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",))
    lab.models[Role.BASELINE].rule = lambda item: (
        fails(item) if int(item.id[1:]) < 6 else reply(item, "right")
    )
    report = lab.run()
    grader = lab.graders["correctness"][0]
    assert isinstance(grader, FakeGrader)
    assert len(grader.seen) == 54 + 60
    by_name = {(one.sli, one.role): one for one in report.slis}
    correctness = by_name["correctness", Role.BASELINE]
    assert (correctness.counts.valid, correctness.counts.failed) == (54, 6)
    availability = by_name["availability", Role.BASELINE].estimate
    assert availability is not None
    assert availability.point == pytest.approx(0.1)


def test_a_grader_failure_is_unknown_and_never_a_bad_answer(make_lab: MakeLab) -> None:
    def throws_on_three(answer: Answer) -> Grade:
        if answer.item.id in {"q000", "q001", "q002"}:
            raise RuntimeError("no idea")
        return good_if("right")(answer)

    lab = make_lab(human=(), definition=("correctness",), baseline=lambda _: "right")
    lab.graders = {"correctness": [FakeGrader("correctness", throws_on_three)]}
    report = lab.run()
    result = next(one for one in report.slis if one.role is Role.BASELINE)
    assert (result.counts.valid, result.counts.ungraded, result.counts.bad) == (60, 3, 0)
    assert result.estimate is not None
    assert (result.estimate.low, result.estimate.high) == (0, 3 / 60)
    assert report.roles[0].ungraded["correctness"] == {"grader_error": 3}


def test_too_many_ungraded_answers_leave_the_slo_undecided(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",))
    lab.graders = {"correctness": [FakeGrader("correctness", ungraded)]}
    report = lab.run()
    status = next(one for one in report.slos if one.slo.name == "correctness" and one.charged)
    assert status.state is SloState.UNDECIDED
    assert "coverage" in {reason.code for reason in status.reasons}


def test_a_definition_concludes_at_once_and_a_breach_is_exit_code_1(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",), baseline=lambda _: "wrong")
    report = lab.run()
    assert report.exit_code is ExitCode.FINDING
    assert "correctness" in report.conclusion
    assert report.conclusion.startswith("Finding:")


def test_a_human_truth_waits_for_labels_and_is_exit_code_3(make_lab: MakeLab) -> None:
    lab = make_lab(baseline=lambda _: "right", candidate=lambda _: "right")
    report = lab.run()
    assert report.exit_code is ExitCode.INCONCLUSIVE
    status = next(one for one in report.slos if one.slo.name == "correctness" and one.charged)
    assert status.concluded_slot is None
    assert status.tonight.estimate is not None
    assert status.tonight.estimate.method == "uncorrected"
    assert report.reviews[0].waiting == 20
    assert report.next_step.startswith("20 reviews wait")


def test_without_a_candidate_there_is_no_gate_and_no_drift(make_lab: MakeLab) -> None:
    lab = make_lab(
        human=(), definition=("correctness",), candidate=None, baseline=lambda _: "right"
    )
    lab.slos = tuple(slo for slo in lab.plan().slos if slo.name != "similarity")
    report = lab.run()
    assert report.gate is None
    assert report.drift == ()
    assert report.exit_code is ExitCode.PASS


def test_a_model_that_leaves_items_without_outcome_is_an_infrastructure_failure(lab: Lab) -> None:
    lab.models[Role.BASELINE] = LazyModel(answers(lambda _: "right"), name="old")
    with pytest.raises(ModelError, match="no outcome for 50 of 60 items"):
        lab.run()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(dies_after=st.integers(0, 119))
def test_an_interrupted_night_resumes_without_asking_a_committed_item_twice(
    dies_after: int, tmp_path_factory: pytest.TempPathFactory, make_lab: MakeLab
) -> None:
    whole = make_lab()
    whole.folder = tmp_path_factory.mktemp("whole")
    expected = figures(whole.run())

    lab = make_lab()
    lab.folder = tmp_path_factory.mktemp("cut")
    first, second = lab.models[Role.BASELINE], lab.models[Role.CANDIDATE]
    first.dies_after = dies_after if dies_after < 60 else None
    second.dies_after = dies_after - 60 if dies_after >= 60 else None
    with pytest.raises(KeyboardInterrupt):
        lab.run()
    first.dies_after = second.dies_after = None
    assert figures(lab.run()) == expected
    assert sorted(first.asked) == [item.id for item in lab.rows]
    assert sorted(second.asked) == [item.id for item in lab.rows]


def test_shuffling_the_items_changes_no_figure(make_lab: MakeLab) -> None:
    straight = make_lab()
    straight.folder /= "straight"
    turned = make_lab()
    turned.folder /= "turned"
    turned.rows = list(reversed(turned.rows))
    one, two = figures(straight.run()), figures(turned.run())
    assert one["slis"] == two["slis"]
    assert one["slos"] == two["slos"]
    assert one["gate"] == two["gate"]


def test_the_conclusion_is_exported_and_queued_for_the_tracker(lab: Lab) -> None:
    report = lab.run()
    folder = lab.folder / "runs" / report.run_id
    assert (folder / "conclusion.txt").read_text(encoding="utf-8") == report.conclusion
    parts = lab.parts()
    waiting = parts.outbox.waiting("fake")
    assert [entry.payload["run_id"] for entry in waiting] == [report.run_id]
