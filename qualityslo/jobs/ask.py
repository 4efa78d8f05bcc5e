"""Asking the models: every planned item once a role, however often the run is resumed."""

from collections.abc import Iterator

from qualityslo.domain.golden import GoldenSet
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
    """Have every model answer every item that has no outcome yet, and release the models.

    The roles are asked side by side, an outcome of one and an outcome of the other, so that both
    are measured under the same conditions and neither waits for the other to end.

    Raises:
        ModelError: a model left planned items without any outcome.
    """
    for golden in plan.goldens:
        _ask_about(plan, parts, golden)
    parts.close()


def _ask_about(plan: Plan, parts: Parts, golden: GoldenSet) -> None:
    parts.progress.start(f"asking about {golden.name}", golden.items * len(plan.models))
    desks = [_Desk(plan, parts, golden, role) for role in plan.models]
    try:
        busy = desks
        while busy:
            busy = [desk for desk in busy if desk.step()]
    finally:
        # Also on an interruption: what has arrived was paid for.
        for desk in desks:
            desk.commit()
    for desk in desks:
        desk.check()
    parts.progress.finish()


class _Desk:
    """Where the answers of one role to one golden set come in."""

    def __init__(self, plan: Plan, parts: Parts, golden: GoldenSet, role: Role) -> None:
        self._plan = plan
        self._parts = parts
        self._golden = golden
        self._role = role
        self._waiting: list[Outcome] = []
        self._outcomes = self._open()

    def _open(self) -> Iterator[Outcome]:
        answered = self._answered()
        self._parts.progress.advance(len(answered))
        if len(answered) == self._golden.items:
            return iter(())
        items = self._parts.sources[self._golden.name].items()
        return self._parts.models[self._role].answer(
            item for item in items if item.id not in answered
        )

    def _answered(self) -> frozenset[str]:
        return self._parts.store.answered(self._plan.run_id, self._golden.name, self._role)

    def step(self) -> bool:
        """Take the next outcome; return whether there was one."""
        outcome = next(self._outcomes, None)
        if outcome is None:
            return False
        self._waiting.append(outcome)
        self._parts.progress.advance(1, failed=isinstance(outcome, Failure))
        if len(self._waiting) >= COMMIT:
            self.commit()
        return True

    def commit(self) -> None:
        """Store what has come in."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._parts.store.append_outcomes(
                self._plan.run_id, self._golden.name, self._role, waiting
            )

    def check(self) -> None:
        """Make sure that every planned item has its outcome."""
        planned = self._golden.items
        missing = planned - len(self._answered())
        if missing:
            name = self._plan.models[self._role].name
            raise ModelError(
                f"model {name!r} ({self._role.value}) gave no outcome for {missing} of {planned} "
                f"items of {self._golden.name!r}; run the same command again to resume"
            )
