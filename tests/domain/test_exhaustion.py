"""When the budget will be spent: by rolling the window on, and never a number that is none."""

from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.budget import Spread
from qualityslo.domain.exhaustion import NO_DATA, NO_PACE, SPENT, exhaustion

WINDOW = 30


def pace(point: float | None, low: float | None = None, high: float | None = None) -> Spread:
    """Return a pace; without limits it is known exactly."""
    exact = point or 0.0
    return Spread(
        point=point, low=exact if low is None else low, high=exact if high is None else high
    )


def slots_left(rates: list[float | None], rate: float, target: float = 0.9) -> int | None:
    """Return the slots until the budget is spent."""
    return exhaustion(rates, pace(rate), window=WINDOW, target=target).point.slots


@pytest.mark.parametrize(
    ("rates", "rate", "slots"),
    [
        pytest.param([0.0] * 30, 1.0, 3, id="a clean window, everything bad: 3 slots are a tenth"),
        pytest.param([0.0] * 30, 0.2, 15, id="twice the budget takes half of the window"),
        pytest.param([0.05] * 30, 0.1, 30, id="exactly the budget fills it at the very end"),
        pytest.param([0.05] * 30, 0.0999, None, id="just below the budget never spends it"),
        pytest.param([0.1] * 30, 0.0, 0, id="spent already: exactly the budget"),
        pytest.param([0.3] * 10 + [0.0] * 20, 0.5, 0, id="spent by an early incident"),
        pytest.param([0.29] * 10 + [0.0] * 20, 0.2, 15, id="while old errors leave"),
        pytest.param([0.0] * 26 + [0.725] * 4, 0.2, 1, id="and while they stay"),
    ],
)
def test_the_window_rolls_on_at_the_pace(
    rates: list[float | None], rate: float, slots: int | None
) -> None:
    assert slots_left(rates, rate) == slots


def test_pyrra_1576_an_error_leaves_exactly_one_window_after_its_slot() -> None:
    # Three slots took nine tenths of the budget; they are the oldest, then the newest.
    early, late = [*[0.9] * 3, *[0.0] * 27], [*[0.0] * 27, *[0.9] * 3]
    assert exhaustion(early, pace(0.2), window=WINDOW, target=0.9).point.slots == 15
    assert exhaustion(late, pace(0.2), window=WINDOW, target=0.9).point.slots == 2


def test_the_interval_of_the_pace_is_that_of_the_time() -> None:
    left = exhaustion([0.05] * 30, pace(0.2, 0.05, 0.4), window=WINDOW, target=0.9)
    assert (left.earliest.slots, left.point.slots, left.latest.slots) == (5, 10, None)
    assert left.point.reason == "at this pace in 10 slots"
    assert left.latest.reason == "at this pace 50 % of the budget is spent in the long run"


def test_slots_without_a_rate_count_neither_way() -> None:
    # After 6 slots 12 known ones of 0.05 are left beside 6 of 0.2: a mean of exactly the budget.
    assert slots_left([0.05, None] * 15, 0.2) == 6


def test_sloth_348_a_young_slo_has_finite_numbers() -> None:
    assert slots_left([0.05], 0.2) == 1
    assert slots_left([0.05], 0.05) is None
    assert slots_left([0.2], 0.05) == 0


def test_slots_before_the_window_are_left_out() -> None:
    assert slots_left([*[1.0] * 10, *[0.0] * 30], 0.2) == slots_left([0.0] * 30, 0.2) == 15


def test_without_data_there_is_no_time_and_a_reason() -> None:
    for rates, known in (([], pace(0.1)), ([None, None], pace(0.1)), ([0.1], None)):
        left = exhaustion(rates, known, window=WINDOW, target=0.9)
        assert {left.point, left.earliest, left.latest} == {left.point}
        assert (left.point.slots, left.point.reason) == (None, NO_DATA)


def test_a_pace_without_a_point_still_has_its_ends() -> None:
    left = exhaustion([0.05] * 30, pace(None, 0.05, 0.4), window=WINDOW, target=0.9)
    assert (left.point.slots, left.point.reason) == (None, NO_PACE)
    assert left.earliest.slots == 5


def test_kibana_142784_an_overspent_budget_is_spent_now_and_not_some_slots_ago() -> None:
    left = exhaustion([0.9] * 30, pace(0.9), window=WINDOW, target=0.9)
    assert (left.point.slots, left.point.reason) == (0, SPENT)


shares = st.floats(0, 1)


@settings(max_examples=60)
@given(
    st.lists(st.none() | shares, max_size=40),
    st.tuples(shares, shares, shares).map(sorted),
    st.integers(1, 40),
    st.integers(1, 99_999).map(lambda n: n / 100_000),
)
def test_every_history_has_a_time_within_the_window_or_a_reason(
    rates: list[float | None], found: list[float], window: int, target: float
) -> None:
    low, point, high = found
    left = exhaustion(rates, pace(point, low, high), window=window, target=target)
    for one in (left.point, left.earliest, left.latest):
        assert one.reason
        assert one.slots is None or 0 <= one.slots <= window
    if left.latest.slots is not None:
        assert left.point.slots is not None
        assert left.earliest.slots is not None
        assert left.earliest.slots <= left.point.slots <= left.latest.slots


hundredths = st.integers(0, 100).map(lambda n: Fraction(n, 100))


@settings(max_examples=60)
@given(st.lists(hundredths, min_size=1, max_size=30), hundredths)
def test_it_is_what_rolling_by_hand_finds_in_fractions(
    rates: list[Fraction], rate: Fraction
) -> None:
    window = len(rates)
    by_hand = next(
        (
            slots
            for slots in range(window + 1)
            if (sum(rates[slots:]) + slots * rate) / window >= Fraction(1, 10)
        ),
        None,
    )
    past = [float(one) for one in rates]
    found = exhaustion(past, pace(float(rate)), window=window, target=0.9)
    assert found.point.slots == by_hand
