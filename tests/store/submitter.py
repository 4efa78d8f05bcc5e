"""Hands in forms, one after the other; run as a process of its own, to be killed.

Usage: `python -m tests.store.submitter URL REVIEWER KILLED_AT`: SIGKILL itself before its
KILLED_AT-th statement or commit (0: never). Prints the key of every form that was stored.
"""

import secrets
import sys
from datetime import timedelta

from qualityslo.ports.desk import Outcome
from qualityslo.store.database import Database, open_database
from qualityslo.store.desk import SqlDesk
from tests.store.appender import kill_before
from tests.store.desk_world import SERVICE, form_of, hand_in

LEASE = timedelta(days=36_500)  # by the database's clock: those of the killed do not run out


def hand_in_all(database: Database, reviewer: str) -> None:
    """Take seats and hand forms in until nothing waits."""
    desk = SqlDesk(database, secrets.token_hex)
    while (lease := desk.claim(SERVICE, reviewer, LEASE)) is not None:
        key = secrets.token_hex()
        desk.save(lease.token, form_of())
        assert desk.submit(reviewer, hand_in(lease, key)).outcome is Outcome.STORED
        print(key, flush=True)  # noqa: T201 - the parent counts the lines


if __name__ == "__main__":
    with open_database(sys.argv[1]) as opened:
        kill_before(opened, int(sys.argv[3]))
        hand_in_all(opened, sys.argv[2])
