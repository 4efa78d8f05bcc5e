"""How alerts have done over simulated quarters: false alarms, detection, reset, precision."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from qualityslo.domain.alert_plan import (
    HORIZON,
    SOON,
    AlertQuestion,
    Quiet,
    Regression,
    median_of,
)
from qualityslo.domain.alert_watch import AlertStatus, SlotResult
from qualityslo.domain.alerts import Accumulated, Alert, LowerLimit, WindowLimit
from qualityslo.domain.burn import above

HEALTHY = 0.8  # of the budget: the rate before a regression and after its repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One simulated series: what its slots show, the set's own rates, the population's.

    `window` is how many slots the SLO's window has.
    """

    results: tuple[SlotResult, ...]
    rates: tuple[float, ...]
    population: tuple[float, ...]
    window: int


def regression_rates(question: AlertQuestion, burn: float) -> list[float]:
    """Return the population's rates of a quarter with a regression in its middle."""
    before = _before(question)
    healthy = HEALTHY * question.budget
    after = question.slots - before - HORIZON
    return [healthy] * before + [burn * question.budget] * HORIZON + [healthy] * after


def _before(question: AlertQuestion) -> int:
    return (question.slots - HORIZON) // 2


def started(statuses: Sequence[AlertStatus]) -> list[int]:
    """Return the positions of the slots at which an alert began to fire."""
    fires = [one is AlertStatus.FIRING for one in statuses]
    return [at for at, now in enumerate(fires) if now and not (at and fires[at - 1])]


def is_true(alert: Alert, quarter: Quarter, at: int, budget: float) -> bool:
    """Return whether what an alert says at a slot is so.

    Of the population: its rate is above the budget, for a window on average over its slots. Of
    the set: its own rate was, on one of the slots that the alert rests on; for accumulated
    evidence, on average so far.
    """
    match alert.evidence:
        case LowerLimit(frame="golden_set", running=running):
            return above(max(quarter.rates[max(0, at - running + 1) : at + 1]), budget)
        case Accumulated():
            return above(sum(quarter.rates[: at + 1]) / (at + 1), budget)
        case LowerLimit():
            return above(quarter.population[at], budget)
        case WindowLimit():
            kept = quarter.population[max(0, at - quarter.window + 1) : at + 1]
            return above(sum(kept) / len(kept), budget)
        case _:
            assert_never(alert.evidence)


def quiet_of(
    alert: Alert,
    quarters: Sequence[Quarter],
    marks: Sequence[tuple[AlertStatus, ...]],
    burn: float,
    budget: float,
) -> Quiet:
    """Return how often an alert rang in quarters in which nothing was wrong."""
    false, alarms = 0, 0
    for quarter, statuses in zip(quarters, marks, strict=True):
        starts = started(statuses)
        alarms += len(starts)
        false += any(not is_true(alert, quarter, at, budget) for at in starts)
    share = false / len(quarters)
    return Quiet(
        burn=burn,
        false_quarters=share,
        error=math.sqrt(share * (1 - share) / len(quarters)),
        alarms=alarms / len(quarters),
    )


def regression_of(
    alerts: Sequence[Alert],
    quarters: Sequence[Quarter],
    marks: Sequence[Sequence[tuple[AlertStatus, ...]]],
    burn: float,
    question: AlertQuestion,
) -> Regression:
    """Return how alerts, any of them, see a regression and its repair.

    Args:
        alerts: which.
        quarters: of `regression_rates`.
        marks: of each alert, of each quarter, what it said after each slot.
        burn: of the regression.
        question: the SLO.
    """
    begin = _before(question)
    end = begin + HORIZON
    delays: list[float | None] = []
    resets: list[float] = []
    judged: list[bool] = []
    for at, quarter in enumerate(quarters):
        said = [one[at] for one in marks]
        fires = [any(one is AlertStatus.FIRING for one in row) for row in zip(*said, strict=True)]
        delays.append(next((slot - begin + 1 for slot in range(begin, end) if fires[slot]), None))
        if fires[end - 1]:
            after = (slot for slot in range(end, len(fires)) if not fires[slot])
            resets.append(next(after, len(fires)) - end + 1)
        judged += [
            begin <= start < end or is_true(alert, quarter, start, question.budget)
            for alert, statuses in zip(alerts, said, strict=True)
            for start in started(statuses)
        ]
    return Regression(
        burn=burn,
        soon=sum(one is not None and one <= SOON for one in delays) / len(delays),
        recall=sum(one is not None for one in delays) / len(delays),
        delay=median_of(delays),
        reset=median_of(resets),
        precision=sum(judged) / len(judged) if judged else None,
    )
