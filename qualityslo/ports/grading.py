"""The seams of what is known of graders: calibrations, and verdicts kept for later nights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qualityslo.domain.calibration import Calibration, GraderScores, Series
from qualityslo.domain.grader_summary import GraderCount
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Verdict


class CalibrationStore(Protocol):
    """Knows the calibrations: appended once, never changed, read as of an instant."""

    def append_calibration(self, calibration: Calibration) -> None:
        """Store a calibration; one that is there already is left as it is."""
        ...

    def calibrations(self, service: str, golden: str, as_of: datetime) -> list[Calibration]:
        """Return the calibrations of a golden set stored by an instant, oldest first."""
        ...

    def grader_counts(self, run_id: str) -> list[GraderCount]:
        """Return what every grader of a run said, counted by golden set, role and criterion."""
        ...

    def grader_scores(self, run_id: str, role: Role, series: Series) -> GraderScores | None:
        """Return one grader's word on a role's answers, aligned with `FactStore.columns`.

        None where this version of it judged none of them; the series' rubric is not looked at.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """How many answers a run asked the cache about, and how many verdicts it knew."""

    golden: str
    criterion: str
    grader: str
    asked: int
    known: int


class GradeCache(Protocol):
    """Knows verdicts given before, by the digest of all they follow from; never why there was none."""

    def known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """Return the verdicts that are known of some keys."""
        ...

    def keep(self, run_id: str, version: str, use: CacheUse, new: Mapping[str, Verdict]) -> None:
        """Store new verdicts of a grader by key, and how much the cache helped with the batch."""
        ...

    def uses(self, run_id: str, as_of: datetime) -> list[CacheUse]:
        """Return a run's use of the cache, one row a golden set, criterion and grader."""
        ...
