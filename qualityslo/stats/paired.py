"""The difference of two models' bad rates on the same items: `paired` of statistics.md, section 4."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qualityslo.errors import StatsError
from qualityslo.stats.binomial import beta_limits
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.special import normal_quantile, tail_of
from qualityslo.stats.strata import PairedStratum

_FAR = 0.25  # a difference beyond which arms are added: no gate is near it
# Shares of items on which the models disagree, between which the limits of the counts move from
# the tail asked for to a smaller one, and how much smaller.
_ALIKE, _UNLIKE, _SMALLER = 0.3, 0.6, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Paired strata sorted by what is known of them; fully labelled ones are pooled."""

    sampled: tuple[PairedStratum, ...]
    full: PairedStratum
    unlabelled: int

    @property
    def items(self) -> int:
        return self.full.items + self.unlabelled + sum(one.items for one in self.sampled)

    @property
    def labelled(self) -> int:
        return self.full.labelled + sum(one.labelled for one in self.sampled)

    @property
    def difference(self) -> float:
        """Return first minus second over all strata with labels, in items."""
        return _net(self.full) + sum(one.items * _net(one) / one.labelled for one in self.sampled)

    def completed(self) -> "_Pairs":
        """Return the worst case for an upper limit: unlabelled items all bad in the first only."""
        items = self.full.items + self.unlabelled
        first, second = self.full.only_first_bad + self.unlabelled, self.full.only_second_bad
        return _Pairs(
            sampled=self.sampled, full=PairedStratum(items, items, first, second), unlabelled=0
        )

    def swapped(self) -> "_Pairs":
        return _Pairs(
            sampled=tuple(_swapped(one) for one in self.sampled),
            full=_swapped(self.full),
            unlabelled=self.unlabelled,
        )


def paired_difference_interval(
    strata: Iterable[PairedStratum], *, confidence: float = 0.95, frame: Frame = "traffic"
) -> Estimate:
    """Estimate the first model's bad rate minus the second's, on items labelled for both.

    MOVER over Clopper-Pearson limits of the two kinds of disagreement, with their trinomial
    covariance (`paired`): no search found a side that misses more than 2.5 % (docs/coverage.md),
    where the usual normal-type intervals miss up to 25 %. It takes strata that are not starved:
    with 5 labels where 12 would be proportional 2.6 % was found.

    In the `traffic` frame fully labelled strata are sampled data like all others and the random
    shares of the strata add their variance; in the `golden_set` frame fully labelled strata are a
    constant, and a fully labelled set is a `census` without width. The finite size of sampled
    strata is not used (conservative). A stratum without labels widens both limits by its share.

    Args:
        strata: any number of strata; those without items are ignored.
        confidence: two-sided level; each side may miss with half of the rest.
        frame: `traffic` (what the items are a sample of) or `golden_set` (these items).

    Returns:
        An estimate in [-1, 1]; positive where the first model is worse.

    Raises:
        StatsError: no items, a confidence outside (0, 1), or an unknown frame.

    >>> print(paired_difference_interval([PairedStratum(10**9, 100, 5, 2)]))
    3.0 % [-3.1 %, 9.6 %] (95 %, 100 labels of 1,000,000,000 items)
    """
    pairs, tail = _split(strata), tail_of(confidence)
    high = 1.0 if not pairs.labelled else _high(pairs, tail, frame)
    low = -1.0 if not pairs.labelled else -_high(pairs.swapped(), tail, frame)
    seen = pairs.items - pairs.unlabelled
    return Estimate(
        point=pairs.difference / seen if pairs.labelled else None,
        low=low,
        high=high,
        confidence=confidence,
        labelled=pairs.labelled,
        items=pairs.items,
        frame=frame,
        method=_method(pairs, frame),
    )


def _method(pairs: _Pairs, frame: Frame) -> str:
    if not pairs.labelled:
        return "no labels"
    name = "census" if frame == "golden_set" and not pairs.sampled else "paired"
    note = f", {pairs.unlabelled:,} items in strata without labels" if pairs.unlabelled else ""
    return name + note


def _split(strata: Iterable[PairedStratum]) -> _Pairs:
    filled = [stratum for stratum in strata if stratum.items]
    if not filled:
        raise StatsError("no items in any stratum: there is no difference to estimate")
    full = [one for one in filled if one.labelled == one.items]
    items = sum(one.items for one in full)
    first = sum(one.only_first_bad for one in full)
    second = sum(one.only_second_bad for one in full)
    return _Pairs(
        sampled=tuple(one for one in filled if 0 < one.labelled < one.items),
        full=PairedStratum(items, items, first, second),
        unlabelled=sum(one.items for one in filled if not one.labelled),
    )


def _high(pairs: _Pairs, tail: float, frame: Frame) -> float:
    """Return the upper limit, unlabelled items counted against the first model."""
    worst = pairs.completed()
    point = worst.difference / worst.items
    tail = _tail_of_counts(worst, tail)
    if frame == "traffic":
        strata = [one for one in (*worst.sampled, worst.full) if one.items]
        between = normal_quantile(tail) ** 2 * _between(strata, worst.items)
        return min(1.0, point + _arm(strata, worst.items, tail, between))
    known = _net(worst.full) + sum(_net(one) for one in worst.sampled)
    possible = (known + worst.items - worst.labelled) / worst.items
    return max(min(point + _arm(worst.sampled, worst.items, tail, 0.0), possible), point)


def _tail_of_counts(pairs: _Pairs, tail: float) -> float:
    """Return the tail for the limits of the counts: smaller where the models hardly ever agree.

    MOVER's own error shows there, up to 3.5 % a side (found by search, with few labels in the
    largest stratum). Gates are about models that mostly agree, and nothing changes for those.
    """
    strata = [one for one in (*pairs.sampled, pairs.full) if one.items]
    disagree = sum(
        one.items * (one.only_first_bad + one.only_second_bad) / one.labelled for one in strata
    )
    apart = (disagree / pairs.items - _ALIKE) / (_UNLIKE - _ALIKE)
    return tail * (1 - (1 - _SMALLER) * min(max(apart, 0.0), 1.0))


def _arm(strata: Sequence[PairedStratum], items: int, tail: float, extra: float) -> float:
    """Return the distance from the difference to its upper limit; `extra` is a squared arm more.

    MOVER squares arms, which is too bold where one model alone is bad on nearly every item of
    several strata: the counts that are then rare are those at the far end (found by search: it
    misses up to 7.8 % there). So beyond a quarter of the items arms are added instead. On the
    negative side no further than to the quarter, so that the limit still rises with every count.
    """
    squared = math.sqrt(_squared_arm(strata, items, tail) + extra)
    size = sum(one.items for one in strata)
    point = sum(one.items * _net(one) / one.labelled for one in strata)
    if abs(point) <= _FAR * size:
        return squared
    added = math.hypot(
        sum(one.items / items * sum(_arms(one, tail)) for one in strata), math.sqrt(extra)
    )
    if point < 0:
        added = min(added, (-_FAR * size - point) / items)
    return max(squared, added)


def _squared_arm(strata: Sequence[PairedStratum], items: int, tail: float) -> float:
    """Return the square of the distance from the difference to its upper limit."""
    return sum((one.items / items) ** 2 * _stratum_arm(one, tail) for one in strata)


def _stratum_arm(one: PairedStratum, tail: float) -> float:
    first, second = one.only_first_bad / one.labelled, one.only_second_bad / one.labelled
    up, down = _arms(one, tail)
    apart = (1 - first) * (1 - second)
    ratio = min(1.0, math.sqrt(first * second / apart)) if apart else 1.0
    return up * up + down * down + 2 * ratio * up * down


def _arms(one: PairedStratum, tail: float) -> tuple[float, float]:
    """Return how far the first kind's share may lie above its estimate, the second's below."""
    first, second = one.only_first_bad / one.labelled, one.only_second_bad / one.labelled
    up = beta_limits(one.only_first_bad, one.labelled, tail)[1] - first
    return up, second - beta_limits(one.only_second_bad, one.labelled, tail)[0]


def _between(strata: Sequence[PairedStratum], items: int) -> float:
    """Return the variance that the random shares of the strata add to the difference."""
    center = sum(one.items / items * (_net(one) / one.labelled) for one in strata)
    squares = sum(one.items / items * (_net(one) / one.labelled - center) ** 2 for one in strata)
    return squares / items


def _net(one: PairedStratum) -> int:
    return one.only_first_bad - one.only_second_bad


def _swapped(one: PairedStratum) -> PairedStratum:
    return PairedStratum(one.items, one.labelled, one.only_second_bad, one.only_first_bad)
