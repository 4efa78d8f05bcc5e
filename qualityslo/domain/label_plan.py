"""What labels a service needs before any night: questions, needs, and one recommendation."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qualityslo.domain.draw import ReviewRule
from qualityslo.stats import EnoughLabels, Estimate, Frame, GraderQuality, Impossible, TargetGoal

_UNKNOWN_RATE = 0.05  # assumed where neither a target nor the caller says anything

Planned = EnoughLabels | Impossible


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What is not known before the labels.

    Attributes:
        rate: true bad rate; None for half of the budget of each target.
        grader: quality of one grader's verdict on one answer.
        power: chance with which a target or a margin is to be settled.
    """

    rate: float | None = None
    grader: GraderQuality = field(default_factory=GraderQuality)
    power: float = 0.8

    def rate_of(self, target: float | None) -> float:
        """Return the bad rate assumed under a target.

        Raises:
            StatsError: the target lies outside (0, 1).
        """
        if self.rate is not None:
            return self.rate
        if target is None:
            return _UNKNOWN_RATE
        return round(TargetGoal(rate=0.0, target=target).budget / 2, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One human criterion on one golden set, and what is to be shown of it.

    Attributes:
        name: of the SLO, or of the criterion where no SLO is about it.
        golden: name of the golden set.
        items: its size.
        target: required share of good; None where no SLO is about the criterion.
        margin: of the gate; None where there is no candidate.
        frame: of the gate.
        models: whose answers are judged on one form.
        criteria: human criteria of the set, all on one form.
        rule: of the night's draw.
        nights: of the SLO's window.
        confidence: of every interval.
    """

    name: str
    golden: str
    items: int
    target: float | None = None
    margin: float | None = None
    frame: Frame = "traffic"
    models: int = 1
    criteria: int = 1
    rule: ReviewRule = field(default_factory=ReviewRule)
    nights: int = 30
    confidence: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNeed:
    """What settles a target at the assumed rate.

    Attributes:
        settles: what the rate lets it come out as: `met` or `breached`.
        labels: of one night.
        own_night: from 1, on which the night's own estimate settles it at the rule's labels a
            night, with labels remembered and no answer changed.
        window_night: on which the window, on which an SLO concludes, is expected to settle it;
            None where none of its first nights is.
    """

    settles: str
    labels: Planned
    own_night: int
    window_night: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNeed:
    """What one question needs. A label is a look at one item, all answers and criteria on it.

    Attributes:
        question: what is asked.
        rate: the assumed bad rate.
        half_widths: labels of one night for intervals of these half-widths.
        target: what settles the target; None without one.
        window: bad rate as the SLO's window would show it after its first nights.
        gate: labels of one night, or of a release gate's draw, that settle the gate's margin.
        labelled_after: nights until every item is labelled, no answer changed.
        still_allowed: bad rate that so many items without one bad answer still allow, of items
            like these.
    """

    question: Question
    rate: float
    half_widths: tuple[tuple[float, Planned], ...]
    target: TargetNeed | None
    window: Estimate
    gate: Planned | None
    labelled_after: int
    still_allowed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """All needs of a service, and what to do about them."""

    assumptions: Assumptions
    needs: tuple[LabelNeed, ...]

    @property
    def recommendation(self) -> str:
        """How much to review, and what no number of labels of these sets shows: one sentence."""
        if not self.needs:
            return "No label is needed: no criterion's truth is people."
        parts = [*_about_targets(self.needs), *_about_gates(self.needs)]
        return f"{'; '.join(parts) or 'Nothing is asked of labels'}."


def _about_targets(needs: Sequence[LabelNeed]) -> list[str]:
    aimed = [
        (one.target.labels.labels, one.target, one.question)
        for one in needs
        if one.target is not None and isinstance(one.target.labels, EnoughLabels)
    ]
    if not aimed:
        return []
    labels, target, question = max(aimed, key=lambda row: row[0])
    a_night = question.rule.items_per_night
    if labels <= a_night:
        text = (
            f"{a_night} items a night are enough: {labels} settle every target in one night, "
            "at the assumed rates"
        )
    else:
        window = (
            f"the window does not in its first {question.nights} nights"
            if target.window_night is None
            else f"the window is expected to on night {target.window_night}"
        )
        text = (
            f"To settle every target in one night, at the assumed rates, review {labels} items of "
            f"{question.golden} (for {question.name}); with {a_night} a night the night's own "
            f"estimate settles it on night {target.own_night} and {window}"
        )
    return [text]


def _about_gates(needs: Sequence[LabelNeed]) -> list[str]:
    gates = [(one.question, one.gate) for one in needs if one.gate is not None]
    hopeless = [question.name for question, gate in gates if isinstance(gate, Impossible)]
    if hopeless:
        return [f"the gate needs a larger set, or a wider margin, for {', '.join(hopeless)}"]
    labels = [gate.labels for _, gate in gates if isinstance(gate, EnoughLabels)]
    return [f"the gate's margin needs {max(labels)}"] if labels else []
