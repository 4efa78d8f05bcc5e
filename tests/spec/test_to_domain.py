"""From the spec to domain values: one objective a set, overrides, and misfits told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import Criterion, GoldenSet, LabelPolicy, TruthKind
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule
from qualityslo.domain.sli import Measure, Sli
from qualityslo.domain.slo import Slo
from qualityslo.jobs.desk_checks import CheckRule
from qualityslo.spec.to_domain import (
    check_rule,
    deadline_rule,
    estimation_rule,
    gate_rule,
    grader_name,
    measures_drift,
    review_rule,
    slos_of,
    with_criteria,
)
from qualityslo.spec.v1 import PluginSpec, SpecV1

SpecOf = Callable[..., SpecV1]
HANDBOOK = GoldenSet(
    name="handbook",
    location="golden/handbook",
    items=120,
    digest="h",
    criteria=(
        Criterion(name="correctness", graders=("contains",), rubric="Good: right."),
        Criterion(name="hallucination", graders=("support",)),
    ),
)
FACTS = GoldenSet(
    name="facts",
    location="golden/facts",
    items=120,
    digest="f",
    criteria=(
        Criterion(
            name="correctness", truth=TruthKind.GRADER, truth_grader="closed", graders=("closed",)
        ),
    ),
)
CARDLESS = GoldenSet(name="plain", location="plain.jsonl", items=10, digest="p", criteria=())


def _slos(spec: SpecV1, *goldens: GoldenSet) -> tuple[tuple[Slo, ...], list[str]]:
    faults: list[str] = []
    return slos_of(spec, goldens, faults), faults


# --- objectives ---------------------------------------------------------------------------------


def test_one_set_keeps_the_names_of_the_objectives(spec_of: SpecOf) -> None:
    slos, faults = _slos(spec_of(), HANDBOOK)
    assert faults == []
    assert slos[0] == Slo(
        name="correctness",
        sli=Sli(name="correctness", criterion="correctness"),
        golden="handbook",
        target=0.9,
        window=timedelta(days=30),
    )
    assert [slo.name for slo in slos] == ["correctness", "hallucination"]


def test_an_objective_stands_for_one_a_set_that_judges_it(spec_of: SpecOf) -> None:
    slos, faults = _slos(spec_of(), HANDBOOK, FACTS)
    assert faults == []
    assert [(slo.name, slo.golden) for slo in slos] == [
        ("correctness.handbook", "handbook"),
        ("correctness.facts", "facts"),
        ("hallucination", "handbook"),
    ]


def test_an_objective_may_name_its_set(spec_of: SpecOf) -> None:
    spec = spec_of(**{"target: 0.90": "golden: facts, target: 0.90"})
    slos, faults = _slos(spec, HANDBOOK, FACTS)
    assert faults == []
    assert [(slo.name, slo.golden) for slo in slos] == [
        ("correctness", "facts"),
        ("hallucination", "handbook"),
    ]


def test_what_is_measured_stands_for_every_set(spec_of: SpecOf) -> None:
    slos, faults = _slos(
        spec_of(**{"name: correctness,   criterion: correctness": "name: up, sli: availability"}),
        HANDBOOK,
        FACTS,
    )
    assert faults == []
    up = Sli(name="availability", measure=Measure.AVAILABILITY)
    assert [(slo.name, slo.sli) for slo in slos[:2]] == [("up.handbook", up), ("up.facts", up)]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param(
            "criterion: hallucination",
            "criterion: halucination",
            "slos: 'hallucination': criterion is 'halucination': no golden set judges it; "
            "judged: correctness, hallucination",
            id="a criterion nobody judges",
        ),
        pytest.param(
            "criterion: hallucination",
            "criterion: hallucination, golden: facts",
            "slos: 'hallucination': criterion is 'hallucination': no golden set judges it; "
            "judged: correctness, hallucination",
            id="a criterion that the named set does not judge",
        ),
        pytest.param(
            "criterion: hallucination",
            "criterion: hallucination, golden: fact",
            "slos: 'hallucination': golden is 'fact': not among the golden sets (handbook, facts)",
            id="a set there is not",
        ),
    ],
)
def test_an_objective_that_fits_nowhere_is_told(
    spec_of: SpecOf, old: str, new: str, fault: str
) -> None:
    slos, faults = _slos(spec_of(**{old: new}), HANDBOOK, FACTS)
    assert faults == [fault]
    assert [slo.name for slo in slos] == ["correctness.handbook", "correctness.facts"]


def test_sets_that_could_not_be_read_are_no_further_fault(spec_of: SpecOf) -> None:
    assert _slos(spec_of()) == ((), [])


def test_a_name_that_a_set_makes_must_not_be_taken(spec_of: SpecOf) -> None:
    spec = spec_of(**{"name: hallucination": "name: correctness.facts"})
    _, faults = _slos(spec, HANDBOOK, FACTS)
    assert faults == ["slos: names used twice, one with a set's name behind: correctness.facts"]


@pytest.mark.parametrize(
    "line",
    ["criteria: {corectness: {rubric: x}}", "gate: {margins: {corectness: 0.1}}"],
    ids=["an override", "a margin"],
)
def test_settings_of_a_criterion_that_no_set_judges_are_told(spec_of: SpecOf, line: str) -> None:
    _, faults = _slos(spec_of(line), HANDBOOK)
    place = "criteria" if line.startswith("criteria") else "gate.margins"
    assert faults == [
        f"{place}.corectness: no golden set judges it; judged: correctness, hallucination"
    ]


# --- indicators ---------------------------------------------------------------------------------

FAST = "slis: {fast: {measure: ttft, at_most: 500ms, percentile: 0.95}}"
TOKENS = "slis: {fast: {measure: inter_token_latency, at_most: 50ms}}"


def _fast(target: str) -> dict[str, str]:
    return {
        "name: hallucination, criterion: hallucination, target: 0.98": f"name: fast, sli: fast{target}"
    }


def test_a_percentile_is_the_target_of_its_objective(spec_of: SpecOf) -> None:
    slos, faults = _slos(spec_of(FAST, **_fast("")), HANDBOOK)
    assert faults == []
    assert slos[1].target == 0.95
    assert slos[1].sli == Sli(name="fast", measure=Measure.TTFT, at_most=0.5, percentile=0.95)


def test_the_target_may_repeat_the_percentile_and_not_contradict_it(spec_of: SpecOf) -> None:
    assert _slos(spec_of(FAST, **_fast(", target: 0.95")), HANDBOOK)[1] == []
    slos, faults = _slos(spec_of(FAST, **_fast(", target: 0.9")), HANDBOOK)
    assert faults == [
        "slos: 'fast': target 0.9 contradicts percentile 0.95 of sli 'fast'; leave the target out"
    ]
    assert [slo.name for slo in slos] == ["correctness"]


def test_without_percentile_a_target_is_needed(spec_of: SpecOf) -> None:
    slos, faults = _slos(spec_of(TOKENS, **_fast("")), HANDBOOK)
    assert faults == ["slos: 'fast': 'target' is missing"]
    assert [slo.name for slo in slos] == ["correctness"]


DRIFT = "slis: {similar: {measure: drift, at_least: 0.85}}"
DRIFTS = {"criterion: hallucination": "sli: similar"}


def test_drift_is_measured_where_an_objective_or_the_spec_asks_for_it(spec_of: SpecOf) -> None:
    assert not measures_drift(spec_of())
    assert not measures_drift(spec_of(DRIFT))
    assert measures_drift(spec_of(DRIFT, **DRIFTS))
    assert measures_drift(spec_of("drift: {}"))


def test_drift_needs_a_candidate(spec_of: SpecOf) -> None:
    alone = {
        '  candidate: {use: openai_http, base_url: "http://localhost:8000/v1", model: next}\n': ""
    }
    assert not measures_drift(spec_of("drift: {}", **alone))
    _, faults = _slos(spec_of(DRIFT, **DRIFTS, **alone), HANDBOOK)
    assert faults == ["slos: 'hallucination': drift needs a candidate to compare with"]
    assert _slos(spec_of(DRIFT, **DRIFTS), HANDBOOK)[1] == []


# --- criteria -----------------------------------------------------------------------------------


def test_without_overrides_the_card_stands(spec_of: SpecOf) -> None:
    assert with_criteria(HANDBOOK, spec_of()) == HANDBOOK
    assert with_criteria(FACTS, spec_of()) == FACTS


def test_a_set_without_card_gets_what_the_objectives_name_and_somebody_judges(
    spec_of: SpecOf,
) -> None:
    more = [
        "  - {name: tone, criterion: tone, target: 0.9}",
        "  - {name: up, sli: availability, target: 0.9}",
    ]
    ours = (
        Criterion(name="correctness", graders=("correctness",)),
        Criterion(name="hallucination", graders=("faithfulness",)),
    )
    spec = spec_of(*more)
    assert with_criteria(CARDLESS, spec).criteria == ours
    _, faults = _slos(spec, with_criteria(CARDLESS, spec))
    assert faults == [
        (
            "slos: 'tone': criterion is 'tone': no golden set judges it; "
            "judged: correctness, hallucination"
        )
    ]
    told = spec_of(*more, "criteria: {tone: {rubric: 'Good: kind.'}}")
    assert with_criteria(CARDLESS, told).criteria == (
        *ours,
        Criterion(name="tone", rubric="Good: kind."),
    )


@pytest.mark.parametrize(
    ("override", "criterion"),
    [
        pytest.param(
            "truth: 'grader:closed'",
            Criterion(
                name="correctness",
                truth=TruthKind.GRADER,
                truth_grader="closed",
                graders=("closed",),
                rubric="Good: right.",
            ),
            id="a grader's rule as the truth",
        ),
        pytest.param(
            "graders: [exact, {use: numeric, tolerance: 1}]",
            Criterion(name="correctness", graders=("exact", "numeric"), rubric="Good: right."),
            id="other graders",
        ),
        pytest.param(
            "graders: []",
            Criterion(name="correctness", graders=("correctness",), rubric="Good: right."),
            id="no graders means ours",
        ),
        pytest.param(
            "rubric: 'Good: exact.'",
            Criterion(name="correctness", graders=("contains",), rubric="Good: exact."),
            id="another rubric",
        ),
        pytest.param(
            "label_policy: single",
            Criterion(
                name="correctness",
                graders=("contains",),
                rubric="Good: right.",
                label_policy=LabelPolicy.SINGLE,
            ),
            id="another label policy",
        ),
    ],
)
def test_an_override_changes_its_part_of_the_card(
    spec_of: SpecOf, override: str, criterion: Criterion
) -> None:
    found = with_criteria(HANDBOOK, spec_of(f"criteria: {{correctness: {{{override}}}}}"))
    assert found.criteria == (criterion, HANDBOOK.criteria[1])


def test_people_may_be_made_the_truth_of_a_defined_criterion(spec_of: SpecOf) -> None:
    found = with_criteria(FACTS, spec_of("criteria: {correctness: {truth: human}}"))
    (criterion,) = found.criteria
    assert (criterion.truth, criterion.truth_grader) == (TruthKind.HUMAN, None)
    assert criterion.graders == ("closed",)


def test_a_grader_is_known_by_its_name_with_or_without_parameters() -> None:
    assert grader_name("exact") == "exact"
    assert grader_name(PluginSpec.model_validate({"use": "numeric", "tolerance": 1})) == "numeric"


# --- rules --------------------------------------------------------------------------------------


def test_the_defaults_of_the_spec_are_those_of_the_domain(spec_of: SpecOf) -> None:
    spec = spec_of()
    assert review_rule(spec) == ReviewRule()
    assert check_rule(spec) == CheckRule()
    assert deadline_rule(spec) == DeadlineRule()
    assert estimation_rule(spec) == EstimationRule()
    assert gate_rule(spec) == GateRule()


def test_the_rules_of_the_spec_reach_the_domain(spec_of: SpecOf) -> None:
    spec = spec_of(
        "review: {items_per_night: 40, alarm_factor: 2, floor: 8, labels_until_slot_plus: 24h, "
        "labels_until_end_plus: 12h, gold: 0.1, repeats: 0}",
        "policy: {confidence: 0.9, min_coverage: 0.8, act_on_uncorrected: true}",
        "gate: {margin: 0.01, margins: {hallucination: 0.0, correctness: 0.05}, frame: golden_set}",
    )
    assert review_rule(spec) == ReviewRule(items_per_night=40, alarm_factor=2.0, floor=8)
    assert check_rule(spec) == CheckRule(gold=0.1, repeats=0)
    assert deadline_rule(spec) == DeadlineRule(
        after_slot=timedelta(hours=24), after_run=timedelta(hours=12)
    )
    assert estimation_rule(spec) == EstimationRule(
        confidence=0.9, min_coverage=0.8, act_on_uncorrected=True
    )
    rule = gate_rule(spec)
    assert list(rule.margins.items()) == [("correctness", 0.05), ("hallucination", 0.0)]
    assert (rule.default_margin, rule.frame) == (0.01, "golden_set")
    assert (rule.confidence, rule.min_coverage) == (0.9, 0.8)


def test_a_second_stage_makes_two_looks_each_at_half_of_the_error(spec_of: SpecOf) -> None:
    spec = spec_of("review: {items_per_night: 20, second_stage: 15}")
    assert review_rule(spec) == ReviewRule(items_per_night=20, second_stage=15)
    assert review_rule(spec).drawn_per_night == 35
    assert estimation_rule(spec) == EstimationRule(looks=2)
    assert estimation_rule(spec).label_confidence == 0.975
    assert gate_rule(spec) == GateRule(confidence=0.975)


def test_the_slices_of_the_gate_reach_the_domain(spec_of: SpecOf) -> None:
    rule = gate_rule(spec_of("gate: {slices: [language, topic]}"))
    assert rule == GateRule(slices=("language", "topic"))
