"""Filling the reviewers' desk: how many seats every review has, and which checks go between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import Label, LabelValue, Truth, truth_of
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.errors import UsageError
from qualityslo.jobs.desk_checks import CheckRule, check_offers
from qualityslo.jobs.forms import review_keys
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import collecting_until, waiting_for_labels
from qualityslo.ports.desk import DeskRecords, SeatOffer

_POSITIONS = 10_000  # of one night, that have a place of their own in the order
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_OPINIONS = frozenset({LabelValue.GOOD, LabelValue.BAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh changed: seats made, and seats taken away."""

    made: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One answer and criterion on which people differ, with what each of them said."""

    review: Review
    arm: str
    criterion: str
    labels: tuple[Label, ...]


def desk_of(parts: Parts) -> DeskRecords:
    """Return the desk.

    Raises:
        UsageError: the service was opened without one.
    """
    if parts.desk is None:
        raise UsageError("this service was opened without a reviewers' desk")
    return parts.desk


def refresh_desk(
    plan: Plan, parts: Parts, now: datetime, rule: CheckRule | None = None
) -> Refreshed:
    """Make the seats that are wanted now, and take away those that no longer are.

    A review that nobody has looked at has one seat; one more where a bad label is unconfirmed or
    its good labels are doubled, for somebody else; one for an adjudicator where people differ.
    Seats come in the order of the draw, the oldest night first. Gold and repeats are mixed in.

    Args:
        plan: the rules.
        parts: the adapters, with a desk.
        now: the present instant.
        rule: how often people are checked; by default as `CheckRule` says.
    """
    desk = desk_of(parts)
    waiting = waiting_for_labels(plan, parts, now)
    offers = list(_offers(plan, parts, waiting, now))
    wanted = {one.review_id for one in offers}
    stale = [one for one in desk.standing(plan.service) if one not in wanted]
    withdrawn = desk.withdraw(stale) if stale else 0
    if offers:  # nobody is called for checks alone
        ahead = min(one.priority for one in offers) - 1
        offers += check_offers(plan, parts, now, rule or CheckRule(), ahead)
    return Refreshed(made=desk.offer(offers) if offers else 0, withdrawn=withdrawn)


def _offers(
    plan: Plan, parts: Parts, waiting: Sequence[Review], now: datetime
) -> Iterator[SeatOffer]:
    runs = {run.run_id: run for run in parts.store.runs(plan.service)}
    labels = _by_review(parts.queue.labels_of([one.id for one in waiting]))
    for review in waiting:
        until = collecting_until(plan, runs[review.run_id], now)
        assert until is not None  # it would not wait otherwise
        said = labels.get(review.id, [])
        disputed = bool(_disputes(plan, review, said))
        looked = {one.reviewer for one in said if one.adjudicates is disputed}
        yield SeatOffer(
            review_id=review.id,
            seats=len(looked) + 1,
            priority=_priority(review),
            due_at=until,
            adjudicates=disputed,
        )


def _by_review(labels: Sequence[Label]) -> dict[str, list[Label]]:
    found: dict[str, list[Label]] = {}
    for label in labels:
        found.setdefault(label.review_id or "", []).append(label)
    return found


def _priority(review: Review) -> int:
    """Return a review's place among all that wait: by night, then by the order of the draw."""
    minutes = int((review.slot - _EPOCH).total_seconds() // 60)
    return minutes * _POSITIONS + min(review.position, _POSITIONS - 1)


def _disputes(plan: Plan, review: Review, labels: Sequence[Label]) -> list[Dispute]:
    """Return the blanks of a review on which people differ and nobody has ruled."""
    golden = next((one for one in plan.goldens if one.name == review.golden), None)
    found = []
    for (arm, criterion), key in review_keys(review).items():
        judged = None if golden is None else golden.criterion(criterion)
        policy = LabelPolicy.CONFIRM_BAD if judged is None else judged.label_policy
        said = tuple(one for one in labels if one.key == key)
        people = {one.reviewer for one in said if one.value in _OPINIONS}
        if len(people) > 1 and truth_of(said, policy) is Truth.PENDING:
            found.append(Dispute(review=review, arm=arm, criterion=criterion, labels=said))
    return found


def disputes(plan: Plan, parts: Parts, now: datetime) -> list[Dispute]:
    """Return what waits for an adjudicator, the oldest night first."""
    waiting = waiting_for_labels(plan, parts, now)
    labels = _by_review(parts.queue.labels_of([one.id for one in waiting]))
    return [
        dispute
        for review in waiting
        for dispute in _disputes(plan, review, labels.get(review.id, []))
    ]


def settle_dispute(parts: Parts, dispute: Dispute, value: LabelValue, by: str, note: str) -> Label:
    """Store an adjudicator's word on a dispute.

    Raises:
        LabelError: the word is no opinion.
        UsageError: the service was opened without a desk.
    """
    blank = (dispute.arm, dispute.criterion)
    return desk_of(parts).rule(dispute.review.id, blank, value, by, note)
