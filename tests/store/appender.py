"""Appends one night's facts; run as a process of its own, to be killed.

Usage: `python -m tests.store.appender URL KILLED_AT`: SIGKILL itself before its KILLED_AT-th
statement or commit (0: never). Prints a line after every committed batch.
"""

import itertools
import os
import signal
import sys
from typing import Any

from qualityslo.domain.sli import Role
from qualityslo.jobs.chunks import chunks
from qualityslo.store.database import Database, open_database
from qualityslo.store.facts import SqlFactStore
from tests.store.conftest import BAD, Clock, grade_row, items_of, plan_for, response_to

ITEMS = 160
BATCH = 16


def kill_before(database: Database, step: int) -> None:
    """Kill this process before the database's given step; the steps of opening are not counted."""
    from sqlalchemy import event

    steps = itertools.count(1)

    def count(*_: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", count)
    event.listen(database.engine, "commit", count)


def append_all(database: Database) -> None:
    """Append a night, as a rerun does: from the start, whatever is there."""
    facts = SqlFactStore(database, Clock())
    run_id = facts.begin(plan_for()).run_id
    items = items_of(ITEMS)
    for batch in chunks(items, BATCH):
        facts.append_items(run_id, "faq", batch)
    for batch in chunks(items, BATCH):
        answers = [response_to(item, f"reply to {item.id} " * 50) for item in batch]
        facts.append_outcomes(run_id, "faq", Role.BASELINE, answers)
        print("answered", flush=True)  # noqa: T201 - the parent counts the lines
        grades = [grade_row(item.id, BAD) for item in batch]
        facts.append_grades(run_id, "faq", Role.BASELINE, grades)


if __name__ == "__main__":
    with open_database(sys.argv[1]) as opened:
        kill_before(opened, int(sys.argv[2]))
        append_all(opened)
