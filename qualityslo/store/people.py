"""People in SQL: who may do what, and the tokens and sessions that they are recognised by.

Only hashes are stored: somebody who reads the database can sign in as nobody. The secrets are
long and random, so that a plain hash of one cannot be turned back.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from qualityslo.domain.person import Person, Role, checked_person
from qualityslo.errors import UsageError
from qualityslo.store.database import Database
from qualityslo.store.desk_claim import forget_marks
from qualityslo.store.dialect import database_now, insert_new, upsert
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

Clock: TypeAlias = "Callable[[Connection], datetime]"

SESSION = timedelta(days=7)


class SqlPeople:
    """Knows who may come in, and who has."""

    def __init__(
        self,
        database: Database,
        mint: Callable[[], str],
        clock: Clock = database_now,
        session: timedelta = SESSION,
    ) -> None:
        """Keep people in a database.

        Args:
            database: where the desk is, too.
            mint: makes secrets that nobody can guess.
            clock: the database's own, but in tests.
            session: how long somebody who has signed in stays so.
        """
        self._database = database
        self._mint = mint
        self._clock = clock
        self._session = session

    def invite(self, name: str, roles: frozenset[Role]) -> str:
        """Add a person, or let one in again, with these roles; return the token to sign in with once.

        Earlier tokens of the person are void. Sessions stay, with the new roles.

        Raises:
            UsageError: a name that cannot stand in lists, or no role.
        """
        person = checked_person(name, roles)
        token = self._mint()
        with self._database.writing() as connection:
            now = self._clock(connection)
            given = {"roles": sorted(roles), "removed_at": None}
            row = {"name": person.name, "added_at": now, **given}
            upsert(connection, schema().person, row, given)
            _spend_tokens(connection, person.name, now)
            forget_marks(connection, person.name)  # other roles, other seats
            new = {"token_hash": _hash(token), "name": name, "created_at": now, "spent_at": None}
            insert_new(connection, schema().person_token, [new])
        return token

    def remove(self, name: str) -> None:
        """Let a person in no more; their labels stay, their sessions end.

        Raises:
            UsageError: there is no such person.
        """
        from sqlalchemy import update

        table = schema().person
        with self._database.writing() as connection:
            now = self._clock(connection)
            here = (table.c.name == name, table.c.removed_at.is_(None))
            if not connection.execute(update(table).where(*here).values(removed_at=now)).rowcount:
                raise UsageError(f"there is no person {name!r} to remove")
            _spend_tokens(connection, name, now)
            sessions = schema().person_session
            open_ones = (sessions.c.name == name, sessions.c.ended_at.is_(None))
            connection.execute(update(sessions).where(*open_ones).values(ended_at=now))

    def everybody(self) -> list[Person]:
        """Return the people who may come in, by name."""
        from sqlalchemy import select

        table = schema().person
        query = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.name)
        with self._database.reading() as connection:
            return sorted(map(_person, connection.execute(query)), key=lambda one: one.name)

    def enter(self, token: str) -> str | None:
        """Exchange a one-time token for a new session; None where it is unknown or used."""
        from sqlalchemy import update

        table = schema().person_token
        session = self._mint()
        with self._database.writing() as connection:
            now = self._clock(connection)
            good = (table.c.token_hash == _hash(token), table.c.spent_at.is_(None))
            spent = update(table).where(*good).values(spent_at=now).returning(table.c.name)
            name = connection.execute(spent).scalar()
            if name is None:
                return None
            row = {
                "session_hash": _hash(session),
                "name": name,
                "created_at": now,
                "expires_at": now + self._session,
                "ended_at": None,
            }
            insert_new(connection, schema().person_session, [row])
        return session

    def who(self, session: str) -> Person | None:
        """Return whose session it is, with the roles of this moment; None where it has ended."""
        from sqlalchemy import select

        person, sessions = schema().person, schema().person_session
        with self._database.reading() as connection:
            query = (
                select(person)
                .join_from(person, sessions, sessions.c.name == person.c.name)
                .where(
                    sessions.c.session_hash == _hash(session),
                    sessions.c.ended_at.is_(None),
                    sessions.c.expires_at > self._clock(connection),
                    person.c.removed_at.is_(None),
                )
            )
            row = connection.execute(query).first()
        return None if row is None else _person(row)

    def named(self, name: str) -> Person | None:
        """Return the person of a name, as somebody else has made sure of; None where unknown."""
        from sqlalchemy import select

        person = schema().person
        query = select(person).where(person.c.name == name, person.c.removed_at.is_(None))
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _person(row)

    def leave(self, session: str) -> None:
        """End a session; one that is unknown or has ended is left as it is."""
        from sqlalchemy import update

        table = schema().person_session
        with self._database.writing() as connection:
            here = (table.c.session_hash == _hash(session), table.c.ended_at.is_(None))
            ended = update(table).where(*here).values(ended_at=self._clock(connection))
            connection.execute(ended)


def _spend_tokens(connection: "Connection", name: str, now: datetime) -> None:
    from sqlalchemy import update

    table = schema().person_token
    unused = (table.c.name == name, table.c.spent_at.is_(None))
    connection.execute(update(table).where(*unused).values(spent_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _person(row: Any) -> Person:
    return Person(name=row.name, roles=frozenset(Role(one) for one in row.roles))
