"""What an entailment model is asked: every sentence of the answer against every part of the context.

Nothing is cut. A context longer than the model reads becomes several chunks of whole sentences,
neighbours sharing one, and a sentence that is too long itself becomes overlapping pieces; the
answer is never windowed, so that a claim at its end counts like the first one. Sizes are in
tokens of the model, counted by a function that the caller gives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qualityslo.domain.verdict import Answer, Ungraded, UngradedReason, Verdict
from qualityslo.graders.abstention import declines
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.sentences import sentences

Pair: TypeAlias = tuple[str, str]
"""Premise (a chunk of the context), hypothesis (a claim)."""

Sizes: TypeAlias = Callable[[Sequence[str]], Sequence[int]]
"""Texts -> their numbers of tokens, special ones left out."""

LONGEST_ANSWER = 200_000
"""Characters of an answer that is checked."""

_SPARE = 8  # tokens: joined sentences may have a few more than their sum
_SHORT = 5  # words: a shorter claim says nothing without its question


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The sentences of an answer that state something, and the sentences of its context.

    `asked` are the claims as they are put to the model, `stated` as they stand in the answer.
    """

    stated: tuple[str, ...]
    asked: tuple[str, ...]
    context: tuple[str, ...]


def claims_of(answer: Answer) -> Claims | Verdict | Ungraded:
    """Return what there is to check in an answer, or its grade where there is nothing.

    A sentence that only declines states nothing. A claim of fewer than five words ("80 kg.") gets
    the question in front.
    """
    item, text = answer.item, answer.response.text
    if not any(part.strip() for part in item.context):
        detail = f"item {item.id!r} has no context"
        return Ungraded(reason=UngradedReason.NO_CONTEXT, detail=detail)
    if not text.strip():
        return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail="the text is empty")
    if len(text) > LONGEST_ANSWER:
        return too_long(f"the answer has {len(text)} characters; {LONGEST_ANSWER} are read")
    context = tuple(one for part in item.context for one in sentences(_encodable(part)))
    said = dict.fromkeys(sentences(_encodable(text)))
    stated = tuple(one for one in said if not declines(one))
    if not (stated and context):
        return Verdict(good=True, score=1.0, rationale="the answer states nothing")
    question = _encodable(item.question).strip()
    asked = tuple(one if len(one.split()) >= _SHORT else f"{question} {one}" for one in stated)
    return Claims(stated=stated, asked=asked, context=context)


def too_long(detail: str) -> Ungraded:
    """Return that something would have to be cut."""
    return Ungraded(reason=UngradedReason.TRUNCATED, detail=f"{detail}; nothing is cut silently")


def pairs_of(
    found: Claims, sizes: Sizes, limit: int, most: int
) -> tuple[tuple[Pair, ...], ...] | Ungraded:
    """Return for each claim its pairs (chunk of the context, claim), or that they are too much.

    Args:
        found: the claims and the context.
        sizes: counts tokens.
        limit: tokens of a pair that the model reads, special ones left out.
        most: pairs of one answer.
    """
    longest = max(sizes(found.asked))
    if 2 * (longest + _SPARE) > limit:
        return too_long(
            f"a sentence of the answer has {longest} tokens; the model reads {limit} of it and the"
            " context"
        )
    chunks = chunked(found.context, sizes, limit - longest - _SPARE)
    if len(chunks) * len(found.asked) > most:
        return too_long(
            f"{len(found.asked)} sentences against {len(chunks)} chunks of the context are more"
            f" than {most} pairs (max_pairs)"
        )
    return tuple(tuple((chunk, claim) for chunk in chunks) for claim in found.asked)


def chunked(context: Sequence[str], sizes: Sizes, room: int) -> list[str]:
    """Return the context as chunks of at most `room` tokens; neighbours share a sentence.

    >>> chunked(["a b", "c", "d e"], lambda texts: [len(one.split()) for one in texts], 3)
    ['a b c', 'c d e']
    """
    pieces: list[str] = []
    for sentence, size in zip(context, sizes(context), strict=True):
        pieces += [sentence] if size <= room else _pieces(sentence, sizes, room)
    counted = sizes(pieces)
    chunks: list[str] = []
    start = covered = 0
    while covered < len(pieces):
        used, end = 0, start
        while end < len(pieces) and (end == start or used + counted[end] <= room):
            used += counted[end]
            end += 1
        if end > covered:
            chunks.append(" ".join(pieces[start:end]))
        start, covered = max(start + 1, end - 1), max(covered, end)
    return chunks


def _pieces(text: str, sizes: Sizes, room: int) -> list[str]:
    """Halve a text, an eighth shared, until each piece fits: by words, a single word by letters."""
    if len(text) < 2 or sizes([text])[0] <= room:
        return [text]
    words = text.split()
    units, glue = (words, " ") if len(words) > 1 else (list(text), "")
    middle, shared = len(units) // 2, len(units) // 16
    halves = units[: middle + shared], units[middle - shared :]
    return [one for half in halves for one in _pieces(glue.join(half), sizes, room)]


def _encodable(text: str) -> str:
    return stream_safe(text).encode("utf-8", "replace").decode()
