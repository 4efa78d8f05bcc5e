"""Spans: the pieces of an answer that a person marked, by code points of the stored text."""

from dataclasses import dataclass
from enum import StrEnum

from qualityslo.errors import LabelError


class SpanKind(StrEnum):
    """What is wrong with a marked piece."""

    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A marked piece: `text[start:end] == quote`, counted in Unicode code points.

    JavaScript counts UTF-16 units: what comes from a browser goes through `from_utf16`.
    """

    start: int
    end: int
    quote: str
    kind: SpanKind = SpanKind.UNSUPPORTED

    def check(self, text: str) -> None:
        """Make sure that the span quotes a text.

        Raises:
            LabelError: it does not; says what stands there.
        """
        there = text[self.start : self.end]
        if not 0 <= self.start < self.end <= len(text) or there != self.quote:
            raise LabelError(
                f"a marked piece, {self.start} to {self.end}, is {self.quote[:60]!r}, but the "
                f"answer has {there[:60]!r} there: mark it again"
            )


def from_utf16(text: str, start: int, end: int) -> tuple[int, int]:
    r"""Return offsets in UTF-16 units as offsets in code points of `text`.

    Raises:
        LabelError: an offset lies outside of the text or inside a character.

    >>> from_utf16("ok \U0001F680 go", 6, 8)
    (5, 7)
    """
    places = {0: 0}
    units = 0
    for count, character in enumerate(text, start=1):
        units += 2 if ord(character) > 0xFFFF else 1
        places[units] = count
    if start not in places or end not in places:
        raise LabelError(f"{start} to {end} is no piece of a text of {units} UTF-16 units")
    return places[start], places[end]
