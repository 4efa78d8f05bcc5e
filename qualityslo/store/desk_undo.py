"""Taking back: a person's own form while nobody has built on it, and labels for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.errors import LabelError
from qualityslo.jobs.chunks import chunks
from qualityslo.ports.desk import Done, Purpose
from qualityslo.store.desk_answers import save_draft
from qualityslo.store.desk_claim import lock_mark
from qualityslo.store.desk_events import append_event
from qualityslo.store.desk_seats import reopen
from qualityslo.store.desk_tables import DONE, LEASED, VOID
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new, lock_chain
from qualityslo.store.review_rows import stands
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from qualityslo.domain.golden import Json


def _undoable(now: datetime) -> "ColumnElement[bool]":
    """Return the condition that a submission may be taken back.

    Its labels still count to somebody's estimate only until the seat's deadline, and another
    person's later look at the review may rest on it.
    """
    from sqlalchemy import and_, exists, func, select

    tables = schema()
    seat, label, handed_in = tables.seat, tables.label, tables.submission
    own = (
        seat.c.review_id == handed_in.c.review_id,
        seat.c.seat_no == handed_in.c.seat_no,
        seat.c.reviewer == handed_in.c.reviewer,
        seat.c.state == DONE,
        seat.c.due_at > now,
    )
    # Counted, not EXISTS: for that PostgreSQL would gather every seat that is done.
    seats = select(func.count()).select_from(seat).where(*own).scalar_subquery()
    built_on = exists().where(
        label.c.review_id == handed_in.c.review_id,
        label.c.reviewer != handed_in.c.reviewer,
        label.c.recorded_at >= handed_in.c.submitted_at,
        stands(),
    )
    return and_(handed_in.c.undone_at.is_(None), seats == 1, ~built_on)


def handed_in(
    connection: "Connection", service: str, reviewer: str, limit: int, now: datetime
) -> list[Done]:
    """Return what a person handed in and has not taken back, the latest first."""
    from sqlalchemy import select

    table = schema().submission
    query = (
        select(
            table.c.review_id,
            table.c.key,
            table.c.submitted_at,
            table.c.skipped,
            _undoable(now).label("can_undo"),
        )
        .where(
            table.c.service == service,
            table.c.reviewer == reviewer,
            table.c.undone_at.is_(None),
        )
        .order_by(table.c.submitted_at.desc(), table.c.key)
        .limit(limit)
    )
    return [
        Done(
            review_id=row.review_id,
            key=row.key,
            submitted_at=row.submitted_at,
            skipped=row.skipped,
            can_undo=bool(row.can_undo),
        )
        for row in connection.execute(query)
    ]


def undo(
    connection: "Connection", key: str, reviewer: str, lease: Mapping[str, Any], now: datetime
) -> Any:
    """Take a form back and lease its seat again; return the seat's row, None where it cannot be.

    A person holds one seat at a time: what they hold now goes back, its draft stays.
    """
    from sqlalchemy import select, update

    tables = schema()
    seat, table = tables.seat, tables.submission
    query = select(table).where(table.c.key == key, table.c.reviewer == reviewer)
    found = connection.execute(query).first()
    if found is None:
        return None
    lock_mark(connection, found.service, reviewer)
    current = _lock_seats(connection, found)
    lock_chain(connection)  # from here on nobody else can hand in: what is read stays true
    if connection.execute(query.where(_undoable(now))).first() is None:
        return None
    reopen(connection, found.service, current)
    connection.execute(update(table).where(table.c.key == key).values(undone_at=now))
    labels = _labels_of_form(connection, key)
    _revoke(connection, labels, reviewer, "undone", now)
    save_draft(connection, found.review_id, reviewer, found.form, now)
    detail: dict[str, Json] = {"key": key, "review_id": found.review_id, "labels": [*labels]}
    append_event(connection, now, "undone", reviewer, detail)
    place = (seat.c.review_id == found.review_id, seat.c.seat_no == found.seat_no)
    values = {"state": LEASED, "taken_at": now, **lease}
    return connection.execute(update(seat).where(*place).values(**values).returning(seat)).one()


def _lock_seats(connection: "Connection", found: Any) -> list[tuple[str, int]]:
    """Lock the seat of a form and the one that its person holds now; return the latter."""
    from sqlalchemy import and_, or_, select

    seat = schema().seat
    query = (
        select(seat.c.review_id, seat.c.seat_no, seat.c.state)
        .where(
            seat.c.service == found.service,
            seat.c.reviewer == found.reviewer,
            or_(
                seat.c.state == LEASED,
                and_(seat.c.review_id == found.review_id, seat.c.seat_no == found.seat_no),
            ),
        )
        .order_by(seat.c.review_id, seat.c.seat_no)
        .with_for_update()
    )
    rows = connection.execute(query).all()
    return [(row.review_id, row.seat_no) for row in rows if row.state == LEASED]


def _labels_of_form(connection: "Connection", key: str) -> list[str]:
    from sqlalchemy import select

    detail = schema().label_detail
    query = select(detail.c.label_id).where(detail.c.key == key).order_by(detail.c.label_id)
    return list(connection.execute(query).scalars())


def revoke(
    connection: "Connection", label_ids: Sequence[str], by: str, reason: str, now: datetime
) -> int:
    """Take labels out of every estimate from now on; a person's seat without any is void.

    Raises:
        LabelError: no reason is given, or the store does not have a label; nothing was revoked.
    """
    if not reason.strip():
        raise LabelError("no label was revoked: say why")
    ids = sorted(set(label_ids))
    _check_known(connection, ids)
    count = _revoke(connection, ids, by, reason, now)
    for some in chunks(ids, ASKED_AT_ONCE):
        _void_empty(connection, some)
    if count:
        detail: dict[str, Json] = {"labels": [*ids], "reason": reason}
        append_event(connection, now, "revoked", by, detail)
    return count


def _check_known(connection: "Connection", ids: Sequence[str]) -> None:
    from sqlalchemy import select

    label = schema().label
    found: set[str] = set()
    for some in chunks(ids, ASKED_AT_ONCE):
        query = select(label.c.label_id).where(label.c.label_id.in_(some))
        found.update(connection.execute(query).scalars())
    missing = sorted(set(ids) - found)
    if missing:
        raise LabelError(f"no label was revoked: the store has no labels {missing[:5]!r}")


def _revoke(
    connection: "Connection", ids: Sequence[str], by: str, reason: str, now: datetime
) -> int:
    rows = [
        {"label_id": one, "revoked_by": by, "reason": reason, "recorded_at": now} for one in ids
    ]
    return insert_new(connection, schema().label_revocation, rows)


def _void_empty(connection: "Connection", ids: Sequence[str]) -> None:
    """Void the seats of those who now have no label left on the review, so that others get one."""
    from sqlalchemy import exists, select, tuple_, update

    seat, label = schema().seat, schema().label
    touched = select(label.c.review_id, label.c.reviewer).where(
        label.c.label_id.in_(ids), label.c.review_id.is_not(None)
    )
    left = exists().where(
        label.c.review_id == seat.c.review_id, label.c.reviewer == seat.c.reviewer, stands()
    )
    which = (
        tuple_(seat.c.review_id, seat.c.reviewer).in_(touched),
        seat.c.state == DONE,
        seat.c.purpose == Purpose.ESTIMATE.value,
        ~left,
    )
    connection.execute(update(seat).where(*which).values(state=VOID))
