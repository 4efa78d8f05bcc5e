"""A percentile is an observed value between observed values."""

import math
import random

import pytest

from qualityslo.errors import StatsError
from qualityslo.stats import quantile_interval


def at_most(count: int, quantile: float, below: int) -> float:
    """Return P(X <= below), X ~ Binomial(count, quantile)."""
    return sum(
        math.comb(count, k) * quantile**k * (1 - quantile) ** (count - k) for k in range(below + 1)
    )


@pytest.mark.parametrize(
    ("count", "quantile"),
    [(100, 0.9), (60, 0.5), (400, 0.95), (37, 0.2)],
    ids=["the 90th of 100", "the median of 60", "the 95th of 400", "the 20th of 37"],
)
def test_the_limits_are_the_closest_order_statistics_that_keep_the_promise(
    count: int, quantile: float
) -> None:
    values = list(range(1, count + 1))
    random.Random(3).shuffle(values)
    estimate = quantile_interval(values, quantile)
    assert estimate.low is not None
    assert estimate.high is not None
    low, high = int(estimate.low), int(estimate.high)
    assert at_most(count, quantile, low - 1) <= 0.025 < at_most(count, quantile, low)
    assert 1 - at_most(count, quantile, high - 1) <= 0.025 < 1 - at_most(count, quantile, high - 2)


@pytest.mark.parametrize(
    ("count", "quantile", "rank"),
    [(100, 0.07, 7), (100, 0.95, 95), (10, 0.01, 1), (3, 0.5, 2), (4, 0.5, 2), (1, 0.99, 1)],
    ids=[
        "a product that rounds up",
        "a common percentile",
        "below the first value",
        "an odd median",
        "an even median",
        "a single value",
    ],
)
def test_the_point_is_the_smallest_value_that_the_share_does_not_exceed(
    count: int, quantile: float, rank: int
) -> None:
    assert quantile_interval(range(1, count + 1), quantile).point == rank


@pytest.mark.parametrize(
    ("count", "bounded"), [(367, False), (368, True)], ids=["367 values", "368 values"]
)
def test_a_high_percentile_takes_many_values_to_bound_from_above(
    count: int, *, bounded: bool
) -> None:
    estimate = quantile_interval(range(count), 0.99)
    assert (estimate.high is not None) is bounded
    assert estimate.low is not None


def test_a_single_value_bounds_nothing() -> None:
    estimate = quantile_interval([250.0], 0.95)
    assert (estimate.low, estimate.point, estimate.high) == (None, 250.0, None)
    assert (estimate.count, estimate.quantile, estimate.confidence) == (1, 0.95, 0.95)


@pytest.mark.parametrize(
    ("values", "quantile", "message"),
    [
        pytest.param([], 0.5, "at least one value", id="no values"),
        pytest.param([[1.0]], 0.5, "flat list", id="a matrix"),
        pytest.param(3.0, 0.5, "flat list", id="a lone number"),
        pytest.param([1.0, float("nan")], 0.5, "leave missing values out", id="a missing value"),
        pytest.param([1.0], 95, "write the 95th as 0.95", id="a percentage"),
    ],
)
def test_impossible_questions_are_refused(
    values: list[float], quantile: float, message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        quantile_interval(values, quantile)


def test_a_percentile_estimate_respects_the_confidence() -> None:
    usual, careful = (quantile_interval(range(200), 0.5, confidence=c) for c in (0.95, 0.99))
    assert usual.low is not None
    assert careful.low is not None
    assert careful.low < usual.low
