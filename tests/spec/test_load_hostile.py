"""Specs made to hurt: nothing runs, nothing grows, nothing throws."""

import resource
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.spec.load import MAX_BYTES, Loaded

Load = Callable[[str | bytes], Loaded]


def _bomb(leaf: str, row: str) -> str:
    """Return ten levels of ten aliases each: 10^10 values in a kilobyte."""
    lines = [f"a0: &a0 {leaf}"]
    for level in range(1, 11):
        aliases = ", ".join(row.format(at=at, level=level - 1) for at in range(10))
        shape = f"{{{aliases}}}" if ":" in row else f"[{aliases}]"
        lines.append(f"a{level}: &a{level} {shape}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(_bomb("[x]", "*a{level}"), id="of lists"),
        pytest.param(_bomb("{x: 1}", "k{at}: *a{level}"), id="of mappings"),
        pytest.param(
            _bomb("{x: 1}", "*a{level}").replace("[*", "{<<: [*").replace("]\n", "]}\n"),
            id="of merges",
        ),
    ],
)
def test_an_alias_bomb_is_refused_before_it_grows(load: Load, minimal: str, bomb: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = load(minimal + bomb)
    assert found.faults == ("spec.yaml: more than 20,000 values are no spec",)
    assert found.raw == {}
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 100 * 1024


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x: [" + "a," * 400_000 + "]\n", id="a long list"),
        pytest.param("x:\n" + "- a\n" * 200_000, id="a long block"),
        pytest.param("x:\n" + "".join(f"- &a{n} x\n" for n in range(50_000)), id="many anchors"),
        pytest.param("k: 1\n" * 100_000, id="one key many times"),
    ],
)
def test_a_file_of_more_values_than_any_spec_has_is_refused_unread(load: Load, text: str) -> None:
    assert load(text).faults == ("spec.yaml: more than 20,000 values are no spec",)


def test_a_file_of_more_bytes_than_any_spec_has_is_refused_unparsed(load: Load) -> None:
    assert load(b"#" * (MAX_BYTES + 1)).faults == (
        "spec.yaml: more than 1,000,000 bytes are no spec",
    )
    assert load(b"#" * MAX_BYTES).faults == ("spec.yaml:1: expected a mapping with 'version: 1'",)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("x: " + "[" * 5_000 + "]" * 5_000, id="lists"),
        pytest.param("x: " + "{a: " * 500 + "1" + "}" * 500, id="mappings"),
        pytest.param("x:" + "".join("\n" + " " * n + "- " for n in range(1, 500)), id="blocks"),
    ],
)
def test_deep_nesting_is_refused_not_followed(load: Load, minimal: str, line: str) -> None:
    found = load(minimal + line + "\n")
    assert found.spec is None
    assert found.faults


@pytest.mark.parametrize(
    "line", ["x: &a [*a]", "x: &a [*a, *a]", "golden2: &a {k: *a}", "? &a [*a]\n: 1"]
)
def test_an_alias_that_holds_itself_is_refused(load: Load, minimal: str, line: str) -> None:
    found = load(minimal + line + "\n")
    assert found.spec is None
    assert found.faults


def test_a_parameter_of_a_plug_in_that_holds_itself_is_refused(load: Load, minimal: str) -> None:
    found = load(minimal.replace("model: prod", "model: &a [*a]"))
    assert found.spec is None
    assert found.faults == (
        "spec.yaml:5: models.baseline.model has more than 30 levels, or holds itself",
    )


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch hacked']",
        "!!python/object:os.system {}",
        "!!python/name:os.system",
        "!!python/module:os",
        "!custom 1",
    ],
)
def test_a_tag_that_builds_objects_is_refused(load: Load, minimal: str, tag: str) -> None:
    found = load(minimal + f"x: {tag}\n")
    assert found.spec is None
    assert len(found.faults) == 1
    assert found.faults[0].startswith(
        "spec.yaml:10: could not determine a constructor for the tag"
    )


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param("2026-13-45", "'2026-13-45' is no timestamp", id="a date there never was"),
        pytest.param("!!int abc", "'abc' is no int", id="letters said to be a number"),
        pytest.param("!!float abc", "'abc' is no float", id="letters said to be a fraction"),
        pytest.param("!!bool abc", "'abc' is no bool", id="letters said to be yes or no"),
        pytest.param("!!timestamp abc", "'abc' is no timestamp", id="letters said to be a date"),
        pytest.param("0x_", "'0x_' is no int", id="a number without digits"),
        pytest.param("9" * 5_000, f"'{'9' * 79} is no int", id="a number too long to read"),
    ],
)
def test_a_value_that_means_nothing_is_a_fault_with_its_line(
    load: Load, minimal: str, value: str, fault: str
) -> None:
    found = load(minimal + f"service: other\nx: {value}\n")
    assert found.spec is None
    assert found.faults == (
        "spec.yaml:10: service is given twice (first on line 2)",
        f"spec.yaml:11: {fault}",
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_reader_throw(load: Load, data: bytes) -> None:
    found = load(data)
    assert found.spec is None
    assert found.faults


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    line=st.text(alphabet=st.sampled_from("{}[]:,-?&*!|>'\"%@`#~<. \n\tab01eE_xo"), max_size=40)
)
def test_no_line_added_to_a_spec_makes_the_reader_throw(
    load: Load, minimal: str, line: str
) -> None:
    found = load(f"{minimal}{line}\n")
    assert (found.spec is None) is bool(found.faults)
