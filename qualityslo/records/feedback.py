"""What people and graders said of answers, as MLflow assessments, brought up to date.

What is there already is read first: nothing that we sent ourselves is sent again, and nothing
that somebody else wrote is touched. A person's word on an answer and criterion is valid once:
their latest label that stands. What it replaces stays in view as overridden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, assert_never

from qualityslo.domain.facts import GradeRow
from qualityslo.domain.jsonable import instant
from qualityslo.domain.label import Label
from qualityslo.domain.verdict import Ungraded, Verdict
from qualityslo.ports.telling import ReviewedAnswer, ReviewedRun
from qualityslo.records import names
from qualityslo.records.traces import (
    answer_span,
    clean,
    digest_of,
    millis,
    roles_of,
    trace_id,
    trace_info,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Assessment
    from mlflow.tracing.client import TracingClient

GOOD, BAD = "good", "bad"
HUMAN, JUDGE, CODE = "HUMAN", "LLM_JUDGE", "CODE"
REVOKED = "revoked"
_JUDGES = frozenset({"llm_judge"})

_Person: TypeAlias = tuple[str, str]  # criterion, reviewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One assessment to send; without a value `error` says why there is none."""

    name: str
    value: str | None
    source: tuple[str, str]  # kind, id
    metadata: Mapping[str, str]
    rationale: str = ""
    error: tuple[str, str] | None = None
    at_ms: int | None = None  # None: as of now
    overrides: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One assessment that is there; `is_valid` until another takes its place."""

    id: str
    name: str
    source_id: str
    metadata: Mapping[str, str]
    is_valid: bool
    at_ms: int

    @classmethod
    def of(cls, one: "Assessment") -> "_Told":
        return cls(
            id=one.assessment_id or "",
            name=one.name,
            source_id=one.source.source_id or "",
            metadata=one.metadata or {},
            is_valid=one.valid is not False,
            at_ms=one.create_time_ms or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A run's reviewed answers on their way into one experiment.

    `tracing` is MLflow's own client for traces: `mlflow.log_feedback` would write to whatever
    store the host program has set.
    """

    client: "MlflowClient"
    tracing: "TracingClient"
    home: str
    run: ReviewedRun

    def write(self) -> None:
        """Make the traces that are missing, then say what has not been said."""
        there = self._traces()
        source_run = None
        for answer in self.run.answers:
            known = trace_id(self.home, answer)
            if known not in there:
                if not answer.labels:
                    continue  # nobody has looked: no trace
                source_run = self._source_run() if source_run is None else source_run
                self._write_trace(answer, source_run)
            told = there.get(known, [])
            self._tell_grades(known, answer, told)
            self._tell_people(known, answer, told)

    def _traces(self) -> dict[str, list[_Told]]:
        """Return the assessments of the run's traces, by trace."""
        found: dict[str, list[_Told]] = {}
        token = None
        while True:
            page = self.tracing.search_traces(
                locations=[self.home],
                filter_string=f"tags.`{names.TAG_RUN_ID}` = '{self.run.run_id}'",
                page_token=token,
                include_spans=False,
            )
            for trace in page:
                found[trace.info.trace_id] = [_Told.of(one) for one in trace.info.assessments]
            token = page.token
            if not token:
                return found

    def _source_run(self) -> str:
        """Return the tracker's id of the run that gave the answers, empty where it has none."""
        query = f"tags.`{names.TAG_RUN_ID}` = '{self.run.answers_of}'"
        found = self.client.search_runs([self.home], query, max_results=1)
        return str(found[0].info.run_id) if found else ""

    def _write_trace(self, answer: ReviewedAnswer, source_run: str) -> None:
        """Write a trace; its tags, by which it is found again, come last."""
        self.tracing.log_spans(self.home, [answer_span(self.home, answer)])
        self.tracing.start_trace(trace_info(self.home, source_run, answer))

    def _tell_grades(self, trace: str, answer: ReviewedAnswer, there: Sequence[_Told]) -> None:
        told = {one.metadata.get(names.GRADE_ID) for one in there}
        for role, rows in answer.grades.items():
            for row in rows:
                said = _of_grade(answer, role, row)
                if said.metadata[names.GRADE_ID] not in told:
                    self._send(trace, said)

    def _tell_people(self, trace: str, answer: ReviewedAnswer, there: Sequence[_Told]) -> None:
        labels: dict[_Person, list[Label]] = {}
        for label in answer.labels:
            person = label.key.criterion, clean(label.reviewer)
            labels.setdefault(person, []).append(label)
        told: dict[_Person, list[_Told]] = {}
        for one in there:
            if names.LABEL_ID in one.metadata:  # what has none is not ours
                told.setdefault((one.name, one.source_id), []).append(one)
        for person in sorted(labels.keys() | told.keys()):
            said = [_of_label(answer, label) for label in labels.get(person, ())]
            self._tell_person(trace, said, told.get(person, []))

    def _tell_person(self, trace: str, said: Sequence[_Said], told: Sequence[_Told]) -> None:
        """Tell the labels of one person, oldest first, each in the place of the one before.

        A label that was revoked is overridden by an assessment without a value, or by the label
        that counts again.
        """
        current = max(
            (one for one in told if one.is_valid), key=lambda one: one.at_ms, default=None
        )
        known = {one.metadata[names.LABEL_ID] for one in told}
        for one in said:
            if one.metadata[names.LABEL_ID] not in known:
                current = self._send(trace, _instead(one, current))
        if current is None:
            return
        if not said:
            if names.REVOKED not in current.metadata:
                self._send(trace, _instead(_revoked(current), current))
        elif current.metadata.get(names.LABEL_ID) != said[-1].metadata[names.LABEL_ID]:
            self._send(trace, _instead(said[-1], current))

    def _send(self, trace: str, said: _Said) -> _Told:
        """Send an assessment under an id that follows from it, so that it cannot be there twice."""
        from mlflow.entities import AssessmentError, AssessmentSource, Feedback

        kind, source = said.source
        feedback = Feedback(
            name=said.name,
            value=said.value,
            error=None if said.error is None else AssessmentError(*said.error),
            source=AssessmentSource(kind, source),
            metadata=dict(said.metadata),
            rationale=said.rationale or None,
            create_time_ms=said.at_ms,
            last_update_time_ms=said.at_ms,
            overrides=said.overrides,
        )
        subject = said.metadata.get(names.LABEL_ID) or said.metadata[names.GRADE_ID]
        revoked = said.metadata.get(names.REVOKED, "")
        unique = digest_of(trace, said.name, subject, revoked, said.overrides or "")
        feedback.assessment_id = f"a-{unique[:32]}"
        return _Told.of(self.tracing.log_assessment(trace, feedback))


def _instead(said: _Said, of: _Told | None) -> _Said:
    return said if of is None else replace(said, overrides=of.id)


def _revoked(one: _Told) -> _Said:
    """Return what stands in the place of a label that was revoked: no value."""
    return _Said(
        name=one.name,
        value=None,
        source=(HUMAN, one.source_id),
        metadata={**one.metadata, names.REVOKED: "true"},
        error=(REVOKED, "the label was revoked"),
    )


def _of_label(answer: ReviewedAnswer, label: Label) -> _Said:
    metadata = {
        names.LABEL_ID: label.id,
        **_about(answer, label.key.criterion),
        names.TAG_ROLE: roles_of(answer),
        names.RECORDED_AT: instant(label.recorded_at),
    }
    if label.adjudicates:
        metadata[names.ADJUDICATES] = "true"
    return _Said(
        name=label.key.criterion,
        value=label.value.value,
        source=(HUMAN, clean(label.reviewer)),
        metadata=metadata,
        rationale=clean(label.note),
        at_ms=millis(label.recorded_at),
    )


def _of_grade(answer: ReviewedAnswer, role: str, row: GradeRow) -> _Said:
    said = _Said(
        name=row.criterion,
        value=None,
        source=(JUDGE if row.grader in _JUDGES else CODE, row.grader),
        metadata={
            names.GRADE_ID: digest_of(role, row.criterion, row.grader, row.version)[:24],
            **_about(answer, row.criterion),
            names.TAG_ROLE: role,
            names.GRADER_VERSION: clean(row.version),
        },
    )
    match row.grade:
        case Verdict(good=good, score=score, rationale=rationale):
            return replace(
                said,
                value=GOOD if good else BAD,
                metadata={**said.metadata, names.SCORE: repr(score)},
                rationale=clean(rationale),
            )
        case Ungraded(reason=reason, detail=detail):
            return replace(said, error=(reason.value, clean(detail) or reason.value))
        case _:
            assert_never(row.grade)


def _about(answer: ReviewedAnswer, criterion: str) -> dict[str, str]:
    """Return by what design, and by which rubric, an answer was looked at."""
    review = answer.review
    return {
        names.TAG_RUN_ID: review.run_id,
        names.TAG_REVIEW_ID: review.id,
        names.DESIGN_ID: f"{review.run_id}/{review.golden}",  # as the store names the draw
        names.PI: repr(review.inclusion_probability),
        names.STRATUM: review.stratum,
        names.RUBRIC: review.criteria[criterion][1],
    }
