"""The seams, on one page: what the use cases need from the world, in their own words.

Adapters satisfy these by shape. Calls work on batches; concurrency and devices stay inside.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.draw import Draw
from qualityslo.domain.evidence import AnswerColumns
from qualityslo.domain.facts import CosineRow, GradeRow, OutboxEntry, RunRow
from qualityslo.domain.golden import GoldenItem, GoldenSet, Json
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.label import Label
from qualityslo.domain.outcome import Outcome, Response
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.domain.review import Review, SampleRow
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade

T = TypeVar("T")
R = TypeVar("R")


class Model(Protocol):
    """Knows how to answer golden items."""

    @property
    def identity(self) -> ModelIdentity:
        """What this model is; known before it is started, and part of the run's name."""
        ...

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item, in whatever order they arrive.

        Pulls items only as fast as it asks them. A model that fails on an item yields a
        `Failure`; `ModelError` is for a model that cannot work at all.
        """
        ...

    def close(self) -> None:
        """Release what the model holds; may be called twice, or before `answer`."""
        ...


class Grader(Protocol):
    """Knows how to judge one criterion."""

    @property
    def name(self) -> str:
        """Name as in the spec."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever a verdict on the same answer could."""
        ...

    @property
    def criterion(self) -> str:
        """The criterion it judges when none is given in the card."""
        ...

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return one grade an answer, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Embeddings of n texts: (n, d), rows of length 1; `cut` marks texts longer than is read."""

    vectors: NDArray[np.float32]
    cut: NDArray[np.bool_]


class Embedder(Protocol):
    """Knows how to turn texts into vectors."""

    @property
    def name(self) -> str:
        """Model and precision; part of the run's name."""
        ...

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Return one vector a text; no text is empty."""
        ...


class GoldenSource(Protocol):
    """Knows where golden items come from."""

    def describe(self) -> GoldenSet:
        """Read and check the whole set; raise `GoldenSetError` naming every fault."""
        ...

    def items(self) -> Iterator[GoldenItem]:
        """Yield the items in the set's order, again from the start at every call."""
        ...


class FactStore(Protocol):
    """Knows the facts: appended once, never changed, read as of an instant."""

    def begin(self, plan: Plan) -> RunRow:
        """Open the plan's run, or return it as it stands."""
        ...

    def begin_release(self, base: str) -> RunRow:
        """Open the release draw of a finished run, or return it as it stands."""
        ...

    def conclude(self, run_id: str, report: Report) -> None:
        """Append a conclusion of a run; the first one finishes it and stays its own."""
        ...

    def conclusions(self, run_id: str) -> list[Mapping[str, Json]]:
        """Return a run's reports as JSON, oldest first."""
        ...

    def run(self, run_id: str) -> RunRow | None:
        """Return a run, or None."""
        ...

    def runs(self, service: str | None = None, kind: str | None = None) -> list[RunRow]:
        """Return all runs by slot and attempt."""
        ...

    def append_items(self, run_id: str, golden: str, items: Sequence[GoldenItem]) -> None:
        """Store planned items in order; known ones are left as they are."""
        ...

    def answered(self, run_id: str, golden: str, role: Role) -> frozenset[str]:
        """Return the ids of the items that have an outcome."""
        ...

    def append_outcomes(
        self, run_id: str, golden: str, role: Role, outcomes: Sequence[Outcome]
    ) -> None:
        """Store outcomes in one transaction."""
        ...

    def responses(
        self, run_id: str, golden: str, role: Role, item_ids: Sequence[str]
    ) -> dict[str, Response]:
        """Return the responses (not the failures) to some items."""
        ...

    def graded(
        self, run_id: str, golden: str, role: Role, item_ids: Sequence[str]
    ) -> set[tuple[str, str, str]]:
        """Return which (item, criterion, grader) have a grade."""
        ...

    def append_grades(
        self, run_id: str, golden: str, role: Role, rows: Sequence[GradeRow]
    ) -> None:
        """Store grades in one transaction."""
        ...

    def compared(self, run_id: str, golden: str, item_ids: Sequence[str]) -> set[str]:
        """Return which items have a similarity row."""
        ...

    def append_cosines(self, run_id: str, golden: str, rows: Sequence[CosineRow]) -> None:
        """Store similarities in one transaction."""
        ...

    def columns(self, run_id: str, golden: str, role: Role) -> AnswerColumns:
        """Return all planned items with what is known of their answers, aligned."""
        ...

    def cosines(self, run_id: str, golden: str) -> list[CosineRow]:
        """Return the similarities in the set's order."""
        ...

    def item_rows(self, run_id: str) -> Iterator[dict[str, Json]]:
        """Yield one flat row an item and role, for the per-item artifact and the examples."""
        ...


class ReviewQueue(Protocol):
    """Knows the reviews and the labels."""

    def offer(self, run_id: str, golden: str, draw: Draw, reviews: Sequence[Review]) -> None:
        """Store a draw with its reviews; a draw that is there already is left as it is."""
        ...

    def draw(self, run_id: str, golden: str) -> Draw | None:
        """Return the draw of a run, or None where there was none."""
        ...

    def sample(self, run_id: str, golden: str, as_of: datetime) -> list[SampleRow]:
        """Return the drawn items in their order, with what had been looked at by an instant."""
        ...

    def reviews(self, service: str | None = None, run_id: str | None = None) -> list[Review]:
        """Return reviews by slot, golden set and position."""
        ...

    def labels(self, service: str, golden: str, as_of: datetime) -> list[Label]:
        """Return the admissible labels of a golden set recorded by an instant."""
        ...

    def labels_of(self, review_ids: Sequence[str]) -> list[Label]:
        """Return the labels of some reviews."""
        ...

    def append_labels(self, labels: Sequence[Label]) -> int:
        """Store labels in one transaction; return how many were new."""
        ...


class Outbox(Protocol):
    """Knows what has still to be told to the outside world."""

    def put(self, target: str, payload: Mapping[str, Json], dedupe_key: str) -> None:
        """Add an entry once per key."""
        ...

    def waiting(self, target: str) -> list[OutboxEntry]:
        """Return what waits, oldest first."""
        ...

    def done(self, entry: OutboxEntry) -> None:
        """Mark an entry as told."""
        ...

    def failed(self, entry: OutboxEntry, error: str) -> None:
        """Note a failed attempt; the entry keeps waiting."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a tracker is told of a run: the report as JSON, files, per-item rows on demand."""

    run_id: str
    report: Mapping[str, Json]
    files: tuple[Path, ...]
    step: int
    item_rows: Callable[[], Iterator[dict[str, Json]]]


class Recorder(Protocol):
    """Knows where people look: mirrors a report to a tracker. Never read back."""

    @property
    def target(self) -> str:
        """Name of the outbox lane."""
        ...

    def record(self, recording: Recording) -> None:
        """Mirror a report; twice changes nothing. Raises on any failure, within seconds."""
        ...


class Exporter(Protocol):
    """Knows how to write a report for somebody."""

    @property
    def name(self) -> str:
        """Name as in the spec."""
        ...

    def export(self, report: Report, folder: Path) -> Path:
        """Write the report into a folder and return the file."""
        ...


class Engine(Protocol):
    """Knows where batches run."""

    def map(self, work: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the batches."""
        ...


class Progress(Protocol):
    """Knows how to show how far a step is."""

    def start(self, step: str, total: int) -> None:
        """Begin a step of so many items."""
        ...

    def advance(self, done: int, failed: int = 0) -> None:
        """Note items done, and how many of them failed."""
        ...

    def finish(self) -> None:
        """End the step."""
        ...
