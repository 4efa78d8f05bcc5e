"""Measure whether a verdict is looked up faster than it is made, for each shipped grader.

    OMP_NUM_THREADS=1 python bench/grade_cache.py --data DIR [--rows 2000] [--json]

DIR holds a split as `bench/grading/rows.py` describes it. Each grader judges the same answers
in batches three times: without a cache, with an empty one, with one that knows all. Microseconds
of CPU time an answer; the cache is a new SQLite file. A grader for which `known` is not far
below `alone` had better opt out (`qualityslo.graders.cached.TOO_CHEAP`).
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.graders import graders_for  # after the path is set
from bench.grading.rows import CORE, FAITHFULNESS, read_rows  # after the path is set
from bench.parts.report import progress, versions  # after the path is set
from qualityslo.domain.verdict import Answer  # after the path is set
from qualityslo.graders.abstention import Abstention  # after the path is set
from qualityslo.graders.cached import CachedGrader, Task  # after the path is set
from qualityslo.jobs.chunks import chunks  # after the path is set
from qualityslo.ports import Grader  # after the path is set
from qualityslo.store.database import Database, open_database  # after the path is set
from qualityslo.store.grade_cache import SqlGradeCache  # after the path is set
from qualityslo.store.schema import schema  # after the path is set

_BATCH = 256
_RUN = "bench"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def microseconds(grader: Grader, answers: Sequence[Answer]) -> float:
    """Return the CPU time of grading, an answer."""
    start = time.process_time()
    for batch in chunks(answers, _BATCH):
        list(grader.grade(batch))
    return (time.process_time() - start) / len(answers) * 1e6


def measure(grader: Grader, answers: Sequence[Answer], folder: Path) -> dict[str, float]:
    """Return the CPU time of a grader alone, with an empty cache and with one that knows all."""
    with open_database(str(folder / f"{grader.name}.db")) as database:
        begin_run(database)
        cache = SqlGradeCache(database, lambda: _NOW)
        cached = CachedGrader(grader, cache, Task(run_id=_RUN, golden="set", criterion="x"))
        microseconds(grader, answers[:50])  # what a first call loads is not the answers' cost
        return {
            "alone": microseconds(grader, answers),
            "empty": microseconds(cached, answers),
            "known": microseconds(cached, answers),
        }


def begin_run(database: Database) -> None:
    """Store the run that the use of the cache is counted for."""
    from sqlalchemy import insert

    row = {"run_id": _RUN, "service": "bench", "kind": "nightly", "slot": _NOW, "attempt": 1}
    row |= {"revision": "0", "started_at": _NOW, "goldens": {}, "models": {}}
    with database.writing() as connection:
        connection.execute(insert(schema().run).values(row))


def main() -> None:
    """Measure all graders and print a table, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in (CORE, FAITHFULNESS):
            answers = [row.as_answer for row in read_rows(options.data, name)[: options.rows]]
            extra = [Abstention()] if name == CORE else []
            for grader in [*graders_for(name), *extra]:
                progress(f"{grader.name} on {len(answers)} answers of {name}")
                found[grader.name] = measure(grader, answers, Path(folder))
    if options.json:
        print(json.dumps({"versions": versions(), "microseconds": found}, indent=2))
        return
    print(f"{'grader':<14}{'alone':>9}{'empty':>9}{'known':>9}   CPU microseconds an answer")
    for name, row in found.items():
        print(f"{name:<14}" + "".join(f"{value:>9.0f}" for value in row.values()))


if __name__ == "__main__":
    main()
