"""Windows: which slots count, what the rate over them is, and that order plays no part."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import ItemWeights
from qualityslo.domain.window import (
    SlotCounts,
    WindowResult,
    WindowSlot,
    gaps,
    inside,
    occurrences_rate,
    ratio_timeslices_rate,
    window_counts,
    window_result,
)
from qualityslo.stats import Estimate, window_rate_interval

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = 7 * DAY

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
WindowOf = Callable[..., WindowResult]

counts = st.integers(0, 300).flatmap(
    lambda valid: st.tuples(st.integers(0, valid), st.just(valid))
)
histories = st.lists(counts, max_size=12).map(
    lambda rows: [
        SlotCounts(run_id=f"n{n}", slot=START + n * DAY, good=good, valid=valid)
        for n, (good, valid) in enumerate(rows)
    ]
)


def _estimate(result: WindowResult) -> Estimate:
    assert result.estimate is not None
    return result.estimate


# --- counts of slots --------------------------------------------------------------------------


@pytest.mark.parametrize(("good", "valid"), [(-1, 5), (6, 5), (0, -1)])
def test_counts_that_no_night_can_have_are_refused(good: int, valid: int) -> None:
    with pytest.raises(ValueError, match=r"good events must lie in \[0, valid\]"):
        SlotCounts(run_id="n", slot=START, good=good, valid=valid)


def test_an_empty_slot_has_no_rate_and_a_full_one_has() -> None:
    assert SlotCounts(run_id="n", slot=START, good=0, valid=0).bad_rate is None
    assert SlotCounts(run_id="n", slot=START, good=190, valid=200).bad_rate == 0.05


def test_nothing_counted_has_no_rate() -> None:
    assert (occurrences_rate([]), ratio_timeslices_rate([])) == (None, None)
    empty = [SlotCounts(run_id="n", slot=START, good=0, valid=0)]
    assert (occurrences_rate(empty), ratio_timeslices_rate(empty)) == (None, None)


def test_occurrences_weigh_events_and_timeslices_weigh_slots() -> None:
    rows = [
        SlotCounts(run_id="a", slot=START, good=0, valid=10),
        SlotCounts(run_id="b", slot=START + DAY, good=0, valid=0),
        SlotCounts(run_id="c", slot=START + 2 * DAY, good=90, valid=90),
    ]
    assert occurrences_rate(rows) == 0.1
    assert ratio_timeslices_rate(rows) == 0.5


@given(slot=st.datetimes(timezones=st.just(UTC)), days=st.integers(1, 400))
def test_an_error_is_charged_until_the_window_has_passed_over_it(
    slot: datetime, days: int
) -> None:
    length, tick = days * DAY, timedelta(microseconds=1)
    if slot.year < 2 or slot.year > 9990:
        return
    assert inside(slot, end=slot + tick, length=length)
    assert inside(slot, end=slot + length, length=length)
    assert not inside(slot, end=slot + length + tick, length=length)
    assert not inside(slot, end=slot, length=length)


@given(rows=histories, data=st.data(), repeated=st.booleans())
def test_the_order_of_rows_and_rows_told_twice_change_nothing(
    rows: list[SlotCounts], data: st.DataObject, *, repeated: bool
) -> None:
    end = START + 9 * DAY
    plain = window_counts(rows, end=end, length=WEEK)
    told = data.draw(st.permutations(rows + rows if repeated else rows))
    assert window_counts(told, end=end, length=WEEK) == plain
    assert [row.slot for row in plain] == sorted(row.slot for row in plain)
    assert all(START + 2 * DAY <= row.slot < end for row in plain)


@given(rows=histories)
def test_a_window_of_good_answers_consumes_nothing(rows: list[SlotCounts]) -> None:
    good = [
        SlotCounts(run_id=row.run_id, slot=row.slot, good=row.valid, valid=row.valid)
        for row in rows
    ]
    assert occurrences_rate(good) in {None, 0.0}
    assert ratio_timeslices_rate(good) in {None, 0.0}


def test_one_run_told_in_two_ways_is_refused() -> None:
    rows = [
        SlotCounts(run_id="d03", slot=START, good=97, valid=100),
        SlotCounts(run_id="d03", slot=START, good=98, valid=100),
    ]
    with pytest.raises(ValueError, match="'d03' is recorded twice with different counts"):
        window_counts(rows, end=START + DAY, length=DAY)


def test_a_gap_is_a_slot_that_was_due_whatever_zone_it_is_written_in() -> None:
    due = [START + n * DAY for n in range(4)]
    berlin = ZoneInfo("Europe/Berlin")
    present = [due[0].astimezone(berlin), due[3], START + 9 * DAY]
    assert gaps(due, present) == (due[1], due[2])
    assert gaps([], present) == ()


# --- windows of evidence ------------------------------------------------------------------------


def _census(bad: Sequence[float], worst: Sequence[float] | None = None) -> ItemWeights:
    return ItemWeights(
        item_digests=[f"item {n}" for n in range(len(bad))],
        weight=np.ones(len(bad)),
        bad=np.array(bad, dtype=np.float64),
        worst=np.array(bad if worst is None else worst, dtype=np.float64),
        complete=bool(bad),
        census=bool(bad),
    )


def _window(nights: Sequence[ItemWeights], missing: int = 0) -> WindowResult:
    slots = [WindowSlot(slot=START + n * DAY, weights=one) for n, one in enumerate(nights)]
    return window_result(slots, missing=missing)


def test_no_slot_and_no_usable_slot_are_no_estimate() -> None:
    assert _window([]) == WindowResult(estimate=None, used=0, unlabelled=0, missing=0)
    assert _window([_census([])], 2) == WindowResult(
        estimate=None, used=0, unlabelled=1, missing=2
    )


def test_every_slot_of_a_census_weighs_the_same_and_empty_ones_nothing() -> None:
    result = _window([_census([1]), _census([0, 0, 0]), _census([])], missing=1)
    estimate = _estimate(result)
    assert (estimate.point, estimate.low, estimate.high) == (0.5, 0.5, 0.5)
    assert (result.used, result.unlabelled, result.missing) == (2, 1, 1)
    assert (estimate.items, estimate.labelled, estimate.frame) == (4, 4, "golden_set")
    assert estimate.method == "definition"


def test_what_a_census_could_not_grade_stays_open_over_the_window() -> None:
    estimate = _estimate(_window([_census([1, 0], [1, 1]), _census([0, 0])]))
    assert (estimate.point, estimate.low, estimate.high) == (None, 0.25, 0.5)
    assert (estimate.items, estimate.labelled) == (4, 3)


@given(
    nights=st.lists(
        st.lists(st.sampled_from([(0, 0), (0, 1), (1, 1)]), max_size=6), min_size=1, max_size=8
    ),
    data=st.data(),
)
def test_a_window_lies_between_best_and_worst_and_knows_no_order(
    nights: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    weights = [_census([b for b, _ in night], [w for _, w in night]) for night in nights]
    result = _window(weights)
    shuffled = _window(data.draw(st.permutations(weights)))
    assert result.used + result.unlabelled == len(nights)
    if result.estimate is None:
        assert shuffled.estimate is None
        assert not any(nights)
        return
    assert shuffled.estimate is not None
    assert 0 <= result.estimate.low <= result.estimate.high <= 1
    assert shuffled.estimate.low == pytest.approx(result.estimate.low, abs=1e-12)
    assert shuffled.estimate.high == pytest.approx(result.estimate.high, abs=1e-12)


def test_a_thousand_answers_at_three_nines_may_fail_exactly_once() -> None:
    assert _estimate(_window([_census([1] + [0] * 999)])).high == 0.001


def test_sampled_nights_are_clustered_by_item_with_the_weights_of_the_design(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    first = lay(make_columns(40, "g" * 40), human, drawn=range(10), tonight="b" + "g" * 9)
    second = lay(
        make_columns(40, "g" * 40), human, drawn=range(20, 25), tonight="?" * 20 + "ggggg"
    )
    result = window_of([first, second], human)
    weight = np.zeros(40)
    weight[:10] = 4 / 40
    weight[20:25] = 8 / 40
    bad = np.zeros(40)
    bad[0] = 4 / 40
    by_hand = window_rate_interval(weight, bad, labelled=15, frame="golden_set")
    assert _estimate(result) == by_hand
    assert by_hand.point == pytest.approx((0.1 + 0) / 2)


def test_a_night_without_labels_says_nothing_of_the_window(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    columns = make_columns(40, "g" * 40)
    labelled = lay(columns, human, drawn=range(10), tonight="b" + "g" * 9)
    alone, among = window_of([labelled], human), window_of([labelled, lay(columns, human)], human)
    assert among.estimate == alone.estimate
    assert (among.used, among.unlabelled) == (1, 1)


def test_a_slot_weighs_the_same_however_many_items_the_set_had_that_night(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    small = lay(make_columns(20, "g" * 20), human, drawn=range(10), tonight="b" * 5 + "g" * 5)
    grown = lay(make_columns(80, "g" * 80), human, drawn=range(10), tonight="g" * 10)
    assert _estimate(window_of([small, grown], human)).point == pytest.approx(0.25)


def test_a_slot_weighs_the_same_however_many_answers_failed(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    endings = [Ending.ANSWERED] * 10 + [Ending.ERROR] * 30
    broken = lay(make_columns(endings, "g" * 40), human, drawn=range(5), tonight="bbbbb")
    whole = lay(make_columns(40, "g" * 40), human, drawn=range(10), tonight="g" * 10)
    assert _estimate(window_of([broken, whole], human)).point == pytest.approx(0.5)


def test_an_unconfirmed_bad_label_widens_the_window_both_ways(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    columns = make_columns(40, "g" * 40)

    def window(said: str) -> Estimate:
        return _estimate(window_of([lay(columns, human, drawn=range(10), tonight=said)], human))

    best, worst, found = window("g" * 10), window("b" + "g" * 9), window("p" + "g" * 9)
    assert (found.point, found.low, found.high) == (None, best.low, worst.high)


def test_a_night_all_known_and_a_sampled_one_make_one_clustered_window(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    columns = make_columns(20, "g" * 20)
    known = lay(columns, human, earlier="b" + "g" * 19)
    sampled = lay(columns, human, drawn=range(10), tonight="g" * 10)
    estimate = _estimate(window_of([known, sampled], human))
    assert estimate.point == pytest.approx(0.025)
    assert (estimate.method, estimate.labelled) == ("window_rate", 30)
    assert _estimate(window_of([known, known], human)).method == "census"


def test_uncorrected_nights_make_a_window_only_where_that_is_asked_for(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    night = lay(make_columns(20, "b" + "g" * 19), human)
    assert window_of([night], human).estimate is None
    estimate = _estimate(window_of([night], human, EstimationRule(act_on_uncorrected=True)))
    assert (estimate.low, estimate.high) == (0.05, 0.05)
    assert (estimate.method, estimate.labelled) == ("uncorrected", 0)


def test_nights_of_two_methods_name_both(
    make_columns: Columns, lay: Lay, human: Criterion, window_of: WindowOf
) -> None:
    columns = make_columns(20, "b" + "g" * 19)
    nights = [lay(columns, human), lay(columns, human, earlier="b" + "g" * 19)]
    estimate = _estimate(window_of(nights, human, EstimationRule(act_on_uncorrected=True)))
    assert estimate.method == "census, uncorrected"
