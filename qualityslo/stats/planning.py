"""How many labels a question needs, found by asking our own intervals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qualityslo.errors import StatsError
from qualityslo.stats.binomial import clopper_pearson
from qualityslo.stats.clustered import window_rate_interval
from qualityslo.stats.estimate import Estimate
from qualityslo.stats.goals import (
    Goal,
    HalfWidthGoal,
    MarginGoal,
    TargetGoal,
    is_enough,
    trial_of,
)
from qualityslo.stats.rate import rate_interval
from qualityslo.stats.strata import Stratum, whole_number
from qualityslo.stats.trials import NO_GRADER, LabelDesign, LabelTrial

LARGEST_PLAN = 10_000  # labels: more than people look at
LARGEST_SET = 200_000  # items up to which the size of a sufficient set is sought
FEWEST = 5

_COARSE = 1.3  # ratio of the sizes tried first
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class EnoughLabels:
    """The fewest labels found to be enough, what they show, and what other numbers show."""

    trial: LabelTrial
    trials: tuple[LabelTrial, ...]

    @property
    def labels(self) -> int:
        """Labels of one night."""
        return self.trial.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """No number of labels is enough, and why."""

    reason: str
    trials: tuple[LabelTrial, ...]


def plan_labels(
    goal: Goal, design: LabelDesign, *, power: float = 0.8, seed: int = 0
) -> EnoughLabels | Impossible:
    """Return how many labels of one night a goal needs.

    Every candidate number is judged by the interval that the night would report: its width at
    the expected counts; the chance that it settles a target by exact sums over the counts
    (`trials`); that it settles a margin by 400 simulated nights (`paired_trials`). The numbers
    tried do not depend on the goal, and the first that is enough is taken, so that a harder goal
    never needs fewer. They are 1 % apart; chances are not monotone in the labels between them.

    Args:
        goal: what is to be shown.
        design: the set, its graders, the frame and the confidence.
        power: chance with which a target or a margin is to be settled.
        seed: of the simulated nights.

    Raises:
        StatsError: a power outside (0, 1), or more than 10 million items.

    >>> design = LabelDesign(items=10_000, grader=NO_GRADER, frame="traffic")
    >>> plan_labels(TargetGoal(rate=0.0, target=0.98), design).labels  # about 3.7 / 0.02
    183
    >>> few = LabelDesign(items=120, frame="traffic")
    >>> print(plan_labels(TargetGoal(rate=0.0, target=0.99), few).reason)
    120 items without one bad answer still allow 3.0 %, the target 1.0 %; about 368 items are needed
    """
    _check(goal, design, power)
    most = min(design.open_items, LARGEST_PLAN)

    def show(labels: int) -> LabelTrial:
        return trial_of(goal, design, labels, seed)

    found, trials = _first(min(FEWEST, most), most, show, lambda one: is_enough(goal, one, power))
    if found is None:
        reason = _why_not(goal, design, trials[-1], power)
        return Impossible(reason=reason, trials=trials)
    return EnoughLabels(trial=found, trials=trials)


def plan_nights(
    goal: HalfWidthGoal | TargetGoal, design: LabelDesign, per_night: int, *, power: float = 0.8
) -> int:
    """Return the night on which a night's own estimate reaches a goal, counted from 1.

    Labels are remembered: where no answer changes, each night's draw falls on items that nobody
    has looked at, and the set is fully labelled in the end. Remembered labels are facts about
    these items; they do not make tonight's sample larger, so that the early nights gain little.

    Raises:
        StatsError: the frame is not `golden_set`, no label a night, or as `plan_labels`.

    >>> plan_nights(HalfWidthGoal(rate=0.02, half_width=0.025), LabelDesign(items=135), 20)
    6
    """
    _check(goal, design, power)
    if design.frame != "golden_set" or whole_number("per_night", per_night) < 1:
        raise StatsError(
            f"per_night={per_night!r}, frame={design.frame!r}: memory is about a golden set, "
            "with one label a night or more"
        )

    def show(night: int) -> LabelTrial:
        known = (night - 1) * per_night
        labels = min(per_night, design.items - known)
        trial = trial_of(goal, replace(design, remembered=known), labels, 0)
        return replace(trial, labels=night)

    nights = math.ceil(design.items / per_night)
    found, _ = _first(1, nights, show, lambda one: is_enough(goal, one, power))
    return found.labels if found else nights


def plan_window(
    items: int, bad: int, *, per_night: int, nights: int, confidence: float = 0.95
) -> Estimate:
    """Return what a window of nights would show of a set whose answers never change.

    Each night `per_night` items that nobody has looked at are labelled; they stand for all open
    ones of that night, the remembered ones for themselves (`window_rate_interval`). The bad items
    are spread evenly over the nights. Graders are not used: with them it is a little narrower.

    Raises:
        StatsError: more bad items than items, no items, or no label or night.

    >>> print(plan_window(135, 1, per_night=20, nights=30))
    0.7 % [0.0 %, 4.1 %] (95 %, 135 labels of 135 items)
    """
    counts = whole_number("per_night", per_night), whole_number("nights", nights)
    if min(counts) < 1 or not 0 <= bad <= items or items < 1:
        raise StatsError(
            f"items={items!r}, bad={bad!r}, per_night={per_night!r}, nights={nights!r}: "
            "need 0 <= bad <= items, and one item, label and night or more"
        )
    if per_night >= items:
        return rate_interval([Stratum(items, items, bad)], confidence=confidence)
    weights = np.zeros(items)
    for night in range(nights):
        known = min(items, night * per_night)
        weights[:known] += 1.0
        fresh = min(per_night, items - known)
        weights[known : known + fresh] += (items - known) / max(fresh, 1)
    lost = np.zeros(items)
    where = ((np.arange(bad) + 0.5) * items / max(bad, 1)).astype(np.int64)
    lost[where] = weights[where]
    return window_rate_interval(weights, lost, confidence=confidence, frame="golden_set")


def _check(goal: Goal, design: LabelDesign, power: float) -> None:
    if not 0 < power < 1:
        raise StatsError(f"power={power!r} is outside (0, 1); write 80 % as 0.8")
    if design.items > 10**7:
        raise StatsError(f"items={design.items!r}: more than 10 million items are not planned for")
    if isinstance(goal, MarginGoal) and design.remembered:
        raise StatsError(f"remembered={design.remembered!r}: not planned for with a margin")


def _first(
    least: int, most: int, show: Callable[[int], LabelTrial], enough: Callable[[LabelTrial], bool]
) -> tuple[LabelTrial | None, tuple[LabelTrial, ...]]:
    """Return the first number that is enough, on a grid that is refined where it lies."""
    tried: dict[int, LabelTrial] = {}

    def is_enough(number: int) -> bool:
        tried[number] = show(number)
        return enough(tried[number])

    below, found = least - 1, 0
    steps = _coarse(least, most)
    while not found or found - below > max(1, found // 100):
        for number in steps:
            tried[number] = show(number)
            if enough(tried[number]):
                found = number
                break
            below = number
        if not found:
            break
        step = max(1, (found - below) // 4)
        steps = range(below + step, found, step)
    return tried.get(found), tuple(tried[number] for number in sorted(tried))


def _coarse(least: int, most: int) -> Sequence[int]:
    numbers = [least]
    while numbers[-1] < most:
        numbers.append(min(most, max(numbers[-1] + 1, round(numbers[-1] * _COARSE))))
    return numbers


def _why_not(goal: Goal, design: LabelDesign, last: LabelTrial, power: float) -> str:
    """Say why all labels are not enough, and how many items would be."""
    if last.labels < design.open_items:
        return f"more than {LARGEST_PLAN:,} labels are needed"
    if isinstance(goal, TargetGoal) and abs(goal.rate - goal.budget) < _TOLERANCE:
        return f"the assumed bad rate is the budget itself, {_percent(goal.budget)}"
    return f"{_best(goal, design, last)}; {_sufficient(goal, design, power)}"


def _best(goal: Goal, design: LabelDesign, last: LabelTrial) -> str:
    """Say what a set shows at best; of rare failures, what none of them still allows."""
    items = f"{design.items:,} items"
    if isinstance(goal, HalfWidthGoal):
        return f"{items}, all labelled, leave a half-width of {_percent(last.half_width)}"
    if isinstance(goal, TargetGoal) and goal.settles == "met":
        allowed = clopper_pearson(0, design.items, design.confidence)[1]
        if allowed > goal.budget:
            budget = _percent(goal.budget)
            return f"{items} without one bad answer still allow {_percent(allowed)}, the target {budget}"
    chance = f"with a chance of {100 * (last.power or 0.0):.0f} % only"
    return f"{items}, all labelled, show {goal.settles!r} {chance}"


def _sufficient(goal: Goal, design: LabelDesign, power: float) -> str:
    """Say how many items, all labelled, would be enough."""

    def show(items: int) -> LabelTrial:
        larger = replace(design, items=items, remembered=0, grader=NO_GRADER)
        return trial_of(goal, larger, items, 0)

    found, _ = _first(design.items, LARGEST_SET, show, lambda one: is_enough(goal, one, power))
    if found is None:
        return f"more than {LARGEST_SET:,} items are needed"
    return f"about {found.labels:,} items are needed"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
