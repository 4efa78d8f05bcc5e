"""Telling a tracker what people said of answers, and what graders had said of them."""

from collections.abc import Mapping, Sequence
from itertools import islice

from qualityslo.domain.facts import GradeRow, OutboxEntry
from qualityslo.domain.golden import Json
from qualityslo.domain.label import AnswerKey, Label
from qualityslo.domain.release import base_of
from qualityslo.domain.review import Review
from qualityslo.domain.verdict import Ungraded, UngradedReason, Verdict
from qualityslo.errors import QualitySloError
from qualityslo.jobs.forms import review_keys
from qualityslo.jobs.parts import Parts
from qualityslo.ports.telling import ReviewedAnswer, ReviewedRun

RUNS_AT_ONCE = 5  # so that a store full of labels, told for the first time, holds nothing up


def tell_labels(service: str, parts: Parts) -> tuple[int, str | None]:
    """Bring the tracker up to date on every run whose labels have changed, a few runs at a time.

    A failure of the tracker is never raised: what was not told waits for the next time.

    Args:
        service: whose labels.
        parts: the adapters.

    Returns:
        Of how many runs the labels were told, and the error that stopped it, if any.
    """
    if parts.feedback is None:
        return 0, None
    queue_labels(service, parts)
    told = 0
    for run_id, entries in islice(_waiting(service, parts), RUNS_AT_ONCE):
        try:
            parts.feedback.record_feedback(reviewed_run(service, run_id, parts))
        except QualitySloError as error:
            for entry in entries:
                parts.outbox.failed(entry, str(error))
            return told, str(error)
        for entry in entries:
            parts.outbox.done(entry)
        told += 1
    return told, None


def queue_labels(service: str, parts: Parts) -> None:
    """Queue every run whose labels are not those of the last time; again changes nothing."""
    if parts.feedback is None:
        return
    target = parts.feedback.feedback_target
    for run_id, (given, revoked) in parts.queue.label_counts(service).items():
        payload: dict[str, Json] = {"run_id": run_id, "service": service}
        parts.outbox.put(target, payload, f"{target}/{run_id}@{given}-{revoked}")


def _waiting(service: str, parts: Parts) -> list[tuple[str, list[OutboxEntry]]]:
    """Return what waits by run: the least tried first, of those the latest.

    One run that the tracker refuses does not stand in the way of the others.
    """
    assert parts.feedback is not None
    entries = parts.outbox.waiting(parts.feedback.feedback_target)
    found: dict[str, list[OutboxEntry]] = {}
    for entry in entries:
        if entry.payload["service"] == service:
            found.setdefault(str(entry.payload["run_id"]), []).append(entry)
    return sorted(
        found.items(), key=lambda one: (max(row.attempts for row in one[1]), -one[1][-1].id)
    )


def reviewed_run(service: str, run_id: str, parts: Parts) -> ReviewedRun:
    """Return every answer that a run's reviews show, with its labels and its verdicts."""
    reviews = parts.queue.reviews(service, run_id)
    labels: dict[str, list[Label]] = {}
    for label in parts.queue.labels_of([one.id for one in reviews]):
        labels.setdefault(label.review_id or "", []).append(label)
    answers_of = base_of(run_id)
    grades = _grades(parts, answers_of, reviews)
    return ReviewedRun(
        run_id=run_id,
        answers_of=answers_of,
        service=service,
        answers=tuple(
            answer
            for review in reviews
            for answer in _answers(review, labels.get(review.id, ()), grades)
        ),
    )


def _answers(
    review: Review,
    labels: Sequence[Label],
    grades: Mapping[tuple[str, str, str], tuple[GradeRow, ...]],
) -> list[ReviewedAnswer]:
    about: dict[str, set[AnswerKey]] = {arm: set() for arm in review.arms}
    for (arm, _), key in review_keys(review).items():
        about[arm].add(key)
    return [
        ReviewedAnswer(
            review=review,
            arm=arm,
            labels=tuple(one for one in labels if one.key in about[arm]),
            grades={
                role: tuple(
                    row
                    for row in grades.get((review.golden, review.item.id, role), ())
                    if row.criterion in review.criteria
                )
                for role in review.roles[arm]
            },
        )
        for arm in review.arms
    ]


def _grades(
    parts: Parts, run_id: str, reviews: Sequence[Review]
) -> dict[tuple[str, str, str], tuple[GradeRow, ...]]:
    """Return by golden set, item and role what every grader said."""
    items: dict[str, list[str]] = {}
    for review in reviews:
        items.setdefault(review.golden, []).append(review.item.id)
    return {
        (golden, str(row["item_id"]), str(row["role"])): _grade_rows(row)
        for golden, ids in items.items()
        for row in parts.store.some_item_rows(run_id, golden, ids)
    }


def _grade_rows(row: Mapping[str, Json]) -> tuple[GradeRow, ...]:
    verdicts = row["verdicts"]
    assert isinstance(verdicts, dict)
    found = []
    for criterion, graders in verdicts.items():
        assert isinstance(graders, dict)
        for grader, said in graders.items():
            assert isinstance(said, dict)
            found.append(_grade_row(str(row["item_id"]), (criterion, grader), said))
    return tuple(found)


def _grade_row(item_id: str, by: tuple[str, str], said: Mapping[str, Json]) -> GradeRow:
    rationale = str(said["rationale"] or "")
    good, score = said["good"], said["score"]
    grade: Verdict | Ungraded
    if good is None:
        grade = Ungraded(reason=UngradedReason(str(said["reason"])), detail=rationale)
    else:
        assert isinstance(score, float | int)
        grade = Verdict(good=bool(good), score=float(score), rationale=rationale)
    return GradeRow(
        item_id=item_id, criterion=by[0], grader=by[1], version=str(said["version"]), grade=grade
    )
