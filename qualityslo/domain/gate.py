"""The release gate: is the candidate not worse than the baseline? Three-valued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.estimation import MAX_EVASIVE, MAX_MISSING, known_part
from qualityslo.domain.evidence import Code, Labelled
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
    be judged (`skipped`), or a grader came to no conclusion (`ungraded`). `too_many_missing`:
    more than 10 % of the looks at a stratum left no opinion. `provisional`: the slot's labels may
    still arrive.
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
    too_many_missing: bool = False
    provisional: bool = False

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
    pairs = _Pairs.of(candidate, baseline)
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
        difference=_difference(pairs, rule, by_definition=not criterion.needs_people),
        labelled_pairs=sum(one.labelled for one in pairs.strata(worst=True)),
        too_many_missing=pairs.too_many_missing(),
    )


def _difference(pairs: "_Pairs", rule: GateRule, *, by_definition: bool) -> Estimate | None:
    """Return candidate - baseline, bounded both ways by bad labels that nobody confirmed."""
    most = pairs.strata(worst=True)
    enough = by_definition or all(stratum.labelled for stratum in most)
    if not most or not enough:
        return None
    high = paired_difference_interval(most, confidence=rule.confidence, frame=rule.frame)
    least = pairs.strata(worst=False)
    if least == most:
        return high
    low = paired_difference_interval(least, confidence=rule.confidence, frame=rule.frame)
    method = f"{high.method}, unconfirmed labels both ways"
    return replace(high, point=None, low=low.low, method=method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """The items valid on both sides: `same` of one text, `known` without tonight's sample.

    Pairs of one text differ by exactly 0 and need no label, except where a rule decides one of
    them by how it ended: the same words cut short are bad.
    """

    candidate: Labelled
    baseline: Labelled
    pair: NDArray[np.bool_]
    same: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, candidate: Labelled, baseline: Labelled) -> "_Pairs":
        left, right = candidate.judged, baseline.judged
        pair = left.valid & right.valid
        hashes = zip(left.answer_hashes, right.answer_hashes, strict=True)
        equal = np.array([bool(a) and a == b for a, b in hashes], dtype=np.bool_)
        same = pair & equal & ~left.decided & ~right.decided
        known = pair & ~same & known_part(candidate)[0] & known_part(baseline)[0]
        return cls(candidate=candidate, baseline=baseline, pair=pair, same=same, known=known)

    def too_many_missing(self) -> bool:
        """Return whether looks without opinion are more than 10 % of a stratum's."""
        asked = self.pair & ~self.same & ~self.known & self.candidate.asked()
        left, right = _truth(self.candidate, Code.BAD), _truth(self.baseline, Code.BAD)
        lost = asked & ((left > Code.BAD) | (right > Code.BAD))
        return any(
            int((lost & mask).sum()) > MAX_MISSING * int((asked & mask).sum())
            for _, mask in self.candidate.sample.strata()
        )

    def strata(self, *, worst: bool) -> list[PairedStratum]:
        """Return the strata of the draw; `worst` takes open labels against the candidate."""
        left = _truth(self.candidate, Code.BAD if worst else Code.GOOD)
        right = _truth(self.baseline, Code.GOOD if worst else Code.BAD)
        seen = (left <= Code.BAD) & (right <= Code.BAD)
        first = (left == Code.BAD) & (right == Code.GOOD)
        second = (right == Code.BAD) & (left == Code.GOOD)
        nothing = np.zeros_like(self.same)
        still_open = self.pair & ~self.same & ~self.known
        asked = seen & self.candidate.asked()
        parts = [(self.same, self.same, nothing, nothing), (self.known, self.known, first, second)]
        for _, mask in self.candidate.sample.strata():
            parts.append((still_open & mask, asked, first, second))
        return [
            PairedStratum(
                items=int(here.sum()),
                labelled=int((here & looked).sum()),
                only_first_bad=int((here & looked & one).sum()),
                only_second_bad=int((here & looked & other).sum()),
            )
            for here, looked, one, other in parts
            if here.any()
        ]


def _truth(labelled: Labelled, pending: Code) -> NDArray[np.int8]:
    """Return what is known of each answer, with unconfirmed bad labels taken as `pending`."""
    known, bad = known_part(labelled)
    tonight = np.where(labelled.tonight == Code.PENDING, pending, labelled.tonight)
    truth = np.where(known, np.where(bad, Code.BAD, Code.GOOD), tonight)
    return truth.astype(np.int8)


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
    if table.provisional:  # no optional stopping: labels are looked at once, when all are in
        text = f"{where}: the slot is not final, its labels may still arrive"
        return GateOutcome.INCONCLUSIVE, against("provisional", text)
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
    if table.skipped > MAX_EVASIVE * (planned - table.failed):
        return "evasive", f"on {table.skipped} of {planned} items a model says nothing to judge"
    if table.too_many_missing:
        return (
            "missing_labels",
            f"more than {MAX_MISSING:.0%} of a stratum's looks left no opinion",
        )
    return None
