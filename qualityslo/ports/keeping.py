"""The seams of what is kept: facts, reviews and labels, and what has still to be told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qualityslo.domain.draw import Draw
from qualityslo.domain.evidence import AnswerColumns
from qualityslo.domain.facts import CosineRow, GradeRow, OutboxEntry, RunRow
from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.label import Label
from qualityslo.domain.outcome import Ending, Outcome, Response
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.domain.review import Review, SampleRow
from qualityslo.domain.sli import Role


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

    def ungraded(
        self,
        run_id: str,
        golden: str,
        role: Role,
        endings: Collection[Ending],
        graders: Collection[tuple[str, str]],
    ) -> int:
        """Return how many responses that ended so lack the grade of a (criterion, grader)."""
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
        """Yield one flat row an item and role, for the per-item artifact."""
        ...

    def some_item_rows(
        self, run_id: str, golden: str, item_ids: Sequence[str]
    ) -> list[dict[str, Json]]:
        """Return the rows of some items of a golden set, in the set's order."""
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
        """Return the admissible labels of a golden set recorded, and not revoked, by an instant."""
        ...

    def labels_of(self, review_ids: Sequence[str], as_of: datetime | None = None) -> list[Label]:
        """Return the labels of some reviews that stand now, or stood at an instant."""
        ...

    def label_counts(self, service: str) -> dict[str, tuple[int, int]]:
        """Return by run how many labels its reviews got, and how many of them were revoked."""
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
