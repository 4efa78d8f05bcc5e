"""SIGKILL at any moment: whole batches only, nothing acknowledged is lost, a rerun completes."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qualityslo.store.database import Database, open_database
from qualityslo.store.facts import SqlFactStore
from tests.store.appender import BATCH, ITEMS, append_all
from tests.store.conftest import Clock, plan_for

ROOT = Path(__file__).parents[2]
STEPS = 100  # statements and commits that every rerun reaches


def appender(path: Path, killed_at: int) -> subprocess.Popen[str]:
    """Start a process that appends a night."""
    command = [sys.executable, "-m", "tests.store.appender", str(path), str(killed_at)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def count(database: Database, table: str) -> int:
    """Return how many rows a table has."""
    with database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    assert isinstance(found, int)
    return found


def check_after_kill(path: Path, acknowledged: int) -> None:
    """Check that the file is sound, holds whole batches, and all that was said to be stored."""
    with open_database(str(path)) as database:
        assert database.integrity_faults() == []
        answers, grades = count(database, "response"), count(database, "verdict")
        assert count(database, "run_item") % BATCH == 0
        assert answers % BATCH == 0
        assert grades % BATCH == 0
        assert answers >= acknowledged * BATCH
        assert answers - BATCH <= grades <= answers


def check_complete(path: Path, reference: Path) -> None:
    """Check that a store that was killed often says what one that never was says."""
    rows = []
    for place in (path, reference):
        with open_database(str(place)) as database:
            append_all(database)
            facts = SqlFactStore(database, Clock())
            rows.append(list(facts.item_rows(plan_for().run_id)))
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2 * ITEMS


@pytest.mark.slow
def test_killed_at_any_step_a_store_is_sound_and_a_rerun_completes_it(tmp_path: Path) -> None:
    """Twelve times between two statements, or before a commit, on one store."""
    path = tmp_path / "facts.db"
    rng = random.Random(5)
    for killed_at in sorted(rng.sample(range(1, STEPS), 12)):
        with appender(path, killed_at) as process:
            said, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL, killed_at
        check_after_kill(path, said.count("answered"))
    check_complete(path, tmp_path / "reference.db")


@pytest.mark.slow
def test_killed_at_any_moment_a_store_is_sound_and_a_rerun_completes_it(tmp_path: Path) -> None:
    """Ten times from outside, also inside a write or a commit; a new store each time."""
    rng = random.Random(6)
    paths = [tmp_path / f"facts{attempt}.db" for attempt in range(10)]
    for path in paths:
        lines = rng.randrange(1, ITEMS // BATCH)
        with appender(path, 0) as process:
            assert process.stdout is not None
            for _ in range(lines):
                process.stdout.readline()
            process.kill()
        check_after_kill(path, lines)
    check_complete(paths[-1], tmp_path / "reference.db")
