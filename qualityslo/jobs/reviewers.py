"""How people review: how much and how fast, how well on known answers, and how far they agree."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from qualityslo.domain.label import AnswerKey, Label, LabelValue, is_doubled
from qualityslo.domain.plan import Plan
from qualityslo.jobs.desk import desk_of
from qualityslo.jobs.desk_checks import settled_answers
from qualityslo.jobs.parts import Parts
from qualityslo.ports.desk import Check, HandedIn, Purpose
from qualityslo.stats import Agreement, Estimate, agreement, clopper_pearson

_OPINIONS = frozenset({LabelValue.GOOD, LabelValue.BAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerFigures:
    """How one person works.

    Attributes:
        name: as on their labels.
        labels: opinions that stand.
        missing: answers of which they said that they were unsure, or that they skipped.
        median_seconds: from the lease to the form, skipped forms left out; None without any.
        gold: share of known answers that they judged right; None without any.
        self_agreement: share of repeats on which they said again what they had said before.
        flagged: forms on which they called for attention.
    """

    name: str
    labels: int
    missing: int
    median_seconds: float | None
    gold: Estimate | None
    self_agreement: Estimate | None
    flagged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAgreement:
    """How far people agree on one criterion of one golden set."""

    golden: str
    criterion: str
    found: Agreement


def reviewer_figures(
    plan: Plan, parts: Parts, now: datetime, confidence: float = 0.95
) -> list[ReviewerFigures]:
    """Return a row a person who has labelled, by name.

    Args:
        plan: whose golden sets.
        parts: the adapters, with a desk.
        now: which labels are known.
        confidence: of the intervals, exact ones of a binomial share.

    Raises:
        UsageError: the service was opened without a desk.
    """
    desk = desk_of(parts)
    labels = [
        one
        for golden in plan.goldens
        for one in parts.queue.labels(plan.service, golden.name, now)
    ]
    checks, forms = desk.checks(plan.service), desk.handed_in(plan.service)
    on_gold = [one.review_id for one in checks if one.purpose is Purpose.GOLD]
    known = parts.queue.labels_of(on_gold, now)
    names = sorted({one.reviewer for one in labels} | {one.reviewer for one in forms})
    return [
        _figures(
            name,
            [one for one in labels if one.reviewer == name],
            [one for one in forms if one.reviewer == name],
            _marks([one for one in checks if one.reviewer == name], labels, known),
            confidence,
        )
        for name in names
    ]


def _figures(
    name: str,
    labels: Sequence[Label],
    forms: Sequence[HandedIn],
    marks: tuple[list[bool], list[bool]],
    confidence: float,
) -> ReviewerFigures:
    opinions = sum(one.value in _OPINIONS for one in labels)
    seconds = [one.seconds for one in forms if one.seconds is not None and not one.skipped]
    return ReviewerFigures(
        name=name,
        labels=opinions,
        missing=len(labels) - opinions,
        median_seconds=statistics.median(seconds) if seconds else None,
        gold=_share(marks[0], confidence),
        self_agreement=_share(marks[1], confidence),
        flagged=sum(one.flagged for one in forms),
    )


def _marks(
    checks: Sequence[Check], labels: Sequence[Label], known: Sequence[Label]
) -> tuple[list[bool], list[bool]]:
    """Return whether each opinion on gold was right, and each on a repeat as before."""
    if not checks:
        return [], []
    name = checks[0].reviewer
    truth = settled_answers(known, without=name)
    before: dict[tuple[str, AnswerKey], LabelValue] = {}
    for label in labels:
        if label.reviewer == name and label.review_id:
            before[label.review_id, label.key] = label.value
    gold: list[bool] = []
    repeats: list[bool] = []
    for check in checks:
        place = (check.review_id, check.about)
        is_gold = check.purpose is Purpose.GOLD
        wanted = truth.get(place) if is_gold else before.get(place)
        if wanted in _OPINIONS and check.value in _OPINIONS:
            (gold if is_gold else repeats).append(check.value is wanted)
    return gold, repeats


def _share(right: Sequence[bool], confidence: float) -> Estimate | None:
    if not right:
        return None
    low, high = clopper_pearson(sum(right), len(right), confidence)
    return Estimate(
        point=sum(right) / len(right),
        low=low,
        high=high,
        confidence=confidence,
        labelled=len(right),
        items=len(right),
        frame="traffic",
        method="clopper_pearson",
    )


def reviewer_agreement(
    plan: Plan, parts: Parts, now: datetime, rng: np.random.Generator
) -> list[CriterionAgreement]:
    """Return how far people agree, a row a criterion that people judge.

    Only reviews that chance had marked to be doubled count: elsewhere a second look is asked for
    where the first one said bad, and such pairs agree less than people do. Adjudications, gold
    and repeats are left out.

    Args:
        plan: whose golden sets.
        parts: the adapters.
        now: which labels are known.
        rng: the source of the resamples behind the intervals.
    """
    rows = []
    for golden in plan.goldens:
        labels = [
            one
            for one in parts.queue.labels(plan.service, golden.name, now)
            if one.review_id and is_doubled(one.review_id) and not one.adjudicates
        ]
        for criterion in golden.human_criteria:
            about = [one for one in labels if one.key.criterion == criterion.name]
            found = agreement(_ratings(about), rng=rng)
            rows.append(
                CriterionAgreement(golden=golden.name, criterion=criterion.name, found=found)
            )
    return rows


def _ratings(labels: Sequence[Label]) -> list[list[str | None]]:
    """Return a row a person, a column an answer of a review; what a person said last."""
    said: dict[str, dict[tuple[str | None, AnswerKey], str]] = {}
    for label in labels:
        if label.value in _OPINIONS:
            said.setdefault(label.reviewer, {})[label.review_id, label.key] = label.value.value
    places = list(dict.fromkeys(place for row in said.values() for place in row))
    return [[row.get(place) for place in places] for row in said.values()]
