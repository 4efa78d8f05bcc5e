"""A question for each SLO of a spec, and alike ones simulated once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.sli import Measure, Sli
from qualityslo.domain.slo import Slo
from qualityslo.jobs import plan_alerts
from qualityslo.jobs.plan_alerts import alert_questions, plan_service_alerts
from qualityslo.jobs.plan_labels import as_drawn
from qualityslo.jobs.simulate import simulate_alerts
from qualityslo.stats import GraderQuality
from tests.jobs.conftest import DAY, Lab

CORRECT = Slo(
    name="strict",
    sli=Sli(name="correctness", criterion="correctness"),
    golden="faq",
    target=0.9,
    window=7 * DAY,
)
REACHED = Slo(
    name="availability",
    sli=Sli(name="availability", measure=Measure.AVAILABILITY),
    golden="faq",
    target=0.99,
    window=30 * DAY,
)


def test_every_slo_is_a_question_with_its_set_and_its_labels(
    make_lab: Callable[..., Lab],
) -> None:
    lab = make_lab(human=("correctness", "hallucination"), definition=("format",))
    plan = replace(
        lab.plan(),
        slos=(CORRECT, REACHED),
        review=ReviewRule(items_per_night=25),
        estimation=EstimationRule(looks=2),
        cadence=timedelta(hours=12),
    )
    correct, reached = alert_questions(plan, frame="traffic")
    assert (correct.name, correct.golden, correct.items, correct.labels) == (
        "strict",
        "faq",
        60,
        25,
    )
    assert (correct.subject.census, reached.subject.census) == (False, True)
    assert correct.subject.terms.cadence == timedelta(hours=12)
    assert correct.subject.terms.window == 7 * DAY
    assert (correct.subject.frame, correct.subject.looks) == ("traffic", 2)
    assert correct.budget == 0.1
    # two criteria of two models raise the alarm of one draw
    assert correct.grader == as_drawn(GraderQuality(), 0.1, others=3)


def test_a_criterion_whose_truth_is_a_grader_is_a_census(make_lab: Callable[..., Lab]) -> None:
    plan = replace(make_lab(human=(), definition=("correctness",)).plan(), slos=(CORRECT,))
    (asked,) = alert_questions(plan)
    assert asked.subject.census
    assert asked.subject.rings_on == "traffic"


def test_alike_questions_are_simulated_once_and_keep_their_names(
    make_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(
        make_lab(human=(), definition=("correctness",)).plan(),
        slos=(REACHED, replace(REACHED, name="again"), CORRECT),
    )
    asked = [replace(one, slots=30) for one in alert_questions(plan)]
    calls = []

    def counted(*args: object, **how: int) -> object:
        calls.append(args)
        return simulate_alerts(*args, **how)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(plan_alerts, "simulate_alerts", counted)
    found = plan_service_alerts(asked, trials=2)
    assert len(calls) == 2
    assert [one.question.name for one in found] == ["availability", "again", "strict"]
    assert found[0].presets == found[1].presets


def test_a_service_without_slos_has_no_alerts() -> None:
    assert plan_service_alerts([]) == ()
