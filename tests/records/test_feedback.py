"""What people and graders said, in a real tracking store: once each, and up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qualityslo.domain.facts import GradeRow
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.outcome import answer_hash
from qualityslo.domain.review import Review
from qualityslo.domain.verdict import Grade, Ungraded, UngradedReason, Verdict
from qualityslo.ports.telling import ReviewedAnswer, ReviewedRun
from qualityslo.records.connection import TrackerError
from qualityslo.records.mlflow import MlflowRecorder
from tests.records.conftest import AS_OF, SLOT

if TYPE_CHECKING:
    from qualityslo.ports.telling import FeedbackRecorder
    from tests.records.conftest import MakeRecording

# MLflow uses what SQLAlchemy 2.1 deprecates, also where a test reads a store back
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

RUN = "20260301T0200Z-0123456789ab"
HUMAN, JUDGE, CODE = "HUMAN", "LLM_JUDGE", "CODE"


def review(**changes: Any) -> Review:
    """Return a review of two answers to one item under one criterion."""
    plain = Review(
        id="review-1",
        run_id=RUN,
        service="support-assistant",
        golden="faq",
        slot=SLOT,
        item=GoldenItem(id="q1", question="Capital of France?", references=("Paris",)),
        position=3,
        stratum="alarm",
        inclusion_probability=0.05,
        arms={"A": "Lyon", "B": "Paris"},
        roles={"A": ("candidate",), "B": ("baseline",)},
        criteria={"correctness": ("judge it", "f" * 64)},
    )
    return replace(plain, **changes)


def label(name: str, value: str, minute: int = 0, reviewer: str = "ann", **changes: Any) -> Label:
    """Return a label on answer A."""
    key = AnswerKey(
        item_digest=review().item.digest,
        answer_hash=answer_hash("Lyon"),
        criterion="correctness",
        rubric_hash="f" * 64,
    )
    plain = Label(
        id=name,
        key=key,
        value=LabelValue(value),
        reviewer=reviewer,
        recorded_at=AS_OF + timedelta(minutes=minute),
        review_id="review-1",
        slot=SLOT,
    )
    return replace(plain, **changes)


def grade(said: Grade, grader: str = "contains") -> GradeRow:
    """Return what a grader said of an answer."""
    return GradeRow(
        item_id="q1", criterion="correctness", grader=grader, version="1.2", grade=said
    )


def reviewed(
    labels: Sequence[Label] = (),
    grades: Mapping[str, tuple[GradeRow, ...]] | None = None,
    of: Review | None = None,
) -> ReviewedRun:
    """Return a run with one review, answer A of it labelled."""
    about = of or review()
    first = ReviewedAnswer(review=about, arm="A", labels=tuple(labels), grades=grades or {})
    other = ReviewedAnswer(review=about, arm="B", labels=(), grades={})
    return ReviewedRun(
        run_id=RUN, answers_of=RUN, service="support-assistant", answers=(first, other)
    )


def traces(uri: str) -> list[Any]:
    """Return all traces of a store."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    homes = [one.experiment_id for one in client.search_experiments()]
    return list(client.search_traces(locations=homes))


def said(uri: str, *, valid: bool | None = None) -> list[Any]:
    """Return the assessments of a store's only trace, oldest first."""
    (trace,) = traces(uri)
    found = sorted(trace.info.assessments, key=lambda one: (one.create_time_ms, one.assessment_id))
    return [one for one in found if valid is None or one.valid is valid]


def values(uri: str) -> list[tuple[str, Any]]:
    """Return what counts: by whom, and which value or which error."""
    return [
        (one.source.source_id, one.error.error_code if one.error else one.value)
        for one in said(uri, valid=True)
    ]


def everything(uri: str) -> list[Any]:
    """Return everything that a store holds of traces, for comparison."""
    return [trace.to_dict() for trace in sorted(traces(uri), key=lambda one: one.info.trace_id)]


def test_the_recorder_is_a_recorder_of_feedback(sqlite_uri: str) -> None:
    recorder: FeedbackRecorder = MlflowRecorder(sqlite_uri)
    assert recorder.feedback_target != MlflowRecorder(sqlite_uri).target


def test_a_reviewed_answer_becomes_a_trace_and_no_other_answer_does(
    sqlite_uri: str, make_recording: "MakeRecording"
) -> None:
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record(make_recording())
    recorder.record_feedback(reviewed([label("l1", "bad")]))
    (trace,) = traces(sqlite_uri)
    tags = {key: text for key, text in trace.info.tags.items() if key.startswith("qualityslo.")}
    assert tags == {
        "qualityslo.run_id": RUN,
        "qualityslo.review_id": "review-1",
        "qualityslo.service": "support-assistant",
        "qualityslo.role": "candidate",
        "qualityslo.golden": "faq",
        "qualityslo.item_id": "q1",
    }
    (span,) = trace.data.spans
    assert span.inputs == {"question": "Capital of France?", "references": ["Paris"]}
    assert span.outputs == "Lyon"
    assert trace.info.request_preview == "Capital of France?"
    assert trace.info.request_time == int(SLOT.timestamp() * 1000)
    from mlflow import MlflowClient

    source = MlflowClient(tracking_uri=sqlite_uri).get_run(
        trace.info.trace_metadata["mlflow.sourceRun"]
    )
    assert source.data.tags["qualityslo.run_id"] == RUN


def test_a_label_is_human_feedback_with_its_design(sqlite_uri: str) -> None:
    given = label("l1", "bad", reviewer="ann@example.org", note="Paris, not Lyon")
    MlflowRecorder(sqlite_uri).record_feedback(reviewed([given]))
    (one,) = said(sqlite_uri)
    assert (one.name, one.value, one.rationale) == ("correctness", "bad", "Paris, not Lyon")
    assert (one.source.source_type, one.source.source_id) == (HUMAN, "ann@example.org")
    assert one.create_time_ms == int(AS_OF.timestamp() * 1000)
    assert one.metadata == {
        "qualityslo.label_id": "l1",
        "qualityslo.run_id": RUN,
        "qualityslo.review_id": "review-1",
        "qualityslo.design_id": f"{RUN}/faq",
        "qualityslo.pi": "0.05",
        "qualityslo.stratum": "alarm",
        "qualityslo.rubric_sha256": "f" * 64,
        "qualityslo.role": "candidate",
        "qualityslo.recorded_at": "2026-03-01T03:00:00Z",
    }


@pytest.mark.parametrize(
    ("grader", "kind"), [("llm_judge", JUDGE), ("contains", CODE), ("nli", CODE)]
)
def test_a_verdict_stands_under_the_same_name_as_the_label(
    grader: str, kind: str, sqlite_uri: str
) -> None:
    row = grade(Verdict(good=True, score=0.75, rationale="it is a city"), grader)
    run = reviewed([label("l1", "bad")], {"candidate": (row,)})
    MlflowRecorder(sqlite_uri).record_feedback(run)
    (one,) = [one for one in said(sqlite_uri) if one.source.source_type != HUMAN]
    assert (one.name, one.value, one.rationale) == ("correctness", "good", "it is a city")
    assert (one.source.source_type, one.source.source_id) == (kind, grader)
    assert one.metadata["qualityslo.score"] == "0.75"
    assert one.metadata["qualityslo.grader_version"] == "1.2"
    assert one.metadata["qualityslo.role"] == "candidate"


def test_a_grader_that_came_to_no_conclusion_is_an_error_and_no_value(sqlite_uri: str) -> None:
    failed = grade(Ungraded(reason=UngradedReason.GRADER_ERROR, detail="timed out"), "llm_judge")
    silent = grade(Ungraded(reason=UngradedReason.NO_CONTEXT), "nli")
    run = reviewed([label("l1", "bad")], {"candidate": (failed, silent)})
    MlflowRecorder(sqlite_uri).record_feedback(run)
    errors = {one.source.source_id: one for one in said(sqlite_uri) if one.error}
    assert {
        name: (one.value, one.error.error_code, one.error.error_message)
        for name, one in errors.items()
    } == {
        "llm_judge": (None, "grader_error", "timed out"),
        "nli": (None, "no_context", "no_context"),
    }
    assert all("qualityslo.score" not in one.metadata for one in errors.values())


def test_one_answer_of_both_models_has_the_verdict_on_each(sqlite_uri: str) -> None:
    both = review(arms={"A": "Lyon"}, roles={"A": ("baseline", "candidate")})
    row = grade(Verdict(good=False, score=0.0))
    run = reviewed([label("l1", "bad")], {"baseline": (row,), "candidate": (row,)}, both)
    recorder = MlflowRecorder(sqlite_uri)
    only = replace(run, answers=run.answers[:1])
    recorder.record_feedback(only)
    recorder.record_feedback(only)
    roles = sorted(one.metadata["qualityslo.role"] for one in said(sqlite_uri))
    assert roles == ["baseline", "baseline,candidate", "candidate"]


def test_telling_twice_changes_nothing(sqlite_uri: str) -> None:
    labels = [label("l1", "bad"), label("l2", "good", 1), label("m1", "unsure", 2, "bob")]
    run = reviewed(labels, {"candidate": (grade(Verdict(good=False, score=0.0)),)})
    MlflowRecorder(sqlite_uri).record_feedback(run)
    before = everything(sqlite_uri)
    MlflowRecorder(sqlite_uri).record_feedback(run)
    assert everything(sqlite_uri) == before
    assert len(said(sqlite_uri)) == 4


def test_a_changed_label_takes_the_place_of_the_one_before(sqlite_uri: str) -> None:
    recorder = MlflowRecorder(sqlite_uri)
    first, second = label("l1", "good"), label("l2", "bad", 5)
    recorder.record_feedback(reviewed([first]))
    recorder.record_feedback(reviewed([first, second]))
    old, new = said(sqlite_uri)
    assert (old.value, old.valid, new.value, new.valid) == ("good", False, "bad", True)
    assert new.overrides == old.assessment_id
    assert new.metadata.keys() == old.metadata.keys()
    assert new.metadata["qualityslo.label_id"] == "l2"


def test_labels_of_several_people_count_side_by_side(sqlite_uri: str) -> None:
    labels = [
        label("l1", "good"),
        label("m1", "bad", 1, "bob"),
        label("r1", "bad", 2, "cat", adjudicates=True),
    ]
    MlflowRecorder(sqlite_uri).record_feedback(reviewed(labels))
    assert values(sqlite_uri) == [("ann", "good"), ("bob", "bad"), ("cat", "bad")]
    rulings = [one.metadata.get("qualityslo.adjudicates") for one in said(sqlite_uri)]
    assert rulings == [None, None, "true"]


def test_a_revoked_label_no_longer_counts_and_a_new_one_does(sqlite_uri: str) -> None:
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record_feedback(reviewed([label("l1", "good")]))
    recorder.record_feedback(reviewed([]))
    assert values(sqlite_uri) == [("ann", "revoked")]
    before = everything(sqlite_uri)
    recorder.record_feedback(reviewed([]))
    assert everything(sqlite_uri) == before
    recorder.record_feedback(reviewed([label("l2", "bad", 5)]))
    assert values(sqlite_uri) == [("ann", "bad")]


def test_the_label_before_a_revoked_one_counts_again(sqlite_uri: str) -> None:
    recorder = MlflowRecorder(sqlite_uri)
    first, second = label("l1", "good"), label("l2", "bad", 5)
    recorder.record_feedback(reviewed([first, second]))
    assert values(sqlite_uri) == [("ann", "bad")]
    recorder.record_feedback(reviewed([first]))
    assert values(sqlite_uri) == [("ann", "good")]
    before = everything(sqlite_uri)
    recorder.record_feedback(reviewed([first]))
    assert everything(sqlite_uri) == before


def test_an_answer_whose_only_label_was_revoked_before_it_was_told_has_no_trace(
    sqlite_uri: str,
) -> None:
    MlflowRecorder(sqlite_uri).record_feedback(reviewed([]))
    assert traces(sqlite_uri) == []


def test_what_somebody_else_said_is_left_alone(sqlite_uri: str) -> None:
    from mlflow.entities import AssessmentSource, Feedback
    from mlflow.tracing.client import TracingClient

    recorder = MlflowRecorder(sqlite_uri)
    recorder.record_feedback(reviewed([label("l1", "good")]))
    (trace,) = traces(sqlite_uri)
    other = Feedback(name="correctness", value=True, source=AssessmentSource(HUMAN, "ann"))
    TracingClient(sqlite_uri).log_assessment(trace.info.trace_id, other)
    recorder.record_feedback(reviewed([label("l1", "good"), label("l2", "bad", 5)]))
    recorder.record_feedback(reviewed([]))
    assert sorted(values(sqlite_uri), key=str) == [("ann", "revoked"), ("ann", True)]


@pytest.mark.parametrize("call", ["log_spans", "start_trace", "log_assessment"])
@pytest.mark.parametrize("after", [0, 1])
def test_a_telling_that_broke_off_is_completed_by_the_next(
    call: str, after: int, sqlite_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracing.client import TracingClient

    genuine = getattr(TracingClient, call)
    calls: list[Any] = []

    def once_done_lost(*args: Any, **options: Any) -> Any:
        if len(calls) == after:
            raise ConnectionResetError("the server went away")
        calls.append(genuine(*args, **options))
        raise ConnectionResetError("the answer was lost")

    run = reviewed([label("l1", "good"), label("l2", "bad", 5)])
    recorder = MlflowRecorder(sqlite_uri)
    with monkeypatch.context() as patch:
        patch.setattr(TracingClient, call, once_done_lost)
        with pytest.raises(TrackerError, match="did not take the labels: ConnectionResetError"):
            recorder.record_feedback(run)
    recorder.record_feedback(run)
    assert values(sqlite_uri) == [("ann", "bad")]
    assert len(said(sqlite_uri)) == 2
    assert len(traces(sqlite_uri)[0].data.spans) == 1


def test_traces_are_found_again_on_whatever_page_they_stand(
    sqlite_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracing.client import TracingClient

    search = TracingClient.search_traces

    def one_a_page(*args: Any, **options: Any) -> Any:
        return search(*args, **{**options, "max_results": 1})

    run = reviewed([label("l1", "good")])
    seen = tuple(
        replace(run.answers[0], review=review(id=f"review-{number}")) for number in range(3)
    )
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record_feedback(replace(run, answers=seen))
    before = everything(sqlite_uri)
    with monkeypatch.context() as patch:
        patch.setattr(TracingClient, "search_traces", one_a_page)
        recorder.record_feedback(replace(run, answers=seen))
    assert len(before) == 3
    assert everything(sqlite_uri) == before


def test_text_that_no_database_holds_is_told_as_far_as_it_can_be(sqlite_uri: str) -> None:
    nasty = "a\ud800b\x00c" + "x" * 30_000
    about = review(
        arms={"A": nasty, "B": "Paris"},
        item=GoldenItem(id="q\x001" + "y" * 300, question=nasty, context=(nasty,)),
    )
    given = label("l1", "bad", reviewer="an\ud800n", note=nasty)
    recorder = MlflowRecorder(sqlite_uri)
    recorder.record_feedback(reviewed([given], of=about))
    recorder.record_feedback(reviewed([given], of=about))
    (trace,) = traces(sqlite_uri)
    assert trace.data.spans[0].outputs.startswith("a?b\ufffdcxxx")
    assert len(trace.data.spans[0].outputs) == 20_000
    assert values(sqlite_uri) == [("an?n", "bad")]


def test_a_dead_tracker_is_told_of_at_once(free_port: int) -> None:
    recorder = MlflowRecorder(f"http://127.0.0.1:{free_port}")
    with pytest.raises(TrackerError, match="does not accept connections"):
        recorder.record_feedback(reviewed([label("l1", "good")]))


@pytest.mark.slow
def test_a_real_server_takes_labels_changes_and_revocations(mlflow_server: str) -> None:
    recorder = MlflowRecorder(mlflow_server, request_timeout_s=60)
    verdicts = (
        grade(Verdict(good=True, score=0.75)),
        grade(Ungraded(reason=UngradedReason.UNPARSEABLE, detail="no verdict"), "llm_judge"),
    )
    first, second = label("l1", "good"), label("l2", "bad", 5)
    recorder.record_feedback(reviewed([first], {"candidate": verdicts}))
    recorder.record_feedback(reviewed([first, second], {"candidate": verdicts}))
    before = everything(mlflow_server)
    recorder.record_feedback(reviewed([first, second], {"candidate": verdicts}))
    assert everything(mlflow_server) == before
    graders = {("contains", "good"), ("llm_judge", "unparseable")}
    assert set(values(mlflow_server)) == {("ann", "bad"), *graders}
    recorder.record_feedback(reviewed([first], {"candidate": verdicts}))
    assert set(values(mlflow_server)) == {("ann", "good"), *graders}
    recorder.record_feedback(reviewed([], {"candidate": verdicts}))
    assert set(values(mlflow_server)) == {("ann", "revoked"), *graders}
    assert traces(mlflow_server)[0].data.spans[0].outputs == "Lyon"
