"""The conclusion in one sentence, its exit code, and what to do next."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.reason import against, note
from qualityslo.domain.report import ReviewSummary
from qualityslo.domain.slo import SloState, SloStatus
from qualityslo.domain.wording import conclusion, exit_code, good_in_words, next_step, percent
from qualityslo.errors import ExitCode
from qualityslo.stats import Estimate

MET, BREACHED, UNDECIDED = SloState.MET, SloState.BREACHED, SloState.UNDECIDED
Make = Callable[..., SloStatus]
MakeEstimate = Callable[..., Estimate]
DEADLINE = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)


def _gate(outcome: GateOutcome) -> GateDecision:
    return GateDecision(outcome=outcome, reasons=(), tables=())


@pytest.mark.parametrize(
    ("states", "gate", "code"),
    [
        pytest.param([MET], None, ExitCode.PASS, id="met"),
        pytest.param([MET, BREACHED], None, ExitCode.FINDING, id="one breached"),
        pytest.param([MET, UNDECIDED], None, ExitCode.INCONCLUSIVE, id="one undecided"),
        pytest.param([UNDECIDED, BREACHED], None, ExitCode.FINDING, id="a breach hides a doubt"),
        pytest.param([], None, ExitCode.INCONCLUSIVE, id="no objective is no data"),
        pytest.param([MET], GateOutcome.PASS, ExitCode.PASS, id="met and passed"),
        pytest.param([MET], GateOutcome.FAIL, ExitCode.FINDING, id="met, but the gate failed"),
        pytest.param([MET], GateOutcome.INCONCLUSIVE, ExitCode.INCONCLUSIVE, id="gate open"),
        pytest.param([BREACHED], GateOutcome.INCONCLUSIVE, ExitCode.FINDING, id="the worst wins"),
        pytest.param([], GateOutcome.FAIL, ExitCode.FINDING, id="a gate alone"),
    ],
)
def test_the_exit_code_is_the_worst_of_objectives_and_gate(
    make_status: Make, states: Sequence[SloState], gate: GateOutcome | None, code: ExitCode
) -> None:
    statuses = [make_status(state) for state in states]
    assert exit_code(statuses, None if gate is None else _gate(gate)) is code


def test_the_candidate_is_never_charged(make_status: Make) -> None:
    statuses = [make_status(MET), make_status(BREACHED, charged=False)]
    assert exit_code(statuses, None) is ExitCode.PASS
    assert conclusion(ExitCode.PASS, statuses, None) == "Pass: all SLOs met."


@given(share=st.floats(0, 1))
def test_a_share_is_a_percentage_with_one_decimal(share: float) -> None:
    text = percent(share)
    assert text.endswith(" %")
    assert abs(float(text[:-2]) / 100 - share) <= 0.0005001


@pytest.mark.parametrize(
    ("low", "high", "point", "words"),
    [
        pytest.param(0.02, None, None, "98.0 %", id="exact"),
        pytest.param(0.01, 0.05, 0.02, "98.0 % [95.0 %, 99.0 %]", id="with its interval"),
        pytest.param(0.01, 0.05, None, "[95.0 %, 99.0 %]", id="bounds alone"),
    ],
)
def test_a_good_ratio_is_told_with_its_interval(
    make_estimate: MakeEstimate, low: float, high: float | None, point: float | None, words: str
) -> None:
    assert good_in_words(make_estimate(low, high, point=point)) == words


def test_no_estimate_is_no_data() -> None:
    assert good_in_words(None) == "no data"


def test_a_breach_is_told_with_its_figures_and_its_target_in_full(
    make_status: Make, make_estimate: MakeEstimate
) -> None:
    statuses = [
        make_status(BREACHED, make_estimate(0.1, 0.2, point=0.15), target=0.9995),
        make_status(MET, make_estimate(0.0)),
        make_status(UNDECIDED, reasons=[note("gaps", ""), against("coverage", "")], name="tone"),
    ]
    assert conclusion(ExitCode.FINDING, statuses, _gate(GateOutcome.FAIL)) == (
        "Finding: 1 of 3 SLOs breached (correctness at 85.0 % [80.0 %, 90.0 %] against a target "
        "of 99.95 %); 1 undecided (tone: too much ungraded); 1 met; the candidate is worse than "
        "the baseline by more than a margin."
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [(0.95, "95.0 %"), (0.57, "57.0 %"), (0.999, "99.9 %"), (0.9999, "99.99 %")],
)
def test_a_target_is_never_rounded(
    make_status: Make, make_estimate: MakeEstimate, target: float, words: str
) -> None:
    status = make_status(BREACHED, make_estimate(0.5), target=target)
    assert f"against a target of {words})" in conclusion(ExitCode.FINDING, [status], None)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (GateOutcome.PASS, "the candidate is not worse than the baseline by the margins"),
        (
            GateOutcome.INCONCLUSIVE,
            "whether the candidate is worse than the baseline is undecided",
        ),
    ],
)
def test_the_gate_has_its_half_sentence(
    make_status: Make, outcome: GateOutcome, words: str
) -> None:
    text = conclusion(ExitCode.PASS, [make_status(MET)], _gate(outcome))
    assert text == f"Pass: all SLOs met; {words}."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("no_final_slot", "its labels may still arrive"),
        ("uncorrected", "no labels"),
        ("missing_labels", "too many looks without opinion"),
        ("evasive", "too many answers that say nothing"),
        ("no_events", "nothing to count"),
        ("no_labelled_slot", "no labels in the window"),
        ("straddles", "the interval lies on both sides of the target"),
        ("something_new", "something_new"),
    ],
)
def test_a_doubt_is_told_in_words(make_status: Make, code: str, words: str) -> None:
    status = make_status(UNDECIDED, reasons=[against(code, "")])
    text = conclusion(ExitCode.INCONCLUSIVE, [status], None)
    assert text == f"Inconclusive: 1 undecided (correctness: {words}); 0 met."


def _review(waiting: int, deadline: datetime | None) -> ReviewSummary:
    return ReviewSummary(
        golden="faq",
        drawn=20,
        alarm_items=10,
        quiet_items=90,
        answered=20 - waiting,
        waiting=waiting,
        deadline=deadline,
    )


def test_waiting_reviews_come_first_with_the_earliest_deadline_in_utc(make_status: Make) -> None:
    late = (DEADLINE + timedelta(hours=9)).astimezone(timezone(timedelta(hours=5)))
    reviews = [_review(8, late), _review(12, DEADLINE), _review(0, DEADLINE - timedelta(days=1))]
    assert next_step(reviews, [make_status(BREACHED)]) == (
        "20 reviews wait until 04 Mar 02:30 UTC: qualityslo review export"
    )
    assert next_step(reviews[:1], []) == (
        "8 reviews wait until 04 Mar 11:30 UTC: qualityslo review export"
    )


def test_waiting_reviews_without_a_deadline_are_told_too() -> None:
    assert next_step([_review(3, None)], []) == "3 reviews wait: qualityslo review export"


def test_a_breach_sends_to_the_examples_and_a_good_night_to_bed(make_status: Make) -> None:
    reviews = [_review(0, DEADLINE)]
    assert next_step(reviews, [make_status(BREACHED)]) == "read the worst examples in the report"
    assert next_step(reviews, [make_status(BREACHED, charged=False)]) == "nothing to do"
    assert next_step([], [make_status(MET)]) == "nothing to do"
