"""The grader `abstention`: does the text answer, or does it say that it cannot?

Good means that it answers; bad that it declines, in English: the source does not say, the
question cannot be answered, the writer does not know, or refuses. `phrases` lists the patterns.
The first 4,000 characters are read, sentence by sentence:
1. A text whose first sentence with content declines by a *firm* phrase ("the passage does not
   say") abstains, unless some clause offers an answer all the same: a guess ("I think", "probably
   12") or a turn ("However, the fee is ...") to anything but what the source does say.
2. A text that opens with a *soft* phrase ("I'm not sure", "As an AI, I have no opinions")
   abstains if nothing with content follows.
3. A text that states something first and declines a part later answers.
Politeness, offers of help and advice whom to ask are no content; an apology alone abstains.
"""

from collections.abc import Iterator, Sequence

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.phrases import (
    ABOUT_SOURCE,
    APOLOGY,
    CLAUSE,
    CONTRAST,
    EVASION,
    FILLER,
    FIRM,
    GUESS,
    QUOTED,
    SOFT,
    TURN_AND_COMMA,
)
from qualityslo.graders.sentences import sentences

_READ = 4_000
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u00b4`\u201c\u201d", "'''''\"\"")


class Abstention:
    """Judges whether the text answers at all; the module's docstring is the rule."""

    name = "abstention"
    version = "1"
    criterion = "abstention"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; an empty text is ungraded."""
        return map(_grade, batch)


def _grade(answer: Answer) -> Grade:
    text = answer.response.text
    if not text.strip():
        return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail="the text is empty")
    phrase = _declining_phrase(text)
    if phrase is None:
        return Verdict(good=True, score=1.0, rationale="answers")
    return Verdict(good=False, score=0.0, rationale=f"declines: {phrase!r}")


def declines(text: str) -> bool:
    """Whether a text says that it cannot answer; an empty text says nothing.

    >>> declines("The passage does not mention the price.")
    True
    >>> declines("I'm not sure, but I think it is 12 euros.")
    False
    """
    return _declining_phrase(text) is not None


def _declining_phrase(text: str) -> str | None:
    """Return the words with which a text declines, cut to 80 characters, or None if it answers."""
    head = stream_safe(text[:_READ]).translate(_QUOTES)
    # What stands in quotes is mentioned, not said; quotes around everything are not meant so.
    head = QUOTED.sub('""', head.strip().removeprefix('"').removesuffix('"'))
    lowered = [one.lower() for one in sentences(head)]
    bare = [APOLOGY.sub("", one) for one in lowered]
    said = [one for one in bare if one and not FILLER.match(one)]
    if not said:
        return "sorry" if bare != lowered else None
    first, others = said[0], said[1:]
    soft, firm = SOFT.search(first), FIRM.search(first)
    if soft is not None:
        rest = first[soft.end() :]
        return None if _has_content(rest, others) else soft[0][:80]
    if firm is not None:
        clauses = [part for one in said for part in _clauses(one)]
        return None if any(map(_answers_anyway, clauses)) else firm[0][:80]
    return None


def _clauses(sentence: str) -> list[str]:
    return CLAUSE.split(TURN_AND_COMMA.sub(r"\1 ", sentence))


def _has_content(rest: str, others: Sequence[str]) -> bool:
    """Whether anything is stated behind a soft phrase: in its sentence, or in another one."""
    if not (EVASION.fullmatch(rest) or FIRM.search(rest) or FILLER.match(CONTRAST.sub("", rest))):
        return True
    stripped = (CONTRAST.sub("", one) for one in others)
    return not all(FIRM.search(one) or SOFT.search(one) or FILLER.match(one) for one in stripped)


def _answers_anyway(clause: str) -> bool:
    """Whether a clause offers an answer beside a firm phrase: a guess, or a turn to a statement."""
    stated, turned = CONTRAST.subn("", clause.strip())
    if not stated or FIRM.search(stated) or FILLER.match(stated):
        return False
    return bool(GUESS.search(clause) or (turned and not ABOUT_SOURCE.search(stated)))
