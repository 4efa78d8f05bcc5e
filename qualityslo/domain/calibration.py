"""Calibrations: what a grader's score has meant, by what people said of the same answers.

A calibration is a fact: appended once, of one grader's version and one rubric, in force for runs
that begin after it was stored. It orders and raises alarms and feeds `calibrated_mean`; it is
never the truth, and no estimate rests on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.combine import Probabilities, mean_probability
from qualityslo.domain.golden import Json
from qualityslo.stats.calibration import ScoreMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a calibration is about; a change of any part starts a new series (design 5.7)."""

    service: str
    golden: str
    criterion: str
    grader: str
    version: str
    rubric_hash: str


class Skill(StrEnum):
    """What the labels say of a grader; only a calibrated one has a say in `calibrated_mean`."""

    CALIBRATED = "calibrated"
    NO_SKILL = "no_skill"  # its scores may order answers no better than chance
    TOO_FEW_LABELS = "too_few_labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted map of one series, with the nights and labels behind it.

    `first_slot` and `last_slot` are the nights whose labels it rests on: the reference against
    which later nights are watched. `restarts` says that it was ordered as a new reference.
    `figures` holds everything reported, for the record.
    """

    id: str
    series: Series
    skill: Skill
    score_map: ScoreMap
    labels: int
    labels_digest: str
    first_slot: datetime
    last_slot: datetime
    created_at: datetime
    restarts: bool = False
    figures: Mapping[str, Json] = field(default_factory=dict)


def in_force(
    calibrations: Sequence[Calibration], criterion: str, grader: str, version: str
) -> tuple[Calibration, ...]:
    """Return the latest calibration of one grader's version under each rubric.

    Args:
        calibrations: of one service and golden set, oldest first.
        criterion: what is judged.
        grader: by whom.
        version: calibrations of other versions are not applied.
    """
    latest: dict[str, Calibration] = {}
    for one in calibrations:
        series = one.series
        if (series.criterion, series.grader, series.version) == (criterion, grader, version):
            latest[series.rubric_hash] = one
    return tuple(latest.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderScores:
    """One grader's word on all answers of a model: scores, NaN where it gave none, and flags."""

    criterion: str
    grader: str
    version: str
    scores: NDArray[np.float64]
    flagged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedScores:
    """One grader's scores of all answers, NaN where it gave none, with the calibration in force."""

    calibration: Calibration
    scores: NDArray[np.float64]

    def bad_probabilities(self) -> NDArray[np.float64]:
        """Return the calibrated probability of bad, NaN where there is no score."""
        return 1.0 - self.calibration.score_map.apply(self.scores)


def bad_probability(
    rows: Sequence[CalibratedScores], rubric_hash: str, size: int
) -> Probabilities:
    """Return the mean calibrated probability of bad over the graders of one criterion.

    Args:
        rows: the graders with a calibration in force.
        rubric_hash: that of the criterion; calibrations under another rubric are left out.
        size: number of answers.

    Returns:
        Shape (size,), NaN where no such grader gave a score.
    """
    fitting = [
        one
        for one in rows
        if one.calibration.series.rubric_hash == rubric_hash
        and one.calibration.skill is Skill.CALIBRATED
    ]
    return mean_probability([one.bad_probabilities() for one in fitting], size)
