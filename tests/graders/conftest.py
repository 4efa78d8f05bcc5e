"""Answers to grade, and one grader applied to one answer."""

from qualityslo.domain.golden import AnswerType, GoldenItem
from qualityslo.domain.outcome import Ending, Response
from qualityslo.domain.verdict import Answer, Grade, Ungraded, Verdict
from qualityslo.ports import Grader


def answer_to(item: GoldenItem, text: str) -> Answer:
    """Return an answer with this visible text."""
    return Answer(item=item, response=Response(item_id=item.id, ending=Ending.ANSWERED, text=text))


def item_with(
    *references: str, answer: AnswerType | None = None, context: str = "", question: str = "q"
) -> GoldenItem:
    """Return a golden item with these references."""
    return GoldenItem(
        id="x",
        question=question,
        context=(context,) if context else (),
        references=references,
        answer=answer or AnswerType(),
    )


def grade_one(grader: Grader, item: GoldenItem, text: str) -> Grade:
    """Return the grade of one answer."""
    (grade,) = grader.grade([answer_to(item, text)])
    return grade


def is_good(grader: Grader, item: GoldenItem, text: str) -> bool:
    """Return the verdict on one answer, which has to be graded."""
    grade = grade_one(grader, item, text)
    assert isinstance(grade, Verdict), grade
    return grade.good


def reason_of(grader: Grader, item: GoldenItem, text: str) -> str:
    """Return why an answer is not graded."""
    grade = grade_one(grader, item, text)
    assert isinstance(grade, Ungraded), grade
    return grade.reason.value
