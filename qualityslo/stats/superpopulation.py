"""From the labelled items to what they were drawn from: `super2` of statistics.md, section 1.

Limits for fixed weights know the sampling of the labels. The items themselves are a sample too:
the shares of the strata vary, and so does the bad rate of a fully labelled stratum. Both add a
variance that is combined with the exact distances from the estimate.
"""

import math

import numpy as np

from qualityslo.stats.sampled import Limits, fixed_sample_limits
from qualityslo.stats.score import gamma_low
from qualityslo.stats.special import normal_quantile
from qualityslo.stats.strata import Parts, Stratum

_TIE = 1e-12


def traffic_limits(parts: Parts, tail: float) -> Limits:
    """Return limits of the bad rate of the traffic that all items are a random sample of.

    `parts` must have no unlabelled stratum. One stratum, and fully labelled ones alone, are a
    plain binomial sample: Clopper-Pearson.

    Raises:
        StatsError: the sampled strata admit no interval (`fixed_sample_limits`).
    """
    if not parts.sampled:
        return fixed_sample_limits([parts.full], tail)
    inner = fixed_sample_limits(parts.sampled, tail)
    if len(parts.sampled) == 1 and not parts.full.items:
        return inner
    share = 1 - parts.full.items / parts.items
    known = parts.full.bad / parts.items
    center = estimated_rate(parts)
    variance = normal_quantile(tail) ** 2 * (_between(parts) + _within_full(parts))
    low = center - math.hypot(center - (known + share * inner.low), math.sqrt(variance))
    high = center + math.hypot(known + share * inner.high - center, math.sqrt(variance))
    if parts.full.items and center <= 0.5 + _TIE:
        low = min(low, _gamma_low(parts, tail))
    if parts.full.items and center >= 0.5 - _TIE:
        high = max(high, 1 - _gamma_low(_good(parts), tail))
    method = "super2" if inner.method == "exact2" else f"super, {inner.method}"
    return Limits(low, high, method)


def estimated_rate(parts: Parts) -> float:
    """Return the stratified bad rate of the labelled and sampled strata, in [0, 1]."""
    bad = parts.full.bad + sum(one.items * one.bad / one.labelled for one in parts.sampled)
    return min(1.0, bad / (parts.items - parts.unlabelled))


def _strata(parts: Parts) -> tuple[Stratum, ...]:
    return (*parts.sampled, parts.full) if parts.full.items else parts.sampled


def _between(parts: Parts) -> float:
    """Return the variance that the random shares of the strata add to the rate."""
    strata = _strata(parts)
    shares = np.array([one.items / parts.items for one in strata])
    rates = np.array([(one.bad + 0.5) / (one.labelled + 1) for one in strata])
    center = float(shares @ rates)
    return float(shares @ (rates - center) ** 2) / parts.items


def _within_full(parts: Parts) -> float:
    """Return the variance of a fully labelled stratum's own rate around that of the traffic."""
    full = parts.full
    if not full.items:
        return 0.0
    rate = (full.bad + 0.5) / (full.items + 1)
    return (full.items / parts.items) ** 2 * rate * (1 - rate) / full.items


def _gamma_low(parts: Parts, tail: float) -> float:
    strata = _strata(parts)
    steps = np.array([one.items / parts.items / one.labelled for one in strata])
    return gamma_low([one.bad for one in strata], steps, _between(parts), tail)


def _good(parts: Parts) -> Parts:
    def flipped(one: Stratum) -> Stratum:
        return Stratum(items=one.items, labelled=one.labelled, bad=one.labelled - one.bad)

    return Parts(
        sampled=tuple(flipped(one) for one in parts.sampled),
        full=flipped(parts.full),
        unlabelled=parts.unlabelled,
    )
