"""Burn over look-backs of slots, and thresholds that can ring and do not ring at rest."""

import math
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.alert_presets import CLASSIC_FAST, SLOW
from qualityslo.domain.burn import (
    BudgetTerms,
    BurnCondition,
    BurnRequest,
    SlotRate,
    above,
    burn_condition,
    burns_above,
    lookback_rate,
    lost_share,
    threshold_factor,
)
from qualityslo.errors import UsageError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTES = HOUR / 12


def terms(
    target: float = 0.9, window: timedelta = 30 * DAY, cadence: timedelta = DAY
) -> BudgetTerms:
    """Return the terms of a nightly SLO."""
    return BudgetTerms(target=target, window=window, cadence=cadence)


def rates(*found: float | None, events: int = 200) -> list[SlotRate | None]:
    """Return slots with these bad rates."""
    return [None if one is None else SlotRate(rate=one, events=events) for one in found]


def ask(fraction: float, lookback: timedelta, short: timedelta | None = None) -> BurnRequest:
    """Return a request; the short look-back is a twelfth of the long one."""
    return BurnRequest(fraction=fraction, lookback=lookback, short=short or lookback / 12)


class TestTheTableOfTheWorkbook:
    """SRE workbook, chapter 5, and its generalisation to other windows."""

    @pytest.mark.parametrize(
        ("fraction", "lookback", "factors"),
        [
            (0.02, HOUR, (14.4, 13.44, 3.36, 43.2)),
            (0.05, 6 * HOUR, (6, 5.6, 1.4, 18)),
            (0.10, DAY, (3, 2.8, 0.7, 9)),
            (0.10, 3 * DAY, (1, 0.9333333333, 0.2333333333, 3)),
            (0.05, HOUR, (36, 33.6, 8.4, 108)),
        ],
        ids=["page quick", "page slow", "ticket quick", "ticket slow", "classic fast"],
    )
    def test_factors_follow_from_the_share_of_the_budget_and_the_window(
        self, fraction: float, lookback: timedelta, factors: tuple[float, ...]
    ) -> None:
        found = [
            float(threshold_factor(fraction, days * DAY, lookback)) for days in (30, 28, 7, 90)
        ]
        assert found == pytest.approx(factors, abs=1e-9)

    def test_a_factor_is_exact(self) -> None:
        assert threshold_factor(0.1, 30 * DAY, DAY) == 3
        assert threshold_factor(0.05, 30 * DAY, DAY) == Fraction(3, 2)

    def test_a_stream_has_the_classic_fast_burn_of_36(self) -> None:
        found = burn_condition(CLASSIC_FAST, terms(0.99, cadence=MINUTES), pooled=True)
        assert found == BurnCondition(fraction=0.05, factor=36.0, long=12, short=1, pooled=True)

    def test_a_stream_has_a_slow_burn_over_days(self) -> None:
        found = burn_condition(SLOW, terms(0.99, cadence=HOUR))
        assert (found.factor, found.long, found.short) == (1.0, 72, 6)


class TestTheBatchRule:
    """Look-backs below the cadence cannot be seen: the share of the budget stays, the factor goes."""

    @pytest.mark.parametrize(
        ("request_", "factor", "slots"),
        [(CLASSIC_FAST, 1.5, 1), (SLOW, 1.0, 3), (ask(0.10, DAY), 3.0, 1)],
        ids=["5 % in an hour is 1.5x on one night", "10 % in 3 days", "10 % in a day"],
    )
    def test_a_nightly_batch_keeps_the_share_of_the_budget(
        self, request_: BurnRequest, factor: float, slots: int
    ) -> None:
        found = burn_condition(request_.for_batches(DAY), terms())
        assert (found.factor, found.long, found.short) == (factor, slots, 1)
        lost = lost_share([factor * terms().budget] * slots, terms())
        assert lost == pytest.approx(request_.fraction)

    def test_a_look_back_below_the_cadence_is_refused_and_told_the_least(self) -> None:
        with pytest.raises(
            UsageError, match=r"lookback=1h is shorter than the cadence, 1d: .*give 1d"
        ):
            burn_condition(CLASSIC_FAST, terms())
        with pytest.raises(UsageError, match="short=5m is shorter than the cadence, 1h"):
            burn_condition(CLASSIC_FAST, terms(0.99, cadence=HOUR))

    def test_a_batch_look_back_is_rounded_up_and_its_short_one_is_the_last_slot(self) -> None:
        found = ask(0.2, 2.5 * DAY).for_batches(DAY)
        assert (found.fraction, found.lookback, found.short) == (0.2, 3 * DAY, DAY)

    def test_look_backs_are_rounded_up_to_slots_and_the_factor_with_them(self) -> None:
        found = burn_condition(ask(0.2, 2.5 * DAY, DAY), terms())
        assert (found.long, found.factor) == (3, 2.0)

    @settings(max_examples=60)
    @given(
        fraction=st.integers(1, 1000).map(lambda n: n / 1000),
        lookback=st.integers(1, 60 * 24),
        window=st.integers(1, 90),
        cadence=st.sampled_from([1, 6, 24, 168]),
        target=st.integers(1, 9999).map(lambda n: n / 10_000),
    )
    def test_every_condition_can_ring_and_cannot_ring_within_the_budget(
        self, fraction: float, lookback: int, window: int, cadence: int, target: float
    ) -> None:
        bought = terms(target, window * DAY, cadence * HOUR)
        request = ask(fraction, lookback * HOUR).for_batches(bought.cadence)
        factor = threshold_factor(fraction, bought.window, request.lookback)
        if not 1 <= factor < bought.highest_burn:
            with pytest.raises(UsageError, match=r"propose|reachable are"):
                burn_condition(request, bought)
            return
        found = burn_condition(request, bought)
        assert 1 <= found.factor < bought.highest_burn
        everything = rates(*[1.0] * found.long)
        assert burns_above(found, everything, bought.budget)
        assert not burns_above(found, rates(*[bought.budget] * found.long), bought.budget)


class TestFactorsThatAreRefused:
    """Reference, section 5, items 11 to 14."""

    def test_sloth_188_a_factor_below_one_is_refused_with_the_share_that_would_do(self) -> None:
        with pytest.raises(UsageError, match=r"0\.233, below 1: .*propose fraction=0\.4286"):
            burn_condition(ask(0.1, 3 * DAY, DAY), terms(0.9, 7 * DAY))
        proposed = burn_condition(ask(0.4286, 3 * DAY, DAY), terms(0.9, 7 * DAY))
        assert proposed.factor >= 1

    def test_kibana_170830_default_factors_are_scaled_by_the_window(self) -> None:
        month = burn_condition(ask(0.02, HOUR, MINUTES), terms(0.99, cadence=MINUTES))
        week = burn_condition(ask(0.02, HOUR, MINUTES), terms(0.99, 7 * DAY, MINUTES))
        assert (month.factor, week.factor) == (14.4, 3.36)

    @pytest.mark.parametrize("fraction", [0.84 / 30, 0.168 / 30], ids=["0.84", "0.168"])
    def test_kubernetes_mixin_382_alerts_within_the_budget_are_refused(
        self, fraction: float
    ) -> None:
        with pytest.raises(UsageError, match=r"below 1: .*propose fraction=0\.0334"):
            burn_condition(ask(fraction, DAY, DAY), terms())

    def test_kcp_287_a_low_target_makes_the_alarm_unreachable_and_says_the_most(self) -> None:
        with pytest.raises(UsageError, match=r"unreachable: .* at most 2 \(max, everything bad\)"):
            burn_condition(ask(0.02, HOUR, MINUTES), terms(0.5, cadence=MINUTES))

    def test_the_range_that_is_named_is_the_range_that_is_accepted(self) -> None:
        with pytest.raises(UsageError, match=r"fractions from 0\.0334 to below 0\.3333$"):
            burn_condition(ask(0.9, DAY, DAY), terms())
        assert burn_condition(ask(0.0334, DAY, DAY), terms()).factor >= 1
        assert burn_condition(ask(0.3333, DAY, DAY), terms()).factor < 10

    def test_a_factor_of_exactly_the_highest_burn_can_never_be_exceeded(self) -> None:
        exactly = BurnRequest(fraction=1 / 3, lookback=DAY, short=DAY)
        assert burn_condition(exactly, terms()).factor < 10  # a float just below a third
        with pytest.raises(UsageError, match="unreachable"):
            burn_condition(ask(0.5, DAY, DAY), terms(0.5, 4 * DAY))

    @pytest.mark.parametrize("target", [1.0, 0.0, -0.1, 98.0, math.nan, math.inf])
    def test_sloth_749_a_target_without_a_budget_has_no_burn(self, target: float) -> None:
        with pytest.raises(UsageError, match=r"no budget to burn; write 98 % as 0\.98"):
            terms(target)

    @pytest.mark.parametrize("fraction", [0.0, -0.1, 5.0, math.nan])
    def test_a_share_of_the_budget_that_is_none_is_refused(self, fraction: float) -> None:
        with pytest.raises(UsageError, match=r"write 5 % as 0\.05"):
            burn_condition(ask(fraction, DAY, DAY), terms())

    def test_a_short_look_back_that_is_longer_is_refused(self) -> None:
        with pytest.raises(UsageError, match="short=2d is longer than lookback=1d"):
            burn_condition(ask(0.1, DAY, 2 * DAY), terms())

    def test_a_window_that_is_no_time_is_refused(self) -> None:
        with pytest.raises(UsageError, match="window="):
            terms(window=timedelta(0))


class TestComparisons:
    """Strict, on unrounded values."""

    def test_a_burn_of_14_44_is_above_14_4_before_any_rounding(self) -> None:
        assert above(14.44, 14.4)
        assert above(14.400001, 14.4)

    def test_kibana_182159_a_burn_of_exactly_the_factor_does_not_ring(self) -> None:
        night = BurnCondition(fraction=0.1, factor=3.0, long=1, short=1)
        assert not burns_above(night, rates(60 / 200), 0.1)
        assert burns_above(night, rates(61 / 200), 0.1)

    @given(st.integers(1, 999), st.integers(1, 30), st.integers(1, 50))
    def test_a_burn_that_is_the_factor_on_paper_is_not_above_it_in_binary(
        self, bad: int, slots: int, tenths: int
    ) -> None:
        budget = bad / 1000
        factor = tenths / 10
        assert not above(sum([factor * budget] * slots) / slots / budget, factor)


class TestLookBacks:
    """The known loss over the last slots; what is missing has lost nothing that is known."""

    @pytest.mark.parametrize(
        ("recent", "rate"),
        [
            pytest.param([0.3, 0.3, 0.3], 0.3, id="three slots"),
            pytest.param([0.9, 0.3, 0.3, 0.3], 0.3, id="an older one has left"),
            pytest.param([0.3, None, 0.3], 0.2, id="one of three is missing"),
            pytest.param(
                [None, None, 0.9], None, id="kibana 190143: one of three is no slow burn"
            ),
            pytest.param([0.9], None, id="kibana 203279: nor is the first night of a young SLO"),
            pytest.param([], None, id="nothing"),
        ],
    )
    def test_a_look_back_of_three(self, recent: list[float | None], rate: float | None) -> None:
        found = lookback_rate(rates(*recent), 3)
        assert found == (None if rate is None else pytest.approx(rate))

    def test_sloth_241_events_added_up_or_slots_of_equal_weight(self) -> None:
        nights: list[SlotRate | None] = [SlotRate(rate=0.02, events=100)] * 29
        nights.append(SlotRate(rate=0.5, events=1000))
        assert lookback_rate(nights, 30, pooled=True) == pytest.approx(558 / 3900)
        assert lookback_rate(nights, 30) == pytest.approx(0.036)

    def test_slo_generator_615_slots_without_events_divide_nothing(self) -> None:
        empty: list[SlotRate | None] = [SlotRate(rate=0.0, events=0)] * 3
        assert lookback_rate(empty, 3, pooled=True) is None

    def test_slo_generator_378_long_and_short_are_judged_in_one_decision(self) -> None:
        pair = BurnCondition(fraction=0.1, factor=1.0, long=3, short=1)
        assert burns_above(pair, rates(0.2, 0.2, 0.2), 0.1)
        assert not burns_above(pair, rates(0.5, 0.5, 0.05), 0.1)  # over: the short one says so
        assert not burns_above(pair, rates(0.0, 0.0, 0.2), 0.1)  # the long one is not there yet

    def test_pyrra_1231_all_good_slots_burn_nothing(self) -> None:
        assert lookback_rate(rates(0.0, 0.0, 0.0), 3) == 0.0
        assert lost_share([0.0] * 30, terms()) == 0.0

    def test_slo_generator_42_an_all_bad_night_burns_all_it_can(self) -> None:
        burn = lookback_rate(rates(1.0), 1)
        assert burn is not None
        assert burn / 0.1 == float(terms().highest_burn)

    @settings(max_examples=60)
    @given(
        st.lists(st.none() | st.tuples(st.floats(0, 1), st.integers(0, 10**9)), max_size=12),
        st.integers(1, 15),
        st.booleans(),
    )
    def test_no_history_gives_a_number_that_is_none(
        self,
        found: list[tuple[float, int] | None],
        slots: int,
        pooled: bool,  # noqa: FBT001 - given by hypothesis
    ) -> None:
        recent = [None if one is None else SlotRate(rate=one[0], events=one[1]) for one in found]
        rate = lookback_rate(recent, slots, pooled=pooled)
        assert rate is None or 0 <= rate <= 1 + 1e-12
