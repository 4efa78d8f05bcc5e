"""Evidence: verdicts and labels of one criterion and model, aligned item by item.

The only place where what graders said and what people said meet. Arrays are planned-length and
in one order; codes are small integers so that a set of any size stays a few columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.calibration import CalibratedScores, bad_probability
from qualityslo.domain.columns import Coded
from qualityslo.domain.combine import Mask, Said, Votes
from qualityslo.domain.draw import ReviewStratum
from qualityslo.domain.events import ABSTENTION, Standing, standings
from qualityslo.domain.golden import AnswerKind, Criterion
from qualityslo.domain.label import AnswerKey, Truth
from qualityslo.domain.outcome import Ending
from qualityslo.domain.review import SampleRow


class Code(IntEnum):
    """What is known of one answer: by a grader, or by people."""

    GOOD = 0
    BAD = 1
    UNKNOWN = 2  # ungraded, or no label
    MISSING = 3  # people looked and left no opinion
    PENDING = 4  # somebody said bad, and a second look or an adjudication is awaited


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerColumns:
    """All answers of one model to one golden set in one run, in the set's order.

    By criterion, `ABSTENTION` included: `verdicts` holds the worst `Code` that any grader said,
    `votes` what several of them said, `calibrated` the scores with the calibrations that were in
    force when the run began. NaN stands for "not observed" in these arrays; times are in seconds.
    """

    item_ids: Sequence[str]
    item_digests: Sequence[str]
    answer_hashes: Sequence[str]
    endings: Sequence[Ending]
    answerable: Sequence[bool]
    expected: Sequence[AnswerKind]
    verdicts: Mapping[str, Sequence[int]]
    measures: Mapping[str, NDArray[np.float64]]
    votes: Mapping[str, Votes] = field(default_factory=dict)
    calibrated: Mapping[str, Sequence[CalibratedScores]] = field(default_factory=dict)
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ungraded_reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    failure_codes: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of planned items."""
        return len(self.item_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The denominator of an SLI, complete: valid + failed + skipped = planned.

    `bad` and `ungraded` are what the graders said of the valid answers; `labelled` is how many
    of them people have judged (or the rule has), `missing` how many they looked at in vain,
    `unconfirmed` how many one person called bad and no second one has looked at.
    """

    planned: int
    valid: int
    failed: int
    skipped: int
    bad: int = 0
    ungraded: int = 0
    labelled: int = 0
    missing: int = 0
    unconfirmed: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that hide an item."""
        if self.valid + self.failed + self.skipped != self.planned:
            raise ValueError(f"valid + failed + skipped must be planned: {self!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One criterion and model: who is valid, what the graders said, what is decided by rule.

    `by_definition` says that a grader's rule is the truth: nobody is asked about the rest.
    `by_graders` marks answers on which no rule decides, `doubted` those for the alarm stratum.
    """

    item_digests: Sequence[str]
    answer_hashes: Sequence[str]
    valid: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    verdict: NDArray[np.int8]
    decided: NDArray[np.bool_]
    by_definition: bool = False
    by_graders: Mask = field(default_factory=lambda: np.zeros((), dtype=np.bool_))
    doubted: Mask = field(default_factory=lambda: np.zeros((), dtype=np.bool_))

    def counts(self, *, labelled: int = 0, missing: int = 0, unconfirmed: int = 0) -> Counts:
        """Return the denominators of this SLI."""
        valid = int(self.valid.sum())
        failed = int(self.failed.sum())
        return Counts(
            planned=len(self.valid),
            valid=valid,
            failed=failed,
            skipped=len(self.valid) - valid - failed,
            bad=int((self.valid & (self.verdict == Code.BAD)).sum()),
            ungraded=int((self.valid & (self.verdict == Code.UNKNOWN)).sum()),
            labelled=labelled,
            missing=missing,
            unconfirmed=unconfirmed,
        )


_FROM_STANDING = {
    Standing.GOOD: Code.GOOD,
    Standing.LEANS_GOOD: Code.GOOD,
    Standing.BAD: Code.BAD,
    Standing.LEANS_BAD: Code.BAD,
}
_FROM_TRUTH = {
    Truth.GOOD: Code.GOOD,
    Truth.BAD: Code.BAD,
    Truth.PENDING: Code.PENDING,
    Truth.MISSING: Code.MISSING,
}


def judge(
    columns: AnswerColumns, criterion: Criterion, *, failures_are_bad: bool = False
) -> Judged:
    """Apply the event table to one model's answers under one criterion.

    Args:
        columns: the answers and the graders' verdicts.
        criterion: what is judged; where its truth is a grader, that verdict decides.
        failures_are_bad: count a model that failed as a bad answer (`count_failures_as_bad`).
    """
    said = graders_said(columns, criterion)
    bad, good = said.combined(criterion.combine)
    stands = _standings(columns, criterion.name)
    if failures_are_bad:
        counted = [Standing.BAD if one is Standing.FAILED else one for one in stands.values]
        stands = Coded(counted, stands.codes)
    failed = stands.where(lambda one: one is Standing.FAILED)
    valid = stands.where(lambda one: one not in {Standing.FAILED, Standing.SKIPPED})
    decided = stands.where(lambda one: one in {Standing.GOOD, Standing.BAD})
    by_graders = stands.where(lambda one: one is Standing.VERDICT)
    verdict = stands.each(lambda one: _FROM_STANDING.get(one, Code.UNKNOWN), np.int8)
    verdict[by_graders & good] = Code.GOOD
    verdict[by_graders & bad] = Code.BAD
    if not criterion.needs_people:
        decided = valid & (verdict != Code.UNKNOWN)
    return Judged(
        item_digests=columns.item_digests,
        answer_hashes=columns.answer_hashes,
        valid=valid,
        failed=failed,
        verdict=verdict,
        decided=decided,
        by_definition=not criterion.needs_people,
        by_graders=by_graders,
        doubted=said.doubted & by_graders,
    )


def graders_said(columns: AnswerColumns, criterion: Criterion) -> Said:
    """Return what the graders said of each answer, before any rule combines it."""
    name, worst = criterion.name, _verdicts(columns, criterion.name)
    calibrated = columns.calibrated.get(name, ())
    return Said(
        bad=worst == Code.BAD,
        good=worst == Code.GOOD,
        votes=columns.votes.get(name),
        probability=bad_probability(calibrated, criterion.rubric_hash, len(columns)),
    )


def _verdicts(columns: AnswerColumns, criterion: str) -> NDArray[np.int8]:
    said = columns.verdicts.get(criterion)
    nobody = np.full(len(columns), Code.UNKNOWN, dtype=np.int8)
    return nobody if said is None else Coded.of(said).each(int, np.int8)


def _standings(columns: AnswerColumns, criterion: str) -> Coded[Standing]:
    said = _verdicts(columns, ABSTENTION)
    return standings(
        criterion,
        (Coded.of(columns.endings), Coded.of(columns.expected)),
        answerable=Coded.of(columns.answerable).where(bool),
        abstained=said == Code.BAD,
        unsaid=said == Code.UNKNOWN,
    )


def known_codes(
    judged: Judged, criterion: Criterion, known: Mapping[AnswerKey, Truth]
) -> NDArray[np.int8]:
    """Return what people have said of each answer as codes; `UNKNOWN` where nobody has.

    Where a grader's rule is the truth, nobody's word is asked for, and none counts.
    """
    codes = np.full(len(judged.valid), Code.UNKNOWN, dtype=np.int8)
    if not known or judged.by_definition:
        return codes
    for at in np.flatnonzero(judged.valid & ~judged.decided).tolist():
        key = AnswerKey(
            item_digest=judged.item_digests[at],
            answer_hash=judged.answer_hashes[at],
            criterion=criterion.name,
            rubric_hash=criterion.rubric_hash,
        )
        truth = known.get(key)
        if truth is not None:
            codes[at] = _FROM_TRUTH[truth]
    return codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A draw laid over the items: stratum, order, and how far people have come.

    `position` is -1 for items that were not drawn; `reached` is the length of the answered
    prefix of the drawn order. `strata` are disjoint masks over the items, and together all.
    """

    strata: tuple[tuple[StrEnum, NDArray[np.bool_]], ...]
    position: NDArray[np.int64]
    reached: int

    @classmethod
    def laid(
        cls,
        strata: tuple[tuple[StrEnum, NDArray[np.bool_]], ...],
        ids: Sequence[str],
        rows: Sequence[SampleRow],
    ) -> "Sample":
        """Return the drawn rows of a draw, none or more, laid over all items."""
        position = np.broadcast_to(np.int64(-1), len(ids))
        if rows:
            drawn = {row.item_id: row.position for row in rows}
            position = np.array([drawn.get(one, -1) for one in ids], dtype=np.int64)
        return cls(
            strata=strata,
            position=position,
            reached=max((row.position + 1 for row in rows if row.looked_at), default=0),
        )

    def asked(self) -> NDArray[np.bool_]:
        """Return which items lie in the answered prefix."""
        return (self.position >= 0) & (self.position < self.reached)


def nightly_strata(
    flagged: NDArray[np.bool_],
) -> tuple[tuple[ReviewStratum, NDArray[np.bool_]], ...]:
    """Return the two strata of a night's draw as masks over the items."""
    return (ReviewStratum.ALARM, flagged), (ReviewStratum.QUIET, ~flagged)


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

    def asked(self) -> NDArray[np.bool_]:
        """Return which items people were asked about; none where a grader's rule is the truth."""
        asked = self.sample.asked()
        return np.zeros_like(asked) if self.judged.by_definition else asked

    def seen(self) -> NDArray[np.bool_]:
        """Return the answers that people have judged, unconfirmed bad ones among them."""
        tonight = (self.tonight <= Code.BAD) | (self.tonight == Code.PENDING)
        said = (self.earlier <= Code.BAD) | (self.asked() & tonight)
        seen: NDArray[np.bool_] = self.judged.valid & ~self.judged.decided & said
        return seen


def alarm_mask(judged: Sequence[Judged]) -> NDArray[np.bool_]:
    """Return which items are in alarm (`ALARM_IN_WORDS`): any criterion, on either model."""
    flagged = np.zeros(len(judged[0].valid), dtype=np.bool_)
    for one in judged:
        flagged |= one.valid & ((one.verdict != Code.GOOD) | one.doubted)
    return flagged
