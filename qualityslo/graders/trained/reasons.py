"""What `faithfulness` tells people: which pieces nothing supports, and where they stand.

A piece is shown as `'999 million' [22:33]`: its text in the answer, first and last position as
in Python's slices. The least supported sentence is named too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from qualityslo.graders.references import shown
from qualityslo.graders.trained.claims import Claim
from qualityslo.graders.trained.words import words_of

_PIECES = 5
_PIECE_LENGTH = 40
_LONGEST_RUN = 6  # words of a number: "one hundred and twenty-five thousand"
_WORD = re.compile(r"\S+")
_LETTER = re.compile(r"\w")
_EDGES = " ,.;:!?()[]{}\"'\u2018\u2019\u201c\u201d"


def reasons(text: str, claims: Sequence[Claim], *, good: bool) -> str:
    """Return why an answer is called supported or not, in a line of a few hundred characters."""
    kinds = ("facts", "names") if good else ("facts", "names", "words")
    pieces = _first(
        one
        for kind in kinds
        for claim in claims
        for one in _located(text, claim, getattr(claim, kind))
    )
    least = min(claims, key=lambda one: one.values["words_known_or_asked"])
    parts = []
    if pieces:
        parts.append(f"not in the context: {', '.join(pieces)}")
    turned = [
        one for one in claims if one.values["negation_added"] or one.values["opposite_added"]
    ]
    if turned and not good:
        parts.append(f"may turn the context around: {shown(turned[0].text)}")
    if not good and len(claims) > 1:
        parts.append(f"least supported: {shown(least.text)}")
    usual = "the sentences are supported" if good else "told otherwise than in the context"
    return "; ".join(parts) or usual


def _first(pieces: Iterable[str]) -> list[str]:
    """Return the first different pieces; the others are not even located."""
    found: dict[str, None] = {}
    for one in pieces:
        found[one] = None
        if len(found) == _PIECES:
            break
    return list(found)


def _located(text: str, claim: Claim, pieces: Sequence[str]) -> Iterator[str]:
    """Yield some pieces of a sentence as they are shown."""
    start = max(0, text.find(claim.text))
    for piece in pieces[:_PIECES]:
        yield _shown(text, piece, start, start + len(claim.text))


def _shown(text: str, piece: str, start: int, end: int) -> str:
    span = _span(text[start:end], piece)
    if span is None:
        return shown(piece, _PIECE_LENGTH)
    first, last = start + span[0], start + span[1]
    return f"{shown(text[first:last], _PIECE_LENGTH)} [{first}:{last}]"


def _span(sentence: str, piece: str) -> tuple[int, int] | None:
    """Return where a piece stands, be it spelled as in the sentence or normalised."""
    at = sentence.find(piece)
    end = at + len(piece)
    if (
        at >= 0
        and not _LETTER.match(sentence[max(0, at - 1) : at])
        and not _LETTER.match(sentence, end)
    ):
        return at, end
    match = re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", sentence, re.IGNORECASE)
    if match:
        return match.span()
    wanted = words_of(piece)
    if not wanted:
        return None
    words = [one.span() for one in islice(_WORD.finditer(sentence), 500)]
    for size in range(1, _LONGEST_RUN + 1):
        for (first, _), (_, last) in zip(words, words[size - 1 :], strict=False):
            trimmed = sentence[first:last].rstrip(_EDGES)
            if words_of(trimmed) == wanted:
                opened = len(trimmed) - len(trimmed.lstrip(_EDGES))
                return first + opened, first + len(trimmed)
    return None
