"""Conclusions in words: one sentence, and what to do next."""

from collections.abc import Sequence
from datetime import UTC

from qualityslo.domain.gate import GateDecision, GateOutcome
from qualityslo.domain.report import ReviewSummary
from qualityslo.domain.slo import SloState, SloStatus
from qualityslo.errors import ExitCode, worst
from qualityslo.stats import Estimate

_STATE_CODE = {
    SloState.MET: ExitCode.PASS,
    SloState.BREACHED: ExitCode.FINDING,
    SloState.UNDECIDED: ExitCode.INCONCLUSIVE,
}
_GATE_CODE = {
    GateOutcome.PASS: ExitCode.PASS,
    GateOutcome.FAIL: ExitCode.FINDING,
    GateOutcome.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
VERDICT_WORD = {
    ExitCode.PASS: "Pass",
    ExitCode.FINDING: "Finding",
    ExitCode.INCONCLUSIVE: "Inconclusive",
}


def exit_code(statuses: Sequence[SloStatus], gate: GateDecision | None) -> ExitCode:
    """Return the worst of the serving role's SLOs and the gate; no SLO at all is no data."""
    codes = [_STATE_CODE[status.state] for status in statuses if status.charged]
    if not codes:
        codes = [ExitCode.INCONCLUSIVE]
    if gate is not None:
        codes.append(_GATE_CODE[gate.outcome])
    return worst(*codes)


def gate_exit_code(gate: GateDecision) -> ExitCode:
    """Return the exit code of a gate alone."""
    return _GATE_CODE[gate.outcome]


def gate_conclusion(gate: GateDecision) -> str:
    """Return a gate's conclusion in one sentence."""
    return f"{VERDICT_WORD[gate_exit_code(gate)]}: {_GATE_WORDS[gate.outcome]}."


def percent(value: float) -> str:
    """Return a share as a percentage with one decimal.

    >>> percent(0.98214)
    '98.2 %'
    """
    return f"{100 * value:.1f} %"


def _in_full(target: float) -> str:
    """Return a target as a percentage without rounding: 99.95 % is not 99.9 %."""
    text = f"{100 * target:.10g}"
    return f"{text} %" if "." in text else f"{text}.0 %"


def good_in_words(estimate: Estimate | None) -> str:
    """Return the good ratio behind a bad-rate estimate, with its interval where it has one."""
    if estimate is None:
        return "no data"
    good = estimate.complement()
    span = f"[{percent(good.low)}, {percent(good.high)}]"
    if good.point is None:
        return span
    return percent(good.point) if good.low == good.high else f"{percent(good.point)} {span}"


def conclusion(code: ExitCode, statuses: Sequence[SloStatus], gate: GateDecision | None) -> str:
    """Return the run's conclusion in one sentence."""
    charged = [status for status in statuses if status.charged]
    parts = []
    breached = [one for one in charged if one.state is SloState.BREACHED]
    if breached:
        named = "; ".join(
            f"{one.slo.name} at {good_in_words(one.window.estimate)} against a target of "
            + _in_full(one.slo.target)
            for one in breached
        )
        parts.append(f"{len(breached)} of {len(charged)} SLOs breached ({named})")
    undecided = [one for one in charged if one.state is SloState.UNDECIDED]
    if undecided:
        named = ", ".join(f"{one.slo.name}: {_why(one)}" for one in undecided)
        parts.append(f"{len(undecided)} undecided ({named})")
    met = len(charged) - len(breached) - len(undecided)
    parts.append("all SLOs met" if met == len(charged) and met else f"{met} met")
    if gate is not None:
        parts.append(_GATE_WORDS[gate.outcome])
    return f"{VERDICT_WORD[code]}: " + "; ".join(parts) + "."


_GATE_WORDS = {
    GateOutcome.PASS: "the candidate is not worse than the baseline by the margins",
    GateOutcome.FAIL: "the candidate is worse than the baseline by more than a margin",
    GateOutcome.INCONCLUSIVE: "whether the candidate is worse than the baseline is undecided",
}
_WHY = {
    "no_final_slot": "its labels may still arrive",
    "uncorrected": "no labels",
    "coverage": "too much ungraded",
    "missing_labels": "too many looks without opinion",
    "evasive": "too many answers that say nothing",
    "no_events": "nothing to count",
    "no_labelled_slot": "no labels in the window",
    "straddles": "the interval lies on both sides of the target",
}


def _why(status: SloStatus) -> str:
    code = next((reason.code for reason in status.reasons if not reason.ok), "straddles")
    return _WHY.get(code, code)


def next_step(reviews: Sequence[ReviewSummary], statuses: Sequence[SloStatus]) -> str:
    """Return what a person should do next."""
    waiting = sum(one.waiting for one in reviews)
    if waiting:
        deadlines = [one.deadline for one in reviews if one.waiting and one.deadline]
        until = f" until {min(deadlines).astimezone(UTC):%d %b %H:%M} UTC" if deadlines else ""
        return f"{waiting} reviews wait{until}: qualityslo review export"
    if any(one.state is SloState.BREACHED and one.charged for one in statuses):
        return "read the worst examples in the report"
    return "nothing to do"
