"""Grading: whatever a grader does, every answer gets one grade and no night is lost."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.jobs.grade import grades_of
from tests.fakes import FakeGrader, good_if, items, reply


def answers(count: int) -> list[Answer]:
    """Return answers, all right."""
    return [Answer(item=item, response=reply(item, "right")) for item in items(count)]


class Scripted:
    """A grader that does something wrong with a batch."""

    name, version, criterion = "scripted", "1", "correctness"

    def __init__(self, play: Callable[[Sequence[Answer]], object]) -> None:
        """Play a part."""
        self.play = play

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Return whatever the script says."""
        return self.play(batch)  # type: ignore[return-value]  # on purpose


def raises(_: Sequence[Answer]) -> object:
    """Throw."""
    raise ZeroDivisionError("half way")


def test_one_poisonous_answer_leaves_the_others_graded() -> None:
    def rule(answer: Answer) -> Grade:
        if answer.item.id == "q003":
            raise ValueError("poison")
        return good_if("right")(answer)

    grades = grades_of(FakeGrader("correctness", rule), answers(6))
    assert [isinstance(one, Verdict) for one in grades] == [True, True, True, False, True, True]
    poisoned = grades[3]
    assert isinstance(poisoned, Ungraded)
    assert poisoned.reason is UngradedReason.GRADER_ERROR
    assert poisoned.detail == "ValueError: poison"


@pytest.mark.parametrize(
    ("play", "detail"),
    [
        pytest.param(raises, "ZeroDivisionError: half way", id="a grader that throws"),
        pytest.param(
            lambda _: [], "0 grades for 1 answers", id="a grader that returns too little"
        ),
        pytest.param(
            lambda _: [Verdict(good=True, score=1.0)] * 2,
            "2 grades for 1 answers",
            id="a grader that returns too much",
        ),
        pytest.param(
            lambda batch: [0.5 for _ in batch],
            "returned float; a grade is a Verdict or an Ungraded",
            id="a grader that returns bare numbers",
        ),
        pytest.param(
            lambda batch: [None for _ in batch],
            "returned NoneType; a grade is a Verdict or an Ungraded",
            id="a grader that returns nothing",
        ),
    ],
)
def test_a_broken_grader_leaves_answers_ungraded_with_the_cause(
    play: Callable[[Sequence[Answer]], object], detail: str
) -> None:
    grades = grades_of(Scripted(play), answers(3))
    assert grades == [Ungraded(reason=UngradedReason.GRADER_ERROR, detail=detail)] * 3


def test_no_answers_need_no_grader() -> None:
    assert grades_of(Scripted(raises), []) == []
