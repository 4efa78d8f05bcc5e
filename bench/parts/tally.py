"""Counting how often intervals hold what they are about, and how wide they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qualityslo.stats import Estimate

_ROUNDING = 1e-12


@dataclass(slots=True)
class Tally:
    """How often intervals held and how wide they were; one row a night (or a single one)."""

    rows: int
    low_missed: NDArray[np.int64] = field(init=False)
    high_missed: NDArray[np.int64] = field(init=False)
    width: NDArray[np.float64] = field(init=False)
    seen: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Start at nothing seen."""
        self.low_missed, self.high_missed, self.seen = (
            np.zeros(self.rows, dtype=np.int64) for _ in range(3)
        )
        self.width = np.zeros(self.rows)

    def add(self, row: int, estimate: Estimate, truth: float) -> None:
        """Count one interval against the rate it is about."""
        self.seen[row] += 1
        self.low_missed[row] += estimate.low > truth + _ROUNDING
        self.high_missed[row] += estimate.high < truth - _ROUNDING
        self.width[row] += estimate.high - estimate.low

    def coverage(self) -> NDArray[np.float64]:
        """Return the share of intervals that held the rate, by row."""
        covered: NDArray[np.float64] = 1 - (self.low_missed + self.high_missed) / self.seen
        return covered

    def summary(self, shown: Sequence[int]) -> dict[str, Any]:
        """Return the figures of a report; `shown` are the rows whose widths are listed."""
        coverage, widths = self.coverage(), self.width / self.seen
        total = self.seen.sum()
        return {
            "coverage": float(1 - (self.low_missed + self.high_missed).sum() / total),
            "lowest_coverage": float(coverage.min()),
            "lowest_at": int(coverage.argmin()) + 1,
            "missed_low": float(self.low_missed.sum() / total),
            "missed_high": float(self.high_missed.sum() / total),
            "widths": [float(widths[row]) for row in shown],
            "coverage_by_row": [float(value) for value in coverage],
        }
