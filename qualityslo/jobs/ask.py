"""Asking the models: every planned item once a role, however often the run is resumed."""

from collections.abc import Iterator

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Failure, Outcome
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.errors import ModelError
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.parts import Parts

BATCH = 256
# Outcomes are committed in small batches: what a crash can lose is asked again, and paid again.
COMMIT = 16


def plan_items(plan: Plan, parts: Parts) -> None:
    """Store the items of every golden set; a resumed run finds them there already."""
    for golden in plan.goldens:
        for batch in chunks(parts.sources[golden.name].items(), BATCH):
            parts.store.append_items(plan.run_id, golden.name, batch)


def ask(plan: Plan, parts: Parts) -> None:
    """Have every model answer every item that has no outcome yet.

    Raises:
        ModelError: a model left planned items without any outcome.
    """
    for role in plan.models:
        for golden in plan.goldens:
            _ask_one(plan, parts, role, golden.name, golden.items)
        parts.models[role].close()


def _ask_one(plan: Plan, parts: Parts, role: Role, golden: str, planned: int) -> None:
    answered = parts.store.answered(plan.run_id, golden, role)
    parts.progress.start(f"{role.value} answers {golden}", planned)
    parts.progress.advance(len(answered))
    if len(answered) < planned:
        items = (item for item in parts.sources[golden].items() if item.id not in answered)
        _collect(plan, parts, role, golden, items)
        missing = planned - len(parts.store.answered(plan.run_id, golden, role))
        if missing:
            name = plan.models[role].name
            raise ModelError(
                f"model {name!r} ({role.value}) gave no outcome for {missing} of {planned} items "
                f"of {golden!r}; run the same command again to resume"
            )
    parts.progress.finish()


def _collect(
    plan: Plan, parts: Parts, role: Role, golden: str, items: Iterator[GoldenItem]
) -> None:
    waiting: list[Outcome] = []
    outcomes = parts.models[role].answer(items)
    try:
        for outcome in outcomes:
            waiting.append(outcome)
            parts.progress.advance(1, failed=isinstance(outcome, Failure))
            if len(waiting) >= COMMIT:
                parts.store.append_outcomes(plan.run_id, golden, role, waiting)
                waiting = []
    finally:
        # Also on an interruption: what has arrived was paid for.
        if waiting:
            parts.store.append_outcomes(plan.run_id, golden, role, waiting)
