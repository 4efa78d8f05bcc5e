"""How fast the reviewers' desk answers with a hundred thousand open reviews.

    python bench/desk.py [--json] [--reviews 100000] [--history 20000] [--calls 300]
                         [--postgres URL] [--soak SECONDS] [--people 50]

Server time of `claim` (the next item, whole: question, context, answers, draft) and of `submit`
(checked, labels, seat, event; on the disk when it returns), one call after the other: medians and
99th percentiles in ms, and `cpu`, the processor's part of them in this process, which neighbours
on a shared machine disturb less (with SQLite it is all but the waiting for the disk). On SQLite in
a temporary folder, and on a PostgreSQL server of its own where one is installed (or at
`--postgres`, which is emptied). The cases:

- `empty`: a desk of fifty reviews, what there is to compare with;
- `fresh`: all reviews open with two seats each, a person who has done nothing;
- `history`: the same, a person who has done `--history` of them, whose second seats are all open;
  `first` is their very first call, before the desk has a mark of theirs;
- `beside`: that person again, when before each call somebody else gives a seat back.

`ratio` compares with the empty desk. `reads` are what a page asks for beside: `counts`, with what
came in today, and `done`, the last forms of the person with the history. `--soak` lets `--people`
scripted people loose instead, for so long on each store, and counts what must not happen (see
`parts/desk_soak.py`).
"""

import argparse
import json
import platform
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.parts.desk_reviews import (
    SERVICE,
    SLOT,
    give_history,
    make_reviews,
    offer_all,
    open_desk,
    whole_form,
)
from bench.parts.desk_soak import soak
from bench.parts.postgres import own_server
from qualityslo.ports.desk import Outcome, Submission
from qualityslo.store.database import Database, connect, open_database
from qualityslo.store.desk import SqlDesk

LEASE = timedelta(hours=1)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Server time of one kind of call, and the processor's part of it, in ms."""

    p50: float
    p99: float
    most: float
    cpu_p50: float
    cpu_p99: float

    @classmethod
    def of(cls, took: Sequence[tuple[float, float]]) -> "Times":
        """Return the times of some calls, each given as seconds of wall and of processor."""
        wall, cpu = zip(*took, strict=True)
        return cls(
            p50=quantile(wall, 0.5),
            p99=quantile(wall, 0.99),
            most=quantile(wall, 1.0),
            cpu_p50=quantile(cpu, 0.5),
            cpu_p99=quantile(cpu, 0.99),
        )


def quantile(seconds: Sequence[float], share: float) -> float:
    """Return a quantile of some times, in ms."""
    ordered = sorted(seconds)
    return round(1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


def timed(call: Callable[[], Answer]) -> tuple[Answer, tuple[float, float]]:
    """Return what a call answers, and the seconds of wall and processor that it took."""
    wall, cpu = time.perf_counter(), time.thread_time()
    answer = call()
    return answer, (time.perf_counter() - wall, time.thread_time() - cpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was measured of one case."""

    name: str
    claim: Times
    submit: Times
    first_ms: float
    ratio: dict[str, float]


def measure(
    name: str,
    desk: SqlDesk,
    reviewer: str,
    calls: int,
    before: Callable[[], None] = lambda: None,
) -> Case:
    """Let one person take and hand in so many reviews."""
    claims, submits = [], []
    for _ in range(calls):
        before()
        lease, took = timed(lambda: desk.claim(SERVICE, reviewer, LEASE))
        claims.append(took)
        assert lease is not None
        submission = Submission(
            token=lease.token, key=secrets.token_hex(8), form=whole_form(), order=("A", "B")
        )
        receipt, took = timed(partial(desk.submit, reviewer, submission))
        submits.append(took)
        assert receipt.outcome is Outcome.STORED
    first = round(1_000 * claims[0][0], 2)
    rest = claims[1:] or claims
    return Case(
        name=name, claim=Times.of(rest), submit=Times.of(submits), first_ms=first, ratio={}
    )


def giving_back(desk: SqlDesk) -> Callable[[], None]:
    """Return what lets somebody else take a seat and give it back."""

    def give_back() -> None:
        lease = desk.claim(SERVICE, "passer-by", LEASE)
        assert lease is not None
        assert desk.release(lease.token)

    return give_back


def compared(case: Case, empty: Case) -> Case:
    """Return a case with its ratios to the empty desk."""
    ratio = {
        f"{call}_{name}": round(getattr(one, name) / getattr(other, name), 2)
        for call, one, other in (
            ("claim", case.claim, empty.claim),
            ("submit", case.submit, empty.submit),
        )
        for name in ("p50", "p99", "cpu_p50", "cpu_p99")
    }
    return replace(case, ratio=ratio)


def cases_on(
    fresh: Callable[[], Database], options: argparse.Namespace
) -> tuple[list[Case], dict[str, Times]]:
    """Measure every case, and what pages read, on one kind of store; `fresh` opens an empty one."""
    with fresh() as database:
        desk = open_desk(database)
        offer_all(desk, make_reviews(database, 50), seats=1)
        empty = measure("empty", desk, "ann", min(50, options.calls))
    with fresh() as database:
        desk = open_desk(database)
        ids = make_reviews(database, options.reviews)
        offer_all(desk, ids, seats=2)
        give_history(database, "old hand", options.history)
        settle(database)
        found = [
            measure("fresh", desk, "ann", options.calls),
            measure("history", desk, "old hand", options.calls),
            measure("beside", desk, "old hand", options.calls, giving_back(desk)),
        ]
        reads: dict[str, Callable[[], object]] = {
            "counts": partial(desk.counts, SERVICE, SLOT),
            "done": partial(desk.done, SERVICE, "old hand", 20),
        }
        took = {
            name: Times.of([timed(call)[1] for _ in range(50)]) for name, call in reads.items()
        }
    return [compared(one, empty) for one in (empty, *found)], took


def settle(database: Database) -> None:
    """Let a server know what its tables hold, as it would within minutes by itself."""
    if database.path is None:
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@contextmanager
def stores(options: argparse.Namespace) -> Iterator[dict[str, Callable[[], Database]]]:
    """Yield what opens an empty store, by its kind."""
    with tempfile.TemporaryDirectory() as folder, own_server(options.postgres) as url:
        numbers = iter(range(1_000_000))
        kinds = {"sqlite": lambda: open_database(f"{folder}/desk{next(numbers)}.db")}
        if url is not None:
            kinds["postgresql"] = lambda: emptied(url)
        yield kinds


def emptied(url: str) -> Database:
    """Return a server's database, emptied."""
    with connect(url) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return open_database(url)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or one JSON document."""
    options = parse(arguments)
    document: dict[str, Any] = {"machine": platform.platform(), "reviews": options.reviews}
    with stores(options) as kinds:
        for kind, fresh in kinds.items():
            if options.soak:
                with fresh() as database:
                    document[kind] = asdict(soak(database, options.people, options.soak))
            else:
                cases, reads = cases_on(fresh, options)
                document[kind] = [asdict(one) for one in cases]
                document[f"{kind}_reads"] = {name: asdict(one) for name, one in reads.items()}
    if options.as_json:
        print(json.dumps(document))
    else:
        tell(document, soaked=bool(options.soak))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--reviews", type=int, default=100_000)
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--postgres", help="a database that may be emptied; - for none")
    parser.add_argument("--soak", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--people", type=int, default=50)
    return parser.parse_args(arguments)


def tell(document: dict[str, Any], *, soaked: bool) -> None:
    """Print the document for people."""
    for kind in ("sqlite", "postgresql"):
        if kind not in document:
            print(f"{kind}: not measured")
        elif soaked:
            figures = ", ".join(f"{name} {value}" for name, value in document[kind].items())
            print(f"{kind}: {figures}")
        else:
            for case in document[kind]:
                calls = "; ".join(in_words(case, call) for call in ("claim", "submit"))
                print(f"{kind:10} {case['name']:8} {calls}; first claim {case['first_ms']:.2f} ms")
            for name, took in document[f"{kind}_reads"].items():
                print(f"{kind:10} {name:8} p50 {took['p50']:.2f} p99 {took['p99']:.2f} ms")


def in_words(case: dict[str, Any], call: str) -> str:
    """Return the times of one kind of call for people."""
    took, ratio = case[call], case["ratio"][f"{call}_p99"]
    return (
        f"{call} p50 {took['p50']:.2f} p99 {took['p99']:.2f} (x{ratio:.2f}) "
        f"cpu {took['cpu_p50']:.2f} {took['cpu_p99']:.2f}"
    )


if __name__ == "__main__":
    main()
