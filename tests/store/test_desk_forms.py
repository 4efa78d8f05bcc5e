"""The desk's contract, on every database: what becomes of a form, and what is taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from qualityslo.domain.label import Label, LabelValue
from qualityslo.domain.span import Span
from qualityslo.errors import LabelError
from qualityslo.ports.desk import Form, Lease, Outcome, Purpose, SeatOffer
from qualityslo.store.database import open_database
from qualityslo.store.desk import SqlDesk
from tests.store.desk_world import (
    BLANKS,
    DUE,
    LEASE,
    SERVICE,
    Mint,
    World,
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


class TestSubmissions:
    """What becomes of a form."""

    def test_a_form_becomes_one_label_a_blank(self, world: World) -> None:
        """With the review's own keys, and where it was marked."""
        world.open()
        lease = world.claim("ann")
        marked = Span(start=4, end=5, quote="\U0001f680")
        form = replace(form_of(), spans={BLANKS[0]: (marked,)}, note="off", flagged=True)
        receipt = world.desk.submit("ann", hand_in(lease, "k", form))
        assert (receipt.outcome, receipt.labels) == (Outcome.STORED, 2)
        labels = world.desk.labels(lease.review.id)
        assert [(one.value, one.note, one.reviewer) for one in labels] == [
            (one.value, "off", "ann") for one in labels
        ]
        assert {one.value for one in labels} == {LabelValue.GOOD, LabelValue.BAD}
        assert {one.recorded_at for one in labels} == {world.clock.now}
        assert list(world.desk.spans([one.id for one in labels]).values()) == [(marked,)]
        assert world.queue.labels_of([lease.review.id]) == labels
        (form_in,) = world.desk.handed_in(SERVICE)
        assert form_in.flagged

    def test_the_same_key_is_one_submission(self, world: World) -> None:
        """A double click, and a POST that is replayed after an undo."""
        world.open()
        lease = world.claim("ann")
        assert world.desk.submit("ann", hand_in(lease, "k")).outcome is Outcome.STORED
        assert world.desk.submit("ann", hand_in(lease, "k")).outcome is Outcome.KNOWN
        world.desk.undo("k", "ann")
        assert world.desk.submit("ann", hand_in(lease, "k")).outcome is Outcome.KNOWN
        assert world.desk.labels(lease.review.id) == []

    def test_a_second_tab_stores_nothing(self, world: World) -> None:
        """The same lease, another key: the first one counts."""
        world.open()
        lease = world.claim("ann")
        world.desk.submit("ann", hand_in(lease, "one"))
        assert world.desk.submit("ann", hand_in(lease, "two")).outcome is Outcome.LOST
        assert len(world.desk.labels(lease.review.id)) == 2

    def test_nobody_hands_in_under_anothers_lease_or_key(self, world: World) -> None:
        """The reviewer is who has signed in."""
        world.open()
        lease = world.claim("ann")
        assert world.desk.submit("bob", hand_in(lease, "k")).outcome is Outcome.LOST
        world.desk.submit("ann", hand_in(lease, "k"))
        mine = world.claim("bob")
        assert world.desk.submit("bob", hand_in(mine, "k")).outcome is Outcome.LOST

    @pytest.mark.parametrize(
        ("form", "match"),
        [
            (Form(values={BLANKS[0]: LabelValue.GOOD}), "nothing is said of"),
            (
                replace(form_of(), values={**form_of().values, ("C", "x"): LabelValue.BAD}),
                "blanks",
            ),
            (replace(form_of(), spans={("A", "tone"): ()}), "blanks"),
            (
                replace(form_of(), spans={BLANKS[0]: (Span(start=0, end=3, quote="yep"),)}),
                "mark it again",
            ),
        ],
        ids=[
            "a blank is empty",
            "a strange blank",
            "a strange mark",
            "a mark that quotes wrongly",
        ],
    )
    def test_a_wrong_form_is_refused_and_the_seat_stays(
        self, world: World, form: Form, match: str
    ) -> None:
        """Nothing is stored, nothing lost."""
        world.open()
        lease = world.claim("ann")
        with pytest.raises(LabelError, match=match):
            world.desk.submit("ann", hand_in(lease, "k", form))
        assert world.desk.labels(lease.review.id) == []
        assert world.desk.submit("ann", hand_in(lease, "k")).outcome is Outcome.STORED

    def test_a_skipped_review_is_looked_at_with_a_reason(self, world: World) -> None:
        """What was filled in stays, the rest is skipped; the review does not come back."""
        world.open()
        lease = world.claim("ann")
        form = Form(values={BLANKS[0]: LabelValue.UNSURE}, skipped_because="unclear", note="hm")
        world.desk.submit("ann", hand_in(lease, "k", form))
        labels = world.desk.labels(lease.review.id)
        assert sorted(one.value for one in labels) == [LabelValue.SKIPPED, LabelValue.UNSURE]
        assert {one.note for one in labels} == {"skipped: unclear; hm"}
        assert world.claim("bob").review != lease.review
        assert [one.skipped for one in world.desk.done(SERVICE, "ann", 5)] == [True]

    def test_drafts_come_back_and_end_with_the_form(self, world: World) -> None:
        """Whole or not; the last one counts."""
        world.open()
        lease = world.claim("ann")
        half = Form(values={BLANKS[1]: LabelValue.UNSURE}, note="\u202eab\x00")
        assert world.desk.save(lease.token, form_of()) == world.clock.now
        assert world.desk.save(lease.token, half) == world.clock.now
        back = world.claim("ann").draft
        assert back == replace(half, note="\u202eab\u2400")
        world.desk.submit("ann", hand_in(lease, "k"))
        assert rows_of(world, "draft") == 0

    @pytest.mark.parametrize("purpose", [Purpose.GOLD, Purpose.REPEAT])
    def test_checks_are_never_labels(self, world: World, purpose: Purpose) -> None:
        """They look the same to their person, and are kept apart."""
        world.open()
        if purpose is Purpose.REPEAT:
            world.desk.submit("ann", hand_in(world.claim("ann"), "first"))
        before = world.desk.labels(world.reviews[0].id)
        check = SeatOffer(
            review_id=world.reviews[0].id,
            seats=1,
            priority=-1,
            due_at=DUE,
            purpose=purpose,
            only_for="ann",
        )
        assert world.desk.offer([check]) == 1
        lease = world.claim("ann")
        assert lease.review == world.reviews[0]
        receipt = world.desk.submit("ann", hand_in(lease, "check"))
        assert (receipt.outcome, receipt.labels) == (Outcome.STORED, 2)
        assert world.desk.labels(world.reviews[0].id) == before
        assert [one.value for one in world.desk.checks(SERVICE)] != []
        assert world.desk.done(SERVICE, "ann", 1)[0].can_undo
        assert world.desk.undo("check", "ann") is not None
        assert world.desk.checks(SERVICE) == []


def rows_of(world: World, table: str) -> int:
    """Return how many rows a table has."""
    with world.database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    assert isinstance(found, int)
    return found


class TestLateForms:
    """A form whose lease was lost is never lost itself."""

    def test_in_a_seat_that_is_free(self, world: World) -> None:
        """As if it had come in time."""
        world.open()
        lease = world.claim("ann")
        world.desk.release(lease.token)
        receipt = world.desk.submit_late(lease.review.id, "ann", hand_in(lease, "k"))
        assert receipt.outcome is Outcome.STORED
        assert len(world.desk.labels(lease.review.id)) == 2
        again = world.desk.submit_late(lease.review.id, "ann", hand_in(lease, "k"))
        assert again.outcome is Outcome.KNOWN

    def test_in_the_seat_that_the_person_holds_again(self, world: World) -> None:
        """From an older tab."""
        world.open()
        old = world.claim("ann")
        world.desk.release(old.token)
        world.claim("ann")
        world.desk.submit_late(old.review.id, "ann", hand_in(old, "k"))
        assert len(world.desk.labels(old.review.id)) == 2
        assert world.claim("ann").review != old.review

    def test_without_a_seat_it_is_kept_and_never_estimates(self, world: World) -> None:
        """Somebody else has the seat now."""
        world.open()
        lease = world.claim("ann")
        world.clock.move(minutes=16)
        world.claim("bob")
        receipt = world.desk.submit_late(lease.review.id, "ann", hand_in(lease, "k"))
        assert (receipt.outcome, receipt.labels) == (Outcome.STORED, 2)
        assert world.desk.labels(lease.review.id) == []
        assert rows_of(world, "label") == 2
        assert not world.desk.done(SERVICE, "ann", 1)[0].can_undo
        assert world.desk.undo("k", "ann") is None

    def test_of_a_review_that_nobody_has(self, world: World) -> None:
        """Told, not stored."""
        world.open()
        lease = world.claim("ann")
        with pytest.raises(LabelError, match="no such review"):
            world.desk.submit_late("nowhere", "ann", hand_in(lease, "k"))


class TestTakingBack:
    """Undo and revocation."""

    def test_an_undone_form_is_a_draft_again(self, world: World) -> None:
        """Its labels are gone from every reading, and the seat is back."""
        world.open()
        lease = world.claim("ann")
        world.desk.submit("ann", hand_in(lease, "k"))
        then = world.clock.now
        world.clock.move(minutes=1)
        back = world.desk.undo("k", "ann")
        assert isinstance(back, Lease)
        assert (back.review, back.draft) == (lease.review, form_of())
        assert world.desk.labels(lease.review.id) == []
        assert world.desk.done(SERVICE, "ann", 5) == []
        assert len(world.queue.labels_of([lease.review.id], then)) == 2
        receipt = world.desk.submit("ann", hand_in(back, "k2"))
        assert receipt.outcome is Outcome.STORED
        assert world.desk.undo("k", "ann") is None

    def test_what_the_person_holds_meanwhile_goes_back(self, world: World) -> None:
        """One seat at a time; its draft stays."""
        world.open()
        world.desk.submit("ann", hand_in(world.claim("ann"), "k"))
        current = world.claim("ann")
        world.desk.save(current.token, form_of())
        back = world.desk.undo("k", "ann")
        assert back is not None
        assert world.desk.counts(SERVICE).leased == 1
        world.desk.submit("ann", hand_in(back, "k2"))
        again = world.claim("ann")
        assert (again.review, again.draft) == (current.review, form_of())

    def test_not_once_somebody_has_built_on_it(self, world: World) -> None:
        """The second look rests on the first; each may take back the last one."""
        world.open(seats=2)
        world.desk.submit("ann", hand_in(world.claim("ann"), "ann"))
        world.clock.move(minutes=1)
        world.desk.submit("bob", hand_in(world.claim("bob"), "bob"))
        assert [one.can_undo for one in world.desk.done(SERVICE, "ann", 5)] == [False]
        assert world.desk.undo("ann", "ann") is None
        assert world.desk.undo("bob", "ann") is None
        assert world.desk.undo("bob", "bob") is not None
        assert [one.can_undo for one in world.desk.done(SERVICE, "ann", 5)] == [True]

    def test_not_once_labels_are_final(self, world: World) -> None:
        """An old estimate does not change."""
        world.open()
        lease = world.claim("ann")
        world.desk.submit("ann", hand_in(lease, "k"))
        world.clock.now = DUE
        assert world.desk.undo("k", "ann") is None
        assert len(world.desk.labels(lease.review.id)) == 2

    def test_revoked_labels_count_no_more_from_then_on(self, world: World) -> None:
        """In every reading; an old date reads as it did."""
        world.open()
        lease = world.claim("ann")
        world.desk.submit("ann", hand_in(lease, "k"))
        run_id, then = lease.review.run_id, world.clock.now
        before = readings(world, run_id)
        world.clock.move(minutes=1)
        ids = [one.id for one in world.desk.labels(lease.review.id)]
        assert world.desk.revoke(ids, "eve", "guessed") == 2
        assert world.desk.revoke(ids, "eve", "guessed") == 0
        now = world.clock.now
        assert world.queue.labels(SERVICE, "faq", now) == []
        assert world.queue.labels_of([lease.review.id]) == []
        assert not world.queue.sample(run_id, "faq", now)[0].looked_at
        assert world.queue.reviews(run_id=run_id)[0].looks == 0
        world.clock.now = then
        assert readings(world, run_id) == before
        assert len(before[0]) == 2

    def test_a_revoked_look_is_asked_of_somebody_else(self, world: World) -> None:
        """Its seat is void, and its person does not get the review again."""
        world.open()
        lease = world.claim("ann")
        world.desk.submit("ann", hand_in(lease, "k"))
        one, other = world.desk.labels(lease.review.id)
        world.desk.revoke([one.id], "eve", "guessed")
        assert world.desk.offer(offers_for(world.reviews)) == 0
        world.desk.revoke([other.id], "eve", "guessed")
        assert world.desk.offer(offers_for(world.reviews)) == 1
        assert world.claim("ann").review != lease.review
        assert world.claim("bob").review == lease.review

    @pytest.mark.parametrize(
        ("ids", "reason", "match"), [([], " ", "say why"), (["nowhere"], "bad", "nowhere")]
    )
    def test_a_revocation_needs_labels_and_a_reason(
        self, world: World, ids: list[str], reason: str, match: str
    ) -> None:
        """It stays on record who took out what, and why."""
        with pytest.raises(LabelError, match=match):
            world.desk.revoke(ids, "eve", reason)

    def test_a_ruling_settles_one_answer(self, world: World) -> None:
        """As an adjudication, on the review."""
        review = world.reviews[0]
        label = world.desk.rule(review.id, BLANKS[0], LabelValue.BAD, "eve", "see page 3")
        assert world.desk.labels(review.id) == [label]
        assert (label.adjudicates, label.value) == (True, LabelValue.BAD)
        with pytest.raises(LabelError, match="no blank"):
            world.desk.rule(review.id, ("C", "x"), LabelValue.BAD, "eve", "")
        with pytest.raises(LabelError, match="not unsure"):
            world.desk.rule(review.id, BLANKS[0], LabelValue.UNSURE, "eve", "")


def readings(world: World, run_id: str) -> tuple[list[Label], list[bool]]:
    """Return what the estimates read, as of now."""
    now = world.clock.now
    sample = world.queue.sample(run_id, "faq", now)
    return world.queue.labels(SERVICE, "faq", now), [one.looked_at for one in sample]


class TestEvents:
    """The record of what happened."""

    def test_what_happened_is_on_record_and_changes_show(self, world: World) -> None:
        """Each event is sealed by the one before."""
        world.open(seats=2)
        world.desk.submit("ann", hand_in(world.claim("ann"), "k"))
        world.desk.undo("k", "ann")
        world.desk.withdraw([world.reviews[2].id])
        world.desk.rule(world.reviews[1].id, BLANKS[0], LabelValue.BAD, "eve", "")
        ids = [one.id for one in world.desk.labels(world.reviews[1].id)]
        world.desk.revoke(ids, "\u202eeve\x00", "x\ud800")
        assert kinds(world) == ["submitted", "undone", "withdrawn", "ruled", "revoked"]
        assert world.desk.event_faults() == []

    @pytest.mark.parametrize(
        ("tampering", "fault"),
        [
            ("UPDATE desk_event SET who = 'bob' WHERE number = 2", "event 2: it does not say"),
            ("DELETE FROM desk_event WHERE number = 2", "event 3: the one before"),
            ("DELETE FROM desk_event WHERE number = 1", "event 2: the one before"),
        ],
        ids=["changed", "left out", "cut off at its start"],
    )
    def test_tampering_shows(self, world: World, tampering: str, fault: str) -> None:
        """Whoever can write to the database."""
        world.open()
        for number in range(3):
            world.desk.submit("ann", hand_in(world.claim("ann"), str(number)))
        with world.database.writing() as connection:
            connection.exec_driver_sql(tampering)
        assert world.desk.event_faults()[0].startswith(fault)


def kinds(world: World) -> list[str]:
    """Return the kinds of the events, in their order."""
    with world.database.reading() as connection:
        query = "SELECT kind FROM desk_event ORDER BY number"
        return [str(row[0]) for row in connection.exec_driver_sql(query)]


class TestTallies:
    """What the mixing of checks goes by."""

    def test_forms_count_in_all_and_since_the_last_check(self, world: World) -> None:
        """Undone ones do not."""
        world.open()
        world.desk.submit("ann", hand_in(world.claim("ann"), "0"))
        world.clock.move(minutes=1)
        gold = SeatOffer(
            review_id=world.reviews[2].id,
            seats=1,
            priority=9,
            due_at=DUE,
            purpose=Purpose.GOLD,
            only_for="ann",
        )
        world.desk.offer([gold])
        world.clock.move(minutes=1)
        world.desk.submit("ann", hand_in(world.claim("ann"), "1"))
        world.desk.submit("bob", hand_in(world.claim("bob"), "2"))
        world.desk.undo("2", "bob")
        (tally,) = world.desk.tallies(SERVICE)
        assert (tally.reviewer, tally.estimates, tally.gold, tally.since_gold) == ("ann", 2, 1, 1)
        assert (tally.repeats, tally.since_repeat) == (0, 2)

    def test_seconds_are_those_from_the_lease_to_the_form(self, world: World) -> None:
        """By the database's clock."""
        world.open()
        lease = world.claim("ann")
        world.clock.move(seconds=42)
        world.desk.submit("ann", hand_in(lease, "k"))
        (form,) = world.desk.handed_in(SERVICE)
        assert (form.seconds, form.purpose, form.skipped) == (42.0, Purpose.ESTIMATE, False)

    def test_standing_reviews_are_those_with_seats_to_fill(self, world: World) -> None:
        """Done and void ones are not."""
        world.open()
        world.desk.submit("ann", hand_in(world.claim("ann"), "k"))
        world.claim("bob")
        assert world.desk.standing(SERVICE) == [one.id for one in world.reviews[1:]]


def test_the_databases_own_clock_is_in_utc(database_url: str) -> None:
    """The desk's clock where no test gives it one."""
    with open_database(database_url) as database:
        world = world_in(database, 1)
        desk = SqlDesk(database, Mint())
        desk.offer([replace(offers_for(world.reviews)[0], due_at=DUE + timedelta(days=36_500))])
        lease = desk.claim(SERVICE, "ann", LEASE)
        assert lease is not None
        assert lease.until.utcoffset() == timedelta(0)
        assert lease.until > DUE
