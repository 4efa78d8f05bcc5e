"""What a grader concludes about one answer: a verdict, or the typed reason why there is none."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One item and one model's response to it: what a grader is given."""

    item: GoldenItem
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Good or bad, with a score in [0, 1] (1 is best) and a sentence of why for people.

    Raises:
        ValueError: the score is not a number in [0, 1].
    """

    good: bool
    score: float
    rationale: str = ""

    def __post_init__(self) -> None:
        """Refuse a score that is no score."""
        if not (math.isfinite(self.score) and 0.0 <= self.score <= 1.0):
            raise ValueError(f"a verdict's score is a number in [0, 1], not {self.score!r}")


class UngradedReason(StrEnum):
    """Why a grader came to no conclusion."""

    NO_REFERENCE = "no_reference"
    INVALID_REFERENCE = "invalid_reference"
    NO_CONTEXT = "no_context"
    NOT_APPLICABLE = "not_applicable"
    TRUNCATED = "truncated"
    UNPARSEABLE = "unparseable"
    GRADER_ERROR = "grader_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungraded:
    """No conclusion: unknown, never bad and never good."""

    reason: UngradedReason
    detail: str = ""


Grade: TypeAlias = Verdict | Ungraded
