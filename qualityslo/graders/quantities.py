"""Numbers in text: their value, unit, and whether they can be the answer.

What is a number: "42", "-5", "minus 10", "1,000", "3.14", "3 x 10^8", "3e8", "22/7" (a fraction),
"60%", "$12.50", "169kg", "forty-two". What is not: digits in a word or a code ("H2O", "E04",
"H-120", "42abc", "21st", "1990s"), times of day and ratios ("10:30"), full dates in digits
("2026-03-14"), version numbers ("3.11.7"), powers of other bases ("2^10"), and numbers of more
than 100 digits. A hyphen between two numbers is a range, not a minus sign.

A number is *weak* if it stands for something other than a result: the word "one", a mark in
square brackets ("[2]"), one unit of measure behind a preposition ("in 1 hour"), and the base of
a percentage ("20% of 100"). Time in mixed units is one quantity ("1 hour 10 minutes").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from qualityslo.graders.characters import plain
from qualityslo.graders.number_words import canonical_numbers
from qualityslo.graders.units import (
    CURRENCY_SIGNS,
    UNIT_PATTERN,
    canonical_unit,
    dimension,
    to_base,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number found in a text. `unit` is canonical, empty where none is known.

    `start` and `end` are positions in the canonical text, `following` is what stands behind it.
    """

    value: Decimal
    unit: str
    weak: bool
    start: int
    end: int
    following: str


_LIMIT = 100  # digits; longer ones are no quantity, and would overflow decimal arithmetic
_LETTER = r"[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_DIGITS = rf"[0-9]{{1,{_LIMIT}}}+"
_TOKEN = re.compile(
    rf"""
    (?P<word>(?!(?:minus|negative)[ ][0-9$€£¥]|one(?!{_LETTER}|[0-9_])){_LETTER}(?:{_LETTER}|[0-9_])*+(?:-[0-9]\w*+)*+)
  | (?P<mark>\[[0-9]{{1,3}}\])
  | (?P<other>
        [0-9]++(?:[:.][0-9]++){{2,}}+ | [0-9]++:[0-9]++ | [0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}(?![0-9])
      | [0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}(?![0-9])
    )
  | (?P<sign>(?<![\w)\]%])-|(?:minus|negative)[ ])?
    (?:(?P<currency>[{CURRENCY_SIGNS}])[ ]?(?P<late_sign>-)?)?
    (?:
        (?P<one>one(?!{_LETTER}|[0-9_]))
      | (?P<mantissa>{_DIGITS}(?:\.{_DIGITS})?+)[ ]?[x*\u00d7][ ]?10\^(?P<power>[-+]?[0-9]{{1,3}}+)
      | 10\^(?P<bare_power>[-+]?[0-9]{{1,3}}+)
      | (?P<top>[0-9]{{1,9}}+)/(?P<bottom>[0-9]{{1,9}}+)(?![/0-9])
      | (?P<number>{_DIGITS}(?:\.{_DIGITS})?+)(?:e(?P<exponent>[-+]?[0-9]{{1,3}}+))?+(?!\^)
    )
    (?P<decade>(?<=[0-9][0-9][0-9]0)s(?!{_LETTER}))?
    (?P<unit>[ -]?{UNIT_PATTERN})?
    (?!(?:{_LETTER}|[0-9_]|\.[0-9]))
  | [0-9][0-9.^]*+(?:{_LETTER}|[0-9_])*+
    """,
    re.VERBOSE,
)
_PER = re.compile(r"(?:in|per|of|for|to|every|each|within|an?) $")
_BASE_OF_PERCENTAGE = re.compile(r"% (?:of|from) (?:all |the |a )?$|percent of (?:all |the |a )?$")
_JOINT = re.compile(r",? ?(?:and )?$")


def canonical_text(text: str) -> str:
    """Return the text in which `quantities` finds numbers, and to which their positions refer."""
    return canonical_numbers(plain(text), keep_one=True)


def quantities(text: str) -> list[Quantity]:
    """Return the numbers of a canonical text in their order.

    >>> [(str(one.value), one.unit) for one in quantities("169kg, h-001 and 1 hour 10 minutes")]
    [('169', 'kg'), ('70', 'min')]
    """
    return list(_joined(_scan(text)))


def _scan(text: str) -> Iterator[tuple[Quantity, str]]:
    """Yield each number with the text between it and the one before."""
    previous = 0
    for match in _TOKEN.finditer(text):
        found = _quantity(match)
        if found is not None:
            yield found, text[max(previous, found.start - 20) : found.start]
            previous = found.end


def _quantity(match: re.Match[str]) -> Quantity | None:
    value = _value(match)
    if value is None or match["decade"]:
        return None
    negative = bool(match["sign"] or match["late_sign"])
    unit = canonical_unit((match["unit"] or match["currency"] or "").lstrip(" -"))
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 20) : start]
    return Quantity(
        value=-value if negative else value,
        unit=unit,
        weak=_is_weak(match, value, unit, before),
        start=start,
        end=end,
        following=text[end : end + 40].lstrip(" -"),
    )


def _value(match: re.Match[str]) -> Decimal | None:
    if match["top"]:
        bottom = Decimal(match["bottom"])
        return Decimal(match["top"]) / bottom if bottom else None
    written = _written(match)
    return Decimal(written) if written else None


def _written(match: re.Match[str]) -> str:
    if match["mantissa"]:
        return f"{match['mantissa']}e{match['power']}"
    if match["bare_power"]:
        return f"1e{match['bare_power']}"
    if match["number"]:
        return f"{match['number']}e{match['exponent'] or 0}"
    return "1" if match["one"] else (match["mark"] or "").strip("[]")


def _is_weak(match: re.Match[str], value: Decimal, unit: str, before: str) -> bool:
    if match["one"] or match["mark"]:
        return True
    if _BASE_OF_PERCENTAGE.search(before):
        return True
    return value == 1 and bool(unit) and bool(_PER.search(before))


def _joined(found: Iterator[tuple[Quantity, str]]) -> Iterator[Quantity]:
    """Join neighbours such as 1 h and 10 min into one quantity in the smaller unit."""
    pending: Quantity | None = None
    for quantity, gap in found:
        if pending is not None and _continues(pending, quantity, gap):
            total = to_base(pending.value, pending.unit) / to_base(Decimal(1), quantity.unit)
            pending = replace(quantity, value=total + quantity.value, start=pending.start)
            continue
        if pending is not None:
            yield pending
        pending = quantity
    if pending is not None:
        yield pending


def _continues(first: Quantity, second: Quantity, gap: str) -> bool:
    units = (first.unit, second.unit)
    if not all(dimension(unit) == "time" for unit in units) or not _JOINT.match(gap):
        return False
    larger, smaller = (to_base(Decimal(1), unit) for unit in units)
    return larger > smaller and second.value >= 0
