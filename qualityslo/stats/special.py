"""The few special functions of the package, typed; scipy is imported at their first use only."""

from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qualityslo.errors import StatsError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FINEST = 1e-9  # a smaller tail drowns in rounding errors


def tail_of(confidence: float) -> float:
    """Return the probability that each side of an interval may miss: (1 - confidence) / 2.

    Raises:
        StatsError: the confidence is not strictly between 0 and 1 (by more than 1e-9).
    """
    if not 0 < confidence < 1 - _FINEST:
        raise StatsError(
            f"confidence={confidence!r} is outside (0, 1 - {_FINEST:g}); write 95 % as 0.95"
        )
    return round((1 - confidence) / 2, 15)


def normal_quantile(tail: float) -> float:
    """Return z with P(Z > z) = tail, 1.96 for 0.025."""
    return NormalDist().inv_cdf(1 - tail)


def _special() -> Any:
    from scipy import special

    return special


def beta_quantile(first: float, second: float, share: float) -> float:
    """Return the `share` quantile of the Beta(first, second) distribution."""
    return float(_special().betaincinv(first, second, share))


def gamma_quantile(shape: float, share: float) -> float:
    """Return the `share` quantile of the Gamma(shape, 1) distribution."""
    return float(_special().gammaincinv(shape, share))


def binomial_cdf(bad: int, labelled: int, rate: float) -> float:
    """Return P(X <= bad) of X ~ Binomial(labelled, rate)."""
    return float(_special().bdtr(bad, labelled, rate)) if bad >= 0 else 0.0


@lru_cache(maxsize=64)
def log_factorials(largest: int) -> FloatArray:
    """Return log k! for k = 0 .. largest, shape (largest + 1,); read-only."""
    table: FloatArray = _special().gammaln(np.arange(largest + 1) + 1.0)
    table.setflags(write=False)
    return table


def log_choose(total: FloatArray | int, chosen: FloatArray | int) -> FloatArray:
    """Return log C(total, chosen) elementwise, for 0 <= chosen <= total (not checked)."""
    gammaln = _special().gammaln
    result: FloatArray = (
        gammaln(np.add(total, 1.0))
        - gammaln(np.add(chosen, 1.0))
        - gammaln(np.subtract(total, chosen) + 1.0)
    )
    return result


def binomial_table(most: int, labelled: int, rates: FloatArray) -> FloatArray:
    """Return P(X = k) of X ~ Binomial(labelled, rate), k = 0 .. most, shape (most + 1, rates)."""
    special, factorials = _special(), log_factorials(labelled)
    bad = np.arange(most + 1)
    ways = factorials[labelled] - factorials[bad] - factorials[labelled - bad]
    column = bad[:, None]
    logs = special.xlogy(column, rates) + special.xlog1py(labelled - column, -rates)
    result: FloatArray = np.exp(ways[:, None] + logs)
    return result


def hypergeometric_table(most: int, labelled: int, items: int) -> FloatArray:
    """Return P(X = k | B of `items` are bad), shape (most + 1, items + 1), k by B.

    X is the number of bad ones among `labelled` items drawn without replacement.
    """
    factorials = log_factorials(items)
    total, bad = np.arange(items + 1), np.arange(most + 1)[:, None]
    missed, good = total - bad, labelled - bad
    spared = items - total - good
    possible = (missed >= 0) & (spared >= 0)
    ways = factorials[total] + factorials[items - total] - factorials[bad] - factorials[good]
    left = factorials[np.maximum(missed, 0)] + factorials[np.maximum(spared, 0)]
    draws = factorials[items] - factorials[labelled] - factorials[items - labelled]
    result: FloatArray = np.exp(np.where(possible, ways - left - draws, -np.inf))
    return result
