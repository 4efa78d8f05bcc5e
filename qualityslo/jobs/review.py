"""Reviews: drawing them, and which of them still wait for people."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from qualityslo.domain.draw import Draw, DrawnItem, draw_entropy, draw_reviews
from qualityslo.domain.evidence import Code
from qualityslo.domain.golden import Criterion, GoldenItem, GoldenSet, Json
from qualityslo.domain.jsonable import instant
from qualityslo.domain.label import AnswerKey, Label, Truth, truths
from qualityslo.domain.outcome import Response, answer_hash
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.jobs.night import Night, Nights, flagged_items
from qualityslo.jobs.parts import Parts

ALWAYS = datetime.max.replace(tzinfo=UTC)


def offer_reviews(plan: Plan, parts: Parts) -> None:
    """Draw tonight's reviews of every golden set with a human criterion, once.

    Labels known from earlier nights leave an item out of the draw only where every answer on it
    is known under every human criterion (design 5.2).
    """
    run = parts.store.begin(plan)
    nights = Nights(plan, parts.store, parts.queue, ALWAYS)
    for golden in plan.goldens:
        if golden.human_criteria and parts.queue.draw(run.run_id, golden.name) is None:
            night = nights.night(run, golden)
            draw = _draw(plan, night)
            reviews = list(_reviews(plan, parts, golden, draw))
            parts.queue.offer(run.run_id, golden.name, draw, reviews)


def _draw(plan: Plan, night: Night) -> Draw:
    golden = night.golden
    ids = np.array(next(iter(night.columns.values())).item_ids, dtype=object)
    open_items = np.zeros(len(ids), dtype=np.bool_)
    human = {criterion.name for criterion in golden.human_criteria}
    for (_, name), one in night.labelled.items():
        if name in human:
            unknown = one.earlier > Code.BAD
            open_items |= one.judged.valid & ~one.judged.decided & unknown
    flagged = flagged_items(
        {key: one.judged for key, one in night.labelled.items()}, golden, len(ids)
    )
    entropy = draw_entropy(plan.seed, plan.service, golden.name, night.run.slot)
    alarm, quiet = ids[open_items & flagged].tolist(), ids[open_items & ~flagged].tolist()
    return draw_reviews(alarm, quiet, plan.review, entropy)


def _reviews(plan: Plan, parts: Parts, golden: GoldenSet, draw: Draw) -> Iterator[Review]:
    places = {one.item_id: one for one in draw.drawn}
    responses = {
        role: parts.store.responses(plan.run_id, golden.name, role, list(places))
        for role in plan.models
    }
    items = (item for item in parts.sources[golden.name].items() if item.id in places)
    for item in items:
        answers = {role: found[item.id] for role, found in responses.items() if item.id in found}
        yield _review(plan, golden, item, places[item.id], answers)


def _review(
    plan: Plan,
    golden: GoldenSet,
    item: GoldenItem,
    place: DrawnItem,
    answers: Mapping[Role, Response],
) -> Review:
    identity = f"{plan.run_id}\x1f{golden.name}\x1f{item.id}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    texts: dict[str, list[str]] = {}
    for role, response in answers.items():
        texts.setdefault(response.text, []).append(role.value)
    order = sorted(texts)
    # Which answer stands first must not tell whose it is: a coin per review, from the seed.
    coin = hashlib.sha256(f"{plan.seed}\x1f{digest}".encode()).digest()[0] & 1
    if coin:
        order.reverse()
    arms = dict(zip("AB", order, strict=False))
    return Review(
        id=digest[:24],
        run_id=plan.run_id,
        service=plan.service,
        golden=golden.name,
        slot=plan.slot,
        item=item,
        position=place.position,
        stratum=place.stratum.value,
        inclusion_probability=place.inclusion_probability,
        arms=arms,
        roles={letter: tuple(texts[text]) for letter, text in arms.items()},
        criteria={one.name: (one.rubric, one.rubric_hash) for one in golden.human_criteria},
    )


def review_keys(review: Review) -> dict[tuple[str, str], AnswerKey]:
    """Return what each blank of a review's form is about, by arm and criterion."""
    return {
        (arm, criterion): AnswerKey(
            item_digest=review.item.digest,
            answer_hash=answer_hash(text),
            criterion=criterion,
            rubric_hash=rubric_hash,
        )
        for arm, text in review.arms.items()
        for criterion, (_, rubric_hash) in review.criteria.items()
    }


def waiting_reviews(
    plan: Plan, parts: Parts, run_id: str, as_of: datetime, *, reviewer: str | None = None
) -> list[Review]:
    """Return the reviews of a run that want a (further) look, in the order of review.

    A review waits for its first look, or for a second one where a bad label is unconfirmed.
    With `reviewer`, those that this person has already looked at are left out.
    """
    reviews = parts.queue.reviews(plan.service, run_id)
    labels = [
        one
        for one in parts.queue.labels_of([review.id for review in reviews])
        if one.recorded_at <= as_of
    ]
    by_review: dict[str, list[Label]] = {}
    for label in labels:
        by_review.setdefault(label.review_id or "", []).append(label)
    criteria = {golden.name: golden.criteria for golden in plan.goldens}
    waiting = []
    for review in reviews:
        mine = by_review.get(review.id, [])
        seen = reviewer is not None and any(one.reviewer == reviewer for one in mine)
        if not seen and _wants_look(mine, criteria.get(review.golden, ())):
            waiting.append(review)
    return waiting


def _wants_look(labels: Sequence[Label], criteria: Iterable[Criterion]) -> bool:
    if not labels:
        return True
    policies = {one.name: one.label_policy for one in criteria}
    return any(truth is Truth.PENDING for truth in truths(labels, policies).values())


def waiting_for_labels(
    plan: Plan, parts: Parts, now: datetime, *, reviewer: str | None = None
) -> list[Review]:
    """Return the reviews whose labels would still count to their night, the oldest night first."""
    waiting = []
    for run in parts.store.runs(plan.service):
        if run.finished_at is not None and plan.deadline.deadline(run.slot, run.finished_at) > now:
            waiting += waiting_reviews(plan, parts, run.run_id, now, reviewer=reviewer)
    return waiting


def review_stats(plan: Plan, parts: Parts, now: datetime) -> list[dict[str, Json]]:
    """Return one row a draw: drawn, looked at, waiting, labels and people."""
    rows: list[dict[str, Json]] = []
    for run in parts.store.runs(plan.service):
        waiting = Counter(one.golden for one in waiting_reviews(plan, parts, run.run_id, now))
        for golden in run.goldens:
            draw = parts.queue.draw(run.run_id, golden)
            if draw is None:
                continue
            sample = parts.queue.sample(run.run_id, golden, now)
            labels = parts.queue.labels_of([row.review_id for row in sample])
            rows.append(
                {
                    "run_id": run.run_id,
                    "slot": instant(run.slot),
                    "golden": golden,
                    "drawn": len(draw.drawn),
                    "looked_at": sum(row.looked_at for row in sample),
                    "waiting": waiting[golden],
                    "labels": len(labels),
                    "reviewers": len({label.reviewer for label in labels}),
                }
            )
    return rows
