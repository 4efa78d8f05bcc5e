"""Labelled answers with a grader's score: what calibrations are fitted on and measured by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qualityslo.errors import StatsError
from qualityslo.stats.bootstrap import resampled_counts
from qualityslo.stats.special import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)  # no slots: what is computed once is kept
class ScoredLabels:
    """Labelled answers of one grader: arrays of one length, an answer each.

    Attributes:
        scores: the grader's scores in [0, 1], 1 is best.
        flagged: whether its verdict is bad.
        good: what people said.
        weights: how many answers each stands for: one over its probability of being labelled.
        items: the item that it answers, as any whole number; answers of one item are dependent.

    Raises:
        StatsError: no answers, different lengths, a score outside [0, 1] or a weight not above 0.
    """

    scores: FloatArray
    flagged: BoolArray
    good: BoolArray
    weights: FloatArray
    items: IntArray

    def __post_init__(self) -> None:
        columns = (self.scores, self.flagged, self.good, self.weights, self.items)
        shapes = {np.shape(one) for one in columns}
        if len(shapes) != 1 or shapes == {(0,)}:
            raise StatsError(
                f"columns of shapes {sorted(shapes)}: pass one value an answer in all"
            )
        if not ((self.scores >= 0) & (self.scores <= 1)).all():
            raise StatsError("scores holds a value outside [0, 1]; leave ungraded answers out")
        if not ((self.weights > 0) & np.isfinite(self.weights)).all():
            raise StatsError(
                "weights holds a value that is not above 0: every answer stands for one"
            )

    def __len__(self) -> int:
        """Return the number of labelled answers."""
        return len(self.scores)

    @property
    def effective(self) -> float:
        """How many equally weighted answers say as much: Kish, (sum w)^2 / sum w^2."""
        return effective_size(self.weights)

    @cached_property
    def item_codes(self) -> IntArray:
        """The items as 0, 1, 2, ...: shape (answers,)."""
        codes: IntArray = np.unique(self.items, return_inverse=True)[1]
        return codes

    @property
    def item_count(self) -> int:
        """Number of different items."""
        return int(self.item_codes.max()) + 1

    def part(self, mask: BoolArray) -> "ScoredLabels":
        """Return some of the answers."""
        return ScoredLabels(
            scores=self.scores[mask],
            flagged=self.flagged[mask],
            good=self.good[mask],
            weights=self.weights[mask],
            items=self.items[mask],
        )

    def resampled(
        self, statistic: Callable[[FloatArray], FloatArray], rng: np.random.Generator, count: int
    ) -> FloatArray:
        """Return a statistic of `count` resamples of the items, drawn with replacement.

        Args:
            statistic: maps weightings, shape (some, answers), to values, shape (some, values).
            rng: the source of the draws.
            count: how many.

        Returns:
            Shape (count, values).
        """
        return np.concatenate([statistic(block) for block in self._weightings(rng, count)])

    def _weightings(self, rng: np.random.Generator, count: int) -> Iterator[FloatArray]:
        for counts in resampled_counts(self.item_count, count, rng):
            yield counts[:, self.item_codes] * self.weights


def effective_size(weights: FloatArray) -> float:
    """Return Kish's effective sample size.

    >>> effective_size(np.array([1.0, 1.0, 4.0]))
    2.0
    """
    return float(weights.sum() ** 2 / (weights @ weights))
