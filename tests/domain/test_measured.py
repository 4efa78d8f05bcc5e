"""What is read off the answers: every answer is measured, nobody is asked."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.estimation import EstimationRule, Where
from qualityslo.domain.evidence import AnswerColumns
from qualityslo.domain.measured import census_result, drift_result, measured_result
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import Measure, Sli
from qualityslo.stats import Stratum, quantile_interval, rate_interval

Columns = Callable[..., AnswerColumns]
RULE = EstimationRule()
NAN = math.nan
AVAILABILITY = Sli(name="availability", measure=Measure.AVAILABILITY)
FAST = Sli(name="fast", measure=Measure.TTFT, at_most=0.5, percentile=0.9)
SIMILAR = Sli(name="similar", measure=Measure.DRIFT, at_least=0.8)


def test_availability_is_replies_of_planned_items(make_columns: Columns, where: Where) -> None:
    endings = [Ending.ERROR, Ending.INCOMPLETE, Ending.EMPTY, Ending.FILTERED] + [
        Ending.ANSWERED
    ] * 16
    result, weights = measured_result(make_columns(endings), AVAILABILITY, where, RULE)
    counts, estimate = result.counts, result.estimate
    assert (counts.planned, counts.valid, counts.failed, counts.bad) == (20, 20, 0, 2)
    assert estimate is not None
    assert (estimate.point, estimate.low, estimate.high) == (0.1, 0.1, 0.1)
    assert (estimate.method, estimate.frame) == ("definition", "golden_set")
    assert result.population == rate_interval([Stratum(20, 20, 2)], frame="traffic")
    assert (result.concludes, result.needs_labels, result.quantile) == (True, False, None)
    assert (weights.complete, weights.census, weights.bad.sum()) == (True, True, 2)


@pytest.mark.parametrize(
    ("measure", "ending"),
    [(Measure.TRUNCATION, Ending.TRUNCATED), (Measure.SAFETY_FILTER, Ending.FILTERED)],
)
def test_truncation_and_filter_are_shares_of_the_replies(
    make_columns: Columns, where: Where, measure: Measure, ending: Ending
) -> None:
    columns = make_columns([ending, Ending.ANSWERED, Ending.EMPTY, Ending.REFUSAL, Ending.ERROR])
    result, _ = measured_result(columns, Sli(name="x", measure=measure), where, RULE)
    assert (result.counts.valid, result.counts.failed, result.counts.bad) == (4, 1, 1)


def test_a_time_is_good_up_to_its_limit_and_unobserved_is_skipped_not_zero(
    make_columns: Columns, where: Where
) -> None:
    endings = [Ending.ANSWERED] * 4 + [Ending.EMPTY, Ending.ERROR]
    times = [0.4, 0.5, 0.500001, NAN, 0.1, 0.1]
    columns = make_columns(endings, measures={"ttft": times})
    result, weights = measured_result(columns, FAST, where, RULE)
    counts = result.counts
    assert (counts.valid, counts.failed, counts.skipped, counts.bad) == (3, 1, 2, 1)
    assert result.quantile == quantile_interval([0.4, 0.5, 0.500001], 0.9)
    assert weights.weight.tolist() == [1, 1, 1, 0, 0, 0]
    assert weights.bad.tolist() == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("measures", [{}, {"ttft": [NAN, NAN]}], ids=["no column", "no value"])
def test_times_nobody_observed_are_no_data(
    make_columns: Columns, where: Where, measures: dict[str, list[float]]
) -> None:
    result, weights = measured_result(make_columns(2, measures=measures), FAST, where, RULE)
    assert (result.estimate, result.population, result.quantile) == (None, None, None)
    assert not result.concludes
    assert not weights.complete
    (reason,) = result.reasons
    assert (reason.code, reason.ok) == ("no_events", False)
    assert reason.detail == "ttft was not observed on any of 2 planned items"


def test_a_percentile_is_shown_only_where_it_is_asked_for(
    make_columns: Columns, where: Where
) -> None:
    plain = Sli(name="fast", measure=Measure.LATENCY, at_most=1.0)
    columns = make_columns(2, measures={"latency": [0.5, 2.0]})
    result, _ = measured_result(columns, plain, where, RULE)
    assert result.quantile is None
    assert result.counts.bad == 1


def test_drift_counts_pairs_that_stay_similar_and_skips_what_has_no_cosine(where: Where) -> None:
    cosines = np.array([1.0, 0.8, 0.79, NAN, NAN, -1.0])
    failed = np.array([False, False, False, False, True, False])
    result, weights = drift_result(
        [f"item {n}" for n in range(6)], cosines, failed, SIMILAR, (where, RULE)
    )
    counts = result.counts
    assert (counts.valid, counts.failed, counts.skipped, counts.bad) == (4, 1, 1, 2)
    assert weights.bad.tolist() == [0, 0, 1, 0, 0, 1]


def test_one_pair_is_enough_and_none_is_no_data(where: Where) -> None:
    nothing = np.zeros(1, dtype=np.bool_)
    one, weights = drift_result(["a"], np.array([1.0]), nothing, SIMILAR, (where, RULE))
    assert one.estimate is not None
    assert one.estimate.high == 0
    assert (weights.complete, weights.census) == (True, True)
    none, weights = drift_result(["a"], np.array([NAN]), nothing, SIMILAR, (where, RULE))
    assert none.estimate is None
    assert (weights.complete, weights.census) == (False, False)


def test_a_census_of_a_criterion_names_its_sli_where_nothing_was_observed(where: Where) -> None:
    nothing = np.zeros(3, dtype=np.bool_)
    sli = Sli(name="tone", criterion="tone")
    result, _ = census_result(["a", "b", "c"], nothing, nothing, nothing, (sli, where, RULE, None))
    assert result.reasons[0].detail == "tone was not observed on any of 3 planned items"


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(Ending), st.one_of(st.just(NAN), st.floats(0, 10))), max_size=25
    ),
    measure=st.sampled_from(sorted(set(Measure) - {Measure.DRIFT})),
)
def test_valid_failed_and_skipped_are_all_that_was_planned(
    make_columns: Columns, where: Where, rows: list[tuple[Ending, float]], measure: Measure
) -> None:
    times = [row[1] for row in rows]
    columns = make_columns([row[0] for row in rows], measures={measure.value: times})
    limit = 1.0 if measure.is_time else None
    sli = Sli(name="x", measure=measure, at_most=limit, percentile=0.5 if limit else None)
    result, weights = measured_result(columns, sli, where, RULE)
    counts = result.counts
    assert counts.valid + counts.failed + counts.skipped == counts.planned == len(rows)
    assert weights.weight.sum() == counts.valid
    assert weights.bad.sum() == counts.bad
    assert np.isfinite(weights.weight).all()
    assert (result.estimate is None) is (counts.valid == 0)
