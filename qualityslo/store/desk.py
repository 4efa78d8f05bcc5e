"""The reviewers' desk in SQL: who gets which review next, and what they hand in."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from qualityslo.domain.label import Label, LabelValue
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span
from qualityslo.ports.desk import (
    Blank,
    Check,
    DeskCounts,
    Done,
    Form,
    HandedIn,
    Lease,
    Receipt,
    SeatOffer,
    Submission,
    Tally,
)
from qualityslo.store import desk_answers, desk_claim, desk_reading, desk_seats, desk_undo
from qualityslo.store.database import Database
from qualityslo.store.desk_events import append_event, chain_faults
from qualityslo.store.desk_forms import form_json, form_of
from qualityslo.store.desk_rulings import store_ruling
from qualityslo.store.desk_tables import LEASED
from qualityslo.store.dialect import database_now
from qualityslo.store.review_rows import review_named
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

Clock: TypeAlias = "Callable[[Connection], datetime]"

LEASE = timedelta(minutes=15)  # what an undone form is leased for


class SqlDesk:
    """Satisfies `ports.DeskRecords`. What people say is appended; seats, leases and drafts change.

    Leases and drafts do not wait for the disk of this machine, what is handed in does.
    """

    def __init__(
        self, database: Database, mint: Callable[[], str], clock: Clock = database_now
    ) -> None:
        """Keep a desk in a database.

        Args:
            database: where reviews and labels are, too.
            mint: makes tokens that nobody can guess.
            clock: the database's own, but in tests.
        """
        self._database = database
        self._mint = mint
        self._clock = clock

    def offer(self, seats: Sequence[SeatOffer]) -> int:
        """Make seats until every review has as many that are not void; return how many are new."""
        with self._database.writing() as connection:
            return desk_seats.offer(connection, seats, self._clock(connection))

    def withdraw(self, review_ids: Sequence[str]) -> int:
        """Void the open and leased seats of reviews, but for gold and repeats; return how many."""
        with self._database.writing() as connection:
            count = desk_seats.withdraw(connection, review_ids)
            if count:
                detail: dict[str, Any] = {"seats": count, "reviews": sorted(set(review_ids))}
                append_event(connection, self._clock(connection), "withdrawn", "", detail)
        return count

    def claim(self, service: str, reviewer: str, lease: timedelta) -> Lease | None:
        """Give a person the next seat, or the one that they hold already; None: nothing waits."""
        with self._database.writing(in_passing=True) as connection:
            mark = desk_claim.lock_mark(connection, service, reviewer)
            now = self._clock(connection)
            until = now + lease
            row = desk_claim.held(connection, service, reviewer, until)
            if row is None:
                desk_seats.sweep(connection, service, now)
                who = desk_claim.seeker(connection, service, reviewer, now)
                new = {"token": self._mint(), "lease_until": until}
                row = desk_claim.lease_next(connection, who, mark, new)
            return None if row is None else _lease(connection, row)

    def beat(self, token: str, lease: timedelta) -> datetime | None:
        """Hold a seat for longer; return until when, None where the lease is lost."""
        from sqlalchemy import update

        seat = schema().seat
        with self._database.writing(in_passing=True) as connection:
            until = self._clock(connection) + lease
            statement = update(seat).where(seat.c.token == token, seat.c.state == LEASED)
            done = connection.execute(statement.values(lease_until=until))
            return until if done.rowcount else None

    def release(self, token: str) -> bool:
        """Give a seat back unanswered; its draft stays."""
        with self._database.writing(in_passing=True) as connection:
            row = _held_by(connection, token)
            if row is not None:
                desk_seats.reopen(connection, row.service, [(row.review_id, row.seat_no)])
            return row is not None

    def save(self, token: str, form: Form) -> datetime | None:
        """Keep a draft; return when, by the database's clock, None where the lease is lost."""
        with self._database.writing() as connection:
            row = _held_by(connection, token)
            if row is None:
                return None
            now = self._clock(connection)
            place = (row.review_id, row.reviewer)
            desk_answers.save_draft(connection, *place, form_json(form), now)
            return now

    def submit(self, reviewer: str, submission: Submission) -> Receipt:
        """Store what a person says: labels, seat and event in one transaction.

        Raises:
            LabelError: a blank that the review does not have, a blank without a value though
                nothing is skipped, or a span that does not quote its text.
        """
        with self._database.writing() as connection:
            return desk_answers.submit(connection, reviewer, submission, self._clock)

    def submit_late(self, review_id: str, reviewer: str, submission: Submission) -> Receipt:
        """Store a form whose lease was lost: in a seat that is free, else as labels without a review.

        Raises:
            LabelError: as for `submit`, or there is no such review.
        """
        with self._database.writing() as connection:
            late = desk_answers.submit_late
            return late(connection, review_id, reviewer, submission, self._clock)

    def undo(self, key: str, reviewer: str) -> Lease | None:
        """Take a submission back as long as nobody built on it; the seat is with its person again."""
        with self._database.writing() as connection:
            now = self._clock(connection)
            lease = {"token": self._mint(), "lease_until": now + LEASE}
            row = desk_undo.undo(connection, key, reviewer, lease, now)
            return None if row is None else _lease(connection, row)

    def done(self, service: str, reviewer: str, limit: int) -> list[Done]:
        """Return what a person handed in, the latest first."""
        with self._database.reading() as connection:
            now = self._clock(connection)
            return desk_undo.handed_in(connection, service, reviewer, limit, now)

    def counts(self, service: str, since: datetime | None = None) -> DeskCounts:
        """Return how the desk stands, and what came in since an instant; reads no form's text."""
        with self._database.reading() as connection:
            return desk_reading.count_seats(connection, service, since)

    def revoke(self, label_ids: Sequence[str], by: str, reason: str) -> int:
        """Take labels out of every estimate from now on; they stay on record. Return how many.

        Raises:
            LabelError: no reason is given, or the store does not have a label; nothing changed.
        """
        with self._database.writing() as connection:
            now = self._clock(connection)
            return desk_undo.revoke(connection, label_ids, by, reason, now)

    def labels(self, review_id: str) -> list[Label]:
        """Return the labels of a review that are not revoked."""
        with self._database.reading() as connection:
            return desk_reading.labels_on(connection, review_id)

    def review(self, review_id: str) -> Review | None:
        """Return a review, blind to how many have looked at it; None where there is none."""
        with self._database.reading() as connection:
            return review_named(connection, review_id)

    def standing(self, service: str) -> list[str]:
        """Return the reviews with an open or leased seat that estimates."""
        with self._database.reading() as connection:
            return desk_reading.standing_reviews(connection, service)

    def tallies(self, service: str) -> list[Tally]:
        """Return a row a person who has handed in something, by name."""
        with self._database.reading() as connection:
            return desk_reading.tallies_of(connection, service)

    def handed_in(self, service: str) -> list[HandedIn]:
        """Return every form that stands, in the order of their coming."""
        with self._database.reading() as connection:
            return desk_reading.forms_handed_in(connection, service)

    def checks(self, service: str) -> list[Check]:
        """Return what people said on gold and repeats, in the order of their coming."""
        with self._database.reading() as connection:
            return desk_reading.checks_of(connection, service)

    def rule(self, review_id: str, blank: Blank, said: LabelValue, by: str, note: str) -> Label:
        """Store an adjudicator's word on one answer and criterion; it settles them.

        Raises:
            LabelError: there is no such review or blank, or the word is no opinion.
        """
        with self._database.writing() as connection:
            now = self._clock(connection)
            return store_ruling(connection, review_id, (blank, said), (by, note), now)

    def spans(self, label_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
        """Return the marked pieces of labels, by label, where there are any."""
        with self._database.reading() as connection:
            return desk_reading.spans_of(connection, label_ids)

    def event_faults(self) -> list[str]:
        """Return where the record of events was tampered with; empty where it was not."""
        with self._database.reading() as connection:
            return chain_faults(connection)


def _held_by(connection: "Connection", token: str) -> Any:
    """Return the leased seat that a token proves, locked; None where the lease is lost."""
    from sqlalchemy import select

    seat = schema().seat
    query = select(seat).where(seat.c.token == token, seat.c.state == LEASED)
    return connection.execute(query.with_for_update()).first()


def _lease(connection: "Connection", row: Any) -> Lease:
    from sqlalchemy import select

    draft = schema().draft
    query = select(draft.c.form).where(
        draft.c.review_id == row.review_id, draft.c.reviewer == row.reviewer
    )
    form = connection.execute(query).scalar()
    review = review_named(connection, row.review_id)
    assert review is not None
    return Lease(
        review=review,
        seat_no=row.seat_no,
        token=row.token,
        until=row.lease_until,
        draft=None if form is None else form_of(form),
        adjudicates=row.adjudicates,
    )
