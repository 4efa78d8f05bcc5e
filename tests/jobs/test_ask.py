"""Asking: what a crash can lose, what a model may get wrong, and what is done meanwhile."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Outcome
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade
from qualityslo.errors import ModelError
from qualityslo.jobs.aside import SIZE
from qualityslo.jobs.ask import COMMIT, ask, plan_items
from qualityslo.jobs.grade import grade
from qualityslo.ports import Embedded
from tests.fakes import FakeEmbedder, FakeGrader, FakeModel, FakeProgress, answers, good_if
from tests.jobs.conftest import Lab

MakeLab = Callable[..., Lab]
right = answers(lambda _: "right")


@dataclass
class CrowdedModel(FakeModel):
    """Works on several items at a time and finishes them in any order, some together."""

    at_once: int = 4
    seed: int = 0
    remote: bool = False
    on_pull: Callable[[], None] = lambda: None
    running: list[GoldenItem] = field(default_factory=list)

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item; everything that is ready before more is pulled."""
        source, chance = iter(items), random.Random(self.seed)
        while True:
            for item in islice(source, self.at_once - len(self.running)):
                self.asked.append(item.id)
                self.running.append(item)
                self.on_pull()
            if not self.running:
                return
            chance.shuffle(self.running)
            for _ in range(chance.randint(1, len(self.running))):
                yield self.rule(self.running.pop())


def _asked(lab: Lab) -> None:
    plan, parts = lab.plan(), lab.parts()
    parts.store.begin(plan)
    plan_items(plan, parts)
    ask(plan, parts)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at_once=st.integers(2, 40), seed=st.integers(0, 99))
def test_no_more_items_are_without_a_stored_outcome_than_are_worked_on_at_a_time(
    at_once: int, seed: int, tmp_path_factory: pytest.TempPathFactory, make_lab: MakeLab
) -> None:
    lab = make_lab(candidate=None)
    lab.folder = tmp_path_factory.mktemp("lab")
    most = 0

    def look() -> None:
        nonlocal most
        stored = lab.parts().store.answered(lab.plan().run_id, lab.golden.name, Role.BASELINE)
        most = max(most, len(model.asked) - len(stored))

    model = CrowdedModel(right, name="old", at_once=at_once, seed=seed, on_pull=look)
    lab.models = {Role.BASELINE: model}
    _asked(lab)
    assert most == min(at_once, 60)
    assert sorted(model.asked) == [item.id for item in lab.rows]


def test_of_a_model_that_works_on_one_item_at_a_time_few_outcomes_wait(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    lab.models[Role.BASELINE].dies_after = COMMIT + 5
    with pytest.raises(KeyboardInterrupt):
        _asked(lab)
    stored = lab.parts().store.answered(lab.plan().run_id, lab.golden.name, Role.BASELINE)
    assert len(stored) == COMMIT + 5  # an interruption loses nothing


class StammeringModel(FakeModel):
    """Answers its first item twice, and one that nobody asked about."""

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item, and more."""
        for at, outcome in enumerate(super().answer(items)):
            yield outcome
            if at == 0:
                yield outcome
                yield self.rule(GoldenItem(id="nobody", question="?"))


class MuteModel(FakeModel):
    """Says nothing about its first item, and stammers about the second."""

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield an outcome too few, and one too many."""
        for at, outcome in enumerate(super().answer(items)):
            if at > 0:
                yield outcome
            if at == 1:
                yield outcome


def test_what_nobody_asked_for_is_not_taken(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    lab.models = {Role.BASELINE: StammeringModel(right, name="old")}
    _asked(lab)
    stored = lab.parts().store.answered(lab.plan().run_id, lab.golden.name, Role.BASELINE)
    assert stored == {item.id for item in lab.rows}


def test_an_outcome_that_comes_twice_does_not_hide_one_that_is_missing(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    lab.models = {Role.BASELINE: MuteModel(right, name="old")}
    with pytest.raises(ModelError, match="no outcome for 1 of 60 items"):
        _asked(lab)


def test_a_resumed_run_says_how_much_was_answered_before(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    lab.models[Role.BASELINE].dies_after = 21
    with pytest.raises(KeyboardInterrupt):
        _asked(lab)
    lab.models[Role.BASELINE].dies_after = None
    parts = lab.parts()
    ask(lab.plan(), parts)
    assert isinstance(parts.progress, FakeProgress)
    assert parts.progress.steps == ["asking about faq (21 answered before) 60"]
    assert parts.progress.done == 60


def _crowded(lab: Lab, *, remote: bool) -> Lab:
    for role, model in lab.models.items():
        lab.models[role] = CrowdedModel(
            model.rule, name=model.name, at_once=20, seed=len(role), remote=remote
        )
    return lab


@dataclass
class PlacedGrader(FakeGrader):
    """Remembers in which thread it graded whom."""

    threads: dict[str, set[str]] = field(default_factory=dict)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer."""
        names = self.threads.setdefault(threading.current_thread().name, set())
        names.update(one.item.id for one in batch)
        return super().grade(batch)


def test_where_the_models_are_remote_answers_are_graded_and_compared_as_they_come(
    tmp_path_factory: pytest.TempPathFactory, make_lab: MakeLab
) -> None:
    documents = []
    for remote in (False, True):
        lab = _crowded(make_lab(count=300), remote=remote)
        lab.folder = tmp_path_factory.mktemp("lab")
        grader = PlacedGrader("correctness", good_if("right"))
        lab.graders = {"correctness": [grader]}
        report = lab.run()
        assert len(grader.seen) == 600  # each answer once, wherever
        aside = grader.threads.get("aside_0", set())
        assert (len(aside) >= 128) is remote
        documents.append(
            {key: report.as_json()[key] for key in ("slis", "slos", "gate", "drift", "roles")}
        )
        assert len(set(lab.embedder.texts)) == 2
    assert documents[0] == documents[1]


def test_the_step_does_not_read_what_was_graded_aside(make_lab: MakeLab) -> None:
    lab = _crowded(make_lab(count=300), remote=True)
    grader = PlacedGrader("correctness", good_if("right"))
    lab.graders = {"correctness": [grader]}
    _asked(lab)
    assert len(grader.seen) == 600
    parts = lab.parts()
    grade(lab.plan(), replace(parts, sources={}))
    assert isinstance(parts.progress, FakeProgress)
    assert parts.progress.done == 600


@dataclass
class SettledGrader(PlacedGrader):
    """Works in one thread only, as a database connection of SQLite does."""

    home: str = field(default_factory=lambda: threading.current_thread().name)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, at home."""
        if threading.current_thread().name != self.home:
            raise RuntimeError("not the thread it was made in")
        return super().grade(batch)


def test_a_grader_that_does_not_work_aside_works_in_its_step(make_lab: MakeLab) -> None:
    lab = _crowded(make_lab(count=300), remote=True)
    free = PlacedGrader("correctness", good_if("right"), name="free")
    settled = SettledGrader("correctness", good_if("right"), name="settled")
    lab.graders = {"correctness": [free, settled]}
    report = lab.run()
    assert (len(free.seen), len(settled.seen)) == (600, 600)
    assert all(not one.ungraded for one in report.roles)


def test_an_interruption_keeps_what_was_in_work_aside(make_lab: MakeLab) -> None:
    lab = make_lab(count=300, candidate=None)
    model = CrowdedModel(right, name="old", at_once=100, remote=True)
    begun, go = threading.Event(), threading.Event()

    class SlowGrader(FakeGrader):
        """Grades when it is let."""

        def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
            """Yield one grade an answer, later."""
            begun.set()
            go.wait()
            return super().grade(batch)

    def interrupt() -> None:
        if len(model.asked) == 260:
            begun.wait()
            go.set()
            raise KeyboardInterrupt

    model.on_pull = interrupt
    grader = SlowGrader("correctness", good_if("right"))
    lab.models, lab.graders = {Role.BASELINE: model}, {"correctness": [grader]}
    with pytest.raises(KeyboardInterrupt):
        _asked(lab)
    run_id, store = lab.plan().run_id, lab.parts().store
    stored = store.answered(run_id, lab.golden.name, Role.BASELINE)
    graded = store.graded(run_id, lab.golden.name, Role.BASELINE, sorted(stored))
    assert len(stored) == 260 - len(model.running)
    assert len(graded) == len(grader.seen) == SIZE
    model.on_pull, model.running = (lambda: None), []
    lab.run()
    assert len(grader.seen) == 300


def test_an_append_that_is_interrupted_is_made_again(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    plan, parts = lab.plan(), lab.parts()
    parts.store.begin(plan)

    class Interrupted:
        """A store whose second append is interrupted before it has done anything."""

        appends = 0

        def __getattr__(self, name: str) -> object:
            """Be the real store otherwise."""
            return getattr(parts.store, name)

        def append_outcomes(self, *arguments: Any) -> None:
            """Append, or not."""
            self.appends += 1
            if self.appends == 2:
                raise KeyboardInterrupt
            parts.store.append_outcomes(*arguments)

    plan_items(plan, parts)
    with pytest.raises(KeyboardInterrupt):
        ask(plan, replace(parts, store=Interrupted()))  # type: ignore[arg-type]  # by hand
    stored = parts.store.answered(plan.run_id, lab.golden.name, Role.BASELINE)
    assert len(stored) == len(lab.models[Role.BASELINE].asked)


class BrokenEmbedder(FakeEmbedder):
    """Cannot embed."""

    def embed(self, _: Sequence[str]) -> Embedded:
        """Fail."""
        raise ModelError("no weights")


def test_what_fails_aside_loses_no_answer_and_is_told_by_its_own_step(make_lab: MakeLab) -> None:
    lab = _crowded(make_lab(count=300, candidate=lambda item: f"{item.id} right"), remote=True)
    lab.embedder = BrokenEmbedder()
    _asked(lab)
    for role in lab.models:
        stored = lab.parts().store.answered(lab.plan().run_id, lab.golden.name, role)
        assert len(stored) == 300
    with pytest.raises(ModelError, match="no weights"):
        lab.run()
