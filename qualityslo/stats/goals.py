"""What labels are to show, and what a number of them would show of it."""

import math
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from qualityslo.errors import StatsError
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.paired_trials import PairRates, half_width_and_power, simulated_nights
from qualityslo.stats.trials import LabelDesign, LabelTrial, check_share, rate_trial

_TOLERANCE = 1e-12
# Sizes of the alarm stratum that are averaged over, in standard deviations, with their weights:
# another set from the same traffic has another one (Gauss-Hermite, three points).
_SHIFTS: dict[Frame, dict[float, float]] = {
    "golden_set": {0.0: 1.0},
    "traffic": {0.0: 2 / 3, -math.sqrt(3): 1 / 6, math.sqrt(3): 1 / 6},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWidthGoal:
    """An interval of the bad rate that is expected to reach `half_width` to each side.

    Raises:
        StatsError: a share outside [0, 1].
    """

    rate: float
    half_width: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)
        check_share("half_width", self.half_width)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGoal:
    """A target (share of good) to be settled at a true bad rate: as met, or as breached.

    Raises:
        StatsError: a rate outside [0, 1], or a target outside (0, 1).
    """

    rate: float
    target: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)
        if not 0 < self.target < 1:
            raise StatsError(f"target={self.target!r} is outside (0, 1); write 98 % as 0.98")

    @property
    def budget(self) -> float:
        """The bad share that the target allows."""
        return 1 - self.target

    @property
    def settles(self) -> str:
        """What can be shown: `met` where the rate keeps the target, else `breached`."""
        return "met" if self.rate <= self.budget + _TOLERANCE else "breached"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginGoal:
    """A margin to be settled between two models: the first's bad rate minus the second's.

    Attributes:
        rate: true bad rate of the second model (the baseline).
        margin: how much worse the first (the candidate) may be.
        difference: true difference, first minus second.
        correlation: between the two models' badness on one item.

    Raises:
        StatsError: a rate outside [0, 1], a margin or correlation outside [0, 1].
    """

    rate: float
    margin: float
    difference: float = 0.0
    correlation: float = 0.5

    def __post_init__(self) -> None:
        for name in ("rate", "margin", "correlation"):
            check_share(name, getattr(self, name))
        check_share("rate + difference", self.rate + self.difference)

    @property
    def settles(self) -> str:
        """What can be shown: `pass` where the difference stays below the margin, else `fail`."""
        return "pass" if self.difference < self.margin else "fail"


Goal: TypeAlias = HalfWidthGoal | TargetGoal | MarginGoal


def trial_of(goal: Goal, design: LabelDesign, labels: int, seed: int) -> LabelTrial:
    """Return what a number of labels would show of a goal.

    In the `golden_set` frame the set holds the whole number of bad items that is nearest to the
    assumed rate on its side of the limit. `seed` is that of simulated nights (a margin).
    """
    match goal:
        case HalfWidthGoal():
            bad = round(design.items * goal.rate)
            width = rate_trial(design, goal.rate, bad, labels).half_width()
            return LabelTrial(labels=labels, half_width=width, power=None)
        case TargetGoal():
            return _target_trial(goal, design, labels)
        case MarginGoal():
            return _margin_trial(goal, design, labels, seed)
        case _:
            assert_never(goal)


def _target_trial(goal: TargetGoal, design: LabelDesign, labels: int) -> LabelTrial:
    budget, allowed = goal.budget, math.floor(design.items * goal.budget + 1e-9)
    bad = round(design.items * goal.rate)
    bad = min(bad, allowed) if goal.settles == "met" else max(bad, allowed + 1)
    trials = {
        shift: rate_trial(design, goal.rate, bad, labels, shift) for shift in _SHIFTS[design.frame]
    }
    power = 0.0
    for shift, weight in _SHIFTS[design.frame].items():
        if goal.settles == "met":
            power += weight * trials[shift].power(lambda one: one.high <= budget + _TOLERANCE)
        else:
            still = trials[shift].power(lambda one: one.low <= budget + _TOLERANCE)
            power += weight * (1 - still)
    return LabelTrial(labels=labels, half_width=trials[0.0].half_width(), power=power)


def _margin_trial(goal: MarginGoal, design: LabelDesign, labels: int, seed: int) -> LabelTrial:
    items, reached = design.items, math.ceil(design.items * goal.margin - 1e-9)
    rates = PairRates(rate=goal.rate, difference=goal.difference, correlation=goal.correlation)
    more = round(items * goal.difference)
    more = min(more, reached - 1) if goal.settles == "pass" else max(more, reached)
    second = max(round(items * rates.shares()[1]), -more)
    nights = simulated_nights(design, rates, (second + more, second), labels, seed)

    def settled(one: Estimate) -> bool:
        return one.high < goal.margin if goal.settles == "pass" else one.low >= goal.margin

    half_width, power = half_width_and_power(nights, design, settled)
    return LabelTrial(labels=labels, half_width=half_width, power=power)


def is_enough(goal: Goal, trial: LabelTrial, power: float) -> bool:
    """Tell whether a trial reaches its goal, with the wanted chance where there is one."""
    if isinstance(goal, HalfWidthGoal):
        return trial.half_width <= goal.half_width + _TOLERANCE
    return trial.power is not None and trial.power >= power - 1e-9
