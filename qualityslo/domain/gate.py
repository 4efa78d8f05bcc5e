"""The release gate: is the candidate not worse than the baseline? Three-valued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from qualityslo.domain.estimation import MAX_EVASIVE, Labelled, known_part
from qualityslo.domain.events import HALLUCINATION
from qualityslo.domain.evidence import Code
from qualityslo.domain.golden import Criterion
from qualityslo.domain.reason import Reason, Severity, against, note
from qualityslo.stats import (
    Estimate,
    Frame,
    PairedStratum,
    mcnemar_exact,
    paired_difference_interval,
)


class GateOutcome(StrEnum):
    """What a gate answers."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """How much worse the candidate may be, as a share of answers, per criterion.

    `frame` says whether the question is about this golden set or about items like these.
    """

    default_margin: float = 0.02
    margins: Mapping[str, float] = field(default_factory=dict)
    frame: Frame = "traffic"
    confidence: float = 0.95
    min_coverage: float = 0.95

    def margin(self, criterion: str) -> float:
        """Return the margin of a criterion."""
        return self.margins.get(criterion, self.default_margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTable:
    """Both models on the same items, by the graders' verdicts (by definition where that is truth).

    Items without a pair are counted by why: a model `failed`, an answer says nothing that could
    be judged (`skipped`), or a grader came to no conclusion (`ungraded`).
    """

    criterion: str
    golden: str
    both_good: int
    only_candidate_bad: int
    only_baseline_bad: int
    both_bad: int
    failed: int
    skipped: int
    ungraded: int
    mcnemar_p: float
    by_definition: bool
    difference: Estimate | None
    labelled_pairs: int

    @property
    def pairs(self) -> int:
        """The number of items judged on both models."""
        return self.both_good + self.only_candidate_bad + self.only_baseline_bad + self.both_bad

    @property
    def excluded(self) -> int:
        """The number of items without a pair."""
        return self.failed + self.skipped + self.ungraded


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """The gate's answer with its reasons and the tables behind it."""

    outcome: GateOutcome
    reasons: tuple[Reason, ...]
    tables: tuple[PairedTable, ...]


def paired_table(
    candidate: Labelled, baseline: Labelled, criterion: Criterion, golden: str, rule: GateRule
) -> PairedTable:
    """Compare the two models on one criterion; the difference is candidate - baseline, of bad."""
    left, right = candidate.judged, baseline.judged
    valid, failed = left.valid & right.valid, left.failed | right.failed
    both = valid & (left.verdict <= Code.BAD) & (right.verdict <= Code.BAD)
    first, second = (both & (one.verdict == Code.BAD) for one in (left, right))
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    strata = _paired_strata(candidate, baseline)
    labelled = sum(stratum.labelled for stratum in strata)
    difference = None
    if strata and all(stratum.labelled for stratum in strata):
        difference = paired_difference_interval(
            strata, confidence=rule.confidence, frame=rule.frame
        )
    return PairedTable(
        criterion=criterion.name,
        golden=golden,
        both_good=int((both & ~first & ~second).sum()),
        only_candidate_bad=only_first,
        only_baseline_bad=only_second,
        both_bad=int((first & second).sum()),
        failed=int(failed.sum()),
        skipped=int((~valid & ~failed).sum()),
        ungraded=int((valid & ~both).sum()),
        mcnemar_p=mcnemar_exact(only_first, only_second),
        by_definition=not criterion.needs_people,
        difference=difference,
        labelled_pairs=labelled,
    )


def _paired_strata(candidate: Labelled, baseline: Labelled) -> list[PairedStratum]:
    """Return the strata of the draw, restricted to pairs that are valid on both sides.

    Pairs of one text differ by exactly 0 and need no label; pairs known on both sides without
    tonight's sample are fully labelled.
    """
    left, right = candidate.judged, baseline.judged
    pair = left.valid & right.valid
    same = pair & np.array(
        [bool(a) and a == b for a, b in zip(left.answer_hashes, right.answer_hashes, strict=True)],
        dtype=np.bool_,
    )
    known_left, bad_left = known_part(candidate)
    known_right, bad_right = known_part(baseline)
    known = pair & ~same & known_left & known_right
    strata = []
    if same.any():
        size = int(same.sum())
        strata.append(
            PairedStratum(items=size, labelled=size, only_first_bad=0, only_second_bad=0)
        )
    if known.any():
        size = int(known.sum())
        first, second = known & bad_left & ~bad_right, known & bad_right & ~bad_left
        strata.append(
            PairedStratum(
                items=size,
                labelled=size,
                only_first_bad=int(first.sum()),
                only_second_bad=int(second.sum()),
            )
        )
    truth_left = np.where(known_left, np.where(bad_left, Code.BAD, Code.GOOD), candidate.tonight)
    truth_right = np.where(known_right, np.where(bad_right, Code.BAD, Code.GOOD), baseline.tonight)
    still_open = pair & ~same & ~known
    for _, mask in candidate.sample.strata():
        here = still_open & mask
        seen = (
            here & candidate.sample.asked() & (truth_left <= Code.BAD) & (truth_right <= Code.BAD)
        )
        if here.any():
            first = seen & (truth_left == Code.BAD) & (truth_right == Code.GOOD)
            second = seen & (truth_right == Code.BAD) & (truth_left == Code.GOOD)
            strata.append(
                PairedStratum(
                    items=int(here.sum()),
                    labelled=int(seen.sum()),
                    only_first_bad=int(first.sum()),
                    only_second_bad=int(second.sum()),
                )
            )
    return strata


def decide(tables: Sequence[PairedTable], rule: GateRule) -> GateDecision:
    """Return pass where every criterion is not worse by its margin, fail where one surely is."""
    if not tables:
        reasons: tuple[Reason, ...] = (
            against("no_criterion", "nothing to compare the two models on"),
        )
        return GateDecision(outcome=GateOutcome.INCONCLUSIVE, reasons=reasons, tables=())
    outcomes, reasons_list = zip(*(_one(table, rule) for table in tables), strict=True)
    if GateOutcome.FAIL in outcomes:
        outcome = GateOutcome.FAIL
    elif all(one is GateOutcome.PASS for one in outcomes):
        outcome = GateOutcome.PASS
    else:
        outcome = GateOutcome.INCONCLUSIVE
    return GateDecision(outcome=outcome, reasons=tuple(reasons_list), tables=tuple(tables))


def _one(table: PairedTable, rule: GateRule) -> tuple[GateOutcome, Reason]:
    where = f"{table.criterion} on {table.golden}"
    margin = rule.margin(table.criterion)
    gap = _gap(table, rule)
    if gap is not None:
        return GateOutcome.INCONCLUSIVE, against(gap[0], f"{where}: {gap[1]}")
    if table.difference is None:
        text = f"{where}: no labels yet to compare the two models by"
        return GateOutcome.INCONCLUSIVE, against("no_labels", text)
    low, high = table.difference.low, table.difference.high
    span = (
        f"candidate minus baseline, share of bad: [{low:+.1%}, {high:+.1%}], margin {margin:.1%}"
    )
    if high < margin:
        return GateOutcome.PASS, note("non_inferior", f"{where}: {span}")
    if low >= margin:
        detail = f"{where} is worse by more than the margin; {span}"
        return GateOutcome.FAIL, Reason(
            code="inferior", ok=False, severity=Severity.ERROR, detail=detail
        )
    worse = "worse, but by how much is open" if low > 0 else "undecided"
    return GateOutcome.INCONCLUSIVE, against("margin", f"{where}: {worse}; {span}")


def _gap(table: PairedTable, rule: GateRule) -> tuple[str, str] | None:
    """Return why too few items could be compared, or None.

    A model that fails, or evades, on many items must not pass on the others; answers without a
    grade matter only where the grade is the truth.
    """
    planned = table.pairs + table.excluded
    lost = table.failed + (table.ungraded if table.by_definition else 0)
    if lost > (1 - rule.min_coverage) * planned:
        return "pairs", f"{lost} of {planned} items could not be compared"
    if table.criterion == HALLUCINATION and table.skipped > MAX_EVASIVE * (planned - table.failed):
        return "evasive", f"on {table.skipped} of {planned} items a model says nothing to judge"
    return None
