"""What the alerts of one SLO say at an instant, and whether they still can: a pure function."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from qualityslo.domain.alert_watch import AlertStatus, SlotResult, Watch, firing_since, limit_of
from qualityslo.domain.alerts import (
    Accumulated,
    Alert,
    AlertSeverity,
    LowerLimit,
    WindowLimit,
)
from qualityslo.domain.budget import budget_fraction
from qualityslo.domain.jsonable import instant
from qualityslo.domain.reason import Reason, against, note, warning
from qualityslo.domain.wording import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSlot:
    """One scheduled slot: what it found out, None for nothing; provisional until it is `final`."""

    slot: datetime
    result: SlotResult | None
    final: bool = True

    @property
    def valid(self) -> bool:
        """Whether an alert may rest on it."""
        return self.final and self.result is not None and self.result.rate is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a slot is overdue: `grace` after it was due, where labels are awaited `settling` later.

    `settling` is the time from a slot to its label deadline; none where no label is awaited.
    """

    cadence: timedelta
    grace: timedelta = timedelta(hours=12)
    settling: timedelta = timedelta(0)


class Freshness(StrEnum):
    """Whether there is a valid slot to rest on: a late one is not missing before its grace."""

    FRESH = "fresh"
    STALE = "stale"
    ABSENT = "absent"
    NO_RUN_YET = "no_run_yet"

    @property
    def fires(self) -> bool:
        """Whether the separate staleness alert fires."""
        return self in {Freshness.STALE, Freshness.ABSENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """What one alert says, on the last valid slot.

    Attributes:
        alert: the rule.
        status: what it says; on a stale series what it said last (`frozen`).
        slot: the last valid slot; None before any.
        since: the slot at which the present firing began; None where it does not fire.
        inhibited: whether this is a ticket beside a page that fires: nobody is told twice.
        reasons: why, with the figures.
    """

    alert: Alert
    status: AlertStatus
    slot: datetime | None
    since: datetime | None
    frozen: bool
    inhibited: bool
    reasons: tuple[Reason, ...]

    @property
    def asks_second_stage(self) -> bool:
        """Whether the pre-declared second stage of the newest slot is wanted."""
        return self.status is AlertStatus.SUSPECT and not self.frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBoard:
    """All alerts of one SLO at an instant, and whether its series is alive."""

    freshness: Freshness
    staleness: Reason
    alerts: tuple[AlertState, ...]


def evaluate(
    alerts: Sequence[Alert],
    history: Iterable[AlertSlot],
    timing: Timing,
    *,
    target: float,
    as_of: datetime,
) -> AlertBoard:
    """Return what the alerts of an SLO say at an instant.

    The order of the history and repeated equal slots change nothing; slots after the instant do
    not exist. Scheduled slots without a run belong into it, with None. Only final slots fire or
    resolve; a newer provisional one may only make an alert suspect.

    Args:
        alerts: the rules.
        history: one entry a scheduled slot.
        timing: when a slot is overdue.
        target: the SLO's.
        as_of: the instant.

    Raises:
        ValueError: one slot has two different entries; the caller picks the run that counts.
    """
    rows = _ordered(history, as_of)
    freshness, staleness = _freshness(rows, timing, as_of)
    states = [_state(one, rows, budget_fraction(target), freshness) for one in alerts]
    paged = any(_pages(one) for one in states)
    return AlertBoard(
        freshness=freshness,
        staleness=staleness,
        alerts=tuple(_inhibited(one) if paged else one for one in states),
    )


def _ordered(history: Iterable[AlertSlot], as_of: datetime) -> list[AlertSlot]:
    unique: dict[datetime, AlertSlot] = {}
    for row in history:
        known = unique.setdefault(row.slot, row)
        if known != row:
            raise ValueError(
                f"slot {instant(row.slot)} has two different results: {known!r} and {row!r}; "
                "keep that of the run that counts"
            )
    return [unique[slot] for slot in sorted(unique) if slot <= as_of]


def _pages(state: AlertState) -> bool:
    return state.alert.severity is AlertSeverity.PAGE and state.status is AlertStatus.FIRING


def _inhibited(state: AlertState) -> AlertState:
    if state.alert.severity is AlertSeverity.PAGE:
        return state
    return replace(state, inhibited=True)


def _freshness(
    rows: Sequence[AlertSlot], timing: Timing, as_of: datetime
) -> tuple[Freshness, Reason]:
    """Return whether the series is alive, and why."""
    late = timing.grace + timing.settling
    valid = [row.slot for row in rows if row.valid]
    if not rows:
        return Freshness.NO_RUN_YET, note("no_run_yet", "no slot has been due yet")
    if not valid:
        first = instant(rows[0].slot)
        if as_of <= rows[0].slot + late:
            return Freshness.NO_RUN_YET, note(
                "no_run_yet", f"the first slot, {first}, may still arrive until {late} after it"
            )
        return Freshness.ABSENT, against(
            "absent", f"no slot has ever been valid; the first was due at {first}"
        )
    due = valid[-1] + timing.cadence + late
    if as_of <= due:
        return Freshness.FRESH, note("fresh", f"the last valid slot is {instant(valid[-1])}")
    return Freshness.STALE, against(
        "stale",
        f"the last valid slot is {instant(valid[-1])}, the next was awaited until {instant(due)}; "
        "alerts keep the state they had",
    )


def _state(
    alert: Alert, rows: Sequence[AlertSlot], budget: float, freshness: Freshness
) -> AlertState:
    """Let one alert look at all slots up to the last final one, and at the newest labels."""
    watch = Watch(alert, budget)
    ends = [at for at, row in enumerate(rows) if row.final]
    decided = rows[: ends[-1] + 1] if ends else []
    statuses = [watch.see(row.result if row.final else None) for row in decided]
    last = next((row for row in reversed(decided) if row.valid), None)
    begun = firing_since(statuses)
    frozen = freshness is Freshness.STALE
    status, reasons = watch.status, [_explained(alert, last, watch.status, budget)]
    doubtful = [
        row
        for row in rows[len(decided) :]
        if row.result is not None and row.result.rate is not None and watch.suspects(row.result)
    ]
    if doubtful and not frozen and status is not AlertStatus.FIRING:
        status = AlertStatus.SUSPECT
        text = (
            f"what is labelled of the provisional slot {instant(doubtful[-1].slot)} is against it"
        )
        reasons.append(warning("suspect", f"{text}; {_SECOND_STAGE}"))
    if frozen:
        reasons.append(warning("frozen", "no valid slot is recent enough: the state is the last"))
    return AlertState(
        alert=alert,
        status=status,
        slot=None if last is None else last.slot,
        since=None if begun is None else decided[begun].slot,
        frozen=frozen,
        inhibited=False,
        reasons=tuple(reasons),
    )


_SECOND_STAGE = "label the pre-declared second stage, or repeat the run, to settle it"


def _explained(alert: Alert, last: AlertSlot | None, status: AlertStatus, budget: float) -> Reason:
    """Return why an alert says what it says, with the last slot's figures."""
    if last is None or last.result is None:
        return warning("no_data", "no slot is valid yet: nothing is known, nothing rings")
    figures = f"{instant(last.slot)}: {_figures(alert, last.result, budget)}"
    match status:
        case AlertStatus.FIRING:
            return against("above", f"{figures}; {alert.in_words()}")
        case AlertStatus.SUSPECT:
            return warning("suspect", f"{figures}; {_SECOND_STAGE}")
        case AlertStatus.RESOLVED:
            return note("resolved", f"{figures}; the first slot below")
        case AlertStatus.OK | AlertStatus.NO_DATA:
            return note("below", figures)
        case _:
            assert_never(status)


def _figures(alert: Alert, result: SlotResult, budget: float) -> str:
    """Return the numbers behind a state: the slot's rate, its limit, the budget."""
    rate, (known, items) = result.rate, result.labelled
    assert rate is not None
    text = f"{percent(rate)} bad ({known:,} known of {items:,}; burn {rate / budget:.2f})"
    if alert.pooled:  # judged by the whole look-back, not by this slot
        return f"{text}, budget {percent(budget)}"
    match alert.evidence:
        case LowerLimit(tail=tail, frame=frame, looks=looks):
            least = limit_of(result.strata, tail / looks, frame).low
            text += f", {alert.whose} at least {percent(least)}"
        case Accumulated():
            pass
        case WindowLimit():
            low = "unknown" if result.window_low is None else percent(result.window_low)
            text += f", window at least {low}"
        case _:
            assert_never(alert.evidence)
    return f"{text}, budget {percent(budget)}"
