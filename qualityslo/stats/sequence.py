"""An interval that may be looked at after every label: a confidence sequence."""

import math
from collections.abc import Callable

from qualityslo.stats.estimate import Estimate
from qualityslo.stats.special import tail_of
from qualityslo.stats.strata import check_nested, whole_number

_HALVINGS = 60


def confidence_sequence(bad: int, labelled: int, *, confidence: float = 0.95) -> Estimate:
    """Estimate the rate of one plain binomial series that is looked at as often as one likes.

    With probability `confidence` the truth is inside at every look at once. Only for labels of
    one series with one rate, each independent of the others (a stream, say): strata, a golden set
    that comes back every night, or a draw without replacement are none, see `alerts`.

    Beta-binomial mixture (Robbins 1970; Howard et al. 2021): all p with
    log B(1/2 + x, 1/2 + n - x) - log B(1/2, 1/2) - x log p - (n - x) log(1 - p) < log(1 / a),
    a = 1 - confidence, x of n bad. It is about 1.8 times as wide as Clopper-Pearson, which looked
    at on 28 nights excludes the truth at least once in one of five series.

    Raises:
        StatsError: not 0 <= bad <= labelled, or a confidence outside (0, 1).

    >>> print(confidence_sequence(3, 100))
    3.0 % [0.2 %, 12.3 %] (95 %, 100 labels of 100 items)
    """
    tail_of(confidence)  # refuses a wrong one
    x, n = whole_number("bad", bad), whole_number("labelled", labelled)
    check_nested("confidence_sequence", ("bad", x), ("labelled", n))
    mixture = _log_beta(0.5 + x, 0.5 + n - x) - _log_beta(0.5, 0.5)
    limit = -math.log1p(-confidence)

    def excluded(rate: float) -> bool:
        return mixture - x * math.log(rate) - (n - x) * math.log1p(-rate) >= limit

    point = x / n if n else None
    return Estimate(
        point=point,
        low=_edge(excluded, inside=point, outside=0.0) if point else 0.0,
        high=_edge(excluded, inside=point, outside=1.0) if point is not None and x < n else 1.0,
        confidence=confidence,
        labelled=n,
        items=n,
        frame="traffic",
        method="beta_binomial_sequence",
    )


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)


def _edge(excluded: Callable[[float], bool], *, inside: float, outside: float) -> float:
    """Return where exclusion begins between the two, the last step taken outwards."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if excluded(middle):
            outside = middle
        else:
            inside = middle
    return outside
