"""The outbox in SQL: what has still to be told to the outside world."""

from collections.abc import Callable, Mapping
from datetime import datetime

from qualityslo.domain.facts import OutboxEntry
from qualityslo.domain.golden import Json
from qualityslo.store.database import Database
from qualityslo.store.dialect import insert_new
from qualityslo.store.schema import schema


class SqlOutbox:
    """Satisfies `ports.Outbox`. An entry waits until it is done, however often it fails."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Keep entries in a database; `clock` says when something was added, tried or done."""
        self._database = database
        self._clock = clock

    def put(self, target: str, payload: Mapping[str, Json], dedupe_key: str) -> None:
        """Add an entry once per key, also where that one is done."""
        row = {
            "target": target,
            "dedupe_key": dedupe_key,
            "payload": dict(payload),
            "attempts": 0,
            "created_at": self._clock(),
        }
        with self._database.writing() as connection:
            insert_new(connection, schema().outbox, [row], key=("dedupe_key",))

    def waiting(self, target: str) -> list[OutboxEntry]:
        """Return what waits, oldest first."""
        from sqlalchemy import select

        outbox = schema().outbox
        query = (
            select(outbox.c.id, outbox.c.target, outbox.c.payload, outbox.c.attempts)
            .where(outbox.c.target == target, outbox.c.done_at.is_(None))
            .order_by(outbox.c.id)
        )
        with self._database.reading() as connection:
            return [OutboxEntry(**row) for row in connection.execute(query).mappings()]

    def done(self, entry: OutboxEntry) -> None:
        """Mark an entry as told; the first time counts."""
        from sqlalchemy import update

        outbox = schema().outbox
        statement = (
            update(outbox)
            .where(outbox.c.id == entry.id, outbox.c.done_at.is_(None))
            .values(done_at=self._clock(), attempts=outbox.c.attempts + 1, last_error=None)
        )
        with self._database.writing() as connection:
            connection.execute(statement)

    def failed(self, entry: OutboxEntry, error: str) -> None:
        """Note a failed attempt; the entry keeps waiting."""
        from sqlalchemy import update

        outbox = schema().outbox
        statement = (
            update(outbox)
            .where(outbox.c.id == entry.id, outbox.c.done_at.is_(None))
            .values(tried_at=self._clock(), attempts=outbox.c.attempts + 1, last_error=error)
        )
        with self._database.writing() as connection:
            connection.execute(statement)
