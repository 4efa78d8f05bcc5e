"""Labels: what a person said about one answer and criterion, and how several become one truth."""

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


def truths(labels: Iterable[Label], policies: Mapping[str, LabelPolicy]) -> dict[AnswerKey, Truth]:
    """Return the truth of every labelled answer; `policies` maps a criterion to its label policy."""
    grouped: dict[AnswerKey, list[Label]] = {}
    for label in labels:
        grouped.setdefault(label.key, []).append(label)
    return {
        key: truth_of(rows, policies.get(key.criterion, LabelPolicy.CONFIRM_BAD))
        for key, rows in grouped.items()
    }
