"""The seam of the reviewers' desk: who gets which review next, and what they hand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span

Blank: TypeAlias = tuple[str, str]
"""One blank of a form: the arm's letter and the criterion."""


class Purpose(StrEnum):
    """What a seat is for; only `ESTIMATE` gives labels, the others check the reviewer."""

    ESTIMATE = "estimate"
    GOLD = "gold"  # an answer whose truth is known
    REPEAT = "repeat"  # an answer that the same person has judged before


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatOffer:
    """How many seats a review has, and where it stands among those that wait.

    `due_at` is when labels stop counting: the seat is void then. Lower `priority` comes first.
    `only_for` names a person; what `adjudicates` is only for people who may, and settles.
    """

    review_id: str
    seats: int
    priority: int
    due_at: datetime
    purpose: Purpose = Purpose.ESTIMATE
    only_for: str | None = None
    adjudicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A seat that a person holds until `until`, by the database's clock; `token` proves it.

    What `adjudicates` is shown with what others said, and settles.
    """

    review: Review
    seat_no: int
    token: str
    until: datetime
    draft: "Form | None" = None
    adjudicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a person filled in, whole or not yet.

    `skipped_because` is not empty where the person passes the review on; then blanks that are
    empty count as skipped.
    """

    values: Mapping[Blank, LabelValue] = field(default_factory=dict)
    spans: Mapping[Blank, tuple[Span, ...]] = field(default_factory=dict)
    note: str = ""
    skipped_because: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form handed in: under which lease and key, and how the form was shown.

    `key` is minted with the form: the same key handed in twice is one submission. `order` is the
    order in which the arms stood on the page.
    """

    token: str
    key: str
    form: Form
    order: tuple[str, ...]
    client_ms: int = 0
    ui_version: str = ""


class Outcome(StrEnum):
    """What became of a submission."""

    STORED = "stored"
    KNOWN = "known"  # the same key, before
    LOST = "lost"  # the lease is gone: nothing was stored, the caller keeps the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to a submission; `review_id` is what it was about."""

    outcome: Outcome
    review_id: str
    labels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """How many seats stand how, and since when the oldest waits.

    `adjudications` are the open and leased seats among them that settle; `done_since` is how many
    forms that stand, whatever they were for, came in since the instant that was asked about.
    """

    open: int
    leased: int
    done: int
    void: int
    oldest_open: datetime | None
    adjudications: int = 0
    done_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing a person handed in, the latest first in lists."""

    review_id: str
    key: str
    submitted_at: datetime
    skipped: bool
    can_undo: bool


class Desk(Protocol):
    """Knows who gets which review next. Every call is one transaction."""

    def offer(self, seats: Sequence[SeatOffer]) -> int:
        """Make seats until every review has as many that are not void; return how many are new.

        Twice changes nothing. Seats of another purpose, or for somebody else, count apart.
        """
        ...

    def withdraw(self, review_ids: Sequence[str]) -> int:
        """Void the open and leased seats of reviews, but for gold and repeats; return how many."""
        ...

    def claim(self, service: str, reviewer: str, lease: timedelta) -> Lease | None:
        """Give a person the next seat, or the one that they hold already; None: nothing waits.

        Nobody gets a review twice (but for a `REPEAT`), and no seat is with two people.
        """
        ...

    def beat(self, token: str, lease: timedelta) -> datetime | None:
        """Hold a seat for longer; return until when, None where the lease is lost."""
        ...

    def release(self, token: str) -> bool:
        """Give a seat back unanswered; its draft stays."""
        ...

    def save(self, token: str, form: Form) -> datetime | None:
        """Keep a draft; return when, by the database's clock, None where the lease is lost."""
        ...

    def submit(self, reviewer: str, submission: Submission) -> Receipt:
        """Store what a person says: labels, seat and event in one transaction.

        Raises:
            LabelError: a blank that the review does not have, a blank without a value though
                nothing is skipped, or a span that does not quote its text.
        """
        ...

    def submit_late(self, review_id: str, reviewer: str, submission: Submission) -> Receipt:
        """Store a form whose lease was lost: under a new lease where a seat is free, else as labels without a review."""
        ...

    def undo(self, key: str, reviewer: str) -> Lease | None:
        """Take a submission back as long as nobody built on it; the seat is with its person again."""
        ...

    def done(self, service: str, reviewer: str, limit: int) -> list[Done]:
        """Return what a person handed in, the latest first."""
        ...

    def counts(self, service: str, since: datetime | None = None) -> DeskCounts:
        """Return how the desk stands, and what came in since an instant; reads no form's text."""
        ...

    def revoke(self, label_ids: Sequence[str], by: str, reason: str) -> int:
        """Take labels out of every estimate from now on; they stay on record. Return how many."""
        ...

    def labels(self, review_id: str) -> list[Label]:
        """Return the labels of a review that are not revoked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much a person handed in that estimates: in all, and since they were last checked.

    `gold` and `repeats` count the seats of that purpose that were made for the person.
    """

    reviewer: str
    estimates: int
    gold: int
    since_gold: int
    repeats: int
    since_repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One form that stands, whatever it was for.

    `seconds` is the time from the lease to the form by the database's clock, None where the form
    came late; `client_ms` is what the page measured.
    """

    key: str
    review_id: str
    reviewer: str
    purpose: Purpose
    submitted_at: datetime
    seconds: float | None
    client_ms: int
    skipped: bool
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a person said of one answer and criterion on gold or a repeat; never a label."""

    review_id: str
    reviewer: str
    purpose: Purpose
    about: AnswerKey
    value: LabelValue


class DeskRecords(Desk, Protocol):
    """A desk that also tells its keepers what happened at it."""

    def review(self, review_id: str) -> Review | None:
        """Return a review, blind to how many have looked at it; None where there is none."""
        ...

    def standing(self, service: str) -> list[str]:
        """Return the reviews with an open or leased seat that estimates."""
        ...

    def tallies(self, service: str) -> list[Tally]:
        """Return a row a person who has handed in something, by name."""
        ...

    def handed_in(self, service: str) -> list[HandedIn]:
        """Return every form that stands, in the order of their coming."""
        ...

    def checks(self, service: str) -> list[Check]:
        """Return what people said on gold and repeats, in the order of their coming."""
        ...

    def rule(self, review_id: str, blank: Blank, said: LabelValue, by: str, note: str) -> Label:
        """Store an adjudicator's word on one answer and criterion; it settles them.

        Raises:
            LabelError: there is no such review or blank, or the word is no opinion.
        """
        ...

    def spans(self, label_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
        """Return the marked pieces of labels, by label, where there are any."""
        ...
