"""Bringing an older database up to date: a copy first, then all migrations in one transaction."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualityslo.errors import StoreError
from qualityslo.store import sqlite
from qualityslo.store.database import (
    Database,
    connect,
    explained,
    is_older,
    not_at_head,
    read_version,
    refuse_strangers,
    use_write_ahead_log,
)
from qualityslo.store.dialect import lock_schema
from qualityslo.store.schema import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did: the revision before and after, and where the copy of the file is.

    `before` is "" for a database that had none; `backup` is None where nothing was to be saved.
    """

    before: str
    after: str
    backup: Path | None


def upgrade(url: str) -> Upgraded:
    """Bring a store's schema to this program's revision; an up-to-date one is left as it is.

    Args:
        url: as for `open_database`.

    Raises:
        StoreError: it cannot be used, is newer than this program, or a migration failed; the
            database is as it was before.
    """
    with connect(url) as database:
        with database.reading() as connection:
            before = read_version(connection)
            if before is None:
                refuse_strangers(connection, database)
        if before == HEAD:
            return Upgraded(before=before, after=HEAD, backup=None)
        if before is not None and not is_older(before):
            raise not_at_head(database.name, before)
        use_write_ahead_log(database)
        backup = _back_up(database, before)
        _migrate(database)
        return Upgraded(before=before or "", after=HEAD, backup=backup)


def _back_up(database: Database, before: str | None) -> Path | None:
    if database.path is None or before is None:
        return None
    name = f"{database.path.name}.before-{HEAD}"
    number, backup = 1, database.path.with_name(name)
    while backup.exists():
        number += 1
        backup = database.path.with_name(f"{name}-{number}")
    with explained(str(backup)):
        sqlite.back_up(database.path, backup)
    return backup


def alembic_config() -> "Config":
    """Return Alembic's configuration for the migrations that come with the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate(database: Database) -> None:
    from alembic import command

    config = alembic_config()
    with database.writing() as connection:
        lock_schema(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = read_version(connection)
        if after != HEAD:
            raise StoreError(
                f"store {database.name}: the migrations ended at {after!r} instead of {HEAD!r}; "
                "nothing was changed: please report this"
            )
