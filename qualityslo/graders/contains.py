"""The grader `contains`: the answer names a reference, as a run of whole words.

Both sides are normalised alike (`normalise.normalise`). By kind of answer:
- text: some reference occurs as a run of whole words; where the reference has an article ("a
  cappella", "vitamin A") also with articles kept;
- list: every element of some reference (separated by ";") occurs, in any order; the score is the
  share found;
- date: as text, or some date of the answer is a reference's, in any form `dates` reads;
- number: the rule of `numeric`.
A reference of one ASCII letter has to stand alone and in its own case ("B", not "b"); digits
alone ("8") do not match inside codes ("RP-8"). A reference in a script without blanks between
words (Chinese, Japanese, Thai, ...) matches anywhere, though never inside a longer number. Of a long answer
the first and the last 100,000 characters are read.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.verdict import Answer, Grade, Ungraded, Verdict
from qualityslo.graders.characters import plain
from qualityslo.graders.dates import dates_in
from qualityslo.graders.limits import both_ends
from qualityslo.graders.normalise import has_article, normalise, written_without_blanks
from qualityslo.graders.numeric import grade_number
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.references import (
    invalid_reference,
    right,
    shown,
    usable_references,
    wrong,
)

_CODE = re.compile(r"[^\W\d_]\w*+-[0-9][\w-]*+")


class Contains:
    """Judges correctness; the module's docstring is the rule."""

    name = "contains"
    version = "1"
    criterion = "correctness"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; ungraded without a reference that has words."""
        return map(grade_named, batch)


def grade_named(answer: Answer) -> Grade:
    """Return the grade of one answer under the rule for its item's kind."""
    kind = answer.item.answer.kind
    if kind is AnswerKind.NUMBER:
        return grade_number(answer)
    references = usable_references(answer.item)
    if isinstance(references, Ungraded):
        return references
    named = [one for one in references if any(map(_sayable, _elements(one, kind)))]
    if not named:
        return invalid_reference(answer.item, "has no words")
    text = _Text(both_ends(answer.response.text))
    verdicts: list[Verdict] = []
    for reference in named:
        verdicts.append(_judge(text, reference, kind))
        if verdicts[-1].good:
            break
    return max(verdicts, key=lambda one: one.score)


def _elements(reference: str, kind: AnswerKind) -> list[str]:
    return reference.split(";") if kind is AnswerKind.LIST else [reference]


def _sayable(element: str) -> bool:
    return bool(_named_as(element.strip()))


@lru_cache(maxsize=64)  # each is asked for several times about one answer
def _named_as(reference: str) -> str:
    return normalise(reference)


def _judge(text: "_Text", reference: str, kind: AnswerKind) -> Verdict:
    if kind is AnswerKind.DATE and not text.dates.isdisjoint(dates_in(reference)):
        return right(f"names the date {shown(reference)}")
    elements = [one for one in _elements(reference, kind) if _sayable(one)]
    missing = [one.strip() for one in elements if not text.names(one)]
    if not missing:
        return right(f"names {shown(reference)}")
    listed = ", ".join(map(shown, missing[:5]))
    return wrong(f"does not name {listed}", score=(len(elements) - len(missing)) / len(elements))


class _Text:
    """An answer's text in the forms in which references are looked up, each made once."""

    def __init__(self, raw: str) -> None:
        self._raw = raw

    @cached_property
    def _words(self) -> str:
        return f" {normalise(self._raw)} "

    @cached_property
    def _words_and_articles(self) -> str:
        return f" {normalise(self._raw, keep_articles=True)} "

    @cached_property
    def _words_without_codes(self) -> str:
        return f" {normalise(_CODE.sub(' ', plain(self._raw)))} "

    @cached_property
    def _glued(self) -> str:
        return self._words_and_articles.replace(" ", "")

    @cached_property
    def dates(self) -> frozenset[object]:
        """The dates in the text."""
        return frozenset(dates_in(self._raw))

    def names(self, reference: str) -> bool:
        """Whether the text names a reference; the module's docstring says when."""
        trimmed = reference.strip()
        if len(trimmed) == 1 and trimmed.isascii() and trimmed.isalpha():
            return re.search(rf"(?<!\w){trimmed}(?!\w)", self._raw) is not None
        words = _named_as(trimmed)
        if written_without_blanks(words):
            return _occurs(words.replace(" ", ""), self._glued)
        if words.isdigit():
            return f" {words} " in self._words_without_codes
        if f" {words} " in self._words:
            return True
        if not has_article(trimmed):
            return False
        return f" {normalise(trimmed, keep_articles=True)} " in self._words_and_articles


def _occurs(needle: str, text: str) -> bool:
    before = r"(?<![0-9.])" if needle[0].isdigit() else ""
    after = r"(?![0-9])" if needle[-1].isdigit() else ""
    return re.search(before + re.escape(needle) + after, text) is not None
