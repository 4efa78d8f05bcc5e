"""Many tests at once: which of the slices that look worse would chance have shown anyway."""

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.special import FloatArray


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Return p-values adjusted so that those up to q hold at most a share q of false alarms.

    The k-th smallest of m becomes min over j >= k of p_(j) m / j (Benjamini & Hochberg 1995); the
    share is an expectation, for p-values that are independent or positively dependent, as those
    of overlapping slices of the same answers are. A slice found in this way is a place to look,
    never a decision.

    Args:
        p_values: one for each slice in any order, shape (slices,), each in [0, 1].

    Returns:
        The adjusted values in the order given, shape (slices,).

    Raises:
        StatsError: a value outside [0, 1], or not a flat list.

    >>> benjamini_hochberg([0.2, 0.001, 0.03, 0.01, 0.5]).round(3).tolist()
    [0.25, 0.005, 0.05, 0.025, 0.5]
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise StatsError(f"p_values={p_values!r}: pass a flat list of numbers in [0, 1]")
    largest_first = np.argsort(-values)
    ranks = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[largest_first] = np.minimum.accumulate(values[largest_first] * len(values) / ranks)
    return adjusted
