"""Error budgets: exact arithmetic, and nothing that is no number."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.budget import Spread, budget_fraction, budget_of, burn_of
from qualityslo.stats import Estimate

Make = Callable[..., Estimate]

targets = st.integers(1, 99_999).map(lambda n: n / 100_000)
rates = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@pytest.mark.parametrize(
    ("target", "fraction"),
    [(0.9, 0.1), (0.95, 0.05), (0.98, 0.02), (0.99, 0.01), (0.999, 0.001), (0.9999, 0.0001)],
)
def test_the_budget_is_what_a_person_reads_without_binary_noise(
    target: float, fraction: float
) -> None:
    assert budget_fraction(target) == fraction
    assert budget_fraction(np.float64(target)) == fraction


@pytest.mark.parametrize(
    ("target", "items", "failures"),
    [(0.999, 1000, 1), (0.98, 1000, 20), (0.9, 10, 1), (0.97, 700, 21)],
)
def test_exactly_the_allowed_failures_consume_exactly_the_budget(
    make_estimate: Make, target: float, items: int, failures: int
) -> None:
    spent = budget_of(make_estimate(failures / items), None, target)
    assert spent.consumed == Spread(point=1.0, low=1.0, high=1.0)
    assert spent.remaining == Spread(point=0.0, low=0.0, high=0.0)
    assert spent.burn is None


@given(target=targets, window=rates, last=rates)
def test_remaining_is_what_is_not_consumed_and_the_limits_change_sides(
    make_estimate: Make, target: float, window: list[float], last: list[float]
) -> None:
    budget = budget_of(make_estimate(*window), make_estimate(*last), target)
    assert budget.consumed is not None
    assert budget.remaining is not None
    assert budget.burn is not None
    assert budget.consumed.low <= budget.consumed.high
    assert budget.remaining.low == 1 - budget.consumed.high
    assert budget.remaining.high == 1 - budget.consumed.low
    assert (budget.consumed.point, budget.remaining.point, budget.burn.point) == (None, None, None)
    assert budget.burn.low == last[0] / budget.fraction


@given(target=targets, bad=st.floats(0, 1), more=st.floats(0, 1))
def test_more_bad_answers_never_burn_less(
    make_estimate: Make, target: float, bad: float, more: float
) -> None:
    few, many = sorted((bad, more))
    one, other = burn_of(make_estimate(few), target), burn_of(make_estimate(many), target)
    assert one.point is not None
    assert other.point is not None
    assert one.point <= other.point


@given(target=targets)
def test_all_good_consumes_nothing(make_estimate: Make, target: float) -> None:
    budget = budget_of(make_estimate(0.0), make_estimate(0.0), target)
    nothing = Spread(point=0.0, low=0.0, high=0.0)
    assert (budget.consumed, budget.burn) == (nothing, nothing)
    assert budget.remaining == Spread(point=1.0, low=1.0, high=1.0)


def test_without_an_estimate_nothing_is_known_of_the_budget_but_its_size() -> None:
    budget = budget_of(None, None, 0.98)
    assert (budget.consumed, budget.remaining, budget.burn) == (None, None, None)
    assert budget.fraction == 0.02
