"""The shape of a spec: every number up to its limit and no further, every value for good."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from qualityslo.spec.load import Loaded
from qualityslo.spec.v1 import SpecV1

Load = Callable[[str | bytes], Loaded]
SpecOf = Callable[..., SpecV1]

EDGES = [
    ("review", "items_per_night", ["1", "100000"], ["0", "100001", "1.5", "'20'", "true"]),
    ("review", "alarm_factor", ["1", "10"], ["0.99", "10.01", ".nan", ".inf", "'2'", "true"]),
    ("review", "floor", ["1"], ["0", "2.5", "true"]),
    ("policy", "confidence", ["0.5", "0.999"], ["0.499", "1", "1.0", ".nan", "'0.9'"]),
    ("policy", "min_coverage", ["0", "1"], ["-0.01", "1.01", ".nan", "95", "true"]),
    ("gate", "margin", ["0", "1"], ["-0.01", "1.01", ".inf", "'0.02'"]),
]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [(section, key, value) for section, key, good, _ in EDGES for value in good],
)
def test_a_number_up_to_its_limit_is_taken(
    load: Load, minimal: str, section: str, key: str, value: str
) -> None:
    found = load(f"{minimal}{section}: {{{key}: {value}}}\n")
    assert found.faults == ()
    assert found.spec is not None
    assert getattr(getattr(found.spec, section), key) == float(value)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [(section, key, value) for section, key, _, bad in EDGES for value in bad],
)
def test_a_number_beyond_its_limit_or_none_is_refused(
    load: Load, minimal: str, section: str, key: str, value: str
) -> None:
    found = load(f"{minimal}{section}: {{{key}: {value}}}\n")
    assert found.spec is None
    assert len(found.faults) == 1
    assert found.faults[0].startswith(f"spec.yaml:10: {section}.{key} is ")


@pytest.mark.parametrize(
    ("seed", "taken"), [("0", True), ("4294967295", True), ("4294967296", False), ("-1", False)]
)
def test_a_seed_is_a_32_bit_number(load: Load, minimal: str, seed: str, *, taken: bool) -> None:
    assert (load(f"{minimal}seed: {seed}\n").spec is not None) is taken


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a", True),
        ("a" * 120, True),
        ("a" * 121, False),
        ("2nd_try-1.0", True),
        ("-a", False),
        (".hidden", False),
        ("a/b", False),
        ("a b", False),
        ('"a\\n"', False),
        ('""', False),
    ],
)
def test_a_name_fits_into_files_metrics_and_runs(
    load: Load, minimal: str, name: str, *, taken: bool
) -> None:
    spec = load(minimal.replace("support-assistant", name)).spec
    assert (spec is not None) is taken


def test_mlflow_is_on_by_default_may_be_set_and_may_be_off(spec_of: SpecOf) -> None:
    plain = spec_of().mlflow
    assert plain is not False
    assert (plain.tracking_uri, plain.experiment, plain.timeout) == (None, None, "5s")
    told = spec_of("mlflow: {experiment: nightly}").mlflow
    assert told is not False
    assert told.experiment == "nightly"
    assert spec_of("mlflow: false").mlflow is False


def test_a_spec_never_changes_once_it_is_read(spec_of: SpecOf) -> None:
    spec = spec_of()
    for section, key in ((spec, "seed"), (spec.review, "floor"), (spec.models.baseline, "use")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, key, 1)


def test_a_method_for_scores_is_refused_for_a_good_or_bad_rate_with_the_reason(
    load: Load, minimal: str
) -> None:
    faults = load(f"{minimal}\ncriteria: {{correctness: {{method: ppi_mean}}}}\n").faults
    assert len(faults) == 1
    assert "'ppi_mean' is for the mean of real-valued scores" in faults[0]
    assert "leave 'method' out" in faults[0]
    assert not load(f"{minimal}\ncriteria: {{correctness: {{method: exact}}}}\n").faults
