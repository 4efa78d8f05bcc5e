"""The desk against a model of it in memory, through any sequence of what people do."""

import itertools
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from qualityslo.domain.label import LabelValue
from qualityslo.ports.desk import Form, Lease, Outcome, SeatOffer, Submission
from qualityslo.store.database import open_database
from tests.store.desk_world import (
    DUE,
    LEASE,
    NOW,
    SERVICE,
    World,
    form_of,
    hand_in,
    world_in,
)

PEOPLE = ("ann", "bob", "cat")
REVIEWS = 4
VALUES = st.sampled_from([LabelValue.GOOD, LabelValue.BAD, LabelValue.UNSURE])


@dataclass
class Seat:
    """A seat as it ought to be."""

    review: str
    number: int
    priority: int
    state: str = "open"
    reviewer: str = ""
    token: str = ""
    until: datetime = NOW
    key: str = ""


@dataclass
class HandedIn:
    """A form as it ought to be remembered."""

    key: str
    reviewer: str
    seat: Seat | None
    form: Form
    at: datetime
    undone: bool = False
    revoked: bool = False

    @property
    def stands(self) -> bool:
        """Whether its labels count."""
        return not self.undone and not self.revoked


@dataclass
class Model:
    """What the desk ought to do, written down as plainly as it goes."""

    seats: list[Seat] = field(default_factory=list)
    forms: dict[str, HandedIn] = field(default_factory=dict)
    drafts: dict[tuple[str, str], Form] = field(default_factory=dict)

    def of(self, review: str) -> list[Seat]:
        """Return the seats of a review."""
        return [one for one in self.seats if one.review == review]

    def offer(self, review: str, seats: int, priority: int) -> int:
        """Make seats until there are so many that are not void."""
        missing = seats - sum(one.state != "void" for one in self.of(review))
        for _ in range(missing):
            self.seats.append(Seat(review, len(self.of(review)) + 1, priority))
        return max(0, missing)

    def withdraw(self, review: str) -> int:
        """Void what is not done."""
        found = [one for one in self.of(review) if one.state in {"open", "leased"}]
        for one in found:
            one.state, one.reviewer, one.token = "void", "", ""
        return len(found)

    def held(self, who: str) -> Seat | None:
        """Return what a person holds."""
        return next(
            (one for one in self.seats if (one.state, one.reviewer) == ("leased", who)), None
        )

    def free(self, who: str) -> list[Seat]:
        """Return what a person may have, the next one first."""
        mine = {one.review for one in self.seats if one.reviewer == who}
        waiting = [one for one in self.seats if one.state == "open" and one.review not in mine]
        return sorted(waiting, key=lambda one: (one.priority, one.review, one.number))

    def claim(self, who: str, now: datetime) -> Seat | None:
        """Give a person what they hold, else the next seat, once others' late leases have ended."""
        mine = self.held(who)
        if mine is None:
            for one in self.seats:
                if one.state == "leased" and one.until < now:
                    self.free_up(one)
            mine = next(iter(self.free(who)), None)
        if mine is not None:
            mine.state, mine.reviewer, mine.until = "leased", who, now + LEASE
        return mine

    def free_up(self, seat: Seat) -> None:
        """Open a seat again."""
        seat.state, seat.reviewer, seat.token = "open", "", ""

    def with_token(self, token: str) -> Seat | None:
        """Return the seat that a token proves."""
        return next(
            (one for one in self.seats if one.state == "leased" and one.token == token), None
        )

    def may_undo(self, form: HandedIn) -> bool:
        """Return whether nobody has built on a form."""
        seat = form.seat
        if form.undone or seat is None or (seat.state, seat.reviewer) != ("done", form.reviewer):
            return False
        return not any(
            other.stands
            and other.seat is not None
            and other.seat.review == seat.review
            and other.reviewer != form.reviewer
            and other.at >= form.at
            for other in self.forms.values()
        )

    def store(self, who: str, seat: Seat | None, submission: Submission, at: datetime) -> None:
        """Remember a form."""
        if seat is not None:
            seat.state, seat.reviewer, seat.token, seat.key = "done", who, "", submission.key
        self.forms[submission.key] = HandedIn(submission.key, who, seat, submission.form, at)

    def labels(self, review: str) -> dict[str, set[str]]:
        """Return what each person's standing labels of a review say."""
        found: dict[str, set[str]] = {}
        for one in self.forms.values():
            if one.stands and one.seat is not None and one.seat.review == review:
                values = {value.value for value in one.form.values.values()}
                found[one.reviewer] = values or {"skipped"}
        return found


class DeskMachine(RuleBasedStateMachine):
    """Everything that people and keepers can do, in any order."""

    keys = itertools.count(1)

    def __init__(self) -> None:
        """Open a new store."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.database = open_database(str(Path(self.folder.name) / "facts.db"))
        self.world: World = world_in(self.database, REVIEWS)
        self.model = Model()
        self.leases: list[tuple[str, Lease]] = []  # every lease there ever was
        self.submissions: list[tuple[str, Submission]] = []

    def teardown(self) -> None:
        """Close the store."""
        self.database.close()
        self.folder.cleanup()

    @initialize(seats=st.integers(1, 2))
    def open(self, seats: int) -> None:
        """Begin with every review offered."""
        for at in range(REVIEWS):
            self.offer(at, seats, at)

    @rule(at=st.integers(0, REVIEWS - 1), seats=st.integers(1, 3), priority=st.integers(-2, 5))
    def offer(self, at: int, seats: int, priority: int) -> None:
        """More seats, now and then ahead of everything."""
        review = self.world.reviews[at].id
        offer = SeatOffer(review_id=review, seats=seats, priority=priority, due_at=DUE)
        assert self.world.desk.offer([offer]) == self.model.offer(review, seats, priority)

    @rule(at=st.integers(0, REVIEWS - 1))
    def withdraw(self, at: int) -> None:
        """What is no longer wanted."""
        review = self.world.reviews[at].id
        assert self.world.desk.withdraw([review]) == self.model.withdraw(review)

    @rule(who=st.sampled_from(PEOPLE))
    def claim(self, who: str) -> None:
        """The next seat, or the same one again."""
        lease = self.world.desk.claim(SERVICE, who, LEASE)
        seat = self.model.claim(who, self.world.clock.now)
        if seat is None:
            assert lease is None
            return
        assert lease is not None
        assert (lease.review.id, lease.seat_no, lease.until) == (
            seat.review,
            seat.number,
            seat.until,
        )
        assert seat.token in {"", lease.token}
        assert lease.draft == self.model.drafts.get((seat.review, who))
        seat.token = lease.token
        self.leases.append((who, lease))

    @rule(minutes=st.sampled_from([1, 7, 16]))
    def wait(self, minutes: int) -> None:
        """Leases run out; what is believed has to be looked at anew."""
        self.world.clock.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        """By any token there ever was."""
        _, lease = data.draw(st.sampled_from(self.leases))
        seat = self.model.with_token(lease.token)
        until = self.world.desk.beat(lease.token, LEASE)
        assert (until is None) == (seat is None)
        if seat is not None:
            assert until is not None
            seat.until = until

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """By any token there ever was."""
        _, lease = data.draw(st.sampled_from(self.leases))
        seat = self.model.with_token(lease.token)
        assert self.world.desk.release(lease.token) == (seat is not None)
        if seat is not None:
            self.model.free_up(seat)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), value=VALUES)
    def save(self, data: st.DataObject, value: LabelValue) -> None:
        """A draft, by any token."""
        _, lease = data.draw(st.sampled_from(self.leases))
        seat = self.model.with_token(lease.token)
        form = form_of(value)
        assert (self.world.desk.save(lease.token, form) is None) == (seat is None)
        if seat is not None:
            self.model.drafts[seat.review, seat.reviewer] = form

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), value=VALUES, skips=st.booleans(), late=st.booleans())
    def submit(self, data: st.DataObject, value: LabelValue, *, skips: bool, late: bool) -> None:
        """A new form under any lease there ever was; a lost one comes late, or not at all."""
        who, lease = data.draw(st.sampled_from(self.leases))
        form = Form(skipped_because="unclear") if skips else form_of(value, value)
        submission = hand_in(lease, f"key {next(self.keys)}", form)
        self.submissions.append((who, submission))
        seat = self.model.with_token(lease.token)
        receipt = self.world.desk.submit(who, submission)
        if seat is not None:
            assert receipt.outcome is Outcome.STORED
            self._stored(who, lease.review.id, seat, submission)
            return
        assert receipt.outcome is Outcome.LOST
        if late:
            self._late(who, lease.review.id, submission)

    def _late(self, who: str, review: str, submission: Submission) -> None:
        held = self.model.held(who)
        seat = held if held is not None and held.review == review else None
        if seat is None:
            seat = next((one for one in self.model.free(who) if one.review == review), None)
        receipt = self.world.desk.submit_late(review, who, submission)
        assert receipt.outcome is Outcome.STORED
        self._stored(who, review, seat, submission)

    def _stored(self, who: str, review: str, seat: Seat | None, submission: Submission) -> None:
        self.model.store(who, seat, submission, self.world.clock.now)
        self.model.drafts.pop((review, who), None)

    @precondition(lambda self: self.model.forms)
    @rule(data=st.data())
    def submit_again(self, data: st.DataObject) -> None:
        """A form that has been stored, by a double click or a replay: nothing happens."""
        key = data.draw(st.sampled_from(sorted(self.model.forms)))
        who, submission = next(one for one in self.submissions if one[1].key == key)
        assert self.world.desk.submit(who, submission).outcome is Outcome.KNOWN

    @precondition(lambda self: self.model.forms)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """A form, by its person."""
        form = self.model.forms[data.draw(st.sampled_from(sorted(self.model.forms)))]
        allowed = self.model.may_undo(form)
        lease = self.world.desk.undo(form.key, form.reviewer)
        assert (lease is not None) == allowed
        if lease is None:
            return
        held, seat = self.model.held(form.reviewer), form.seat
        if held is not None:
            self.model.free_up(held)
        assert seat is not None
        assert (lease.review.id, lease.seat_no, lease.draft) == (
            seat.review,
            seat.number,
            form.form,
        )
        form.undone = True
        seat.state, seat.token, seat.until = "leased", lease.token, lease.until
        self.model.drafts[seat.review, form.reviewer] = form.form
        self.leases.append((form.reviewer, lease))

    @precondition(lambda self: any(one.stands for one in self.model.forms.values()))
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        """All labels of a form."""
        standing = [key for key, one in self.model.forms.items() if one.stands]
        form = self.model.forms[data.draw(st.sampled_from(sorted(standing)))]
        if form.seat is None:
            return
        labels = self.world.desk.labels(form.seat.review)
        ids = [one.id for one in labels if one.reviewer == form.reviewer]
        assert self.world.desk.revoke(ids, "eve", "guessed") == 2
        form.revoked = True
        form.seat.state = "void"

    @invariant()
    def seats_stand_as_they_should(self) -> None:
        """Counted, and one person at most has a review twice: never."""
        counts = self.world.desk.counts(SERVICE)
        states = [one.state for one in self.model.seats]
        assert (counts.open, counts.leased, counts.done, counts.void) == tuple(
            states.count(state) for state in ("open", "leased", "done", "void")
        )

    @invariant()
    def labels_are_those_of_the_forms_that_stand(self) -> None:
        """Two answers a form; nobody twice."""
        for review in self.world.reviews:
            labels = self.world.desk.labels(review.id)
            found: dict[str, set[str]] = {}
            for one in labels:
                found.setdefault(one.reviewer, set()).add(one.value.value)
            assert found == self.model.labels(review.id)
            assert len(labels) == 2 * len(found)

    @invariant()
    def people_see_what_they_handed_in(self) -> None:
        """The latest first, and whether they may take it back."""
        for who in PEOPLE:
            found = {one.key: one.can_undo for one in self.world.desk.done(SERVICE, who, 100)}
            assert found == {
                one.key: self.model.may_undo(one)
                for one in self.model.forms.values()
                if one.reviewer == who and not one.undone
            }

    @invariant()
    def the_record_is_whole(self) -> None:
        """Whatever happened."""
        assert self.world.desk.event_faults() == []


TestDeskMachine = pytest.mark.slow(DeskMachine.TestCase)
TestDeskMachine.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
