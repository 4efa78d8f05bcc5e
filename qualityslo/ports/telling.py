"""The seams of what is told: to people, and to the programs that people look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qualityslo.domain.golden import Json
from qualityslo.domain.report import Report


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
