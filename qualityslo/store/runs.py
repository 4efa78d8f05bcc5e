"""Runs and their conclusions."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import Json
from qualityslo.domain.plan import Plan
from qualityslo.domain.release import release_of
from qualityslo.domain.report import Report
from qualityslo.errors import StoreError
from qualityslo.store.dialect import insert_new
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select


def insert_run(connection: "Connection", plan: Plan, now: datetime) -> None:
    """Insert the plan's run unless it is there."""
    row = {
        "run_id": plan.run_id,
        "service": plan.service,
        "kind": "nightly",
        "slot": plan.slot,
        "attempt": plan.attempt,
        "revision": plan.revision,
        "started_at": now,
        "goldens": {golden.name: golden.digest for golden in plan.goldens},
        "models": {role.value: model.as_json() for role, model in plan.models.items()},
    }
    insert_new(connection, schema().run, [row])


def insert_release(connection: "Connection", base: str, now: datetime) -> str:
    """Insert the release draw of a run, about what that run is about, unless it is there.

    Returns:
        The id of the release draw's run.

    Raises:
        StoreError: there is no such run.
    """
    from sqlalchemy import select

    run = schema().run
    found = connection.execute(select(run).where(run.c.run_id == base)).mappings().first()
    if found is None:
        raise StoreError(f"run {base!r}: the store has no such run to compare two models of")
    run_id = release_of(base)
    row = {**found, "run_id": run_id, "kind": "release", "started_at": now}
    insert_new(connection, run, [row])
    return run_id


def run_query() -> "Select[Any]":
    """Return the query for runs, each with its first conclusion, by slot and attempt.

    A run is finished at the instant which that conclusion is as of, not when the row was written:
    the deadline of its labels is then the same in every later conclusion.
    """
    from sqlalchemy import and_, select

    run, conclusion = schema().run, schema().conclusion
    first = and_(conclusion.c.run_id == run.c.run_id, conclusion.c.ordinal == 0)
    concluded = (conclusion.c.as_of, conclusion.c.exit_code, conclusion.c.sentence)
    return (
        select(run, *concluded)
        .outerjoin_from(run, conclusion, first)
        .order_by(run.c.slot, run.c.attempt, run.c.started_at, run.c.run_id)
    )


def run_of(row: Any) -> RunRow:
    """Return the run that a row of `run_query` holds."""
    return RunRow(
        run_id=row.run_id,
        service=row.service,
        kind=row.kind,
        slot=row.slot,
        attempt=row.attempt,
        revision=row.revision,
        started_at=row.started_at,
        finished_at=row.as_of,
        exit_code=row.exit_code,
        conclusion=row.sentence,
        goldens=row.goldens,
    )


def insert_conclusion(
    connection: "Connection", run_id: str, report: Report, now: datetime
) -> None:
    """Append a conclusion of a run; one as of the same instant is left as it is.

    Raises:
        StoreError: the run was never begun.
    """
    from sqlalchemy import func, select

    tables = schema()
    known = select(tables.run.c.run_id).where(tables.run.c.run_id == run_id)
    if connection.execute(known).first() is None:
        raise StoreError(f"run {run_id!r} cannot be concluded: the store has no such run")
    conclusion = tables.conclusion
    last = select(func.max(conclusion.c.ordinal)).where(conclusion.c.run_id == run_id)
    ordinal = connection.execute(last).scalar()
    row = {
        "run_id": run_id,
        "ordinal": 0 if ordinal is None else ordinal + 1,
        "as_of": report.as_of,
        "recorded_at": now,
        "exit_code": int(report.exit_code),
        "sentence": report.conclusion,
        "report": report.as_json(),
    }
    insert_new(connection, conclusion, [row], key=("run_id", "as_of"))


def conclusions_of(connection: "Connection", run_id: str) -> list[Mapping[str, Json]]:
    """Return the reports of a run as JSON, oldest first."""
    from sqlalchemy import select

    conclusion = schema().conclusion
    query = (
        select(conclusion.c.report)
        .where(conclusion.c.run_id == run_id)
        .order_by(conclusion.c.ordinal)
    )
    return list(connection.execute(query).scalars())
