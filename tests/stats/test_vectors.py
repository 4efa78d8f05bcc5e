"""The regression vectors of statistics.md, section 6, and of statistics-decisions.md, section 2."""

from collections.abc import Sequence

import numpy as np
import pytest

from qualityslo.stats import (
    Estimate,
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
    window_rate_interval,
)
from qualityslo.stats.clustered import _effective
from qualityslo.stats.exact import finite_limits, fixed_limits
from qualityslo.stats.score import strict_limits

FIXED = 10**9
TOLERANCE = 1e-6


def close(estimate: Estimate | tuple[float, float], low: float, high: float) -> bool:
    """Tell whether both limits agree with the published ones to 1e-6."""
    found = estimate if isinstance(estimate, tuple) else (estimate.low, estimate.high)
    return found == pytest.approx((low, high), abs=TOLERANCE)


def fixed(weights: Sequence[float]) -> tuple[int, ...]:
    """Return weights as item counts so large that the set's own sampling does not matter."""
    return tuple(round(weight * FIXED) for weight in weights)


def strata(bad: Sequence[int], labelled: Sequence[int], items: Sequence[int]) -> list[Stratum]:
    """Return one stratum a column."""
    return [Stratum(m, n, x) for x, n, m in zip(bad, labelled, items, strict=True)]


EXACT2 = [
    ((0, 0), (90, 10), (0.9615, 0.0385), 0.000000, 0.038613),
    ((0, 4), (87, 13), (0.9615, 0.0385), 0.002689, 0.047134),
    ((1, 9), (87, 13), (0.9615, 0.0385), 0.018193, 0.082277),
    ((0, 1), (96, 4), (0.9615, 0.0385), 0.000243, 0.044496),
    ((2, 30), (140, 60), (0.835, 0.165), 0.068693, 0.128217),
    ((0, 12), (60, 40), (0.595, 0.405), 0.067079, 0.188453),
    ((0, 2), (98, 2), (0.95, 0.05), 0.007906, 0.086360),
]


FINITE2 = [
    ((0, 0), (90, 10), (1923, 77), None, 0.000000, 0.037500),
    ((1, 9), (87, 13), (1923, 77), None, 0.019000, 0.081000),
    ((0, 1), (25, 3), (80, 6), None, 0.011628, 0.116279),
    ((0, 2), (40, 10), (300, 20), Stratum(80, 80, 3), 0.012500, 0.072500),
]

FINITE3 = [
    ((0, 2, 1), (70, 20, 10), (1800, 150, 50), 0.002, 0.051),
    ((1, 0, 0), (80, 10, 10), (900, 60, 40), 0.001, 0.058),
]

SUPER2 = [
    ((0, 0), (90, 10), (1923, 77), None, 0.000000, 0.038614),
    ((1, 9), (87, 13), (1923, 77), None, 0.017412, 0.082625),
    ((0, 2), (40, 10), (300, 20), Stratum(80, 80, 3), 0.003664, 0.078528),
]

STRICT = [
    ((0, 1, 2), (80, 10, 5), (0.9, 0.07, 0.03), 0.003895, 0.068124),
    ((1, 3, 2, 1), (80, 10, 5, 3), (0.9, 0.06, 0.03, 0.01), 0.016790, 0.100547),
    ((0, 0, 0), (60, 5, 5), (0.9, 0.07, 0.03), 0.000000, 0.066779),
]

PAIRED = [
    (
        (0, 3, 0, 0),
        (0, 0, 1, 1),
        (8, 8, 8, 176),
        (0.03, 0.03, 0.03, 0.91),
        -0.029413,
        0.030091,
    ),
    ((0, 0, 0, 0), (0, 0, 0, 0), (8, 8, 8, 36), (0.03, 0.03, 0.03, 0.91), -0.090683, 0.090683),
    ((5,), (2,), (100,), (1.0,), -0.031451, 0.095797),
]


def named(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Return a name for each row of a table: its counts."""
    return [f"{row[0]}, {row[1]} of {row[2]}" for row in rows]


@pytest.mark.parametrize(("bad", "labelled", "weights", "low", "high"), EXACT2, ids=named(EXACT2))
def test_exact2_gives_the_published_limits(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    weights: tuple[float, ...],
    low: float,
    high: float,
) -> None:
    assert close(fixed_limits(bad, labelled, fixed(weights), 0.025), low, high)


@pytest.mark.parametrize(("bad", "labelled", "weights", "low", "high"), EXACT2, ids=named(EXACT2))
def test_weights_times_a_billion_in_the_traffic_frame_are_fixed_weights(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    weights: tuple[float, ...],
    low: float,
    high: float,
) -> None:
    estimate = rate_interval(strata(bad, labelled, fixed(weights)), frame="traffic")
    assert close(estimate, low, high)


@pytest.mark.parametrize(
    ("bad", "labelled", "items", "known", "low", "high"),
    FINITE2,
    ids=named(FINITE2),
)
def test_finite2_gives_the_published_limits(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    items: tuple[int, ...],
    known: Stratum | None,
    low: float,
    high: float,
) -> None:
    estimate = rate_interval([*strata(bad, labelled, items), *([known] if known else [])])
    assert estimate.method == "finite2"
    assert close(estimate, low, high)


@pytest.mark.parametrize(
    ("bad", "labelled", "items", "low", "high"),
    FINITE3,
    ids=named(FINITE3),
)
def test_finite3_gives_the_published_limits(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    items: tuple[int, ...],
    low: float,
    high: float,
) -> None:
    estimate = rate_interval(strata(bad, labelled, items))
    assert estimate.method == "finite3"
    assert close(estimate, low, high)


@pytest.mark.parametrize(
    ("bad", "labelled", "items", "known", "low", "high"),
    SUPER2,
    ids=named(SUPER2),
)
def test_super2_gives_the_published_limits(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    items: tuple[int, ...],
    known: Stratum | None,
    low: float,
    high: float,
) -> None:
    full = [known] if known else []
    estimate = rate_interval([*strata(bad, labelled, items), *full], frame="traffic")
    assert estimate.method == "super2"
    assert close(estimate, low, high)


@pytest.mark.parametrize(
    ("bad", "labelled", "weights", "low", "high"),
    STRICT,
    ids=named(STRICT),
)
def test_strict_gives_the_published_limits(
    bad: tuple[int, ...],
    labelled: tuple[int, ...],
    weights: tuple[float, ...],
    low: float,
    high: float,
) -> None:
    assert close(strict_limits(bad, labelled, np.array(weights), 0.025), low, high)


@pytest.mark.parametrize(
    ("first", "second", "labelled", "weights", "low", "high"),
    PAIRED,
    ids=named(PAIRED),
)
def test_paired_gives_the_published_limits(
    first: tuple[int, ...],
    second: tuple[int, ...],
    labelled: tuple[int, ...],
    weights: tuple[float, ...],
    low: float,
    high: float,
) -> None:
    columns = zip(fixed(weights), labelled, first, second, strict=True)
    estimate = paired_difference_interval([PairedStratum(*column) for column in columns])
    assert close(estimate, low, high)


@pytest.mark.parametrize(
    ("bad", "low", "high", "effective"),
    [
        ([28], 0.000126, 0.027589, 199.500000),
        ([], 0.000000, 0.018230, 200.500000),
        ([28, 14, 7, 3, 1], 0.001560, 0.030121, 261.996731),
    ],
    ids=["one item always bad", "no bad night", "five items bad at times"],
)
def test_the_same_items_over_28_nights_give_the_published_limits(
    bad: list[int], low: float, high: float, effective: float
) -> None:
    bad = bad + (200 - len(bad)) * [0]
    assert close(clustered_rate_interval(bad, 200 * [28]), low, high)
    sample = _effective(np.full(200, 28.0), np.array(bad, dtype=np.float64), 1 / 200)
    assert sample.size == pytest.approx(effective, abs=TOLERANCE)


def spiked(items: int, **bad: float) -> list[float]:
    """Return zeros for all items but those given as `_position=weight`."""
    values = items * [0.0]
    for name, weight in bad.items():
        values[int(name[1:])] = weight
    return values


MIXED = 60 * [9.0] + 20 * [1.5] + 50 * [28.0] + 70 * [0.0]
MIXED_BAD = spiked(200, _0=9, _80=28, **{f"_{at}": 1.5 for at in range(60, 66)})


@pytest.mark.parametrize(
    ("weights", "bad", "point", "limits", "effective"),
    [
        (40 * [5.0] + 160 * [0.0], 200 * [0.0], 0.0, (0.0, 0.0870585), 40.5),
        (40 * [5.0] + 160 * [0.0], spiked(200, _0=5), 0.025, (0.00063458, 0.1315089), 40.036503),
        (200 * [28.0], spiked(200, _0=28), 0.005, (0.000125582, 0.027588770), 199.5),
        (MIXED, MIXED_BAD, 0.02335025, (0.00352264, 0.07577383), 99.135590),
    ],
    ids=["no bad item", "one bad item", "everything labelled", "mixed weights"],
)
def test_the_window_rate_gives_the_published_limits(
    weights: list[float],
    bad: list[float],
    point: float,
    limits: tuple[float, float],
    effective: float,
) -> None:
    estimate = window_rate_interval(weights, bad)
    assert estimate.point == pytest.approx(point, abs=1e-8)
    assert (estimate.low, estimate.high) == pytest.approx(limits, abs=1e-7)
    shares = np.array(weights) / sum(weights)
    sample = _effective(np.array(weights), np.array(bad), float(shares @ shares))
    assert sample.size == pytest.approx(effective, abs=TOLERANCE)


def test_the_finite_engine_answers_in_numbers_of_items() -> None:
    assert finite_limits((1, 9), (87, 13), (1923, 77), 0.025) == (38, 162)
