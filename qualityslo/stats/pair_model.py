"""The strata of a draw of pairs, and which of their outcomes rank no higher than the observed one.

J(truth), the probability of those outcomes, is what `pair_exact` compares with its level. Outcomes
that are accepted beside the same outcomes of the other strata are put together, and those that are
never accepted are left out: neither changes J, and both save most of the work.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qualityslo.stats.pair_tables import Binomial, ChanceArray, Spending, Trinomial
from qualityslo.stats.special import IntArray
from qualityslo.stats.strata import PairedStratum

CountArray = NDArray[np.uint16]

_SAME_RANK = 1e-9  # items
_HALF_ULP = 2.0**-24  # of single precision: the rounding error of one operation
_EXTRA_STEPS = 8  # operations on a probability beside the sums
_RANKING = 200.0  # multiplications in the time it takes to rank one outcome


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTable:
    """The truths of one trinomial stratum: b candidate-only bad items, c baseline-only bad ones.

    Attributes:
        first: b of each truth, by rising b - c; the first truth has the fewest b, the most c.
        second: c of each truth.
        chances: P(group of outcomes | truth), shape (truths, groups).
    """

    first: IntArray
    second: IntArray
    chances: ChanceArray

    @property
    def nets(self) -> IntArray:
        """The net of each truth, b - c, shape (truths,), rising."""
        return self.first - self.second

    def only(self, bounds: ChanceArray, level: float) -> Self:
        """Return the table without truths whose bound is below the level; the first one stays."""
        kept = bounds >= level
        kept[0] = True
        return type(self)(
            first=self.first[kept], second=self.second[kept], chances=self.chances[kept]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairModel:
    """What is needed of a draw to compute J for any truth.

    Attributes:
        binomial: the candidate-only alarms.
        third: the trinomial stratum with the fewest truths; without items, where there are two.
        rows: the next one.
        columns: the one with the most truths.
        accepted: the number of x that are accepted beside each group of outcomes, shape
            (groups of the third stratum, of the rows, of the columns).
        level: the probability from which on a truth is possible.
    """

    binomial: Binomial
    third: PairTable
    rows: PairTable
    columns: PairTable
    accepted: CountArray
    level: float

    @classmethod
    def of(cls, binomial: PairedStratum, others: Sequence[PairedStratum], tail: float) -> Self:
        """Return the model of one binomial and three trinomial strata, some of them empty.

        Rows and columns are without the truths that are impossible beside the best of all others.
        """
        spending = Spending.of(tail, binomial, others)
        first = Binomial.of(binomial, spending)
        strata = sorted(
            (Trinomial.of(one, spending) for one in others), key=lambda one: len(one.truths[0])
        )
        accepted, tables = _accepted(first, strata), []
        for axis, one in enumerate(strata):
            accepted, groups = _grouped(accepted, axis)
            b, c = one.truths
            tables.append(PairTable(first=b, second=c, chances=one.chances(groups)))
        steps = sum(len(one.net) for one in strata) + _EXTRA_STEPS
        level = spending.level * (1 - steps * _HALF_ULP)
        model = cls(
            binomial=first,
            third=tables[0],
            rows=tables[1],
            columns=tables[2],
            accepted=accepted,
            level=level,
        )
        of_rows, of_columns = model.bounds(model.means(0)[:1])
        return replace(
            model,
            rows=model.rows.only(of_rows[0], level),
            columns=model.columns.only(of_columns[0], level),
        )

    @property
    def smallest(self) -> int:
        """The smallest net of the box."""
        nets = (one.nets[0] for one in (self.third, self.rows, self.columns))
        return int(self.binomial.truths[0] + sum(nets))

    def means(self, at: int) -> ChanceArray:
        """Return P(accepted | groups of rows and columns) for one truth of the binomial stratum.

        Shape (truths of the third stratum, groups of the rows, groups of the columns).
        """
        of_binomial: ChanceArray = self.binomial.below[:, at][self.accepted]
        return np.tensordot(self.third.chances, of_binomial, axes=(1, 0))

    def bounds(self, means: ChanceArray) -> tuple[ChanceArray, ChanceArray]:
        """Return the largest J of each row and of each column, for each truth of the third."""
        rows, columns = self.rows.chances, self.columns.chances
        return (means @ columns[0]) @ rows.T, (rows[0] @ means) @ columns.T


def _accepted(binomial: Binomial, others: Sequence[Trinomial]) -> CountArray:
    """Return how many x rank no higher than observed, one axis for the outcomes of each stratum.

    These are x = 0, 1, ... because the order rises with x.
    """
    third, rows, columns = others
    x, z, (y, w) = binomial.seen, third.seen, (rows.seen, columns.seen)
    nets = np.add.outer(rows.net, columns.net)
    squares = np.add.outer(rows.square, columns.square)
    arm = math.sqrt(binomial.square[x] + third.square[z] + squares[y, w])
    observed = binomial.net[x] + third.net[z] + nets[y, w] + arm + _SAME_RANK
    accepted = np.zeros((len(third.net), *nets.shape), dtype=np.uint16)
    for at, (net, square) in enumerate(zip(third.net, third.square, strict=True)):
        for more, wider in zip(binomial.net, binomial.square, strict=True):
            accepted[at] += nets + (net + more) + np.sqrt(squares + (square + wider)) <= observed
    return accepted


def _grouped(accepted: CountArray, axis: int) -> tuple[CountArray, IntArray]:
    """Put outcomes of one stratum together that are accepted beside the same ones of the others.

    Returns:
        The table with one entry for each group, and the group of each outcome: -1 where it is
        never accepted.
    """
    profiles = np.moveaxis(accepted, axis, 0)
    known: dict[bytes, int] = {}
    groups = [known.setdefault(one.tobytes(), len(known)) if one.any() else -1 for one in profiles]
    firsts = [groups.index(group) for group in known.values()]
    return np.moveaxis(profiles[firsts], 0, axis), np.array(groups)


def work(draw: Sequence[PairedStratum], tail: float) -> float:
    """Return about how many multiplications the limit of one side takes; see `PairModel.of`."""
    spending = Spending.of(tail, draw[0], draw[1:])
    first = Binomial.of(draw[0], spending)
    strata = [Trinomial.of(one, spending) for one in draw[1:]]
    third, rows, columns = sorted(strata, key=lambda one: len(one.truths[0]))
    ranked = len(first.net) * math.prod(len(one.net) for one in strata)
    outer = len(first.truths) * len(third.truths[0]) * len(rows.truths[0])
    b, c = columns.truths
    partners = len(b) / len(np.unique(b - c))
    return _RANKING * ranked + outer * partners * len(columns.net)
