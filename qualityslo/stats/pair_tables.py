"""What may be true of a sampled stratum of pairs, and how probable that makes each outcome.

A truth of a stratum of M items is (b, c): b items on which only the candidate is bad, c on which
only the baseline is. Its net is b - c. Only truths inside a box of exact limits of b and of c are
looked at, and only outcomes that are not practically impossible inside it; both cost a little of
the probability that one side may miss (`Spending`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qualityslo.stats.binomial import hypergeometric_limits
from qualityslo.stats.pair_order import pair_ranks
from qualityslo.stats.special import (
    FloatArray,
    IntArray,
    hypergeometric_table,
    log_factorials,
)
from qualityslo.stats.strata import PairedStratum

ChanceArray = NDArray[np.float32]

# Shares of the probability that one side may miss. The first only sets the order and costs
# nothing: 1 % at 95 % confidence, the CP level of 2 % of the reference.
_RANK = 0.4
_BOX = 0.036  # all limits of the box together, by the union bound (Berger & Boos 1994)
_CUT = 0.0008  # all outcomes left out
_BLOCK = 4_000_000  # probabilities computed at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How the probability that one side may miss is spent.

    Attributes:
        rank: tail of the limits that order the outcomes.
        limit: what each limit of the box may miss.
        cut: what each end of the outcomes left out may weigh.
        level: the rest: a truth is excluded where the outcome or a lower one is less likely.
    """

    rank: float
    limit: float
    cut: float
    level: float

    @classmethod
    def of(cls, tail: float, binomial: PairedStratum, others: Sequence[PairedStratum]) -> Self:
        """Return the spending for one binomial and further trinomial strata; empty ones are free.

        A binomial stratum has two limits and, summed up by its distribution function, no cut; a
        trinomial one has two limits and two cuts for each of its two counts.
        """
        cuts = 4 * sum(one.items > 0 for one in others)
        limits = cuts + 2 * (binomial.items > 0)
        return cls(
            rank=_RANK * tail,
            limit=_BOX * tail / max(limits, 1),
            cut=_CUT * tail / max(cuts, 1),
            level=(1 - _BOX - _CUT) * tail,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binomial:
    """The candidate-only alarms: only x is used, y and c >= 0 are left out (conservative).

    Attributes:
        truths: b, shape (truths,), rising.
        below: P(X < k | b), shape (n + 2, truths).
        net: what x adds to the order, shape (n + 1,).
        square: likewise.
        seen: the observed x.
    """

    truths: IntArray
    below: ChanceArray
    net: FloatArray
    square: FloatArray
    seen: int

    @classmethod
    def of(cls, one: PairedStratum, spending: Spending) -> Self:
        """Return the truths in the box, and what they make of the outcomes."""
        ranks = pair_ranks(one.labelled, one.items, spending.rank)
        low, high = _limits(one.only_first_bad, one, spending)
        table = hypergeometric_table(one.labelled, one.labelled, one.items)[:, low : high + 1]
        below = np.cumsum(np.vstack([np.zeros_like(table[:1]), table]), axis=0)
        return cls(
            truths=np.arange(low, high + 1),
            below=below.astype(np.float32),
            net=ranks.net[:, 0],
            square=ranks.square[:, 0],
            seen=one.only_first_bad,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trinomial:
    """A stratum whose truths (b, c) and outcomes (x, y) are both pairs of counts.

    Attributes:
        stratum: the counts.
        truths: b and c of each truth in the box, by rising net; the first one has the fewest b
            and the most c, and with it every outcome good for the candidate is likeliest.
        outcomes: x and y of each outcome that matters.
        net: what each outcome adds to the order, shape (outcomes,).
        square: likewise.
        seen: the observed outcome.
    """

    stratum: PairedStratum
    truths: tuple[IntArray, IntArray]
    outcomes: tuple[IntArray, IntArray]
    net: FloatArray
    square: FloatArray
    seen: int

    @classmethod
    def of(cls, one: PairedStratum, spending: Spending) -> Self:
        """Return the truths in the box, and the outcomes that matter there."""
        first, second = one.only_first_bad, one.only_second_bad
        boxes = _limits(first, one, spending), _limits(second, one, spending)
        b, c = _grid(*boxes, most=one.items - one.labelled + first + second)
        order = np.argsort(b - c, kind="stable")
        table = hypergeometric_table(one.labelled, one.labelled, one.items)
        windows = (
            _window(table, boxes[0], first, spending.cut),
            _window(table, boxes[1], second, spending.cut),
        )
        x, y = _grid(*windows, most=one.labelled)
        ranks = pair_ranks(one.labelled, one.items, spending.rank)
        return cls(
            stratum=one,
            truths=(b[order], c[order]),
            outcomes=(x, y),
            net=ranks.net[x, y],
            square=ranks.square[x, y],
            seen=int(np.flatnonzero((x == first) & (y == second))[0]),
        )

    def chances(self, groups: IntArray) -> ChanceArray:
        """Return P(an outcome of the group | truth), shape (truths, groups).

        C(b, x) C(c, y) C(M - b - c, n - x - y) / C(M, n), summed up.

        Args:
            groups: the group of each outcome from 0, or -1 where it is of no interest.
        """
        kept = groups >= 0
        (b, c), (x, y) = self.truths, (counts[kept] for counts in self.outcomes)
        member = (groups[kept, None] == np.arange(groups.max() + 1)).astype(np.float32)
        items = np.arange(self.stratum.items + 1)[:, None]
        chosen = _log_ways(items, np.arange(self.stratum.labelled + 1))
        rest = chosen[::-1, ::-1] - chosen[-1, -1]  # of M - s items n - k are chosen: by s and k
        result = np.empty((len(b), member.shape[1]), dtype=np.float32)
        width = _BLOCK // len(x) + 1
        for start in range(0, len(b), width):
            block = slice(start, start + width)
            ways = chosen[b[block]][:, x] + chosen[c[block]][:, y]
            chances = np.exp(ways + rest[(b + c)[block]][:, x + y])
            result[block] = chances.astype(np.float32) @ member
        return result


def _limits(seen: int, one: PairedStratum, spending: Spending) -> tuple[int, int]:
    return hypergeometric_limits(seen, one.labelled, one.items, spending.limit)


def _grid(
    first: tuple[int, int], second: tuple[int, int], *, most: int
) -> tuple[IntArray, IntArray]:
    """Return all pairs of whole numbers from two closed ranges whose sum is at most `most`."""
    one, other = np.meshgrid(
        np.arange(first[0], first[1] + 1), np.arange(second[0], second[1] + 1), indexing="ij"
    )
    inside = one + other <= most
    return one[inside], other[inside]


def _window(table: FloatArray, box: tuple[int, int], seen: int, cut: float) -> tuple[int, int]:
    """Return the counts between which all but `cut` lies at each end, for every truth in the box.

    Counts grow with the truth: the fewest are found at the lower end of the box, the most at the
    upper one. The observed count always belongs to them.
    """
    fewest = int((np.cumsum(table[:, box[0]]) <= cut).sum())
    more = np.cumsum(table[::-1, box[1]])
    most = len(table) - 1 - int((more <= cut).sum())
    return min(fewest, seen), max(most, seen)


def _log_ways(total: IntArray, chosen: IntArray) -> FloatArray:
    """Return log C(total, chosen), minus infinity where more is chosen than there is."""
    factorials = log_factorials(int(total.max()))
    left = total - chosen
    ways = factorials[total] - factorials[np.minimum(chosen, total)]
    return np.where(left >= 0, ways - factorials[np.maximum(left, 0)], -np.inf)
