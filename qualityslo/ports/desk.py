"""The seam of the reviewers' desk: who gets which review next, and what they hand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

from qualityslo.domain.label import Label, LabelValue
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
    """

    review_id: str
    seats: int
    priority: int
    due_at: datetime
    purpose: Purpose = Purpose.ESTIMATE
    only_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A seat that a person holds until `until`, by the database's clock; `token` proves it."""

    review: Review
    seat_no: int
    token: str
    until: datetime
    draft: "Form | None" = None


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
    """How many seats stand how, and since when the oldest waits."""

    open: int
    leased: int
    done: int
    void: int
    oldest_open: datetime | None


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
        """Make seats, once per review and number; return how many are new."""
        ...

    def withdraw(self, review_ids: Sequence[str]) -> int:
        """Void the open and leased seats of reviews; return how many."""
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

    def counts(self, service: str) -> DeskCounts:
        """Return how the desk stands; never reads a form's text."""
        ...

    def revoke(self, label_ids: Sequence[str], by: str, reason: str) -> int:
        """Take labels out of every estimate from now on; they stay on record. Return how many."""
        ...

    def labels(self, review_id: str) -> list[Label]:
        """Return the labels of a review that are not revoked."""
        ...
