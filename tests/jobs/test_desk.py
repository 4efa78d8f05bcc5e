"""Filling the desk, checking the people at it, and what their labels do to the numbers."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import LabelValue, is_doubled
from qualityslo.domain.person import Role as Post
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.errors import UsageError
from qualityslo.jobs.desk import Refreshed, disputes, refresh_desk, settle_dispute
from qualityslo.jobs.desk_checks import CheckRule, _is_due, settled_answers
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import waiting_for_labels
from qualityslo.jobs.reviewers import ReviewerFigures, reviewer_agreement, reviewer_figures
from qualityslo.jobs.settle import report_as_of
from qualityslo.ports.desk import Form, Purpose, Submission, Tally
from qualityslo.stats import Undefined
from qualityslo.store.database import open_database
from qualityslo.store.desk import SqlDesk
from qualityslo.store.people import SqlPeople
from tests.fakes import START, golden_set
from tests.jobs.conftest import DAY, Lab
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]
Judge = Callable[[Review, str], LabelValue]
NEVER = CheckRule(gold=0, repeats=0)


def honest(_: Review, text: str) -> LabelValue:
    """Say what is so."""
    return LabelValue.GOOD if text == "right" else LabelValue.BAD


def always(value: LabelValue) -> Judge:
    """Return somebody who says one thing."""
    return lambda _review, _text: value


@dataclass
class Office:
    """A laboratory with a desk, and people who work at it."""

    lab: Lab
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Open the desk."""
        database = open_database(f"sqlite:///{self.lab.folder / 'facts.db'}")
        clock = lambda _: self.lab.clock()  # noqa: E731 - as short as it goes
        self.desk = SqlDesk(database, self.mint, clock)
        self.people = SqlPeople(database, self.mint, clock)

    def mint(self) -> str:
        """Return something new."""
        return f"new {next(self.numbers)}"

    @property
    def parts(self) -> Parts:
        """The adapters, with the desk."""
        return replace(self.lab.parts(), desk=self.desk)

    def refresh(self, rule: CheckRule = NEVER) -> Refreshed:
        """Fill the desk as of now."""
        return refresh_desk(self.lab.plan(), self.parts, self.lab.clock(), rule)

    def work(self, who: str, judge: Judge = honest, *, at_most: int = 1_000) -> list[str]:
        """Let somebody work until nothing waits; return the reviews in the order they came."""
        seen = []
        for _ in range(at_most):
            lease = self.desk.claim("shop", who, timedelta(minutes=15))
            if lease is None:
                break
            review = lease.review
            values = {
                (arm, name): judge(review, text)
                for arm, text in review.arms.items()
                for name in review.criteria
            }
            self.lab.clock.move(seconds=20)
            submission = Submission(
                token=lease.token, key=self.mint(), form=Form(values=values), order=("A", "B")
            )
            self.desk.submit(who, submission)
            seen.append(review.id)
        return seen

    def night(self, number: int, text: str = "") -> None:
        """Run a night, and let an hour pass; with a text, two of three answers are that one."""
        if text:
            self.lab.another_model(
                Role.BASELINE, lambda item: text if int(item.id[1:]) % 3 else "right"
            )
        self.lab.clock.now = START + number * DAY
        self.lab.run(START + number * DAY)
        self.lab.clock.move(hours=1)


@pytest.fixture
def office(make_lab: MakeLab) -> Office:
    """Return an office after its first night: 6 of 60 answers bad; a bad label is confirmed."""
    lab = make_lab(candidate=None)
    lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    office = Office(lab)
    office.night(0)
    return office


class TestFilling:
    """Which reviews have seats."""

    def test_first_looks_come_in_the_order_of_the_draw(self, office: Office) -> None:
        waiting = waiting_for_labels(office.lab.plan(), office.parts, office.lab.clock())
        assert office.refresh() == Refreshed(made=20, withdrawn=0)
        assert office.refresh() == Refreshed(made=0, withdrawn=0)
        assert office.work("ann") == [one.id for one in waiting]

    def test_the_oldest_night_comes_first(self, office: Office) -> None:
        office.night(1)
        office.refresh()
        reviews = {one.id: one for one in office.parts.queue.reviews("shop")}
        slots = [reviews[one].slot for one in office.work("ann")]
        assert slots == sorted(slots)
        assert len(set(slots)) == 2

    def test_second_looks_are_at_what_is_unconfirmed_and_what_is_doubled(
        self, office: Office
    ) -> None:
        office.refresh()
        first = office.work("ann")
        reviews = {one.id: one for one in office.parts.queue.reviews("shop")}
        bad = {one for one in first if reviews[one].arms["A"] == "wrong"}
        doubled = {one for one in first if is_doubled(one)}
        assert bad
        assert office.refresh().made == len(bad | doubled)
        assert office.work("ann") == []
        assert set(office.work("bob")) == bad | doubled
        assert office.refresh() == Refreshed(made=0, withdrawn=0)
        assert office.work("cat") == []

    def test_somebody_unsure_leaves_the_second_look_to_a_third(self, office: Office) -> None:
        office.refresh()
        office.work("ann", always(LabelValue.BAD), at_most=1)
        office.refresh()
        mine = office.work("bob", always(LabelValue.UNSURE), at_most=1)
        assert office.refresh().made == 1
        assert office.work("cat", at_most=1) == mine

    def test_where_people_differ_an_adjudicator_decides(self, office: Office) -> None:
        office.refresh()
        (review,) = office.work("ann", always(LabelValue.BAD), at_most=1)
        office.refresh()
        assert office.work("bob", always(LabelValue.GOOD), at_most=1) == [review]
        assert office.refresh().made == 1
        (dispute,) = disputes(office.lab.plan(), office.parts, office.lab.clock())
        assert (dispute.review.id, dispute.arm, dispute.criterion) == (review, "A", "correctness")
        assert [one.reviewer for one in dispute.labels] == ["ann", "bob"]
        assert review not in office.work("cat")
        office.people.invite("dan", frozenset({Post.ADJUDICATOR, Post.REVIEWER}))
        assert office.work("dan", at_most=1) == [review]
        assert disputes(office.lab.plan(), office.parts, office.lab.clock()) == []

    def test_a_ruling_takes_the_seat_away(self, office: Office) -> None:
        office.refresh()
        office.work("ann", always(LabelValue.BAD), at_most=1)
        office.refresh()
        office.work("bob", always(LabelValue.GOOD), at_most=1)
        office.refresh()
        (dispute,) = disputes(office.lab.plan(), office.parts, office.lab.clock())
        settle_dispute(office.parts, dispute, LabelValue.BAD, "eve", "see page 3")
        assert office.refresh() == Refreshed(made=0, withdrawn=1)

    def test_an_adjudicator_who_is_unsure_leaves_it_to_another(self, office: Office) -> None:
        for who in ("dan", "eve"):
            office.people.invite(who, frozenset({Post.ADJUDICATOR}))
        office.refresh()
        office.work("ann", always(LabelValue.BAD), at_most=1)
        office.refresh()
        office.work("bob", always(LabelValue.GOOD), at_most=1)
        office.refresh()
        office.work("dan", always(LabelValue.UNSURE), at_most=1)
        assert office.refresh().made == 1

    def test_what_was_imported_needs_no_seat(self, office: Office) -> None:
        office.refresh()
        rows = open_rows(office.lab)
        fill(rows[:1], "ann", lambda _: "bad")
        fill(rows[1:], "ann", lambda _: "unsure")
        send(office.lab, rows)
        assert office.refresh() == Refreshed(made=0, withdrawn=19)
        assert office.work("ann") == []
        assert office.work("bob") == [rows[0]["review_id"]]

    def test_past_the_deadline_nothing_is_asked(self, office: Office) -> None:
        office.refresh()
        office.lab.clock.move(hours=48)
        assert office.work("ann") == []
        assert office.refresh() == Refreshed(made=0, withdrawn=20)
        assert office.desk.counts("shop").void == 20

    def test_a_revoked_look_is_asked_again(self, office: Office) -> None:
        office.refresh()
        (review,) = office.work("ann", at_most=1)
        ids = [one.id for one in office.desk.labels(review)]
        office.desk.revoke(ids, "eve", "guessed")
        assert office.refresh().made == 1
        assert office.work("bob", at_most=1) == [review]

    def test_without_a_desk_there_is_nothing_to_fill(self, office: Office) -> None:
        with pytest.raises(UsageError, match="without a reviewers' desk"):
            refresh_desk(office.lab.plan(), office.lab.parts(), office.lab.clock())


class TestNumbers:
    """What labels from the desk do to a night's conclusion."""

    def test_they_estimate_and_an_old_report_reproduces_after_a_revocation(
        self, office: Office
    ) -> None:
        office.refresh()
        office.work("ann")
        office.refresh()
        office.work("bob")
        plan, (run,) = office.lab.plan(), office.parts.store.runs("shop")
        then = office.lab.clock.now
        before = report_as_of(plan, run, office.parts, then)
        assert next(iter(before.slis)).estimate is not None
        assert next(iter(before.slis)).estimate.labelled == 20  # type: ignore[union-attr]  # asserted above
        office.lab.clock.move(minutes=1)
        some = [one.id for one in office.parts.queue.labels("shop", "faq", then)][:5]
        office.desk.revoke(some, "eve", "guessed")
        now = office.lab.clock.now
        assert report_as_of(plan, run, office.parts, then) == before
        assert report_as_of(plan, run, office.parts, now).slis != before.slis
        assert sum(one.waiting for one in report_as_of(plan, run, office.parts, now).reviews) > 0


def grown(make_lab: MakeLab, nights: int) -> Office:
    """Return an office in which everything of so many nights is done by two people.

    Every answer is new each night, so that all twenty reviews are asked about.
    """
    lab = make_lab(candidate=None, review=ReviewRule(items_per_night=20))
    lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    office = Office(lab)
    for number in range(nights):
        office.night(number, text=f"wrong {number}")
        for who in ("ann", "bob"):
            office.refresh()
            office.work(who)
    return office


@pytest.fixture
def checked(make_lab: MakeLab) -> Office:
    """Return an office whose first two nights are final, and whose fifth waits."""
    office = grown(make_lab, 4)
    office.night(4)
    return office


def checks_by(office: Office, purpose: Purpose) -> dict[str, set[str]]:
    """Return who has answered which checks."""
    found: dict[str, set[str]] = {}
    for one in office.desk.handed_in("shop"):
        if one.purpose is purpose:
            found.setdefault(one.reviewer, set()).add(one.review_id)
    return found


class TestChecks:
    """Gold and repeats."""

    def test_gold_is_settled_unseen_by_its_person_and_no_label(self, checked: Office) -> None:
        labels = len(checked.parts.queue.labels("shop", "faq", checked.lab.clock.now))
        checked.refresh()
        checked.work("cat", at_most=4)
        checked.refresh()
        mine = checked.refresh(CheckRule(gold=0.5, repeats=0)).made
        assert mine == 1  # for cat alone: there is no gold that the others have not seen
        before = len(checked.parts.queue.labels("shop", "faq", checked.lab.clock.now))
        assert before > labels
        (review,) = checked.work("cat", at_most=1)
        assert checks_by(checked, Purpose.GOLD) == {"cat": {review}}
        after = checked.parts.queue.labels("shop", "faq", checked.lab.clock.now)
        assert len(after) == before
        settled = settled_answers(checked.parts.queue.labels_of([review]), without="cat")
        assert settled
        (figures,) = [one for one in figures_of(checked) if one.name == "cat"]
        assert figures.gold is not None
        assert (figures.gold.point, figures.gold.labelled) == (1.0, 1)
        assert figures.gold.low < 0.1

    def test_repeats_are_ones_own_of_another_day(self, checked: Office) -> None:
        checked.refresh(CheckRule(gold=0, repeats=0.5))
        first = [
            checked.work(who, always(LabelValue.GOOD), at_most=1)[0] for who in ("ann", "bob")
        ]
        assert checks_by(checked, Purpose.REPEAT) == {"ann": {first[0]}, "bob": {first[1]}}
        for figures in figures_of(checked):
            if figures.name in {"ann", "bob"}:
                assert figures.self_agreement is not None
                assert figures.self_agreement.labelled == 1

    def test_what_is_fresh_checks_nobody(self, office: Office) -> None:
        """A night that is not final may change, and today's answers are remembered."""
        office.refresh()
        office.work("ann", always(LabelValue.BAD), at_most=6)
        office.refresh()
        office.work("bob", always(LabelValue.BAD), at_most=6)
        office.work("cat", always(LabelValue.GOOD), at_most=6)
        office.refresh()
        assert settled_answers(office.parts.queue.labels("shop", "faq", office.lab.clock.now))
        assert office.refresh(CheckRule(gold=0.5, repeats=0.5)).made == 0

    def test_nobody_is_called_for_checks_alone(self, checked: Office) -> None:
        checked.refresh()
        checked.work("cat")
        checked.refresh()
        checked.work("dan")
        assert checked.refresh(CheckRule(gold=0.5, repeats=0.5)) == Refreshed(made=0, withdrawn=0)

    @pytest.mark.parametrize("share", [0.05, 0.2])
    @pytest.mark.parametrize("purpose", [Purpose.GOLD, Purpose.REPEAT])
    def test_their_share_is_what_was_asked_for(self, purpose: Purpose, share: float) -> None:
        gaps, since = [0], 0
        for _ in range(20_000):
            since += 1
            made, other = (len(gaps), since), (0, 10_000)
            gold, repeats = (made, other) if purpose is Purpose.GOLD else (other, made)
            tally = Tally(
                reviewer="ann",
                estimates=0,
                gold=gold[0],
                since_gold=gold[1],
                repeats=repeats[0],
                since_repeat=repeats[1],
            )
            if _is_due(7, tally, purpose, share):
                gaps.append(since)
                since = 0
        assert len(gaps) / 20_000 == pytest.approx(share, rel=0.15)
        assert min(gaps[1:]) >= 0.5 / share
        assert len(set(gaps)) >= 0.9 / share  # nobody can count it out

    @pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
    def test_a_share_that_leaves_no_work_is_refused(self, share: float) -> None:
        with pytest.raises(ValueError, match=r"from 0 to 0\.5"):
            CheckRule(gold=share)


def figures_of(office: Office) -> list[ReviewerFigures]:
    """Return everybody's figures as of now."""
    return reviewer_figures(office.lab.plan(), office.parts, office.lab.clock())


class TestReviewers:
    """What is said of people."""

    def test_how_much_and_how_fast(self, office: Office) -> None:
        office.refresh()
        office.work("ann", at_most=6)
        office.work("bob", always(LabelValue.UNSURE), at_most=2)
        ann, bob = reviewer_figures(office.lab.plan(), office.parts, office.lab.clock())
        assert (ann.name, ann.labels, ann.missing, ann.median_seconds) == ("ann", 6, 0, 20.0)
        assert (bob.name, bob.labels, bob.missing) == ("bob", 0, 2)
        assert (ann.gold, ann.self_agreement, ann.flagged) == (None, None, 0)

    def test_agreement_is_of_what_chance_had_doubled(self, make_lab: MakeLab) -> None:
        lab = make_lab(candidate=None, count=200, review=ReviewRule(items_per_night=120))
        lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
        office = Office(lab)
        office.night(0)
        rng = np.random.default_rng(1)
        plan = lab.plan()
        (row,) = reviewer_agreement(plan, office.parts, lab.clock(), rng)
        assert isinstance(row.found.raw, Undefined)
        office.refresh()
        first = office.work("ann", always(LabelValue.BAD))
        office.refresh()
        doubled = [one for one in first if is_doubled(one)]
        ever_other = iter(itertools.cycle([LabelValue.BAD, LabelValue.GOOD]))
        office.work("bob", lambda *_: next(ever_other))
        (row,) = reviewer_agreement(plan, office.parts, lab.clock(), rng)
        assert (row.golden, row.criterion) == ("faq", "correctness")
        assert (row.found.raters, row.found.rated_twice) == (2, len(doubled))
        assert len(first) == 120
        assert 0 < len(doubled) < 40
