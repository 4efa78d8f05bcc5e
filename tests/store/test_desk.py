"""The desk's contract, on every database: who gets which review."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.domain.label import Label, LabelValue
from qualityslo.domain.person import Role
from qualityslo.errors import StoreError
from qualityslo.ports.desk import Outcome, Purpose, SeatOffer
from qualityslo.store.database import open_database
from qualityslo.store.people import SqlPeople
from tests.store.desk_world import (
    BLANKS,
    DUE,
    LEASE,
    SERVICE,
    Mint,
    World,
    draw_into,
    form_of,
    hand_in,
    offers_for,
    world_in,
)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Return a desk with three reviews, none of them offered."""
    with open_database(database_url) as database:
        yield world_in(database, 3)


class TestOffers:
    """Seats: how many there are, and of what."""

    def test_twice_makes_nothing_new(self, world: World) -> None:
        """Refreshing the desk is safe at any time."""
        assert world.desk.offer(offers_for(world.reviews, seats=2)) == 6
        assert world.desk.offer(offers_for(world.reviews, seats=2)) == 0
        assert world.desk.counts(SERVICE).open == 6

    def test_more_seats_are_added_to_those_that_are_there(self, world: World) -> None:
        """A second look is wanted: one more seat, not two."""
        world.open()
        assert world.desk.offer(offers_for(world.reviews[:1], seats=2)) == 1

    def test_a_void_seat_does_not_count(self, world: World) -> None:
        """What was withdrawn can be offered again."""
        world.open()
        assert world.desk.withdraw([world.reviews[0].id]) == 1
        assert world.desk.offer(offers_for(world.reviews)) == 1

    def test_a_review_that_nobody_has_is_refused_whole(self, world: World) -> None:
        """Nothing of the call stays."""
        strange = SeatOffer(review_id="nowhere", seats=1, priority=0, due_at=DUE)
        with pytest.raises(StoreError, match="nowhere"):
            world.desk.offer([*offers_for(world.reviews), strange])
        assert world.desk.counts(SERVICE).open == 0

    def test_a_look_that_was_imported_takes_a_seat(self, world: World) -> None:
        """And its person is not asked again."""
        label = label_on(world, reviewer="ann")
        world.queue.append_labels([label])
        assert world.desk.offer(offers_for(world.reviews[:1], seats=2)) == 1
        assert world.nothing_for("ann")
        assert world.claim("bob").seat_no == 2

    def test_seats_past_their_deadline_are_void_at_the_next_offer(self, world: World) -> None:
        """And nobody gets one before that either."""
        world.open()
        world.clock.now = DUE
        assert world.nothing_for("ann")
        world.desk.offer([])
        later = offers_for(world.reviews[:1], due_at=DUE + timedelta(days=1))
        assert world.desk.offer(later) == 1
        counts = world.desk.counts(SERVICE)
        assert (counts.open, counts.void) == (1, 3)

    def test_services_do_not_see_each_other(self, world: World) -> None:
        """One store may have several."""
        others = draw_into(world.database, 2, service="desk")
        world.desk.offer(offers_for(others))
        assert world.nothing_for("ann")
        lease = world.desk.claim("desk", "ann", LEASE)
        assert lease is not None
        assert lease.review.service == "desk"
        assert world.desk.counts(SERVICE).leased == 0

    def test_counts_say_what_came_in_since_an_instant(self, world: World) -> None:
        """Of any purpose, as long as it stands; and how many seats wait for adjudicators."""
        world.open()
        world.desk.submit("ann", hand_in(world.claim("ann"), "0"))
        since = world.clock.move(minutes=1)
        for number in (1, 2):
            world.desk.submit("ann", hand_in(world.claim("ann"), str(number)))
        world.desk.undo("2", "ann")
        settles = replace(offers_for(world.reviews)[0], adjudicates=True)
        world.desk.offer([settles])
        counts = world.desk.counts(SERVICE, since)
        assert (counts.done_since, counts.adjudications) == (1, 1)
        assert world.desk.counts(SERVICE).done_since == 0

    def test_a_review_is_found_by_its_name(self, world: World) -> None:
        """Blind, for the page."""
        assert world.desk.review(world.reviews[1].id) == world.reviews[1]
        assert world.desk.review("nowhere") is None

    def test_counts_say_since_when_the_oldest_waits(self, world: World) -> None:
        """Open seats only."""
        assert world.desk.counts(SERVICE).oldest_open is None
        world.open()
        first = world.clock.now
        world.clock.move(hours=1)
        world.desk.offer(offers_for(world.reviews, seats=2))
        assert world.desk.counts(SERVICE).oldest_open == first


def label_on(world: World, *, reviewer: str, label_id: str = "outside") -> Label:
    """Return a label on the first review that did not come over the desk."""
    world_label = world_labels(world, reviewer)
    return replace(world_label, id=label_id)


def world_labels(world: World, reviewer: str) -> Label:
    """Return a label on the first review's first blank."""
    from qualityslo.jobs.forms import review_keys

    review = world.reviews[0]
    return Label(
        id="l",
        key=review_keys(review)[BLANKS[0]],
        value=LabelValue.BAD,
        reviewer=reviewer,
        recorded_at=world.clock.now,
        review_id=review.id,
        slot=review.slot,
    )


class TestClaims:
    """Who gets which seat."""

    def test_reviews_come_in_their_order_each_to_one_person(self, world: World) -> None:
        """Blind to how many have looked."""
        world.open()
        got = [world.claim(who).review for who in ("ann", "bob", "cat")]
        assert got == list(world.reviews)
        assert world.nothing_for("dan")

    def test_the_same_person_asking_again_gets_the_same_seat_for_longer(
        self, world: World
    ) -> None:
        """A reload hoards nothing."""
        world.open()
        first = world.claim("ann")
        world.clock.move(minutes=10)
        again = world.claim("ann")
        assert (again.token, again.review) == (first.token, first.review)
        assert again.until == first.until + timedelta(minutes=10)
        assert world.desk.counts(SERVICE).leased == 1

    def test_nobody_gets_a_review_twice(self, world: World) -> None:
        """The second seat is for somebody else."""
        world.open(seats=2)
        seen = []
        for number in range(3):
            lease = world.claim("ann")
            seen.append(lease.review.id)
            world.desk.submit("ann", hand_in(lease, f"key {number}"))
        assert seen == [one.id for one in world.reviews]
        assert world.nothing_for("ann")
        assert world.claim("bob").review.id == seen[0]

    def test_a_lease_that_has_run_out_goes_to_the_next_who_asks(self, world: World) -> None:
        """And its first holder has lost it."""
        world.open()
        mine = world.claim("ann")
        world.clock.move(minutes=16)
        theirs = world.claim("bob")
        assert theirs.review == mine.review
        assert world.desk.beat(mine.token, LEASE) is None
        assert world.desk.save(mine.token, form_of()) is None
        assert world.desk.submit("ann", hand_in(mine, "k")).outcome is Outcome.LOST
        assert world.desk.labels(mine.review.id) == []

    def test_a_heartbeat_holds_a_seat(self, world: World) -> None:
        """By the database's clock."""
        world.open()
        mine = world.claim("ann")
        world.clock.move(minutes=10)
        assert world.desk.beat(mine.token, LEASE) == world.clock.now + LEASE
        world.clock.move(minutes=10)
        assert world.claim("bob").review != mine.review

    def test_who_was_away_too_long_but_is_not_replaced_goes_on(self, world: World) -> None:
        """A lease ends when somebody else needs the seat."""
        world.open()
        mine = world.claim("ann")
        world.clock.move(hours=1)
        assert world.claim("ann").token == mine.token

    def test_a_released_seat_is_free_and_its_draft_stays(self, world: World) -> None:
        """For the person who gets it again."""
        world.open()
        mine = world.claim("ann")
        world.desk.save(mine.token, form_of())
        assert world.desk.release(mine.token)
        assert not world.desk.release(mine.token)
        back = world.claim("ann")
        assert back.review == mine.review
        assert back.draft == form_of()
        assert back.token != mine.token

    def test_a_seat_that_opens_behind_a_persons_place_is_found(self, world: World) -> None:
        """However far they have come: the mark does not hide it."""
        world.open()
        for number in range(2):
            world.desk.submit("ann", hand_in(world.claim("ann"), f"ann {number}"))
        world.desk.offer(offers_for(world.reviews[:1], seats=2))
        world.desk.submit("bob", hand_in(world.claim("bob"), "bob 0"))
        bobs = world.claim("bob")
        world.desk.submit("bob", hand_in(bobs, "bob 1"))
        assert world.nothing_for("bob")
        urgent = SeatOffer(review_id=world.reviews[1].id, seats=2, priority=-1, due_at=DUE)
        world.desk.offer([urgent])
        assert world.claim("bob").review == world.reviews[1]

    def test_a_seat_beside_one_that_was_given_back_is_found(self, world: World) -> None:
        """Having had the first seat of a review hides the second only while one has it."""
        world.open(seats=2)
        mine = world.claim("ann")
        world.desk.release(mine.token)
        assert world.claim("bob").seat_no == 1
        again = world.claim("ann")
        assert (again.review, again.seat_no) == (mine.review, 2)

    def test_nothing_waits_is_looked_at_anew_after_a_while(self, world: World) -> None:
        """A seat that was passed over because its taker died half way is not lost for ever."""
        world.open()
        for number in range(3):
            world.desk.submit("ann", hand_in(world.claim("ann"), str(number)))
        assert world.nothing_for("bob")
        with world.database.writing() as connection:  # as if never seen: no opening is counted
            connection.exec_driver_sql(
                "UPDATE seat SET state = 'open', reviewer = NULL WHERE review_id = 'shop00001'"
            )
        assert world.nothing_for("bob")
        world.clock.move(minutes=2)
        assert world.claim("bob").review == world.reviews[1]

    def test_what_is_withdrawn_is_lost_to_its_holder(self, world: World) -> None:
        """Open and leased seats alike."""
        world.open()
        mine = world.claim("ann")
        assert world.desk.withdraw([one.id for one in world.reviews]) == 3
        assert world.desk.submit("ann", hand_in(mine, "k")).outcome is Outcome.LOST
        assert world.nothing_for("bob")

    def test_checks_are_not_withdrawn(self, world: World) -> None:
        """They are of reviews that wait no longer."""
        gold = replace(offers_for(world.reviews)[0], purpose=Purpose.GOLD, only_for="ann")
        world.desk.offer([gold])
        assert world.desk.standing(SERVICE) == []
        assert world.desk.withdraw([world.reviews[0].id]) == 0
        assert world.claim("ann").review == world.reviews[0]

    def test_personal_seats_are_for_nobody_else(self, world: World) -> None:
        """Whatever their place."""
        world.open()
        mine = SeatOffer(
            review_id=world.reviews[2].id, seats=1, priority=-5, due_at=DUE, only_for="ann"
        )
        world.desk.offer([mine])
        assert world.claim("bob").review == world.reviews[0]
        assert world.claim("ann").review == world.reviews[2]

    def test_adjudicators_alone_get_what_settles(self, world: World) -> None:
        """And their labels say so; the role is that of the moment."""
        offer = SeatOffer(
            review_id=world.reviews[0].id, seats=1, priority=0, due_at=DUE, adjudicates=True
        )
        world.desk.offer([offer])
        assert world.nothing_for("ann")
        people = SqlPeople(world.database, Mint(), world.clock)
        people.invite("ann", frozenset({Role.REVIEWER, Role.ADJUDICATOR}))
        lease = world.claim("ann")
        assert lease.adjudicates
        world.desk.submit("ann", hand_in(lease, "k"))
        assert [one.adjudicates for one in world.desk.labels(lease.review.id)] == [True, True]
