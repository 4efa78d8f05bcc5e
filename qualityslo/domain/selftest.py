"""The gate against itself: two exchangeable answers, and how often it still sees a difference."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.draw import ReviewRule, allocate
from qualityslo.stats import PairedStratum, clopper_pearson, paired_difference_interval

Mask = NDArray[np.bool_]

# What the graders' word is worth in the simulation: the share of truly bad answers among those
# they call bad, and among those they call good. The promise must hold whatever it is.
BAD_IF_FLAGGED, BAD_IF_NOT = 0.7, 0.02
_DOUBT = 0.999  # confidence with which a broken promise must show before it is called broken


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """How often a comparison of a model with itself named one side worse, at a margin of 0.

    `pairs` counts the items whose two answers differ; with fewer, less can go wrong.
    """

    criterion: str
    golden: str
    pairs: int
    labels: int
    draws: int
    first_worse: int
    second_worse: int
    tail: float

    @property
    def holds(self) -> bool:
        """Whether neither side is surely named more often than promised."""
        worst = max(self.first_worse, self.second_worse)
        return clopper_pearson(worst, self.draws, _DOUBT)[0] <= self.tail

    def in_words(self) -> str:
        """Return the result as a sentence."""
        if not self.labels:
            return f"{self.criterion} on {self.golden}: no two answers differ: nothing to compare"
        word = "holds" if self.holds else "BROKEN"
        return (
            f"{self.criterion} on {self.golden}: {word}: {self.draws:,} comparisons of a model with "
            f"itself ({self.pairs:,} differing pairs, {self.labels} labels each) called the first "
            f"worse in {self.first_worse / self.draws:.1%}, the second in "
            f"{self.second_worse / self.draws:.1%}; allowed: {self.tail:.1%} each"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestRule:
    """How the self-test draws: the night's rule, the interval's confidence, how many times."""

    review: ReviewRule
    confidence: float = 0.95
    draws: int = 1_000


def self_test(
    where: tuple[str, str],
    flags: tuple[Mask, Mask],
    differ: Mask,
    rule: SelfTestRule,
    rng: np.random.Generator,
) -> SelfTest:
    """Compare two exchangeable answers of every item, many times, as a night's gate does.

    In each comparison a coin swaps every item's answers, so that the two sides are equally good
    for traffic like these items; their truth is drawn given the graders' flags. Labels are drawn
    as a night draws them, and the traffic interval `paired` must contain 0.

    Args:
        where: criterion and golden set, for the record.
        flags: whether the graders flag the one and the other answer, shape (items,).
        differ: where the two texts differ, shape (items,).
        rule: how labels are drawn.
        rng: source of the coins.
    """
    alarm, size = (flags[0] | flags[1]) & differ, len(differ)
    strata = [np.flatnonzero(alarm), np.flatnonzero(~alarm & differ)]
    same = size - sum(len(one) for one in strata)
    takes = allocate(len(strata[0]), len(strata[1]), rule.review)
    worse = [0, 0]
    for _ in range(rule.draws if sum(takes) else 0):
        swapped = rng.random(size) < 0.5
        truths = [rng.random(size) < np.where(flag, BAD_IF_FLAGGED, BAD_IF_NOT) for flag in flags]
        first, second = (np.where(swapped, truths[at], truths[1 - at]) for at in (0, 1))
        counted = [PairedStratum(same, same, 0, 0)]
        for pool, take in zip(strata, takes, strict=True):
            drawn = rng.choice(pool, size=take, replace=False)
            one, other = first[drawn], second[drawn]
            only = int((one & ~other).sum()), int((other & ~one).sum())
            counted.append(PairedStratum(len(pool), take, *only))
        found = paired_difference_interval(counted, confidence=rule.confidence)
        worse[0] += found.low > 0
        worse[1] += found.high < 0
    return SelfTest(
        criterion=where[0],
        golden=where[1],
        pairs=size - same,
        labels=sum(takes),
        draws=rule.draws,
        first_worse=worse[0],
        second_worse=worse[1],
        tail=round((1 - rule.confidence) / 2, 12),
    )
