"""Labels on their way to the tracker: what changed, through the outbox, and never in the way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import LabelValue
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import StoreError
from qualityslo.jobs import tell_labels as job
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.release import order_release
from qualityslo.jobs.tell_labels import tell_labels
from qualityslo.ports.telling import ReviewedAnswer, ReviewedRun
from qualityslo.store.database import open_database
from qualityslo.store.desk import SqlDesk
from tests.fakes import START, FakeGrader, golden_set, good_if
from tests.jobs.conftest import DAY, Lab
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]


@dataclass
class FakeFeedback:
    """Remembers what it was told of labels; refuses while it is down, or some runs for good."""

    feedback_target: str = "fake.labels"
    down: bool = False
    refused: set[str] = field(default_factory=set)
    told: list[ReviewedRun] = field(default_factory=list)

    def record_feedback(self, run: ReviewedRun) -> None:
        """Remember a run."""
        if self.down or run.run_id in self.refused:
            raise StoreError("the tracker is down")
        self.told.append(run)


@pytest.fixture
def tracker() -> FakeFeedback:
    """Return a tracker that was told nothing."""
    return FakeFeedback()


def parts_of(lab: Lab, tracker: FakeFeedback) -> Parts:
    """Return the parts of a laboratory whose labels are told."""
    return replace(lab.parts(), feedback=tracker)


def label_all(lab: Lab, reviewer: str = "ann", said: str | None = None) -> None:
    """Fill and send every review that waits."""
    rows = open_rows(lab)
    fill(rows, reviewer, None if said is None else lambda _: said)
    send(lab, rows)


def labelled(run: ReviewedRun) -> list[ReviewedAnswer]:
    """Return the answers with a label that stands."""
    return [one for one in run.answers if one.labels]


@pytest.fixture
def reviewed_lab(make_lab: MakeLab) -> Lab:
    """Return a laboratory after a night of 5 reviews, all of them labelled."""
    lab = make_lab(count=20, review=ReviewRule(items_per_night=5))
    lab.run()
    label_all(lab)
    return lab


def test_every_label_is_told_on_the_answer_it_is_about(
    reviewed_lab: Lab, tracker: FakeFeedback
) -> None:
    assert tell_labels("shop", parts_of(reviewed_lab, tracker)) == (1, None)
    (run,) = tracker.told
    assert run.run_id == run.answers_of == reviewed_lab.plan().run_id
    assert len({one.review.id for one in labelled(run)}) == 5
    for one in run.answers:
        (label,) = one.labels
        right = one.review.arms[one.arm] == "right"
        assert label.value is (LabelValue.GOOD if right else LabelValue.BAD)
        for role in one.review.roles[one.arm]:
            (row,) = one.grades[role]
            assert (row.criterion, row.grader, row.item_id) == (
                "correctness",
                "fake",
                one.review.item.id,
            )
            assert isinstance(row.grade, Verdict)
            assert row.grade.good is right


def test_a_grader_without_a_conclusion_is_told_as_such(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    def fails_on_wrong(answer: Answer) -> Grade:
        if answer.response.text == "wrong":
            return Ungraded(reason=UngradedReason.GRADER_ERROR, detail="timed out")
        return Verdict(good=True, score=1.0)

    lab = make_lab(count=10, candidate=None, review=ReviewRule(items_per_night=10))
    lab.graders = {"correctness": [FakeGrader("correctness", fails_on_wrong)]}
    lab.run()
    label_all(lab)
    tell_labels("shop", parts_of(lab, tracker))
    grades = {
        one.review.arms[one.arm]: one.grades["baseline"][0].grade
        for one in tracker.told[0].answers
    }
    assert grades == {
        "wrong": Ungraded(reason=UngradedReason.GRADER_ERROR, detail="timed out"),
        "right": Verdict(good=True, score=1.0),
    }


def test_only_criteria_that_people_judge_have_their_verdicts_told(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    lab = make_lab(count=10, definition=("tone",), review=ReviewRule(items_per_night=10))
    lab.run()
    label_all(lab)
    tell_labels("shop", parts_of(lab, tracker))
    criteria = {
        row.criterion
        for one in tracker.told[0].answers
        for rows in one.grades.values()
        for row in rows
    }
    assert criteria == {"correctness"}


def test_nothing_is_told_twice_and_a_run_without_labels_never(
    lab: Lab, tracker: FakeFeedback
) -> None:
    lab.run()
    assert tell_labels("shop", parts_of(lab, tracker)) == (0, None)
    label_all(lab)
    assert tell_labels("shop", parts_of(lab, tracker)) == (1, None)
    assert tell_labels("shop", parts_of(lab, tracker)) == (0, None)


def test_a_further_label_is_told_of_its_run_alone(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    lab = make_lab(count=20, candidate=None, review=ReviewRule(items_per_night=5))
    lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    lab.run()
    label_all(lab, "ann", "bad")
    lab.clock.move(hours=24)
    second = lab.run(START + DAY)
    tell_labels("shop", parts_of(lab, tracker))
    rows = [row for row in open_rows(lab, "bob") if row["slot"].startswith("2026-03-03")]
    fill(rows, "bob")
    send(lab, rows)
    assert tell_labels("shop", parts_of(lab, tracker)) == (1, None)
    assert tracker.told[-1].run_id == second.run_id


def test_a_revoked_label_is_told_by_its_absence(reviewed_lab: Lab, tracker: FakeFeedback) -> None:
    tell_labels("shop", parts_of(reviewed_lab, tracker))
    gone = labelled(tracker.told[0])[0].labels[0]
    clock = reviewed_lab.clock
    database = open_database(f"sqlite:///{reviewed_lab.folder / 'facts.db'}")
    SqlDesk(database, lambda: "token", lambda _: clock()).revoke([gone.id], "boss", "asleep")
    assert tell_labels("shop", parts_of(reviewed_lab, tracker)) == (1, None)
    before, after = ({x.id for one in run.answers for x in one.labels} for run in tracker.told)
    assert before - after == {gone.id}
    assert len(tracker.told[1].answers) == len(tracker.told[0].answers)


def test_a_dead_tracker_is_told_later_and_once_what_is_so_then(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    lab = make_lab(count=20, review=ReviewRule(items_per_night=5))
    lab.run()
    rows = open_rows(lab)
    tracker.down = True
    for said in ("good", "bad", "unsure"):
        lab.clock.move(minutes=1)
        fill(rows, said={"right": said, "wrong": said}.__getitem__)
        send(lab, rows)
        assert tell_labels("shop", parts_of(lab, tracker)) == (0, "the tracker is down")
    waiting = parts_of(lab, tracker).outbox.waiting(tracker.feedback_target)
    assert [one.attempts for one in waiting] == [3, 2, 1]
    tracker.down = False
    assert tell_labels("shop", parts_of(lab, tracker)) == (1, None)
    assert tell_labels("shop", parts_of(lab, tracker)) == (0, None)
    (run,) = tracker.told
    assert {tuple(label.value.value for label in one.labels) for one in run.answers} == {
        ("good", "bad", "unsure")
    }


def test_a_run_that_is_refused_does_not_stand_in_the_way_of_others(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    lab = make_lab(count=20, candidate=None, review=ReviewRule(items_per_night=3))
    runs = []
    for night in range(3):
        runs.append(lab.run(START + night * DAY).run_id)
        label_all(lab)
        lab.clock.move(hours=24)
    tracker.refused = {runs[2]}
    assert tell_labels("shop", parts_of(lab, tracker)) == (0, "the tracker is down")
    assert tell_labels("shop", parts_of(lab, tracker)) == (2, "the tracker is down")
    assert [one.run_id for one in tracker.told] == [runs[1], runs[0]]


def test_a_store_full_of_labels_is_told_a_few_runs_at_a_time_the_latest_first(
    make_lab: MakeLab, tracker: FakeFeedback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "RUNS_AT_ONCE", 2)
    lab = make_lab(count=20, candidate=None, review=ReviewRule(items_per_night=3))
    runs = []
    for night in range(3):
        runs.append(lab.run(START + night * DAY).run_id)
        label_all(lab)
        lab.clock.move(hours=24)
    assert [tell_labels("shop", parts_of(lab, tracker)) for _ in range(3)] == [
        (2, None),
        (1, None),
        (0, None),
    ]
    assert [one.run_id for one in tracker.told] == runs[::-1]


def test_labels_of_a_release_draw_come_with_the_verdicts_of_its_night(
    make_lab: MakeLab, tracker: FakeFeedback
) -> None:
    lab = make_lab(count=20, review=ReviewRule(items_per_night=1))
    lab.graders = {"correctness": [FakeGrader("correctness", good_if("right"))]}
    night = lab.run()
    lab.clock.move(hours=1)
    order_release(lab.plan(), lab.parts(), 6, lab.clock())
    queue = lab.parts().queue
    release = next(one for one in queue.reviews("shop") if one.run_id != night.run_id)
    label_all(lab)
    tell_labels("shop", parts_of(lab, tracker))
    told = {one.run_id: one for one in tracker.told}
    run = told[release.run_id]
    assert run.answers_of == night.run_id
    assert all(rows for one in run.answers for rows in one.grades.values())


def test_labels_of_another_service_stay_where_they_are(
    reviewed_lab: Lab, tracker: FakeFeedback
) -> None:
    assert tell_labels("another", parts_of(reviewed_lab, tracker)) == (0, None)
    assert tracker.told == []


def test_without_a_tracker_of_labels_nothing_is_queued(reviewed_lab: Lab) -> None:
    parts = reviewed_lab.parts()
    assert tell_labels("shop", parts) == (0, None)
    assert parts.outbox.waiting("fake.labels") == []
