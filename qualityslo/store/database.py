"""Opening the store: one database, checked before its first use, with two kinds of transaction.

A new database gets its tables at once and an up-to-date one costs two small queries; Alembic is
imported only to bring an older one up to date (`upgrade`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from qualityslo.errors import StoreError
from qualityslo.store import sqlite
from qualityslo.store.dialect import lock_schema
from qualityslo.store.schema import HEAD, REVISIONS, VERSION_TABLE, schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

_POSTGRES = "postgresql+psycopg://"


class Database:
    """A database of facts. `name` is how errors call it: the path, or the URL without password.

    May be used by several threads; each transaction has a connection of its own.
    """

    def __init__(self, engine: "Engine", name: str, path: Path | None) -> None:
        """Wrap an engine; `path` is the file, None for a database server."""
        self.name = name
        self.path = path
        self.engine = engine
        isolation = {} if path else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**isolation)
        self._writer = engine.execution_options(**{sqlite.WRITES_AT_ONCE: True})
        self._in_passing = self._writer.execution_options(**{sqlite.IN_PASSING: True})

    @contextmanager
    def reading(self) -> Iterator["Connection"]:
        """Open a transaction that sees the facts as they stand at its first query.

        Raises:
            StoreError: the database does not work; names it and the remedy.
        """
        with self._transaction(self._reader) as connection:
            yield connection

    @contextmanager
    def writing(self, *, in_passing: bool = False) -> Iterator["Connection"]:
        """Open a transaction that commits all or nothing at its end.

        Args:
            in_passing: do not wait until the disk of this machine has it; the end of the process
                loses nothing even so, a power cut may. A database server waits anyway.

        Raises:
            StoreError: the database does not work; names it and the remedy.
        """
        with self._transaction(self._in_passing if in_passing else self._writer) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: "Engine") -> Iterator["Connection"]:
        with explained(self.name), engine.begin() as connection:
            yield connection

    def integrity_faults(self) -> list[str]:
        """Return what is wrong with the file; empty where nothing is, or for a server."""
        if self.path is None:
            return []
        try:
            with self.reading() as connection:
                return sqlite.integrity_faults(connection)
        except StoreError as error:  # damaged so badly that the check itself stumbles
            return [str(error)]

    def close(self) -> None:
        """Close all connections; may be called twice."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """Return the database itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self.close()


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what a database driver raises into an error for people.

    Raises:
        StoreError: names the database, what happened, and the remedy.
    """
    from sqlalchemy.exc import DBAPIError, StatementError

    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"store {name}: {_in_words(error)}") from error
    except StatementError as error:
        # A value was refused before the database saw it: that error is the one to read.
        raise (error.orig or error) from error
    except sqlite3.Error as error:
        raise StoreError(f"store {name}: {sqlite.remedy(error)}") from error


def _in_words(error: "DBAPIError") -> str:
    from sqlalchemy.exc import IntegrityError

    original = error.orig
    if isinstance(error, IntegrityError):
        return (
            f"it was given facts about something it does not have, or has otherwise ({original})"
        )
    if isinstance(original, sqlite3.Error):
        return sqlite.remedy(original)
    text = " ".join(str(original).split()) or type(original).__name__
    return f"{text}; check that the server runs and the URL is right, then run the command again"


def open_database(url: str) -> Database:
    """Open a store, creating it (and its folder) where there is none.

    Args:
        url: a path, `sqlite:///path`, or `postgresql://...`.

    Raises:
        StoreError: it cannot be used; says which place, why, and what to do.
    """
    database = connect(url)
    try:
        _bring_to_head(database)
    except BaseException:
        database.close()
        raise
    return database


def _bring_to_head(database: Database) -> None:
    with database.reading() as connection:
        version = read_version(connection)
        if version is None:
            refuse_strangers(connection, database)
        elif version != HEAD:
            raise not_at_head(database.name, version)
    use_write_ahead_log(database)
    if version is None:
        _create(database)


def use_write_ahead_log(database: Database) -> None:
    """Let readers and the writer of a file work side by side; a server does so anyway."""
    if database.path is not None:
        with explained(database.name):
            sqlite.use_write_ahead_log(database.engine)


def not_at_head(name: str, version: str) -> StoreError:
    """Return the error that says what to do about a schema that is not this program's."""
    if is_older(version):
        return StoreError(
            f"store {name} has an older schema (revision {version!r}, this program needs {HEAD}): "
            "run `qualityslo db upgrade` once, with no other qualityslo running on it"
        )
    return StoreError(
        f"store {name} was written by a newer qualityslo (schema revision {version!r}, this "
        f"program knows up to {HEAD}): upgrade qualityslo, or name another store"
    )


def is_older(version: str) -> bool:
    """Return whether a revision of the schema is one from before this program's."""
    return version in {"", *REVISIONS[:-1]}


def read_version(connection: "Connection") -> str | None:
    """Return the revision of the schema: None without any, "" where none is noted."""
    from sqlalchemy import inspect, select

    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    column = schema().version.c.version_num
    return connection.execute(select(column)).scalar() or ""


def refuse_strangers(connection: "Connection", database: Database) -> None:
    """Refuse a database without a schema revision that has tables nevertheless.

    Raises:
        StoreError: the file is another program's, or tables of our names are in the way.
    """
    from sqlalchemy import inspect

    present = set(inspect(connection).get_table_names())
    if database.path is None:
        present &= set(schema().metadata.tables)
    if present:
        raise StoreError(
            f"{database.name} is another program's database (it has the tables "
            f"{', '.join(sorted(present)[:5])}, and no {VERSION_TABLE}): name another one"
        )


def _create(database: Database) -> None:
    from sqlalchemy import insert

    tables = schema()
    with database.writing() as connection:
        lock_schema(connection)
        if read_version(connection) is not None:
            return  # another process was faster
        tables.metadata.create_all(connection, checkfirst=False)
        connection.execute(insert(tables.version).values(version_num=HEAD))


def connect(url: str) -> Database:
    """Return a database without looking at what is in it.

    Raises:
        StoreError: the URL or the place cannot be used.
    """
    path = _sqlite_path(url)
    if path is not None:
        sqlite.prepare_file(path)
        return Database(sqlite.create_sqlite_engine(path), str(path), path)
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgresql+psycopg"}:
        raise StoreError(
            f"a store is a path, sqlite:///path or postgresql://..., not a {scheme!r} URL"
        )
    from sqlalchemy import create_engine, make_url

    whole = make_url(_POSTGRES + rest)
    name = whole.render_as_string(hide_password=True)
    try:
        return Database(create_engine(whole, pool_pre_ping=True), name, None)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"store {name}: the driver is not installed; run `pip install psycopg[binary]`"
        ) from error


def _sqlite_path(url: str) -> Path | None:
    scheme, separator, rest = url.partition("://")
    if separator and scheme != "sqlite":
        return None
    place = rest.removeprefix("/") if separator else url
    if place in {"", ":memory:"} or (separator and "?" in place):
        raise StoreError(f"the store needs a file, such as .qualityslo/facts.db, not {url!r}")
    return Path(place).expanduser()
