"""The e-detector: grows by one a night while all is well, and rings when it is not."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import StatsError
from qualityslo.stats import EDetector


def test_the_published_nights_give_the_published_evidence() -> None:
    state, values = EDetector(), []
    for burn in (1, 0, 3, 2.5, 4, 0):
        state = state.after(burn)
        values.append(state.value)
    assert values == pytest.approx([1, 1.625, 3.5375, 5.871562, 11.264622, 9.274063], abs=1e-6)


SUMS = st.tuples(*[st.floats(0, 800)] * 4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SUMS, st.floats(0.01, 1))
def test_at_the_budget_the_evidence_grows_by_one_a_night_on_average(
    sums: tuple[float, ...], chance: float
) -> None:
    state = EDetector(sums=sums)
    bad, good = state.after(1 / chance), state.after(0)
    expected = chance * bad.value + (1 - chance) * good.value
    assert expected == pytest.approx(state.value + 1, rel=1e-9)


def test_it_rings_at_the_threshold_and_starts_again_from_nothing() -> None:
    ringing = EDetector(sums=(900.0,) * 4)
    assert ringing.pages
    assert not EDetector(sums=(899.9,) * 4).pages
    assert ringing.after(2.5) == EDetector().after(2.5)
    assert EDetector(threshold=3).after(9).threshold == 3


def test_a_quarter_at_the_budget_seldom_rings_and_five_times_the_budget_soon_does() -> None:
    rng, quarters = np.random.default_rng(12), 1500
    # One of 40 answers is bad at 2.5 %: burns of 0, 1, 2, ... with a mean of exactly the factor.
    false, delays = 0, []
    for factor in (1, 5):
        for burns in rng.binomial(40, 0.025 * factor, size=(quarters, 90)):
            states = itertools.accumulate(burns.tolist(), EDetector.after, initial=EDetector())
            rang = next((night for night, state in enumerate(states) if state.pages), math.inf)
            if factor == 1:
                false += rang <= 90
            else:
                delays.append(rang)
    assert false / quarters <= 0.1
    assert np.median(delays) <= 10


@pytest.mark.parametrize("burn", [-0.1, math.inf, math.nan])
def test_a_burn_rate_that_is_none_is_refused(burn: float) -> None:
    with pytest.raises(StatsError, match="leave the night out"):
        EDetector().after(burn)


@pytest.mark.parametrize(
    "sums", [(0.0,) * 3, (-1.0, 0.0, 0.0, 0.0), (math.nan,) * 4], ids=["three", "negative", "NaN"]
)
def test_a_state_that_none_can_reach_is_refused(sums: tuple[float, ...]) -> None:
    with pytest.raises(StatsError, match="4 finite numbers"):
        EDetector(sums=sums)


@pytest.mark.parametrize("threshold", [0.0, -1.0, math.inf])
def test_a_threshold_that_never_or_always_rings_is_refused(threshold: float) -> None:
    with pytest.raises(StatsError, match="usual: 900"):
        EDetector(threshold=threshold)
