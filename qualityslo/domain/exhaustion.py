"""When the budget will be spent, if the pace stays as it is: by rolling the window on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from qualityslo.domain.budget import Spread, budget_fraction
from qualityslo.domain.burn import above


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """Slots until the budget is spent; None with the reason why there is no such time."""

    slots: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhaustion:
    """Slots until the budget is spent at the present pace, and at either end of its interval.

    The interval is that of the pace; what the window has lost is taken as estimated. `point` is
    unknown where the pace has no point.
    """

    point: TimeLeft
    earliest: TimeLeft
    latest: TimeLeft


SPENT = "the budget is spent already"
NO_DATA = "no slot of the window has a rate"
NO_PACE = "the pace has no single estimate"


def exhaustion(
    rates: Sequence[float | None], pace: Spread | None, *, window: int, target: float
) -> Exhaustion:
    """Return when the budget will be spent if every further slot is as bad as the pace.

    Rolling simulation (slo.md 1.3): for slot j = 1, 2, ... the oldest slot leaves the window, one
    of the pace's rate enters, until the window's mean rate over the budget reaches 1. W / burn is
    only a lower bound: old errors leave.

    Args:
        rates: bad rates of the window's slots, oldest first, the last one now; None for a slot
            without a rate, which counts neither way (design 5.5). Older ones are left out.
        pace: bad rate of the slots to come, a recent slot's or look-back's with its interval;
            None where there is none.
        window: slots of the window.
        target: the SLO's.

    >>> pace = Spread(point=0.2, low=0.05, high=0.4)
    >>> left = exhaustion(30 * [0.05], pace, window=30, target=0.9)
    >>> left.point.slots, left.earliest.slots, left.latest.slots
    (10, 5, None)
    >>> left.latest.reason
    'at this pace 50 % of the budget is spent in the long run'
    """
    kept = list(rates[-window:])
    if pace is None or all(one is None for one in kept):
        nothing = TimeLeft(slots=None, reason=NO_DATA)
        return Exhaustion(point=nothing, earliest=nothing, latest=nothing)
    budget = budget_fraction(target)
    unknown = TimeLeft(slots=None, reason=NO_PACE)
    return Exhaustion(
        point=unknown if pace.point is None else time_left(kept, pace.point, window, budget),
        earliest=time_left(kept, pace.high, window, budget),
        latest=time_left(kept, pace.low, window, budget),
    )


def time_left(rates: Sequence[float | None], pace: float, window: int, budget: float) -> TimeLeft:
    """Return when the mean of the window reaches the budget, one more slot of `pace` at a time.

    Args:
        rates: at most `window` slots, oldest first; None counts neither way.
        pace: bad rate of every further slot.
        window: slots of the window.
        budget: the rate at which it is spent.
    """
    past = [None] * (window - len(rates)) + list(rates)
    # what is left of the past after some slots: its sum, and of how many rates
    left = [*accumulate((one or 0.0 for one in reversed(past)), initial=0.0)][::-1]
    count = [*accumulate((one is not None for one in reversed(past)), initial=0)][::-1]
    for slots in range(window + 1):
        known = count[slots] + slots
        if known and not above(budget, (left[slots] + slots * pace) / known):
            reason = SPENT if slots == 0 else f"at this pace in {slots} slots"
            return TimeLeft(slots=slots, reason=reason)
    share = f"{100 * pace / budget:.0f} %"
    return TimeLeft(
        slots=None, reason=f"at this pace {share} of the budget is spent in the long run"
    )
