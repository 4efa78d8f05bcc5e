"""Error budgets: how much of what may go wrong has gone wrong, and how fast."""

from dataclasses import dataclass
from decimal import Decimal

from qualityslo.stats import Estimate


def budget_fraction(target: float) -> float:
    """Return 1 - target without binary noise.

    >>> budget_fraction(0.999)
    0.001
    """
    return float(1 - Decimal(repr(float(target))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A derived figure with the interval of the estimate it comes from; `point` may be unknown."""

    point: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The error budget of one SLO at one slot; None where there is no estimate.

    `consumed` is the window's bad rate over the budget (above 1: overspent), `remaining` is
    1 - consumed, `burn` is the last final slot's bad rate over the budget.
    """

    fraction: float
    consumed: Spread | None
    remaining: Spread | None
    burn: Spread | None


def burn_of(estimate: Estimate, target: float) -> Spread:
    """Return bad rate / budget with its interval; 1 spends exactly the budget."""
    fraction = budget_fraction(target)
    return Spread(
        point=None if estimate.point is None else estimate.point / fraction,
        low=estimate.low / fraction,
        high=estimate.high / fraction,
    )


def budget_of(window: Estimate | None, last: Estimate | None, target: float) -> Budget:
    """Return the budget of a target, given the window's and the last slot's bad rates."""
    consumed = None if window is None else burn_of(window, target)
    remaining = None
    if consumed is not None:
        remaining = Spread(
            point=None if consumed.point is None else 1 - consumed.point,
            low=1 - consumed.high,
            high=1 - consumed.low,
        )
    return Budget(
        fraction=budget_fraction(target),
        consumed=consumed,
        remaining=remaining,
        burn=None if last is None else burn_of(last, target),
    )
