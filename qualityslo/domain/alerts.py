"""Alerts: what each one says, of whose rate, and the evidence it asks for before it says so.

Statistical rules: `docs/statistics.md`, Nightly looks. A budget factor may stand on top of one, it
never stands alone: over some factor the point is in up to 89 % of quarters that kept the budget.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from qualityslo.domain.burn import BurnCondition
from qualityslo.errors import UsageError
from qualityslo.stats import WINDOW_CONFIDENCE, Frame

LOOKS_A_QUARTER = 90
MOST_FALSE = 0.1  # false alarms a quarter that the rules of one alert may add up to


class AlertSeverity(StrEnum):
    """Whom it reaches: somebody now, or a queue."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerLimit:
    """The slot's lower limit (`stats.alert_interval`) is above the budget, some slots running.

    A false alarm takes a miss on every one of them: at most 90 x tail^running a quarter, for the
    set by construction, for the traffic as far as its nights are independent.

    Attributes:
        tail: probability that one limit misses.
        running: slots in a row; those without a result are passed over.
        frame: whose rate is above the budget.
        looks: stages in which a slot's labels are looked at; each has its share of the tail.

    Raises:
        UsageError: more false alarms a quarter than any rule of ours allows.
    """

    tail: float
    running: int = 1
    frame: Frame = "golden_set"
    looks: int = 1

    def __post_init__(self) -> None:
        """Refuse what would ring falsely quarter after quarter."""
        if self.running < 1 or self.looks < 1 or not 0 < self.tail < 0.5:
            raise UsageError(f"{self!r}: give a tail in (0, 0.5), and slots and looks from 1 on")
        if self.expected_false > MOST_FALSE:
            raise UsageError(
                f"a lower limit of {100 * (1 - self.tail):g} % above the budget on {self.running} "
                f"slot(s) running may ring falsely {self.expected_false:.2g} times a quarter. "
                "'Point above a factor and 97.5 % lower bound above 1' did so in up to 88 % of "
                "quarters that kept the budget (target 0.90; 59 to 64 % at 0.95 to 0.99), measured "
                "on 500 items with 40 labels a night; use tail=0.001, or tail=0.025 on 2 slots "
                "running"
            )

    @property
    def expected_false(self) -> float:
        """The most false alarms of a quarter, by the union bound."""
        return (LOOKS_A_QUARTER - self.running + 1) * self.tail**self.running


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLimit:
    """The window's lower limit is above the budget, and so is the last slot: slow, population.

    Measured: at most 0.033 false alarms a quarter at a rate exactly at the budget.
    """

    confidence: float = WINDOW_CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulated:
    """The evidence of all slots so far (`stats.EDetector`) reaches a threshold: slow, this set.

    At most 90 / threshold false alarms a quarter by construction.
    """

    threshold: float = 900.0


Evidence = LowerLimit | WindowLimit | Accumulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of an SLO.

    Attributes:
        name: of the alert, unique in its SLO.
        severity: page or ticket.
        evidence: what must be shown of the rate.
        burn: what must have been lost of the budget as well; None for nothing further.

    Raises:
        UsageError: a pooled look-back with evidence that is not about pooled events.
    """

    name: str
    severity: AlertSeverity
    evidence: Evidence
    burn: BurnCondition | None = None

    def __post_init__(self) -> None:
        """Refuse pooled events judged by what is about single slots."""
        if self.pooled and not isinstance(self.evidence, LowerLimit):
            raise UsageError(
                f"alert {self.name!r} adds up events over {self.burn!r}; give it the evidence of "
                "a LowerLimit, which is then taken of all events of the long look-back"
            )

    @property
    def pooled(self) -> bool:
        """Whether events are added up over the slots of a look-back."""
        return self.burn is not None and self.burn.pooled

    @property
    def frame(self) -> Frame:
        """Whose rate it speaks of: `golden_set`, these items; `traffic`, the population's."""
        match self.evidence:
            case LowerLimit(frame=frame):
                return frame
            case WindowLimit():
                return "traffic"
            case Accumulated():
                return "golden_set"
            case _:
                assert_never(self.evidence)

    @property
    def whose(self) -> str:
        """Whose rate it speaks of, in words."""
        return "this set's rate" if self.frame == "golden_set" else "the population rate"

    def in_words(self) -> str:
        """Return the rule as one clause, whose rate it is about included."""
        rule = f"{_evidence_in_words(self.evidence)} ({self.whose})"
        if self.burn is None:
            return rule
        slots = f"{self.burn.long} slot" + ("s" if self.burn.long > 1 else "")
        return (
            f"burn above {self.burn.factor:.4g} over {slots} ({100 * self.burn.fraction:g} % of the "
            f"budget) and over the last {self.burn.short}, and {rule}"
        )


def _evidence_in_words(evidence: Evidence) -> str:
    match evidence:
        case LowerLimit(tail=tail, running=running):
            times = "" if running == 1 else f" on {running} slots running"
            return f"{100 * (1 - tail):g} % lower limit above the budget{times}"
        case WindowLimit(confidence=confidence):
            return f"{100 * (1 + confidence) / 2:g} % lower limit of the window above the budget"
        case Accumulated(threshold=threshold):
            return f"e-detector at {threshold:g}"
        case _:
            assert_never(evidence)
