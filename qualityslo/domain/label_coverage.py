"""Which answers are known for sure, and how: by rule, from earlier nights, or from tonight's draw."""

from dataclasses import dataclass

import numpy as np

from qualityslo.domain.cells import Mask, known_part
from qualityslo.domain.evidence import Code, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.sli import Role

BY_RULE = "by rule"
REMEMBERED = "remembered"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredPart:
    """Answers of one origin: how many there are, and what people or the rule said of them.

    `good + bad + unconfirmed + missing + waiting = answers`: `unconfirmed` were called bad by one
    person and await a second look, `missing` were looked at in vain, `waiting` nobody looked at.
    """

    name: str
    answers: int
    good: int
    bad: int
    unconfirmed: int = 0
    missing: int = 0
    waiting: int = 0

    @property
    def known(self) -> int:
        """The number of answers that are known to be good or bad."""
        return self.good + self.bad


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCoverage:
    """One criterion and model: the valid answers, by how they are known."""

    criterion: str
    golden: str
    role: Role
    needs_people: bool
    valid: int
    parts: tuple[CoveredPart, ...]

    @property
    def known(self) -> int:
        """The number of valid answers that are known to be good or bad."""
        return sum(part.known for part in self.parts)


def label_coverage(
    labelled: Labelled, criterion: Criterion, golden: str, role: Role
) -> LabelCoverage:
    """Return how the valid answers of one criterion and model are known; parts sum to them."""
    judged = labelled.judged
    by_rule = judged.valid & judged.decided
    known, bad = known_part(labelled)
    parts = [_known(BY_RULE, by_rule, bad), _known(REMEMBERED, known & ~by_rule, bad)]
    still_open = judged.valid & ~known
    parts += [
        _drawn(stratum.value, labelled, still_open & mask)
        for stratum, mask in labelled.sample.strata
    ]
    return LabelCoverage(
        criterion=criterion.name,
        golden=golden,
        role=role,
        needs_people=criterion.needs_people,
        valid=int(judged.valid.sum()),
        parts=tuple(part for part in parts if part.answers),
    )


def _known(name: str, here: Mask, bad: Mask) -> CoveredPart:
    answers, lost = int(here.sum()), int((here & bad).sum())
    return CoveredPart(name=name, answers=answers, good=answers - lost, bad=lost)


def _drawn(name: str, labelled: Labelled, here: Mask) -> CoveredPart:
    asked = here & labelled.asked()
    said = np.bincount(labelled.tonight[asked], minlength=len(Code))
    return CoveredPart(
        name=name,
        answers=int(here.sum()),
        good=int(said[Code.GOOD]),
        bad=int(said[Code.BAD]),
        unconfirmed=int(said[Code.PENDING]),
        missing=int(said[Code.UNKNOWN] + said[Code.MISSING]),
        waiting=int((here & ~asked).sum()),
    )
