"""Which alerts each SLO of a service can have: before any night."""

from collections.abc import Sequence
from dataclasses import replace

from qualityslo.domain.alert_plan import AlertQuestion, AlertReport
from qualityslo.domain.alert_presets import Subject
from qualityslo.domain.burn import BudgetTerms
from qualityslo.domain.plan import Plan
from qualityslo.domain.slo import Slo
from qualityslo.jobs.plan_labels import as_drawn
from qualityslo.jobs.simulate import simulate_alerts
from qualityslo.stats import Frame, GraderQuality

TRIALS = 100


def alert_questions(
    plan: Plan, *, grader: GraderQuality | None = None, frame: Frame = "golden_set"
) -> tuple[AlertQuestion, ...]:
    """Return a question for each SLO.

    An SLI without a human truth is a census. Where labels are drawn, the alarm of the draw is
    also raised by the other criteria of the set and by the other model (`as_drawn`).

    Args:
        plan: sets, SLOs, labels a night, cadence.
        grader: quality of one verdict; None for the usual.
        frame: whose rate shall ring, where labels are a sample.
    """
    quality = GraderQuality() if grader is None else grader
    return tuple(_question(plan, slo, quality, frame) for slo in plan.slos)


def _question(plan: Plan, slo: Slo, grader: GraderQuality, frame: Frame) -> AlertQuestion:
    golden = plan.golden(slo.golden)
    names = {one.name for one in golden.human_criteria}
    terms = BudgetTerms(target=slo.target, window=slo.window, cadence=plan.cadence)
    others = max(0, len(plan.models) * len(names) - 1)
    return AlertQuestion(
        name=slo.name,
        golden=slo.golden,
        subject=Subject(
            terms=terms,
            frame=frame,
            census=slo.sli.criterion not in names,
            looks=plan.estimation.looks,
        ),
        items=golden.items,
        labels=plan.review.items_per_night,
        grader=as_drawn(grader, terms.budget, others),
    )


def plan_service_alerts(
    questions: Sequence[AlertQuestion], *, trials: int = TRIALS, seed: int = 0
) -> tuple[AlertReport, ...]:
    """Return what presets would do for every question; alike questions are simulated once.

    Raises:
        UsageError: sizes that no set can have, or no trial.
    """
    known: dict[AlertQuestion, AlertReport] = {}
    found = []
    for question in questions:
        alike = replace(question, name="", golden="")
        if alike not in known:
            known[alike] = simulate_alerts(alike, trials=trials, seed=seed)
        found.append(replace(known[alike], question=question))
    return tuple(found)
