"""The grader `support`: does the context hold what the answer states? A look-up, no model.

An answer is good if every sentence of it is supported: its numbers, dates, times, names and
codes occur in the context or the question, at least 65 % of its content words do, and no
sentence turns a sentence of the context around by a negation. A sentence that only declines
("the passage does not say") needs no words of its own in the context. The whole context is read,
however long.

The score is the lowest share of supported words over the sentences, times 0.3 for an unsupported
number, date or time, 0.6 for a name, 0.9 for a turned negation (the rule that errs most). It
orders answers; it is no probability.

Measured on 2,217 human-labelled rows (FaithBench, QAGS, WiCE, SummEdits, BEGIN; 64 % of them
hallucinated): AUROC 0.70, balanced accuracy 0.64 (63 % of the hallucinated flagged, 36 % of the
supported). By source AUROC 0.90 BEGIN, 0.77 WiCE, 0.59 FaithBench, 0.59 QAGS, 0.54 SummEdits
(chance: edits of single words). It finds invented figures and names; it misses right parts in a
wrong joint and flags free paraphrase, sums and conversions it cannot follow. It says where people
should look first, and needs their labels for anything more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.abstention import declines
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.evidence import Evidence, Statement
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.references import shown
from qualityslo.graders.sentences import sentences

_LEAST_SHARE = 0.65
_READ = 200_000
_FACT, _NAME, _NEGATION = 0.3, 0.6, 0.9
_NAMED_PIECES = 5
_PIECE_LENGTH = 40


class Support:
    """Judges hallucination; the module's docstring is the rule."""

    name = "support"
    version = "1"
    criterion = "hallucination"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order.

        Ungraded are items without a context, empty answers, and answers over 200,000 characters.
        """
        return map(_grade, batch)


@dataclass(slots=True)
class _Findings:
    """What was found unsupported in the sentences so far."""

    facts: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    flips: list[str] = field(default_factory=list)
    share: float = 1.0

    def look_up(self, sentence: str, evidence: Evidence) -> None:
        """Add what is unsupported in one sentence."""
        stated = Statement.of(sentence)
        self.facts += evidence.unsupported_facts(stated)
        self.names += evidence.unsupported_names(stated)
        if declines(sentence):
            return
        missing = evidence.unsupported_words(stated)
        share = 1.0 - len(missing) / max(1, len(stated.words))
        self.share = min(self.share, share)
        if share < _LEAST_SHARE:
            self.words += missing
        if evidence.contradicts(stated):
            self.flips.append(sentence)

    def verdict(self) -> Verdict:
        """Return the verdict, its rationale naming at most five pieces."""
        score = self.share
        for pieces, factor in ((self.facts, _FACT), (self.names, _NAME), (self.flips, _NEGATION)):
            score *= factor if pieces else 1.0
        named = [*self.facts, *self.names, *self.words]
        if not named and not self.flips:
            return Verdict(good=True, score=score, rationale="all sentences are supported")
        pieces = [shown(one, _PIECE_LENGTH) for one in dict.fromkeys(named)][:_NAMED_PIECES]
        turned = [shown(one, _PIECE_LENGTH) for one in self.flips[: _NAMED_PIECES - len(pieces)]]
        parts = [f"not in the context: {', '.join(pieces)}"] if pieces else []
        parts += [f"negates the context: {', '.join(turned)}"] if turned else []
        return Verdict(good=False, score=score, rationale="; ".join(parts))


def _grade(answer: Answer) -> Grade:
    item, text = answer.item, answer.response.text
    if not any(part.strip() for part in item.context):
        return Ungraded(
            reason=UngradedReason.NO_CONTEXT, detail=f"item {item.id!r} has no context"
        )
    if not text.strip():
        return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail="the text is empty")
    if len(text) > _READ:
        return Ungraded(
            reason=UngradedReason.NOT_APPLICABLE,
            detail=f"the answer has {len(text)} characters; this grader reads {_READ}",
        )
    evidence = Evidence(item.context, item.question)
    findings = _Findings()
    for sentence in dict.fromkeys(sentences(stream_safe(text))):
        findings.look_up(sentence, evidence)
    return findings.verdict()
