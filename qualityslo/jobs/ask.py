"""Asking the models: every planned item once a role, however often the run is resumed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeAlias

from qualityslo.domain.golden import GoldenItem, GoldenSet
from qualityslo.domain.outcome import Failure, Outcome
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.errors import ModelError
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.compare import CompareAside
from qualityslo.jobs.grade import GradeAside
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Model, Remote

BATCH = 256
# How many outcomes of a model that answers one item at a time are committed at once.
COMMIT = 16

Asides: TypeAlias = "tuple[GradeAside | CompareAside, ...]"


def plan_items(plan: Plan, parts: Parts) -> None:
    """Store the items of every golden set; a resumed run finds them there already."""
    for golden in plan.goldens:
        for batch in chunks(parts.sources[golden.name].items(), BATCH):
            parts.store.append_items(plan.run_id, golden.name, batch)


def ask(plan: Plan, parts: Parts) -> None:
    """Have every model answer every item that has no outcome yet, and release the models.

    The roles are asked side by side, an outcome of one and an outcome of the other, so that both
    are measured under the same conditions and neither waits for the other to end. Where all
    models are `remote`, this machine has time on its hands: what has come in is graded and
    compared meanwhile, and the steps that follow find less to do.

    Raises:
        ModelError: a model left planned items without any outcome.
    """
    for golden in plan.goldens:
        with ThreadPoolExecutor(1, "aside") as pool:
            _ask_about(plan, parts, golden, _asides(plan, parts, golden.name, pool))
    parts.close_models()


def _asides(plan: Plan, parts: Parts, golden: str, pool: ThreadPoolExecutor) -> Asides:
    # A model that computes on this machine would be slowed down, and its latency with it.
    if not all(_is_remote(parts.models[role]) for role in plan.models):
        return ()
    grading = GradeAside(plan, parts, golden, pool)
    return (grading, CompareAside(plan, parts, golden, pool))


def _is_remote(model: Model) -> bool:
    return isinstance(model, Remote) and model.remote


def _ask_about(plan: Plan, parts: Parts, golden: GoldenSet, asides: Asides) -> None:
    desks = [_Desk(plan, parts, golden, role, asides) for role in plan.models]
    before = sum(desk.before for desk in desks)
    resumed = f" ({before} answered before)" if before else ""
    total = golden.items * len(desks)
    parts.progress.start(f"asking about {golden.name}{resumed}", total)
    parts.progress.advance(before)
    with ExitStack() as interrupted:
        # What has arrived was paid for, and what is in work is waited for anyway.
        for aside in asides:
            interrupted.callback(aside.break_off)
        for desk in desks:
            interrupted.callback(desk.store)
        busy = desks
        while busy:
            busy = [desk for desk in busy if desk.step()]
        for desk in desks:
            desk.commit()
        for aside in asides:
            aside.finish()
    for desk in desks:
        desk.check()
    parts.progress.finish()


class _Desk:
    """Where the answers of one role to one golden set come in.

    What a crash can lose is asked again, and paid again. So before a model is given another item,
    what it has answered is committed: never more items are without a stored outcome than the
    model works on at a time. A commit that takes long only makes the next one larger. Of a model
    that works on one item at a time `COMMIT` outcomes are stored at once.
    """

    def __init__(
        self, plan: Plan, parts: Parts, golden: GoldenSet, role: Role, asides: Asides
    ) -> None:
        self._plan = plan
        self._parts = parts
        self._golden = golden
        self._role = role
        self._asides = asides
        self._asked: dict[str, GoldenItem] = {}
        self._most_asked = 0
        self._waiting: dict[str, tuple[GoldenItem, Outcome]] = {}
        self._stored = 0
        answered = parts.store.answered(plan.run_id, golden.name, role)
        self.before = len(answered)
        self._outcomes = self._open(answered)

    def _open(self, answered: frozenset[str]) -> Iterator[Outcome]:
        if self.before == self._golden.items:
            return iter(())
        return self._parts.models[self._role].answer(self._questions(answered))

    def _questions(self, answered: frozenset[str]) -> Iterator[GoldenItem]:
        for item in self._parts.sources[self._golden.name].items():
            if item.id in answered:
                continue
            if self._most_asked > 1 or len(self._waiting) >= COMMIT:
                self.commit()
            self._asked[item.id] = item
            self._most_asked = max(self._most_asked, len(self._asked))
            yield item

    def step(self) -> bool:
        """Take the next outcome; return whether there was one."""
        outcome = next(self._outcomes, None)
        if outcome is None:
            return False
        item = self._asked.pop(outcome.item_id, None)
        if item is not None:  # else it was not asked for, or came before
            self._waiting[item.id] = (item, outcome)
            self._parts.progress.advance(1, failed=isinstance(outcome, Failure))
        return True

    def commit(self) -> None:
        """Store what has come in, and offer it to what works aside."""
        stored = self.store()
        for aside in self._asides:
            aside.offer(self._role, stored)

    def store(self) -> list[tuple[GoldenItem, Outcome]]:
        """Store what has come in, and return it."""
        waiting = list(self._waiting.values())
        if waiting:
            outcomes = [outcome for _, outcome in waiting]
            self._parts.store.append_outcomes(
                self._plan.run_id, self._golden.name, self._role, outcomes
            )
            self._waiting.clear()  # not before: an interruption of the append loses nothing
            self._stored += len(waiting)
        return waiting

    def check(self) -> None:
        """Make sure that every planned item has its outcome."""
        planned = self._golden.items
        missing = planned - self.before - self._stored
        if missing:
            name = self._plan.models[self._role].name
            raise ModelError(
                f"model {name!r} ({self._role.value}) gave no outcome for {missing} of {planned} "
                f"items of {self._golden.name!r}; run the same command again to resume"
            )
