"""Simulated nights for alerts: the same items again and again, some labelled, some remembered.

The model, that of statistics-decisions.md, section 3b:

- An item is bad with its own probability, Beta(s p, s (1 - p)) with s = (1 - icc) / icc, so that
  `icc` is the correlation of one item's answers; with 0 it is p for every item.
- From one night to the next a share `changed` of the answers is new. Where the rate moves (a
  regression, its repair) every answer is new, and the items keep their ranks.
- The grader flags an answer once: a bad one with its sensitivity, a good one with 1 - specificity.
- Labels are a random sample inside the flagged answers and inside the others, shared as a night's
  draw shares them. An answer labelled before and unchanged is remembered: a fully labelled
  stratum of its own.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qualityslo.errors import StatsError
from qualityslo.stats.alerts import WINDOW_CONFIDENCE
from qualityslo.stats.allocation import Allocation, share_labels
from qualityslo.stats.clustered import window_rate_interval
from qualityslo.stats.special import FloatArray, IntArray
from qualityslo.stats.strata import whole_number
from qualityslo.stats.trials import GraderQuality, check_share

BoolArray = NDArray[np.bool_]
ALARM, QUIET, KNOWN = range(3)  # the strata of a night, in this order
_EMPTY = 1e-9  # a weight that is only what rounding left of a sum


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDesign:
    """The set that is watched, and how its answers behave.

    Attributes:
        items: items of the set.
        labels: labels a night; from `items` on every answer is known, a census.
        grader: what the alarm of the draw is worth.
        icc: correlation of two answers to one item, in [0, 1).
        changed: share of the answers that is new each night.
        remember: whether a label is kept for as long as its answer stays.
        fixed: exactly the rate of the items is bad, others every night (for what is said of a set
            whose rate is exactly the budget); `icc` and `changed` do not count then.
        allocate: how labels are shared between the strata.

    Raises:
        StatsError: no items or labels, or a share outside [0, 1].
    """

    items: int
    labels: int
    grader: GraderQuality = field(default_factory=GraderQuality)
    icc: float = 0.7
    changed: float = 0.3
    remember: bool = True
    fixed: bool = False
    allocate: Allocation = share_labels

    def __post_init__(self) -> None:
        for name in ("items", "labels"):
            if whole_number(name, getattr(self, name)) < 1:
                raise StatsError(f"{name}={getattr(self, name)!r}: give a number from 1 on")
        check_share("icc", self.icc)
        check_share("changed", self.changed)
        if self.icc == 1:
            raise StatsError("icc=1.0: answers that never differ; give a number below 1")

    @property
    def census(self) -> bool:
        """Whether every answer is known."""
        return self.labels >= self.items


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLook:
    """A window whose lower limit is wanted: its slots, and the budget it is compared with."""

    slots: int
    budget: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialNights:
    """What many series of nights have shown.

    Attributes:
        counts: items, labelled, bad of the alarm, quiet and known strata, shape
            (trials, nights, 3, 3).
        rates: the set's own bad rate, shape (trials, nights).
        window_low: lower limit of the window's rate at `WINDOW_CONFIDENCE`, shape
            (trials, nights); 0 where its point is not above the budget, which no lower limit
            exceeds then. Zeros where no window was asked for.
    """

    counts: IntArray
    rates: FloatArray
    window_low: FloatArray


def simulate_nights(
    design: AlertDesign,
    rates: Sequence[float],
    *,
    trials: int,
    rng: np.random.Generator,
    window: WindowLook | None = None,
) -> TrialNights:
    """Simulate series of nights.

    Args:
        design: the set and how its answers behave.
        rates: the population's bad rate of each night, shape (nights,).
        trials: how many series.
        rng: of everything random.
        window: None where no window is wanted.

    Raises:
        StatsError: a rate outside [0, 1], no night or no trial.

    >>> found = simulate_nights(AlertDesign(items=60, labels=20), 3 * [0.1], trials=2,
    ...                         rng=np.random.default_rng(1))
    >>> found.counts.shape, found.counts[..., 0].sum(axis=2).tolist()
    ((2, 3, 3, 3), [[60, 60, 60], [60, 60, 60]])
    """
    if trials < 1 or not len(rates):
        raise StatsError(f"trials={trials!r}, {len(rates)} nights: give one of each or more")
    for rate in rates:
        check_share("rate", rate)
    state = _Answers(design, trials, rng)
    rolling = None if window is None else _Rolling(window, (trials, design.items))
    counts, own, lows = [], [], []
    for rate in rates:
        state.next_night(rate)
        strata, drawn = state.labelled()
        counts.append(_counted(strata, drawn, state.bad))
        own.append(state.bad.mean(axis=1))
        lows.append(np.zeros(trials) if rolling is None else rolling.low(strata, drawn, state.bad))
    return TrialNights(
        counts=np.stack(counts, axis=1),
        rates=np.stack(own, axis=1),
        window_low=np.stack(lows, axis=1),
    )


class _Answers:
    """The answers of one night, of all trials: shape (trials, items) throughout."""

    def __init__(self, design: AlertDesign, trials: int, rng: np.random.Generator) -> None:
        self._design, self._rng = design, rng
        self._shape = trials, design.items
        self._ranks = rng.random(self._shape)  # of each item, from the best to the worst
        self._levels: dict[float, FloatArray] = {}
        self._rate: float | None = None
        self.bad, self._flagged, self._known = (np.zeros(self._shape, np.bool_) for _ in range(3))
        self._share = lru_cache(maxsize=None)(
            lambda alarm, quiet: tuple(design.allocate((alarm, quiet), design.labels))
        )

    def next_night(self, rate: float) -> None:
        design, draw = self._design, self._rng.random
        if design.fixed or rate != self._rate:
            new = np.ones(self._shape, dtype=np.bool_)
        else:
            new = draw(self._shape) < design.changed
        bad = self._fixed(rate) if design.fixed else draw(self._shape) < self._chances(rate)
        self.bad = np.where(new, bad, self.bad)
        chance = np.where(self.bad, design.grader.sensitivity, 1 - design.grader.specificity)
        self._flagged = np.where(new, draw(self._shape) < chance, self._flagged)
        self._known = self._known & ~new
        self._rate = rate

    def _fixed(self, rate: float) -> BoolArray:
        """Return a random choice of as many items as the rate allows, rounded down."""
        count = int(rate * self._shape[1] + _EMPTY)
        places = np.argsort(self._rng.random(self._shape), axis=1)
        chosen: BoolArray = places < count
        return chosen

    def _chances(self, rate: float) -> FloatArray:
        """Return each item's probability to be bad at a rate."""
        if rate not in self._levels:
            self._levels[rate] = _item_rates(self._ranks, rate, self._design.icc)
        return self._levels[rate]

    def labelled(self) -> tuple[IntArray, BoolArray]:
        """Return the stratum of each answer, and which are labelled; remember them."""
        if self._design.census:
            return np.full(self._shape, KNOWN), np.ones(self._shape, dtype=np.bool_)
        strata = np.where(self._known, KNOWN, np.where(self._flagged, ALARM, QUIET))
        alarm, quiet = ((strata == which).sum(axis=1) for which in (ALARM, QUIET))
        pairs = zip(alarm.tolist(), quiet.tolist(), strict=True)
        shares = np.array([self._share(*pair) for pair in pairs], dtype=np.int64)
        order = np.argsort(strata + self._rng.random(self._shape), axis=1)
        place = np.empty(self._shape, dtype=np.int64)
        np.put_along_axis(place, order, np.arange(self._shape[1])[None, :], axis=1)
        place -= np.where(strata == ALARM, 0, alarm[:, None])
        most = np.where(strata == ALARM, shares[:, :1], shares[:, 1:])
        drawn = (place < most) & (strata != KNOWN)
        labelled: BoolArray = drawn | (strata == KNOWN)
        if self._design.remember:
            self._known = labelled.copy()
        return strata, labelled


def _item_rates(ranks: FloatArray, rate: float, icc: float) -> FloatArray:
    """Return the quantiles of the items' Beta distribution at their ranks."""
    if icc == 0 or rate in {0.0, 1.0}:
        return np.full(ranks.shape, rate)
    from scipy import special

    size = (1 - icc) / icc
    found: FloatArray = special.betaincinv(size * rate, size * (1 - rate), ranks)
    return found


def _counted(strata: IntArray, labelled: BoolArray, bad: BoolArray) -> IntArray:
    """Return items, labelled and bad by stratum, shape (trials, 3, 3)."""
    columns = []
    for which in (ALARM, QUIET, KNOWN):
        here = strata == which
        seen = here & labelled
        columns.append(np.stack([one.sum(axis=1) for one in (here, seen, seen & bad)], axis=1))
    return np.stack(columns, axis=1)


class _Rolling:
    """Sums of the weights of the last nights, by item: what `window_rate_interval` is asked of."""

    def __init__(self, window: WindowLook, shape: tuple[int, int]) -> None:
        self._window = window
        self._kept: deque[tuple[FloatArray, FloatArray]] = deque()
        self._weight, self._lost = np.zeros(shape), np.zeros(shape)

    def low(self, strata: IntArray, labelled: BoolArray, bad: BoolArray) -> FloatArray:
        """Add a night, drop the one that leaves, and return the lower limits, shape (trials,)."""
        weight = _weights(strata, labelled)
        lost = weight * bad
        self._kept.append((weight, lost))
        self._weight += weight
        self._lost += lost
        if len(self._kept) > self._window.slots:
            old, old_lost = self._kept.popleft()
            self._weight -= old
            self._lost -= old_lost
        self._weight[self._weight < _EMPTY] = 0
        self._lost = np.clip(self._lost, 0, self._weight)
        total = self._weight.sum(axis=1)
        above = np.flatnonzero(self._lost.sum(axis=1) > self._window.budget * total)
        found = np.zeros(len(total))
        for at in above.tolist():
            found[at] = window_rate_interval(
                self._weight[at], self._lost[at], confidence=WINDOW_CONFIDENCE
            ).low
        return found


def _weights(strata: IntArray, labelled: BoolArray) -> FloatArray:
    """Return what each answer stands for, scaled to a sum of 1 a night (design 5.5).

    A night that left a stratum without a label estimates nothing: zeros.
    """
    weight: FloatArray = (labelled & (strata == KNOWN)).astype(np.float64)
    complete = np.ones(len(strata), dtype=np.bool_)
    for which in (ALARM, QUIET):
        here = strata == which
        seen = here & labelled
        items, labels = here.sum(axis=1), seen.sum(axis=1)
        complete &= (items == 0) | (labels > 0)
        weight += seen * (items / np.maximum(labels, 1))[:, None]
    scale: FloatArray = complete / np.maximum(weight.sum(axis=1), _EMPTY)
    weight *= scale[:, None]
    return weight
