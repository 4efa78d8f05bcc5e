"""What a labelled sample can look like, and how probable that is: the ground truth of the checks.

Nothing here is shared with the package: probabilities come from whole numbers or from the plain
formula of the multinomial, so that a mistake in the package cannot hide itself.

A `Part` is one sampled stratum. Its items are of two kinds where one model is rated (bad, good)
and of three where two are compared (only the first bad, only the second bad, alike). The last
kind is the one that adds nothing.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RATE = (1, 0)  # what a bad and a good item add to the number of bad ones
DIFFERENCE = (1, -1, 0)  # what an item adds to "bad in the first - bad in the second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stratum: `labelled` of `items` are drawn; `values` is what each kind of item adds."""

    items: int
    labelled: int
    values: tuple[int, ...]

    @property
    def outcomes(self) -> IntArray:
        """Every possible sample as counts of each kind, shape (outcomes, kinds)."""
        return compositions(self.labelled, len(self.values))

    @property
    def truths(self) -> IntArray:
        """Every possible stratum as counts of each kind, shape (truths, kinds)."""
        return compositions(self.items, len(self.values))


@lru_cache(maxsize=256)
def compositions(total: int, kinds: int) -> IntArray:
    """Return every way to write `total` as a sum of counts >= 0, shape (ways, kinds); read-only.

    >>> compositions(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    rows = _compositions(total, kinds)
    table = np.array(rows, dtype=np.int64)
    table.setflags(write=False)
    return table


def _compositions(total: int, kinds: int) -> list[tuple[int, ...]]:
    if kinds == 1:
        return [(total,)]
    return [
        (first, *rest)
        for first in range(total + 1)
        for rest in _compositions(total - first, kinds - 1)
    ]


def drawn(part: Part) -> FloatArray:
    """Return P(outcome | truth) of a draw without replacement, shape (outcomes, truths).

    Products of binomial coefficients in whole numbers; one division rounds.
    """
    largest = part.items
    ways = [
        [math.comb(total, k) for k in range(part.labelled + 1)] for total in range(largest + 1)
    ]
    every = math.comb(part.items, part.labelled)
    truths, outcomes = part.truths.tolist(), part.outcomes.tolist()
    table = [
        [
            math.prod(ways[total][count] for total, count in zip(truth, outcome, strict=True))
            / every
            for truth in truths
        ]
        for outcome in outcomes
    ]
    return np.array(table)


def independent(part: Part, shares: FloatArray) -> FloatArray:
    """Return P(outcome) of independent labels, kinds having these shares, shape (outcomes,)."""
    logs = _log_ways(part.labelled, len(part.values)) + part.outcomes @ np.log(shares)
    result: FloatArray = np.exp(logs)
    return result


@lru_cache(maxsize=64)
def _log_ways(total: int, kinds: int) -> FloatArray:
    table = compositions(total, kinds)
    factorials = np.array([math.lgamma(k + 1) for k in range(total + 1)])
    return np.asarray(factorials[total] - factorials[table].sum(axis=1))
