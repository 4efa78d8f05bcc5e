"""Reading a spec: what is right is read, what is wrong is told at once with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qualityslo.spec.load import Loaded, load_spec

Load = Callable[[str | bytes], Loaded]


def test_the_eight_lines_of_the_design_are_a_spec_and_the_rest_has_defaults(
    load: Load, minimal: str
) -> None:
    found = load(minimal)
    assert found.faults == ()
    assert found.raw["service"] == "support-assistant"
    spec = found.spec
    assert spec is not None
    assert spec.models.baseline.params == {"base_url": "http://localhost:8000/v1", "model": "prod"}
    assert [(slo.name, slo.target, slo.window) for slo in spec.slos] == [
        ("correctness", 0.9, "30d"),
        ("hallucination", 0.98, "30d"),
    ]
    assert (spec.schedule.cron, spec.schedule.timezone) == ("0 0 * * *", "UTC")
    assert (spec.review.items_per_night, spec.review.floor) == (20, 5)
    assert (spec.gate.margin, spec.gate.frame) == (0.02, "traffic")
    assert (spec.policy.confidence, spec.policy.min_coverage) == (0.95, 0.95)
    assert not spec.policy.act_on_uncorrected
    assert not spec.policy.count_failures_as_bad
    assert spec.mlflow is not False
    assert (spec.seed, spec.engine, spec.drift) == (0, "local", None)


def test_a_byte_order_mark_is_no_part_of_the_first_key(load: Load, minimal: str) -> None:
    assert load(b"\xef\xbb\xbf" + minimal.encode()).spec == load(minimal).spec


def test_windows_line_ends_change_nothing(load: Load, minimal: str) -> None:
    assert load(minimal.replace("\n", "\r\n")).spec == load(minimal).spec


def test_every_fault_is_told_at_once_with_its_line(load: Load, minimal: str) -> None:
    text = minimal.replace("service: support-assistant", "service: 'not a name!'").replace(
        "target: 0.90", "target: 90"
    )
    found = load(text + "sevice: x\nreview: {item_per_night: 3, floor: 0}\ngate: {margin: 2}\n")
    assert found.spec is None
    assert found.raw["review"] == {"item_per_night": 3, "floor": 0}
    assert found.faults == (
        (
            "spec.yaml:2: service is 'not a name!': string should match pattern "
            "'^[A-Za-z0-9][A-Za-z0-9_.-]*$'"
        ),
        "spec.yaml:8: slos[0].target: 90 is not below 1: for 90 % write 0.9",
        "spec.yaml:10: sevice: no such key; did you mean 'service'?",
        "spec.yaml:11: review.floor is 0: input should be greater than or equal to 1",
        "spec.yaml:11: review.item_per_night: no such key; did you mean 'items_per_night'?",
        "spec.yaml:12: gate.margin is 2: input should be less than or equal to 1",
    )


def test_a_key_given_twice_is_a_fault_among_the_others(load: Load, minimal: str) -> None:
    found = load(minimal + "service: other\nseed: 1\nseed: 2\nsevice: x\n")
    assert found.spec is None
    assert found.faults == (
        "spec.yaml:10: service is given twice (first on line 2)",
        "spec.yaml:12: seed is given twice (first on line 11)",
        "spec.yaml:13: sevice: no such key; did you mean 'service'?",
    )


def test_a_key_given_twice_is_found_however_deep_and_however_quoted(
    load: Load, minimal: str
) -> None:
    found = load(minimal + "review:\n  floor: 5\n  'floor': 6\n")
    assert found.faults == ("spec.yaml:12: review.floor is given twice (first on line 11)",)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(
            "zzz: 1",
            "zzz: no such key; known: version, service, golden, models, slos, slis, criteria, "
            "schedule, review, gate, drift, policy, mlflow, store, output, exports, "
            "grade_cache, engine, seed",
            id="a key like no other",
        ),
        pytest.param(
            "schedule: {crom: '0 2 * * *'}",
            "schedule.crom: no such key; did you mean 'cron'?",
            id="a misspelt key of a section",
        ),
        pytest.param(
            "slis: {fast: {measur: ttft}}",
            "slis.fast.measur: no such key; did you mean 'measure'?",
            id="a misspelt key of an entry",
        ),
        pytest.param(
            "slis: {measure: {measur: ttft}}",
            "slis.measure.measur: no such key; did you mean 'measure'?",
            id="a misspelt key of an entry named like a key",
        ),
        pytest.param(
            "mlflow: {experimnt: x}",
            "mlflow.experimnt: no such key; did you mean 'experiment'?",
            id="a misspelt key of a section that may be false",
        ),
        pytest.param("bool: 1", "bool: no such key", id="a key that is a type's name"),
        pytest.param('"x[0]": 1', "x[0]: no such key", id="a key that looks like an index"),
        pytest.param("PluginSpec: 1", "PluginSpec: no such key", id="a key that is a class"),
        pytest.param("<<: {zzz: 1}", "zzz: no such key", id="a key merged in"),
        pytest.param("7: x", "7 is 7: keys should be strings", id="a number as key"),
        pytest.param("~: x", "a key is None: keys should be strings", id="nothing as key"),
        pytest.param("engine: ray", "engine is 'ray': input should be 'local'", id="a wrong word"),
        pytest.param("exports: [{folder: x}]", "exports[0].use is missing", id="a missing key"),
        pytest.param("exports: [5]", "exports[0] is 5: ", id="neither a name nor a plug-in"),
        pytest.param(
            "slis: {'bad name!': {measure: ttft, at_most: 1s}}",
            "slis.bad name! is 'bad name!': string should match",
            id="a name that is none",
        ),
        pytest.param("seed: -1", "seed is -1: ", id="a negative seed"),
        pytest.param("seed: true", "seed is True: ", id="yes as a number"),
        pytest.param("gate: {margin: yes}", "gate.margin is True: ", id="yes as a share"),
        pytest.param("gate: {margin: .nan}", "gate.margin is nan: ", id="no number as a share"),
        pytest.param("policy: {confidence: .nan}", "policy.confidence is nan", id="nor here"),
        pytest.param("policy: {confidence: 95}", "policy.confidence is 95", id="percent"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_value(
    load: Load, minimal: str, line: str, fault: str
) -> None:
    found = load(minimal + line + "\n")
    assert found.spec is None
    assert any(one.partition(": ")[2].startswith(fault) for one in found.faults), found.faults


@pytest.mark.parametrize("key", ["version", "service", "golden", "models", "slos"])
def test_what_must_be_there_is_missed_by_name(load: Load, minimal: str, key: str) -> None:
    lines = minimal.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next(
        (at for at in range(start + 1, len(lines)) if not lines[at].startswith(" ")), len(lines)
    )
    found = load("\n".join(lines[:start] + lines[end:]))
    assert f"spec.yaml:1: {key} is missing" in found.faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "spec.yaml:1: expected a mapping with 'version: 1'", id="empty"),
        pytest.param("# only a comment\n", "spec.yaml:1: expected a mapping", id="a comment"),
        pytest.param("- version: 1\n", "spec.yaml:1: expected a mapping", id="a list"),
        pytest.param("version 1\n", "spec.yaml:1: expected a mapping", id="a text"),
        pytest.param("a: [1\n", "spec.yaml:2: expected ',' or ']'", id="an open bracket"),
        pytest.param("a: 1\n\tb: 2\n", "spec.yaml:2: ", id="a tab"),
        pytest.param("a: 1\n---\nb: 2\n", "spec.yaml:2: but found another document", id="two"),
        pytest.param("? [a, b]\n: x\n", "spec.yaml:1: found unhashable key", id="a list as key"),
        pytest.param("a: \x00\n", "spec.yaml: not YAML: unacceptable character", id="a NUL byte"),
        pytest.param("a: *gone\n", "spec.yaml:1: found undefined alias 'gone'", id="no anchor"),
    ],
)
def test_a_text_that_is_no_spec_is_told_with_its_line(load: Load, text: str, fault: str) -> None:
    found = load(text)
    assert found.spec is None
    assert len(found.faults) == 1
    assert found.faults[0].startswith(fault), found.faults


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param("service: caf\xe9".encode("latin-1"), "not UTF-8 at byte 12", id="Latin-1"),
        pytest.param("version: 1".encode("utf-16"), "not UTF-8 at byte 0", id="UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_told_with_its_byte(
    load: Load, data: bytes, fault: str
) -> None:
    assert load(data).faults == (f"spec.yaml: {fault}",)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    missing, folder = tmp_path / "none.yaml", tmp_path
    assert load_spec(missing).faults == (f"{missing}: cannot be read: No such file or directory",)
    assert load_spec(folder).faults == (f"{folder}: cannot be read: Is a directory",)
    (fault,) = load_spec(Path("no\x00name")).faults
    assert "cannot be read: embedded null byte" in fault
