"""Public fault reports about estimates, with their right values: C33 and the groups of C35."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qualityslo.stats import (
    PairedStratum,
    Stratum,
    bootstrap_differences,
    clopper_pearson,
    grouped_rate,
    mcnemar_exact,
    paired_difference_interval,
    ppi_mean,
    rate_interval,
)

CASES = Path(__file__).parents[1] / "cases"
Columns = tuple[list[float], list[float], list[float]]


def expected_of(case: str) -> dict[str, Any]:
    """Return the expected values of a case."""
    found: dict[str, Any] = json.loads((CASES / "expected" / f"{case}.json").read_text("utf-8"))
    return found


def column(name: str, field: str) -> list[float]:
    """Return one field of every row of an input."""
    lines = (CASES / "inputs" / name).read_text("utf-8").splitlines()
    return [float(json.loads(line)[field]) for line in lines]


@pytest.fixture(scope="module")
def c33() -> Columns:
    """What people said, what the judge said of the same answers, and of all others."""
    both = "C33-human-and-judge.jsonl"
    return column(both, "human"), column(both, "judge"), column("C33-judge-only.jsonl", "judge")


def test_c33_the_judge_alone_is_off_by_its_bias(
    c33: Columns,
) -> None:
    human, judge, other = c33
    assert (len(human), len(other)) == (200, 2000)
    assert np.mean(human) == 0.8
    assert np.mean(judge) == 0.85
    assert np.mean(other) == expected_of("C33")["judge_only"]


@pytest.mark.parametrize(
    ("tuned", "name"), [(False, "ppi1"), (True, "ppi_tuned")], ids=["weight 1", "power-tuned"]
)
def test_c33_the_corrected_interval_is_the_expected_one(
    c33: Columns, *, tuned: bool, name: str
) -> None:
    expected = expected_of("C33")
    found = ppi_mean(*c33, power_tuning=tuned)
    low, high = expected[name]["ci"]
    tolerance = expected["tolerance"]
    assert found.weight == pytest.approx(expected[name].get("lambda", 1), abs=2 * tolerance)
    assert (found.low, found.point, found.high) == pytest.approx(
        (low, expected[name]["est"], high), abs=tolerance
    )
    assert found.doubts == ()


def test_c33_the_gain_is_small_and_without_tuning_a_loss(
    c33: Columns,
) -> None:
    low, high = expected_of("C33")["humans"]["wald"]
    alone = high - low
    widths = []
    for tuned in (False, True):
        found = ppi_mean(*c33, power_tuning=tuned)
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[0] > alone > widths[1] > 0.85 * alone


def test_c33_people_alone_and_the_method_of_a_binary_sli(c33: Columns) -> None:
    human, judge, other = c33
    low, high = expected_of("C33")["humans"]["wilson"]
    alone = clopper_pearson(human.count(1), len(human))
    assert alone[0] < low < high < alone[1]
    strata = []
    for verdict in (0, 1):
        said = [truth for truth, seen in zip(human, judge, strict=True) if seen == verdict]
        strata.append(Stratum(len(said) + other.count(verdict), len(said), said.count(0)))
    good = rate_interval(strata, frame="traffic").complement()
    # An exact interval, about as wide as the approximate ones: here too the gain is small.
    assert good.point == pytest.approx(expected_of("C33")["ppi_tuned"]["est"], abs=0.01)
    assert 0.85 < (good.high - good.low) / (alone[1] - alone[0]) < 1


# --- C35 ----------------------------------------------------------------------------------------


def test_c35_each_average_of_groups_has_its_own_error() -> None:
    groups = json.loads((CASES / "inputs" / "C35-groups.json").read_text("utf-8"))
    expected = expected_of("C35")["groups"]
    valid = [one["n"] for one in groups]
    bad = [one["n"] - one["correct"] for one in groups]
    for average in ("macro", "pooled"):
        found = grouped_rate(bad, valid, average=average)
        assert 1 - found.point == pytest.approx(expected[average])
        assert found.standard_error == pytest.approx(expected[f"{average}_se"], abs=5e-7)


def test_c35_an_interval_of_either_average_belongs_to_its_point() -> None:
    fixed = 10**9
    macro = [Stratum(fixed, 900, 90), Stratum(fixed, 100, 50)]
    pooled = [Stratum(9 * fixed, 900, 90), Stratum(fixed, 100, 50)]
    for strata, average in ((macro, "macro"), (pooled, "pooled")):
        expected = expected_of("C35")["groups"]
        found = rate_interval(strata, frame="traffic").complement()
        assert found.point == pytest.approx(expected[average])
        error = 1.96 * expected[f"{average}_se"]
        assert found.high - found.low == pytest.approx(2 * error, rel=0.12)


def test_c35_the_paired_figures_of_the_table() -> None:
    expected = expected_of("C35")
    counts = expected["table"]
    assert mcnemar_exact(counts["base_only"], counts["cand_only"]) == pytest.approx(
        expected["mcnemar_exact"], abs=5e-7
    )
    worse, better = counts["base_only"], counts["cand_only"]
    found = paired_difference_interval([PairedStratum(200, 200, worse, better)])
    assert found.point == pytest.approx(-expected["difference"])
    low, high = expected["paired_ci"]
    # The Wald interval of the case says too little of the side that a gate looks at.
    assert found.high - found.low > high - low
    assert found.high > -low


def test_c35_the_bootstrap_of_the_pairs_is_about_the_interval_of_the_case() -> None:
    expected = expected_of("C35")
    baseline = [1] * 156 + [1] * 14 + [0] * 4 + [0] * 26
    candidate = [1] * 156 + [0] * 14 + [1] * 4 + [0] * 26
    (found,) = bootstrap_differences(candidate, baseline, rng=np.random.default_rng(2))
    assert (found.low, found.high) == pytest.approx(expected["paired_ci"], abs=0.006)
