"""The largest net difference under which a paired outcome is not too unlikely: `pair_exact`.

J(truth) is the probability that an outcome ranks no higher than the observed one. More
candidate-only bad items never raise it, more baseline-only bad items never lower it: each such step
can be coupled with samples that differ in one item, and the order is monotone. Three things follow.

- From a truth of the box with J >= level one can walk down, a step at a time, to every smaller
  net, with J >= level all the way. So one level, all truths of one net, settles all above it.
- A truth of one stratum can be left out where the best truth of all others leaves J below it.

Both save time and nothing else: every truth of the box is accounted for. One truth of the
candidate-only alarms after the other is looked at, and of the third stratum, where there is one; the
two largest strata are the rows and the columns of a matrix product.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from qualityslo.stats.exact import last_reached
from qualityslo.stats.pair_model import PairModel
from qualityslo.stats.pair_tables import ChanceArray
from qualityslo.stats.special import IntArray

Progress = Callable[[float], None]


def largest_net(
    model: PairModel, known: int, progress: Progress | None = None, *, stop: bool = False
) -> int:
    """Return the largest net of a possible truth, or `known` where none is larger.

    Args:
        model: the draw.
        known: a net known to be possible, or of no interest.
        progress: is told the share of the search that is done.
        stop: return the first net above `known` that is found possible, not the largest.
    """
    most, binomial = known, model.binomial
    order = np.argsort(np.abs(binomial.truths - binomial.net[binomial.seen]), kind="stable")
    for done, at in enumerate(order.tolist()):
        for block in _blocks(model, at):
            first = max(most + 1, block.first)
            if first > block.last or not block.reached(first):
                continue
            if stop:
                return first
            most = last_reached(block.reached, first, block.last + 1)
        if progress is not None:
            progress((done + 1) / len(order))
    return most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """All truths with one truth of the binomial and one of the third stratum.

    Attributes:
        net: of these two truths.
        mean: P(accepted | groups of rows and columns), shape (groups, groups).
        rows: which rows are possible, shape (rows,); not empty.
        columns: which columns are, shape (columns,); not empty.
        model: the draw.
    """

    net: int
    mean: ChanceArray
    rows: IntArray
    columns: IntArray
    model: PairModel

    @property
    def first(self) -> int:
        """The smallest net."""
        nets = self.model.rows.nets[self.rows[0]] + self.model.columns.nets[self.columns[0]]
        return int(self.net + nets)

    @property
    def last(self) -> int:
        """The largest net."""
        nets = self.model.rows.nets[self.rows[-1]] + self.model.columns.nets[self.columns[-1]]
        return int(self.net + nets)

    def reached(self, net: int) -> bool:
        """Tell whether a truth of this net is possible."""
        rows, columns = self.model.rows, self.model.columns
        nets, starts = np.unique(rows.nets[self.rows], return_index=True)
        stops = np.append(starts[1:], len(self.rows))
        partners, of_columns = net - self.net - nets, columns.nets[self.columns]
        left = np.searchsorted(of_columns, partners, side="left")
        right = np.searchsorted(of_columns, partners, side="right")
        for start, stop, low, high in zip(starts, stops, left, right, strict=True):
            if low < high:
                chances = rows.chances[self.rows[start:stop]] @ self.mean
                joint = chances @ columns.chances[self.columns[low:high]].T
                if joint.max() >= self.model.level:
                    return True
        return False


def _blocks(model: PairModel, at: int) -> Iterator[_Block]:
    """Yield the blocks of one truth of the binomial stratum."""
    means = model.means(at)
    of_rows, of_columns = model.bounds(means)
    for truth, mean in enumerate(means):
        rows = np.flatnonzero(of_rows[truth] >= model.level)
        columns = np.flatnonzero(of_columns[truth] >= model.level)
        if len(rows) and len(columns):
            net = int(model.binomial.truths[at] + model.third.nets[truth])
            yield _Block(net=net, mean=mean, rows=rows, columns=columns, model=model)
