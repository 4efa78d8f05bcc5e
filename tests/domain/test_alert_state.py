"""Alerts at an instant: order changes nothing, silence is said, and no figure is none."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.alert_presets import Subject, preset
from qualityslo.domain.alert_state import (
    AlertBoard,
    AlertSlot,
    Freshness,
    Timing,
    evaluate,
)
from qualityslo.domain.alert_watch import AlertStatus, SlotResult
from qualityslo.domain.alerts import Alert
from qualityslo.domain.burn import BudgetTerms
from qualityslo.domain.jsonable import to_json
from qualityslo.stats import Stratum

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 1, 2, tzinfo=UTC)
TERMS = BudgetTerms(target=0.9, window=30 * DAY, cadence=DAY)
TIMING = Timing(cadence=DAY)
CENSUS = preset("nightly", Subject(terms=TERMS, census=True))


def night(at: int, bad: int | None, *, final: bool = True, items: int = 200) -> AlertSlot:
    """Return one night's slot; without a count it has no result."""
    result = None if bad is None else SlotResult(strata=(Stratum(items, items, bad),))
    return AlertSlot(slot=START + at * DAY, result=result, final=final)


def board(
    slots: Sequence[AlertSlot],
    *,
    after: timedelta = HOUR,
    timing: Timing = TIMING,
    alerts: Sequence[Alert] = CENSUS,
) -> AlertBoard:
    """Return the alerts some time after the last slot."""
    as_of = max((one.slot for one in slots), default=START) + after
    return evaluate(alerts, slots, timing, target=0.9, as_of=as_of)


def said(found: AlertBoard) -> list[str]:
    """Return the status of each alert."""
    return [one.status.value for one in found.alerts]


def codes(found: AlertBoard, at: int = 0) -> list[str]:
    """Return the codes of an alert's reasons."""
    return [one.code for one in found.alerts[at].reasons]


def test_a_page_has_its_figures_and_whose_rate_it_is() -> None:
    found = board([night(0, 12), night(1, 50)])
    page = found.alerts[0]
    assert page.status is AlertStatus.FIRING
    assert (page.slot, page.since) == (START + DAY, START + DAY)
    assert page.reasons[0].detail == (
        "2026-03-02T02:00:00Z: 25.0 % bad (200 known of 200; burn 2.50), the population rate at "
        "least 16.3 %, budget 10.0 %; 99.9 % lower limit above the budget (the population rate)"
    )


def test_a_stream_shows_its_slot_and_claims_no_limit_for_it() -> None:
    terms = BudgetTerms(target=0.99, window=30 * DAY, cadence=timedelta(minutes=5))
    alerts = preset("classic-fast", Subject(terms=terms, stream=True))
    slots = [
        AlertSlot(
            slot=START + at * timedelta(minutes=5),
            result=SlotResult(strata=(Stratum(100, 100, 50),)),
        )
        for at in range(12)
    ]
    timing = Timing(cadence=timedelta(minutes=5), grace=timedelta(minutes=5))
    found = evaluate(alerts, slots, timing, target=0.99, as_of=slots[-1].slot)
    (page,) = found.alerts
    assert page.status is AlertStatus.FIRING
    assert page.reasons[0].detail.startswith(
        "2026-03-01T02:55:00Z: 50.0 % bad (100 known of 100; burn 50.00), budget 1.0 %; burn above 36"
    )


def test_slogen_47_a_page_inhibits_the_ticket_and_both_end_at_the_first_good_slot() -> None:
    fired = board([night(0, 50), night(1, 50)])
    assert said(fired) == ["firing", "firing"]
    assert [one.inhibited for one in fired.alerts] == [False, True]
    ended = board([night(0, 50), night(1, 50), night(2, 12)])
    assert said(ended) == ["resolved", "resolved"]
    assert [one.inhibited for one in ended.alerts] == [False, False]
    assert codes(ended) == ["resolved"]


def test_a_firing_alert_keeps_the_slot_it_began_at() -> None:
    found = board([night(0, 12), night(1, 50), night(2, None), night(3, 50)])
    assert found.alerts[0].since == START + DAY


@pytest.mark.parametrize(
    ("after", "fresh"),
    [
        (DAY, Freshness.FRESH),
        (DAY + 12 * HOUR, Freshness.FRESH),
        (DAY + 12 * HOUR + timedelta(seconds=1), Freshness.STALE),
    ],
    ids=["due", "kibana 169011: within its grace it is not missing", "overdue"],
)
def test_staleness_begins_after_the_cadence_and_the_grace(
    after: timedelta, fresh: Freshness
) -> None:
    assert board([night(0, 12)], after=after).freshness is fresh


def test_a_stale_series_freezes_its_alerts_and_has_an_alarm_of_its_own() -> None:
    found = board([night(0, 50), night(1, None), night(2, None)], after=DAY)
    assert found.freshness.fires
    assert found.staleness.code == "stale"
    assert "2026-03-01T02:00:00Z" in found.staleness.detail
    assert said(found) == ["firing", "suspect"]
    assert all(one.frozen and not one.asks_second_stage for one in found.alerts)
    assert codes(found)[-1] == "frozen"


def test_slots_whose_labels_are_awaited_are_stale_later() -> None:
    settling = Timing(cadence=DAY, settling=48 * HOUR)
    slots = [night(0, 12), night(1, 12, final=False), night(2, 12, final=False)]
    assert board(slots, timing=settling).freshness is Freshness.FRESH
    assert board(slots, timing=settling, after=2 * DAY).freshness is Freshness.STALE


class TestNoDataIsNeverGoodOrBad:
    """Pyrra 820, 1259, 1348: no first run yet is not absent, and absence is an alarm."""

    def test_nothing_was_ever_due(self) -> None:
        found = board([])
        assert (found.freshness, found.freshness.fires) == (Freshness.NO_RUN_YET, False)
        assert said(found) == ["no_data", "no_data"]

    def test_the_first_run_may_still_arrive(self) -> None:
        found = board([night(0, None)], after=12 * HOUR)
        assert found.freshness is Freshness.NO_RUN_YET

    def test_the_first_run_never_came(self) -> None:
        found = board([night(0, None)], after=13 * HOUR)
        assert found.freshness is Freshness.ABSENT
        assert found.freshness.fires
        assert said(found) == ["no_data", "no_data"]
        assert found.staleness.detail == (
            "no slot has ever been valid; the first was due at 2026-03-01T02:00:00Z"
        )

    def test_runs_without_one_event_are_absent_too(self) -> None:
        empty = [night(at, 0, items=0) for at in range(4)]
        found = board(empty, after=13 * HOUR)
        assert found.freshness is Freshness.ABSENT
        assert said(found) == ["no_data", "no_data"]

    def test_sloth_231_one_empty_slot_does_not_spoil_the_others(self) -> None:
        with_empty = board([night(0, 50), night(1, 0, items=0), night(2, 50)])
        assert said(with_empty) == ["firing", "firing"]

    def test_a_restart_flaps_nothing(self) -> None:
        slots = [night(0, 50), night(1, 50)]
        assert board(slots) == board(list(slots))


class TestProvisionalSlots:
    """Alerts rest on final slots; what is labelled of a newer one only asks for more."""

    def test_a_provisional_slot_neither_fires_nor_resolves(self) -> None:
        assert said(board([night(0, 12), night(1, 12), night(2, 200, final=False)])) == [
            "suspect",
            "suspect",
        ]
        assert said(board([night(0, 50), night(1, 50), night(2, 0, final=False)])) == [
            "firing",
            "firing",
        ]

    def test_it_asks_for_the_second_stage(self) -> None:
        found = board([night(0, 12), night(1, 60, final=False)])
        assert found.alerts[0].asks_second_stage
        assert codes(found) == ["below", "suspect"]
        assert "label the pre-declared second stage" in found.alerts[0].reasons[1].detail
        assert found.alerts[0].slot == START

    def test_a_good_one_asks_for_nothing(self) -> None:
        found = board([night(0, 12), night(1, 12, final=False)])
        assert said(found) == ["ok", "ok"]

    def test_one_that_was_overtaken_by_a_final_slot_has_no_result(self) -> None:
        overtaken = board([night(0, 12), night(1, 200, final=False), night(2, 12)])
        assert said(overtaken) == ["ok", "ok"]


def test_what_is_recorded_for_later_slots_does_not_exist_yet() -> None:
    slots = [night(0, 12), night(1, 200)]
    early = evaluate(CENSUS, slots, TIMING, target=0.9, as_of=START + 5 * HOUR)
    assert said(early) == ["ok", "ok"]


def test_run_order_and_repetition_change_nothing() -> None:
    slots = [night(at, bad) for at, bad in enumerate([12, 50, None, 50, 12, 30])]
    shuffled = [*slots, *slots]
    random.Random(1).shuffle(shuffled)
    assert board(shuffled) == board(slots)


def test_two_different_results_of_one_slot_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-01T02:00:00Z has two different results"):
        board([night(0, 12), night(0, 13)])


def test_backfilled_slots_are_counted_in_their_place() -> None:
    late = board([night(1, 50), night(2, 12), night(0, 50)])
    assert said(late) == ["resolved", "resolved"]


counts = st.tuples(*[st.integers(0, 40)] * 3).map(lambda one: sorted(one, reverse=True))
histories = st.lists(
    st.builds(
        lambda at, strata, low, final: AlertSlot(
            slot=START + at * HOUR,
            result=None
            if strata is None
            else SlotResult(strata=tuple(Stratum(*one) for one in strata), window_low=low),
            final=final,
        ),
        st.integers(0, 2000),
        st.none() | st.lists(counts, max_size=3),
        st.none() | st.floats(0, 1),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.slot,
)
every_alert = [
    alert
    for subject in (
        Subject(terms=TERMS),
        Subject(terms=TERMS, frame="traffic"),
        Subject(terms=TERMS, census=True),
    )
    for name in ("nightly", "classic-fast", "slow")
    for alert in preset(name, subject)
] + list(preset("e-detector", Subject(terms=TERMS)))


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(-5, 3000), st.randoms(use_true_random=False))
def test_every_history_is_said_without_a_number_that_is_none(
    history: list[AlertSlot], hours: int, shuffle: random.Random
) -> None:
    as_of = START + hours * HOUR
    found = evaluate(every_alert, history, TIMING, target=0.9, as_of=as_of)
    shuffle.shuffle(history)
    assert evaluate(every_alert, history, TIMING, target=0.9, as_of=as_of) == found
    text = json.dumps(to_json(found), allow_nan=False)
    assert "nan" not in text
    assert " inf" not in text
    assert "null" in text  # what is unknown is said
    for state in found.alerts:
        assert state.reasons
        assert (state.since is not None) == (state.status is AlertStatus.FIRING)
        assert (state.status is AlertStatus.NO_DATA) <= (state.slot is None)
