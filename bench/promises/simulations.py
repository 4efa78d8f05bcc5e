"""Promises that no sum over outcomes can check: traffic behind a set, and many nights of it.

`missed` draws a cell again and again and returns the shares of draws in which the truth lay below
and above the interval. A share has a standard error of about sqrt(0.025 / repeats).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.promises.exact import Misses
from bench.promises.parts import FloatArray, IntArray
from qualityslo.domain.draw import ReviewRule, allocate
from qualityslo.stats import (
    Estimate,
    PairedStratum,
    Stratum,
    clustered_rate_interval,
    paired_difference_interval,
    rate_interval,
    window_rate_interval,
)

BoolArray = NDArray[np.bool_]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """How often an automated grader flags a bad answer, and lets a good one pass."""

    sensitivity: float
    specificity: float

    def flags(self, bad: BoolArray, rng: Rng) -> BoolArray:
        """Return which of these answers it flags."""
        chance = np.where(bad, self.sensitivity, 1 - self.specificity)
        return np.asarray(rng.random(bad.shape) < chance)

    def __str__(self) -> str:
        return f"grader {self.sensitivity:g}/{self.specificity:g}"


GOOD, POOR = Grader(sensitivity=0.9, specificity=0.97), Grader(sensitivity=0.7, specificity=0.9)


class Simulated(Protocol):
    """A cell that can be drawn again and again."""

    @property
    def truth(self) -> float:
        """What the interval should hold."""

    def estimate(self, rng: Rng) -> Estimate:
        """Draw once."""


def missed(cell: Simulated, rng: Rng, repeats: int) -> Misses:
    """Draw a cell and count how often the truth is below and above its interval."""
    estimates = [cell.estimate(rng) for _ in range(repeats)]
    below = sum(cell.truth < one.low for one in estimates) / repeats
    above = sum(cell.truth > one.high for one in estimates) / repeats
    return Misses(below=below, above=above, both=below + above, tried=repeats, at="")


def own_rates(mean: float, likeness: float, items: int, rng: Rng) -> FloatArray:
    """Return each item's own rate: beta with this mean, and correlation of two of its answers."""
    if likeness == 0:
        return np.full(items, mean)
    scale = (1 - likeness) / likeness
    return np.asarray(rng.beta(mean * scale, (1 - mean) * scale, size=items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night's set as a sample of traffic, some of it remembered, alarm and quiet drawn."""

    items: int
    rate: float
    labels: int
    grader: Grader
    remembered: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.labels} labels of {self.items:,} items, {self.remembered:.0%} remembered, "
            f"p={self.rate:.1%}, {self.grader}"
        )

    @property
    def truth(self) -> float:
        """The bad rate of the traffic."""
        return self.rate

    def estimate(self, rng: Rng) -> Estimate:
        """Return the interval of one simulated night."""
        return rate_interval(self._strata(rng), frame="traffic")

    def _strata(self, rng: Rng) -> list[Stratum]:
        bad = rng.random(self.items) < self.rate
        known = np.arange(self.items) < self.remembered * self.items
        alarm = self.grader.flags(bad, rng) & ~known
        quiet = ~alarm & ~known
        sizes = allocate(int(alarm.sum()), int(quiet.sum()), _rule(self.labels))
        drawn = [
            Stratum(int(mask.sum()), size, _bad_drawn(bad[mask], size, rng))
            for mask, size in zip((alarm, quiet), sizes, strict=True)
        ]
        return [*drawn, Stratum(int(known.sum()), int(known.sum()), int(bad[known].sum()))]


def _rule(labels: int) -> ReviewRule:
    return ReviewRule(items_per_night=labels)


def _bad_drawn(bad: BoolArray, size: int, rng: Rng) -> int:
    count = int(bad.sum())
    return int(rng.hypergeometric(count, len(bad) - count, size)) if len(bad) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoModels:
    """Two models' answers to the items of a set, one draw of alarm and quiet for both.

    With `added` = 0 the two answers to an item are exchangeable (A/A): any difference that the
    interval is sure of is a false alarm, of one model or the other. `added` is the rate at which
    the first model fails in a new way that no grader flags.
    """

    items: int
    rate: float
    labels: int
    grader: Grader
    likeness: float = 0.5
    added: float = 0.0
    same: float = 0.0

    def __str__(self) -> str:
        new = f", {self.added:.0%} new silent failures" if self.added else ""
        same = f", {self.same:.0%} identical" if self.same else ""
        return (
            f"{self.labels} labels of {self.items:,} items, p={self.rate:.0%}, "
            f"likeness {self.likeness:g}{new}{same}, {self.grader}"
        )

    @property
    def truth(self) -> float:
        """The difference of the two rates in the traffic."""
        return self.added * (1 - self.rate) * (1 - self.same)

    def estimate(self, rng: Rng) -> Estimate:
        """Return the interval of one simulated comparison."""
        return paired_difference_interval(self._strata(rng))

    def _strata(self, rng: Rng) -> list[PairedStratum]:
        differ = rng.random(self.items) >= self.same
        count = int(differ.sum())
        own = own_rates(self.rate, self.likeness, count, rng)
        first, second = rng.random(count) < own, rng.random(count) < own
        alarm = self.grader.flags(first, rng) | self.grader.flags(second, rng)
        first |= rng.random(count) < self.added
        strata = [PairedStratum(self.items - count, self.items - count, 0, 0)]
        sizes = allocate(int(alarm.sum()), int((~alarm).sum()), _rule(self.labels))
        for mask, size in zip((alarm, ~alarm), sizes, strict=True):
            only = int((first & ~second & mask).sum()), int((second & ~first & mask).sum())
            kinds = [*only, int(mask.sum()) - sum(only)]
            one, other, _ = rng.multivariate_hypergeometric(kinds, size).tolist()
            strata.append(PairedStratum(int(mask.sum()), size, one, other))
        return strata


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Many nights of the same items: answers change now and then, labels are remembered.

    A night draws `labels` among the answers that carry none yet; `nights` of 28 do so. With
    `labels` = 0 every answer of every night is labelled, and the interval is the clustered one.
    """

    items: int = 200
    rate: float
    likeness: float
    change: float
    labels: int = 0
    nights: int = 28
    grader: Grader = GOOD

    def __str__(self) -> str:
        asked = f"{self.labels} labels on {self.nights} of 28 nights" if self.labels else "all"
        return (
            f"{self.items} items, {asked}, likeness {self.likeness:g}, {self.change:.0%} change, "
            f"p={self.rate:.1%}"
        )

    @property
    def truth(self) -> float:
        """The long-run bad rate."""
        return self.rate

    def estimate(self, rng: Rng) -> Estimate:
        """Return the interval of one simulated window."""
        return self._sampled(rng) if self.labels else self._everything(rng)

    def _everything(self, rng: Rng) -> Estimate:
        own = own_rates(self.rate, self.likeness, self.items, rng)
        bad, total = rng.random(self.items) < own, np.zeros(self.items, dtype=np.int64)
        for _ in range(self.nights):
            changed = rng.random(self.items) < self.change
            bad = np.where(changed, rng.random(self.items) < own, bad)
            total += bad
        return clustered_rate_interval(total, np.full(self.items, self.nights))

    def _sampled(self, rng: Rng) -> Estimate:
        own = own_rates(self.rate, self.likeness, self.items, rng)
        bad = rng.random(self.items) < own
        flagged, known = self.grader.flags(bad, rng), np.zeros(self.items, dtype=np.bool_)
        weights, bad_weights = np.zeros(self.items), np.zeros(self.items)
        asking = set(np.linspace(0, 27, self.nights).round().astype(int).tolist())
        for night in range(28):
            changed = rng.random(self.items) < self.change
            bad = np.where(changed, rng.random(self.items) < own, bad)
            flagged = np.where(changed, self.grader.flags(bad, rng), flagged)
            known &= ~changed
            if night in asking:
                tonight = known.astype(np.float64)
                for members, size in self._strata(flagged, known):
                    drawn = rng.permutation(members)[:size]
                    tonight[drawn] = len(members) / max(size, 1)
                    known[drawn] = True
                weights += tonight
                bad_weights += tonight * bad
        return window_rate_interval(weights, bad_weights)

    def _strata(self, flagged: BoolArray, known: BoolArray) -> list[tuple[IntArray, int]]:
        groups = [np.flatnonzero(flagged & ~known), np.flatnonzero(~flagged & ~known)]
        sizes = allocate(len(groups[0]), len(groups[1]), _rule(self.labels))
        return list(zip(groups, sizes, strict=True))


NIGHTS = tuple(
    Night(items=items, rate=rate, labels=100, grader=grader, remembered=remembered)
    for items, remembered in ((400, 0.0), (2000, 0.0), (400, 0.3), (1000, 0.6))
    for rate in (0.005, 0.02, 0.05, 0.15)
    for grader in (GOOD, POOR)
)

EXCHANGEABLE = tuple(
    TwoModels(items=1000, rate=rate, labels=200, grader=grader, likeness=likeness)
    for grader in (GOOD, POOR)
    for rate in (0.02, 0.05, 0.15)
    for likeness in (0.0, 0.5)
)

CHANGED = tuple(
    TwoModels(items=1000, rate=0.05, labels=200, grader=grader, added=added, same=same)
    for grader in (GOOD, POOR)
    for added in (0.02, 0.05)
    for same in (0.0, 0.5)
)

WINDOWS = tuple(
    Window(rate=rate, likeness=likeness, change=change, labels=labels, nights=nights)
    for likeness, change in ((0.5, 0.05), (0.5, 0.3), (0.5, 1.0), (0.95, 0.05), (0.95, 0.3))
    for labels, nights in ((20, 28), (60, 28), (20, 10))
    for rate in (0.005, 0.02, 0.1)
)

CLUSTERS = tuple(
    Window(rate=rate, likeness=likeness, change=change)
    for likeness, change in ((0.5, 1.0), (0.7, 1.0), (0.95, 1.0), (0.5, 0.05))
    for rate in (0.005, 0.02, 0.1)
)
