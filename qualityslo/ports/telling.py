"""The seams of what is told: to people, and to the programs that people look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qualityslo.domain.facts import GradeRow
from qualityslo.domain.golden import Json
from qualityslo.domain.label import Label
from qualityslo.domain.report import Report
from qualityslo.domain.review import Review


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedAnswer:
    """One answer of a review, with what is said of it.

    `labels` are those that stand, in the order of their coming; there are none where nobody has
    looked, or where all were revoked. `grades` are by role, of the criteria that people judge.
    """

    review: Review
    arm: str
    labels: tuple[Label, ...]
    grades: Mapping[str, tuple[GradeRow, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRun:
    """All reviewed answers of a run; `answers_of` is the run that gave them, its own or another."""

    run_id: str
    answers_of: str
    service: str
    answers: tuple[ReviewedAnswer, ...]


class FeedbackRecorder(Protocol):
    """Knows where people look at single answers: mirrors labels and verdicts there."""

    @property
    def feedback_target(self) -> str:
        """Name of the outbox lane."""
        ...

    def record_feedback(self, run: ReviewedRun) -> None:
        """Bring what is shown of a run's answers up to date; twice changes nothing.

        Raises on any failure, within seconds.
        """
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
