"""From evidence to estimates: one SLI, one model, one slot (design 5.1 to 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.events import HALLUCINATION
from qualityslo.domain.evidence import Code, Counts, Judged, Sample
from qualityslo.domain.golden import Criterion
from qualityslo.domain.reason import Reason, against, note
from qualityslo.domain.sli import ItemWeights, Role, SliResult
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
class Labelled:
    """A criterion's evidence with the labels laid over it.

    `earlier` holds the truths that nights before this one's draw had left, `tonight` those of all
    labels up to this night's; both as codes per item.
    """

    judged: Judged
    sample: Sample
    earlier: NDArray[np.int8]
    tonight: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One stratum as counts, with the items whose look left no opinion kept apart."""

    items: int
    good: int
    bad: int
    missing: int

    def as_stratum(self, *, missing_bad: bool | None = None) -> Stratum:
        """Return the stratum; `missing_bad` counts the missing looks as bad, or as good."""
        extra = 0 if missing_bad is None else self.missing
        return Stratum(
            items=self.items,
            labelled=self.good + self.bad + extra,
            bad=self.bad + (extra if missing_bad else 0),
        )

    @property
    def too_many_missing(self) -> bool:
        looks = self.good + self.bad + self.missing
        return self.missing > MAX_MISSING * looks


def known_part(labelled: Labelled) -> tuple[Mask, Mask]:
    """Return which items are known without tonight's sample, and which of those are bad."""
    judged = labelled.judged
    by_rule = judged.valid & judged.decided
    remembered = judged.valid & ~judged.decided & (labelled.earlier <= Code.BAD)
    bad = (by_rule & (judged.verdict == Code.BAD)) | (remembered & (labelled.earlier == Code.BAD))
    return by_rule | remembered, bad


def cells_of(labelled: Labelled, within: Mask) -> list[Cell]:
    known, bad = known_part(labelled)
    known, bad = known & within, bad & within
    cells = [
        Cell(items=int(known.sum()), good=int((known & ~bad).sum()), bad=int(bad.sum()), missing=0)
    ]
    still_open = labelled.judged.valid & within & ~known
    asked = labelled.sample.asked()
    for _, mask in labelled.sample.strata():
        here = still_open & mask
        said = labelled.tonight[here & asked]
        cells.append(
            Cell(
                items=int(here.sum()),
                good=int((said == Code.GOOD).sum()),
                bad=int((said == Code.BAD).sum()),
                missing=int((said > Code.BAD).sum()),
            )
        )
    return [cell for cell in cells if cell.items]


def item_weights(labelled: Labelled, criterion: Criterion) -> ItemWeights:
    """Return what this slot adds to a window (design 5.5)."""
    judged = labelled.judged
    known, known_bad = known_part(labelled)
    weight = known.astype(np.float64)
    bad = known_bad.astype(np.float64)
    still_open = judged.valid & ~known
    if not criterion.needs_people:
        return ItemWeights(
            item_digests=judged.item_digests,
            weight=judged.valid.astype(np.float64),
            bad=bad,
            worst=bad + still_open,
            complete=bool(judged.valid.any()),
            census=bool(judged.valid.any()),
        )
    complete = True
    for _, mask in labelled.sample.strata():
        here = still_open & mask
        seen = here & labelled.sample.asked() & (labelled.tonight <= Code.BAD)
        if not here.any():
            continue
        if not seen.any():
            complete = False
            continue
        weight[seen] = here.sum() / seen.sum()
        bad[seen & (labelled.tonight == Code.BAD)] = here.sum() / seen.sum()
    return ItemWeights(
        item_digests=judged.item_digests,
        weight=weight,
        bad=bad,
        worst=bad,
        complete=complete and bool(judged.valid.any()),
        census=bool(judged.valid.any()) and not still_open.any(),
    )


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
    )


def estimates_within(
    labelled: Labelled, criterion: Criterion, within: Mask, rule: EstimationRule
) -> tuple[Estimate | None, Estimate | None]:
    """Return the estimates of the set's and of the population's bad rate within a mask."""
    cells = cells_of(labelled, within)
    if not cells:
        return None, None
    if not criterion.needs_people:
        return _definition(labelled, within, rule), _population(cells, rule)
    if not any(cell.good + cell.bad for cell in cells):
        return _uncorrected(labelled, within, rule), None
    if any(cell.too_many_missing for cell in cells):
        return _missing_bounds(cells, rule), None
    strata = [cell.as_stratum() for cell in cells]
    return rate_interval(strata, confidence=rule.confidence), None


def _population(cells: Sequence[Cell], rule: EstimationRule) -> Estimate | None:
    if len(cells) != 1 or cells[0].missing or cells[0].items != cells[0].good + cells[0].bad:
        return None
    return rate_interval([cells[0].as_stratum()], confidence=rule.confidence, frame="traffic")


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


def _missing_bounds(cells: Sequence[Cell], rule: EstimationRule) -> Estimate:
    """Return the interval that holds whatever the missing looks would have said."""
    best, worst = (
        rate_interval(
            [cell.as_stratum(missing_bad=bad) for cell in cells], confidence=rule.confidence
        )
        for bad in (False, True)
    )
    return replace(
        best, point=None, high=worst.high, method=f"{best.method}, missing labels both ways"
    )


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
    if criterion.name == HALLUCINATION:
        reasons += _evasive_reason(counts)
    return reasons


def _coverage_reason(labelled: Labelled, counts: Counts, rule: EstimationRule) -> list[Reason]:
    judged = labelled.judged
    seen = (labelled.tonight <= Code.BAD) | (labelled.earlier <= Code.BAD)
    dark = int((judged.valid & (judged.verdict == Code.UNKNOWN) & ~seen).sum())
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
