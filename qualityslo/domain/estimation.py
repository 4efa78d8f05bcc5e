"""From evidence to estimates: one SLI, one model, one slot (design 5.1 to 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.events import HALLUCINATION
from qualityslo.domain.evidence import Code, Counts, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.reason import Reason, against, note
from qualityslo.domain.sli import Role, SliResult
from qualityslo.stats import Estimate, Stratum, rate_interval

Mask = NDArray[np.bool_]

MAX_MISSING = 0.10
MAX_EVASIVE = 0.20


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationRule:
    """The policy numbers an estimate obeys."""

    confidence: float = 0.95
    min_coverage: float = 0.95
    act_on_uncorrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which model, golden set and slot an estimate is about."""

    golden: str
    role: Role
    slot: datetime


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
    for _, mask in labelled.sample.strata():
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


def criterion_result(
    labelled: Labelled, criterion: Criterion, where: Where, rule: EstimationRule
) -> SliResult:
    """Estimate a criterion's bad rate of one model in one slot.

    With a human truth the labels correct the graders (method of `stats.rate_interval`); without
    any label the graders' own rate is shown as `uncorrected` and concludes nothing. With a
    grader's truth the set is a census: exact but for the answers it could not grade.
    """
    everything = np.ones(len(labelled.judged.valid), dtype=np.bool_)
    cells = cells_of(labelled, everything)
    counts = _counts(labelled, cells)
    estimate, population = estimates_within(labelled, criterion, everything, rule)
    reasons = _criterion_reasons(labelled, criterion, cells, counts, rule, estimate)
    return SliResult(
        sli=criterion.name,
        golden=where.golden,
        role=where.role,
        slot=where.slot,
        counts=counts,
        estimate=estimate,
        population=population,
        concludes=estimate is not None and all(reason.ok for reason in reasons),
        needs_labels=criterion.needs_people,
        reasons=tuple(reasons),
    )


def _counts(labelled: Labelled, cells: Sequence[Cell]) -> Counts:
    return labelled.judged.counts(
        labelled=sum(cell.good + cell.bad for cell in cells),
        missing=sum(cell.missing for cell in cells),
        unconfirmed=sum(cell.pending for cell in cells),
    )


def nobody_looked(labelled: Labelled, within: Mask) -> bool:
    """Return whether answers need a person's word and not one of them has it."""
    judged = labelled.judged
    wanting = judged.valid & ~judged.decided & within
    return bool(wanting.any()) and not bool((wanting & labelled.seen()).any())


def estimates_within(
    labelled: Labelled, criterion: Criterion, within: Mask, rule: EstimationRule
) -> tuple[Estimate | None, Estimate | None]:
    """Return the estimates of the set's and of the population's bad rate within a mask."""
    cells = cells_of(labelled, within)
    if not cells:
        return None, None
    if not criterion.needs_people:
        return _definition(labelled, within, rule), _population(cells, rule)
    if nobody_looked(labelled, within):
        return _uncorrected(labelled, within, rule), None
    return _corrected(cells, rule), None


def _population(cells: Sequence[Cell], rule: EstimationRule) -> Estimate | None:
    if len(cells) != 1 or cells[0].items != cells[0].good + cells[0].bad:
        return None
    stratum = cells[0].as_stratum(worst=False, with_missing=False)
    return rate_interval([stratum], confidence=rule.confidence, frame="traffic")


def bounds(bad: int, unknown: int, valid: int, rule: EstimationRule, method: str) -> Estimate:
    """Return [bad/valid, (bad + unknown)/valid] around the rate among the known (design 5.1)."""
    known = valid - unknown
    return Estimate(
        point=bad / known if known else None,
        low=bad / valid,
        high=(bad + unknown) / valid,
        confidence=rule.confidence,
        labelled=0 if method == "uncorrected" else known,
        items=valid,
        frame="golden_set",
        method=method,
    )


def _definition(labelled: Labelled, within: Mask, rule: EstimationRule) -> Estimate:
    judged = labelled.judged
    valid = judged.valid & within
    unknown = int((valid & ~judged.decided).sum())
    bad = int((valid & judged.decided & (judged.verdict == Code.BAD)).sum())
    return bounds(bad, unknown, int(valid.sum()), rule, "definition")


def _uncorrected(labelled: Labelled, within: Mask, rule: EstimationRule) -> Estimate:
    judged = labelled.judged
    valid = judged.valid & within
    unknown = int((valid & (judged.verdict == Code.UNKNOWN)).sum())
    bad = int((valid & (judged.verdict == Code.BAD)).sum())
    return bounds(bad, unknown, int(valid.sum()), rule, "uncorrected")


def _corrected(cells: Sequence[Cell], rule: EstimationRule) -> Estimate:
    """Return the labels' estimate, bounded both ways by what they leave open.

    Looks without opinion are left out as missing at random up to 10 % of a stratum; above that,
    and for unconfirmed bad labels always, the interval holds whatever they would have said.
    """
    with_missing = any(cell.too_many_missing for cell in cells)
    best, worst = (
        rate_interval(
            [cell.as_stratum(worst=bad, with_missing=with_missing) for cell in cells],
            confidence=rule.confidence,
        )
        for bad in (False, True)
    )
    if best == worst:
        return best
    what = "missing" if with_missing else "unconfirmed"
    method = f"{best.method}, {what} labels both ways"
    return replace(best, point=None, high=worst.high, method=method)


def _criterion_reasons(
    labelled: Labelled,
    criterion: Criterion,
    cells: Sequence[Cell],
    counts: Counts,
    rule: EstimationRule,
    estimate: Estimate | None,
) -> list[Reason]:
    if estimate is None:
        return [against("no_events", f"no valid answer among {counts.planned} planned items")]
    reasons = []
    if estimate.method == "uncorrected":
        text = "no labels yet: the graders' own rate is shown and concludes nothing"
        reasons.append(
            note("uncorrected", "act_on_uncorrected is set: the graders' own rate concludes")
            if rule.act_on_uncorrected
            else against("uncorrected", text)
        )
    if criterion.graders:
        reasons += _coverage_reason(labelled, counts, rule)
    if any(cell.too_many_missing for cell in cells):
        reasons.append(
            against(
                "missing_labels",
                f"{counts.missing} looks left no opinion (more than 10 % of a stratum)",
            )
        )
    elif counts.missing:
        reasons.append(
            note(
                "missing_labels",
                f"{counts.missing} looks without opinion left out as missing at random",
            )
        )
    if counts.unconfirmed:
        text = f"{counts.unconfirmed} bad labels without a second look are counted both ways"
        reasons.append(note("unconfirmed", text))
    if criterion.name == HALLUCINATION:
        reasons += _evasive_reason(counts)
    return reasons


def _coverage_reason(labelled: Labelled, counts: Counts, rule: EstimationRule) -> list[Reason]:
    judged = labelled.judged
    dark = int((judged.valid & (judged.verdict == Code.UNKNOWN) & ~labelled.seen()).sum())
    coverage = 1 - dark / counts.valid
    if coverage >= rule.min_coverage:
        return []
    detail = f"{dark} of {counts.valid} valid answers neither graded nor labelled (coverage {coverage:.1%})"
    return [against("coverage", detail)]


def _evasive_reason(counts: Counts) -> list[Reason]:
    replied = counts.valid + counts.skipped
    if replied and counts.skipped > MAX_EVASIVE * replied:
        share = counts.skipped / replied
        return [against("evasive", f"{share:.0%} of the replies say nothing that could be judged")]
    return []
