"""A laboratory: a service with fake models and graders over a real SQLite store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import GoldenItem, GoldenSet
from qualityslo.domain.identity import GraderIdentity
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule, Plan
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Measure, Role, Sli
from qualityslo.domain.slo import Slo
from qualityslo.engine.local import LocalEngine
from qualityslo.jobs.nightly import run_nightly
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Grader
from qualityslo.store.database import open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.outbox import SqlOutbox
from qualityslo.store.reviews import SqlReviewQueue
from tests.fakes import (
    START,
    FakeClock,
    FakeEmbedder,
    FakeExporter,
    FakeGrader,
    FakeModel,
    FakeProgress,
    FakeRecorder,
    FakeSource,
    answers,
    golden_set,
    good_if,
    items,
)

DAY = timedelta(days=1)


@dataclass
class Lab:
    """One service over one store, night after night."""

    folder: Path
    golden: GoldenSet
    rows: Sequence[GoldenItem]
    models: dict[Role, FakeModel]
    graders: Mapping[str, Sequence[Grader]]
    clock: FakeClock = field(default_factory=FakeClock)
    recorder: FakeRecorder = field(default_factory=FakeRecorder)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    review: ReviewRule = field(default_factory=ReviewRule)
    slos: tuple[Slo, ...] = ()
    seed: int = 7

    def parts(self) -> Parts:
        """Return parts with a store that is opened anew, as a new process would."""
        database = open_database(f"sqlite:///{self.folder / 'facts.db'}")
        return Parts(
            models=self.models,
            sources={self.golden.name: FakeSource(self.golden, self.rows)},
            graders={self.golden.name: self.graders},
            embedder=self.embedder,
            store=SqlFactStore(database, self.clock),
            queue=SqlReviewQueue(database, self.clock),
            outbox=SqlOutbox(database, self.clock),
            recorder=self.recorder,
            exporters=[FakeExporter()],
            engine=LocalEngine(),
            progress=FakeProgress(),
            folder=self.folder / "runs",
        )

    def plan(self, slot: datetime = START) -> Plan:
        """Return the plan of a slot."""
        return Plan(
            service="shop",
            slot=slot,
            models={role: model.identity for role, model in self.models.items()},
            goldens=(self.golden,),
            graders={
                self.golden.name: tuple(
                    GraderIdentity(name=one.name, version=one.version, criterion=criterion)
                    for criterion, found in self.graders.items()
                    for one in found
                )
            },
            slos=self.slos or default_slos(self.golden),
            gate=GateRule(),
            review=self.review,
            estimation=EstimationRule(),
            deadline=DeadlineRule(),
            seed=self.seed,
            code_version="test",
            embedder="fake-embedder",
            expected_slots=tuple(slot - n * DAY for n in range(29, -1, -1)),
        )

    def run(self, slot: datetime = START) -> Report:
        """Run a night to its end."""
        return run_nightly(self.plan(slot), self.parts(), self.clock)

    def another_model(self, role: Role, rule: Callable[[GoldenItem], str]) -> None:
        """Let a role answer by another rule, under the same name."""
        self.models[role] = replace(self.models[role], rule=answers(rule), asked=[])


def default_slos(golden: GoldenSet) -> tuple[Slo, ...]:
    """Return an SLO a criterion, availability and drift."""
    slis = [Sli(name=one.name, criterion=one.name) for one in golden.criteria]
    slis.append(Sli(name="availability", measure=Measure.AVAILABILITY))
    slis.append(Sli(name="similarity", measure=Measure.DRIFT, at_least=0.85))
    return tuple(
        Slo(name=sli.name, sli=sli, golden=golden.name, target=0.9, window=30 * DAY)
        for sli in slis
    )


def mostly_right(bad_every: int) -> Callable[[GoldenItem], str]:
    """Return a rule that is wrong on every n-th item."""
    return lambda item: "wrong" if int(item.id[1:]) % bad_every == 0 else "right"


wrong_on_tens = mostly_right(10)
wrong_on_sixes = mostly_right(6)


@pytest.fixture
def make_lab(tmp_path: Path) -> Callable[..., Lab]:
    """Return a builder of laboratories: 60 items, baseline wrong on every 10th, candidate on every 6th."""

    def build(
        *,
        count: int = 60,
        human: Sequence[str] = ("correctness",),
        definition: Sequence[str] = (),
        baseline: Callable[[GoldenItem], str] = wrong_on_tens,
        candidate: Callable[[GoldenItem], str] | None = wrong_on_sixes,
        review: ReviewRule | None = None,
    ) -> Lab:
        rows = items(count)
        golden = golden_set("faq", rows, human=human, definition=definition)
        models = {Role.BASELINE: FakeModel(answers(baseline), name="old")}
        if candidate is not None:
            models[Role.CANDIDATE] = FakeModel(answers(candidate), name="new")
        graders = {one.name: [FakeGrader(one.name, good_if("right"))] for one in golden.criteria}
        return Lab(
            folder=tmp_path,
            golden=golden,
            rows=rows,
            models=models,
            graders=graders,
            review=review or ReviewRule(),
        )

    return build


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """Return the usual laboratory."""
    return make_lab()
