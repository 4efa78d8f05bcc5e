"""The grader `faithfulness`: the probability that people would find an answer supported.

A trained grader for hallucination: every sentence of the answer is looked up in the whole
context (`trained.claims`), boosted trees weigh what was found, and the least supported sentence
counts most. The score is a calibrated probability of being supported; an answer is bad from the
artefact's threshold on. A sentence with a number, date or time that neither context nor question
has is never called supported. The rationale names what is unsupported, with its place in the
answer. Data, figures and limits (single swapped words are not seen):
`trained/artefacts/faithfulness.md`.

Nothing is cut. Ungraded are items without a context, empty answers, answers over 100,000 and
contexts over 2,000,000 characters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.sentences import sentences
from qualityslo.graders.trained.claims import Claim, claim_features, look_up
from qualityslo.graders.trained.context import Context
from qualityslo.graders.trained.forest import shipped
from qualityslo.graders.trained.reasons import reasons
from qualityslo.graders.trained.words import Rarity

_READ_ANSWER = 100_000
_READ_CONTEXT = 2_000_000
_RULES = 1  # raised when the features change and the artefact does not
FACTS = "facts"
"""The finding that has a floor: a number, date or time that nothing supports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """An answer looked up: its features, and its claims for the rationale."""

    text: str
    claims: list[Claim]
    values: list[float]

    @property
    def has_strange_fact(self) -> bool:
        """Whether some sentence states a number, date or time that nothing supports."""
        return any(one.facts for one in self.claims)


class Faithfulness:
    """Judges hallucination; the module's docstring is the rule."""

    name = "faithfulness"
    criterion = "hallucination"

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
        rows = [one.values for one in read if isinstance(one, Lookup)]
        scores = iter(self._artefact.forest.probabilities(rows))
        for one in read:
            yield self._verdict(one, float(next(scores))) if isinstance(one, Lookup) else one

    def _read(self, answer: Answer) -> Lookup | Ungraded:
        item, text = answer.item, answer.response.text
        length = sum(map(len, item.context))
        if not any(part.strip() for part in item.context):
            reason, why = UngradedReason.NO_CONTEXT, f"item {item.id!r} has no context"
        elif not text.strip():
            reason, why = UngradedReason.NOT_APPLICABLE, "the text is empty"
        elif len(text) > _READ_ANSWER:
            reason = UngradedReason.NOT_APPLICABLE
            why = f"the answer has {len(text)} characters; this grader reads {_READ_ANSWER}"
        elif length > _READ_CONTEXT:
            reason = UngradedReason.NOT_APPLICABLE
            why = f"the context has {length} characters; this grader reads {_READ_CONTEXT}"
        else:
            found = looked_up(text, item.context, item.question, self._artefact.rarity)
            if found is not None:
                return found
            reason, why = UngradedReason.NOT_APPLICABLE, "the text has no words"
        return Ungraded(reason=reason, detail=why)

    def _verdict(self, found: Lookup, hallucinated: float) -> Verdict:
        floor = self._artefact.floors[FACTS] if found.has_strange_fact else 0.0
        probability = max(floor, hallucinated)
        good = probability < self._artefact.threshold
        return Verdict(
            good=good,
            score=1.0 - probability,
            rationale=reasons(found.text, found.claims, good=good),
        )


def looked_up(text: str, context: Sequence[str], question: str, rarity: Rarity) -> Lookup | None:
    """Look every sentence of an answer up in a context; None where the answer has no words."""
    safe = stream_safe(text)
    there = Context([stream_safe(part) for part in context], stream_safe(question))
    found = (look_up(one, there, rarity) for one in dict.fromkeys(sentences(safe)))
    claims = [one for one in found if one is not None]
    if not claims:
        return None
    return Lookup(text=text, claims=claims, values=claim_features(claims, there))
