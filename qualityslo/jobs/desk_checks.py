"""Gold and repeats: what checks the reviewers, mixed in unseen, and never estimates.

Gold is an answer of an earlier, final night whose truth two agreeing people or an adjudicator
have settled; a repeat is an answer that the same person has judged before.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.plan import Plan
from qualityslo.jobs.night import finished_runs
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import HISTORY, NIGHTLY
from qualityslo.ports.desk import HandedIn, Purpose, SeatOffer, Tally

REPEAT_AFTER = timedelta(days=1)  # before that people remember
_OPINIONS = frozenset({LabelValue.GOOD, LabelValue.BAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule:
    """How often people are checked, as shares of what they look at; 0 is never.

    Raises:
        ValueError: a share outside of [0, 0.5].
    """

    gold: float = 0.05
    repeats: float = 0.05

    def __post_init__(self) -> None:
        """Refuse shares that would leave little work."""
        for share in (self.gold, self.repeats):
            if not 0 <= share <= 0.5:
                raise ValueError(f"a share of checks is from 0 to 0.5, not {share!r}")


def check_offers(
    plan: Plan, parts: Parts, now: datetime, rule: CheckRule, priority: int
) -> list[SeatOffer]:
    """Return the checks that are due, at most one of a kind a person.

    Args:
        plan: for its seed, and for which nights are final.
        parts: the adapters, with a desk.
        now: the present instant.
        rule: how often.
        priority: before that of every review that waits, so that a check comes next.
    """
    desk = parts.desk
    assert desk is not None
    tallies = desk.tallies(plan.service)
    golden = [one for one in tallies if _is_due(plan.seed, one, Purpose.GOLD, rule.gold)]
    repeated = [one for one in tallies if _is_due(plan.seed, one, Purpose.REPEAT, rule.repeats)]
    if not golden and not repeated:
        return []
    handed_in = desk.handed_in(plan.service)
    settled = sorted(settled_reviews(plan, parts, now)) if golden else []
    until = now + plan.deadline.after_slot
    chosen = [
        *(
            (who.reviewer, Purpose.GOLD, _gold_for(plan, who.reviewer, settled, handed_in))
            for who in golden
        ),
        *(
            (who.reviewer, Purpose.REPEAT, _repeat_for(plan, who.reviewer, handed_in, now))
            for who in repeated
        ),
    ]
    return [
        SeatOffer(
            review_id=review_id,
            seats=1,
            priority=priority,
            due_at=until,
            purpose=purpose,
            only_for=reviewer,
        )
        for reviewer, purpose, review_id in chosen
        if review_id
    ]


def _is_due(seed: int, one: Tally, purpose: Purpose, share: float) -> bool:
    """Return whether so much was handed in since the last check that another is due.

    The distance between two is drawn from half to one and a half times the mean: nobody can
    count it out.
    """
    if not share:
        return False
    gold = purpose is Purpose.GOLD
    so_far, since = (one.gold, one.since_gold) if gold else (one.repeats, one.since_repeat)
    mean = 1 / share
    drawn = _drawn(seed, purpose.value, one.reviewer, str(so_far)) / 2**64
    return since >= mean * (0.5 + drawn)


def _drawn(seed: int, *names: str) -> int:
    """Return a number of 64 bits that follows from the seed and names, as if drawn."""
    text = "\x1f".join((str(seed), *names)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def _gold_for(
    plan: Plan, reviewer: str, settled: Sequence[str], handed_in: Sequence[HandedIn]
) -> str:
    """Return a settled review that a person has never had, drawn; "" where there is none."""
    seen = {one.review_id for one in handed_in if one.reviewer == reviewer}
    unseen = [one for one in settled if one not in seen]
    return min(unseen, key=lambda one: _drawn(plan.seed, "gold", reviewer, one), default="")


def _repeat_for(plan: Plan, reviewer: str, handed_in: Sequence[HandedIn], now: datetime) -> str:
    """Return a review that a person judged some time ago, once, drawn; "" where there is none."""
    mine = [one for one in handed_in if one.reviewer == reviewer]
    repeated = {one.review_id for one in mine if one.purpose is Purpose.REPEAT}
    old = [
        one.review_id
        for one in mine
        if one.purpose is Purpose.ESTIMATE
        and not one.skipped
        and one.submitted_at <= now - REPEAT_AFTER
        and one.review_id not in repeated
    ]
    return min(old, key=lambda one: _drawn(plan.seed, "repeat", reviewer, one), default="")


def settled_reviews(plan: Plan, parts: Parts, now: datetime) -> set[str]:
    """Return the reviews of the last final nights of which any answer is settled."""
    return {review_id for review_id, _ in settled_answers(_final_labels(plan, parts, now))}


def _final_labels(plan: Plan, parts: Parts, now: datetime) -> list[Label]:
    final = [
        run
        for run in finished_runs(parts.store.runs(plan.service, NIGHTLY), now)
        if run.finished_at is not None and plan.deadline.deadline(run.slot, run.finished_at) <= now
    ]
    rows = [
        row.review_id
        for run in final[-HISTORY:]
        for golden in plan.goldens
        for row in parts.queue.sample(run.run_id, golden.name, now)
        if row.looked_at
    ]
    return parts.queue.labels_of(rows, now)


def settled_answers(
    labels: Sequence[Label], without: str | None = None
) -> Mapping[tuple[str, AnswerKey], LabelValue]:
    """Return what is certain of the answers of reviews, by review and answer.

    An adjudicator's word is, and what two or more people say where nobody says otherwise.

    Args:
        labels: of any reviews, in the order in which they were recorded.
        without: somebody whose own word does not count: they are the one to be checked.
    """
    said: dict[tuple[str, AnswerKey], dict[str, Label]] = {}
    for label in labels:
        if label.review_id and label.reviewer != without and label.value in _OPINIONS:
            said.setdefault((label.review_id, label.key), {})[label.reviewer] = label
    return dict(_certain(said))


def _certain(
    said: Mapping[tuple[str, AnswerKey], Mapping[str, Label]],
) -> Iterator[tuple[tuple[str, AnswerKey], LabelValue]]:
    for place, by_person in said.items():
        rulings = [one.value for one in by_person.values() if one.adjudicates]
        values = {one.value for one in by_person.values()}
        if rulings:
            yield place, rulings[-1]
        elif len(by_person) > 1 and len(values) == 1:
            yield place, values.pop()
