"""What a text states, piece by piece, and what a context supports: the look-up behind `support`.

Pieces are numbers (with units), full dates, times of day, names and codes (capitalised words
that do not open a sentence; words with digits in them), and content words (all words but the
most common, cut to a stem; character pairs in scripts without blanks). Nothing here knows what
words mean: a synonym is another word, and right parts in a wrong joint look supported.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qualityslo.graders.characters import plain
from qualityslo.graders.dates import find_dates
from qualityslo.graders.normalise import normalise, written_without_blanks
from qualityslo.graders.number_words import canonical_numbers
from qualityslo.graders.quantities import Quantity, quantities
from qualityslo.graders.sentences import sentences
from qualityslo.graders.units import dimension, is_known, to_base

# Words too common to tell anything, and the words in which answers speak of their source.
_COMMON_WORDS = """
a an the of to in on at by for with from as is are was were be been being it its this that
these those i you he she we they them him her me us my your our their his and or but nor not no
yes so if then than there here who whom whose which what when where why how do does did done
doing has have had having will would can could may might shall should must also into about over
under after before during between within more most some any all each every other such only own
same very just s t d ll ve re don isn aren wasn weren doesn didn won because while both either
neither up out off per passage context text document handbook article according based provided
given stated states says say said mention mentions mentioned answer question information
following therefore thus hence however never none nobody nothing without cannot
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ingly|edly|ings?|ied|ies|ed|es|ly|s|e|y)$")
_NAME = re.compile(r"[^\W\d_][\w]*+(?:-[0-9]++)?")
_TIME = re.compile(r"(?<![0-9:.])[0-9]{1,2}:[0-9]{2}(?![0-9])")
# A negation and the four words behind it, which it is about.
_NEGATION = re.compile(
    r"(?:\b(?:not?|never|neither|nor|none|nobody|nothing|without|cannot|fail(?:s|ed)? to)|n't)\b((?:\W{1,3}\w+){0,4})"
)
_OPENING = re.compile(r"^(?:yes|no)[,.:;!]\s*")
_JOINT = 0.9  # share of a sentence's words in one context sentence that makes them comparable
_FEWEST = 4  # with fewer words, sentences match by accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence taken apart.

    `words` holds each content word once, stemmed, with its surface; `negated` the stems of the
    words that a negation is about.
    """

    words: dict[str, str]
    names: tuple[str, ...]
    numbers: tuple[Quantity, ...]
    dates: tuple[tuple[object, str], ...]
    times: tuple[str, ...]
    negated: frozenset[str]
    canonical: str

    @classmethod
    def of(cls, sentence: str) -> "Statement":
        """Take a sentence apart."""
        text = plain(sentence)
        found = find_dates(text)
        rest = _without(text, ((start, end) for _, start, end in found))
        canonical = canonical_numbers(rest, keep_one=True)
        return cls(
            words=_content(rest),
            names=tuple(_names(sentence)),
            numbers=tuple(quantities(canonical)),
            dates=tuple((day, text[start:end]) for day, start, end in found),
            times=tuple(_TIME.findall(text)),
            negated=_negated(_OPENING.sub("", text)),
            canonical=canonical,
        )


class Evidence:
    """What a context supports; a question's own words count as supported too."""

    def __init__(self, context: Sequence[str], question: str) -> None:
        stated = [Statement.of(one) for part in context for one in sentences(part)]
        known = [*stated, *(Statement.of(one) for one in sentences(question))]
        self._sentences = [(frozenset(one.words), one.negated) for one in stated]
        self._words = {word for one in known for word in one.words}
        self._names = {
            name.casefold() for part in (*context, question) for name in _NAME.findall(part)
        }
        self._dates = {day for one in known for day, _ in one.dates}
        self._times = {time for one in known for time in one.times}
        numbers = [number for one in known for number in one.numbers]
        self._values = {abs(number.value) for number in numbers} | set(_parts(self._dates))
        self._measures = {_measure(number) for number in numbers if number.unit}

    def unsupported_words(self, statement: Statement) -> list[str]:
        """Return the content words that the context does not have."""
        return [shown for word, shown in statement.words.items() if word not in self._words]

    def unsupported_facts(self, statement: Statement) -> list[str]:
        """Return the numbers, dates and times that the context does not have."""
        numbers = [one for one in statement.numbers if not one.weak and not self._has(one)]
        return [
            *(statement.canonical[one.start : one.end].strip() for one in numbers),
            *(shown for day, shown in statement.dates if day not in self._dates),
            *(time for time in statement.times if time not in self._times),
        ]

    def unsupported_names(self, statement: Statement) -> list[str]:
        """Return the names and codes that the context does not have."""
        return [one for one in statement.names if not self._knows(one.casefold())]

    def contradicts(self, statement: Statement) -> bool:
        """Whether every sentence of the context with the same words negates where this does not."""
        words = frozenset(statement.words)
        if len(words) < _FEWEST:
            return False
        flips = [
            negated.isdisjoint(words) is not statement.negated.isdisjoint(other)
            for other, negated in self._sentences
            if len(words & other) >= _JOINT * len(words)
        ]
        return bool(flips) and all(flips)

    def _has(self, number: Quantity) -> bool:
        return abs(number.value) in self._values or _measure(number) in self._measures

    def _knows(self, name: str) -> bool:
        return name in self._names or _stem(name) in self._words


def _measure(number: Quantity) -> tuple[str, Decimal]:
    return dimension(number.unit), abs(to_base(number.value, number.unit)).normalize()


def _parts(dates: Iterable[object]) -> list[Decimal]:
    """Return day and year of each date, which an answer may give alone."""
    return [Decimal(part) for day in dates for part in str(day).split("-")]


def _negated(text: str) -> frozenset[str]:
    spans = " ".join(match[1] for match in _NEGATION.finditer(text))
    return frozenset(_content(spans)) if spans else frozenset()


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    return " ".join([*parts, text[at:]])


def _names(sentence: str) -> list[str]:
    matches = list(_NAME.finditer(sentence))
    return [
        match[0]
        for index, match in enumerate(matches)
        if (index > 0 and match[0][0].isupper() and match[0].casefold() not in _COMMON)
        or any(char.isdigit() for char in match[0])
    ]


def _content(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for word in normalise(text).split():
        if word in _COMMON or is_known(word) or not word[0].isalpha():
            continue
        pieces = _pairs(word) if written_without_blanks(word) else [word]
        words.update((_stem(piece), piece) for piece in pieces)
    return words


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def _stem(word: str) -> str:
    return _SUFFIX.sub("", word)
