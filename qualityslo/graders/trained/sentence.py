"""One sentence of an answer beside the window of the context that holds most of it."""

import re
from collections.abc import Sequence

from qualityslo.graders.evidence import Statement
from qualityslo.graders.trained.context import Context
from qualityslo.graders.trained.words import COMMON, Rarity, Words, stem

_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*+")
_DIGITS = re.compile(r"[0-9]+")
_COUNTS = frozenset(
    map(str, range(2, 11))
)  # "two films": the writer's own count, unless in digits
_CLOCK = re.compile(r"[0-9]:[0-9]")


class Sentence:
    """A sentence beside the window of the context that holds most of it."""

    def __init__(self, text: str, context: Context, rarity: Rarity) -> None:
        self.text, self.context, self.rarity = text, context, rarity
        self.said = Words(text)
        self.content = self.said.content()
        self.weight = rarity.total(self.content) or 1e-9
        self.known = [one for one in self.content if one in context.places]
        unknown = [one for one in self.content if one not in context.places]
        self.strange = [one for one in unknown if one not in context.asked]
        found, start, end = context.window_for(self.known, rarity)
        self.window_share = found / self.weight
        self.window = context.stems[start:end]
        self.window_known = frozenset(self.window)
        self.window_words = frozenset(context.words[start:end])
        self.names = [match[0].rstrip(".'\u2019-") for match in _NAME.finditer(text)][1:]

    def elsewhere(self, words: Sequence[str]) -> list[str]:
        """Return the words that the context has, but not the window."""
        places = self.context.places
        return [one for one in words if one in places and one not in self.window_known]

    def is_strange(self, word: str) -> bool:
        """Whether neither context nor question has a stem, or has all its hyphened parts."""
        return not (self._knows(word) or all(self._knows(stem(one)) for one in word.split("-")))

    def _knows(self, word: str) -> bool:
        return word in self.context.places or word in self.context.asked


def strange_facts(one: Sentence) -> list[str]:
    """Return numbers, dates and times that nothing supports.

    Only looked for where it pays: a number is strange, or those of a date or a time are not
    together in the window.
    """
    scattered = not one.said.numbers <= one.window_known
    dated = bool(one.said.months) or bool(_CLOCK.search(one.text))
    if not (any(word[:1].isdigit() for word in one.strange) or (scattered and dated)):
        return []
    facts = one.context.evidence.unsupported_facts(Statement.of(one.text))
    return [fact for fact in facts if fact not in _COUNTS or fact in _DIGITS.findall(one.text)]


def named(one: Sentence) -> list[str]:
    """Return the capitalised words that do not open the sentence and are not common."""
    return [name for name in one.names if name[0].isupper() and name_stem(name) not in COMMON]


def name_stem(name: str) -> str:
    """Return the stem of a name, of a possessive too."""
    return stem(name.casefold().removesuffix("'s").removesuffix("\u2019s"))
