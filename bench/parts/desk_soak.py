"""Scripted people let loose on a desk: they do what people do, and everything is counted.

Each takes seats and hands forms in, skips, reloads, clicks twice at once, gives back, goes away
without a word, comes back after the lease has run out, takes back, and now and then "dies" in the
middle of a transaction. A referee writes down who held what from when to when.
"""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.parts.desk_audit import audit
from bench.parts.desk_reviews import (
    SERVICE,
    make_reviews,
    offer_all,
    open_desk,
    whole_form,
)
from qualityslo.domain.label import LabelValue
from qualityslo.ports.desk import Form, Lease, Outcome, Submission
from qualityslo.store.database import Database
from qualityslo.store.desk import SqlDesk
from qualityslo.store.dialect import database_now

LEASE = timedelta(milliseconds=500)
_VALUES = (LabelValue.GOOD, LabelValue.GOOD, LabelValue.BAD, LabelValue.UNSURE)


class Died(Exception):  # noqa: N818 - what happened, not a mistake
    """A scripted death in the middle of a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What happened: counts of calls, and of what must not happen, which are all to be 0."""

    seconds: float
    people: int
    claims: int
    stored: int
    known: int
    lost: int
    undone: int
    deaths: int
    held_by_two: int
    seen_twice: int
    labels_lost: int
    labels_doubled: int
    overlap_wrong: int
    events_broken: int
    errors: tuple[str, ...]

    @property
    def faults(self) -> int:
        """How often something happened that must not."""
        wrong = (self.held_by_two, self.seen_twice, self.labels_lost, self.labels_doubled)
        return sum(wrong) + self.overlap_wrong + self.events_broken + len(self.errors)


@dataclass
class Referee:
    """Writes down who holds what; what is given back is noted before the desk is told."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    holders: dict[tuple[str, int], tuple[str, datetime]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    stored: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def granted(self, lease: Lease) -> None:
        """Note a lease; a seat is held by two where another was promised it for longer than till now.

        By the clock of this machine, which is that of the database, read when the seat is taken.
        """
        now = datetime.now(UTC)  # noqa: TID251 - a bench measures
        place = (lease.review.id, lease.seat_no)
        with self.lock:
            self.counts["claims"] += 1
            token, until = self.holders.get(place, (lease.token, now))
            if token != lease.token and until > now:
                self.counts["held_by_two"] += 1
            self.holders[place] = (lease.token, lease.until)

    def gives_back(self, lease: Lease) -> None:
        """Note that a holder lets go, before the desk hears of it."""
        with self.lock:
            place = (lease.review.id, lease.seat_no)
            if self.holders.get(place, ("",))[0] == lease.token:
                del self.holders[place]

    def count(self, name: str) -> None:
        """Count something."""
        with self.lock:
            self.counts[name] += 1

    def receipt(self, outcome: Outcome, key: str) -> None:
        """Note what the desk said of a form."""
        with self.lock:
            self.counts[outcome.value] += 1
            if outcome is Outcome.STORED:
                self.stored.add(key)


@dataclass
class Person:
    """One scripted person."""

    name: str
    desk: SqlDesk
    dying: SqlDesk
    referee: Referee
    rng: random.Random
    answered: dict[str, str] = field(default_factory=dict)  # key -> review
    held: Lease | None = None

    def step(self) -> None:
        """Take a seat, and do something with it."""
        if self.rng.random() < 0.03:
            self._die(lambda: self.dying.claim(SERVICE, self.name, LEASE))
        lease = self.desk.claim(SERVICE, self.name, LEASE)
        if lease is None:
            self._take_back()
            return
        self._note(lease)
        act = self.rng.choices(
            (
                self._hand_in,
                self._click_twice,
                self._reload,
                self._give_back,
                self._go_away,
                self._come_late,
                self._die_handing_in,
            ),
            weights=(55, 8, 10, 8, 6, 6, 7),
        )[0]
        act(lease)
        if self.rng.random() < 0.08:
            self._take_back()

    def _note(self, lease: Lease) -> None:
        self.held = lease
        self.referee.granted(lease)
        if lease.review.id in self.answered.values():
            self.referee.count("seen_twice")

    def _form(self) -> Form:
        if self.rng.random() < 0.1:
            return Form(skipped_because="unclear")
        return whole_form(self.rng.choice(_VALUES))

    def _submission(self, lease: Lease) -> Submission:
        key = secrets.token_hex(8)
        return Submission(token=lease.token, key=key, form=self._form(), order=("A", "B"))

    def _hand_in(self, lease: Lease) -> None:
        submission = self._submission(lease)
        if self.rng.random() < 0.2:
            self.desk.save(lease.token, submission.form)
        self.referee.gives_back(lease)
        self._submit(lease, submission)

    def _submit(self, lease: Lease, submission: Submission) -> None:
        receipt = self.desk.submit(self.name, submission)
        self.referee.receipt(receipt.outcome, submission.key)
        if receipt.outcome is Outcome.STORED:
            self.answered[submission.key] = lease.review.id

    def _click_twice(self, lease: Lease) -> None:
        submission = self._submission(lease)
        self.referee.gives_back(lease)
        other = threading.Thread(target=self._submit, args=(lease, submission))
        other.start()
        self._submit(lease, submission)
        other.join()

    def _reload(self, _: Lease) -> None:
        again = self.desk.claim(SERVICE, self.name, LEASE)
        if again is not None:
            self._note(again)
            self._hand_in(again)

    def _give_back(self, lease: Lease) -> None:
        self.referee.gives_back(lease)
        self.desk.release(lease.token)

    def _go_away(self, lease: Lease) -> None:
        self.desk.beat(lease.token, LEASE)

    def _come_late(self, lease: Lease) -> None:
        """Hand in when the lease has run out; what is lost then is saved all the same."""
        time.sleep(LEASE.total_seconds() * 1.2)
        submission = self._submission(lease)
        self.referee.gives_back(lease)
        receipt = self.desk.submit(self.name, submission)
        if receipt.outcome is Outcome.LOST:
            self.referee.count(Outcome.LOST.value)
            receipt = self.desk.submit_late(lease.review.id, self.name, submission)
        self.referee.receipt(receipt.outcome, submission.key)

    def _die_handing_in(self, lease: Lease) -> None:
        submission = self._submission(lease)
        self._die(lambda: self.dying.submit(self.name, submission))
        self.referee.gives_back(lease)
        self._submit(lease, submission)

    def _die(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Died:
            self.referee.count("deaths")

    def _take_back(self) -> None:
        if not self.answered:
            return
        key = next(reversed(self.answered))
        review = self.answered.pop(key)
        if self.held is not None:  # one seat at a time: taking back gives back
            self.referee.gives_back(self.held)
        lease = self.desk.undo(key, self.name)
        if lease is None:
            self.answered[key] = review
            return
        with self.referee.lock:
            self.referee.undone.add(key)
        self._note(lease)
        self._hand_in(lease)


def dying_desk(database: Database) -> SqlDesk:
    """Return a desk whose clock kills who looks at it: inside of every transaction."""

    def dies(connection: Any) -> datetime:
        database_now(connection)
        raise Died

    return SqlDesk(database, lambda: secrets.token_urlsafe(16), dies)


def soak(
    database: Database, people: int, seconds: float, *, reviews: int = 2_000, seed: int = 1
) -> Soaked:
    """Let people loose on an empty store for so long; return what happened.

    Args:
        database: an empty store.
        people: how many, each a thread.
        seconds: for how long.
        reviews: how many wait, with two seats each.
        seed: of what people do.
    """
    desk, referee = open_desk(database), Referee()
    ids = make_reviews(database, reviews)
    offer_all(desk, ids, seats=2)
    crowd = [
        Person(
            name=f"person {number}",
            desk=desk,
            dying=dying_desk(database),
            referee=referee,
            rng=random.Random(seed * 1_000 + number),
        )
        for number in range(people)
    ]
    start = time.monotonic()
    with ThreadPoolExecutor(people) as pool:
        for one in crowd:
            pool.submit(_live, one, start + seconds)
    took = time.monotonic() - start
    return Soaked(
        seconds=round(took, 1),
        people=people,
        errors=tuple(referee.errors),
        undone=len(referee.undone),
        held_by_two=referee.counts["held_by_two"],
        seen_twice=referee.counts["seen_twice"],
        **{name: referee.counts[name] for name in ("claims", "stored", "known", "lost", "deaths")},
        **audit(database, referee.stored - referee.undone),
    )


def _live(person: Person, until: float) -> None:
    try:
        while time.monotonic() < until:
            person.step()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the soak looks for
        person.referee.errors.append(f"{person.name}: {error!r}")
