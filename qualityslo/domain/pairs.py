"""Pairs of answers to one item: how often only one of the two models is bad, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.cells import MAX_MISSING, Mask, known_part
from qualityslo.domain.evidence import Code, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.release import ReleaseStratum
from qualityslo.stats import (
    Estimate,
    Frame,
    PairedStratum,
    mcnemar_exact,
    paired_difference_interval,
    paired_gate_interval,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """How much worse the candidate may be, as a share of answers, per criterion.

    `frame` says whether the question is about this golden set or about items like these.
    `slices` names the slices of which every value is compared as well.
    """

    default_margin: float = 0.02
    margins: Mapping[str, float] = field(default_factory=dict)
    slices: tuple[str, ...] = ()
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
    still arrive. `slice` is "name=value" where the table is about a slice; its `simultaneous`
    difference then holds for all slices of the criterion at once (Bonferroni), and `mcnemar_q` is
    its p-value adjusted for them (Benjamini and Hochberg).
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
    slice: str = ""
    simultaneous: Estimate | None = None
    mcnemar_q: float | None = None

    @property
    def pairs(self) -> int:
        """The number of items judged on both models."""
        return self.both_good + self.only_candidate_bad + self.only_baseline_bad + self.both_bad

    @property
    def excluded(self) -> int:
        """The number of items without a pair."""
        return self.failed + self.skipped + self.ungraded


def paired_table(
    candidate: Labelled,
    baseline: Labelled,
    criterion: Criterion,
    golden: str,
    rule: GateRule,
    within: Mask | None = None,
) -> PairedTable:
    """Compare the two models on one criterion; the difference is candidate - baseline, of bad.

    Args:
        candidate: the candidate's answers with their labels.
        baseline: the baseline's, on the same items with the same draw.
        criterion: what is compared.
        golden: name of the golden set.
        rule: frame and confidence.
        within: the items of a slice; all of them where it is None.
    """
    left, right = candidate.judged, baseline.judged
    here = np.ones(len(left.valid), dtype=np.bool_) if within is None else within
    valid, failed = left.valid & right.valid & here, (left.failed | right.failed) & here
    both = valid & (left.verdict <= Code.BAD) & (right.verdict <= Code.BAD)
    first, second = (both & (one.verdict == Code.BAD) for one in (left, right))
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    pairs = Pairs.of(candidate, baseline, here)
    by_definition = not criterion.needs_people
    return PairedTable(
        criterion=criterion.name,
        golden=golden,
        both_good=int((both & ~first & ~second).sum()),
        only_candidate_bad=only_first,
        only_baseline_bad=only_second,
        both_bad=int((first & second).sum()),
        failed=int(failed.sum()),
        skipped=int((~valid & ~failed & here).sum()),
        ungraded=int((valid & ~both).sum()),
        mcnemar_p=mcnemar_exact(only_first, only_second),
        by_definition=by_definition,
        difference=pairs.difference(rule, by_definition=by_definition),
        labelled_pairs=sum(one.labelled for one in pairs.strata(worst=True)),
        too_many_missing=pairs.too_many_missing(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The items valid on both sides: `same` of one text, `known` without tonight's sample.

    Pairs of one text differ by exactly 0 and need no label, except where a rule decides one of
    them by how it ended: the same words cut short are bad.
    """

    candidate: Labelled
    baseline: Labelled
    pair: Mask
    same: Mask
    known: Mask

    @classmethod
    def of(cls, candidate: Labelled, baseline: Labelled, within: Mask) -> "Pairs":
        """Return the pairs among some items of one criterion."""
        left, right = candidate.judged, baseline.judged
        pair = left.valid & right.valid & within
        hashes = zip(left.answer_hashes, right.answer_hashes, strict=True)
        equal = np.array([bool(a) and a == b for a, b in hashes], dtype=np.bool_)
        same = pair & equal & ~left.decided & ~right.decided
        known = pair & ~same & known_part(candidate)[0] & known_part(baseline)[0]
        return cls(candidate=candidate, baseline=baseline, pair=pair, same=same, known=known)

    @property
    def open(self) -> Mask:
        """The pairs of which a label could say something new."""
        return self.pair & ~self.same & ~self.known

    def difference(self, rule: GateRule, *, by_definition: bool) -> Estimate | None:
        """Return candidate - baseline, bounded both ways by bad labels that nobody confirmed."""
        most = self.strata(worst=True)
        enough = by_definition or all(stratum.labelled for stratum in most)
        if not most or not enough:
            return None
        high = self._interval(rule, worst=True)
        if self.strata(worst=False) == most:
            return high
        low = self._interval(rule, worst=False)
        method = f"{high.method}, unconfirmed labels both ways"
        return replace(high, point=None, low=low.low, method=method)

    def _interval(self, rule: GateRule, *, worst: bool) -> Estimate:
        counted = self._counted(worst=worst)
        names = [name for name, _ in self.candidate.sample.strata]
        if rule.frame == "golden_set" and names == list(ReleaseStratum):
            _, remembered, *drawn = counted
            return paired_gate_interval(
                *drawn,
                items=int(self.pair.sum()),
                confidence=rule.confidence,
                remembered=remembered,
            )
        filled = [stratum for stratum in counted if stratum.items]
        return paired_difference_interval(filled, confidence=rule.confidence, frame=rule.frame)

    def too_many_missing(self) -> bool:
        """Return whether looks without opinion are more than 10 % of a stratum's."""
        asked = self.open & self.candidate.asked()
        left, right = _truth(self.candidate, Code.BAD), _truth(self.baseline, Code.BAD)
        lost = asked & ((left > Code.BAD) | (right > Code.BAD))
        return any(
            int((lost & mask).sum()) > MAX_MISSING * int((asked & mask).sum())
            for _, mask in self.candidate.sample.strata
        )

    def strata(self, *, worst: bool) -> list[PairedStratum]:
        """Return the strata with items; `worst` takes open labels against the candidate."""
        return [stratum for stratum in self._counted(worst=worst) if stratum.items]

    def _counted(self, *, worst: bool) -> list[PairedStratum]:
        """Return the pairs of one text, the known ones, and the strata of the draw, as counts."""
        left = _truth(self.candidate, Code.BAD if worst else Code.GOOD)
        right = _truth(self.baseline, Code.GOOD if worst else Code.BAD)
        seen = (left <= Code.BAD) & (right <= Code.BAD)
        first = (left == Code.BAD) & (right == Code.GOOD)
        second = (right == Code.BAD) & (left == Code.GOOD)
        nothing = np.zeros_like(self.same)
        asked = seen & self.candidate.asked()
        parts = [(self.same, self.same, nothing, nothing), (self.known, self.known, first, second)]
        for _, mask in self.candidate.sample.strata:
            parts.append((self.open & mask, asked, first, second))
        return [
            PairedStratum(
                items=int(here.sum()),
                labelled=int((here & looked).sum()),
                only_first_bad=int((here & looked & one).sum()),
                only_second_bad=int((here & looked & other).sum()),
            )
            for here, looked, one, other in parts
        ]


def _truth(labelled: Labelled, pending: Code) -> NDArray[np.int8]:
    """Return what is known of each answer, with unconfirmed bad labels taken as `pending`."""
    known, bad = known_part(labelled)
    tonight = np.where(labelled.tonight == Code.PENDING, pending, labelled.tonight)
    truth = np.where(known, np.where(bad, Code.BAD, Code.GOOD), tonight)
    return truth.astype(np.int8)
