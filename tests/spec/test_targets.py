"""Targets and windows that are none are refused before any model is called (case C27)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qualityslo.spec.load import Loaded

Load = Callable[[str | bytes], Loaded]
INPUTS = Path(__file__).parents[1] / "cases" / "inputs"
BAD_TARGETS = json.loads((INPUTS / "C27-bad-targets.json").read_text(encoding="utf-8"))
NAN_TARGET = json.loads((INPUTS / "C27-nan-target.json").read_text(encoding="utf-8"))

FAULTS = [
    ("slos[0].target: 1.0 is not below 1: no budget would be left",),
    ("slos[0].target: 98 is not below 1: for 98 % write 0.98",),
    ("slos[0].target: 0 is not above 0: such a target promises nothing",),
    ("slos[0].target: -0.1 is not above 0: such a target promises nothing",),
    ("slos[0].target: '98%' is no number: write the target as a fraction, such as 0.98",),
    ("slos[0]: 'target' is missing",),
    ("slos[0].target_percent: no such key; did you mean 'target'?",),
]


def _yaml(fields: dict[str, object]) -> str:
    values = {"name": "c", "criterion": "correctness", **fields}
    inner = ", ".join(f"{key}: {json.dumps(value)}" for key, value in values.items())
    return inner.replace("NaN", ".nan")


def _with_slo(minimal: str, inner: str) -> str:
    return minimal[: minimal.index("slos:")] + f"slos:\n  - {{{inner}}}\n"


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        pytest.param(fields, faults, id=json.dumps(fields))
        for fields, faults in zip(BAD_TARGETS, FAULTS, strict=True)
    ],
)
def test_c27_a_bad_target_is_refused_with_its_value_and_the_remedy(
    load: Load, minimal: str, fields: dict[str, object], faults: tuple[str, ...]
) -> None:
    found = load(_with_slo(minimal, _yaml(fields)))
    assert found.spec is None
    assert found.faults == tuple(f"spec.yaml:8: {fault}" for fault in faults)


def test_c27_a_target_that_is_no_number_is_refused(load: Load, minimal: str) -> None:
    found = load(_with_slo(minimal, _yaml(NAN_TARGET)))
    assert found.faults == ("spec.yaml:8: slos[0].target: nan is no number between 0 and 1",)


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (".inf", "inf is no number between 0 and 1"),
        ("-.inf", "-inf is no number between 0 and 1"),
        ("'0.98'", "'0.98' is no number: write the target as a fraction, such as 0.98"),
        ("true", "True is no number: write the target as a fraction, such as 0.98"),
        ("[0.9]", "[0.9] is no number: write the target as a fraction, such as 0.98"),
        ("99.9", "99.9 is not below 1: for 99.9 % write 0.999"),
    ],
)
def test_nor_is_anything_else_a_target(load: Load, minimal: str, target: str, fault: str) -> None:
    found = load(_with_slo(minimal, f"name: c, criterion: correctness, target: {target}"))
    assert found.faults == (f"spec.yaml:8: slos[0].target: {fault}",)


@pytest.mark.parametrize("target", [0.5, 0.9999, 0.001])
def test_a_fraction_is_a_target(load: Load, minimal: str, target: float) -> None:
    found = load(_with_slo(minimal, f"name: c, criterion: correctness, target: {target}"))
    assert found.spec is not None
    assert found.spec.slos[0].target == target


@pytest.mark.parametrize(
    ("inner", "fault"),
    [
        pytest.param(
            "name: c, target: 0.9",
            "slos[0]: give either 'criterion' or 'sli'",
            id="no indicator",
        ),
        pytest.param(
            "name: c, criterion: correctness, sli: availability, target: 0.9",
            "slos[0]: give either 'criterion' or 'sli'",
            id="two indicators",
        ),
        pytest.param(
            "name: c, sli: avalability, target: 0.9",
            "slos: 'c': no sli 'avalability'; known: availability, safety_filter, truncation",
            id="an unknown indicator",
        ),
        pytest.param(
            "name: c, criterion: correctness, target: 0.9, window: 30",
            "slos[0].window is 30: input should be a valid string",
            id="a window without unit",
        ),
        pytest.param(
            "name: c, criterion: correctness, target: 0.9, window: 0d",
            "slos[0].window: '0d' is no time at all: write a duration above zero",
            id="a window of nothing",
        ),
        pytest.param(
            "name: c, criterion: correctness, target: 0.9, window: 999999999w",
            "slos[0].window: '999999999w' is longer than 3660 days",
            id="a window longer than time",
        ),
    ],
)
def test_an_objective_that_is_none_is_refused(
    load: Load, minimal: str, inner: str, fault: str
) -> None:
    found = load(_with_slo(minimal, inner))
    assert found.spec is None
    assert [one.partition(": ")[2] for one in found.faults] == [fault]


def test_two_objectives_of_one_name_are_refused(load: Load, minimal: str) -> None:
    found = load(minimal.replace("name: hallucination", "name: correctness"))
    assert found.faults == ("spec.yaml:1: slos: names used twice: correctness",)


@pytest.mark.parametrize(
    ("sli", "fault"),
    [
        pytest.param(
            "{measure: ttft}", "measure 'ttft' needs 'at_most', and only that", id="no limit"
        ),
        pytest.param(
            "{measure: ttft, at_most: 1s, at_least: 0.5}",
            "measure 'ttft' needs 'at_most', and only that",
            id="two limits",
        ),
        pytest.param(
            "{measure: drift}",
            "measure 'drift' needs 'at_least', and only that",
            id="no limit of similarity",
        ),
        pytest.param(
            "{measure: drift, at_least: 0.8, at_most: 1s}",
            "measure 'drift' needs 'at_least', and only that",
            id="a time for a similarity",
        ),
        pytest.param(
            "{measure: drift, at_least: 0.8, percentile: 0.95}",
            "measure 'drift' needs 'at_least', and only that",
            id="an upper percentile of what has a lower limit",
        ),
        pytest.param(
            "{measure: availability, at_most: 1s}",
            "measure 'availability' takes no limit and no percentile",
            id="a limit where there is nothing to limit",
        ),
        pytest.param(
            "{measure: truncation, percentile: 0.5}",
            "measure 'truncation' takes no limit and no percentile",
            id="a percentile of yes or no",
        ),
        pytest.param(
            "{measure: safety_filter, at_least: 0.0}",
            "measure 'safety_filter' takes no limit and no percentile",
            id="a limit of zero is a limit",
        ),
    ],
)
def test_an_indicator_takes_the_limit_that_fits_it(
    load: Load, minimal: str, sli: str, fault: str
) -> None:
    found = load(minimal + f"slis: {{x: {sli}}}\n")
    assert found.faults == (f"spec.yaml:10: slis.x: {fault}",)


@pytest.mark.parametrize(
    "sli",
    [
        "{measure: ttft, at_most: 500ms, percentile: 0.95}",
        "{measure: inter_token_latency, at_most: 50ms}",
        "{measure: drift, at_least: 0.85}",
        "{measure: availability}",
    ],
)
def test_an_indicator_with_its_limit_is_taken(load: Load, minimal: str, sli: str) -> None:
    assert load(minimal + f"slis: {{x: {sli}}}\n").faults == ()
