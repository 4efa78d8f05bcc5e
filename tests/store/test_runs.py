"""Runs and their conclusions, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.errors import ExitCode, StoreError
from tests.store.conftest import SLOT, Store, plan_for, report_of


def test_a_begun_run_says_what_its_plan_says(store: Store) -> None:
    """Nothing of it is concluded yet."""
    plan = plan_for()
    run = store.facts.begin(plan)
    assert (run.run_id, run.service, run.kind) == (plan.run_id, "shop", "nightly")
    assert (run.slot, run.attempt, run.revision) == (SLOT, 1, plan.revision)
    assert run.goldens == {"faq": "d" * 64}
    assert (run.finished_at, run.exit_code, run.conclusion) == (None, None, None)


def test_beginning_again_returns_the_run_as_it_stands(store: Store) -> None:
    """The plan's id is the run: a rerun resumes."""
    plan = plan_for()
    first = store.facts.begin(plan)
    assert store.facts.begin(plan) == first
    assert store.facts.run(plan.run_id) == first
    assert len(store.facts.runs()) == 1


def test_a_run_that_was_never_begun_is_none(store: Store) -> None:
    """Absence is None, not an error."""
    assert store.facts.run("20260301T0200Z-none") is None


def test_runs_come_by_slot_then_attempt(store: Store) -> None:
    """Whatever the order in which they were begun."""
    later, again = plan_for(slot=SLOT + timedelta(days=1)), plan_for(attempt=2)
    for plan in (later, again, plan_for(), plan_for("desk")):
        store.facts.begin(plan)
    found = store.facts.runs("shop", "nightly")
    assert [(run.slot, run.attempt) for run in found] == [
        (SLOT, 1),
        (SLOT, 2),
        (SLOT + timedelta(days=1), 1),
    ]
    assert len(store.facts.runs()) == 4
    assert store.facts.runs(kind="shadow") == []


def test_the_first_conclusion_stays_the_runs_own(store: Store) -> None:
    """Settling adds conclusions, it never rewrites one."""
    plan = plan_for()
    store.facts.begin(plan)
    first = report_of(plan, as_of=SLOT, code=ExitCode.INCONCLUSIVE)
    later = report_of(plan, as_of=SLOT + timedelta(days=2), code=ExitCode.FINDING)
    store.facts.conclude(plan.run_id, first)
    finished = store.facts.run(plan.run_id)
    store.facts.conclude(plan.run_id, later)
    store.facts.conclude(plan.run_id, replace(later, as_of=SLOT - timedelta(days=2)))
    run = store.facts.run(plan.run_id)
    assert run is not None
    assert run == finished
    assert store.facts.runs() == [finished]
    assert (run.exit_code, run.conclusion) == (3, first.conclusion)
    assert run.finished_at == first.as_of
    assert [one["conclusion"] for one in store.facts.conclusions(plan.run_id)] == [
        "exit 3",
        "exit 1",
        "exit 1",
    ]


def test_concluding_twice_as_of_one_instant_stores_once(store: Store) -> None:
    """A crash between two steps repeats a step."""
    plan = plan_for()
    store.facts.begin(plan)
    for code in (ExitCode.PASS, ExitCode.FINDING):
        store.facts.conclude(plan.run_id, report_of(plan, as_of=SLOT, code=code))
    reports = store.facts.conclusions(plan.run_id)
    assert [one["exit_code"] for one in reports] == [0]


def test_a_run_that_was_never_begun_cannot_conclude(store: Store) -> None:
    """The error names it."""
    plan = plan_for()
    with pytest.raises(StoreError, match=plan.run_id):
        store.facts.conclude(plan.run_id, report_of(plan, as_of=SLOT))


def test_a_release_draw_is_a_run_about_what_another_run_is_about(store: Store) -> None:
    """It has its own kind, and nothing of it is concluded."""
    plan = plan_for(attempt=2)
    store.facts.begin(plan)
    store.facts.conclude(plan.run_id, report_of(plan, as_of=SLOT))
    base = store.facts.run(plan.run_id)
    assert base is not None
    run = store.facts.begin_release(plan.run_id)
    assert run == replace(
        base,
        run_id=f"{plan.run_id}-release",
        kind="release",
        started_at=run.started_at,
        finished_at=None,
        exit_code=None,
        conclusion=None,
    )
    assert run.started_at >= base.started_at
    assert store.facts.run(run.run_id) == run
    assert store.facts.runs("shop", "release") == [run]
    assert store.facts.runs("shop", "nightly") == [base]


def test_a_release_draw_is_begun_once(store: Store) -> None:
    """Its beginning is when it was ordered; a concluded one is returned as it stands."""
    plan = plan_for()
    store.facts.begin(plan)
    first = store.facts.begin_release(plan.run_id)
    assert store.facts.begin_release(plan.run_id) == first
    store.facts.conclude(first.run_id, report_of(plan, as_of=SLOT, code=ExitCode.FINDING))
    again = store.facts.begin_release(plan.run_id)
    assert (again.started_at, again.exit_code) == (first.started_at, 1)
    assert len(store.facts.runs()) == 2


def test_a_release_draw_of_no_run_is_refused(store: Store) -> None:
    """The error names the run."""
    with pytest.raises(StoreError, match="'20260301T0200Z-none': the store has no such run"):
        store.facts.begin_release("20260301T0200Z-none")
    assert store.facts.runs() == []
