"""What became of each item from one model to the other, by the verdicts on both answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.cells import Mask
from qualityslo.domain.evidence import Code, Judged
from qualityslo.domain.golden import Criterion
from qualityslo.stats import benjamini_hochberg, mcnemar_exact


class Change(IntEnum):
    """How two answers to one item stand to each other; larger is more worth reading."""

    NOT_JUDGED = 0
    BOTH_GOOD = 1
    BOTH_BAD = 2
    ONLY_BASELINE_BAD = 3
    ONLY_CANDIDATE_BAD = 4


def changes(candidate: Judged, baseline: Judged) -> NDArray[np.int8]:
    """Return the `Change` of every item under one criterion.

    An item is judged where both answers are valid and have a verdict, as in the paired table.
    """
    both = candidate.valid & baseline.valid
    both &= (candidate.verdict <= Code.BAD) & (baseline.verdict <= Code.BAD)
    left, right = candidate.verdict == Code.BAD, baseline.verdict == Code.BAD
    found = np.full(len(both), Change.NOT_JUDGED, dtype=np.int8)
    found[both & ~left & ~right] = Change.BOTH_GOOD
    found[both & left & right] = Change.BOTH_BAD
    found[both & ~left & right] = Change.ONLY_BASELINE_BAD
    found[both & left & ~right] = Change.ONLY_CANDIDATE_BAD
    return found


def strongest(found: Sequence[NDArray[np.int8]], size: int) -> NDArray[np.int8]:
    """Return per item the change most worth reading among several criteria."""
    worst = np.full(size, Change.NOT_JUDGED, dtype=np.int8)
    for one in found:
        worst = np.maximum(worst, one)
    return worst


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedSlice:
    """Both models on the items of one slice, by the graders' verdicts.

    `mcnemar_q` is the p-value adjusted for all slices of the criterion that were looked at
    (Benjamini and Hochberg): a place to look, never a decision.
    """

    criterion: str
    golden: str
    slice: str
    value: str
    both_good: int
    only_candidate_bad: int
    only_baseline_bad: int
    both_bad: int
    not_comparable: int
    mcnemar_p: float
    mcnemar_q: float

    @property
    def pairs(self) -> int:
        """The number of items judged on both models."""
        return self.both_good + self.only_candidate_bad + self.only_baseline_bad + self.both_bad

    @property
    def difference(self) -> float:
        """Candidate minus baseline, share of bad; 0 where nothing was judged."""
        return (self.only_candidate_bad - self.only_baseline_bad) / max(1, self.pairs)


def paired_slices(
    found: NDArray[np.int8],
    slices: Mapping[str, Sequence[str]],
    criterion: Criterion,
    golden: str,
) -> list[PairedSlice]:
    """Return one row for every value of every slice, adjusted for how many were looked at."""
    rows: list[tuple[str, str, dict[Change, int]]] = []
    for name, values in sorted(slices.items()):
        column = np.array(values, dtype=object)
        rows += [
            (name, value, _tally(found, column == value)) for value in sorted(set(values) - {""})
        ]
    p_values = [
        mcnemar_exact(one[Change.ONLY_CANDIDATE_BAD], one[Change.ONLY_BASELINE_BAD])
        for _, _, one in rows
    ]
    q_values = benjamini_hochberg(p_values).tolist()
    return [
        PairedSlice(
            criterion=criterion.name,
            golden=golden,
            slice=name,
            value=value,
            both_good=counts[Change.BOTH_GOOD],
            only_candidate_bad=counts[Change.ONLY_CANDIDATE_BAD],
            only_baseline_bad=counts[Change.ONLY_BASELINE_BAD],
            both_bad=counts[Change.BOTH_BAD],
            not_comparable=counts[Change.NOT_JUDGED],
            mcnemar_p=p,
            mcnemar_q=q,
        )
        for (name, value, counts), p, q in zip(rows, p_values, q_values, strict=True)
    ]


def tally(found: NDArray[np.int8]) -> dict[Change, int]:
    """Return how many items each change has.

    >>> tally(np.array([1, 1, 4], dtype=np.int8))[Change.ONLY_CANDIDATE_BAD]
    1
    """
    counts = np.bincount(found, minlength=len(Change)).tolist()
    return {change: counts[change] for change in Change}


def _tally(found: NDArray[np.int8], within: Mask) -> dict[Change, int]:
    return tally(found[within])
