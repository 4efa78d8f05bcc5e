"""Two answers word by word: what the later one leaves out and puts in, and what graders quoted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

# Words with their inner marks (don't, 1,200.50, 30-day); scripts without blanks letter by letter.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:[.,'\N{RIGHT SINGLE QUOTATION MARK}-]"
    r"[^\W_]+)*|\S"
)
_QUOTED = re.compile(r"'([^'\n]{2,160})'|\"([^\"\n]{2,160})\"")
_MOST_QUOTES = 12
# Above this many equal pairs of words the comparison would take long: repeated words, or none.
_MOST_PAIRS = 8_000
_SHORT = 3  # letters
# Below this share of common words marks would cover everything and help nobody.
_LEAST_COMMON = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one answer: whether the other answer lacks it, and whether a grader quotes it."""

    text: str
    changed: bool
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both answers in pieces, which join to the texts; `rewritten` ones are not marked word by word."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    rewritten: bool


def compare_words(
    before: str, after: str, why_before: Iterable[str] = (), why_after: Iterable[str] = ()
) -> Comparison:
    """Compare two texts word by word.

    Args:
        before: the baseline's answer.
        after: the candidate's.
        why_before: rationales about the first; what they quote and it contains is marked.
        why_after: the same about the second.

    >>> [piece.text for piece in compare_words("30 days", "14 days").after if piece.changed]
    ['14']
    """
    left, right = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    lost, added, common = _changed([one[0] for one in left], [one[0] for one in right])
    most = max(len(left), len(right))
    rewritten = most >= 8 and min(len(left), len(right)) > 0 and common < _LEAST_COMMON * most
    if rewritten:
        lost, added = set(), set()
    return Comparison(
        before=_pieces(before, _stretches(left, lost), _quotes(before, why_before)),
        after=_pieces(after, _stretches(right, added), _quotes(after, why_after)),
        rewritten=rewritten,
    )


def _changed(left: Sequence[str], right: Sequence[str]) -> tuple[set[int], set[int], int]:
    """Return which words only one side has, by place, and how many words both have."""
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    a, b = left[head : len(left) - tail], right[head : len(right) - tail]
    lost, added = set(range(head, head + len(a))), set(range(head, head + len(b)))
    blocks = _blocks(a, b)
    for at, other, size in blocks:
        lost -= set(range(head + at, head + at + size))
        added -= set(range(head + other, head + other + size))
    return lost, added, head + tail + sum(size for _, _, size in blocks)


def _blocks(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the common runs; a lone short word inside a change is part of the change."""
    counts = Counter(b)
    if not a or not b or sum(counts[word] for word in a) > _MOST_PAIRS:
        return []
    found = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [
        (one.a, one.b, one.size)
        for one in found
        if one.size > 1 or (one.size == 1 and (len(a[one.a]) > _SHORT or min(len(a), len(b)) < 8))
    ]


def _stretches(words: Sequence[re.Match[str]], changed: set[int]) -> list[tuple[int, int]]:
    """Return the changed words as stretches of the text, blanks between them included."""
    stretches = []
    # consecutive places keep their distance to their rank
    for _, run in groupby(enumerate(sorted(changed)), key=lambda one: one[1] - one[0]):
        places = [place for _, place in run]
        stretches.append((words[places[0]].start(), words[places[-1]].end()))
    return stretches


def _quotes(text: str, reasons: Iterable[str]) -> list[tuple[int, int]]:
    """Return where the text holds what the reasons quote."""
    quoted = [found[0] or found[1] for why in reasons for found in _QUOTED.findall(why)]
    spans = []
    for one in list(dict.fromkeys(quoted))[:_MOST_QUOTES]:
        pattern = rf"(?<!\w){re.escape(one)}(?!\w)"
        spans += [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)]
    return spans


def _pieces(
    text: str, changed: Iterable[tuple[int, int]], quoted: Iterable[tuple[int, int]]
) -> tuple[Piece, ...]:
    marks = [0] * len(text)
    for bit, spans in ((1, changed), (2, quoted)):
        for start, end in spans:
            for at in range(start, end):
                marks[at] |= bit
    pieces, start = [], 0
    for mark, run in groupby(marks):
        end = start + len(list(run))
        pieces.append(Piece(text[start:end], bool(mark & 1), bool(mark & 2)))
        start = end
    return tuple(pieces)
