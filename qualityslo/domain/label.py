"""Labels: what a person said about one answer and criterion, and how several become one truth."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qualityslo.domain.golden import LabelPolicy


class LabelValue(StrEnum):
    """What a person said; `UNSURE` and `SKIPPED` are missing data, not opinions."""

    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKey:
    """What a label is about, whoever answered and whenever: the key of label memory."""

    item_digest: str
    answer_hash: str
    criterion: str
    rubric_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One row of a person's judgement.

    `review_id` and `slot` name the review it answers; without a review it has no inclusion
    probability, is kept and shown, and never estimates (design 7.4).
    """

    id: str
    key: AnswerKey
    value: LabelValue
    reviewer: str
    recorded_at: datetime
    review_id: str | None = None
    slot: datetime | None = None
    adjudicates: bool = False
    note: str = ""


class Truth(StrEnum):
    """What the labels of one answer amount to."""

    GOOD = "good"
    BAD = "bad"
    PENDING = "pending"  # a second look or an adjudication is awaited
    MISSING = "missing"  # looked at, but without an opinion


def truth_of(labels: Iterable[Label], policy: LabelPolicy) -> Truth:
    """Return what the labels of one answer and criterion amount to under a label policy.

    The latest label of each reviewer counts. An adjudication settles every policy.
    """
    latest: dict[str, Label] = {}
    for label in sorted(labels, key=lambda one: (one.recorded_at, one.id)):
        latest[label.reviewer] = label
    opinions = [one for one in latest.values() if one.value in {LabelValue.GOOD, LabelValue.BAD}]
    opinions.sort(key=lambda one: (one.recorded_at, one.id))
    if not opinions:
        return Truth.MISSING
    rulings = [one for one in opinions if one.adjudicates]
    if rulings:
        return Truth(rulings[-1].value.value)
    if policy is LabelPolicy.SINGLE:
        return Truth(opinions[-1].value.value)
    return _confirmed(opinions)


def _confirmed(opinions: list[Label]) -> Truth:
    bad = sum(one.value is LabelValue.BAD for one in opinions)
    if bad == 0:
        return Truth.GOOD
    if bad >= 2 and bad == len(opinions):
        return Truth.BAD
    return Truth.PENDING


DOUBLED_SHARE = 0.10  # of the reviews, whose good labels get a second look as well (design 5.3)


def is_doubled(review_id: str) -> bool:
    """Return whether a review's good labels are looked at twice: a tenth of all, by its name.

    >>> sum(is_doubled(f"review {n}") for n in range(10_000))
    1030
    """
    digest = hashlib.sha256(f"doubled\x1f{review_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < DOUBLED_SHARE * 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLooks:
    """How often a second, blind look did not confirm a good label: what single looks miss.

    `doubled` counts answers called good that a second person judged, `overturned` those that the
    second called bad. Only reviews that chance had marked for it count.
    """

    doubled: int
    overturned: int


def second_looks(labels: Iterable[Label]) -> SecondLooks:
    """Count the second looks at good labels of the reviews that are doubled."""
    opinions: dict[AnswerKey, dict[str, LabelValue]] = {}
    for label in sorted(labels, key=lambda one: (one.recorded_at, one.id)):
        said = label.value in {LabelValue.GOOD, LabelValue.BAD} and not label.adjudicates
        if said and label.review_id is not None and is_doubled(label.review_id):
            opinions.setdefault(label.key, {}).setdefault(label.reviewer, label.value)
    pairs = [tuple(said.values())[:2] for said in opinions.values() if len(said) > 1]
    second = [pair[1] for pair in pairs if pair[0] is LabelValue.GOOD]
    return SecondLooks(doubled=len(second), overturned=second.count(LabelValue.BAD))


def truths(labels: Iterable[Label], policies: Mapping[str, LabelPolicy]) -> dict[AnswerKey, Truth]:
    """Return the truth of every labelled answer; `policies` maps a criterion to its label policy."""
    grouped: dict[AnswerKey, list[Label]] = {}
    for label in labels:
        grouped.setdefault(label.key, []).append(label)
    return {
        key: truth_of(rows, policies.get(key.criterion, LabelPolicy.CONFIRM_BAD))
        for key, rows in grouped.items()
    }
