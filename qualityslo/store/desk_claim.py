"""Claiming: one statement that finds the next seat and takes it, so that nobody else can.

The search for a person's next seat passes over everything that they have seen already, and would
grow with their history. So each person has a mark: of the seats opened up to some number, none up
to some place in the order is for them. A search looks at what was opened since, then behind the
mark; only where both find nothing does it look at everything, and not more than once a minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from qualityslo.domain.person import Role
from qualityslo.ports.desk import Purpose
from qualityslo.store.column_types import LARGEST_COUNT
from qualityslo.store.desk_seats import openings
from qualityslo.store.desk_tables import DONE, LEASED, OPEN
from qualityslo.store.dialect import insert_new
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

# How long "nothing waits" is believed without a look at everything. A seat that was passed over
# because somebody was just taking it, who then died, is found again after this.
_BELIEVED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Who asks for a seat of a service, what they may do, and when."""

    service: str
    reviewer: str
    adjudicates: bool
    now: datetime

    def may_take(self, seat: Any) -> "list[ColumnElement[bool]]":
        """Return the conditions on a seat that this person may have."""
        from sqlalchemy import func, or_, select

        mine = schema().seat.alias("mine")
        had = (mine.c.review_id == seat.c.review_id, mine.c.reviewer == self.reviewer)
        # Counted, not NOT EXISTS: for that PostgreSQL would gather all that the person ever had.
        times = select(func.count()).select_from(mine).where(*had).scalar_subquery()
        conditions = [
            seat.c.service == self.service,
            seat.c.state == OPEN,
            seat.c.due_at > self.now,
            or_(seat.c.only_for.is_(None), seat.c.only_for == self.reviewer),
            or_(seat.c.purpose == Purpose.REPEAT.value, times == 0),
        ]
        if not self.adjudicates:
            conditions.append(~seat.c.adjudicates)
        return conditions


def seeker(connection: "Connection", service: str, reviewer: str, now: datetime) -> Seeker:
    """Return a person as they stand at this moment; somebody unknown has no special role."""
    from sqlalchemy import select

    person = schema().person
    query = select(person.c.roles).where(person.c.name == reviewer, person.c.removed_at.is_(None))
    roles = connection.execute(query).scalar() or []
    rules = Role.ADJUDICATOR.value in roles
    return Seeker(service=service, reviewer=reviewer, adjudicates=rules, now=now)


def lock_mark(connection: "Connection", service: str, reviewer: str) -> Any:
    """Return a person's mark, locked: what one person asks for goes one after the other."""
    from sqlalchemy import select

    mark = schema().desk_mark
    query = select(mark).where(mark.c.service == service, mark.c.reviewer == reviewer)
    found = connection.execute(query.with_for_update()).first()
    if found is None:
        nothing = dict.fromkeys(("priority", "review_id", "opened", "marked_at"))
        row = {"service": service, "reviewer": reviewer, **nothing}
        insert_new(connection, mark, [row])
        found = connection.execute(query.with_for_update()).one()
    return found


@cache
def _found() -> Any:
    """Return the seats among which the next one is found: one name for all conditions on it."""
    return schema().seat.alias("found")


def forget_marks(connection: "Connection", reviewer: str) -> None:
    """Let a person be searched for from the start: what they may do has changed."""
    from sqlalchemy import update

    mark = schema().desk_mark
    statement = update(mark).where(mark.c.reviewer == reviewer)
    connection.execute(statement.values(priority=None, review_id=None, opened=None))


def held(connection: "Connection", service: str, reviewer: str, until: datetime) -> Any:
    """Return the seat that a person holds, now for longer; None where there is none."""
    from sqlalchemy import update

    seat = schema().seat
    mine = (seat.c.service == service, seat.c.reviewer == reviewer, seat.c.state == LEASED)
    statement = update(seat).where(*mine).values(lease_until=until).returning(seat)
    return connection.execute(statement).first()


def lease_next(connection: "Connection", who: Seeker, mark: Any, lease: dict[str, Any]) -> Any:
    """Lease a person the next seat that is for them; return its row, None where nothing waits."""
    seat = _found()
    taken = {"state": LEASED, "reviewer": who.reviewer, "taken_at": who.now, **lease}
    number = openings(connection, who.service)  # before looking: what opens later has a higher one
    if mark.opened is not None:
        if number > mark.opened:
            new = (seat.c.opened > mark.opened, ~_beyond(seat, mark))
            row = take(connection, who, taken, *new, few=True)
            if row is not None:
                return row
        ended = mark.priority == LARGEST_COUNT
        if ended and who.now - mark.marked_at < _BELIEVED:
            return None
        row = None if ended else take(connection, who, taken, _beyond(seat, mark))
        if row is not None:
            _set_mark(connection, who, row, number)
            return row
    row = take(connection, who, taken)
    _set_mark(connection, who, row, number)
    return row


def _beyond(seat: Any, mark: Any) -> "ColumnElement[bool]":
    from sqlalchemy import tuple_

    place = tuple_(
        mark.priority, mark.review_id, types=[seat.c.priority.type, seat.c.review_id.type]
    )
    return tuple_(seat.c.priority, seat.c.review_id) > place


def _set_mark(connection: "Connection", who: Seeker, row: Any, number: int) -> None:
    from sqlalchemy import update

    mark = schema().desk_mark
    place = (LARGEST_COUNT, "") if row is None else (row.priority, row.review_id)
    statement = update(mark).where(mark.c.service == who.service, mark.c.reviewer == who.reviewer)
    connection.execute(
        statement.values(priority=place[0], review_id=place[1], opened=number, marked_at=who.now)
    )


def take(
    connection: "Connection",
    who: Seeker,
    values: dict[str, Any],
    *narrower: "ColumnElement[bool]",
    few: bool = False,
) -> Any:
    """Take the first seat that a person may have, in one statement; return its row or None.

    Args:
        connection: inside a writing transaction.
        who: for whom.
        values: what becomes of the seat.
        narrower: further conditions on the seat that is looked for.
        few: whether these leave few seats, to be sorted, and not looked for in their order.
    """
    from sqlalchemy import select, tuple_, update

    seat, found = schema().seat, _found()
    # As a sum the priority is in no index: SQLite then goes by what narrows.
    priority = found.c.priority + 0 if few else found.c.priority
    first = (
        select(found.c.review_id, found.c.seat_no)
        .where(*who.may_take(found), *narrower)
        .order_by(priority, found.c.review_id, found.c.seat_no)
        .limit(1)
        .with_for_update(skip_locked=True, of=found)
        .scalar_subquery()
    )
    key = tuple_(seat.c.review_id, seat.c.seat_no)
    statement = update(seat).where(key == first).values(**values).returning(seat)
    return connection.execute(statement).first()


def take_for_late(connection: "Connection", who: Seeker, review_id: str) -> Any:
    """Take the seat of a review for a form that comes late: the person's own, else a free one."""
    from sqlalchemy import update

    seat, found = schema().seat, _found()
    own = (
        seat.c.review_id == review_id,
        seat.c.reviewer == who.reviewer,
        seat.c.state == LEASED,
    )
    done = {"state": DONE, "token": None, "lease_until": None}
    row = connection.execute(update(seat).where(*own).values(**done).returning(seat)).first()
    if row is not None:
        return row
    values = {**done, "reviewer": who.reviewer, "taken_at": who.now}
    return take(connection, who, values, found.c.review_id == review_id, few=True)
