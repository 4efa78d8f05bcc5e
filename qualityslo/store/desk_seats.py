"""Seats being opened and closed: offers, withdrawals, and leases that have run out.

Every opening takes the next number of its service, under a row lock held until the commit:
numbers become visible in their order, so that who has seen number n has seen all before it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from qualityslo.errors import StoreError
from qualityslo.jobs.chunks import chunks
from qualityslo.ports.desk import Purpose, SeatOffer
from qualityslo.store.desk_tables import DONE, LEASED, OPEN, VOID
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new, upsert
from qualityslo.store.review_rows import stands
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FREE = {"reviewer": None, "token": None, "taken_at": None, "lease_until": None}
_Kind: TypeAlias = tuple[str, str, bool, str]


def openings(connection: "Connection", service: str) -> int:
    """Return how many openings of a service's seats are committed."""
    from sqlalchemy import select

    table = schema().desk_opening
    query = select(table.c.openings).where(table.c.service == service)
    return connection.execute(query).scalar() or 0


def next_opening(connection: "Connection", service: str) -> int:
    """Return the next number; other openings of the service wait for this commit."""
    table = schema().desk_opening
    changes = {"openings": table.c.openings + 1}
    upsert(connection, table, {"service": service, "openings": 1}, changes)
    return openings(connection, service)


def reopen(connection: "Connection", service: str, seats: Sequence[tuple[str, int]]) -> None:
    """Give seats back, unanswered. A review's other open seats become news to their holders."""
    from sqlalchemy import tuple_, update

    if not seats:
        return
    seat = schema().seat
    which = tuple_(seat.c.review_id, seat.c.seat_no).in_(list(seats))
    connection.execute(update(seat).where(which).values(state=OPEN, **_FREE))
    reviews = seat.c.review_id.in_({review_id for review_id, _ in seats})
    number = next_opening(connection, service)
    connection.execute(update(seat).where(reviews, seat.c.state == OPEN).values(opened=number))


def sweep(connection: "Connection", service: str, now: datetime) -> None:
    """Open the seats whose lease has run out; those that others are working on are left."""
    from sqlalchemy import select

    seat = schema().seat
    late = (
        select(seat.c.review_id, seat.c.seat_no)
        .where(seat.c.service == service, seat.c.state == LEASED, seat.c.lease_until < now)
        .with_for_update(skip_locked=True)
    )
    reopen(connection, service, [(one.review_id, one.seat_no) for one in connection.execute(late)])


def offer(connection: "Connection", offers: Sequence[SeatOffer], now: datetime) -> int:
    """Make seats until every review has as many as it is offered; return how many are new.

    Void seats do not count. A look that came in from outside takes a seat of its review.

    Raises:
        StoreError: a review that the store does not have.
    """
    made = 0
    for some in chunks(offers, ASKED_AT_ONCE):
        services = _services(connection, [one.review_id for one in some])
        # Before anything is counted: who offers the same seats waits here.
        numbers = {name: next_opening(connection, name) for name in sorted(set(services.values()))}
        _void_late(connection, list(numbers), now)
        _note_outside_looks(connection, some, services, now)
        standing, last = _standing(connection, [one.review_id for one in some])
        rows = []
        for one in some:
            kind = _kind(one)
            for _ in range(one.seats - standing[kind]):
                last[one.review_id] += 1
                service = services[one.review_id]
                rows.append(_row(one, last[one.review_id], service, numbers[service], now))
            standing[kind] = max(standing[kind], one.seats)
        made += insert_new(connection, schema().seat, rows)
    return made


def _services(connection: "Connection", ids: Sequence[str]) -> dict[str, str]:
    from sqlalchemy import select

    review, run = schema().review, schema().run
    query = (
        select(review.c.review_id, run.c.service)
        .join_from(review, run, review.c.run_id == run.c.run_id)
        .where(review.c.review_id.in_(ids))
    )
    found = {row.review_id: row.service for row in connection.execute(query)}
    missing = sorted(set(ids) - found.keys())
    if missing:
        raise StoreError(f"no seats were made: the store has no reviews {missing[:5]!r}")
    return found


def _void_late(connection: "Connection", services: Sequence[str], now: datetime) -> None:
    from sqlalchemy import update

    seat = schema().seat
    late = (seat.c.service.in_(services), seat.c.state == OPEN, seat.c.due_at <= now)
    connection.execute(update(seat).where(*late).values(state=VOID))


def _note_outside_looks(
    connection: "Connection", offers: Sequence[SeatOffer], services: dict[str, str], now: datetime
) -> None:
    """Seat the people whose labels were imported: they are not asked about it again."""
    from sqlalchemy import and_, case, func, select

    seat, label = schema().seat, schema().label
    wanted = {one.review_id: one for one in offers if one.purpose is Purpose.ESTIMATE}
    same = and_(seat.c.review_id == label.c.review_id, seat.c.reviewer == label.c.reviewer)
    who = (label.c.review_id, label.c.reviewer)
    query = (
        select(*who, func.max(case((label.c.adjudicates, 1), else_=0)).label("rules"))
        .outerjoin_from(label, seat, same)
        .where(label.c.review_id.in_(list(wanted)), seat.c.review_id.is_(None), stands())
        .group_by(*who)
        .order_by(*who)
    )
    _, last = _standing(connection, list(wanted))
    rows = []
    for review_id, reviewer, rules in connection.execute(query):
        last[review_id] += 1
        row = _row(wanted[review_id], last[review_id], services[review_id], 0, now)
        rows.append({**row, "state": DONE, "reviewer": reviewer, "adjudicates": bool(rules)})
    insert_new(connection, seat, rows)


def _standing(connection: "Connection", ids: Sequence[str]) -> tuple[Counter[_Kind], Counter[str]]:
    """Return how many seats of each kind are not void, and the last number of each review."""
    from sqlalchemy import select

    seat = schema().seat
    columns = ("review_id", "seat_no", "purpose", "adjudicates", "only_for", "state")
    query = select(*(seat.c[name] for name in columns)).where(seat.c.review_id.in_(ids))
    kinds: Counter[_Kind] = Counter()
    last: Counter[str] = Counter()
    for row in connection.execute(query):
        last[row.review_id] = max(last[row.review_id], row.seat_no)
        if row.state != VOID:
            kinds[row.review_id, row.purpose, row.adjudicates, row.only_for or ""] += 1
    return kinds, last


def _kind(one: SeatOffer) -> _Kind:
    return one.review_id, one.purpose.value, one.adjudicates, one.only_for or ""


def _row(one: SeatOffer, seat_no: int, service: str, number: int, now: datetime) -> dict[str, Any]:
    return {
        "review_id": one.review_id,
        "seat_no": seat_no,
        "service": service,
        "purpose": one.purpose.value,
        "adjudicates": one.adjudicates,
        "only_for": one.only_for,
        "priority": one.priority,
        "offered_at": now,
        "due_at": one.due_at,
        "state": OPEN,
        "opened": number,
        **_FREE,
    }


def withdraw(connection: "Connection", review_ids: Sequence[str]) -> int:
    """Void the open and leased seats of reviews that estimate; return how many."""
    from sqlalchemy import select, tuple_, update

    seat = schema().seat
    count = 0
    for ids in chunks(sorted(set(review_ids)), ASKED_AT_ONCE):
        which = (
            select(seat.c.review_id, seat.c.seat_no)
            .where(
                seat.c.review_id.in_(ids),
                seat.c.state.in_((OPEN, LEASED)),
                seat.c.purpose == Purpose.ESTIMATE.value,
            )
            .order_by(seat.c.review_id, seat.c.seat_no)
            .with_for_update()
        )
        found = [(one.review_id, one.seat_no) for one in connection.execute(which)]
        if found:
            these = tuple_(seat.c.review_id, seat.c.seat_no).in_(found)
            connection.execute(update(seat).where(these).values(state=VOID, **_FREE))
        count += len(found)
    return count
