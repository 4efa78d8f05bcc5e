"""Rates over many nights of the same items: statistics.md, section 5, and `window_rate`.

Labels of one item over several nights are no independent evidence. Both intervals count items,
not labels: a Korn-Graubard effective sample size with a small prior weight (`smoothed`), put into
the Clopper-Pearson formula.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qualityslo.errors import StatsError
from qualityslo.stats.binomial import beta_limits
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.special import FloatArray, tail_of

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class EffectiveSample:
    """The plain binomial sample that says as much as the clustered one: its rate and its size."""

    rate: float
    size: float


def clustered_rate_interval(
    bad: ArrayLike,
    valid: ArrayLike,
    *,
    confidence: float = 0.95,
    frame: Frame = "traffic",
    for_gate: bool = False,
) -> Estimate:
    """Estimate the bad rate of items that were each observed on several nights.

    The same serves answers that share a document: then an "item" is the document, its "nights" are
    the answers about it. Smoothed Korn-Graubard by item, statistics.md section 5 (a''): min coverage .949 of 84
    simulated cells, where counting nights as independent covers .25 to .78.

    Args:
        bad: bad nights of each item, whole numbers, shape (items,).
        valid: observed nights of each item, shape (items,); items never observed are left out.
        confidence: two-sided level.
        frame: what the rate is said about; the interval is the same, conservative for the set.
        for_gate: let every item count as one observation, whatever its nights say: Clopper-Pearson
            of the mean of the items' own rates. Up to twice as wide where items are inconsistent,
            never below .963 in the same cells: for decisions that are hard to take back.

    Returns:
        The rate over item-nights, `for_gate` over items; `labelled` counts item-nights, `items` the observed items.

    Raises:
        StatsError: shapes differ, no items, a count that is no whole number, or not
            0 <= bad <= valid.

    >>> print(clustered_rate_interval([28] + 199 * [0], 200 * [28]))
    0.5 % [0.0 %, 2.8 %] (95 %, 5,600 labels of 200 items)
    """
    lost, seen = _pairs("bad", bad, "valid", valid)
    if (lost % 1).any() or (seen % 1).any():
        raise StatsError("bad and valid count nights of an item: pass whole numbers")
    lost, seen = lost[seen > 0], seen[seen > 0]
    nights, items = int(seen.sum()), len(seen)
    sample = _effective(seen, lost, 1 / items) if items else None
    if sample is not None and for_gate:
        sample = EffectiveSample(float((lost / seen).mean()), float(items))
    elif sample is not None:
        sample = EffectiveSample(sample.rate, min(float(nights), sample.size))
    method = "cluster, items" if for_gate else "cluster"
    return _estimate(sample, confidence, frame, (nights, items or np.size(valid), method))


def window_rate_interval(
    weights: ArrayLike,
    bad_weights: ArrayLike,
    *,
    confidence: float = 0.95,
    labelled: int | None = None,
    frame: Frame = "traffic",
) -> Estimate:
    """Estimate the bad rate of a window of nights, some of whose answers were sampled for labels.

    Item-clustered Horvitz-Thompson with smoothed Korn-Graubard: `window_rate`,
    docs/statistics.md, Over a window; min coverage .947 of 228 simulated cells. An answer drawn
    for a label stands for items / labelled of its stratum that night, one known anyway for 1.

    Args:
        weights: G, the sum of each item's weights over the labelled nights, shape (items,), with
            a 0 for every item of the set that was never labelled.
        bad_weights: S, the sum over those of its answers that were bad, shape (items,).
        confidence: two-sided level.
        labelled: labelled answers behind the weights, for the record; items with weight if None.
        frame: what the rate is said about; the interval is the same, conservative for the set.

    Returns:
        The mean over labelled nights of the night's rate.

    Raises:
        StatsError: shapes differ, no items, a negative or infinite weight, or S above G.

    >>> print(window_rate_interval(40 * [5.0] + 160 * [0.0], 200 * [0.0]))
    0.0 % [0.0 %, 8.7 %] (95 %, 40 labels of 200 items)
    """
    lost, seen = _pairs("bad_weights", bad_weights, "weights", weights)
    count = int((seen > 0).sum()) if labelled is None else labelled
    total = float(seen.sum())
    sample = _effective(seen, lost, float(((seen / total) ** 2).sum())) if total else None
    return _estimate(sample, confidence, frame, (count, len(seen), "window_rate"))


def _pairs(
    small_name: str, small: ArrayLike, large_name: str, large: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return both as arrays of shape (items,) with 0 <= small <= large and all values finite."""
    lost, seen = np.asarray(small, dtype=np.float64), np.asarray(large, dtype=np.float64)
    if lost.shape != seen.shape or seen.ndim != 1:
        raise StatsError(
            f"{small_name} has shape {lost.shape}, {large_name} {seen.shape}; "
            "pass one value for each item in both"
        )
    if not len(seen):
        raise StatsError(f"{large_name} is empty: there are no items to estimate a rate of")
    if not (np.isfinite(lost).all() and np.isfinite(seen).all()):
        raise StatsError(f"{small_name} or {large_name} holds a value that is not finite")
    wrong = np.flatnonzero((lost < 0) | (lost > seen * (1 + _TOLERANCE)))
    if len(wrong):
        at = int(wrong[0])
        raise StatsError(
            f"item {at}: {small_name}={lost[at]:g}, {large_name}={seen[at]:g}; "
            f"need 0 <= {small_name} <= {large_name}"
        )
    return lost, seen


def _effective(weights: FloatArray, bad: FloatArray, prior: float) -> EffectiveSample:
    """Return the effective sample of item totals; `prior` is the weight of the smoothing.

    v_s = [I/(I-1) sum r^2 + prior^2 / 2] / (1 + prior)^2, p_s = (p + prior/2) / (1 + prior),
    size = p_s (1 - p_s) / v_s. A single item says as much as one label.
    """
    items, total = len(weights), float(weights.sum())
    rate = min(1.0, float(bad.sum()) / total)
    if items == 1:
        return EffectiveSample(rate, 1.0)
    residuals = (bad - rate * weights) / total
    spread = items / (items - 1) * float(residuals @ residuals) + prior**2 / 2
    center = (rate + prior / 2) / (1 + prior)
    return EffectiveSample(rate, center * (1 - center) * (1 + prior) ** 2 / spread)


def _estimate(
    sample: EffectiveSample | None, confidence: float, frame: Frame, about: tuple[int, int, str]
) -> Estimate:
    labelled, items, method = about
    tail = tail_of(confidence)
    low, high = (0.0, 1.0)
    if sample is not None:
        low, high = beta_limits(sample.rate * sample.size, sample.size, tail)
    return Estimate(
        point=None if sample is None else sample.rate,
        low=low if sample is None else min(low, sample.rate),
        high=high if sample is None else max(high, sample.rate),
        confidence=confidence,
        labelled=labelled,
        items=items,
        frame=frame,
        method="no labels" if sample is None else method,
    )
