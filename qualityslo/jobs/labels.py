"""Labels in and out: reviews as rows for people, and their rows back as labels."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qualityslo.domain.golden import Json
from qualityslo.domain.jsonable import instant
from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.jobs.forms import review_keys
from qualityslo.ports import ReviewQueue

REVIEW_SCHEMA = "qualityslo.review/1"
LABEL_SCHEMA = "qualityslo.label/1"
VALUES = tuple(value.value for value in LabelValue)
SHOWN_FAULTS = 50


def review_row(review: Review) -> dict[str, Json]:
    """Return a review as a row to be filled in: blind, with a blank per answer and criterion."""
    blank: dict[str, Json] = {arm: dict.fromkeys(review.criteria) for arm in review.arms}
    return {
        "schema": REVIEW_SCHEMA,
        "review_id": review.id,
        "service": review.service,
        "slot": instant(review.slot),
        "golden": review.golden,
        "item_id": review.item.id,
        "question": review.item.question,
        "messages": [
            {"role": message.role, "content": message.content} for message in review.item.messages
        ],
        "context": list(review.item.context),
        "references": list(review.item.references),
        "answerable": review.item.answerable,
        "answers": dict(review.arms),
        "rubrics": {name: rubric for name, (rubric, _) in review.criteria.items()},
        "values": list(VALUES),
        "reviewer": None,
        "note": "",
        "labels": blank,
    }


def label_row(label: Label, review: Review | None) -> dict[str, Json]:
    """Return a label as a row of schema `qualityslo.label/1`."""
    return {
        "schema": LABEL_SCHEMA,
        "label_id": label.id,
        "review_id": label.review_id,
        "slot": None if label.slot is None else instant(label.slot),
        "golden": None if review is None else review.golden,
        "item_id": None if review is None else review.item.id,
        "item_digest": label.key.item_digest,
        "answer_hash": label.key.answer_hash,
        "criterion": label.key.criterion,
        "rubric_sha256": label.key.rubric_hash,
        "value": label.value.value,
        "reviewer": label.reviewer,
        "adjudicates": label.adjudicates,
        "note": label.note,
        "stratum": None if review is None else review.stratum,
        "pi": None if review is None else review.inclusion_probability,
        "recorded_at": instant(label.recorded_at),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One filled blank, checked: where it stood in the file, and what it says."""

    review: Review
    key: AnswerKey
    value: LabelValue
    reviewer: str
    note: str
    adjudicates: bool


def import_labels(
    rows: Iterable[tuple[str, Mapping[str, Json]]], queue: ReviewQueue, service: str, now: datetime
) -> tuple[int, int]:
    """Store the labels of filled review rows and of label rows, all or none.

    Args:
        rows: where each row stands ("file:line"), and the row.
        queue: where reviews are and labels go.
        service: the service the labels are for.
        now: when they are recorded; what a file says of that is history, not evidence.

    Returns:
        How many labels were new, and how many the store had already.

    Raises:
        LabelError: with every fault of every row; nothing was stored.
    """
    reviews = {review.id: review for review in queue.reviews(service)}
    faults: list[str] = []
    said: list[_Said] = []
    for where, row in rows:
        found = _read_row(where, row, reviews, faults)
        said += found
    if faults:
        more = f"\n... and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise LabelError(
            f"{len(faults)} faults; no label was stored:\n"
            + "\n".join(faults[:SHOWN_FAULTS])
            + more
        )
    fresh = _fresh(said, queue, now)
    stored = queue.append_labels(fresh)
    return stored, len(said) - stored


def _read_row(
    where: str, row: Mapping[str, Json], reviews: Mapping[str, Review], faults: list[str]
) -> list[_Said]:
    schema = row.get("schema")
    if schema not in {REVIEW_SCHEMA, LABEL_SCHEMA}:
        faults.append(
            f"{where}: schema {schema!r}: expected {REVIEW_SCHEMA!r} or {LABEL_SCHEMA!r}"
        )
        return []
    review = reviews.get(str(row.get("review_id")))
    if review is None:
        faults.append(f"{where}: review_id {row.get('review_id')!r}: no such review in this store")
        return []
    filled = _filled(where, row, review, faults)
    reviewer = row.get("reviewer")
    if filled and not (isinstance(reviewer, str) and reviewer.strip()):
        faults.append(f"{where}: reviewer {reviewer!r}: say who looked")
        return []
    note = row.get("note")
    return [
        _Said(
            review=review,
            key=key,
            value=value,
            reviewer=str(reviewer).strip(),
            note=note if isinstance(note, str) else "",
            adjudicates=row.get("adjudicates") is True,
        )
        for key, value in filled
    ]


def _filled(
    where: str, row: Mapping[str, Json], review: Review, faults: list[str]
) -> list[tuple[AnswerKey, LabelValue]]:
    keys = review_keys(review)
    if row["schema"] == LABEL_SCHEMA:
        wanted = (row.get("answer_hash"), row.get("criterion"), row.get("rubric_sha256"))
        key = next(
            (k for k in keys.values() if (k.answer_hash, k.criterion, k.rubric_hash) == wanted),
            None,
        )
        if key is None:
            faults.append(
                f"{where}: {wanted!r}: not an answer, criterion and rubric of this review"
            )
            return []
        value = _value(where, "value", row.get("value"), faults)
        return [] if value is None else [(key, value)]
    return _blanks(where, row.get("labels"), keys, faults)


def _blanks(
    where: str, labels: Json, keys: Mapping[tuple[str, str], AnswerKey], faults: list[str]
) -> list[tuple[AnswerKey, LabelValue]]:
    if not isinstance(labels, dict):
        faults.append(f"{where}: labels {labels!r}: expected an object by answer and criterion")
        return []
    filled = []
    for arm, criteria in labels.items():
        for criterion, said in criteria.items() if isinstance(criteria, dict) else ():
            if said is None or said == "":
                continue
            key = keys.get((arm, criterion))
            if key is None:
                faults.append(f"{where}: labels.{arm}.{criterion}: this review has no such blank")
                continue
            value = _value(where, f"labels.{arm}.{criterion}", said, faults)
            if value is not None:
                filled.append((key, value))
    return filled


def _value(where: str, name: str, said: Json, faults: list[str]) -> LabelValue | None:
    if isinstance(said, str) and said.strip().lower() in VALUES:
        return LabelValue(said.strip().lower())
    faults.append(f"{where}: {name} is {said!r}: expected one of {', '.join(VALUES)}")
    return None


def _fresh(said: Sequence[_Said], queue: ReviewQueue, now: datetime) -> list[Label]:
    """Return the labels that say something new: a repeated import changes nothing."""
    known: dict[tuple[str, AnswerKey, str], list[Label]] = {}
    for label in queue.labels_of([one.review.id for one in said]):
        known.setdefault((label.review_id or "", label.key, label.reviewer), []).append(label)
    fresh = []
    # Of two rows by one person about one answer the later one counts.
    last = {(one.review.id, one.key, one.reviewer): one for one in said}
    for place, one in last.items():
        before = sorted(known.get(place, []), key=lambda row: (row.recorded_at, row.id))
        if before and (before[-1].value, before[-1].adjudicates) == (one.value, one.adjudicates):
            continue
        label = _label(one, len(before), now)
        known.setdefault(place, []).append(label)
        fresh.append(label)
    return fresh


def _label(said: _Said, ordinal: int, now: datetime) -> Label:
    parts = (
        said.review.id,
        said.key.answer_hash,
        said.key.criterion,
        said.reviewer,
        str(ordinal),
        # A label that was revoked has used its ordinal up, and another word is another label.
        said.value.value,
        str(said.adjudicates),
    )
    identity = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return Label(
        id=hashlib.sha256(identity).hexdigest()[:24],
        key=said.key,
        value=said.value,
        reviewer=said.reviewer,
        recorded_at=now,
        review_id=said.review.id,
        slot=said.review.slot,
        adjudicates=said.adjudicates,
        note=said.note,
    )
