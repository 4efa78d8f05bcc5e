"""The stratified score limit: the order in which outcomes count as more extreme, and `strict`.

Building blocks of statistics.md. Counts of H strata are arrays of shape (H, K), one column for
each of K outcomes; weights and sizes have shape (H,).
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from qualityslo.stats.binomial import beta_limits
from qualityslo.stats.special import FloatArray, gamma_quantile, normal_quantile

_BISECTIONS = 45
_BLOCK = 16_384  # outcomes ranked at a time: what a processor cache holds
_TIE = 1e-12
_RANKED_BY = 0.025  # tail of the score limit that ranks outcomes


def score_high(bad: FloatArray, labelled: FloatArray, weights: FloatArray, z: float) -> FloatArray:
    """Return the stratified score upper limit of each outcome, shape (K,).

    The largest t = sum w p with (t - estimate)^2 <= z^2 sum w^2 p (1 - p) / n, where p maximises
    the likelihood given t; found by bisection on the Lagrange multiplier of that constraint.

    Args:
        bad: bad counts, shape (H, K); need not be whole.
        labelled: sample sizes, shape (H,).
        weights: shares of the strata, shape (H,).
        z: normal quantile of one side.
    """
    sizes, shares = labelled[:, None], weights[:, None]
    estimate: FloatArray = (shares * bad / sizes).sum(axis=0)
    low, high = np.full(estimate.shape, -3.0), np.full(estimate.shape, 9.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        rate, variance = _constrained(middle, bad, sizes, shares)
        inside = (rate - estimate) ** 2 <= z * z * variance
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    rate, _ = _constrained(low, bad, sizes, shares)
    return np.maximum(rate, estimate)


def _constrained(
    exponent: FloatArray, bad: FloatArray, sizes: FloatArray, shares: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return sum w p and its variance at the multiplier -10^exponent.

    p is the root in [0, 1] of a p^2 - (a + n) p + x = 0, a = -10^exponent w, in the form that
    does not cancel.
    """
    bent = -(10.0**exponent) * shares
    slope = bent + sizes
    root = np.sqrt(slope * slope - 4 * bent * bad)
    rising = slope >= 0
    above = np.where(rising, 2 * bad, slope - root)
    below = np.where(rising, slope + root, 2 * bent)
    p = np.divide(above, below, out=np.zeros_like(above), where=below != 0)
    scaled = shares * p
    return scaled.sum(axis=0), (scaled * (shares - scaled) / sizes).sum(axis=0)


@lru_cache(maxsize=8)
def order(labelled: tuple[int, ...], items: tuple[int, ...], *, finite: bool) -> FloatArray:
    """Return the rank T of every outcome, shape (n_1 + 1, ..., n_H + 1), read-only.

    T is the score limit, made monotone in every count by a running maximum. In the finite frame
    sample sizes are replaced by n (M - 1) / (M - n). T decides the width of an exact interval,
    never its validity, and
    is that of 95 % limits for every confidence: so the limits of a higher one contain them.
    """
    shape = tuple(size + 1 for size in labelled)
    bad = np.indices(shape).reshape(len(shape), -1).astype(np.float64)
    sizes, total = np.array(labelled, dtype=np.float64), np.array(items, dtype=np.float64)
    if finite:
        growth = (total - 1) / (total - sizes)
        bad, sizes = bad * growth[:, None], sizes * growth
    shares, z = total / total.sum(), normal_quantile(_RANKED_BY)
    blocks = [bad[:, start : start + _BLOCK] for start in range(0, bad.shape[1], _BLOCK)]
    ranks = np.concatenate([score_high(block, sizes, shares, z) for block in blocks])
    ranks = ranks.reshape(shape)
    for axis in range(len(shape)):
        ranks = np.maximum.accumulate(ranks, axis=axis)
    ranks.setflags(write=False)
    return ranks


def gamma_low(bad: Sequence[int], steps: FloatArray, extra: float, tail: float) -> float:
    """Return the gamma lower limit of sum v x (Fay & Feuer 1997).

    Args:
        bad: bad counts x, shape (H,).
        steps: what one bad item adds to the rate, v = w / n, shape (H,).
        extra: variance beside that of the counts.
        tail: probability that the limit may miss.
    """
    counts = np.array(bad, dtype=np.float64)
    rate = float(steps @ counts)
    variance = float(steps**2 @ counts) + extra
    if rate <= 0:
        return 0.0
    return variance / rate * gamma_quantile(rate * rate / variance, tail)


def strict_limits(
    bad: tuple[int, ...], labelled: tuple[int, ...], weights: FloatArray, tail: float
) -> tuple[float, float]:
    """Return the `strict` limits of sum w p: the guarded fallback for three and more strata.

    high = max(score, MOVER-CP), low = min(gamma, MOVER-CP); mirrored where the estimate is above
    one half. Misses at most 2.6 % a side where every n_h >= 0.7 n w_h and the main stratum has
    30 labels or more (statistics.md, section 1).
    """
    half = float(weights.sum()) / 2
    estimate = sum(w * x / n for w, x, n in zip(weights.tolist(), bad, labelled, strict=True))
    sides = []
    if estimate <= half + _TIE:
        sides.append(_rare_limits(bad, labelled, weights, tail))
    if estimate >= half - _TIE:
        good = tuple(n - x for n, x in zip(labelled, bad, strict=True))
        low, high = _rare_limits(good, labelled, weights, tail)
        sides.append((2 * half - high, 2 * half - low))
    return max(0.0, min(low for low, _ in sides)), max(high for _, high in sides)


def _rare_limits(
    bad: tuple[int, ...], labelled: tuple[int, ...], weights: FloatArray, tail: float
) -> tuple[float, float]:
    sizes = np.array(labelled, dtype=np.float64)
    counts = np.array(bad, dtype=np.float64)
    rates = counts / sizes
    estimate = float(weights @ rates)
    limits = np.array([beta_limits(x, n, tail) for x, n in zip(bad, labelled, strict=True)])
    down = estimate - math.sqrt(float(weights**2 @ (rates - limits[:, 0]) ** 2))
    up = estimate + math.sqrt(float(weights**2 @ (limits[:, 1] - rates) ** 2))
    score = float(score_high(counts[:, None], sizes, weights, normal_quantile(tail))[0])
    return min(down, gamma_low(bad, weights / sizes, 0.0, tail)), max(up, score)
