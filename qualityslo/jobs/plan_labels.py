"""How many labels a service needs: every human criterion of every golden set, before any night."""

import math
from collections.abc import Sequence
from dataclasses import replace

from qualityslo.domain.label_plan import (
    Assumptions,
    LabelNeed,
    LabelReport,
    Question,
    TargetNeed,
)
from qualityslo.domain.plan import Plan
from qualityslo.domain.release import allocate_release
from qualityslo.domain.slo import Slo, state_of
from qualityslo.stats import (
    Estimate,
    GraderQuality,
    HalfWidthGoal,
    LabelDesign,
    MarginGoal,
    TargetGoal,
    clopper_pearson,
    plan_labels,
    plan_nights,
    plan_window,
    share_labels,
)

WIDE, NARROW = 0.05, 0.025  # half-widths that people ask for


def questions_of(plan: Plan) -> tuple[Question, ...]:
    """Return a question for each human criterion of each golden set, and each SLO about it."""
    found = []
    for golden in plan.goldens:
        for criterion in golden.human_criteria:
            about = [
                slo
                for slo in plan.slos
                if slo.golden == golden.name and slo.sli.criterion == criterion.name
            ]
            plain = Question(
                name=criterion.name,
                golden=golden.name,
                items=golden.items,
                margin=plan.gate.margin(criterion.name) if len(plan.models) > 1 else None,
                frame=plan.gate.frame,
                models=len(plan.models),
                criteria=len(golden.human_criteria),
                rule=plan.review,
                confidence=plan.estimation.confidence,
            )
            found += [
                replace(plain, name=slo.name, target=slo.target, nights=_nights(slo, plan))
                for slo in about
            ] or [plain]
    return tuple(found)


def _nights(slo: Slo, plan: Plan) -> int:
    return max(1, slo.window // plan.cadence)


def plan_service_labels(
    questions: Sequence[Question],
    assumptions: Assumptions,
    half_widths: Sequence[float] = (WIDE, NARROW),
) -> LabelReport:
    """Return what every question needs, and one recommendation.

    Raises:
        StatsError: an assumption, a target or a size that no set can have.
    """
    needs = tuple(_need(question, assumptions, half_widths) for question in questions)
    return LabelReport(assumptions=assumptions, needs=needs)


def _need(question: Question, assumptions: Assumptions, half_widths: Sequence[float]) -> LabelNeed:
    rate, power = assumptions.rate_of(question.target), assumptions.power
    night = _night_design(question, assumptions.grader, rate)
    gate = _gate_design(question, assumptions.grader, rate)
    margin = question.margin
    return LabelNeed(
        question=question,
        rate=rate,
        half_widths=tuple(
            (one, plan_labels(HalfWidthGoal(rate=rate, half_width=one), night))
            for one in half_widths
        ),
        target=_target_need(question, night, rate, power),
        window=_window(question, rate, question.nights),
        gate=None
        if margin is None
        else plan_labels(MarginGoal(rate=rate, margin=margin), gate, power=power),
        labelled_after=math.ceil(question.items / question.rule.items_per_night),
        still_allowed=clopper_pearson(0, question.items, question.confidence)[1],
    )


def _target_need(
    question: Question, design: LabelDesign, rate: float, power: float
) -> TargetNeed | None:
    if question.target is None:
        return None
    goal = TargetGoal(rate=rate, target=question.target)
    return TargetNeed(
        settles=goal.settles,
        labels=plan_labels(goal, design, power=power),
        own_night=plan_nights(goal, design, question.rule.items_per_night, power=power),
        window_night=next(
            (
                night
                for night in range(1, question.nights + 1)
                if state_of(_window(question, rate, night), question.target) == goal.settles
            ),
            None,
        ),
    )


def _window(question: Question, rate: float, nights: int) -> Estimate:
    return plan_window(
        question.items,
        round(rate * question.items),
        per_night=question.rule.items_per_night,
        nights=nights,
        confidence=question.confidence,
    )


def as_drawn(grader: GraderQuality, rate: float, others: int) -> GraderQuality:
    """Return what a grader's alarm is worth where any of `others` more verdicts raises it too.

    An item stands in the alarm stratum of the night's draw where any criterion of either model is
    flagged. The other verdicts are taken as independent of this one, at the same bad rate.

    >>> drawn = as_drawn(GraderQuality(), 0.02, others=3)
    >>> f"{drawn.sensitivity:.2f} {drawn.specificity:.2f}"
    '0.91 0.84'
    """
    silent = (1 - grader.alarm_rate(rate)) ** others
    return GraderQuality(
        sensitivity=1 - (1 - grader.sensitivity) * silent,
        specificity=grader.specificity * silent,
    )


def _night_design(question: Question, grader: GraderQuality, rate: float) -> LabelDesign:
    """Return the night's own draw, as one SLI sees it."""
    rule = question.rule

    def allocate(sizes: Sequence[int], labels: int) -> Sequence[int]:
        return share_labels(sizes, labels, factor=rule.alarm_factor, floor=rule.floor)

    return LabelDesign(
        items=question.items,
        grader=as_drawn(grader, rate, question.models * question.criteria - 1),
        frame="golden_set",
        confidence=question.confidence,
        allocate=allocate,
    )


def _gate_design(question: Question, grader: GraderQuality, rate: float) -> LabelDesign:
    """Return the draw that the gate's comparison rests on, by its frame."""
    drawn = as_drawn(grader, rate, question.criteria - 1)
    night = _night_design(question, grader, rate)
    allocate = _release_allocation if question.frame == "golden_set" else night.allocate
    return LabelDesign(
        items=question.items,
        grader=drawn,
        frame=question.frame,
        confidence=question.confidence,
        allocate=allocate,
    )


def _release_allocation(sizes: Sequence[int], labels: int) -> Sequence[int]:
    candidate_only, baseline_only, agree = sizes
    return allocate_release(candidate_only, baseline_only, agree, labels)
