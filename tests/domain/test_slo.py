"""Objectives are met, breached or undecided, and say why."""

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.reason import Severity, against, note, warning
from qualityslo.domain.sli import SliResult
from qualityslo.domain.slo import Slo, SloState, SloStatus, slo_status, state_of
from qualityslo.domain.window import WindowResult
from qualityslo.stats import Estimate, Stratum, rate_interval

MET, BREACHED, UNDECIDED = SloState.MET, SloState.BREACHED, SloState.UNDECIDED
MakeEstimate = Callable[..., Estimate]
MakeResult = Callable[..., SliResult]
MakeSlo = Callable[..., Slo]


@pytest.mark.parametrize("target", [0, 1, 1.0, -0.1, 98, float("nan"), float("inf")], ids=str)
def test_a_target_that_leaves_no_budget_or_is_none_is_refused(
    make_slo: MakeSlo, target: float
) -> None:
    with pytest.raises(ValueError, match=f"both excluded, not {target!r}"):
        make_slo(target)


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        pytest.param(0.0, 0.05, MET, id="the whole interval keeps the target"),
        pytest.param(0.0, 0.1, MET, id="the worst end stands at the target"),
        pytest.param(0.0, 0.11, UNDECIDED, id="the interval reaches over the target"),
        pytest.param(0.1, 0.2, UNDECIDED, id="the best end stands at the target"),
        pytest.param(0.11, 0.2, BREACHED, id="the whole interval misses the target"),
        pytest.param(0.1, 0.1, MET, id="no width, at the target"),
        pytest.param(0.0, 1.0, UNDECIDED, id="nothing is known"),
    ],
)
def test_an_interval_decides_only_where_all_of_it_lies_on_one_side(
    make_estimate: MakeEstimate, low: float, high: float, state: SloState
) -> None:
    assert state_of(make_estimate(low, high), 0.9) is state


def test_no_estimate_decides_nothing() -> None:
    assert state_of(None, 0.9) is UNDECIDED


@pytest.mark.parametrize("failures", range(12))
@pytest.mark.parametrize(
    ("target", "items"), [(0.999, 1000), (0.998, 1000), (0.99, 300), (0.93, 100), (0.9, 70)]
)
def test_a_census_is_met_up_to_the_last_allowed_failure_and_breached_from_the_next(
    make_estimate: MakeEstimate, target: float, items: int, failures: int
) -> None:
    allowed = round((1 - target) * items)
    wanted = MET if failures <= allowed else BREACHED
    assert state_of(make_estimate(failures / items), target) is wanted


@given(low=st.floats(0, 1), high=st.floats(0, 1), target=st.floats(0.001, 0.999))
def test_exactly_one_state_holds_and_a_wider_interval_only_undecides(
    make_estimate: MakeEstimate, low: float, high: float, target: float
) -> None:
    low, high = sorted((low, high))
    inner = state_of(make_estimate(low, high), target)
    outer = state_of(make_estimate(low / 2, (high + 1) / 2), target)
    assert outer in {inner, UNDECIDED}


def _over(estimate: Estimate | None, *, unlabelled: int = 0, missing: int = 0) -> WindowResult:
    used = 0 if estimate is None else 1
    return WindowResult(estimate=estimate, used=used, unlabelled=unlabelled, missing=missing)


def _codes(status: SloStatus) -> list[tuple[str, bool, Severity]]:
    return [(reason.code, reason.ok, reason.severity) for reason in status.reasons]


def test_an_objective_is_undecided_while_no_slot_is_final(
    make_slo: MakeSlo, make_result: MakeResult, make_estimate: MakeEstimate
) -> None:
    tonight = make_result(make_estimate(0.0, 0.05))
    status = slo_status(make_slo(), tonight, None, _over(None), charged=True)
    assert (status.state, status.concluded_slot, status.charged) == (UNDECIDED, None, True)
    assert _codes(status) == [("no_final_slot", False, Severity.ERROR)]
    assert (status.budget.consumed, status.budget.burn) == (None, None)


def test_a_last_slot_that_concludes_nothing_hands_on_what_speaks_against_it(
    make_slo: MakeSlo, make_result: MakeResult, make_estimate: MakeEstimate
) -> None:
    reasons = [note("missing_labels", "some"), against("coverage", "too few")]
    estimate = make_estimate(0.0, 0.01)
    last = make_result(estimate, concludes=False, reasons=reasons)
    status = slo_status(make_slo(), last, last, _over(estimate), charged=True)
    assert status.state is UNDECIDED
    assert status.concluded_slot == last.slot
    assert status.reasons == (reasons[1],)
    assert (status.budget.consumed, status.budget.burn) == (None, None)


@pytest.mark.parametrize(
    ("low", "high", "state", "code", "severity"),
    [
        pytest.param(0.0, 0.05, MET, ("target", True), Severity.INFO, id="met"),
        pytest.param(0.2, 0.3, BREACHED, ("target", False), Severity.ERROR, id="breached"),
        pytest.param(0.0, 0.3, UNDECIDED, ("straddles", False), Severity.ERROR, id="undecided"),
    ],
)
def test_the_window_decides_and_the_reason_weighs_accordingly(
    make_slo: MakeSlo,
    make_result: MakeResult,
    make_estimate: MakeEstimate,
    *,
    low: float,
    high: float,
    state: SloState,
    code: tuple[str, bool],
    severity: Severity,
) -> None:
    last = make_result(make_estimate(0.02, 0.04), reasons=[note("missing_labels", "one")])
    status = slo_status(make_slo(), last, last, _over(make_estimate(low, high)), charged=False)
    assert (status.state, status.charged, status.role) == (state, False, last.role)
    assert _codes(status) == [("missing_labels", True, Severity.INFO), (*code, severity)]
    words = {MET: "keeps the target", BREACHED: "misses the target"}
    assert words.get(state, "both sides of the target") in status.reasons[-1].detail
    assert status.budget.burn is not None
    assert status.budget.burn.high == pytest.approx(0.4)
    assert status.budget.consumed is not None
    assert status.budget.consumed.low == pytest.approx(low / 0.1)


def test_a_window_without_any_estimate_decides_nothing(
    make_slo: MakeSlo, make_result: MakeResult, make_estimate: MakeEstimate
) -> None:
    last = make_result(make_estimate(0.0, 0.05))
    status = slo_status(make_slo(), last, last, _over(None, unlabelled=1), charged=True)
    assert status.state is UNDECIDED
    assert [code for code, _, _ in _codes(status)] == ["no_labelled_slot", "gaps"]


@pytest.mark.parametrize(("unlabelled", "missing"), [(2, 0), (0, 3)])
def test_slots_that_count_neither_way_are_said(
    make_slo: MakeSlo,
    make_result: MakeResult,
    make_estimate: MakeEstimate,
    unlabelled: int,
    missing: int,
) -> None:
    estimate = make_estimate(0.0, 0.05)
    window = _over(estimate, unlabelled=unlabelled, missing=missing)
    last = make_result(estimate)
    gap = slo_status(make_slo(), last, last, window, charged=True).reasons[-1]
    text = f"{unlabelled} unlabelled and {missing} missing slots count neither way"
    assert gap == warning("gaps", text)


def test_a_small_set_that_meets_its_target_says_what_it_cannot_rule_out(
    make_slo: MakeSlo, make_result: MakeResult, make_estimate: MakeEstimate
) -> None:
    population = rate_interval([Stratum(50, 50, 0)], frame="traffic")
    last = make_result(make_estimate(0.0), population=population)
    status = slo_status(make_slo(0.98), last, last, _over(make_estimate(0.0)), charged=True)
    assert status.state is MET
    assert _codes(status)[-1] == ("low_volume", True, Severity.WARNING)
    assert status.reasons[-1].detail == (
        "met on these 50 items; for items like these the good ratio may be as low as 92.9 %"
    )
    relaxed = slo_status(make_slo(0.9), last, last, _over(make_estimate(0.0)), charged=True)
    assert [code for code, _, _ in _codes(relaxed)] == ["target"]
    missed = slo_status(make_slo(0.98), last, last, _over(make_estimate(0.5)), charged=True)
    assert [code for code, _, _ in _codes(missed)] == ["target"]
