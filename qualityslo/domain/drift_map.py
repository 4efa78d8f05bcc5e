"""The drift map: how far the two answers to each item are apart, and what became of the verdict.

Across: how much longer or shorter the candidate's answer is. Upwards: how similar the two are.
What lies low changed its content; what lies aside changed its length.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.changes import Change

MAX_POINTS = 2_000  # on one page, over all golden sets


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPoint:
    """One item: the cosine of its answers, and log2 of candidate's length over baseline's."""

    item_id: str
    cosine: float
    length: float
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftMap:
    """Items of one golden set that have a cosine: all counted by change, some of them drawn.

    `items` and `shown` map a change to how many there are and how many of them are in `points`.
    """

    golden: str
    items: Mapping[str, int]
    shown: Mapping[str, int]
    points: tuple[DriftPoint, ...]

    @property
    def complete(self) -> bool:
        """Whether every item is drawn."""
        return self.items == self.shown


def mapped_items(
    digests: Sequence[str],
    found: NDArray[np.int8],
    defined: NDArray[np.bool_],
    limit: int,
) -> list[int]:
    """Return the places of the items to draw, at most `limit`, the same ones on every call.

    Items whose verdict changed come first and may take half of the room, or all that others leave;
    within a group the smallest digests are taken: a draw that follows from the items alone.
    """
    changed = found >= Change.ONLY_BASELINE_BAD
    masks = (defined & changed, defined & ~changed)
    first, others = (
        nsmallest(limit, np.flatnonzero(mask).tolist(), key=lambda at: digests[at])
        for mask in masks
    )
    room = max(limit // 2, limit - int(masks[1].sum()))
    kept = first[:room]
    return sorted(kept + others[: limit - len(kept)])


def length_ratio(candidate: str, baseline: str) -> float:
    """Return log2 of the ratio of two lengths in characters; an empty text counts as one.

    >>> length_ratio("abcd", "ab"), length_ratio("", "ab")
    (1.0, -1.0)
    """
    return math.log2(max(1, len(candidate)) / max(1, len(baseline)))
