"""Plans, items and databases for the tests of the store: each runs on SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.facts import GradeRow
from qualityslo.domain.golden import Criterion, GoldenItem, GoldenSet
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Response, Timing, Usage
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule, Plan
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import ExitCode
from qualityslo.ports import FactStore, Outbox, ReviewQueue
from qualityslo.store.database import Database, connect, open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.outbox import SqlOutbox
from qualityslo.store.reviews import SqlReviewQueue
from tests.postgres import throwaway_server

SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)


def plan_for(service: str = "shop", *, slot: datetime = SLOT, attempt: int = 1) -> Plan:
    """Return a plan of one golden set, `faq`, with two models."""
    golden = GoldenSet(
        name="faq",
        location="golden/faq",
        items=3,
        digest="d" * 64,
        criteria=(Criterion(name="correctness", graders=("exact",), rubric="Is it right?"),),
    )
    return Plan(
        service=service,
        slot=slot,
        models={
            Role.BASELINE: ModelIdentity(kind="recorded", name="prod"),
            Role.CANDIDATE: ModelIdentity(kind="recorded", name="next"),
        },
        goldens=(golden,),
        graders={},
        slos=(),
        gate=GateRule(),
        review=ReviewRule(),
        estimation=EstimationRule(),
        deadline=DeadlineRule(),
        seed=7,
        code_version="0.1.0",
        attempt=attempt,
    )


def report_of(plan: Plan, *, as_of: datetime, code: ExitCode = ExitCode.PASS) -> Report:
    """Return a report that concludes nothing but its exit code."""
    return Report(
        run_id=plan.run_id,
        kind="nightly",
        service=plan.service,
        slot=plan.slot,
        as_of=as_of,
        revision=plan.revision,
        conclusion=f"exit {int(code)}",
        next_step="",
        exit_code=code,
        goldens=(),
        roles=(),
        slis=(),
        slos=(),
        gate=None,
        drift=(),
        reviews=(),
        examples=(),
    )


def items_of(count: int, *, prefix: str = "q") -> list[GoldenItem]:
    """Return items `q0`, `q1`, ... of two topics."""
    return [
        GoldenItem(
            id=f"{prefix}{at}",
            question=f"question {at}?",
            references=(f"answer {at}",),
            slices={"topic": "tax" if at % 2 else "law"},
        )
        for at in range(count)
    ]


def response_to(item: GoldenItem, text: str | None = None) -> Response:
    """Return a response with everything observed."""
    return Response(
        item_id=item.id,
        ending=Ending.ANSWERED,
        text=f"reply to {item.id}" if text is None else text,
        raw="<think>hm</think>",
        timing=Timing(ttft_s=0.25, inter_token_s=0.01, total_s=1.5),
        usage=Usage(prompt_tokens=11, completion_tokens=7),
        served_model="prod-2026",
        finish_reason="stop",
        attempts=2,
    )


GOOD = Verdict(good=True, score=1.0, rationale="as it should be")
BAD = Verdict(good=False, score=0.25, rationale="it says 3, not 4")
UNGRADED = Ungraded(reason=UngradedReason.NO_CONTEXT, detail="no context")


def grade_row(
    item_id: str, grade: Grade, *, criterion: str = "correctness", grader: str = "exact"
) -> GradeRow:
    """Return one grade."""
    return GradeRow(item_id=item_id, criterion=criterion, grader=grader, version="1", grade=grade)


def hostile_text() -> st.SearchStrategy[str]:
    """Return texts with any character, and often with one that no database takes."""
    anything = st.characters(exclude_categories=())
    return st.text(
        anything | st.sampled_from("\x00\ud800\udfff\u202e\u2028\U0001f680"), max_size=30
    )


@dataclass
class Clock:
    """A clock that moves one minute at every look."""

    now: datetime = field(default=SLOT + timedelta(hours=1))

    def __call__(self) -> datetime:
        """Return the next minute."""
        self.now += timedelta(minutes=1)
        return self.now


@dataclass(frozen=True, kw_only=True)
class Store:
    """The three adapters over one database."""

    database: Database
    clock: Clock
    facts: FactStore
    queue: ReviewQueue
    outbox: Outbox

    def begun(self, items: Sequence[GoldenItem] = (), *, plan: Plan | None = None) -> str:
        """Begin a run with planned items and return its id."""
        run = self.facts.begin(plan or plan_for())
        self.facts.append_items(run.run_id, "faq", items)
        return run.run_id

    def answered(self, items: Sequence[GoldenItem]) -> str:
        """Begin a run in which the baseline has answered all items, and return its id."""
        run_id = self.begun(items)
        answers = [response_to(item) for item in items]
        self.facts.append_outcomes(run_id, "faq", Role.BASELINE, answers)
        return run_id


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the URL of a real PostgreSQL database that tests may empty."""
    with throwaway_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """Return the URL of an empty PostgreSQL database."""
    with connect(postgres) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty place for a store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'facts.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return the adapters over a new database."""
    clock = Clock()
    with open_database(database_url) as database:
        yield Store(
            database=database,
            clock=clock,
            facts=SqlFactStore(database, clock),
            queue=SqlReviewQueue(database, clock),
            outbox=SqlOutbox(database, clock),
        )
