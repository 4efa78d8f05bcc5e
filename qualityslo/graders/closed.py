"""The grader `closed`: the definition of correctness for closed answers (`truth: grader:closed`).

By kind of answer: number by the rule of `numeric`; text, list and date by the rule of
`contains`; an expected refusal is right if the text declines (the rule of `abstention`). A tool
call is no text and stays ungraded.

What it cannot see: naming the right answer only to deny it, or among several candidates, is
right for text; for numbers the last one counts, whatever came before. "There are 60 minutes in
one hour" is 60: the word "one" is the answer only where there is no other number.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason
from qualityslo.graders.abstention import declines
from qualityslo.graders.contains import grade_named
from qualityslo.graders.numeric import grade_number
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.references import right, wrong


class Closed:
    """Judges correctness of closed answers; the module's docstring is the rule."""

    name = "closed"
    version = "1"
    criterion = "correctness"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; ungraded without a usable reference."""
        return map(_grade, batch)


def _grade(answer: Answer) -> Grade:
    match answer.item.answer.kind:
        case AnswerKind.NUMBER:
            return grade_number(answer)
        case AnswerKind.TEXT | AnswerKind.LIST | AnswerKind.DATE:
            return grade_named(answer)
        case AnswerKind.REFUSAL:
            declined = declines(answer.response.text)
            return right("declines") if declined else wrong("does not decline")
        case AnswerKind.TOOL_CALL:
            return Ungraded(
                reason=UngradedReason.NOT_APPLICABLE,
                detail=f"item {answer.item.id!r} expects a tool call, which has no text to compare",
            )
        case kind:
            assert_never(kind)
