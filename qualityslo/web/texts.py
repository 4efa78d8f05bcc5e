"""Untrusted text made ready to be shown: invisible characters seen, marks and matches cut out."""

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

PART = 20_000  # characters of one text that a page shows at once
MATCHES = 200  # of one search in one text
_QUERY = 400  # characters of a search that are looked for

# Format characters that have a glyph of their own, and what people write on purpose.
_VISIBLE = {0x09, 0x0A, 0x6DD, 0x70F, 0x8E2, 0x890, 0x891, 0x110BD, 0x110CD, *range(0x600, 0x606)}
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_NAMES = {
    0x7F: "\N{SYMBOL FOR DELETE}",
    0xAD: "SHY",
    0x61C: "ALM",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LS",
    0x2029: "PS",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "BOM",
}


def _hidden_pattern() -> re.Pattern[str]:
    """Return a pattern of the characters that a reader would not see, or that move others."""
    codes = [
        code
        for code in range(sys.maxunicode + 1)
        if code not in _VISIBLE and unicodedata.category(chr(code)) in _HIDDEN_CATEGORIES
    ]
    codes += range(0xE0100, 0xE01F0)  # variation selectors that can carry hidden bytes
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return re.compile("[" + "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in runs) + "]")


_HIDDEN = _hidden_pattern()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text that is shown in one way.

    `token` stands for a character that cannot be seen, and `units` is that character's length in
    UTF-16 units, which the browser cannot count; `kind` is that of a marked piece.
    """

    text: str
    token: str = ""
    units: int = 0
    kind: str = ""
    found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One page of a long text: its pieces, and where it starts in code points and UTF-16 units."""

    pieces: tuple[Piece, ...]
    number: int
    of: int
    start: int
    units_before: int
    total: int
    found: int


def utf16_length(text: str) -> int:
    r"""Return the length of a text as JavaScript counts it.

    >>> utf16_length("ok \U0001f680")
    5
    """
    return len(text) + sum(character > "\uffff" for character in text)


def token_of(character: str) -> str:
    r"""Return what is shown in place of a character that cannot be seen.

    >>> token_of("\x00"), token_of("\u202e"), token_of("\u2064")
    ('␀', 'RLO', 'U+2064')
    """
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return _NAMES.get(code, f"U+{code:04X}")


def seen(text: str) -> str:
    r"""Return a text for places without markup, such as titles and buttons.

    >>> seen("a\u202eb")
    'a[RLO]b'
    """
    return _HIDDEN.sub(lambda match: f"[{token_of(match[0])}]", text)


def find(text: str, query: str) -> list[tuple[int, int]]:
    """Return where a text says what is looked for, at most `MATCHES` places.

    The whole phrase where it stands there, whatever its case and white space; else its words of
    four letters or more and its numbers, because a claim is seldom quoted.

    >>> find("The box holds 80 kg.", "BOX  holds"), find("The box holds 80 kg.", "it is 80 kilos")
    ([(4, 13)], [(14, 16)])
    """
    words = query[:_QUERY].split()
    if not words:
        return []
    places = _places(text, r"\s+".join(map(re.escape, words)))
    if places:
        return places
    bare = [re.sub(r"^\W+|\W+$", "", word) for word in words]
    telling = sorted({word for word in bare if len(word) > 3 or any(map(str.isdigit, word))})
    if not telling:
        return []
    # The longest first: of two words that start alike the longer one is meant.
    either = "|".join(map(re.escape, sorted(telling, key=len, reverse=True)))
    return _places(text, rf"(?<!\w)(?:{either})(?!\w)")


def _places(text: str, pattern: str) -> list[tuple[int, int]]:
    found = re.finditer(pattern, text, re.IGNORECASE)
    return [match.span() for match, _ in zip(found, range(MATCHES), strict=False)]


def part_of(
    text: str,
    number: int = 1,
    *,
    marks: Sequence[tuple[int, int, str]] = (),
    query: str = "",
) -> Part:
    """Return a page of a text.

    Args:
        text: as it is stored.
        number: which page, from 1; one that does not exist becomes the nearest.
        marks: start, end and kind of marked pieces, by code points of the whole text.
        query: what to look for; see `find`.
    """
    of = max(1, -(-len(text) // PART))
    number = min(max(number, 1), of)
    start = (number - 1) * PART
    shown = text[start : start + PART]
    inside = [(a - start, b - start, kind) for a, b, kind in marks]
    places = find(shown, query)
    return Part(
        pieces=tuple(_pieces(shown, inside, places)),
        number=number,
        of=of,
        start=start,
        units_before=utf16_length(text[:start]),
        total=len(text),
        found=len(places),
    )


def _pieces(
    text: str, marks: Sequence[tuple[int, int, str]], places: Sequence[tuple[int, int]]
) -> Iterable[Piece]:
    edges = {0, len(text)}
    for place in (*places, *((start, end) for start, end, _ in marks)):
        edges |= {min(max(at, 0), len(text)) for at in place}
    for match in _HIDDEN.finditer(text):
        edges |= {match.start(), match.end()}
    starts = [start for start, _ in places]
    for start, end in pairwise(sorted(edges)):
        at = bisect_right(starts, start) - 1
        yield _piece(
            text,
            start,
            end,
            next((kind for a, b, kind in marks if a <= start < b), ""),
            found=at >= 0 and start < places[at][1],
        )


def _piece(text: str, start: int, end: int, kind: str, *, found: bool) -> Piece:
    shown = text[start:end]
    if not _HIDDEN.fullmatch(shown):
        return Piece(text=shown, kind=kind, found=found)
    # A line's end of two characters looks like any other; its first one is only counted.
    quiet = shown == "\r" and text[end : end + 1] == "\n"
    token = "" if quiet else token_of(shown)
    return Piece(text="", token=token, units=utf16_length(shown), kind=kind, found=found)
