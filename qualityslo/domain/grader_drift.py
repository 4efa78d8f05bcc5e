"""Whether a grader still behaves as in the nights it was calibrated on.

Two rules watch the serving model's answers, night by night, each with its false alarms declared:
the share it flags (a change of the model, or of a judge behind an API), and how often it
disagrees with people (the grader itself).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qualityslo.stats import EDetector

SHARE_Z = 3.29  # two-sided 0.1 %
SHARE_RULE = (
    "a night's share of flagged answers against that of the calibration's nights, two-proportion "
    "z test at 0.1 %: at most one false alarm in 1,000 nights, 9 % in 90"
)
DISAGREEMENT_RULE = (
    "e-detector on the nightly rate of disagreement with people over its upper 97.5 % limit in the "
    "calibration's nights, pages at 900: a false alarm in 90 nights with at most 10 %"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderNight:
    """What one grader said of the serving model's answers on one night.

    `disagreement` is the design-weighted share of answers on which people said the opposite;
    None without labels.
    """

    slot: datetime
    graded: int
    flagged: int
    labels: int
    disagreement: float | None

    @property
    def share(self) -> float:
        """Share of flagged among graded answers; 0 where none was graded."""
        return self.flagged / self.graded if self.graded else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderDrift:
    """The nights since a reference calibration, and what the two rules make of them.

    `evidence` is the e-detector's last value. `share_alarms` and `disagreement_alarms` are the
    nights on which a rule signalled.
    """

    reference_slots: tuple[datetime, datetime]
    reference_share: float
    disagreement_limit: float
    nights: tuple[GraderNight, ...]
    share_alarms: tuple[datetime, ...]
    disagreement_alarms: tuple[datetime, ...]
    evidence: float
    rules: tuple[str, str] = (SHARE_RULE, DISAGREEMENT_RULE)

    @property
    def drifts(self) -> bool:
        """Whether any rule has signalled."""
        return bool(self.share_alarms or self.disagreement_alarms)


def grader_drift(
    reference: Sequence[GraderNight],
    since: Sequence[GraderNight],
    disagreement_limit: float,
) -> GraderDrift:
    """Watch the nights since a calibration.

    Args:
        reference: the nights that the calibration rests on, by slot; at least one.
        since: later nights, by slot.
        disagreement_limit: upper limit of the rate of disagreement in the reference nights,
            above 0.
    """
    graded = sum(one.graded for one in reference)
    flagged = sum(one.flagged for one in reference)
    detector = EDetector()
    alarms = []
    for night in since:
        if night.disagreement is not None:
            detector = detector.after(night.disagreement / disagreement_limit)
            alarms += [night.slot] if detector.pages else []
    return GraderDrift(
        reference_slots=(reference[0].slot, reference[-1].slot),
        reference_share=flagged / graded if graded else 0.0,
        disagreement_limit=disagreement_limit,
        nights=tuple(since),
        share_alarms=tuple(
            one.slot
            for one in since
            if abs(two_proportions(one.flagged, one.graded, flagged, graded)) > SHARE_Z
        ),
        disagreement_alarms=tuple(alarms),
        evidence=detector.value,
    )


def two_proportions(first: int, first_of: int, second: int, second_of: int) -> float:
    """Return the pooled z statistic of two shares; 0 where they cannot differ.

    >>> round(two_proportions(30, 100, 10, 100), 3)
    3.536
    """
    if not first_of or not second_of:
        return 0.0
    pooled = (first + second) / (first_of + second_of)
    variance = pooled * (1 - pooled) * (1 / first_of + 1 / second_of)
    if variance <= 0:
        return 0.0
    return (first / first_of - second / second_of) / math.sqrt(variance)
