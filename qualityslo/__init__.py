"""qualityslo: service level objectives for the quality of LLM services."""

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Failure, Response, Timing, Usage
from qualityslo.domain.verdict import Answer, Ungraded, UngradedReason, Verdict
from qualityslo.errors import QualitySloError

__all__ = [
    "Answer",
    "Ending",
    "Failure",
    "GoldenItem",
    "ModelIdentity",
    "QualitySloError",
    "Response",
    "Timing",
    "Ungraded",
    "UngradedReason",
    "Usage",
    "Verdict",
]
