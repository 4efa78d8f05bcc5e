"""The main path: what happens at night (design section 4), one step a line."""

from collections.abc import Callable
from datetime import datetime

from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Report
from qualityslo.jobs.ask import ask, plan_items
from qualityslo.jobs.compare import compare
from qualityslo.jobs.conclude import conclude
from qualityslo.jobs.grade import grade
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.publish import publish
from qualityslo.jobs.review import offer_reviews


def run_nightly(plan: Plan, parts: Parts, clock: Callable[[], datetime]) -> Report:
    """Run a plan to its end, or resume it where it was left; return what it concluded.

    Every step commits in small batches and skips what is already committed, so that the same
    call after a crash asks no item twice. Randomness comes from the plan's seed alone.

    Args:
        plan: what to do; frozen before the first model is called.
        parts: the adapters.
        clock: tells the instant at which the conclusion is drawn.

    Raises:
        InfrastructureError: the store, or a model as a whole, does not work; resumable.
    """
    run = parts.store.begin(plan)
    plan_items(plan, parts)
    ask(plan, parts)
    grade(plan, parts)
    compare(plan, parts)
    offer_reviews(plan, parts)
    report = conclude(plan, run, parts, clock())
    publish(report, plan.slot_ordinal, parts)
    parts.store.conclude(run.run_id, report)
    return report
