"""Exact probabilities that limits miss: for every truth of a set, or for the worst rates found.

`Limits` holds what the public functions answer to every outcome of a design. The probability
that they miss is then a sum over outcomes, with nothing simulated.

A set has finitely many truths, and `every_truth` looks at all of them: the result is a proof.
Rates are not finite in number; `bench/promises/search.py` searches them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.promises.parts import FloatArray, Part, drawn
from qualityslo.stats import Estimate

BoolArray = NDArray[np.bool_]

OUTSIDE = 1e-9  # how far outside a limit the truth must be to be missed

Interval = Callable[[Sequence[Sequence[int]]], Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """The largest probabilities found that the truth lies outside the interval.

    Attributes:
        below: that the truth is below `low`.
        above: that it is above `high`.
        both: the sum of the two, at one truth.
        tried: truths looked at.
        at: the truth at which one side missed most, in words.
    """

    below: float
    above: float
    both: float
    tried: int
    at: str

    @property
    def side(self) -> float:
        """The worse of the two sides."""
        return max(self.below, self.above)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """What an interval answers to every outcome of a design.

    Attributes:
        parts: the sampled strata.
        low: lower limits, one axis for the outcomes of each part.
        high: upper limits, likewise.
        items: all items that the truth is a share of, those of no part included.
        known: what the items of no part add to the truth, as a number of items.
    """

    parts: tuple[Part, ...]
    low: FloatArray
    high: FloatArray
    items: int
    known: int

    def truth(self, shares: Sequence[FloatArray]) -> float:
        """Return the true rate or difference when the kinds have these shares in each part."""
        nets = (
            p.items * float(np.dot(p.values, s)) for p, s in zip(self.parts, shares, strict=True)
        )
        return (self.known + sum(nets)) / self.items


def tabulate(
    parts: Iterable[Part], interval: Interval, *, known: tuple[int, int] = (0, 0)
) -> Limits:
    """Ask an interval for its limits at every outcome.

    Args:
        parts: the sampled strata.
        interval: gets the counts of each kind in each part.
        known: how many fully labelled items there are beside, and what they add to the truth.
    """
    parts = tuple(parts)
    outcomes = [part.outcomes.tolist() for part in parts]
    shape = tuple(map(len, outcomes))
    low, high = np.zeros(shape), np.zeros(shape)
    for at in np.ndindex(*shape):
        estimate = interval([one[k] for one, k in zip(outcomes, at, strict=True)])
        low[at], high[at] = estimate.low, estimate.high
    items = known[0] + sum(part.items for part in parts)
    return Limits(parts=parts, low=low, high=high, items=items, known=known[1])


def every_truth(limits: Limits, most: float = 1.0) -> Misses:
    """Return the largest miss over every truth that the set can have: a proof by enumeration.

    Truths are left out in which more than the share `most` of the parts' items is not of the
    last kind (bad; or, of two models, bad in one of them only).
    """
    tables = [drawn(part) for part in limits.parts]
    nets, moved = np.zeros((), dtype=np.int64), np.zeros((), dtype=np.int64)
    for part in limits.parts:
        nets = np.add.outer(nets, part.truths @ np.array(part.values))
        moved = np.add.outer(moved, part.truths[:, :-1].sum(axis=1))
    allowed = moved <= most * sum(part.items for part in limits.parts)
    worst = Worst()
    for net in np.unique(nets[allowed]).tolist():
        truth = (limits.known + net) / limits.items
        here = allowed & (nets == net)
        below = _chance(limits.low > truth + OUTSIDE, tables)[here]
        above = _chance(limits.high < truth - OUTSIDE, tables)[here]
        worst.see(below, above, f"{limits.known + net} of {limits.items}")
    return worst.misses()


def _chance(missed: BoolArray, tables: Iterable[FloatArray]) -> FloatArray:
    """Return the probability of the marked outcomes, one axis for the truths of each part."""
    joint = missed.astype(np.float64)
    for table in tables:
        joint = np.tensordot(joint, table, axes=(0, 0))
    return joint


class Worst:
    """The largest misses seen so far."""

    def __init__(self) -> None:
        self._below = self._above = self._both = 0.0
        self._tried, self._at = 0, "nowhere"

    def see(self, below: FloatArray, above: FloatArray, at: str) -> None:
        """Take in the misses of some truths, shape (truths,), that `at` describes."""
        side = max(float(below.max()), float(above.max()))
        if side > max(self._below, self._above):
            self._at = at
        self._below = max(self._below, float(below.max()))
        self._above = max(self._above, float(above.max()))
        self._both = max(self._both, float((below + above).max()))
        self._tried += len(below)

    def misses(self) -> Misses:
        """Return what was found."""
        return Misses(
            below=self._below, above=self._above, both=self._both, tried=self._tried, at=self._at
        )
