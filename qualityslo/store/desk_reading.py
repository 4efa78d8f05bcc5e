"""What the desk's keepers read: how seats stand, and what people handed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.span import Span, SpanKind
from qualityslo.jobs.chunks import chunks
from qualityslo.ports.desk import Check, DeskCounts, HandedIn, Purpose, Tally
from qualityslo.store.desk_tables import DONE, LEASED, OPEN, VOID
from qualityslo.store.dialect import ASKED_AT_ONCE
from qualityslo.store.review_rows import label_of, stands
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Subquery


def count_seats(connection: "Connection", service: str, since: datetime | None) -> DeskCounts:
    """Return how the seats of a service stand, and what came in since an instant."""
    from sqlalchemy import func, select

    seat = schema().seat
    here = seat.c.service == service
    waits = (here, seat.c.state.in_((OPEN, LEASED)), seat.c.adjudicates)
    by_state = select(seat.c.state, func.count()).where(here).group_by(seat.c.state)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(by_state)}
    oldest = select(func.min(seat.c.offered_at)).where(here, seat.c.state == OPEN)
    settling = select(func.count()).select_from(seat).where(*waits)
    return DeskCounts(
        open=counts.get(OPEN, 0),
        leased=counts.get(LEASED, 0),
        done=counts.get(DONE, 0),
        void=counts.get(VOID, 0),
        oldest_open=connection.execute(oldest).scalar(),
        adjudications=connection.execute(settling).scalar_one(),
        done_since=0 if since is None else _came_in(connection, service, since),
    )


def _came_in(connection: "Connection", service: str, since: datetime) -> int:
    from sqlalchemy import func, select

    handed = schema().submission
    new = (handed.c.service == service, handed.c.submitted_at >= since)
    query = select(func.count()).select_from(handed).where(*new, handed.c.undone_at.is_(None))
    return connection.execute(query).scalar_one()


def standing_reviews(connection: "Connection", service: str) -> list[str]:
    """Return the reviews with an open or leased seat that estimates."""
    from sqlalchemy import select

    seat = schema().seat
    query = (
        select(seat.c.review_id)
        .distinct()
        .where(
            seat.c.service == service,
            seat.c.state.in_((OPEN, LEASED)),
            seat.c.purpose == Purpose.ESTIMATE.value,
        )
        .order_by(seat.c.review_id)
    )
    return list(connection.execute(query).scalars())


def tallies_of(connection: "Connection", service: str) -> list[Tally]:
    """Return how much every person handed in, in all and since each kind of check."""
    from sqlalchemy import and_, case, func, or_, select

    handed = schema().submission
    gold, repeat = _checks_made(service, Purpose.GOLD), _checks_made(service, Purpose.REPEAT)

    def since(made: "Subquery") -> "ColumnElement[int]":
        later = or_(made.c.last.is_(None), handed.c.submitted_at > made.c.last)
        return func.sum(case((later, 1), else_=0))

    query = (
        select(
            handed.c.reviewer,
            func.count().label("estimates"),
            func.coalesce(func.max(gold.c.made), 0).label("gold"),
            since(gold).label("since_gold"),
            func.coalesce(func.max(repeat.c.made), 0).label("repeats"),
            since(repeat).label("since_repeat"),
        )
        .outerjoin_from(handed, gold, gold.c.only_for == handed.c.reviewer)
        .outerjoin(repeat, repeat.c.only_for == handed.c.reviewer)
        .where(
            and_(handed.c.service == service, handed.c.undone_at.is_(None)),
            handed.c.purpose == Purpose.ESTIMATE.value,
        )
        .group_by(handed.c.reviewer)
    )
    rows = connection.execute(query).mappings()
    return sorted((Tally(**row) for row in rows), key=lambda one: one.reviewer)


def _checks_made(service: str, purpose: Purpose) -> "Subquery":
    """Return how many seats of a purpose were made for each person, and when the last one was."""
    from sqlalchemy import func, select

    seat = schema().seat
    columns = (func.count().label("made"), func.max(seat.c.offered_at).label("last"))
    query = select(seat.c.only_for, *columns).where(
        seat.c.service == service, seat.c.purpose == purpose.value
    )
    return query.group_by(seat.c.only_for).subquery()


def forms_handed_in(connection: "Connection", service: str) -> list[HandedIn]:
    """Return every form that stands; never reads its text."""
    from sqlalchemy import select

    table = schema().submission
    names = ("key", "review_id", "reviewer", "purpose", "taken_at", "submitted_at")
    counts = ("client_ms", "skipped", "flagged")
    query = (
        select(*(table.c[name] for name in (*names, *counts)))
        .where(table.c.service == service, table.c.undone_at.is_(None))
        .order_by(table.c.submitted_at, table.c.key)
    )
    return [
        HandedIn(
            key=row.key,
            review_id=row.review_id,
            reviewer=row.reviewer,
            purpose=Purpose(row.purpose),
            submitted_at=row.submitted_at,
            seconds=_seconds(row),
            client_ms=row.client_ms,
            skipped=row.skipped,
            flagged=row.flagged,
        )
        for row in connection.execute(query)
    ]


def _seconds(row: Any) -> float | None:
    if row.taken_at is None:
        return None
    return float((row.submitted_at - row.taken_at).total_seconds())


def checks_of(connection: "Connection", service: str) -> list[Check]:
    """Return what people said on gold and repeats."""
    from sqlalchemy import select

    check, handed = schema().check_answer, schema().submission
    about = ("item_digest", "answer_hash", "criterion", "rubric_hash")
    query = (
        select(
            handed.c.review_id,
            handed.c.reviewer,
            handed.c.purpose,
            *(check.c[name] for name in (*about, "value")),
        )
        .join_from(check, handed, check.c.key == handed.c.key)
        .where(handed.c.service == service, handed.c.undone_at.is_(None))
        .order_by(handed.c.submitted_at, handed.c.key, check.c.answer_hash, check.c.criterion)
    )
    return [
        Check(
            review_id=row.review_id,
            reviewer=row.reviewer,
            purpose=Purpose(row.purpose),
            about=AnswerKey(**{name: getattr(row, name) for name in about}),
            value=LabelValue(row.value),
        )
        for row in connection.execute(query)
    ]


def labels_on(connection: "Connection", review_id: str) -> list[Label]:
    """Return the labels of a review that stand, in the order in which they were recorded."""
    from sqlalchemy import select

    label = schema().label
    query = (
        select(label)
        .where(label.c.review_id == review_id, stands())
        .order_by(label.c.recorded_at, label.c.label_id)
    )
    return [label_of(row) for row in connection.execute(query)]


def spans_of(connection: "Connection", label_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
    """Return the marked pieces of labels, by label, where there are any."""
    from sqlalchemy import select

    detail = schema().label_detail
    found: dict[str, tuple[Span, ...]] = {}
    for some in chunks(list(label_ids), ASKED_AT_ONCE):
        query = select(detail.c.label_id, detail.c.spans).where(detail.c.label_id.in_(some))
        for row in connection.execute(query):
            if row.spans:
                found[row.label_id] = tuple(_span(one) for one in row.spans)
    return found


def _span(stored: dict[str, Any]) -> Span:
    return Span(
        start=stored["start"],
        end=stored["end"],
        quote=stored["quote"],
        kind=SpanKind(stored["kind"]),
    )
