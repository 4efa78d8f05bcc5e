"""One stratum: exact limits of a binomial and of a hypergeometric count, and two by-products."""

import math
from functools import lru_cache

import numpy as np

from qualityslo.errors import StatsError
from qualityslo.stats.special import beta_quantile, binomial_cdf, log_choose, tail_of
from qualityslo.stats.strata import check_nested, whole_number

# Above this size log-factorials lose the digits an exact hypergeometric limit needs, and the
# finite size matters only to a sample of millions.
LARGEST_EXACT_SET = 10**7


def clopper_pearson(bad: int, labelled: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return exact binomial limits (low, high) of the rate behind `bad` of `labelled`.

    Quantiles of Beta(bad, labelled - bad + 1) and Beta(bad + 1, labelled - bad): Clopper &
    Pearson (1934); `CP` in statistics.md. Each side misses with at most (1 - confidence) / 2.

    Raises:
        StatsError: not 0 <= bad <= labelled, nothing labelled, or confidence outside (0, 1).

    >>> low, high = clopper_pearson(0, 5)
    >>> low, round(high, 6)
    (0.0, 0.521824)
    """
    counts = whole_number("bad", bad), whole_number("labelled", labelled)
    check_nested("clopper_pearson", ("bad", counts[0]), ("labelled", counts[1]))
    if not labelled:
        raise StatsError("labelled=0: without a label every rate from 0 to 1 is possible")
    return beta_limits(*counts, tail_of(confidence))


@lru_cache(maxsize=65_536)
def beta_limits(bad: float, labelled: float, tail: float) -> tuple[float, float]:
    """Return Clopper-Pearson limits for counts that need not be whole (Korn & Graubard 1998)."""
    low = beta_quantile(bad, labelled - bad + 1, tail) if bad > 0 else 0.0
    high = beta_quantile(bad + 1, labelled - bad, 1 - tail) if bad < labelled else 1.0
    return low, high


def hypergeometric_interval(
    bad: int, labelled: int, items: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return exact limits (low, high) of the bad share of `items`, `labelled` of them drawn.

    The set of all B whose outcome is not too unlikely: high is the largest B with
    P(X <= bad | B) >= (1 - confidence) / 2, low the mirror image. A set above ten million items
    gets Clopper-Pearson limits, which are the same to the last digit that matters.

    Raises:
        StatsError: not 0 <= bad <= labelled <= items, nothing labelled, or a wrong confidence.

    >>> hypergeometric_interval(1, 20, 100)
    (0.01, 0.22)
    """
    counts = [
        whole_number(*pair) for pair in (("bad", bad), ("labelled", labelled), ("items", items))
    ]
    names = ("bad", "labelled", "items")
    check_nested("hypergeometric_interval", *zip(names, counts, strict=True))
    if not labelled:
        raise StatsError("labelled=0: without a label every rate from 0 to 1 is possible")
    if items > LARGEST_EXACT_SET:
        return clopper_pearson(bad, labelled, confidence)
    low, high = hypergeometric_limits(*counts, tail_of(confidence))
    return low / items, high / items


@lru_cache(maxsize=65_536)
def hypergeometric_limits(bad: int, labelled: int, items: int, tail: float) -> tuple[int, int]:
    """Return the exact limits as numbers of bad items."""
    low = items - _hypergeometric_high(labelled - bad, labelled, items, tail)
    return low, _hypergeometric_high(bad, labelled, items, tail)


def _hypergeometric_high(bad: int, labelled: int, items: int, tail: float) -> int:
    possible, excluded = bad, items - (labelled - bad) + 1
    while excluded - possible > 1:
        middle = (possible + excluded) // 2
        if _hypergeometric_cdf(bad, labelled, items, middle) >= tail * (1 - 1e-9):
            possible = middle
        else:
            excluded = middle
    return possible


def _hypergeometric_cdf(bad: int, labelled: int, items: int, total: int) -> float:
    seen = np.arange(max(0, labelled - (items - total)), min(bad, total) + 1, dtype=np.float64)
    logs = log_choose(total, seen) + log_choose(items - total, labelled - seen)
    return float(np.exp(logs - log_choose(items, labelled)).sum())


def mcnemar_exact(only_first_bad: int, only_second_bad: int) -> float:
    """Return the two-sided exact p-value that both models are bad equally often.

    Items on which the two agree carry no information; of the others each is a fair coin under
    the hypothesis, so p = min(1, 2 P(X <= smaller count)), X ~ Binomial(both counts, 1/2).

    Raises:
        StatsError: a count is negative or not a whole number.

    >>> round(mcnemar_exact(14, 4), 6)
    0.030884
    """
    first = whole_number("only_first_bad", only_first_bad)
    second = whole_number("only_second_bad", only_second_bad)
    if first < 0 or second < 0:
        raise StatsError(f"only_first_bad={first}, only_second_bad={second}: counts start at 0")
    return min(1.0, 2 * binomial_cdf(min(first, second), first + second, 0.5))


def zero_failure_upper(items: int) -> float:
    """Return the bad rate that `items` items without one bad answer still allow.

    1 - 0.025 ** (1 / items), about 3.7 / items: the upper end of the two-sided 95 % interval
    that every report shows (a one-sided 95 % limit would be 3.0 / items, 2.5 % for 120 items).

    Raises:
        StatsError: `items` is not a positive whole number.

    >>> f"{zero_failure_upper(120):.1%}"
    '3.0%'
    """
    if whole_number("items", items) < 1:
        raise StatsError(f"items={items!r}: at least one item is needed to allow less than 100 %")
    return -math.expm1(math.log(0.025) / items)
