"""Migrations: they lead to the same schema, keep a copy, and are all or nothing."""

import sqlite3
from pathlib import Path

import pytest

from qualityslo.errors import StoreError
from qualityslo.store.database import connect, open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.schema import HEAD, REVISIONS, VERSION_TABLE, schema
from qualityslo.store.upgrade import Upgraded, alembic_config, upgrade
from tests.store.conftest import Clock, plan_for
from tests.store.test_database import set_version


def objects_of(path: Path) -> dict[str, tuple[str, list[str]]]:
    """Return the tables and indexes of a file: name -> kind and its definition's sorted lines."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, type, coalesce(sql, '') FROM sqlite_master").fetchall()
    connection.close()
    return {
        name: (kind, sorted(line.strip().rstrip(",") for line in sql.splitlines() if line.strip()))
        for name, kind, sql in rows
    }


def test_the_revisions_in_code_are_those_of_the_migrations() -> None:
    """Opening a store relies on the constants, so that it need not load Alembic."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    known = [one.revision for one in script.walk_revisions()]
    assert tuple(reversed(known)) == REVISIONS
    assert script.get_heads() == [HEAD]


def test_the_migrations_lead_to_the_schema_of_a_new_store(tmp_path: Path) -> None:
    """Column by column, constraint by constraint."""
    created, migrated = tmp_path / "created.db", tmp_path / "migrated.db"
    open_database(str(created)).close()
    assert upgrade(str(migrated)) == Upgraded(before="", after=HEAD, backup=None)
    assert objects_of(migrated) == objects_of(created)
    assert {VERSION_TABLE, "verdict"} <= objects_of(created).keys()


def test_alembic_finds_no_difference_on_any_database(database_url: str) -> None:
    """The tables in code and those that the migrations made are the same."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade(database_url)
    with connect(database_url) as database, database.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, schema().metadata)
    tables = [one for one in found if one[0] != "remove_table" or one[1].name != VERSION_TABLE]
    assert tables == []


def test_a_migrated_store_works(database_url: str) -> None:
    """It is a store like any other."""
    upgrade(database_url)
    with open_database(database_url) as database:
        facts = SqlFactStore(database, Clock())
        assert facts.begin(plan_for()) == facts.run(plan_for().run_id)


def test_an_up_to_date_store_is_left_as_it_is(database_url: str) -> None:
    """Also by a second upgrade."""
    open_database(database_url).close()
    assert upgrade(database_url) == Upgraded(before=HEAD, after=HEAD, backup=None)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return a store from before the first revision: it has the version table and nothing else."""
    path = tmp_path / "facts.db"
    with connect(str(path)) as database, database.writing() as connection:
        schema().version.create(connection)
    return path


def test_an_older_store_is_copied_then_upgraded(older: Path) -> None:
    """The copy is the way back; an earlier copy is not overwritten."""
    taken = older.with_name(f"facts.db.before-{HEAD}")
    taken.write_text("an earlier copy")
    done = upgrade(str(older))
    assert done == Upgraded(
        before="", after=HEAD, backup=older.with_name(f"facts.db.before-{HEAD}-2")
    )
    assert done.backup is not None
    assert objects_of(done.backup).keys() == {
        VERSION_TABLE,
        f"sqlite_autoindex_{VERSION_TABLE}_1",
    }
    assert taken.read_text() == "an earlier copy"
    open_database(str(older)).close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_store_of_an_earlier_revision_keeps_its_facts(tmp_path: Path, revision: str) -> None:
    """Later revisions only add: what was written before is read as before."""
    from alembic import command

    path = tmp_path / "facts.db"
    config = alembic_config()
    with connect(str(path)) as database, database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        row = ("run", "shop", "nightly", "2026-03-01T02:00:00.000000Z", 1, "r")
        connection.exec_driver_sql(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, '{}', '{}')", (*row, row[3])
        )
    with pytest.raises(StoreError, match="run `qualityslo db upgrade` once"):
        open_database(str(path))
    done = upgrade(str(path))
    assert (done.before, done.after) == (revision, HEAD)
    with open_database(str(path)) as database:
        found = SqlFactStore(database, Clock()).run("run")
    assert found is not None
    assert found.service == "shop"


def test_a_migration_that_fails_changes_nothing(older: Path) -> None:
    """Here a table of the same name is in the way, halfway through."""
    connection = sqlite3.connect(older)
    connection.execute("CREATE TABLE response (id INTEGER)")
    connection.close()
    before = objects_of(older)
    with pytest.raises(StoreError, match="response"):
        upgrade(str(older))
    assert objects_of(older) == before


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    """It is this program that is to be upgraded."""
    path = tmp_path / "facts.db"
    open_database(str(path)).close()
    set_version(path, "9999")
    with pytest.raises(StoreError, match="upgrade qualityslo, or name another store"):
        upgrade(str(path))


def test_another_programs_database_is_not_upgraded(tmp_path: Path) -> None:
    """Nor touched."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="another program's database"):
        upgrade(str(path))
