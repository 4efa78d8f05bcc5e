"""Exact limits of a stratified rate by the principle of Buehler (1957): statistics.md, section 1.

Outcomes are ordered by `score.order`. The upper limit is the largest rate under which an outcome
ranked no higher than the observed one still has probability >= tail, maximised over every way in
which the bad items may be spread over the strata. It misses with at most `tail` by construction.
The lower limit is the mirror image: one minus the upper limit of the good items.

Stratum 0, the largest, is summed up by its distribution function; the others are the inner ones.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from qualityslo.stats.score import order
from qualityslo.stats.special import (
    FloatArray,
    IntArray,
    binomial_table,
    hypergeometric_table,
)

Counts = tuple[int, ...]

LARGEST_ORDER = 400_000  # outcomes that are ranked at most
LARGEST_TABLE = 100_000_000  # probabilities that a finite limit may add up
_BLOCK = 2_000_000  # probabilities held at a time
_SAME_RANK = 1e-10
_ROUNDING = 1 - 1e-9  # a probability this close to the tail counts as reaching it
_PRECISION = 1e-11
_CLIP = 4.0  # logarithm of a ratio at which a probability is far enough from the tail
_NARROWEST = 1e-3  # share of the bracket that every step cuts off at least


def can_order(labelled: Counts) -> bool:
    """Tell whether the outcomes of these sample sizes are few enough to be ranked."""
    return math.prod(size + 1 for size in labelled) <= LARGEST_ORDER


def can_enumerate(labelled: Counts, items: Counts) -> bool:
    """Tell whether `finite_limits` of these strata, largest first, is a matter of seconds."""
    cells = math.prod(size + 1 for size in items[1:])
    return can_order(labelled) and cells * (labelled[0] + 1) <= LARGEST_TABLE


@lru_cache(maxsize=65_536)
def finite_limits(bad: Counts, labelled: Counts, items: Counts, tail: float) -> tuple[int, int]:
    """Return exact limits of the number of bad items (`finite2`, `finite3`).

    A theorem, without nuisance grid: every spread of bad items over the strata is looked at.

    Args:
        bad: bad among the labelled, one count for each of two or more strata.
        labelled: sample sizes, drawn without replacement inside each stratum.
        items: sizes of the strata, largest first, each larger than its sample.
        tail: probability that each side may miss.
    """
    low = sum(items) - _finite_high(_mirrored(bad, labelled), labelled, items, tail)
    return low, _finite_high(bad, labelled, items, tail)


@lru_cache(maxsize=65_536)
def fixed_limits(bad: Counts, labelled: Counts, items: Counts, tail: float) -> tuple[float, float]:
    """Return exact limits of the rate sum w p of two strata of known weights (`exact2`).

    The counts are independent binomials; the weights are the shares of `items`, largest first.
    The maximum over the inner rate is taken on a refined grid.
    """
    low = 1 - _fixed_high(_mirrored(bad, labelled), labelled, items, tail)
    return max(0.0, low), _fixed_high(bad, labelled, items, tail)


def _mirrored(bad: Counts, labelled: Counts) -> Counts:
    return tuple(size - count for size, count in zip(labelled, bad, strict=True))


def _reach(ranks: FloatArray, bad: Counts) -> IntArray:
    """Return the largest count in stratum 0 that ranks no higher than the observed outcome.

    One value for each outcome of the inner strata, -1 where even 0 ranks higher.
    """
    reach: IntArray = (ranks <= ranks[bad] + _SAME_RANK).sum(axis=0) - 1
    return reach


def _finite_high(bad: Counts, labelled: Counts, items: Counts, tail: float) -> int:
    reach = _reach(order(labelled, items, finite=True), bad)
    if (reach == labelled[0]).all():
        return sum(items)
    level = tail * _ROUNDING
    below = np.cumsum(hypergeometric_table(int(reach.max()), labelled[0], items[0]), axis=0)
    chance: FloatArray = (reach[..., None] == np.arange(len(below))).astype(np.float64)
    spread = np.zeros(1, dtype=np.int64)
    for size, total in zip(labelled[1:-1], items[1:-1], strict=True):
        rows, totals = _plausible(chance, size, total, level)
        chance = np.tensordot(chance[: len(rows)], rows, axes=(0, 0))
        spread = np.add.outer(spread, totals).ravel()
    rows, totals = _plausible(chance, labelled[-1], items[-1], level)
    width = max(1, _BLOCK // (len(below) * len(spread)))
    most = 0
    for start in range(0, len(totals), width):
        block = slice(start, start + width)
        joint = np.tensordot(chance[: len(rows)], rows[:, block], axes=(0, 0))
        sums = np.add.outer(spread, totals[block]).ravel()
        most = _largest_total(joint.reshape(len(below), -1), below, sums, (most, level))
    return most


def _plausible(
    chance: FloatArray, labelled: int, items: int, level: float
) -> tuple[FloatArray, IntArray]:
    """Return P(X = k | B) of the first inner stratum of `chance`, for the B that can matter.

    The probability sought is at most P(X <= largest accepted k), so that a B for which this
    already falls below the level is left out without changing the result.
    """
    accepted = chance.reshape(len(chance), -1).any(axis=1)
    table = hypergeometric_table(int(np.flatnonzero(accepted)[-1]), labelled, items)
    kept: IntArray = np.flatnonzero(table.sum(axis=0) >= level)
    return table[:, kept], kept


def _largest_total(
    joint: FloatArray, below: FloatArray, sums: IntArray, known: tuple[int, float]
) -> int:
    """Return the largest total of bad items whose outcome still has probability >= level.

    Args:
        joint: P(inner outcome that accepts counts up to c in stratum 0), shape (C, cells).
        below: P(X_0 <= c | B_0), shape (C, items of stratum 0 + 1).
        sums: bad items in the inner strata, shape (cells,).
        known: a total already known to be possible, and the level.
    """
    possible, level = known
    largest = below.shape[1] - 1

    def reached(total: int) -> bool:
        rest = total - sums
        inside = rest <= largest
        columns = below[:, np.maximum(rest[inside], 0)]
        chances = np.einsum("ij,ij->j", joint[:, inside], columns)
        return bool((chances >= level).any())

    excluded = int(sums.max()) + largest + 1
    if possible + 1 >= excluded or not reached(possible + 1):
        return possible
    return last_reached(reached, possible + 1, excluded)


def last_reached(reached: Callable[[int], bool], possible: int, excluded: int) -> int:
    """Return the last total that is reached, by bisection between one that is and one that isn't."""
    while excluded - possible > 1:
        middle = (possible + excluded) // 2
        possible, excluded = (middle, excluded) if reached(middle) else (possible, middle)
    return possible


def _fixed_high(bad: Counts, labelled: Counts, items: Counts, tail: float) -> float:
    reach = _reach(order(labelled, items, finite=False), bad)
    if (reach == labelled[0]).all():
        return 1.0
    reach = reach[reach >= 0]
    share = items[1] / sum(items)

    def chances(rate: float, inner: FloatArray) -> FloatArray:
        outer = np.clip((rate - share * inner) / (1 - share), 0.0, 1.0)
        below = np.cumsum(binomial_table(int(reach.max()), labelled[0], outer), axis=0)
        inside = binomial_table(len(reach) - 1, labelled[1], inner)
        result: FloatArray = (inside * below[reach]).sum(axis=0)
        return result

    def excess(rate: float) -> float:
        ends = max(0.0, (rate - 1 + share) / share), min(1.0, rate / share)
        ratio = _largest_chance(chances, rate, ends) / (tail * _ROUNDING)
        return max(math.log(ratio), -_CLIP) if ratio > 0 else -_CLIP

    return _last_rate(excess)


def _last_rate(excess: Callable[[float], float]) -> float:
    """Return the rate in [0, 1] up to which the falling `excess` is not negative, rounded up.

    False position; the value of an end that stays twice is halved (Illinois), so that both close in.
    """
    possible, above, excluded, below = 0.0, _CLIP, 1.0, -_CLIP
    rose: bool | None = None
    while excluded - possible > _PRECISION:
        share = min(max(above / (above - below), _NARROWEST), 1 - _NARROWEST)
        middle = possible + (excluded - possible) * share
        value = excess(middle)
        if value >= 0:
            possible, above, below = middle, value, below / 2 if rose is True else below
        else:
            excluded, below, above = middle, value, above / 2 if rose is False else above
        rose = value >= 0
    return excluded


def _largest_chance(
    chances: Callable[[float, FloatArray], FloatArray], rate: float, ends: tuple[float, float]
) -> float:
    """Return the largest acceptance probability over the inner rate, between its two ends."""
    grid = _inner_rates()
    grid = np.concatenate(([ends[0]], grid[(grid > ends[0]) & (grid < ends[1])], [ends[1]]))
    coarse = chances(rate, grid)
    best = int(coarse.argmax())
    around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(max(coarse[best], chances(rate, np.linspace(*around, 33)).max()))


@lru_cache(maxsize=1)
def _inner_rates() -> FloatArray:
    """Return the grid of the inner rate: dense near 0, where the bad items of rare strata are."""
    return np.union1d(np.geomspace(1e-4, 0.5, 40), np.linspace(0.01, 0.99, 99))
