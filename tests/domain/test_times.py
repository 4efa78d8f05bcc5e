"""Distributions of times: every answer counts once, whatever the axis."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.sli import Measure, Role
from qualityslo.domain.times import BINS, TimeLimit, quantiles_of, time_summary

QUICK = settings(deadline=None, max_examples=80)
SECONDS = st.lists(st.just(float("nan")) | st.floats(0, 1e6), min_size=1, max_size=60)


@QUICK
@given(base=SECONDS, other=SECONDS, limit=st.none() | st.floats(1e-6, 1e6))
def test_every_observed_answer_is_in_exactly_one_bin(
    base: list[float], other: list[float], limit: float | None
) -> None:
    times = {Role.BASELINE: np.array(base), Role.CANDIDATE: np.array(other)}
    limits = [] if limit is None else [TimeLimit(slo="fast", at_most=limit)]
    found = time_summary("faq", Measure.TTFT, times, limits)
    observed = sum(int(np.isfinite(one).sum()) for one in times.values())
    if found is None:
        assert observed == 0
        return
    assert found.start < found.end
    for one in found.spreads:
        assert len(one.counts) == BINS
        assert sum(one.counts) == one.observed
        assert one.observed + one.unobserved == len(times[one.role])
    if limit is not None:
        assert limit <= found.end * (1 + 1e-12)


def test_both_models_share_one_axis_and_the_slow_one_lies_to_the_right() -> None:
    times = {Role.BASELINE: np.full(10, 0.1), Role.CANDIDATE: np.full(10, 10.0)}
    found = time_summary("faq", Measure.LATENCY, times)
    assert found is not None
    assert found.logarithmic
    fast, slow = (one.counts for one in found.spreads)
    assert (fast[0], slow[-1]) == (10, 10)


def test_times_of_one_magnitude_get_equal_steps() -> None:
    found = time_summary("faq", Measure.LATENCY, {Role.BASELINE: np.array([1.0, 2.0, 3.0])})
    assert found is not None
    assert not found.logarithmic
    assert [at for at, n in enumerate(found.spreads[0].counts) if n] == [0, BINS // 2, BINS - 1]


def test_a_quantile_is_a_value_that_was_observed() -> None:
    found = quantiles_of(np.arange(1.0, 101.0))
    assert found == {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0}


@pytest.mark.parametrize("values", [[], [float("nan")]], ids=["no item", "nothing observed"])
def test_nothing_observed_has_no_distribution(values: list[float]) -> None:
    assert time_summary("faq", Measure.TTFT, {Role.BASELINE: np.array(values)}) is None
