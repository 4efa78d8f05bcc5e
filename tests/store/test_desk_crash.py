"""SIGKILL while forms are handed in: none that was acknowledged is lost, none is doubled."""

import itertools
import random
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qualityslo.store.database import Database, open_database
from qualityslo.store.desk import SqlDesk
from tests.store.desk_world import DUE, SERVICE, hand_in, offers_for, world_in
from tests.store.submitter import LEASE, hand_in_all

ROOT = Path(__file__).parents[2]
REVIEWS = 40
FAR = DUE + timedelta(days=36_500)  # these desks go by the database's own clock
STEPS = 60  # statements and commits in which a few forms are handed in


def submitter(url: str, reviewer: str, killed_at: int) -> subprocess.Popen[str]:
    """Start a process that hands in forms."""
    command = [sys.executable, "-m", "tests.store.submitter", url, reviewer, str(killed_at)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def opened(url: str) -> Database:
    """Open a store with reviews, each with a seat."""
    database = open_database(url)
    world = world_in(database, REVIEWS)
    world.desk.offer(offers_for(world.reviews, due_at=FAR))
    return database


def check_kept(database: Database, acknowledged: Sequence[str]) -> None:
    """Check that what was acknowledged is there, whole, once, and nothing half."""
    assert database.integrity_faults() == []
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT d.key, l.review_id FROM label_detail d JOIN label l ON l.label_id = d.label_id"
        ).all()
        forms = connection.exec_driver_sql("SELECT key FROM submission").scalars().all()
        done = connection.exec_driver_sql("SELECT review_id FROM seat WHERE state = 'done'")
        done_reviews = Counter(done.scalars().all())
        events = connection.exec_driver_sql("SELECT count(*) FROM desk_event").scalar()
    labels = Counter(row[0] for row in rows)
    assert set(acknowledged) <= set(forms)
    assert labels == Counter(dict.fromkeys(forms, 2))
    assert Counter(dict.fromkeys((row[1] for row in rows), 1)) == done_reviews
    assert len(forms) == events


@pytest.mark.slow
def test_killed_at_any_step_no_form_is_lost_or_doubled(database_url: str) -> None:
    """One process after the other; each goes on with the seat that the killed one held."""
    rng = random.Random(5)
    said: list[str] = []
    with opened(database_url) as database:
        for killed_at in sorted(rng.sample(range(1, STEPS), 6)):
            with submitter(database_url, "ann", killed_at) as process:
                output, _ = process.communicate()
            assert process.returncode == -signal.SIGKILL, killed_at
            said += output.split()
            check_kept(database, said)
        hand_in_all(database, "ann")
        check_kept(database, said)
        assert len(done_by(database, "ann")) == REVIEWS


@pytest.mark.slow
def test_killed_at_any_moment_no_form_is_lost_or_doubled(database_url: str) -> None:
    """Two at once, killed from outside, also inside of a write."""
    rng = random.Random(6)
    said: list[str] = []
    with opened(database_url) as database:
        for _ in range(3):
            crowd = [submitter(database_url, who, 0) for who in ("ann", "bob")]
            for process in crowd:
                assert process.stdout is not None
                said += [process.stdout.readline().strip() for _ in range(rng.randrange(1, 5))]
            for process in crowd:
                process.kill()
                output, _ = process.communicate()
                said += output.split()
            check_kept(database, [key for key in said if key])
        hand_in_all(database, "ann")
        hand_in_all(database, "bob")
        assert len(done_by(database, "ann")) + len(done_by(database, "bob")) == REVIEWS


def done_by(database: Database, reviewer: str) -> list[str]:
    """Return the reviews that a person has handed in."""
    with database.reading() as connection:
        query = f"SELECT review_id FROM submission WHERE reviewer = '{reviewer}'"
        return list(connection.exec_driver_sql(query).scalars().all())


class DiedError(Exception):
    """The process would be gone here."""


def test_a_transaction_that_dies_half_way_leaves_nothing(database_url: str) -> None:
    """Whatever the statement: the seat stays with its person, the form is not there."""
    with opened(database_url) as database:
        desk = SqlDesk(database, secrets.token_hex)
        lease = desk.claim(SERVICE, "ann", LEASE)
        assert lease is not None
        steps = 0
        while not desk.labels(lease.review.id):
            steps += 1
            with dying(database, steps), suppress(DiedError):
                desk.submit("ann", hand_in(lease, "k"))
            assert len(desk.labels(lease.review.id)) in {0, 2}
        assert steps > 8
        check_kept(database, ["k"])


@contextmanager
def dying(database: Database, at: int) -> Iterator[None]:
    """Let the given statement from here on be one too many."""
    from sqlalchemy import event

    steps = itertools.count(1)

    def count(*_: Any) -> None:
        if next(steps) == at:
            raise DiedError

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
