"""One alert, slot by slot: what rings, what asks, what ends, and what an empty slot changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.alert_presets import Subject, preset
from qualityslo.domain.alert_watch import (
    AlertStatus,
    SlotResult,
    Watch,
    exceeds,
    firing_since,
    limit_of,
    trace,
)
from qualityslo.domain.alerts import (
    Accumulated,
    Alert,
    AlertSeverity,
    LowerLimit,
    WindowLimit,
)
from qualityslo.domain.burn import BudgetTerms, BurnCondition
from qualityslo.stats import Frame, Stratum, alert_interval

FRAMES: tuple[Frame, Frame] = ("golden_set", "traffic")
NO_DATA, OK, SUSPECT, FIRING, RESOLVED = AlertStatus
PAGE = Alert(
    name="fast", severity=AlertSeverity.PAGE, evidence=LowerLimit(tail=0.001, frame="traffic")
)
TICKET = Alert(
    name="slow",
    severity=AlertSeverity.TICKET,
    evidence=LowerLimit(tail=0.025, running=2, frame="traffic"),
)
ON_SET = Alert(name="fast", severity=AlertSeverity.PAGE, evidence=LowerLimit(tail=0.001))


def census(bad: int, items: int = 200) -> SlotResult:
    """Return a slot whose every item is known."""
    return SlotResult(strata=(Stratum(items, items, bad),))


def sampled(bad: int, labelled: int = 40, items: int = 200) -> SlotResult:
    """Return a slot of which a sample is labelled."""
    return SlotResult(strata=(Stratum(items, labelled, bad),))


def nights(*bad: int | None) -> list[SlotResult | None]:
    """Return slots of 200 known items."""
    return [None if one is None else census(one) for one in bad]


class TestTheDefaultPageOfACensus:
    """Clopper-Pearson at 99.9 % of the population rate; budget 10 %, 200 items."""

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            pytest.param([20], [OK], id="exactly the budget"),
            pytest.param([29, 30], [OK, SUSPECT], id="one look's evidence asks, it does not ring"),
            pytest.param([34, 35], [SUSPECT, FIRING], id="the first count that is evidence"),
            pytest.param([50, 12], [FIRING, RESOLVED], id="ends at the first slot below"),
            pytest.param([50, 12, 12], [FIRING, RESOLVED, OK], id="and is forgotten after it"),
            pytest.param(
                [50, 21, 20], [FIRING, FIRING, RESOLVED], id="not while above the budget"
            ),
            pytest.param([50, 12, 50], [FIRING, RESOLVED, FIRING], id="and rings again"),
            pytest.param([200], [FIRING], id="slo-generator 42: an all-bad night is no gap"),
        ],
    )
    def test_it_says(self, bad: list[int], said: list[AlertStatus]) -> None:
        assert list(trace(PAGE, nights(*bad), 0.1)) == said

    def test_sloth_133_a_night_without_a_result_changes_nothing(self) -> None:
        said = trace(PAGE, nights(None, 12, None, 50, None, None, 12, None), 0.1)
        assert list(said) == [NO_DATA, OK, OK, FIRING, FIRING, FIRING, RESOLVED, RESOLVED]

    def test_sloth_459_one_bad_of_two_does_not_page(self) -> None:
        for items, bad in ((2, 1), (2, 2), (10, 1), (3, 2)):
            assert FIRING not in trace(PAGE, [census(bad, items)], 0.1)

    def test_pyrra_1925_a_single_error_does_not_page_at_three_nines(self) -> None:
        assert trace(PAGE, [census(1, 10)], 0.001)[-1] is not FIRING
        assert 0.1 / 0.001 > 36  # a burn rate of 100: any point rule would

    def test_where_nobody_knows_anything_there_is_no_result(self) -> None:
        dark = SlotResult(strata=(Stratum(200, 0, 0),))
        empty = SlotResult(strata=())
        assert dark.rate is empty.rate is None
        assert (
            list(trace(PAGE, [dark, empty, SlotResult(strata=(Stratum(0, 0, 0),))], 0.1))
            == [NO_DATA] * 3
        )


class TestTwoSlotsRunning:
    """97.5 % on two nights running; the first of them is suspect."""

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            ([32, 32], [SUSPECT, FIRING]),
            ([32, 12, 32], [SUSPECT, OK, SUSPECT]),
            ([32, None, 32], [SUSPECT, SUSPECT, FIRING]),
            ([32, 32, 22, 20], [SUSPECT, FIRING, FIRING, RESOLVED]),
        ],
        ids=["both", "not in a row", "a gap is passed over", "ends at the first slot below"],
    )
    def test_it_says(self, bad: list[int | None], said: list[AlertStatus]) -> None:
        assert list(trace(TICKET, nights(*bad), 0.1)) == said

    def test_evidence_is_counted_anew_after_a_slot_without(self) -> None:
        assert FIRING not in trace(TICKET, nights(*[32, 24] * 20), 0.1)


class TestSampledLabels:
    """This set's rate by the exact limit, the population's by the wider one."""

    def test_the_limit_is_that_of_the_statistics(self) -> None:
        for bad in range(41):
            night = sampled(bad)
            low = alert_interval(night.strata, tail=0.001).low
            assert (trace(ON_SET, [night], 0.1)[0] is FIRING) == (low > 0.1), bad

    def test_the_set_is_paged_where_the_population_is_not(self) -> None:
        two = replace(ON_SET, evidence=LowerLimit(tail=0.025, running=2))
        population = replace(two, evidence=LowerLimit(tail=0.025, running=2, frame="traffic"))
        pair = [sampled(9), sampled(9)]
        assert trace(two, pair, 0.11)[-1] is FIRING
        assert trace(population, pair, 0.11)[-1] is not FIRING

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(*[st.integers(0, 30)] * 3).map(sorted),
            min_size=1,
            max_size=3,
        ),
        st.sampled_from([0.01, 0.05, 0.1, 0.5]),
        st.sampled_from(FRAMES),
    )
    def test_the_short_cuts_around_the_limit_change_nothing(
        self, counts: list[list[int]], budget: float, frame: Frame
    ) -> None:
        strata = tuple(Stratum(items, labelled, bad) for bad, labelled, items in counts)
        if not any(one.labelled for one in strata):
            return
        low = limit_of(strata, 0.001, frame).low
        assert exceeds(strata, 0.001, frame, budget) == (low > budget * (1 + 1e-12))

    def test_two_stages_share_the_tail(self) -> None:
        looked_twice = replace(ON_SET, evidence=LowerLimit(tail=0.001, looks=2))
        once = [trace(ON_SET, [sampled(bad)], 0.068)[0] for bad in range(41)]
        twice = [trace(looked_twice, [sampled(bad)], 0.068)[0] for bad in range(41)]
        assert (once.index(FIRING), twice.index(FIRING)) == (8, 9)


class TestTheWindow:
    """The window's limit above the budget, and the last slot as well."""

    ALERT = Alert(name="slow", severity=AlertSeverity.TICKET, evidence=WindowLimit())

    @pytest.mark.parametrize(
        ("low", "bad", "said"),
        [
            (0.11, 30, FIRING),
            (0.1, 30, OK),
            (0.11, 20, OK),
            (None, 30, OK),
        ],
        ids=["both", "the window is not above", "the last slot is not", "there is no window"],
    )
    def test_it_says(self, low: float | None, bad: int, said: AlertStatus) -> None:
        night = SlotResult(strata=census(bad).strata, window_low=low)
        assert trace(self.ALERT, [night], 0.1) == (said,)


class TestTheEDetector:
    """Adds up what single slots are too small to show, and starts again when it rang."""

    ALERT = Alert(name="slow", severity=AlertSeverity.TICKET, evidence=Accumulated())

    def test_five_times_the_budget_rings_within_a_week_or_so_and_once(self) -> None:
        said = trace(self.ALERT, [census(10)] * 12, 0.01)
        assert said.index(FIRING) == 7
        assert firing_since(said) == 7

    def test_the_budget_itself_takes_as_many_nights_as_the_threshold(self) -> None:
        said = trace(self.ALERT, [census(2)] * 899, 0.01)
        assert FIRING not in said

    def test_it_ends_at_the_first_slot_below(self) -> None:
        said = trace(self.ALERT, [*[census(10)] * 8, census(1), census(1)], 0.01)
        assert said[-3:] == (FIRING, RESOLVED, OK)

    def test_nights_without_a_rate_are_left_out(self) -> None:
        some = [census(10)] * 8
        with_gaps = [one for night in some for one in (night, None)]
        assert trace(self.ALERT, with_gaps, 0.01)[::2] == trace(self.ALERT, some, 0.01)


class TestABudgetFactorOnTop:
    """5 % of the budget in one slot, 10 % in three: the evidence and the factor, both."""

    FAST = replace(PAGE, burn=BurnCondition(fraction=0.1, factor=3.0, long=1, short=1))
    SLOW = replace(TICKET, burn=BurnCondition(fraction=0.1, factor=1.0, long=3, short=1))

    def test_evidence_alone_is_not_enough(self) -> None:
        assert trace(self.FAST, nights(50), 0.1) == (SUSPECT,)
        assert trace(self.FAST, nights(60), 0.1) == (SUSPECT,)  # exactly three times
        assert trace(self.FAST, nights(61), 0.1) == (FIRING,)

    def test_it_ends_when_the_last_slot_burns_at_or_below_the_factor(self) -> None:
        assert trace(self.FAST, nights(70, 61, 60), 0.1) == (FIRING, FIRING, SUSPECT)

    def test_kibana_190143_a_slow_burn_needs_more_than_half_of_its_slots(self) -> None:
        assert FIRING not in trace(self.SLOW, nights(200, None, None), 0.1)
        assert trace(self.SLOW, nights(None, 40, 40), 0.1)[-1] is FIRING
        assert trace(self.SLOW, nights(40, 40), 0.1)[-1] is FIRING

    def test_slogen_47_it_resolves_at_the_first_good_slot_and_not_hours_later(self) -> None:
        said = trace(self.SLOW, nights(40, 40, 40, 12), 0.1)
        assert said[-2:] == (FIRING, RESOLVED)


class TestAStream:
    """Events of many short slots are added up before they are judged."""

    TERMS = BudgetTerms(target=0.99, window=timedelta(days=30), cadence=timedelta(minutes=5))

    def page(self) -> Alert:
        (alert,) = preset("classic-fast", Subject(terms=self.TERMS, stream=True))
        return alert

    def test_an_outage_of_half_the_traffic_rings_as_soon_as_five_percent_are_lost(self) -> None:
        calm, storm = [census(0, 100)] * 12, [census(50, 100)] * 12
        said = trace(self.page(), [*calm, *storm], self.TERMS.budget)
        lost = said.index(FIRING) - 11  # slots of the storm until it rang
        assert lost == 9  # burn 50 over a part of the hour: 36 x 12 / 50 = 8.64 slots
        assert said[-1] is FIRING

    def test_it_ends_with_the_first_calm_slot(self) -> None:
        said = trace(self.page(), [*[census(50, 100)] * 12, census(0, 100)], self.TERMS.budget)
        assert said[-2:] == (FIRING, RESOLVED)

    def test_sloth_428_a_quiet_night_of_two_requests_does_not_ring(self) -> None:
        quiet: list[SlotResult | None] = [census(0, 0) for _ in range(12)]
        quiet[3] = quiet[9] = census(1, 1)
        assert FIRING not in trace(self.page(), quiet, self.TERMS.budget)

    def test_what_is_not_known_of_a_pooled_look_back_counts_as_good(self) -> None:
        alert = self.page()
        known = [SlotResult(strata=(Stratum(100, 100, 45),))] * 12
        dark = [SlotResult(strata=(Stratum(100, 100, 45), Stratum(10_000, 0, 0)))] * 12
        assert trace(alert, known, 0.01)[-1] is FIRING
        assert trace(alert, dark, 0.01)[-1] is not FIRING


def test_the_present_firing_began_at_its_own_first_slot() -> None:
    said = trace(PAGE, nights(50, 12, 12, 50, None, 50), 0.1)
    assert firing_since(said) == 3
    assert firing_since(said[:2]) is None
    assert firing_since(()) is None


results = st.none() | st.builds(
    lambda counts, low: SlotResult(
        strata=tuple(Stratum(*sorted(one, reverse=True)) for one in counts), window_low=low
    ),
    st.lists(st.tuples(*[st.integers(0, 30)] * 3), max_size=3),
    st.none() | st.floats(0, 1),
)
alerts = st.sampled_from(
    [
        alert
        for frame in FRAMES
        for census_ in (False, True)
        for name in ("nightly", "classic-fast", "slow")
        for alert in preset(
            name,
            Subject(
                terms=BudgetTerms(
                    target=0.9, window=timedelta(days=30), cadence=timedelta(days=1)
                ),
                frame=frame,
                census=census_,
            ),
        )
    ]
    + [TestTheEDetector.ALERT]
)


@settings(max_examples=100, deadline=None)
@given(alerts, st.lists(results, max_size=8))
def test_every_history_has_a_status_and_an_alarm_has_a_slot_above_the_budget(
    alert: Alert, history: list[SlotResult | None]
) -> None:
    said = trace(alert, history, 0.1)
    assert len(said) == len(history)
    for status, result in zip(said, history, strict=True):
        if result is not None and result.rate is not None:
            assert status is not NO_DATA
            assert status is not FIRING or result.rate > 0.1


@settings(max_examples=60, deadline=None)
@given(alerts, st.lists(results, max_size=6))
def test_a_slot_without_a_result_never_moves_a_rule_of_single_slots(
    alert: Alert, history: list[SlotResult | None]
) -> None:
    if alert.burn is not None and alert.burn.long > 1:
        return  # a look-back counts its missing slots
    valid = [one for one in history if one is not None and one.rate is not None]
    said, without = trace(alert, history, 0.1), trace(alert, valid, 0.1)
    assert (said or (NO_DATA,))[-1] == (without or (NO_DATA,))[-1]


def test_a_watch_begins_without_data() -> None:
    assert Watch(PAGE, 0.1).status is NO_DATA
