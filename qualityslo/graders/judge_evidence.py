"""Whether a judge's quotation stands where it has to: looked up by code, not believed."""

import re
import unicodedata

from qualityslo.graders.characters import stream_safe
from qualityslo.graders.judge_form import Fault, Read, Reading, Unreadable
from qualityslo.graders.judge_prompt import Case

_GAP = re.compile(r"\.{3,}|\u2026|\[\s*(?:\.{3}|\u2026)\s*\]")
_NOT_WORD = re.compile(r"[\W_]+")


def with_evidence(reading: Read, case: Case) -> Reading:
    """Return the reading, or that its quotation is missing or made up.

    Case, blanks and punctuation do not count; a gap ("...") may leave words out.
    """
    if case.evidence and not reading.label:
        return Unreadable(fault=Fault.EVIDENCE, why="the verdict and its quote are missing")
    source = case.evidence.get(reading.label)
    if source is None:
        return reading
    if occurs_in(reading.quote, source):
        return reading
    why = "the quote does not occur in the text it has to come from"
    return Unreadable(fault=Fault.EVIDENCE, why=why)


def occurs_in(quote: str, source: str) -> bool:
    """Whether all pieces of a quotation stand in a text, whole words, in this order.

    >>> occurs_in("carries ... 80 KG", "The box carries up to 80 kg.")
    True
    >>> occurs_in("carries 80 kg", "The box carries up to 80 kg.")
    False
    >>> occurs_in("...", "The box carries up to 80 kg.")
    False
    """
    words = f" {_words(source)} "
    pieces = [piece for piece in map(_words, _GAP.split(quote)) if piece]
    at = 0
    for piece in pieces:
        found = words.find(f" {piece} ", at)
        if found < 0:
            return False
        at = found + len(piece) + 1
    return bool(pieces)


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", stream_safe(text)).casefold()
    return _NOT_WORD.sub(" ", folded).strip()
