"""Which paired outcome counts as worse for the candidate: the order behind `pair_exact`.

An outcome of one stratum is (x, y): x labelled items on which only the candidate is bad, y on
which only the baseline is. Outcomes of a draw are ranked by the upper limit that MOVER over
Clopper-Pearson limits gives to the difference (Zou & Donner 2008; the formula of `paired`):

    T = sum net + sqrt(sum square),    net = M (x - y) / n

with `square` the squared arm of the stratum, all in items. T decides how wide an exact interval
is, never whether it holds. It must not fall when x grows nor rise when y grows, because the search
relies on that. The square root bends downwards, so that a step which moves the arm of one stratum
by less than it moves `net` never turns T around, whatever the others add: it is enough that
t = net + sqrt(square) is monotone inside each stratum, and a running maximum makes it so.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qualityslo.stats.binomial import beta_limits
from qualityslo.stats.special import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairRanks:
    """What the outcomes of one stratum add to T, shape (n + 1, n + 1), x by y; read-only.

    Attributes:
        net: estimated candidate-only minus baseline-only bad items.
        square: squared distance from there to the upper limit.
    """

    net: FloatArray
    square: FloatArray


@lru_cache(maxsize=64)
def pair_ranks(labelled: int, items: int, tail: float) -> PairRanks:
    """Return the ranks of one stratum; the sample size of the limits is n (M - 1) / (M - n).

    Args:
        labelled: sample size n, smaller than `items` (or both 0: one outcome of rank 0).
        items: size M of the stratum.
        tail: probability that each Clopper-Pearson limit may miss.
    """
    if not labelled:
        return PairRanks(net=np.zeros((1, 1)), square=np.zeros((1, 1)))
    rates = np.arange(labelled + 1) / labelled
    down, up = _arms(labelled, labelled * (items - 1) / (items - labelled), tail)
    first, second = rates[:, None], rates[None, :]
    apart = (1 - first) * (1 - second)
    odds = np.divide(first * second, apart, out=np.ones_like(apart), where=apart > 0)
    ratio = np.minimum(1.0, np.sqrt(odds))
    up, down = up[:, None], down[None, :]
    arm = items * np.sqrt(up * up + down * down + 2 * ratio * up * down)
    net = items * (first - second)
    arm = np.maximum(arm, _monotone(net + arm) - net)
    ranks = PairRanks(net=net, square=arm * arm)
    ranks.net.setflags(write=False)
    ranks.square.setflags(write=False)
    return ranks


def _arms(labelled: int, size: float, tail: float) -> tuple[FloatArray, FloatArray]:
    """Return the distances from each rate x / n to its lower and to its upper limit."""
    rates = np.arange(labelled + 1) / labelled
    limits = np.array([beta_limits(rate * size, size, tail) for rate in rates.tolist()])
    return rates - limits[:, 0], limits[:, 1] - rates


def _monotone(values: FloatArray) -> FloatArray:
    """Return the largest value at no more x and no fewer y, among the outcomes with x + y <= n."""
    counts = np.arange(len(values))
    possible = np.add.outer(counts, counts) < len(values)
    rising = np.maximum.accumulate(np.where(possible, values, -np.inf), axis=0)
    falling: FloatArray = np.maximum.accumulate(rising[:, ::-1], axis=1)[:, ::-1]
    return falling
