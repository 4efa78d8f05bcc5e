"""From evidence to an estimate: the graders' word, the labels' correction, and what is open."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.estimation import (
    EstimationRule,
    Where,
    criterion_result,
)
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import SliResult
from qualityslo.stats import Estimate, Stratum, rate_interval

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
RULE = EstimationRule()
HALLUCINATION = Criterion(name="hallucination", graders=("support",))


def _estimate(result: SliResult) -> Estimate:
    assert result.estimate is not None
    return result.estimate


def _codes(result: SliResult) -> list[tuple[str, bool]]:
    return [(reason.code, reason.ok) for reason in result.reasons]


def _limits(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


# --- without labels ---------------------------------------------------------------------------


def test_without_labels_the_graders_own_rate_is_shown_and_concludes_nothing(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(10, "bggggggggg"), human)
    result = criterion_result(labelled, human, where, RULE)
    estimate = _estimate(result)
    assert (estimate.point, estimate.low, estimate.high) == (0.1, 0.1, 0.1)
    assert (estimate.method, estimate.labelled, estimate.items) == ("uncorrected", 0, 10)
    assert (result.concludes, result.needs_labels) == (False, True)
    assert _codes(result) == [("uncorrected", False)]
    assert result.population is None


def test_acting_on_uncorrected_rates_is_possible_and_said(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    rule = EstimationRule(act_on_uncorrected=True)
    result = criterion_result(lay(make_columns(10, "bggggggggg"), human), human, where, rule)
    assert result.concludes
    assert _codes(result) == [("uncorrected", True)]


@given(good=st.integers(0, 8), bad=st.integers(0, 8), unknown=st.integers(0, 8))
def test_an_ungraded_answer_is_valid_and_widens_the_bounds(
    make_columns: Columns,
    lay: Lay,
    human: Criterion,
    where: Where,
    *,
    good: int,
    bad: int,
    unknown: int,
) -> None:
    size = good + bad + unknown
    columns = make_columns(size, "g" * good + "b" * bad + "?" * unknown)
    result = criterion_result(lay(columns, human), human, where, RULE)
    assert (result.counts.valid, result.counts.bad, result.counts.ungraded) == (size, bad, unknown)
    if not size:
        assert result.estimate is None
        return
    estimate = _estimate(result)
    assert _limits(estimate) == (bad / size, (bad + unknown) / size)
    assert estimate.point == (bad / (good + bad) if good + bad else None)


@pytest.mark.parametrize("kind", ["earlier", "tonight"])
@pytest.mark.parametrize("said", ["g", "b"])
def test_one_label_is_enough_to_leave_the_graders_rate(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where, kind: str, said: str
) -> None:
    labels = {"tonight": said} if kind == "tonight" else {"earlier": said, "tonight": said}
    drawn = [0] if kind == "tonight" else []
    labelled = lay(make_columns(20, "g" * 20), human, drawn=drawn, **labels)
    result = criterion_result(labelled, human, where, RULE)
    assert _codes(result) == []
    assert _estimate(result).labelled == 1


def test_answers_decided_by_a_rule_are_no_labels(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    endings = [Ending.TRUNCATED] * 2 + [Ending.ANSWERED] * 8
    result = criterion_result(lay(make_columns(endings, "gggggggggb"), human), human, where, RULE)
    estimate = _estimate(result)
    assert (estimate.point, estimate.low, estimate.high) == (0.3, 0.3, 0.3)
    assert estimate.method == "uncorrected"
    assert not result.concludes


def test_where_a_rule_decides_everything_nobody_need_look(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    columns = make_columns([Ending.EMPTY, Ending.REFUSAL, Ending.ERROR])
    result = criterion_result(lay(columns, human), human, where, RULE)
    assert _limits(_estimate(result)) == (1, 1)
    assert (_estimate(result).method, result.counts.labelled) == ("census", 2)
    assert result.concludes


def test_no_valid_answer_is_no_estimate(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    columns = make_columns([Ending.ERROR, Ending.TOOL_CALL], "gb")
    result = criterion_result(lay(columns, human), human, where, RULE)
    assert (result.estimate, result.population, result.concludes) == (None, None, False)
    assert _codes(result) == [("no_events", False)]
    assert result.reasons[0].detail == "no valid answer among 2 planned items"


# --- with labels ------------------------------------------------------------------------------


def test_labels_correct_the_graders_by_the_two_strata_of_the_draw(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    # 30 flagged of which 5 are looked at, 3 really bad; 90 quiet, 15 looked at, 1 bad.
    drawn = [*range(5), *range(30, 45)]
    labelled = lay(
        make_columns(120, "b" * 30 + "g" * 90),
        human,
        drawn=drawn,
        tonight="bbbgg" + "?" * 25 + "b" + "g" * 14,
    )
    result = criterion_result(labelled, human, where, RULE)
    by_hand = rate_interval(
        [Stratum(items=30, labelled=5, bad=3), Stratum(items=90, labelled=15, bad=1)]
    )
    assert result.estimate == by_hand
    assert by_hand.method == "finite2"
    assert by_hand.point == pytest.approx((30 * 3 / 5 + 90 * 1 / 15) / 120)
    assert (result.counts.bad, result.counts.labelled, result.counts.missing) == (30, 20, 0)
    assert result.concludes
    assert result.reasons == ()


def test_the_confidence_asked_for_is_the_confidence_given(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(40, "g" * 40), human, drawn=range(10), tonight="g" * 10)
    wide = criterion_result(labelled, human, where, EstimationRule(confidence=0.99))
    assert wide.estimate == rate_interval([Stratum(40, 10, 0)], confidence=0.99)


def test_remembered_answers_are_known_and_only_the_rest_is_sampled(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    # 8 remembered (2 bad), 2 decided by rule (bad), 30 open and unflagged, 6 looked at (1 bad).
    endings = [Ending.ANSWERED] * 8 + [Ending.EMPTY] * 2 + [Ending.ANSWERED] * 30
    remembered = "bbgggggg"
    labelled = lay(
        make_columns(endings, "g" * 40),
        human,
        drawn=range(10, 16),
        earlier=remembered,
        tonight=remembered + "??" + "bggggg",
    )
    result = criterion_result(labelled, human, where, RULE)
    assert result.estimate == rate_interval([Stratum(10, 10, 4), Stratum(30, 6, 1)])
    assert result.counts.labelled == 16


def test_a_remembered_answer_in_tonights_draw_is_counted_once(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(
        make_columns(20, "g" * 20), human, drawn=range(6), earlier="b", tonight="bggggg"
    )
    result = criterion_result(labelled, human, where, RULE)
    assert result.estimate == rate_interval([Stratum(1, 1, 1), Stratum(19, 5, 0)])


def test_only_the_answered_prefix_of_the_draw_counts(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    columns = make_columns(40, "g" * 40)
    # A label beyond the prefix is out of order: nobody chooses what is looked at.
    labelled = lay(columns, human, drawn=range(20), reached=10, tonight="g" * 10 + "?" * 5 + "b")
    result = criterion_result(labelled, human, where, RULE)
    assert result.estimate == rate_interval([Stratum(40, 10, 0)])
    assert result.counts.missing == 0


def test_a_stratum_nobody_has_come_to_is_anything_between_good_and_bad(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(
        make_columns(20, "bbb" + "g" * 17), human, drawn=[5, 0], reached=1, tonight="?????g"
    )
    estimate = _estimate(criterion_result(labelled, human, where, RULE))
    assert estimate == rate_interval([Stratum(3, 0, 0), Stratum(17, 1, 0)])
    assert estimate.low == 0
    assert estimate.high >= 3 / 20


def test_all_answers_labelled_are_a_census(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(10, "g" * 10), human, drawn=range(10), tonight="b" + "g" * 9)
    assert _limits(_estimate(criterion_result(labelled, human, where, RULE))) == (0.1, 0.1)


# --- the population rate ------------------------------------------------------------------------


def test_the_population_rate_stands_beside_the_sets_from_the_same_labels(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    # 2 remembered (1 bad); 30 flagged, 5 looked at (3 bad); 88 quiet, 15 looked at (1 bad).
    drawn = [*range(2, 7), *range(32, 47)]
    labelled = lay(
        make_columns(120, "b" * 32 + "g" * 88),
        human,
        drawn=drawn,
        earlier="bg",
        tonight="bg" + "bbbgg" + "?" * 25 + "b" + "g" * 14,
    )
    result = criterion_result(labelled, human, where, RULE)
    strata = [Stratum(2, 2, 1), Stratum(30, 5, 3), Stratum(88, 15, 1)]
    assert result.estimate == rate_interval(strata)
    assert result.population == rate_interval(strata, frame="traffic")
    assert result.population.frame == "traffic"
    assert result.population != result.estimate


def test_a_set_that_is_known_whole_still_leaves_the_population_open(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(40, "g" * 40), human, drawn=range(40), tonight="b" + "g" * 39)
    result = criterion_result(labelled, human, where, RULE)
    assert _limits(_estimate(result)) == (1 / 40, 1 / 40)
    assert result.population == rate_interval([Stratum(40, 40, 1)], frame="traffic")
    assert result.population.low < 1 / 40 < result.population.high


def test_unconfirmed_bad_labels_leave_both_rates_open_both_ways(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(20), tonight="pp" + "g" * 18)
    result = criterion_result(labelled, human, where, RULE)
    for found, frame in ((result.estimate, "golden_set"), (result.population, "traffic")):
        best, worst = (
            rate_interval(
                [Stratum(60, 20, bad)], frame="traffic" if frame == "traffic" else "golden_set"
            )
            for bad in (0, 2)
        )
        assert found is not None
        assert _limits(found) == (best.low, worst.high)
        assert found.point is None
        assert found.method == f"{best.method}, unconfirmed labels both ways"
    assert result.concludes
    assert _codes(result) == [("unconfirmed", True)]


def test_two_declared_looks_halve_the_error_of_intervals_from_labels(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    rule = EstimationRule(looks=2)
    assert (rule.label_confidence, RULE.label_confidence) == (0.975, 0.95)
    assert EstimationRule(looks=2, confidence=0.9).label_confidence == pytest.approx(0.95)
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(20), tonight="b" + "g" * 19)
    result = criterion_result(labelled, human, where, rule)
    strata = [Stratum(60, 20, 1)]
    assert result.estimate == rate_interval(strata, confidence=0.975)
    assert result.population == rate_interval(strata, confidence=0.975, frame="traffic")


def test_a_census_by_rule_is_looked_at_once_whatever_is_declared(
    make_columns: Columns, lay: Lay, defined: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(50, "b" + "g" * 49), defined)
    result = criterion_result(labelled, defined, where, EstimationRule(looks=2))
    assert _estimate(result).confidence == 0.95
    assert result.population == rate_interval([Stratum(50, 50, 1)], frame="traffic")


# --- a grader's rule as the truth ---------------------------------------------------------------


def test_where_a_grader_is_the_truth_the_set_is_a_census(
    make_columns: Columns, lay: Lay, defined: Criterion, where: Where
) -> None:
    result = criterion_result(lay(make_columns(50, "b" + "g" * 49), defined), defined, where, RULE)
    estimate = _estimate(result)
    assert (estimate.point, estimate.low, estimate.high) == (0.02, 0.02, 0.02)
    assert (estimate.method, estimate.labelled) == ("definition", 50)
    assert (result.concludes, result.needs_labels, result.reasons) == (True, False, ())
    assert result.population == rate_interval([Stratum(50, 50, 1)], frame="traffic")


def test_what_the_defining_grader_could_not_grade_stays_open_both_ways(
    make_columns: Columns, lay: Lay, defined: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(50, "b??" + "g" * 47), defined)
    result = criterion_result(labelled, defined, where, RULE)
    estimate = _estimate(result)
    assert (estimate.point, estimate.low, estimate.high) == (1 / 48, 1 / 50, 3 / 50)
    assert (estimate.labelled, result.population) == (48, None)
    assert result.concludes


def test_reviews_of_other_criteria_are_no_missing_looks_of_a_defined_one(
    make_columns: Columns, lay: Lay, defined: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(50, "b??" + "g" * 47), defined, drawn=range(20))
    result = criterion_result(labelled, defined, where, RULE)
    assert (result.counts.missing, result.reasons, result.concludes) == (0, (), True)


def test_failures_counted_as_bad_are_valid_and_bad(
    make_columns: Columns, lay: Lay, defined: Criterion, where: Where
) -> None:
    columns = make_columns([Ending.ERROR] + [Ending.ANSWERED] * 9, "?" + "g" * 9)
    plain = criterion_result(lay(columns, defined), defined, where, RULE)
    assert (plain.counts.valid, plain.counts.failed) == (9, 1)
    assert _limits(_estimate(plain)) == (0, 0)
    labelled = lay(columns, defined, failures_are_bad=True)
    strict = criterion_result(labelled, defined, where, RULE)
    assert (strict.counts.valid, strict.counts.failed) == (10, 0)
    assert _limits(_estimate(strict)) == (0.1, 0.1)


# --- for any evidence ---------------------------------------------------------------------------

letters = st.text(alphabet="gb?", min_size=1, max_size=24)


@given(said=letters, looks=st.lists(st.sampled_from("gbmp?"), max_size=24), data=st.data())
def test_any_evidence_gives_bounds_that_hold_what_was_seen(
    make_columns: Columns,
    lay: Lay,
    human: Criterion,
    where: Where,
    *,
    said: str,
    looks: Sequence[str],
    data: st.DataObject,
) -> None:
    size = len(said)
    tonight = "".join(looks)[:size]
    reached = data.draw(st.integers(0, len(tonight)))
    labelled = lay(
        make_columns(size, said),
        human,
        drawn=range(len(tonight)),
        reached=reached,
        tonight=tonight,
    )
    result = criterion_result(labelled, human, where, RULE)
    estimate = _estimate(result)
    seen = tonight[:reached]
    if result.counts.labelled:
        assert estimate.low >= seen.count("b") / size
        assert estimate.high <= (size - seen.count("g")) / size
    assert result.counts.labelled + result.counts.missing + result.counts.unconfirmed == reached
    if set(seen) <= {"m", "?"}:
        assert estimate.method == "uncorrected"
        assert not result.concludes
