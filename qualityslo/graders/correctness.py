"""The grader `correctness`: the probability that people would call an answer right.

A trained grader for free-form answers: boosted trees over how well the answer meets the item's
references (`trained.answers`), evaluated with numpy. The score is a calibrated probability; an
answer is good from the artefact's threshold on. A better match of words, numbers or spelling
never lowers the score. An answer that names a reference only to deny it ("not Paris") gets the
score turned around. Data, figures and limits: `trained/artefacts/correctness.md`.

Items that ask for a number are graded by the rule of `numeric` (unit and tolerance are theirs to
set), an expected refusal by that of `abstention`. Ungraded are items without a usable reference,
tool calls, and answers over 200,000 characters: nothing is cut.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.abstention import declines
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.numeric import grade_number
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.references import (
    invalid_reference,
    right,
    shown,
    usable_references,
    wrong,
)
from qualityslo.graders.trained.answers import Comparison, compare
from qualityslo.graders.trained.forest import shipped

_READ = 200_000
_NAMED = 3
_RULES = 1  # raised when the features change and the artefact does not


class Correctness:
    """Judges correctness of free-form answers; the module's docstring is the rule."""

    name = "correctness"
    criterion = "correctness"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)
        self._artefact = shipped(self.name)

    @property
    def version(self) -> str:
        """The artefact's digest, behind the version of the rules."""
        return f"{_RULES}+{self._artefact.digest}"

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order."""
        read = [self._read(answer) for answer in batch]
        rows = [one.values for one in read if isinstance(one, Comparison)]
        scores = iter(self._artefact.forest.probabilities(rows))
        for one in read:
            yield self._verdict(one, float(next(scores))) if isinstance(one, Comparison) else one

    def _read(self, answer: Answer) -> Comparison | Grade:
        """Return the features of an answer, or its grade where it needs none."""
        match answer.item.answer.kind:
            case AnswerKind.NUMBER:
                return grade_number(answer)
            case AnswerKind.REFUSAL:
                declined = declines(answer.response.text)
                return right("declines") if declined else wrong("does not decline")
            case AnswerKind.TOOL_CALL:
                return _not_applicable("a tool call has no text to compare")
            case AnswerKind.TEXT | AnswerKind.DATE | AnswerKind.LIST:
                return self._compared(answer)
            case kind:
                assert_never(kind)

    def _compared(self, answer: Answer) -> Comparison | Grade:
        item, text = answer.item, answer.response.text
        references = usable_references(item)
        if isinstance(references, Ungraded):
            return references
        if not text.strip():
            return wrong("the answer is empty")
        if len(text) > _READ:
            return _not_applicable(
                f"the answer has {len(text)} characters; this grader reads {_READ}"
            )
        question, *cleaned = (stream_safe(one) for one in (item.question, text, *references))
        compared = compare(question, cleaned[1:], cleaned[0], self._artefact.rarity)
        return invalid_reference(item, "has no words") if compared is None else compared

    def _verdict(self, compared: Comparison, score: float) -> Verdict:
        if compared.denied:
            score = min(score, 1.0 - score)
        good = score >= self._artefact.threshold
        return Verdict(good=good, score=score, rationale=_why(compared))


def _not_applicable(detail: str) -> Ungraded:
    return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail=detail)


def _why(compared: Comparison) -> str:
    reference = shown(compared.closest.text.raw)
    if compared.declined:
        return f"declines to answer; a reference is {reference}"
    if compared.denied:
        return f"denies {reference}"
    if compared.contained:
        return f"names {reference}"
    if not compared.missing:
        return f"has the words of {reference}"
    listed = ", ".join(shown(one) for one in compared.missing[:_NAMED])
    return f"lacks {listed} of {reference}"
