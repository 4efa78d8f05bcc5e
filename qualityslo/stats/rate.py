"""The rate of bad items from a stratified, partly labelled sample: the nightly headline interval."""

from collections.abc import Iterable

from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.sampled import Limits, finite_sample_limits
from qualityslo.stats.special import tail_of
from qualityslo.stats.strata import Parts, Stratum, split
from qualityslo.stats.superpopulation import estimated_rate, traffic_limits


def rate_interval(
    strata: Iterable[Stratum], *, confidence: float = 0.95, frame: Frame = "golden_set"
) -> Estimate:
    """Estimate the rate of bad items, of this set or of the traffic it was drawn from.

    Labels must be a simple random sample inside each stratum. Methods of statistics.md:

    - `golden_set`: `census` where everything is labelled (no width); exact `hypergeometric`,
      `finite2`, `finite3` for one to three sampled strata; above 5,000 items `exact2` with the
      set's weights; more strata collapsed (R3) or `strict` (misses at most 2.8 % a side).
    - `traffic`: `clopper_pearson` for one stratum, or where everything is labelled; `super2` and
      its relatives otherwise. Fixed weights are large `items`: weight times 10^9.

    Fully labelled strata are known exactly in the first frame and a sample like any other in the
    second. A stratum without labels may be anything between all good and all bad: it widens both
    limits and is named in `method`, and the point is the rate of the other strata.

    Args:
        strata: any number of strata; those without items are ignored.
        confidence: two-sided level; each side may miss with half of the rest.
        frame: `golden_set` (these items) or `traffic` (what they are a sample of).

    Raises:
        StatsError: no items, a confidence outside (0, 1), an unknown frame, or more than two
            sampled strata whose labels allow no valid interval.

    >>> alarm, quiet = Stratum(items=6, labelled=3, bad=1), Stratum(items=80, labelled=25, bad=0)
    >>> print(rate_interval([alarm, quiet]))
    2.3 % [1.2 %, 11.6 %] (95 %, 28 labels of 86 items)
    """
    parts, tail = split(strata), tail_of(confidence)
    point = estimated_rate(parts) if parts.labelled else None
    limits = Limits(0.0, 1.0, "no labels") if point is None else _limits(parts, tail, frame)
    center = [] if point is None else [point]
    return Estimate(
        point=point,
        low=min([max(0.0, limits.low), *center]),
        high=max([min(1.0, limits.high), *center]),
        confidence=confidence,
        labelled=parts.labelled,
        items=parts.items,
        frame=frame,
        method=limits.method,
    )


def _limits(parts: Parts, tail: float, frame: Frame) -> Limits:
    """Return the limits with unlabelled strata all good for the lower, all bad for the upper."""
    find = _set_limits if frame == "golden_set" else traffic_limits
    best = find(parts.completed(bad=False), tail)
    if not parts.unlabelled:
        return best
    worst = find(parts.completed(bad=True), tail)
    method = f"{best.method}, {parts.unlabelled:,} items in strata without labels"
    return Limits(best.low, worst.high, method)


def _set_limits(parts: Parts, tail: float) -> Limits:
    """Return limits of the bad share of these very items; the labelled ones are facts.

    Facts bound every method: the bad seen are bad, the good seen are good, and of the items not
    looked at at least one may be either, so that only a census has no width.
    """
    total, known = parts.items, parts.full.bad
    if not parts.sampled:
        return Limits(known / total, known / total, "census")
    inner = finite_sample_limits(parts.sampled, tail)
    seen = known + sum(one.bad for one in parts.sampled)
    unseen = total - parts.labelled
    sampled = total - parts.full.items
    low = min(max(round(known + inner.low * sampled, 9), seen), seen + unseen - 1)
    high = max(min(round(known + inner.high * sampled, 9), seen + unseen), seen + 1)
    return Limits(low / total, high / total, inner.method)
