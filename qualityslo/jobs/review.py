"""Reviews of a night: drawing them, and which of them still wait for people."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from qualityslo.domain.draw import Draw, DrawHistory, draw_entropy, draw_reviews
from qualityslo.domain.estimation import Where, criterion_result
from qualityslo.domain.evidence import Code, Labelled
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import GoldenSet, Json, LabelPolicy
from qualityslo.domain.jsonable import instant
from qualityslo.domain.label import Label, LabelValue, Truth, is_doubled, truth_of
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import SloState, state_of
from qualityslo.jobs.forms import forms
from qualityslo.jobs.night import Night, Nights, finished_runs, flagged_items
from qualityslo.jobs.parts import Parts

NIGHTLY, RELEASE = "nightly", "release"
ALWAYS = datetime.max.replace(tzinfo=UTC)
HISTORY = 14  # final nights that a night's allocation learns from


def offer_reviews(plan: Plan, parts: Parts) -> None:
    """Draw tonight's reviews of every golden set with a human criterion, once.

    Labels known from earlier nights leave an item out of the draw only where every answer on it
    is known under every human criterion (design 5.2).
    """
    run = parts.store.begin(plan)
    nights = Nights(plan, parts.store, parts.queue, ALWAYS)
    for golden in plan.goldens:
        if golden.human_criteria and parts.queue.draw(run.run_id, golden.name) is None:
            draw = _draw(plan, nights.night(run, golden), _history(plan, parts, run, golden))
            reviews = list(forms(plan, parts, golden, draw, run, run))
            parts.queue.offer(run.run_id, golden.name, draw, reviews)


def _draw(plan: Plan, night: Night, history: Sequence[DrawHistory]) -> Draw:
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
    return draw_reviews(alarm, quiet, plan.review, entropy, history)


def _history(plan: Plan, parts: Parts, run: RunRow, golden: GoldenSet) -> list[DrawHistory]:
    """Return what earlier final nights found, for each human criterion and model.

    As of the instant at which the run began, so that a resumed run draws the same items.
    """
    nights = Nights(plan, parts.store, parts.queue, run.started_at)
    final = [
        row
        for row in finished_runs(parts.store.runs(plan.service, run.kind), run.started_at)
        if row.slot < run.slot
        and golden.name in row.goldens
        and nights.is_final(row, needs_labels=True)
    ]
    seen = [nights.night(row, golden).labelled for row in final[-HISTORY:]]
    human = {criterion.name for criterion in golden.human_criteria}
    keys = [(role, name) for role in plan.models for name in sorted(human)] if seen else []
    return [_pooled([labelled[key] for labelled in seen]) for key in keys]


def _pooled(labelled: Sequence[Labelled]) -> DrawHistory:
    looked, bad = np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    for one in labelled:
        fresh = one.asked() & one.judged.valid & (one.earlier > Code.BAD)
        for at, (_, mask) in enumerate(one.sample.strata):
            looked[at] += int((fresh & mask & (one.tonight <= Code.BAD)).sum())
            bad[at] += int((fresh & mask & (one.tonight == Code.BAD)).sum())
    return DrawHistory(
        alarm_labelled=int(looked[0]),
        alarm_bad=int(bad[0]),
        quiet_labelled=int(looked[1]),
        quiet_bad=int(bad[1]),
    )


def waiting_reviews(
    plan: Plan, parts: Parts, run: RunRow, as_of: datetime, *, reviewer: str | None = None
) -> list[Review]:
    """Return the reviews of a run that want a (further) look, in the order of review.

    A review waits for its first look, for a second one where a bad label is unconfirmed or chance
    has marked its good labels to be doubled, and not at all while it belongs to a second stage
    that is not open. With `reviewer`, those that this person has already looked at are left out.
    """
    reviews = parts.queue.reviews(plan.service, run.run_id)
    by_review: dict[str, list[Label]] = {}
    for label in parts.queue.labels_of([review.id for review in reviews], as_of):
        by_review.setdefault(label.review_id or "", []).append(label)
    policies = {
        golden.name: {one.name: one.label_policy for one in golden.criteria}
        for golden in plan.goldens
    }
    stages = _second_stages(plan, parts, run, as_of)
    waiting = []
    for review in reviews:
        mine = by_review.get(review.id, [])
        seen = reviewer is not None and any(one.reviewer == reviewer for one in mine)
        later = review.golden in stages and review.position >= plan.review.items_per_night
        if seen or (later and not stages[review.golden]):
            continue
        if _wants_look(review.id, mine, policies.get(review.golden, {})):
            waiting.append(review)
    return waiting


def _second_stages(plan: Plan, parts: Parts, run: RunRow, as_of: datetime) -> dict[str, bool]:
    """Return whether the second stage of a night's draw is open, by golden set that has one."""
    if not plan.review.second_stage or run.kind != NIGHTLY:
        return {}
    nights = Nights(plan, parts.store, parts.queue, as_of)
    stages = {}
    for golden in plan.goldens:
        if golden.human_criteria:
            rows = parts.queue.sample(run.run_id, golden.name, as_of)
            first = rows[: plan.review.items_per_night]
            done = all(row.looked_at for row in first)
            stages[golden.name] = _is_open(plan, nights.night(run, golden), first_done=done)
    return stages


def _is_open(plan: Plan, night: Night, *, first_done: bool) -> bool:
    """Return whether the first stage is done and has left an SLO of the serving role undecided.

    Once people have looked at the second stage it stays open, whatever they said: a look that
    ends as soon as it shows what was hoped for would be biased.
    """
    first = plan.review.items_per_night
    where = Where(golden=night.golden.name, role=Role.BASELINE, slot=night.run.slot)
    for slo in plan.slos:
        criterion = night.golden.criterion(slo.sli.criterion or "")
        if slo.golden != night.golden.name or criterion is None or not criterion.needs_people:
            continue
        labelled = night.labelled[Role.BASELINE, criterion.name]
        if labelled.sample.reached > first:
            return True
        result = criterion_result(labelled, criterion, where, plan.estimation)
        undecided = state_of(result.estimate, slo.target) is SloState.UNDECIDED
        if first_done and undecided:
            return True
    return False


def _wants_look(review_id: str, labels: Sequence[Label], policies: dict[str, LabelPolicy]) -> bool:
    if not labels:
        return True
    by_key: dict[object, list[Label]] = {}
    for label in labels:
        by_key.setdefault(label.key, []).append(label)
    return any(
        _is_unsettled(
            rows, policies.get(rows[0].key.criterion, LabelPolicy.CONFIRM_BAD), review_id
        )
        for rows in by_key.values()
    )


def _is_unsettled(labels: Sequence[Label], policy: LabelPolicy, review_id: str) -> bool:
    """Return whether one answer and criterion wants another person's look."""
    truth = truth_of(labels, policy)
    if truth is Truth.PENDING:
        return True
    people = {one.reviewer for one in labels if one.value in {LabelValue.GOOD, LabelValue.BAD}}
    alone = truth is Truth.GOOD and len(people) == 1
    return alone and policy is LabelPolicy.CONFIRM_BAD and is_doubled(review_id)


def collecting_until(plan: Plan, run: RunRow, now: datetime) -> datetime | None:
    """Return until when labels count to a run's draw; None where it has been decided by them.

    A night's draw collects until the slot's deadline, a release draw from when it was ordered
    for as long as a slot does, but only until it is concluded.
    """
    if run.kind == RELEASE:
        return None if run.finished_at else run.started_at + plan.deadline.after_slot
    return plan.deadline.deadline(run.slot, run.finished_at or now)


def waiting_for_labels(
    plan: Plan, parts: Parts, now: datetime, *, reviewer: str | None = None
) -> list[Review]:
    """Return the reviews whose labels would still count to their draw, the oldest night first."""
    waiting = []
    for run in parts.store.runs(plan.service):
        until = collecting_until(plan, run, now)
        begun = run.kind == RELEASE or run.finished_at is not None
        if begun and until is not None and until > now:
            waiting += waiting_reviews(plan, parts, run, now, reviewer=reviewer)
    return waiting


def review_stats(plan: Plan, parts: Parts, now: datetime) -> list[dict[str, Json]]:
    """Return one row a draw: drawn, looked at, waiting, labels and people."""
    rows: list[dict[str, Json]] = []
    for run in parts.store.runs(plan.service):
        waiting = Counter(one.golden for one in waiting_reviews(plan, parts, run, now))
        for golden in run.goldens:
            draw = parts.queue.draw(run.run_id, golden)
            if draw is None:
                continue
            sample = parts.queue.sample(run.run_id, golden, now)
            labels = parts.queue.labels_of([row.review_id for row in sample])
            rows.append(
                {
                    "run_id": run.run_id,
                    "kind": run.kind,
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
