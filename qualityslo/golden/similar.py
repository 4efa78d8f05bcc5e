"""Alike texts: what counts as the same words, and groups of texts that share nearly all of them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

# A word is a run of letters and digits; of the signs, those that carry meaning (2+2, 5 %, €)
# are words as well, and the punctuation of sentences is nothing.
_WORD = re.compile(r"\w+|[^\w\s.,;:!?\"'()\[\]\u2026\u2018\u2019\u201c\u201d«»]")
_THOUSANDS = re.compile(r"(?<=\d)[,\u00a0\u2009\u202f](?=\d{3}(?!\d))")


def words(text: str) -> list[str]:
    """Return a text's words for comparing: NFKC, without case and sentence punctuation.

    >>> words("What is 2+2?"), words("1,500 kg.")
    (['what', 'is', '2', '+', '2'], ['1500', 'kg'])
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall(_THOUSANDS.sub("", plain))


def holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Return whether the words of `part` stand in `text` one behind the other.

    >>> holds(["up", "to", "80", "kg"], ["80", "kg"]), holds(["180"], ["80"])
    (True, False)
    """
    return bool(part) and f" {' '.join(part)} " in f" {' '.join(text)} "


def equal_groups(keys: Iterable[Hashable]) -> list[list[int]]:
    """Return the groups of positions that have equal keys, alone-standing ones included."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        groups[key].append(at)
    return list(groups.values())


def near_groups(texts: Sequence[Sequence[str]]) -> list[list[int]]:
    """Return the groups of positions whose texts are linked by near equality.

    Two texts are near where the Jaccard index of their sets of words, shared words over words
    of either, is 0.9 or more. Two such sets of n words or more share one of the rarest
    n - ceil(0.9 n) + 1 words of either, so only texts that do are compared (prefix filtering:
    Bayardo, Ma, Srikant, "Scaling up all pairs similarity search", 2007).

    >>> near_groups(["abcdefghij", "abcdefghi", "xyz"])
    [[0, 1]]
    """
    sets = [frozenset(text) for text in texts]
    frequency = Counter(word for one in sets for word in one)
    leader = list(range(len(sets)))
    with_word: defaultdict[str, list[int]] = defaultdict(list)
    for at in sorted(range(len(sets)), key=lambda one: len(sets[one])):
        rarest = sorted(sets[at], key=lambda word: (frequency[word], word))
        prefix = rarest[: len(rarest) - _nine_tenths(len(rarest)) + 1]
        for other in {one for word in prefix for one in with_word[word]}:
            first, second = _root(leader, at), _root(leader, other)
            if first != second and _near(sets[at], sets[other]):
                leader[max(first, second)] = min(first, second)
        for word in prefix:
            with_word[word].append(at)
    groups = equal_groups(_root(leader, at) for at in range(len(sets)))
    return [group for group in groups if len(group) > 1]


def _nine_tenths(size: int) -> int:
    return -(-9 * size // 10)


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return 10 * shared >= 9 * (len(one) + len(other) - shared)


def _root(leader: list[int], at: int) -> int:
    while leader[at] != at:
        leader[at] = leader[leader[at]]
        at = leader[at]
    return at
