"""The sampled strata: which interval fits the design (rules R1 to R3 of statistics.md).

Everything here answers for the sampled strata alone, as shares of their items.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qualityslo.errors import StatsError
from qualityslo.stats import exact
from qualityslo.stats.binomial import (
    LARGEST_EXACT_SET,
    beta_limits,
    hypergeometric_limits,
)
from qualityslo.stats.score import strict_limits
from qualityslo.stats.strata import Stratum

LARGEST_SET = 5_000  # items up to which a set is enumerated rather than given fixed weights
_COLLAPSED_LABELS = 15  # R3: fewer labels in a collapsed group miss by up to 0.26 points
_GUARD = 0.7  # `strict` is trusted where every n_h >= 0.7 n w_h ...
_STRICT_LABELS = 30  # ... of at least 30 labels: misses up to 2.8 % a side, 4.0 % with 15


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a share, and the name of the method that found them."""

    low: float
    high: float
    method: str


def finite_sample_limits(sampled: Sequence[Stratum], tail: float) -> Limits:
    """Return limits of the bad share of these very items (one or more sampled strata).

    Exact hypergeometric limits of one stratum, `finite2`, `finite3`; larger sets and further
    strata get the limits for fixed weights, which are conservative for a finite set.

    Raises:
        StatsError: see `fixed_sample_limits`.
    """
    bad, labelled, items = _columns(sampled)
    total = sum(items)
    if len(sampled) == 1 and total <= LARGEST_EXACT_SET:
        low, high = hypergeometric_limits(bad[0], labelled[0], total, tail)
        return Limits(low / total, high / total, "hypergeometric")
    small = len(sampled) in {2, 3} and total <= LARGEST_SET
    if small and exact.can_enumerate(labelled, items):
        low, high = exact.finite_limits(bad, labelled, items, tail)
        return Limits(low / total, high / total, f"finite{len(sampled)}")
    limits = fixed_sample_limits(sampled, tail)
    return Limits(limits.low, limits.high, f"{limits.method}, fixed weights")


def fixed_sample_limits(sampled: Sequence[Stratum], tail: float) -> Limits:
    """Return limits of sum w p for fixed weights w: Clopper-Pearson, `exact2`, R3 or `strict`.

    R3 alone misses up to 4.1 % a side where one collapsed stratum is all bad and the other all
    good (found by search; statistics.md saw only 2.5 %). `strict` holds exactly there, so that
    the wider limit of the two is given: 2.5 % in every search, 2 to 12 % wider.

    Raises:
        StatsError: more than two strata that can neither be collapsed nor trusted to `strict`.
    """
    bad, labelled, items = _columns(sampled)
    if len(sampled) == 1:
        return Limits(*beta_limits(bad[0], labelled[0], tail), "clopper_pearson")
    if len(sampled) == 2 and exact.can_order(labelled):
        return Limits(*exact.fixed_limits(bad, labelled, items, tail), "exact2")
    groups = collapsed(sampled) if len(sampled) > 2 else ()
    if not groups or not exact.can_order(_columns(groups)[1]):
        return _guarded_strict(sampled, tail)
    pooled, strict = fixed_sample_limits(groups, tail), _strict(sampled, tail)
    note = f"{pooled.method} and strict, {len(sampled)} strata collapsed to {len(groups)}"
    return Limits(min(pooled.low, strict.low), max(pooled.high, strict.high), note)


def _strict(sampled: Sequence[Stratum], tail: float) -> Limits:
    bad, labelled, items = _columns(sampled)
    weights = np.array(items, dtype=np.float64) / sum(items)
    return Limits(*strict_limits(bad, labelled, weights, tail), "strict")


def _guarded_strict(sampled: Sequence[Stratum], tail: float) -> Limits:
    _, labelled, items = _columns(sampled)
    for stratum in sampled:
        least = _GUARD * max(sum(labelled), _STRICT_LABELS) * stratum.items / sum(items)
        if stratum.labelled < least:
            raise StatsError(
                f"{stratum!r} has {stratum.labelled} labels where {least:.1f} are needed for an "
                f"interval over {len(sampled)} sampled strata; label more of it, or sample equal "
                f"fractions inside two groups of strata with {_COLLAPSED_LABELS} labels each"
            )
    return _strict(sampled, tail)


def collapsed(sampled: Sequence[Stratum]) -> tuple[Stratum, ...]:
    """Return one or two strata that stand for all (R3), or none where R3 does not apply.

    Strata may be pooled where each was sampled with the same fraction, as near as whole numbers
    allow, and the group has 15 labels: a sum of binomials with different rates is less dispersed
    than one binomial (Hoeffding 1956), so that the limits stay conservative.

    >>> collapsed([Stratum(900, 90, 3), Stratum(60, 12, 2), Stratum(40, 8, 1)])
    (Stratum(items=900, labelled=90, bad=3), Stratum(items=100, labelled=20, bad=3))
    """
    ranked = sorted(sampled, key=lambda one: (one.labelled / one.items, -one.items))
    for cut in (len(ranked), *range(1, len(ranked))):
        groups = [group for group in (ranked[:cut], ranked[cut:]) if group]
        if all(_may_pool(group) for group in groups):
            pooled = [_pooled(group) for group in groups]
            return tuple(sorted(pooled, key=lambda one: (-one.items, -one.labelled)))
    return ()


def _pooled(group: Sequence[Stratum]) -> Stratum:
    bad, labelled, items = _columns(group)
    return Stratum(items=sum(items), labelled=sum(labelled), bad=sum(bad))


def _may_pool(group: Sequence[Stratum]) -> bool:
    whole = _pooled(group)
    fraction = whole.labelled / whole.items
    even = all(abs(one.labelled - fraction * one.items) <= 0.5 for one in group)
    return len(group) == 1 or (even and whole.labelled >= _COLLAPSED_LABELS)


def _columns(strata: Sequence[Stratum]) -> tuple[exact.Counts, exact.Counts, exact.Counts]:
    return (
        tuple(stratum.bad for stratum in strata),
        tuple(stratum.labelled for stratum in strata),
        tuple(stratum.items for stratum in strata),
    )
