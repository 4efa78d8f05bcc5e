"""Several graders of one criterion, one verdict: the arithmetic of the rules.

Whatever the rule, an item on which the graders disagree, or one of them came to no conclusion,
stands in the alarm stratum (design 5.2): what the rule concludes there, people check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.combination import Combination

Counts: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Probabilities: TypeAlias = NDArray[np.float64]

LIKELY = 0.5  # probability of bad from which an answer counts as flagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """How many graders said what of each answer: arrays of one length."""

    good: Counts
    bad: Counts
    ungraded: Counts

    @property
    def several(self) -> bool:
        """Whether more than one grader has a say on any answer."""
        return bool(((self.good + self.bad + self.ungraded) > 1).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a criterion's graders said of each answer: arrays of one length.

    `bad` is where any of them says bad, `good` where all say good. `votes` is None for a single
    grader. `probability` is the mean calibrated probability of bad, NaN where none is known.
    """

    bad: Mask
    good: Mask
    votes: Votes | None
    probability: Probabilities

    def combined(self, rule: Combination) -> tuple[Mask, Mask]:
        """Return which answers are bad by a rule, and which are good; the others are unknown."""
        match rule:
            case Combination.MAJORITY if self.votes is not None:
                return majority(self.votes)
            case Combination.CALIBRATED_MEAN if not np.isnan(self.probability).all():
                return self.probability >= LIKELY, self.probability < LIKELY
            case _:
                return self.bad, self.good

    @property
    def doubted(self) -> Mask:
        """Which answers belong into the alarm stratum, whatever the rule.

        Since it does not depend on the rule, a changed one never moves an item of a past night
        to another stratum than the one it was drawn from.
        """
        return ~self.good | (self.probability >= LIKELY)


def majority(votes: Votes) -> tuple[Mask, Mask]:
    """Return where more than half of all graders say bad, and where more than half say good.

    Those that came to no conclusion count among all: a majority of the others alone is none.

    >>> said = Votes(good=np.array([1, 2, 1]), bad=np.array([2, 0, 1]), ungraded=np.array([0, 1, 1]))
    >>> [mask.tolist() for mask in majority(said)]
    [[True, False, False], [False, True, False]]
    """
    graders = votes.good + votes.bad + votes.ungraded
    return 2 * votes.bad > graders, 2 * votes.good > graders


def mean_probability(rows: Sequence[Probabilities], size: int) -> Probabilities:
    """Return the mean of several graders' probabilities of bad, answer by answer.

    Args:
        rows: one array a grader, shape (size,), NaN where it came to no conclusion.
        size: number of answers.

    Returns:
        Shape (size,); NaN where no grader came to a conclusion.

    >>> mean_probability([np.array([0.2, np.nan]), np.array([0.4, np.nan])], 2).tolist()
    [0.30000000000000004, nan]
    """
    total, known = np.zeros(size), np.zeros(size)
    for row in rows:
        said = ~np.isnan(row)
        total[said] += row[said]
        known += said
    mean: Probabilities = np.divide(total, known, out=np.full(size, np.nan), where=known > 0)
    return mean
