"""A desk over a database of its own, with as many reviews as a test wants."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qualityslo.domain.draw import ReviewRule, draw_entropy, draw_reviews
from qualityslo.domain.label import LabelValue
from qualityslo.domain.review import Review
from qualityslo.ports.desk import Form, Lease, SeatOffer, Submission
from qualityslo.store.database import Database
from qualityslo.store.desk import SqlDesk
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.reviews import SqlReviewQueue
from tests.store.conftest import Clock, items_of, plan_for

if TYPE_CHECKING:
    from sqlalchemy import Connection

SERVICE = "shop"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DUE = NOW + timedelta(days=2)
LEASE = timedelta(minutes=15)
BLANKS = (("A", "correctness"), ("B", "correctness"))


@dataclass
class StillClock:
    """A clock of the database that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self, connection: "Connection") -> datetime:
        """Return the present instant."""
        return self.now

    def move(self, **parts: float) -> datetime:
        """Move on by minutes, hours, ..."""
        self.now += timedelta(**parts)
        return self.now


@dataclass
class Mint:
    """Makes tokens that a reader can follow."""

    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> str:
        """Return the next token."""
        return f"token {next(self.numbers)}"


def draw_into(database: Database, count: int, *, service: str = SERVICE) -> list[Review]:
    """Store a night of so many reviews; return them in their order."""
    plan = plan_for(service)
    clock = Clock()
    facts, queue = SqlFactStore(database, clock), SqlReviewQueue(database, clock)
    items = items_of(count)
    run_id = facts.begin(plan).run_id
    facts.append_items(run_id, "faq", items)
    rule = ReviewRule(items_per_night=count)
    entropy = draw_entropy(plan.seed, service, "faq", plan.slot)
    draw = draw_reviews([], [item.id for item in items], rule, entropy)
    by_id = {item.id: item for item in items}
    reviews = [
        Review(
            id=f"{service}{one.position:05}",
            run_id=run_id,
            service=service,
            golden="faq",
            slot=plan.slot,
            item=by_id[one.item_id],
            position=one.position,
            stratum=one.stratum.value,
            inclusion_probability=one.inclusion_probability,
            arms={"A": f"yes \U0001f680 {one.item_id}", "B": "no"},
            roles={"A": ("candidate",), "B": ("baseline",)},
            criteria={"correctness": ("Is it right?", "r" * 64)},
        )
        for one in draw.drawn
    ]
    queue.offer(run_id, "faq", draw, reviews)
    return reviews


def offers_for(
    reviews: Iterable[Review], *, seats: int = 1, due_at: datetime = DUE
) -> list[SeatOffer]:
    """Return an offer a review, in the order of the draw."""
    return [
        SeatOffer(review_id=one.id, seats=seats, priority=one.position, due_at=due_at)
        for one in reviews
    ]


def form_of(first: LabelValue = LabelValue.GOOD, second: LabelValue = LabelValue.BAD) -> Form:
    """Return a whole form."""
    return Form(values=dict(zip(BLANKS, (first, second), strict=True)))


def hand_in(lease: Lease, key: str, form: Form | None = None) -> Submission:
    """Return a form handed in under a lease."""
    return Submission(token=lease.token, key=key, form=form or form_of(), order=("B", "A"))


@dataclass(kw_only=True)
class World:
    """A desk, its clock, and the reviews that its store has."""

    database: Database
    clock: StillClock
    desk: SqlDesk
    queue: SqlReviewQueue
    reviews: Sequence[Review]

    def open(self, *, seats: int = 1) -> None:
        """Offer every review."""
        self.desk.offer(offers_for(self.reviews, seats=seats))

    def claim(self, reviewer: str) -> Lease:
        """Return the lease that a person gets; there must be one."""
        lease = self.desk.claim(SERVICE, reviewer, LEASE)
        assert lease is not None
        return lease

    def nothing_for(self, reviewer: str) -> bool:
        """Return whether nothing waits for a person."""
        return self.desk.claim(SERVICE, reviewer, LEASE) is None


def world_in(database: Database, count: int) -> World:
    """Return a world over an empty database."""
    clock = StillClock()
    return World(
        database=database,
        clock=clock,
        desk=SqlDesk(database, Mint(), clock),
        queue=SqlReviewQueue(database, Clock()),
        reviews=draw_into(database, count),
    )
