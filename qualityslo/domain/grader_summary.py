"""What a report says of the graders: how much they judged and flagged, and how far that is calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass

from qualityslo.domain.calibration import Calibration, Series, Skill, in_force
from qualityslo.domain.sli import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderCount:
    """What one grader said of one model's answers to one golden set, counted.

    `between` are verdicts with a score strictly between 0 and 1.
    """

    golden: str
    role: Role
    criterion: str
    grader: str
    version: str
    graded: int
    flagged: int
    ungraded: int
    between: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderSummary:
    """One grader's night: counts, the calibration in force, and how much the cache helped.

    `share_flagged` is of the graded answers, None without any; so is `flip_rate`, the share of
    verdicts on which a grader that asks several times contradicted itself, None where it asks
    once. `cache_asked` and `cache_known`
    count answers over all roles; both are 0 for a grader without a cache.
    """

    count: GraderCount
    share_flagged: float | None
    calibration: str
    flip_rate: float | None = None
    cache_asked: int = 0
    cache_known: int = 0


def calibration_in_words(known: Sequence[Calibration], series: Series) -> str:
    """Return which calibration of a series is in force, or why none is.

    Args:
        known: the calibrations of the golden set that were stored before the run, oldest first.
        series: grader, version and rubric as they are now.
    """
    found = in_force(known, series.criterion, series.grader, series.version)
    mine = [one for one in found if one.series.rubric_hash == series.rubric_hash]
    if mine and mine[0].skill is Skill.CALIBRATED:
        one = mine[0]
        return (
            f"{one.id} of {one.created_at:%Y-%m-%d}: {one.score_map.method}, {one.labels} labels"
        )
    if mine:
        return f"none in force: no skill shown by {mine[0].labels} labels"
    if any(
        (one.series.criterion, one.series.grader) == (series.criterion, series.grader)
        for one in known
    ):
        return "none in force: the last one is of another version or rubric"
    return "none"
