"""Public fault reports about states, budgets and histories, with their right values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from qualityslo.domain.budget import budget_of, burn_of
from qualityslo.domain.estimation import EstimationRule, Where, criterion_result
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion, Json
from qualityslo.domain.measured import measured_result
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import ItemWeights, Measure, Sli
from qualityslo.domain.window import (
    SlotCounts,
    WindowSlot,
    gaps,
    occurrences_rate,
    ratio_timeslices_rate,
    window_counts,
    window_result,
)
from qualityslo.stats import Estimate

ReadCase = Callable[[str], Json]
MakeEstimate = Callable[..., Estimate]
WEEK = timedelta(days=7)
RULE = EstimationRule()


def _history(read_case: ReadCase, name: str) -> list[SlotCounts]:
    rows = read_case(f"inputs/{name}")
    assert isinstance(rows, list)
    history = []
    for row in rows:
        assert isinstance(row, dict)
        good, total = row["good"], row["total"]
        assert isinstance(good, int)
        assert isinstance(total, int)
        slot = datetime.fromisoformat(str(row["scheduled_at"]))
        history.append(SlotCounts(run_id=str(row["run_id"]), slot=slot, good=good, valid=total))
    return history


def _case(read_case: ReadCase, name: str) -> dict[str, Json]:
    found = read_case(name)
    assert isinstance(found, dict)
    return found


def _number(value: Json) -> float:
    assert isinstance(value, int | float)
    return value


# --- C13: how replies ended ---------------------------------------------------------------------


@pytest.fixture
def c13(read_case: ReadCase, make_columns: Callable[..., AnswerColumns]) -> AnswerColumns:
    """The ten replies of case C13; the grader finds `Paris` in t1 and t10, `Lyon` is wrong."""
    states = _case(read_case, "expected/C13.json")["state"]
    assert isinstance(states, dict)
    right = {"t1": "g", "t10": "g"}
    said = "".join(right.get(name, "b") for name in states)
    return make_columns([Ending(str(state)) for state in states.values()], said)


def test_c13_correctness_is_two_good_of_nine_replies_and_one_failed(
    c13: AnswerColumns, lay: Callable[..., Labelled], defined: Criterion, where: Where
) -> None:
    result = criterion_result(lay(c13, defined), defined, where, RULE)
    counts = result.counts
    good = counts.valid - counts.bad
    assert (counts.planned, counts.failed, good) == (10, 1, 2)
    assert good / (counts.planned - counts.failed) == pytest.approx(0.222222, abs=1e-6)
    # The table of design 5.1 skips the tool call that nobody expected: it is a reply, not valid.
    assert (counts.valid, counts.skipped) == (8, 1)
    assert result.estimate is not None
    assert result.estimate.complement().point == 2 / 8


def test_c13_availability_and_the_shares_of_the_replies(
    c13: AnswerColumns, read_case: ReadCase, where: Where
) -> None:
    expected = _case(read_case, "expected/C13.json")
    for measure, value in (
        (Measure.AVAILABILITY, 1 - _number(expected["availability"])),
        (Measure.SAFETY_FILTER, expected["filter_rate"]),
        (Measure.TRUNCATION, expected["truncation_rate"]),
    ):
        sli = Sli(name=measure.value, measure=measure)
        result, _ = measured_result(c13, sli, where, RULE)
        assert result.estimate is not None
        assert result.estimate.point == pytest.approx(_number(value), abs=1e-6)
        assert result.counts.planned == 10


# --- C27: budgets at the edges --------------------------------------------------------------------


def test_c27_the_budget_of_a_week_with_an_empty_night_and_a_missing_day(
    read_case: ReadCase, make_estimate: MakeEstimate
) -> None:
    expected, slo = _case(read_case, "expected/C27.json"), _case(read_case, "inputs/C27-slo.json")
    end = datetime.fromisoformat(str(slo["window_end"]))
    target = _number(slo["target"])
    rows = window_counts(_history(read_case, "C27-history.jsonl"), end=end, length=WEEK)
    assert sum(row.valid for row in rows) == expected["total"]
    assert sum(row.good for row in rows) == expected["good"]
    rate = occurrences_rate(rows)
    assert rate is not None
    assert 1 - rate == pytest.approx(_number(expected["sli"]))
    budget = budget_of(make_estimate(rate), None, target)
    assert budget.fraction * _number(expected["total"]) == _number(expected["budget"])
    assert budget.consumed is not None
    assert budget.consumed.point == pytest.approx(_number(expected["consumed"]))
    assert budget.remaining is not None
    assert budget.remaining.point == pytest.approx(_number(expected["remaining"]))
    # Nights of equal size: the mean of the nights is the rate over all events.
    assert ratio_timeslices_rate(rows) == pytest.approx(rate)


def test_c27_single_days_burn_as_they_are_and_the_empty_one_is_missing(
    read_case: ReadCase, make_estimate: MakeEstimate
) -> None:
    burns: dict[str, float | None] = {}
    for row in _history(read_case, "C27-history.jsonl"):
        rate = row.bad_rate
        burns[row.run_id] = None if rate is None else burn_of(make_estimate(rate), 0.98).point
    assert burns == {
        "n01": pytest.approx(1.0),
        "n02": None,
        "n03": pytest.approx(0.5),
        "n04": 0.0,
        "n06": pytest.approx(2.5),
        "n07": 0.0,
    }


def test_c27_the_window_of_the_product_counts_the_empty_night_and_the_gap_neither_way(
    read_case: ReadCase,
) -> None:
    rows = _history(read_case, "C27-history.jsonl")
    due = [datetime(2026, 3, day, 2, tzinfo=UTC) for day in range(1, 8)]
    missing = gaps(due, [row.slot for row in rows])
    expected = _case(read_case, "expected/C27.json")
    assert [slot.date().isoformat() for slot in missing] == expected["missing_days"]
    result = window_result([_night(row) for row in rows], missing=len(missing))
    assert (result.used, result.unlabelled, result.missing) == (5, expected["empty_runs"], 1)
    assert result.estimate is not None
    assert result.estimate.point == pytest.approx(0.016)
    budget = budget_of(result.estimate, None, 0.98)
    assert budget.consumed is not None
    assert budget.consumed.point == pytest.approx(0.8)


def _night(row: SlotCounts) -> WindowSlot:
    bad = np.zeros(row.valid)
    bad[: row.valid - row.good] = 1
    weights = ItemWeights(
        item_digests=[f"item {n}" for n in range(row.valid)],
        weight=np.ones(row.valid),
        bad=bad,
        worst=bad,
        complete=row.valid > 0,
        census=row.valid > 0,
    )
    return WindowSlot(slot=row.slot, weights=weights)


# --- C29: histories in time -----------------------------------------------------------------------


def test_c29_duplicates_edges_and_order(read_case: ReadCase, make_estimate: MakeEstimate) -> None:
    expected, slo = _case(read_case, "expected/C29.json"), _case(read_case, "inputs/C29-slo.json")
    history = _history(read_case, "C29-history.jsonl")
    end = datetime.fromisoformat(str(slo["window_end"]))
    rows = window_counts(history, end=end, length=WEEK)
    assert [row.run_id for row in rows] == [f"d0{n}" for n in range(1, 8)]
    assert rows[-1].run_id == expected["last_run"]
    assert rows[0].slot.date() == date(2026, 3, 1)  # the start is inside, the end is not
    assert sum(row.valid for row in rows) == expected["total"]
    assert sum(row.good for row in rows) == expected["good"]
    rate = occurrences_rate(rows)
    assert rate is not None
    assert 1 - rate == pytest.approx(_number(expected["sli"]), abs=1e-6)
    budget = budget_of(make_estimate(rate), None, _number(slo["target"]))
    assert budget.consumed is not None
    assert budget.consumed.point == pytest.approx(_number(expected["consumed"]), abs=1e-6)
    assert budget.remaining is not None
    assert budget.remaining.point == pytest.approx(_number(expected["remaining"]), abs=1e-6)
    assert window_counts(reversed(history), end=end, length=WEEK) == rows


def test_c29_one_run_with_other_content_is_an_error(read_case: ReadCase) -> None:
    history = _history(read_case, "C29-history.jsonl")
    other = SlotCounts(run_id="d03", slot=history[0].slot, good=98, valid=100)
    end = datetime(2026, 3, 8, tzinfo=UTC)
    with pytest.raises(ValueError, match="'d03' is recorded twice with different counts"):
        window_counts([*history, other], end=end, length=WEEK)
