"""Several graders of one criterion, one verdict: the rules that a spec may declare."""

from enum import StrEnum
from typing import assert_never


class Combination(StrEnum):
    """How the verdicts of a criterion's graders on one answer become one."""

    ANY_BAD = "any_bad"
    MAJORITY = "majority"
    CALIBRATED_MEAN = "calibrated_mean"

    @property
    def in_words(self) -> str:
        """The rule, with what it does where a grader came to no conclusion."""
        match self:
            case Combination.ANY_BAD:
                return (
                    "bad where any grader says bad; else unknown where any came to no conclusion"
                )
            case Combination.MAJORITY:
                return (
                    "what more than half of all graders say; unknown on a tie, and where those "
                    "that came to no conclusion could turn it"
                )
            case Combination.CALIBRATED_MEAN:
                return (
                    "bad where the mean of the calibrated probabilities is at least 0.5; graders "
                    "without a calibration in force, or without a conclusion, are left out; "
                    "unknown where none is left; any_bad while no grader is calibrated"
                )
            case _:
                assert_never(self)


ALARM_IN_WORDS = (
    "an item is in the alarm stratum where, under any human criterion and on either model, any "
    "grader says bad, came to no conclusion or disagrees with another, or where the mean of the "
    "calibrated probabilities of bad, of calibrations stored before the run began, is at least 0.5"
)
