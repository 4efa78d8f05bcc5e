"""A context as `faithfulness` looks things up in it: whole, and window by window.

The context is never cut: every word of it is read, in overlapping windows of 48 words. Common
subsequences are found with one bit a context word (Hyyro 2004, "Bit-parallel LCS-length
computation revisited"), which makes the whole context affordable.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from qualityslo.graders.evidence import Evidence
from qualityslo.graders.sentences import sentences
from qualityslo.graders.trained.words import (
    Rarity,
    Words,
    all_trigrams,
    stem,
    words_of,
)

_BIN = 24  # words; a window is two bins and a margin
_MARGIN = 6
_PLACES = 400  # of one word; a more frequent one tells nothing of where a sentence comes from


# Only sentences with a number in digits or words can support one.
_NUMERIC = re.compile(
    r"[0-9]|[^\x00-\x7f]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
# "3, 700", as some texts are tokenised, may be one number or two: either supports an answer.
_SPLIT_NUMBER = re.compile(r"(?<![0-9])([0-9]{1,3})([,.]) (?=[0-9])")


class Context:
    """What may be relied on: the parts of a context, and the question's words beside them."""

    def __init__(self, parts: Sequence[str], question: str) -> None:
        self._parts, self._question = parts, question
        self.words = [word for one in parts for word in words_of(one)]
        self.stems = list(map(stem, self.words))
        self.asked = Words(question).known
        places = defaultdict[str, list[int]](list)
        for at, word in enumerate(self.stems):
            places[word].append(at)
        self.places = dict(places)
        self.pairs = set(zip(self.stems, self.stems[1:], strict=False))

    @cached_property
    def trigrams(self) -> frozenset[str]:
        """The character trigrams of all words."""
        return all_trigrams(self.places)

    @cached_property
    def evidence(self) -> Evidence:
        """The context's numbers, dates and times; only made where an answer has a doubtful one."""
        stated = [one for part in self._parts for one in sentences(part) if _NUMERIC.search(one)]
        joined = [_SPLIT_NUMBER.sub(r"\1\2", one) for one in stated]
        return Evidence([*dict.fromkeys((*stated, *joined))], self._question)

    def has_run(self, run: tuple[str, ...]) -> bool:
        """Whether the words stand side by side somewhere."""
        rarest = min(range(len(run)), key=lambda at: len(self.places.get(run[at], ())))
        starts = (at - rarest for at in self.places.get(run[rarest], ()))
        return any(at >= 0 and tuple(self.stems[at : at + len(run)]) == run for at in starts)

    def window_for(self, words: Sequence[str], rarity: Rarity) -> tuple[float, int, int]:
        """Return the weight of the words in the window that has most of it, and its bounds."""
        weights: dict[int, float] = {}
        for word in words:
            weight = rarity.of(word)
            bins = {at // _BIN for at in self.places.get(word, ())[:_PLACES]}
            for one in bins | {at - 1 for at in bins}:
                weights[one] = weights.get(one, 0.0) + weight
        if not weights:
            return 0.0, 0, min(len(self.stems), 2 * _BIN)
        best = max(weights, key=lambda one: (weights[one], -one))
        start = max(0, best * _BIN - _MARGIN)
        return weights[best], start, min(len(self.stems), (best + 2) * _BIN + _MARGIN)

    def in_order(self, words: Sequence[str]) -> float:
        """Return the share of words in the longest common subsequence (ROUGE-L precision)."""
        size = len(self.stems) // 8 + 1
        masks: dict[str, int] = {}
        for word in set(words) & self.places.keys():
            bits = bytearray(size)
            for at in self.places[word]:
                bits[at >> 3] |= 1 << (at & 7)
            masks[word] = int.from_bytes(bits, "little")
        return common_length(words, masks, len(self.stems)) / len(words) if words else 0.0


def window_masks(stems: Sequence[str]) -> dict[str, int]:
    """Return for each word of a short text the bits of its places."""
    masks: dict[str, int] = {}
    for at, word in enumerate(stems):
        masks[word] = masks.get(word, 0) | 1 << at
    return masks


def common_length(words: Iterable[str], masks: dict[str, int], length: int) -> int:
    """Return the length of the longest common subsequence of words and a text given as masks.

    >>> common_length("a b c d".split(), window_masks("b x a c d".split()), 5)
    3
    """
    everything = (1 << length) - 1
    unmatched = everything
    for word in words:
        mask = masks.get(word)
        if mask is not None:
            hit = unmatched & mask
            unmatched = ((unmatched + hit) | (unmatched - hit)) & everything
    return length - unmatched.bit_count()
