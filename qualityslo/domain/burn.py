"""How fast a budget burns over a look-back, and from which factor on that is an alarm.

Look-backs are counted in slots: what lies between two evaluations cannot be seen. A threshold is
the share of the budget that may be lost before somebody is told; the factor follows from it
(SRE workbook, chapter 5: budget consumed = burn rate x look-back / window).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from qualityslo.domain.budget import budget_fraction
from qualityslo.errors import UsageError

_NOISE = 1e-12  # relative width of binary noise in a mean of exact ratios


def above(value: float, limit: float) -> bool:
    """Return whether a value is above a limit: strictly, unrounded, binary noise apart.

    >>> above(14.46, 14.4), above(0.1 + 0.2, 0.3)
    (True, False)
    """
    return value > limit + _NOISE * abs(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetTerms:
    """What a burn rate is measured by: the target, its window, and how often it is evaluated.

    Raises:
        UsageError: the target leaves no budget or is none, or a duration is not above zero.
    """

    target: float
    window: timedelta
    cadence: timedelta

    def __post_init__(self) -> None:
        """Refuse what has no burn rate."""
        if not 0 < self.target < 1:
            raise UsageError(
                f"target={self.target!r} lies outside (0, 1): a target of 1 has no budget to "
                "burn; write 98 % as 0.98"
            )
        for name in ("window", "cadence"):
            if getattr(self, name) <= timedelta(0):
                raise UsageError(f"{name}={getattr(self, name)!r} is no time; give one above 0")

    @property
    def budget(self) -> float:
        """The error budget: 1 - target."""
        return budget_fraction(self.target)

    @property
    def highest_burn(self) -> Fraction:
        """The burn rate where everything is bad."""
        return 1 / Fraction(repr(self.budget))

    def slots(self, span: timedelta) -> int:
        """Return how many slots a span takes, rounded up."""
        return -(-span // self.cadence)


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRequest:
    """What somebody wants to be told of: a share of the budget lost within a look-back.

    `short` is the second, shorter look-back that must burn as fast: it ends the alarm soon after
    the trouble.
    """

    fraction: float
    lookback: timedelta
    short: timedelta

    def for_batches(self, cadence: timedelta) -> "BurnRequest":
        """Return the request in whole slots, the share of the budget kept (the batch rule).

        A look-back below the cadence becomes one slot, the short one is the last slot: slo.md 1.5.

        >>> from datetime import timedelta
        >>> hour, day = timedelta(hours=1), timedelta(days=1)
        >>> request = BurnRequest(fraction=0.05, lookback=hour, short=hour / 12)
        >>> request.for_batches(day).lookback == day
        True
        """
        slots = max(1, -(-self.lookback // cadence))
        return BurnRequest(fraction=self.fraction, lookback=slots * cadence, short=cadence)


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnCondition:
    """A burn rate above `factor` over the last `long` slots, and over the last `short` ones.

    Attributes:
        fraction: share of the budget that a burn at the factor takes in the long look-back.
        factor: the threshold; only a burn rate above it counts.
        long: slots of the long look-back.
        short: slots of the short one.
        pooled: whether events are added up over slots (Occurrences); else slots weigh the same.
    """

    fraction: float
    factor: float
    long: int
    short: int
    pooled: bool = False


def threshold_factor(fraction: float, window: timedelta, lookback: timedelta) -> Fraction:
    """Return the burn rate that takes `fraction` of a window's budget within a look-back, exactly.

    >>> from datetime import timedelta
    >>> threshold_factor(0.02, timedelta(days=30), timedelta(hours=1))
    Fraction(72, 5)
    """
    return Fraction(repr(float(fraction))) * Fraction(window / _TICK) / Fraction(lookback / _TICK)


_TICK = timedelta(microseconds=1)


def burn_condition(
    request: BurnRequest, terms: BudgetTerms, *, pooled: bool = False
) -> BurnCondition:
    """Return the condition of a request.

    Raises:
        UsageError: a look-back shorter than the cadence; a factor below 1, which rings while the
            budget is kept; or one that even a complete failure does not exceed. The message
            proposes what would do.
    """
    if not 0 < request.fraction <= 1:
        raise UsageError(
            f"fraction={request.fraction!r} is no share of the budget in (0, 1]; write 5 % as 0.05"
        )
    for name in ("lookback", "short"):
        _check_visible(name, getattr(request, name), terms)
    long, short = terms.slots(request.lookback), terms.slots(request.short)
    if short > long:
        raise UsageError(
            f"short={_span(request.short)} is longer than lookback={_span(request.lookback)}; "
            "the short look-back is the recent part of the long one"
        )
    factor = threshold_factor(request.fraction, terms.window, long * terms.cadence)
    _check_reachable(request.fraction, factor, long, terms)
    return BurnCondition(
        fraction=request.fraction, factor=float(factor), long=long, short=short, pooled=pooled
    )


def _check_visible(name: str, span: timedelta, terms: BudgetTerms) -> None:
    if span < terms.cadence:
        raise UsageError(
            f"{name}={_span(span)} is shorter than the cadence, {_span(terms.cadence)}: nothing is "
            f"evaluated in between; give {_span(terms.cadence)} or more and keep the share of the "
            "budget"
        )


def _check_reachable(fraction: float, factor: Fraction, long: int, terms: BudgetTerms) -> None:
    """Refuse factors below 1 and from 1/budget on, with the shares of the budget that will do."""
    least = 1 / threshold_factor(1.0, terms.window, long * terms.cadence)
    most = least * terms.highest_burn
    span = _span(long * terms.cadence)
    if factor < 1:
        raise UsageError(
            f"fraction={fraction!r} within {span} is a burn rate of {float(factor):.3g}, below 1: "
            f"it would ring while the budget is kept; propose fraction={_up(least)} (factor 1) or "
            "more, or a shorter look-back"
        )
    if factor >= terms.highest_burn:
        raise UsageError(
            f"fraction={fraction!r} within {span} is a burn rate of {float(factor):.4g}, "
            f"unreachable: at a target of {terms.target:g} it is at most "
            f"{float(terms.highest_burn):.4g} (max, everything bad); reachable are fractions from "
            f"{_up(least)} to below {float(min(most, Fraction(1))):.4g}"
        )


def _up(share: Fraction) -> float:
    """Return a share rounded up to four digits: the proposal itself must be accepted."""
    return float(-(-share * 10_000 // 1) / 10_000)


def _span(span: timedelta) -> str:
    """Return a duration as the spec writes it."""
    seconds = span.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRate:
    """The bad rate of one valid slot, and of how many events."""

    rate: float
    events: int


def lookback_rate(
    recent: Sequence[SlotRate | None], slots: int, *, pooled: bool = False
) -> float | None:
    """Return the bad rate that is known to have been over the last slots; None where too little.

    Slots without a result (None), and those before the first, have lost nothing that is known:
    they count in the denominator, and where they are half of the look-back or more, nothing is
    said (one bad slot of one, of three expected, is no slow burn). Pooled, events are added up
    and a slot without events weighs nothing.

    Args:
        recent: slots up to now, oldest first; None for one without a result.
        slots: length of the look-back.
        pooled: see `BurnCondition`.

    >>> bad = SlotRate(rate=0.3, events=200)
    >>> lookback_rate([bad], 3), round(lookback_rate([bad, bad], 3), 12)
    (None, 0.2)
    """
    valid = [one for one in recent[-slots:] if one is not None]
    if 2 * len(valid) <= slots:
        return None
    if not pooled:
        return sum(one.rate for one in valid) / slots
    events = sum(one.events for one in valid)
    return sum(one.rate * one.events for one in valid) / events if events else None


def burns_above(
    condition: BurnCondition, recent: Sequence[SlotRate | None], budget: float
) -> bool:
    """Return whether both look-backs burn above the factor; unknown ones do not."""
    return all(
        burning(condition, recent, slots, budget) for slots in (condition.long, condition.short)
    )


def burning(
    condition: BurnCondition, recent: Sequence[SlotRate | None], slots: int, budget: float
) -> bool:
    """Return whether one look-back burns above the factor."""
    rate = lookback_rate(recent, slots, pooled=condition.pooled)
    return rate is not None and above(rate / budget, condition.factor)


def lost_share(rates: Iterable[float], terms: BudgetTerms) -> float:
    """Return the share of a window's budget that some slots took: burn x look-back / window.

    >>> from datetime import timedelta
    >>> day = timedelta(days=1)
    >>> round(lost_share([0.3], BudgetTerms(target=0.9, window=30 * day, cadence=day)), 12)
    0.1
    """
    return sum(rates) / terms.budget * (terms.cadence / terms.window)
