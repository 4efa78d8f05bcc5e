"""What a service's own spec asks of labels: a question each, a need each, one recommendation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.label_plan import Assumptions, LabelNeed, Planned, Question
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.release import allocate_release
from qualityslo.domain.sli import Sli
from qualityslo.domain.slo import Slo
from qualityslo.errors import StatsError
from qualityslo.jobs.plan_labels import as_drawn, plan_service_labels, questions_of
from qualityslo.stats import (
    NO_GRADER,
    EnoughLabels,
    Frame,
    GraderQuality,
    Impossible,
    LabelDesign,
    MarginGoal,
    TargetGoal,
    plan_labels,
    plan_window,
)
from tests.jobs.conftest import DAY, Lab

PLAIN = Question(name="correctness", golden="faq", items=120, target=0.98)


def need_of(question: Question, assumptions: Assumptions | None = None) -> LabelNeed:
    """Return the need of one question."""
    (need,) = plan_service_labels([question], assumptions or Assumptions()).needs
    return need


def labels(planned: Planned | None) -> int:
    """Return the labels of a plan that must be possible."""
    assert isinstance(planned, EnoughLabels)
    return planned.labels


def test_every_human_criterion_and_slo_is_a_question(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(human=("correctness", "hallucination"), definition=("format",))
    slo = Slo(
        name="strict",
        sli=Sli(name="correctness", criterion="correctness"),
        golden="faq",
        target=0.99,
        window=timedelta(days=7),
    )
    plan = replace(
        lab.plan(),
        slos=(slo, replace(slo, name="loose", target=0.8, window=30 * DAY)),
        gate=GateRule(default_margin=0.03, margins={"hallucination": 0.01}, frame="golden_set"),
        review=ReviewRule(items_per_night=40),
    )
    found = questions_of(plan)
    assert [(one.name, one.target, one.nights, one.margin) for one in found] == [
        ("strict", 0.99, 7, 0.03),
        ("loose", 0.8, 30, 0.03),
        ("hallucination", None, 30, 0.01),
    ]
    assert {(one.items, one.models, one.criteria, one.frame) for one in found} == {
        (60, 2, 2, "golden_set")
    }
    assert {one.rule.items_per_night for one in found} == {40}


def test_without_a_candidate_nothing_is_asked_of_a_gate(make_lab: Callable[..., Lab]) -> None:
    (question,) = questions_of(make_lab(candidate=None).plan())
    assert question.margin is None
    assert question.models == 1
    assert need_of(question).gate is None


def test_a_service_without_human_criteria_needs_no_label(make_lab: Callable[..., Lab]) -> None:
    questions = questions_of(make_lab(human=(), definition=("correctness",)).plan())
    report = plan_service_labels(questions, Assumptions())
    assert report.needs == ()
    assert report.recommendation == "No label is needed: no criterion's truth is people."


@pytest.mark.parametrize(
    ("target", "rate", "assumed"),
    [
        pytest.param(0.98, None, 0.01, id="half of the budget"),
        pytest.param(0.9, None, 0.05, id="of each target its own"),
        pytest.param(None, None, 0.05, id="five percent without a target"),
        pytest.param(0.98, 0.0, 0.0, id="as the caller says, also none"),
    ],
)
def test_the_assumed_rate(target: float | None, rate: float | None, assumed: float) -> None:
    assert Assumptions(rate=rate).rate_of(target) == pytest.approx(assumed)
    assert need_of(replace(PLAIN, target=target), Assumptions(rate=rate)).rate == assumed


def test_a_need_is_what_the_statistics_say() -> None:
    need = need_of(PLAIN)
    assert need.target is not None
    assert need.target.settles == "met"
    design = LabelDesign(items=120)
    assert need.target.labels == plan_labels(TargetGoal(rate=0.01, target=0.98), design)
    assert need.target.own_night == need.labelled_after == 6
    assert need.target.window_night is None  # 120 items without a bad one still allow 3.0 %
    assert need.window == plan_window(120, 1, per_night=20, nights=30)
    assert [width for width, _ in need.half_widths] == [0.05, 0.025]
    wide, narrow = (labels(found) for _, found in need.half_widths)
    assert wide < narrow
    assert need.still_allowed == pytest.approx(0.0303, abs=1e-4)


def test_a_breach_is_planned_for_where_the_rate_says_so() -> None:
    need = need_of(PLAIN, Assumptions(rate=0.1))
    assert need.target is not None
    assert need.target.settles == "breached"
    assert labels(need.target.labels) < 120


def test_a_window_settles_before_the_night_does_where_labels_add_up() -> None:
    need = need_of(replace(PLAIN, items=500, target=0.9))
    assert need.target is not None
    assert need.target.window_night is not None
    assert 1 < need.target.window_night < need.target.own_night
    settled, before = (
        plan_window(500, 25, per_night=20, nights=need.target.window_night + shift)
        for shift in (0, -1)
    )
    assert settled.high <= 0.1 < before.high


def test_alarms_of_others_dilute_the_alarm_of_one_grader() -> None:
    alone = as_drawn(GraderQuality(), 0.02, others=0)
    assert alone == GraderQuality()
    shared = as_drawn(GraderQuality(), 0.02, others=3)
    silent = (1 - (0.02 * 0.9 + 0.98 * 0.03)) ** 3
    assert shared.specificity == pytest.approx(0.97 * silent)
    assert shared.sensitivity == pytest.approx(1 - 0.1 * silent)
    assert as_drawn(NO_GRADER, 0.5, others=3) == NO_GRADER
    wide = replace(PLAIN, models=2, criteria=2, target=0.9)
    assert need_of(wide).half_widths != need_of(replace(wide, models=1, criteria=1)).half_widths


FRAMES: tuple[Frame, ...] = ("traffic", "golden_set")


@pytest.mark.parametrize("frame", FRAMES)
def test_the_gate_asks_in_its_own_frame(frame: Frame) -> None:
    question = replace(PLAIN, margin=0.02, models=2, frame=frame)
    gate = need_of(question, Assumptions(rate=0.05)).gate
    if frame == "traffic":
        assert isinstance(gate, Impossible)
        assert "items are needed" in gate.reason
    else:
        assert labels(gate) <= 120


def test_a_gate_on_the_set_is_planned_on_its_own_draw() -> None:
    question = replace(PLAIN, items=300, margin=0.05, models=2, frame="golden_set")
    goal = MarginGoal(rate=0.05, margin=0.05)

    def own(sizes: Sequence[int], labels: int) -> Sequence[int]:
        return allocate_release(sizes[0], sizes[1], sizes[2], labels)

    need = need_of(question, Assumptions(rate=0.05))
    design = LabelDesign(items=300, allocate=own)
    assert need.gate == plan_labels(goal, design)
    assert need.gate != plan_labels(goal, LabelDesign(items=300))


def test_the_draw_of_the_spec_is_the_one_that_is_planned() -> None:
    cautious = replace(PLAIN, target=0.9, rule=ReviewRule(alarm_factor=3.0, floor=2))
    plain = replace(PLAIN, target=0.9)
    found = [need_of(one, Assumptions(rate=0.05)).half_widths for one in (cautious, plain)]
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        pytest.param(
            [PLAIN, replace(PLAIN, name="easy", target=0.5)],
            "To settle every target in one night, at the assumed rates, review {labels} items of "
            "faq (for correctness); with 20 a night the night's own estimate settles it on night 6 "
            "and the window does not in its first 30 nights.",
            id="more than a night's reviews",
        ),
        pytest.param(
            [replace(PLAIN, rule=ReviewRule(items_per_night=120))],
            "120 items a night are enough: {labels} settle every target in one night, at the "
            "assumed rates.",
            id="no more than that",
        ),
        pytest.param(
            [replace(PLAIN, target=None, margin=0.01)],
            "the gate needs a larger set, or a wider margin, for correctness.",
            id="a gate that the set is too small for",
        ),
        pytest.param(
            [replace(PLAIN, target=None, margin=0.2)],
            "the gate's margin needs {gate}.",
            id="a gate that it is not",
        ),
        pytest.param([replace(PLAIN, target=None)], "Nothing is asked of labels.", id="nothing"),
    ],
)
def test_the_recommendation_is_one_sentence(questions: list[Question], sentence: str) -> None:
    report = plan_service_labels(questions, Assumptions())
    first = report.needs[0]
    wanted = sentence.format(
        labels=labels(first.target.labels) if first.target else "",
        gate=labels(first.gate) if "{gate}" in sentence else "",
    )
    assert report.recommendation == wanted
    assert report.recommendation.count(".") == 1


def test_an_impossible_assumption_is_refused() -> None:
    with pytest.raises(StatsError, match=r"rate=1\.5 is no share"):
        plan_service_labels([PLAIN], Assumptions(rate=1.5))
