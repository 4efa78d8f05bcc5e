"""The plan names its run: equal plans resume, any change that could change a result does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import Criterion, TruthKind
from qualityslo.domain.identity import GraderIdentity, ModelIdentity
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule, Plan
from qualityslo.domain.sli import Measure, Role, Sli

Make = Callable[..., Plan]
SLOT = datetime(2026, 3, 2, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def _with_models(plan: Plan, baseline: ModelIdentity) -> Plan:
    return replace(plan, models={**plan.models, Role.BASELINE: baseline})


def _with_criterion(plan: Plan, criterion: Criterion) -> Plan:
    return replace(plan, goldens=(replace(plan.goldens[0], criteria=(criterion,)),))


BASELINE = ModelIdentity(kind="openai_http", name="prod", parameters={"t": 0})
CRITERION = Criterion(name="correctness", graders=("contains",))
GRADER = GraderIdentity(name="contains", version="1", criterion="correctness")

# What makes another run, and by that another revision of what is measured.
CHANGES: dict[str, Callable[[Plan], Plan]] = {
    "another prompt": lambda p: _with_models(
        p, replace(BASELINE, parameters={"t": 0, "system": "Be brief."})
    ),
    "another model revision": lambda p: _with_models(p, replace(BASELINE, revision="2")),
    "another model": lambda p: _with_models(p, replace(BASELINE, name="other")),
    "another kind of model": lambda p: _with_models(p, replace(BASELINE, kind="recorded")),
    "no candidate": lambda p: replace(p, models={Role.BASELINE: BASELINE}),
    "the models change roles": lambda p: replace(
        p,
        models={
            Role.BASELINE: p.models[Role.CANDIDATE],
            Role.CANDIDATE: p.models[Role.BASELINE],
        },
    ),
    "another golden digest": lambda p: replace(p, goldens=(replace(p.goldens[0], digest="d2"),)),
    "another rubric": lambda p: _with_criterion(p, replace(CRITERION, rubric="Good: right.")),
    "another truth": lambda p: _with_criterion(
        p, replace(CRITERION, truth=TruthKind.GRADER, truth_grader="closed")
    ),
    "another grader version": lambda p: replace(
        p, graders={"faq": (replace(GRADER, version="2"),)}
    ),
    "another grader": lambda p: replace(p, graders={"faq": (replace(GRADER, name="exact"),)}),
    "another seed": lambda p: replace(p, seed=1),
    "another target": lambda p: replace(p, slos=(replace(p.slos[0], target=0.91),)),
    "another window": lambda p: replace(p, slos=(replace(p.slos[0], window=7 * DAY),)),
    "another limit": lambda p: replace(
        p,
        slos=(replace(p.slos[0], sli=Sli(name="ttft", measure=Measure.TTFT, at_most=0.5)),),
    ),
    "another margin": lambda p: replace(p, gate=GateRule(default_margin=0.03)),
    "more reviews": lambda p: replace(p, review=ReviewRule(items_per_night=40)),
    "another confidence": lambda p: replace(p, estimation=EstimationRule(confidence=0.9)),
    "another deadline": lambda p: replace(p, deadline=DeadlineRule(after_slot=DAY)),
    "another embedder": lambda p: replace(p, embedder="mini"),
    "failures counted as bad": lambda p: replace(p, failures_are_bad=True),
    "another version of the code": lambda p: replace(p, code_version="0.2.0"),
    "another service": lambda p: replace(p, service="shop2"),
}


@pytest.mark.parametrize("change", list(CHANGES.values()), ids=list(CHANGES))
def test_it_is_another_run_of_another_revision(
    make_plan: Make, change: Callable[[Plan], Plan]
) -> None:
    plan = make_plan()
    changed = change(plan)
    assert changed.run_id != plan.run_id
    assert changed.revision != plan.revision


def test_no_two_of_these_changes_are_one_run(make_plan: Make) -> None:
    plan = make_plan()
    names = {change(plan).run_id for change in CHANGES.values()}
    assert len(names) == len(CHANGES)


def test_equal_plans_are_one_run(make_plan: Make) -> None:
    assert make_plan().run_id == make_plan().run_id
    assert make_plan().run_id.startswith("20260302T0200Z-")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"expected_slots": ()}, id="what was due before"),
        pytest.param({"timezone": "Europe/Berlin"}, id="the zone of the schedule"),
        pytest.param({"cadence": timedelta(hours=1)}, id="the cadence"),
    ],
)
def test_what_cannot_change_a_result_leaves_the_run_as_it_is(
    make_plan: Make, change: dict[str, object]
) -> None:
    assert make_plan(**change).run_id == make_plan().run_id


def test_the_order_in_which_roles_are_listed_is_no_difference(make_plan: Make) -> None:
    plan = make_plan()
    turned = dict(reversed(list(plan.models.items())))
    assert make_plan(models=turned).run_id == plan.run_id


@pytest.mark.parametrize("change", [{"slot": SLOT + DAY}, {"attempt": 2}], ids=["slot", "attempt"])
def test_slot_and_attempt_make_another_run_of_the_same_revision(
    make_plan: Make, change: dict[str, object]
) -> None:
    plan, changed = make_plan(), make_plan(**change)
    assert changed.run_id != plan.run_id
    assert changed.revision == plan.revision


def test_one_instant_is_one_run_in_whatever_zone_it_is_written(make_plan: Make) -> None:
    local = SLOT.astimezone(ZoneInfo("America/New_York"))
    assert make_plan(slot=local).run_id == make_plan().run_id


@pytest.mark.parametrize(
    ("slots", "cadence"),
    [
        pytest.param(
            [SLOT + n * timedelta(hours=6) for n in (0, 1, 4, 5, 8)],
            timedelta(hours=18),
            id="twice a day at uneven hours",
        ),
        pytest.param(
            [
                datetime(2026, 3, day, 1, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
                for day in (28, 29, 30, 31)
            ],
            DAY,
            id="every night over the start of summer time",
        ),
    ],
)
def test_every_slot_has_a_step_of_its_own_in_a_tracked_series(
    make_plan: Make, slots: list[datetime], cadence: timedelta
) -> None:
    steps = [make_plan(slot=slot, cadence=cadence).slot_ordinal for slot in slots]
    assert all(one < other for one, other in pairwise(steps))


def test_labels_count_until_the_later_of_two_instants() -> None:
    rule = DeadlineRule()
    prompt, slow = SLOT + timedelta(hours=1), SLOT + timedelta(hours=30)
    assert rule.deadline(SLOT, prompt) == SLOT + timedelta(hours=48)
    assert rule.deadline(SLOT, slow) == SLOT + timedelta(hours=66)


def test_a_golden_set_is_found_by_name(make_plan: Make) -> None:
    plan = make_plan()
    assert plan.golden("faq") is plan.goldens[0]
