"""What is handed in: stored whole or not at all, taken back, and taken out of the estimates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from qualityslo.domain.golden import Json
from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.ports.desk import Outcome, Purpose, Receipt, Submission
from qualityslo.store.desk_claim import lock_mark, seeker, take_for_late
from qualityslo.store.desk_events import append_event
from qualityslo.store.desk_forms import Said, form_json, label_for, said
from qualityslo.store.desk_tables import DONE, LEASED
from qualityslo.store.dialect import insert_new, upsert
from qualityslo.store.review_rows import label_row, review_named
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a form was filled in; without a seat it is outside of every review."""

    seat_no: int | None = None
    purpose: str = Purpose.ESTIMATE.value
    adjudicates: bool = False
    taken_at: datetime | None = None

    @classmethod
    def of(cls, seat: Any) -> "_Place":
        return cls(
            seat_no=seat.seat_no,
            purpose=seat.purpose,
            adjudicates=seat.adjudicates,
            taken_at=seat.taken_at,
        )


_HandedIn: TypeAlias = tuple[str, Submission, datetime]  # by whom, what, when


def submit(
    connection: "Connection",
    reviewer: str,
    submission: Submission,
    clock: "Callable[[Connection], datetime]",
) -> Receipt:
    """Store a form under its lease; see `ports.Desk.submit`.

    The clock is read once the seat is ours: what waits for others is not recorded before them.
    """
    from sqlalchemy import update

    seat = schema().seat
    before = known(connection, reviewer, submission.key)
    if before is not None:
        return before
    held = (
        seat.c.token == submission.token,
        seat.c.reviewer == reviewer,
        seat.c.state == LEASED,
    )
    done = {"state": DONE, "token": None, "lease_until": None}
    row = connection.execute(update(seat).where(*held).values(**done).returning(seat)).first()
    if row is None:  # given back, or the same form was handed in twice at once
        again = known(connection, reviewer, submission.key)
        return again or Receipt(outcome=Outcome.LOST, review_id="")
    review = review_named(connection, row.review_id)
    assert review is not None
    return _store(connection, review, _Place.of(row), (reviewer, submission, clock(connection)))


def submit_late(
    connection: "Connection",
    review_id: str,
    reviewer: str,
    submission: Submission,
    clock: "Callable[[Connection], datetime]",
) -> Receipt:
    """Store a form whose lease was lost; see `ports.Desk.submit_late`."""
    before = known(connection, reviewer, submission.key)
    if before is not None:
        return before
    review = review_named(connection, review_id)
    if review is None:
        raise LabelError(f"review {review_id!r}: the store has no such review")
    lock_mark(connection, review.service, reviewer)
    now = clock(connection)
    who = seeker(connection, review.service, reviewer, now)
    row = take_for_late(connection, who, review_id)
    place = _Place() if row is None else _Place.of(row)
    return _store(connection, review, place, (reviewer, submission, now))


def known(connection: "Connection", reviewer: str, key: str) -> Receipt | None:
    """Return what became of a form that was handed in before, None where it is new."""
    from sqlalchemy import select

    table = schema().submission
    query = select(table.c.review_id, table.c.reviewer).where(table.c.key == key)
    found = connection.execute(query).first()
    if found is None:
        return None
    outcome = Outcome.KNOWN if found.reviewer == reviewer else Outcome.LOST
    return Receipt(outcome=outcome, review_id=found.review_id)


def _store(
    connection: "Connection",
    review: Review,
    place: _Place,
    handed_in: _HandedIn,
) -> Receipt:
    reviewer, submission, now = handed_in
    rows = said(review, submission.form)
    row = _submission_row(review, place, handed_in)
    insert_new(connection, schema().submission, [row])
    if place.purpose == Purpose.ESTIMATE.value:
        _store_labels(connection, review, place, handed_in, rows)
    else:
        _store_checks(connection, submission.key, rows)
    _drop_draft(connection, review.id, reviewer)
    values: dict[str, Json] = {"/".join(one.blank): one.value.value for one in rows}
    detail: dict[str, Json] = {
        "key": submission.key,
        "review_id": review.id,
        "seat_no": place.seat_no,
        "values": values,
        "skipped_because": submission.form.skipped_because,
    }
    append_event(connection, now, "submitted", reviewer, detail)
    return Receipt(outcome=Outcome.STORED, review_id=review.id, labels=len(rows))


def _submission_row(review: Review, place: _Place, handed_in: _HandedIn) -> dict[str, Any]:
    reviewer, submission, now = handed_in
    return {
        "key": submission.key,
        "review_id": review.id,
        "seat_no": place.seat_no,
        "service": review.service,
        "purpose": place.purpose,
        "reviewer": reviewer,
        "taken_at": place.taken_at,
        "submitted_at": now,
        "undone_at": None,
        "skipped": bool(submission.form.skipped_because),
        "flagged": submission.form.flagged,
        "client_ms": submission.client_ms,
        "ui_version": submission.ui_version,
        "arm_order": list(submission.order),
        "form": form_json(submission.form),
    }


def _store_labels(
    connection: "Connection",
    review: Review,
    place: _Place,
    handed_in: _HandedIn,
    rows: Sequence[Said],
) -> None:
    """Store the labels of a form; one that has no seat has no review, and never estimates."""
    reviewer, submission, now = handed_in
    seated = place.seat_no is not None
    about = {
        "review_id": review.id if seated else None,
        "service": review.service if seated else None,
        "golden": review.golden if seated else None,
        "slot": review.slot,
        "adjudicates": place.adjudicates,
    }
    labels, details = [], []
    for one in rows:
        label = label_for(one, submission.form, submission.key, reviewer, now)
        labels.append({**label_row(label, {}), **about})
        details.append({"label_id": label.id, "key": submission.key, "spans": one.spans_json})
    insert_new(connection, schema().label, labels)
    insert_new(connection, schema().label_detail, details)


def _store_checks(connection: "Connection", key: str, rows: Sequence[Said]) -> None:
    checks = [
        {
            "key": key,
            "answer_hash": one.key.answer_hash,
            "criterion": one.key.criterion,
            "item_digest": one.key.item_digest,
            "rubric_hash": one.key.rubric_hash,
            "value": one.value.value,
        }
        for one in rows
    ]
    insert_new(connection, schema().check_answer, checks)


def save_draft(
    connection: "Connection",
    review_id: str,
    reviewer: str,
    form: Mapping[str, Json],
    now: datetime,
) -> None:
    """Keep what a person has filled in so far."""
    changes = {"form": form, "saved_at": now}
    row = {"review_id": review_id, "reviewer": reviewer, **changes}
    upsert(connection, schema().draft, row, changes)


def _drop_draft(connection: "Connection", review_id: str, reviewer: str) -> None:
    from sqlalchemy import delete

    draft = schema().draft
    here = (draft.c.review_id == review_id, draft.c.reviewer == reviewer)
    connection.execute(delete(draft).where(*here))
