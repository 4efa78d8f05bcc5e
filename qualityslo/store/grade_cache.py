"""The cache of verdicts in SQL: one query and one insert a batch."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from qualityslo.domain.verdict import Verdict
from qualityslo.jobs.chunks import chunks
from qualityslo.ports.grading import CacheUse
from qualityslo.store.database import Database
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new
from qualityslo.store.schema import schema


class SqlGradeCache:
    """Satisfies `ports.grading.GradeCache`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Keep verdicts in a database; `clock` says when one is recorded."""
        self._database = database
        self._clock = clock

    def known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """Return the verdicts that are known of some keys."""
        from sqlalchemy import select

        table = schema().grade_cache
        query = select(table.c.key, table.c.good, table.c.score, table.c.rationale)
        found: dict[str, Verdict] = {}
        with self._database.reading() as connection:
            for some in chunks(keys, ASKED_AT_ONCE):
                for row in connection.execute(query.where(table.c.key.in_(some))):
                    found[row.key] = Verdict(
                        good=row.good, score=row.score, rationale=row.rationale
                    )
        return found

    def keep(self, run_id: str, version: str, use: CacheUse, new: Mapping[str, Verdict]) -> None:
        """Store new verdicts of a grader by key, and how much the cache helped with the batch.

        In one transaction; a verdict that is known stays. What a power cut takes is only asked
        for again.
        """
        from sqlalchemy import insert

        tables, now = schema(), self._clock()
        verdicts = [
            {
                "key": key,
                "grader": use.grader,
                "version": version,
                "good": one.good,
                "score": one.score,
                "rationale": one.rationale,
                "recorded_at": now,
            }
            for key, one in new.items()
        ]
        row = {
            "run_id": run_id,
            "golden": use.golden,
            "criterion": use.criterion,
            "grader": use.grader,
            "asked": use.asked,
            "known": use.known,
            "recorded_at": now,
        }
        with self._database.writing(in_passing=True) as connection:
            insert_new(connection, tables.grade_cache, verdicts)
            connection.execute(insert(tables.grade_cache_use).values(row))

    def uses(self, run_id: str, as_of: datetime) -> list[CacheUse]:
        """Return a run's use of the cache, one row a golden set, criterion and grader."""
        from sqlalchemy import func, select

        table = schema().grade_cache_use
        names = [table.c[name] for name in ("golden", "criterion", "grader")]
        totals = [func.sum(table.c[name]).label(name) for name in ("asked", "known")]
        query = (
            select(*names, *totals)
            .where(table.c.run_id == run_id, table.c.recorded_at <= as_of)
            .group_by(*names)
            .order_by(*names)
        )
        with self._database.reading() as connection:
            return [CacheUse(**row) for row in connection.execute(query).mappings()]
