"""The fact store in SQL: what was planned, answered, graded and concluded, appended once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from qualityslo.domain.evidence import AnswerColumns
from qualityslo.domain.facts import CosineRow, GradeRow, RunRow
from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.outcome import Ending, Outcome, Response
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.jobs.chunks import chunks
from qualityslo.store.answers import answer_columns
from qualityslo.store.database import Database
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new
from qualityslo.store.item_rows import item_rows, some_item_rows
from qualityslo.store.items import insert_items
from qualityslo.store.rows import grade_columns, outcome_row, response_of
from qualityslo.store.runs import (
    conclusions_of,
    insert_conclusion,
    insert_release,
    insert_run,
    run_of,
    run_query,
)
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

# How long what was appended may be missing from the disk while more is appended.
AT_RISK = timedelta(seconds=1)


class SqlFactStore:
    """Satisfies `ports.FactStore`. Every append is one transaction: all of it, or nothing.

    Items, outcomes, grades and similarities come in many small appends; of these only one a
    second waits for the disk. The end of the process loses none of them, a power cut those of
    its last second, and they are made again.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Keep facts in a database; `clock` says when a row is recorded."""
        self._database = database
        self._clock = clock
        self._on_disk_at: datetime | None = None

    @contextmanager
    def _appending(self) -> Iterator["Connection"]:
        now, before = self._clock(), self._on_disk_at
        in_passing = before is not None and abs(now - before) < AT_RISK
        with self._database.writing(in_passing=in_passing) as connection:
            yield connection
        if not in_passing:
            self._on_disk_at = now

    def begin(self, plan: Plan) -> RunRow:
        """Open the plan's run, or return it as it stands where it was begun before."""
        query = run_query().where(schema().run.c.run_id == plan.run_id)
        with self._database.writing() as connection:
            insert_run(connection, plan, self._clock())
            return run_of(connection.execute(query).one())

    def begin_release(self, base: str) -> RunRow:
        """Open the release draw of a finished run, or return it as it stands.

        Raises:
            StoreError: there is no such run.
        """
        with self._database.writing() as connection:
            run_id = insert_release(connection, base, self._clock())
            query = run_query().where(schema().run.c.run_id == run_id)
            return run_of(connection.execute(query).one())

    def conclude(self, run_id: str, report: Report) -> None:
        """Append a conclusion of a run; the first one finishes it and stays its own.

        A conclusion as of an instant that has one is left as it is.

        Raises:
            StoreError: the run was never begun.
        """
        with self._database.writing() as connection:
            insert_conclusion(connection, run_id, report, self._clock())

    def conclusions(self, run_id: str) -> list[Mapping[str, Json]]:
        """Return the reports of a run as JSON, oldest first."""
        with self._database.reading() as connection:
            return conclusions_of(connection, run_id)

    def run(self, run_id: str) -> RunRow | None:
        """Return a run, or None."""
        query = run_query().where(schema().run.c.run_id == run_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else run_of(row)

    def runs(self, service: str | None = None, kind: str | None = None) -> list[RunRow]:
        """Return all runs by slot and attempt."""
        query = run_query()
        if service is not None:
            query = query.where(schema().run.c.service == service)
        if kind is not None:
            query = query.where(schema().run.c.kind == kind)
        with self._database.reading() as connection:
            return [run_of(row) for row in connection.execute(query)]

    def append_items(self, run_id: str, golden: str, items: Sequence[GoldenItem]) -> None:
        """Store planned items in order; known ones are left as they are.

        Raises:
            StoreError: an item of that id was planned with another content.
        """
        with self._appending() as connection:
            insert_items(connection, run_id, golden, items)

    def answered(self, run_id: str, golden: str, role: Role) -> frozenset[str]:
        """Return the ids of the items that have an outcome."""
        from sqlalchemy import select

        table = schema().response
        query = select(table.c.item_id).where(*_about(table, run_id, golden, role))
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def append_outcomes(
        self, run_id: str, golden: str, role: Role, outcomes: Sequence[Outcome]
    ) -> None:
        """Store outcomes in one transaction; items that have one keep it."""
        shared = self._key(run_id, golden, role)
        rows = [outcome_row(outcome) for outcome in outcomes]
        with self._appending() as connection:
            insert_new(connection, schema().response, rows, shared=shared)

    def responses(
        self, run_id: str, golden: str, role: Role, item_ids: Sequence[str]
    ) -> dict[str, Response]:
        """Return the responses (not the failures) to some items."""
        from sqlalchemy import select

        table = schema().response
        query = select(table).where(
            *_about(table, run_id, golden, role), table.c.failure_code.is_(None)
        )
        found = {}
        with self._database.reading() as connection:
            for ids in chunks(item_ids, ASKED_AT_ONCE):
                for row in connection.execute(query.where(table.c.item_id.in_(ids))):
                    found[row.item_id] = response_of(row)
        return found

    def graded(
        self, run_id: str, golden: str, role: Role, item_ids: Sequence[str]
    ) -> set[tuple[str, str, str]]:
        """Return which (item, criterion, grader) have a grade."""
        from sqlalchemy import select

        table = schema().verdict
        query = select(table.c.item_id, table.c.criterion, table.c.grader).where(
            *_about(table, run_id, golden, role)
        )
        found: set[tuple[str, str, str]] = set()
        with self._database.reading() as connection:
            for ids in chunks(item_ids, ASKED_AT_ONCE):
                rows = connection.execute(query.where(table.c.item_id.in_(ids)))
                found.update((row.item_id, row.criterion, row.grader) for row in rows)
        return found

    def ungraded(
        self,
        run_id: str,
        golden: str,
        role: Role,
        endings: Collection[Ending],
        graders: Collection[tuple[str, str]],
    ) -> int:
        """Return how many responses that ended so lack the grade of a (criterion, grader)."""
        from sqlalchemy import and_, false, func, or_, select

        response, verdict = schema().response, schema().verdict
        wanted = (
            and_(verdict.c.criterion == one, verdict.c.grader == name) for one, name in graders
        )
        grades = (
            select(func.count())
            .where(*_about(verdict, run_id, golden, role))
            .where(verdict.c.item_id == response.c.item_id, or_(false(), *wanted))
            .scalar_subquery()
        )
        query = select(func.count()).where(
            *_about(response, run_id, golden, role),
            response.c.ending.in_([one.value for one in endings]),
            grades < len(graders),
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def append_grades(
        self, run_id: str, golden: str, role: Role, rows: Sequence[GradeRow]
    ) -> None:
        """Store grades in one transaction; what is graded keeps its grade."""
        shared = self._key(run_id, golden, role)
        values = [
            {
                "item_id": row.item_id,
                "criterion": row.criterion,
                "grader": row.grader,
                "version": row.version,
                **grade_columns(row.grade),
            }
            for row in rows
        ]
        with self._appending() as connection:
            insert_new(connection, schema().verdict, values, shared=shared)

    def _key(self, run_id: str, golden: str, role: Role) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "golden": golden,
            "role": role.value,
            "recorded_at": self._clock(),
        }

    def compared(self, run_id: str, golden: str, item_ids: Sequence[str]) -> set[str]:
        """Return which items have a similarity row."""
        from sqlalchemy import select

        table = schema().cosine
        query = select(table.c.item_id).where(*_about(table, run_id, golden))
        found: set[str] = set()
        with self._database.reading() as connection:
            for ids in chunks(item_ids, ASKED_AT_ONCE):
                found.update(connection.execute(query.where(table.c.item_id.in_(ids))).scalars())
        return found

    def append_cosines(self, run_id: str, golden: str, rows: Sequence[CosineRow]) -> None:
        """Store similarities in one transaction; what is compared keeps its row."""
        shared = {"run_id": run_id, "golden": golden, "recorded_at": self._clock()}
        values = [
            {"item_id": row.item_id, "kind": row.kind, "cosine": row.cosine, "cut": row.cut}
            for row in rows
        ]
        with self._appending() as connection:
            insert_new(connection, schema().cosine, values, shared=shared)

    def columns(self, run_id: str, golden: str, role: Role) -> AnswerColumns:
        """Return all planned items with what is known of their answers, aligned."""
        return answer_columns(self._database, run_id, golden, role)

    def cosines(self, run_id: str, golden: str) -> list[CosineRow]:
        """Return the similarities in the set's order."""
        from sqlalchemy import select

        table, planned = schema().cosine, schema().run_item
        names = ("item_id", "kind", "cosine", "cut")
        query = (
            select(*(table.c[name] for name in names))
            .join(planned)
            .where(*_about(table, run_id, golden))
            .order_by(planned.c.ordinal)
        )
        with self._database.reading() as connection:
            return [CosineRow(**row) for row in connection.execute(query).mappings()]

    def item_rows(self, run_id: str) -> Iterator[dict[str, Json]]:
        """Yield one flat row an item and role, for the per-item artifact and the examples."""
        return item_rows(self._database, run_id)

    def some_item_rows(
        self, run_id: str, golden: str, item_ids: Sequence[str]
    ) -> list[dict[str, Json]]:
        """Return the rows of some items of a golden set, in the set's order."""
        return some_item_rows(self._database, run_id, golden, item_ids)


def _about(
    table: "Table", run_id: str, golden: str, role: Role | None = None
) -> "list[ColumnElement[bool]]":
    conditions = [table.c.run_id == run_id, table.c.golden == golden]
    return conditions if role is None else [*conditions, table.c.role == role.value]
