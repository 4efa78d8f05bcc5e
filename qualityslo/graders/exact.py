"""The grader `exact`: the whole answer is a reference, up to Unicode form and blanks."""

from collections.abc import Iterator, Sequence

from qualityslo.domain.verdict import Answer, Grade, Ungraded
from qualityslo.graders.normalise import same_text
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.references import right, shown, usable_references, wrong


class Exact:
    """Judges correctness: good if the answer equals a reference after `normalise.same_text`."""

    name = "exact"
    version = "1"
    criterion = "correctness"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; ungraded without a reference that says something."""
        return map(_grade, batch)


def _grade(answer: Answer) -> Grade:
    references = usable_references(answer.item)
    if isinstance(references, Ungraded):
        return references
    text = same_text(answer.response.text)
    for reference in references:
        if same_text(reference) == text:
            return right(f"equals {shown(reference)}")
    return wrong(f"{shown(text)} is not {shown(references[0])}")
