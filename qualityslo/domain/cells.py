"""Strata as counts: what the labels of one night say of each, and what they leave open."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.evidence import Code, Labelled
from qualityslo.stats import Stratum

Mask = NDArray[np.bool_]

MAX_MISSING = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One stratum as counts, with the looks that settled nothing kept apart.

    `missing` looks left no opinion. `pending` ones said bad and wait for a second look: not
    missing at random, so that they are never left out (design 5.3).
    """

    items: int
    good: int
    bad: int
    missing: int
    pending: int = 0

    def as_stratum(self, *, worst: bool, with_missing: bool) -> Stratum:
        """Return the stratum with what is not settled taken as bad, or as good."""
        extra = self.pending + (self.missing if with_missing else 0)
        return Stratum(
            items=self.items,
            labelled=self.good + self.bad + extra,
            bad=self.bad + (extra if worst else 0),
        )

    @property
    def looks(self) -> int:
        """How many items of the stratum people looked at (or are known anyway)."""
        return self.good + self.bad + self.missing + self.pending

    @property
    def too_many_missing(self) -> bool:
        """Whether more than 10 % of the looks left no opinion."""
        return self.missing > MAX_MISSING * self.looks


def known_part(labelled: Labelled) -> tuple[Mask, Mask]:
    """Return which items are known without tonight's sample, and which of those are bad."""
    judged = labelled.judged
    by_rule = judged.valid & judged.decided
    remembered = judged.valid & ~judged.decided & (labelled.earlier <= Code.BAD)
    bad = (by_rule & (judged.verdict == Code.BAD)) | (remembered & (labelled.earlier == Code.BAD))
    return by_rule | remembered, bad


def cells_of(labelled: Labelled, within: Mask) -> list[Cell]:
    """Return what is known without tonight's sample, and the strata of the draw, within a mask."""
    known, bad = known_part(labelled)
    known, bad = known & within, bad & within
    cells = [
        Cell(items=int(known.sum()), good=int((known & ~bad).sum()), bad=int(bad.sum()), missing=0)
    ]
    still_open = labelled.judged.valid & within & ~known
    asked = labelled.asked()
    for _, mask in labelled.sample.strata:
        here = still_open & mask
        said = labelled.tonight[here & asked]
        cells.append(
            Cell(
                items=int(here.sum()),
                good=int((said == Code.GOOD).sum()),
                bad=int((said == Code.BAD).sum()),
                missing=int(((said == Code.UNKNOWN) | (said == Code.MISSING)).sum()),
                pending=int((said == Code.PENDING).sum()),
            )
        )
    return [cell for cell in cells if cell.items]


def nobody_looked(labelled: Labelled, within: Mask) -> bool:
    """Return whether answers need a person's word and not one of them has it."""
    judged = labelled.judged
    wanting = judged.valid & ~judged.decided & within
    return bool(wanting.any()) and not bool((wanting & labelled.seen()).any())
