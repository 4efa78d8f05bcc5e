"""The little that SQL databases do not agree on; everything else is plain SQLAlchemy Core."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

# How many values a query names at most; SQLite's and PostgreSQL's limits lie above 30,000.
ASKED_AT_ONCE = 5_000
# Any constant of our own: it names the lock under which one process creates the schema.
_SCHEMA_LOCK = 0x514C534C4F


def insert_new(
    connection: "Connection",
    table: "Table",
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str] | None = None,
) -> int:
    """Insert the rows whose key is not there yet; return how many those were.

    Args:
        connection: inside a writing transaction.
        table: where to.
        rows: all with the same columns.
        key: the columns of the unique constraint that tells what is there; the primary key
            unless given. A conflict on any other constraint is an error.
    """
    if not rows:
        return 0
    columns = list(key or table.primary_key.columns.keys())
    statement = _insert(connection.dialect.name)(table).on_conflict_do_nothing(
        index_elements=columns
    )
    options = {"preserve_rowcount": True}
    return int(connection.execute(statement, list(rows), execution_options=options).rowcount)


def _insert(dialect: str) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def lock_schema(connection: "Connection") -> None:
    """Make other processes wait that want to create or change the schema, until the commit.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy import func, select

        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
