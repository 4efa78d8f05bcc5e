"""Transactions: all or nothing, whatever happens inside and beside."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qualityslo.domain.sli import Role
from qualityslo.errors import StoreError
from qualityslo.store.database import connect, open_database
from qualityslo.store.facts import SqlFactStore
from tests.store.conftest import Clock, Store, items_of, plan_for, response_to


def test_an_exception_inside_takes_everything_back(store: Store) -> None:
    """Also an interruption."""
    run_id = store.begun()

    def rename_then_stop() -> None:
        with store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE run SET service = 'other'")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rename_then_stop()
    run = store.facts.run(run_id)
    assert run is not None
    assert run.service == "shop"


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    """The state at its first query."""
    count = "SELECT count(*) FROM run"
    with store.database.reading() as connection:
        assert connection.exec_driver_sql(count).scalar() == 0
        store.begun()
        assert connection.exec_driver_sql(count).scalar() == 0
    with store.database.reading() as connection:
        assert connection.exec_driver_sql(count).scalar() == 1


def test_many_writers_wait_for_each_other(store: Store, database_url: str) -> None:
    """Nobody is told that the database is locked, and nothing is lost."""
    items = items_of(120)
    run_id = store.begun(items)

    def write(part: int) -> None:
        with open_database(database_url) as database:
            facts = SqlFactStore(database, Clock())
            for item in items[part::6]:
                answer = response_to(item)
                facts.append_outcomes(run_id, "faq", Role.BASELINE, [answer])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, [0, 1, 2, 3, 4, 5] * 2))
    assert len(store.facts.answered(run_id, "faq", Role.BASELINE)) == 120


def test_a_lock_that_is_never_released_is_explained(tmp_path: Path) -> None:
    """After the time everybody is given."""
    path = tmp_path / "facts.db"
    open_database(str(path)).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with connect(str(path)) as database:
        with database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(StoreError, match="another process has kept it locked"):
            SqlFactStore(database, Clock()).begin(plan_for())
    holder.close()
