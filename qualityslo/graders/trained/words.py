"""A text as words that can be compared: normalised, without accents, one word for aliases, stemmed.

On top of `normalise`: accents off, "21st" and "twenty-first" as numbers from "third" on, Roman
numerals of two letters or more as digits, aliases of the lexicon ("United States" and "USA",
"French" and "France"), and English endings off. Stems are compared with stems only.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from qualityslo.graders.characters import plain
from qualityslo.graders.dates import find_dates
from qualityslo.graders.evidence import _COMMON as COMMON_WORDS
from qualityslo.graders.normalise import normalise, written_without_blanks
from qualityslo.graders.trained.lexicon import (
    ALIASES,
    MONTH_NAMES,
    MONTHS,
    NEGATIONS,
    ORDINALS,
    PHRASES,
    ROMAN,
)

_ORDINAL = re.compile(r"([0-9]+)(?:st|nd|rd|th)$")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ingly|edly|ings?|ied|ies|ed|es|ly|s|e|y)$")
_SPELLINGS = (("our", "or"), ("tre", "ter"), ("ogue", "og"))
_CONTRACTION = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_DATE_IN_DIGITS = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_MEMORY = 1 << 16
_LONGEST = 60  # characters; longer "words" are noise, and their n-grams would cost

COMMON = COMMON_WORDS | {"th", "st", "rd", "nd"}


@lru_cache(maxsize=_MEMORY)
def stem(word: str) -> str:
    """Return the stem of a normalised word.

    >>> [stem(one) for one in ("cities", "21st", "iii", "french", "caf\u00e9s")]
    ['cit', '21', '3', 'french', 'caf']
    """
    word = _without_accents(word[:_LONGEST])
    ordinal = _ORDINAL.match(word)
    if ordinal:
        return ordinal[1]
    known = ORDINALS.get(word) or ROMAN.get(word) or ALIASES.get(word)
    if known:
        return known
    bare = _without_ending(word)
    return ALIASES.get(bare, bare)


def _without_accents(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(one for one in parts if not unicodedata.combining(one)) or word


def _without_ending(word: str) -> str:
    if not (word.isascii() and word.isalpha()):
        return word
    if len(word) > 5:
        for british, american in _SPELLINGS:
            bare = word.removesuffix("s")
            if bare.endswith(british):
                return bare.removesuffix(british) + american
    return _ENDING.sub("", word)


@lru_cache(maxsize=_MEMORY)
def trigrams(word: str) -> frozenset[str]:
    """Return the runs of three characters of a word with a blank before and behind it."""
    padded = f" {word} "
    return frozenset(padded[at : at + 3] for at in range(max(1, len(padded) - 2)))


@lru_cache(maxsize=_MEMORY)
def bigrams(text: str) -> frozenset[str]:
    """Return the runs of two characters of a text with marks at both ends."""
    marked = f"^{text}$"
    return frozenset(marked[at : at + 2] for at in range(len(marked) - 1))


def all_trigrams(words: Iterable[str]) -> frozenset[str]:
    """Return the trigrams of all words."""
    return frozenset().union(*map(trigrams, words))


def share(part: frozenset[str], whole: frozenset[str]) -> float:
    """Return which share of `part` is in `whole`; 0 where there is nothing to share."""
    return len(part & whole) / len(part) if part else 0.0


def dice(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the Dice similarity of two sets of which one at least is not empty."""
    return 2 * len(first & second) / (len(first) + len(second))


def words_of(raw: str) -> list[str]:
    """Return the normalised words of a text, a phrase of the lexicon being one word.

    >>> words_of("The United States' forty-two flags")
    ['us', '42', 'flags']
    """
    text = f" {normalise(_with_dates_spelled(raw))} "
    for phrase, word in PHRASES.items():
        text = text.replace(f" {phrase} ", f" {word} ")
    words = [one for one in text.split() if one != "s"]
    if text.isascii() or not written_without_blanks(text):
        return words
    return [piece for one in words for piece in _pieces(one)]


def _with_dates_spelled(raw: str) -> str:
    """Return a text with its dates in digits as "3 april 2023"."""
    if not _DATE_IN_DIGITS.search(raw):
        return raw
    text, at, parts = plain(raw), 0, []
    for day, start, end in find_dates(text):
        month = MONTH_NAMES[day.month - 1]
        parts += [text[at:start], f"{day.day} {month} {day.year}"]
        at = end
    return "".join([*parts, text[at:]])


def _pieces(word: str) -> list[str]:
    """Return a word, or its pairs of characters where the script has no blanks."""
    if word.isascii() or not written_without_blanks(word):
        return [word]
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


class Words:
    """A text in words.

    `words` are normalised words in order, `stems` their stems, `known` the set of stems, `line`
    the stems between blanks, `numbers` the stems that begin with a digit.
    """

    __slots__ = ("known", "line", "months", "negated", "numbers", "raw", "stems", "words")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.words = words_of(raw)
        self.stems = [stem(one) for one in self.words]
        self.known = frozenset(self.stems)
        self.line = f" {' '.join(self.stems)} "
        self.numbers = frozenset(one for one in self.known if one[:1].isdigit())
        self.months = frozenset(MONTHS[one] for one in self.words if one in MONTHS)
        self.negated = not NEGATIONS.isdisjoint(self.words) or bool(_CONTRACTION.search(raw))

    def content(self, without: frozenset[str] = frozenset()) -> list[str]:
        """Return the stems that are neither common nor in `without`, each once, in order."""
        return [
            one for one in dict.fromkeys(self.stems) if one not in COMMON and one not in without
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """How much a word tells: the natural logarithm of texts over texts that have it."""

    weights: Mapping[str, float]
    unknown: float

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Rarity":
        """Read what `to_json` wrote."""
        by_weight = stored["words"]
        unknown = stored["unknown"]
        if not (isinstance(by_weight, dict) and isinstance(unknown, float)):
            raise TypeError("rarity is stored as {'unknown': number, 'words': {weight: words}}")
        weights = {
            word: float(weight) for weight, words in by_weight.items() for word in words.split()
        }
        return cls(weights=weights, unknown=unknown)

    def to_json(self) -> dict[str, object]:
        """Return the table as JSON: words joined by blanks under their weight."""
        by_weight: dict[str, list[str]] = {}
        for word, weight in sorted(self.weights.items()):
            by_weight.setdefault(f"{weight:.1f}", []).append(word)
        words = {weight: " ".join(found) for weight, found in sorted(by_weight.items())}
        return {"unknown": self.unknown, "words": words}

    def of(self, word: str) -> float:
        """Return the weight of a stem."""
        return self.weights.get(word, self.unknown)

    def total(self, words: Iterable[str]) -> float:
        """Return the weight of some stems together."""
        return sum(map(self.of, words))
