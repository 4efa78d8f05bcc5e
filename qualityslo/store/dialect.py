"""The little that SQL databases do not agree on; everything else is plain SQLAlchemy Core."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Table

# How many values a query names at most; SQLite's and PostgreSQL's limits lie above 30,000.
ASKED_AT_ONCE = 5_000
# Any constant of our own: it names the lock under which one process creates the schema.
_SCHEMA_LOCK = 0x514C534C4F
_CHAIN_LOCK = 0x514C534C50  # under this one the next event of the desk is written

# What turns the values of a column into those that the driver takes, by column, in the
# statement's order; None where they are taken as they are.
_Into: TypeAlias = "Mapping[str, Callable[[Any], Any] | None]"


def insert_new(
    connection: "Connection",
    table: "Table",
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str] | None = None,
    shared: Mapping[str, Any] | None = None,
) -> int:
    """Insert the rows whose key is not there yet; return how many those were.

    Args:
        connection: inside a writing transaction.
        table: where to.
        rows: all with the same columns.
        key: the columns of the unique constraint that tells what is there; the primary key
            unless given. A conflict on any other constraint is an error.
        shared: the columns in which all rows are alike, and that `rows` leave out.
    """
    if not rows:
        return 0
    names = tuple(key or table.primary_key.columns.keys())
    alike = shared or {}
    sql, into, by_place = _prepared(connection.dialect, table, (*alike, *rows[0]), names)
    columns = [_column(name, convert, rows, alike) for name, convert in into.items()]
    values = zip(*columns, strict=True)
    parameters: list[Any] = (
        list(values) if by_place else [dict(zip(into, one, strict=True)) for one in values]
    )
    options = {"preserve_rowcount": True}
    return int(connection.exec_driver_sql(sql, parameters, options).rowcount)


def _column(
    name: str,
    convert: Callable[[Any], Any] | None,
    rows: Sequence[Mapping[str, Any]],
    alike: Mapping[str, Any],
) -> Iterable[Any]:
    """Return a column's values as the driver takes them."""
    if name in alike:
        return repeat(alike[name] if convert is None else convert(alike[name]), len(rows))
    values = [row[name] for row in rows]
    if convert is None:
        return values
    return [None if one is None else convert(one) for one in values]


@lru_cache(maxsize=64)
def _prepared(
    dialect: "Dialect", table: "Table", columns: tuple[str, ...], key: tuple[str, ...]
) -> tuple[str, _Into, bool]:
    """Return the statement that inserts what is new, and how its parameters are made.

    The last is whether they are given by their place. SQLAlchemy would do all that for every
    call, and make the parameters in several times the time that SQLite takes for the row.
    """
    statement = _insert(dialect.name)(table).on_conflict_do_nothing(index_elements=list(key))
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    into = {
        name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        for name in compiled.positiontup or columns
    }
    return str(compiled), into, compiled.positiontup is not None


def _insert(dialect: str) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def lock_schema(connection: "Connection") -> None:
    """Make other processes wait that want to create or change the schema, until the commit."""
    _lock(connection, _SCHEMA_LOCK)


def lock_chain(connection: "Connection") -> None:
    """Make other processes wait that want to append to the chain of events, until the commit."""
    _lock(connection, _CHAIN_LOCK)


def _lock(connection: "Connection", number: int) -> None:
    """Wait for a lock of a server; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy import func, select

        connection.execute(select(func.pg_advisory_xact_lock(number)))


def upsert(
    connection: "Connection", table: "Table", row: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    """Insert a row, or change the one that has its primary key already."""
    keys = table.primary_key.columns.keys()
    statement = _insert(connection.dialect.name)(table).values(dict(row))
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=dict(changes)))


def database_now(connection: "Connection") -> datetime:
    """Return the instant by the clock of the database: one clock for all its users."""
    from sqlalchemy import func, select

    if connection.dialect.name == "postgresql":
        moment = connection.execute(select(func.clock_timestamp())).scalar_one()
        assert isinstance(moment, datetime)
        return moment
    text = connection.execute(select(func.strftime("%Y-%m-%dT%H:%M:%f+00:00", "now"))).scalar_one()
    return datetime.fromisoformat(text)
