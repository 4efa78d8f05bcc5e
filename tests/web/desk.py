"""A desk, people and an office in memory, for the tests of the pages."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.label import Label, LabelValue
from qualityslo.domain.person import Person, Role
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span
from qualityslo.errors import LabelError, StoreError
from qualityslo.jobs.forms import review_keys
from qualityslo.jobs.reviewers import CriterionAgreement, ReviewerFigures
from qualityslo.ports.desk import (
    Blank,
    Check,
    DeskCounts,
    Done,
    Form,
    HandedIn,
    Lease,
    Outcome,
    Receipt,
    SeatOffer,
    Submission,
    Tally,
)
from qualityslo.stats.estimate import Estimate
from qualityslo.stats.rater_agreement import Agreement, agreement
from qualityslo.web.seams import Progress
from qualityslo.web.site import Settings, Site
from tests.fakes import FakeClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVICE = "support-assistant"
RUBRICS = {
    "correctness": "Good: states what the reference states; wording does not matter.",
    "hallucination": "Good: every claim is supported by the context.",
}


def review(name: str = "r1", *, arms: dict[str, str] | None = None, **item: object) -> Review:
    """Return a review; `item` are fields of its golden item."""
    fields: dict[str, object] = {
        "id": f"item-{name}",
        "question": "What load may be put into the box of a Heron?",
        "context": ("The Heron is a cargo bicycle. Its box holds 80 kg.", "It has two wheels."),
        "references": ("80 kg",),
        **item,
    }
    texts = {"A": "The box holds 80 kg.", "B": "It carries 210 kg."} if arms is None else arms
    return Review(
        id=name,
        run_id="run",
        service=SERVICE,
        golden="handbook",
        slot=NOON,
        item=GoldenItem(**fields),  # type: ignore[arg-type]  # the test names the fields
        position=0,
        stratum="alarm",
        inclusion_probability=0.25,
        arms=texts,
        roles={"A": ("secret-baseline",), "B": ("secret-candidate",)},
        criteria={
            name: (text, hashlib.sha256(text.encode()).hexdigest())
            for name, text in RUBRICS.items()
        },
    )


@dataclass
class Seat:
    """One seat of a review, and who has or had it."""

    review: Review
    reviewer: str = ""
    token: str = ""
    until: datetime = NOON
    state: str = "open"
    key: str = ""
    form: Form = field(default_factory=Form)
    adjudicates: bool = False


class FakeDesk:
    """Satisfies `ports.desk.DeskRecords`, one seat a review."""

    def __init__(self, reviews: Sequence[Review], clock: FakeClock) -> None:
        """Keep seats for reviews, one each."""
        self.seats = [Seat(review=one) for one in reviews]
        self.clock = clock
        self.drafts: dict[tuple[str, str], Form] = {}
        self.submissions: dict[str, tuple[str, str, Submission]] = {}
        self.times: dict[str, datetime] = {}
        self.late: list[tuple[str, str, Submission]] = []
        self.said: list[Label] = []
        self.marked: dict[str, tuple[Span, ...]] = {}
        self.revoked: list[tuple[tuple[str, ...], str, str]] = []
        self.tokens = (f"lease-{n}" for n in itertools.count())
        self.down = False

    def _held(self, token: str) -> Seat | None:
        if self.down:
            raise StoreError("the store is down")
        for one in self.seats:
            if one.token == token and one.state == "leased" and one.until > self.clock.now:
                return one
        return None

    def _lease(self, seat: Seat, lease: timedelta) -> Lease:
        seat.until = self.clock.now + lease
        return Lease(
            review=seat.review,
            seat_no=0,
            token=seat.token,
            until=seat.until,
            draft=self.drafts.get((seat.review.id, seat.reviewer)),
            adjudicates=seat.adjudicates,
        )

    def expire(self) -> None:
        """Let every hold run out."""
        for one in self.seats:
            if one.state == "leased":
                one.state, one.token = "open", ""

    def claim(self, service: str, reviewer: str, lease: timedelta) -> Lease | None:
        """See the port."""
        assert service == SERVICE
        for one in self.seats:
            if one.state == "leased" and one.reviewer == reviewer and self._held(one.token):
                return self._lease(one, lease)
        done = {one.review.id for one in self.seats if one.state == "done"}
        for one in self.seats:
            if one.state == "open" and one.review.id not in done:
                one.state, one.reviewer, one.token = "leased", reviewer, next(self.tokens)
                return self._lease(one, lease)
        return None

    def beat(self, token: str, lease: timedelta) -> datetime | None:
        """See the port."""
        seat = self._held(token)
        return None if seat is None else self._lease(seat, lease).until

    def release(self, token: str) -> bool:
        """See the port."""
        seat = self._held(token)
        if seat is not None:
            seat.state = "open"
        return seat is not None

    def save(self, token: str, form: Form) -> datetime | None:
        """See the port."""
        seat = self._held(token)
        if seat is None:
            return None
        self.drafts[seat.review.id, seat.reviewer] = form
        return self.clock.now

    def submit(self, reviewer: str, submission: Submission) -> Receipt:
        """See the port."""
        seat = self._held(submission.token)
        if submission.key in self.submissions:
            about = self.submissions[submission.key][0]
            return Receipt(outcome=Outcome.KNOWN, review_id=about)
        if seat is None or seat.reviewer != reviewer:
            return Receipt(outcome=Outcome.LOST, review_id="")
        self._check(seat.review, submission.form)
        seat.state, seat.key, seat.form = "done", submission.key, submission.form
        self.submissions[submission.key] = (seat.review.id, reviewer, submission)
        self.times[submission.key] = self.clock.now
        self.drafts.pop((seat.review.id, reviewer), None)
        return Receipt(outcome=Outcome.STORED, review_id=seat.review.id, labels=4)

    def _check(self, about: Review, form: Form) -> None:
        for (arm, _), spans in form.spans.items():
            for span in spans:
                span.check(about.arms[arm])
        if not form.skipped_because and len(form.values) < len(about.arms) * len(about.criteria):
            raise LabelError("a blank is empty")

    def submit_late(self, review_id: str, reviewer: str, submission: Submission) -> Receipt:
        """See the port."""
        self.late.append((review_id, reviewer, submission))
        seat = next(one for one in self.seats if one.review.id == review_id)
        seat.state, seat.reviewer, seat.key = "done", reviewer, submission.key
        self.submissions[submission.key] = (review_id, reviewer, submission)
        self.times[submission.key] = self.clock.now
        return Receipt(outcome=Outcome.STORED, review_id=review_id, labels=4)

    def undo(self, key: str, reviewer: str) -> Lease | None:
        """See the port."""
        for one in self.seats:
            if one.key == key and one.reviewer == reviewer and one.state == "done":
                one.state, one.key, one.token = "leased", "", next(self.tokens)
                self.drafts[one.review.id, reviewer] = one.form
                del self.submissions[key]
                return self._lease(one, timedelta(minutes=15))
        return None

    def done(self, service: str, reviewer: str, limit: int) -> list[Done]:
        """See the port."""
        mine = [
            Done(
                review_id=about,
                key=key,
                submitted_at=self.times[key],
                skipped=bool(one.form.skipped_because),
                can_undo=True,
            )
            for key, (about, who, one) in self.submissions.items()
            if who == reviewer
        ]
        return mine[::-1][:limit]

    def review(self, review_id: str) -> Review | None:
        """See the port."""
        found = (one.review for one in self.seats if one.review.id == review_id)
        return next(found, None)

    def counts(self, service: str, since: datetime | None = None) -> DeskCounts:
        """See the port."""
        states = [one.state for one in self.seats]
        return DeskCounts(
            open=states.count("open"),
            leased=states.count("leased"),
            done=states.count("done"),
            void=0,
            oldest_open=NOON - timedelta(hours=5) if "open" in states else None,
            adjudications=sum(one.adjudicates for one in self.seats),
            done_since=states.count("done"),
        )

    def revoke(self, label_ids: Sequence[str], by: str, reason: str) -> int:
        """See the port."""
        self.revoked.append((tuple(label_ids), by, reason))
        self.said = [one for one in self.said if one.id not in label_ids]
        return len(label_ids)

    def labels(self, review_id: str) -> list[Label]:
        """See the port."""
        return [one for one in self.said if one.review_id == review_id]

    def spans(self, label_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
        """See the port."""
        return {name: spans for name, spans in self.marked.items() if name in label_ids}

    def offer(self, seats: Sequence[SeatOffer]) -> int:
        """See the port."""
        raise NotImplementedError

    def withdraw(self, review_ids: Sequence[str]) -> int:
        """See the port."""
        raise NotImplementedError

    def standing(self, service: str) -> list[str]:
        """See the port."""
        raise NotImplementedError

    def tallies(self, service: str) -> list[Tally]:
        """See the port."""
        raise NotImplementedError

    def rule(self, review_id: str, blank: Blank, said: LabelValue, by: str, note: str) -> Label:
        """See the port."""
        raise NotImplementedError

    def handed_in(self, service: str) -> list[HandedIn]:
        """See the port."""
        raise NotImplementedError

    def checks(self, service: str) -> list[Check]:
        """See the port."""
        raise NotImplementedError


class FakePeople:
    """Satisfies `web.seams.People`."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self.tokens: dict[str, Person] = {}
        self.sessions: dict[str, Person] = {}
        self.known: dict[str, Person] = {}
        self.numbers = itertools.count()

    def add(self, name: str, *roles: Role) -> str:
        """Let somebody in; return their one-time token."""
        person = Person(name=name, roles=frozenset(roles))
        self.known[name] = person
        token = f"token-of-{name}"
        self.tokens[token] = person
        return token

    def enter(self, token: str) -> str | None:
        """See the seam."""
        person = self.tokens.pop(token, None)
        if person is None:
            return None
        session = f"session-{next(self.numbers)}-{person.name}"
        self.sessions[session] = person
        return session

    def who(self, session: str) -> Person | None:
        """See the seam."""
        person = self.sessions.get(session)
        return None if person is None else self.known.get(person.name)

    def named(self, name: str) -> Person | None:
        """See the seam."""
        return self.known.get(name)

    def leave(self, session: str) -> None:
        """See the seam."""
        self.sessions.pop(session, None)


class FakeOffice:
    """Satisfies `web.seams.Office` over a fake desk."""

    def __init__(self, desk: FakeDesk) -> None:
        """Keep the books of a desk."""
        self.desk = desk
        self.rows: list[ReviewerFigures] = []
        self.agreements: list[CriterionAgreement] = []

    def review(self, review_id: str) -> Review | None:
        """See the seam."""
        return self.desk.review(review_id)

    def counts(self) -> DeskCounts:
        """See the seam."""
        return self.desk.counts(SERVICE, NOON)

    def progress(self) -> Progress:
        """See the seam."""
        counts = self.counts()
        return Progress(done=counts.done_since, of=counts.done_since + counts.open + counts.leased)

    def moved(self, forms: int) -> None:
        """See the seam."""

    def reviewers(self) -> list[ReviewerFigures]:
        """See the seam."""
        return self.rows

    def agreement(self) -> list[CriterionAgreement]:
        """See the seam."""
        return self.agreements

    def export(self) -> Iterator[dict[str, Json]]:
        """See the seam."""
        for one in self.desk.said:
            yield {"label_id": one.id, "value": one.value.value, "note": one.note}


def labels_of(about: Review, reviewer: str, value: LabelValue, note: str = "") -> list[Label]:
    """Return what a person said about every blank of a review."""
    return [
        Label(
            id=f"{about.id}-{reviewer}-{arm}-{criterion}",
            key=key,
            value=value,
            reviewer=reviewer,
            recorded_at=NOON,
            review_id=about.id,
            slot=NOON,
            note=note,
        )
        for (arm, criterion), key in review_keys(about).items()
    ]


def make_site(reviews: Sequence[Review], host: str = "127.0.0.1:8765", **settings: object) -> Site:
    """Return a site in memory."""
    clock = FakeClock(NOON)
    desk = FakeDesk(reviews, clock)
    names = itertools.count()
    return Site(
        service=SERVICE,
        desk=desk,
        people=FakePeople(),
        office=FakeOffice(desk),
        settings=replace(Settings(hosts=(host,)), **settings),  # type: ignore[arg-type]  # by name
        clock=clock,
        mint=lambda: f"minted-{next(names)}",
        version="test",
    )


@cache
def agreed() -> Agreement:
    """Return how far two people agree who differ once."""
    ratings = [["good"] * 9 + ["bad"], ["good"] * 8 + ["bad", "bad"]]
    return agreement(ratings, rng=np.random.default_rng(1), resamples=200)


def share() -> Estimate:
    """Return a share with its interval."""
    return Estimate(
        point=0.9,
        low=0.7,
        high=0.98,
        confidence=0.95,
        labelled=20,
        items=20,
        frame="traffic",
        method="wilson",
    )
