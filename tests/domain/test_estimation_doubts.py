"""What labels leave open, and what keeps an estimate from concluding."""

from collections.abc import Callable

import pytest

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


# --- labels that are missing -------------------------------------------------------------------


@pytest.mark.parametrize("gap", ["m", "?"], ids=["unsure or skipped", "passed over"])
def test_up_to_a_tenth_of_missing_looks_are_left_out_at_random_and_said(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where, gap: str
) -> None:
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(10), tonight=gap + "g" * 9)
    result = criterion_result(labelled, human, where, RULE)
    assert result.estimate == rate_interval([Stratum(60, 9, 0)])
    assert (result.counts.labelled, result.counts.missing) == (9, 1)
    assert _codes(result) == [("missing_labels", True)]
    assert result.concludes


@pytest.mark.parametrize("gap", ["m", "?"], ids=["unsure or skipped", "passed over"])
def test_above_a_tenth_both_bounds_are_shown_and_nothing_is_decided(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where, gap: str
) -> None:
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(10), tonight=gap + "g" * 8 + gap)
    result = criterion_result(labelled, human, where, RULE)
    estimate = _estimate(result)
    assert estimate.point is None
    assert estimate.low == rate_interval([Stratum(60, 10, 0)]).low
    assert estimate.high == rate_interval([Stratum(60, 10, 2)]).high
    assert "both ways" in estimate.method
    assert result.counts.missing == 2
    assert _codes(result) == [("missing_labels", False)]
    assert not result.concludes


def test_the_tenth_is_asked_of_every_stratum(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    # 1 of 5 looks at the alarm stratum is lost, 1 of 20 altogether.
    drawn = [*range(5), *range(10, 25)]
    tonight = "mgggg" + "?" * 5 + "g" * 15
    labelled = lay(make_columns(60, "b" * 10 + "g" * 50), human, drawn=drawn, tonight=tonight)
    result = criterion_result(labelled, human, where, RULE)
    assert _codes(result) == [("missing_labels", False)]


def test_looks_without_any_opinion_leave_the_graders_rate(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(20, "g" * 20), human, drawn=range(3), tonight="mmm")
    result = criterion_result(labelled, human, where, RULE)
    assert _estimate(result).method == "uncorrected"
    assert _codes(result) == [("uncorrected", False), ("missing_labels", False)]


def test_a_bad_label_that_nobody_confirmed_is_never_left_out_as_missing_at_random(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(20), tonight="p" + "g" * 19)
    result = criterion_result(labelled, human, where, RULE)
    estimate = _estimate(result)
    assert estimate.point is None
    assert estimate.low == rate_interval([Stratum(60, 20, 0)]).low
    assert estimate.high == rate_interval([Stratum(60, 20, 1)]).high
    assert result.counts.missing == 0
    assert result.counts.unconfirmed == 1
    assert _codes(result) == [("unconfirmed", True)]
    assert result.concludes  # the interval holds whatever the second look says


def test_an_unconfirmed_look_is_a_look_of_which_a_tenth_may_be_missing(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(60, "g" * 60), human, drawn=range(10), tonight="mpppppgggg")
    result = criterion_result(labelled, human, where, RULE)
    estimate = _estimate(result)
    assert estimate.low == rate_interval([Stratum(60, 9, 0)]).low
    assert estimate.high == rate_interval([Stratum(60, 9, 5)]).high
    assert _codes(result) == [("missing_labels", True), ("unconfirmed", True)]


def test_unconfirmed_labels_alone_are_labels(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    labelled = lay(make_columns(20, "g" * 20), human, drawn=range(4), tonight="pppp")
    estimate = _estimate(criterion_result(labelled, human, where, RULE))
    assert estimate.low == rate_interval([Stratum(20, 4, 0)]).low
    assert estimate.high == rate_interval([Stratum(20, 4, 4)]).high


# --- what else keeps it from concluding ---------------------------------------------------------


@pytest.mark.parametrize(
    ("ungraded", "enough"), [pytest.param(1, True, id="95 %"), pytest.param(2, False, id="90 %")]
)
def test_the_share_graded_or_labelled_must_reach_the_coverage(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where, ungraded: int, *, enough: bool
) -> None:
    columns = make_columns(20, "?" * ungraded + "g" * (20 - ungraded))
    labelled = lay(columns, human, drawn=range(10, 20), flagged=(), tonight="?" * 10 + "g" * 10)
    result = criterion_result(labelled, human, where, RULE)
    assert result.concludes is enough
    assert _codes(result) == ([] if enough else [("coverage", False)])


def test_a_label_covers_what_the_grader_could_not(
    make_columns: Columns, lay: Lay, human: Criterion, where: Where
) -> None:
    columns = make_columns(20, "????" + "g" * 16)
    drawn = [*range(4), *range(10, 20)]
    labelled = lay(columns, human, drawn=drawn, tonight="gggg" + "?" * 6 + "g" * 10)
    assert criterion_result(labelled, human, where, RULE).concludes
    remembered = lay(columns, human, earlier="gggg", tonight="gggg")
    assert "coverage" not in dict(_codes(criterion_result(remembered, human, where, RULE)))


def test_a_criterion_without_graders_has_no_coverage_to_reach(
    make_columns: Columns, lay: Lay, where: Where
) -> None:
    people_only = Criterion(name="correctness")
    labelled = lay(make_columns(40), people_only, drawn=range(10), tonight="g" * 10)
    assert criterion_result(labelled, people_only, where, RULE).concludes


@pytest.mark.parametrize(
    ("refusals", "evasive"),
    [pytest.param(4, False, id="a fifth"), pytest.param(5, True, id="more than a fifth")],
)
def test_a_model_that_refuses_everything_cannot_pass_on_hallucination(
    make_columns: Columns, lay: Lay, where: Where, refusals: int, *, evasive: bool
) -> None:
    endings = [Ending.REFUSAL] * refusals + [Ending.ANSWERED] * (20 - refusals)
    columns = make_columns(endings, "g" * 20, criterion="hallucination")
    labelled = lay(columns, HALLUCINATION, drawn=range(10, 20), tonight="?" * 10 + "g" * 10)
    result = criterion_result(labelled, HALLUCINATION, where, RULE)
    assert _codes(result) == ([("evasive", False)] if evasive else [])
    assert result.concludes is not evasive
    if evasive:
        assert result.reasons[0].detail.startswith("25% of the replies say nothing")


def test_failures_are_no_evasion(make_columns: Columns, lay: Lay, where: Where) -> None:
    endings = [Ending.ERROR] * 10 + [Ending.ANSWERED] * 10
    columns = make_columns(endings, "g" * 20, criterion="hallucination")
    labelled = lay(columns, HALLUCINATION, drawn=range(10, 20), tonight="?" * 10 + "g" * 10)
    assert criterion_result(labelled, HALLUCINATION, where, RULE).reasons == ()
