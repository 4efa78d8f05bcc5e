"""What a number of labels would show: the chances of its counts, and our intervals of them.

The strata have the sizes that are expected of the grader. In the `golden_set` frame the set holds
a whole number of bad items, each in the alarm stratum with the grader's sensitivity, and the
labels are drawn without replacement; in the `traffic` frame the counts are binomial.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from qualityslo.errors import StatsError
from qualityslo.stats.allocation import Allocation, share_labels
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.rate import rate_interval
from qualityslo.stats.special import FloatArray, IntArray, binomial_table, log_choose, tail_of
from qualityslo.stats.strata import Stratum, whole_number

_NEGLIGIBLE = 1e-7  # chance of a count that is left out


def check_share(name: str, value: float) -> None:
    """Raise a StatsError unless a value is a share in [0, 1]."""
    if not 0 <= value <= 1:
        raise StatsError(f"{name}={value!r} is no share in [0, 1]; write 98 % as 0.98")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderQuality:
    """What the alarm of the draw is worth.

    Attributes:
        sensitivity: share of the bad answers that stand in the alarm stratum.
        specificity: share of the good answers that do not.

    Raises:
        StatsError: a share outside [0, 1].
    """

    sensitivity: float = 0.9
    specificity: float = 0.97

    def __post_init__(self) -> None:
        for name in ("sensitivity", "specificity"):
            check_share(name, getattr(self, name))

    def alarm_rate(self, rate: float) -> float:
        """Return the share of answers in alarm where `rate` of them are bad."""
        return rate * self.sensitivity + (1 - rate) * (1 - self.specificity)


NO_GRADER = GraderQuality(sensitivity=0.0, specificity=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDesign:
    """The set to be labelled, and how.

    Attributes:
        items: items of the set.
        grader: what sorts them into alarm and quiet; `NO_GRADER` for one stratum.
        frame: whether the question is about these items or about what they are drawn from.
        confidence: two-sided level of the interval.
        remembered: items whose answers are labelled already and did not change; a random part.
        allocate: how labels are shared between the strata, the quiet one last.

    Raises:
        StatsError: no items, more remembered than there are, or a wrong confidence or frame.
    """

    items: int
    grader: GraderQuality = GraderQuality()
    frame: Frame = "golden_set"
    confidence: float = 0.95
    remembered: int = 0
    allocate: Allocation = share_labels

    def __post_init__(self) -> None:
        tail_of(self.confidence)
        items, known = whole_number("items", self.items), self.remembered
        if not 0 <= whole_number("remembered", known) <= items or items < 1:
            raise StatsError(
                f"remembered={known!r}, items={items!r}: need 0 <= remembered <= items, one or more"
            )
        if self.frame not in {"golden_set", "traffic"}:
            raise StatsError(f"frame={self.frame!r}; known: 'golden_set', 'traffic'")

    @property
    def open_items(self) -> int:
        """Items that are not remembered: labels can be drawn among them."""
        return self.items - self.remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTrial:
    """What one number of labels would show.

    Attributes:
        labels: labels of one night.
        half_width: half of the expected width of the interval.
        power: chance that the goal is settled; None where the goal is a half-width.
    """

    labels: int
    half_width: float
    power: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTrial:
    """The strata of one number of labels at an assumed bad rate, the alarm stratum first."""

    sizes: tuple[int, int]
    labelled: tuple[int, int]
    known: Stratum
    chances: tuple[FloatArray, FloatArray]  # by split of the bad items, then by count
    splits: FloatArray
    frame: Frame
    confidence: float

    def estimate(self, alarm_bad: int, quiet_bad: int) -> Estimate:
        """Return our interval where so many of the labelled are bad."""
        counts = zip(self.sizes, self.labelled, (alarm_bad, quiet_bad), strict=True)
        strata = [*(Stratum(*count) for count in counts), self.known]
        return rate_interval(strata, confidence=self.confidence, frame=self.frame)

    def half_width(self) -> float:
        """Return half the width at the expected counts, see `expected_width`."""
        return 0.5 * _mixed(self._width, [self._expected(at) for at in (0, 1)])

    def power(self, settled: Callable[[Estimate], bool]) -> float:
        """Return the chance of a result that holds up to some number of bad labels.

        `settled` must not become true with more bad labels: the outcomes for which it holds
        are found by walking along their edge.
        """
        alarm, quiet = self.chances
        joint = np.einsum("s,si,sj->ij", self.splits, alarm, quiet, optimize=True)
        below = np.cumsum(joint, axis=1)
        rows = np.flatnonzero(below[:, -1] > _NEGLIGIBLE)
        most = int(np.flatnonzero(joint.sum(axis=0) > _NEGLIGIBLE)[-1])
        total = 0.0
        for row in rows.tolist():
            most = self._last_settled(settled, row, most)
            if most < 0:
                break
            total += float(below[row, most])
        return min(1.0, total)

    def _last_settled(self, settled: Callable[[Estimate], bool], alarm_bad: int, most: int) -> int:
        """Return the largest quiet count up to `most` that settles, or -1."""
        if settled(self.estimate(alarm_bad, most)):
            return most
        good, bad = -1, most
        while bad - good > 1:
            middle = (good + bad) // 2
            if settled(self.estimate(alarm_bad, middle)):
                good = middle
            else:
                bad = middle
        return good

    def _expected(self, at: int) -> float:
        counts = np.arange(self.labelled[at] + 1)
        return float(self.splits @ self.chances[at] @ counts)

    def _width(self, counts: Sequence[int]) -> float:
        estimate = self.estimate(*counts)
        return estimate.high - estimate.low


def rate_trial(
    design: LabelDesign, rate: float, bad: int, labels: int, shift: float = 0.0
) -> RateTrial:
    """Return the strata of a design with so many labels and the chances of their counts.

    Args:
        design: the set and how it is labelled.
        rate: the true bad rate, for the `traffic` frame.
        bad: the number of bad items, for the `golden_set` frame.
        labels: labels of one night, at most the items that are not remembered.
        shift: by how many standard deviations the alarm stratum is larger than expected.
    """
    share = bad / design.items if design.frame == "golden_set" else rate
    known = Stratum(design.remembered, design.remembered, round(share * design.remembered))
    flagged = design.grader.alarm_rate(share)
    spread = math.sqrt(design.open_items * flagged * (1 - flagged))
    alarm = round(design.open_items * flagged + shift * spread)
    alarm = min(max(alarm, 0), design.open_items)
    sizes = alarm, design.open_items - alarm
    first, second = design.allocate(sizes, labels)
    if design.frame == "golden_set":
        splits, chances = _drawn(design, bad - known.bad, sizes, (first, second))
    else:
        splits, chances = _sampled(design, rate, (first, second))
    return RateTrial(
        sizes=sizes,
        labelled=(first, second),
        known=known,
        chances=chances,
        splits=splits,
        frame=design.frame,
        confidence=design.confidence,
    )


def expected_width(
    strata: Sequence[tuple[Stratum, float]],
    *,
    confidence: float = 0.95,
    frame: Frame = "golden_set",
) -> float:
    """Return the width of `rate_interval` at expected counts.

    A count such as 0.4 is taken as 0 and 1, mixed in proportion: rounding would make the width
    jump with every count.

    Args:
        strata: each with the bad rate expected among its labels; its own `bad` is not read.
        confidence: two-sided level.
        frame: see `rate_interval`.

    >>> quiet, alarm = Stratum(115, 15, 0), Stratum(20, 5, 0)
    >>> round(expected_width([(quiet, 0.0), (alarm, 0.08)]), 3)
    0.173
    """

    def width(counts: Sequence[int]) -> float:
        filled = zip(strata, counts, strict=True)
        found = rate_interval(
            [Stratum(one.items, one.labelled, bad) for (one, _), bad in filled],
            confidence=confidence,
            frame=frame,
        )
        return found.high - found.low

    return _mixed(width, [one.labelled * rate for one, rate in strata])


def _mixed(value: Callable[[Sequence[int]], float], means: Sequence[float]) -> float:
    """Return a function of whole counts at their means, by linear interpolation in each."""
    total = 0.0
    ends = [(math.floor(mean), mean - math.floor(mean)) for mean in means]
    choices = [[(low, 1 - part), (low + 1, part)] for low, part in ends]
    for corner in product(*choices):
        weight = math.prod(part for _, part in corner)
        if weight > _NEGLIGIBLE:
            total += weight * value([count for count, _ in corner])
    return total


def _drawn(
    design: LabelDesign, bad: int, sizes: tuple[int, int], labelled: tuple[int, int]
) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    """Return the chance of each split of the bad items, and of the counts given the split."""
    in_alarm = np.arange(max(0, bad - sizes[1]), min(bad, sizes[0]) + 1)
    splits = binomial_table(bad, bad, np.array([design.grader.sensitivity]))[in_alarm, 0]
    if not splits.sum() > 0:  # the stratum cannot hold what the grader would flag
        splits = np.ones(len(in_alarm))
    kept = splits > _NEGLIGIBLE * splits.sum()
    splits, in_alarm = splits[kept] / splits[kept].sum(), in_alarm[kept]
    first = _hypergeometric(labelled[0], sizes[0], in_alarm)
    return splits, (first, _hypergeometric(labelled[1], sizes[1], bad - in_alarm))


def _hypergeometric(labelled: int, items: int, bad: IntArray) -> FloatArray:
    """Return P(X = k | bad), shape (bad, labelled + 1), of `labelled` of `items` drawn."""
    total = bad[:, None].astype(np.float64)
    seen = np.arange(labelled + 1, dtype=np.float64)
    possible = (seen <= total) & (labelled - seen <= items - total)
    inside = np.where(possible, seen, np.maximum(0, labelled - items + total))
    logs = log_choose(total, inside) + log_choose(items - total, labelled - inside)
    chances = np.exp(logs - log_choose(items, labelled))
    result: FloatArray = np.where(possible, chances, 0.0)
    return result


def _sampled(
    design: LabelDesign, rate: float, labelled: tuple[int, int]
) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    """Return binomial chances of the counts, with the bad rates that the grader leaves behind."""
    flagged = design.grader.alarm_rate(rate)
    hit = rate * design.grader.sensitivity
    rates = hit / flagged if flagged else 0.0, (rate - hit) / (1 - flagged) if flagged < 1 else 0.0
    first, second = (
        binomial_table(size, size, np.array([one])).T
        for size, one in zip(labelled, rates, strict=True)
    )
    return np.ones(1), (first, second)
