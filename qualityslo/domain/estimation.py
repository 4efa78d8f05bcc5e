"""From evidence to estimates: one SLI, one model, one slot (design 5.1 to 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from qualityslo.domain.cells import Cell, Mask, cells_of, nobody_looked
from qualityslo.domain.events import HALLUCINATION
from qualityslo.domain.evidence import Code, Counts, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.reason import Reason, against, note
from qualityslo.domain.sli import Role, SliResult
from qualityslo.stats import Estimate, Frame, rate_interval

MAX_EVASIVE = 0.20


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationRule:
    """The policy numbers an estimate obeys.

    `looks` says how often labels are looked at before a slot is final: 2 where a second stage is
    declared, and each look then has half of the error (Bonferroni).
    """

    confidence: float = 0.95
    min_coverage: float = 0.95
    act_on_uncorrected: bool = False
    looks: int = 1

    @property
    def label_confidence(self) -> float:
        """Confidence of an interval that rests on people's labels."""
        return 1 - (1 - self.confidence) / self.looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which model, golden set and slot an estimate is about."""

    golden: str
    role: Role
    slot: datetime


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
    estimate = set_estimate(labelled, criterion, everything, rule)
    reasons = _criterion_reasons(labelled, criterion, cells, counts, rule, estimate)
    return SliResult(
        sli=criterion.name,
        golden=where.golden,
        role=where.role,
        slot=where.slot,
        counts=counts,
        estimate=estimate,
        population=population_estimate(labelled, criterion, rule),
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


def set_estimate(
    labelled: Labelled, criterion: Criterion, within: Mask, rule: EstimationRule
) -> Estimate | None:
    """Return the bad rate of the set's items within a mask; None where none of them is valid."""
    cells = cells_of(labelled, within)
    if not cells:
        return None
    if not criterion.needs_people:
        return _definition(labelled, within, rule)
    if nobody_looked(labelled, within):
        return _uncorrected(labelled, within, rule)
    return _corrected(cells, rule.label_confidence, "golden_set")


def population_estimate(
    labelled: Labelled, criterion: Criterion, rule: EstimationRule
) -> Estimate | None:
    """Return the bad rate of items like these: the set as a sample, its labels as samples of it.

    None where nothing is known: no valid answer, no label, or answers that the defining grader
    could not grade.
    """
    everything = np.ones(len(labelled.judged.valid), dtype=np.bool_)
    cells = cells_of(labelled, everything)
    if not cells or (criterion.needs_people and nobody_looked(labelled, everything)):
        return None
    if not criterion.needs_people and any(cell.items > cell.looks for cell in cells):
        return None
    confidence = rule.label_confidence if criterion.needs_people else rule.confidence
    return _corrected(cells, confidence, "traffic")


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


def _corrected(cells: Sequence[Cell], confidence: float, frame: Frame) -> Estimate:
    """Return the labels' estimate, bounded both ways by what they leave open.

    Looks without opinion are left out as missing at random up to 10 % of a stratum; above that,
    and for unconfirmed bad labels always, the interval holds whatever they would have said.
    """
    with_missing = any(cell.too_many_missing for cell in cells)
    best, worst = (
        rate_interval(
            [cell.as_stratum(worst=bad, with_missing=with_missing) for cell in cells],
            confidence=confidence,
            frame=frame,
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
