"""The second stage of normalisation: one spelling for each number.

Cardinal words become digits ("forty-two" -> 42, "one hundred and five" -> 105, "nineteen
eighty-four" -> 1984, "a million" -> 1000000, "1.5 million" -> 1500000, "$1.5M" -> $1500000).
Ordinals and fractions stay words ("twenty-first", "two thirds", "second"), and so do "dozen" and
"half". Thousands separators inside well-formed numbers go: comma, blank, apostrophe ("1,000",
"46 600", "1'000"), Indian groups ("1,00,000"), and dots where a decimal comma follows or two
groups prove them ("1.234,56", "1.234.567"); a lone "1.234" is a decimal. A comma before one or
two last digits is a decimal comma ("3,14").
"""

import re
from decimal import Decimal

_COUNTING = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_UNITS = {word: value for value, word in enumerate(_COUNTING.split())}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_WORDS = (*_UNITS, *_TENS, "hundred", *_SCALES)
_WORD = "|".join(_WORDS)
# The same behind a word boundary, which is looked for behind the first letter: a pattern that
# begins with letters is found several times as fast as one that begins with a boundary.
_FIRST_WORD = "|".join(rf"{one[0]}(?<!\w{one[0]}){one[1:]}" for one in _WORDS)
# One of these is in every number word, and in few other texts.
_TRACES = re.findall(
    "[a-z]+",
    "zero one two thr four five six seven eight nine ten eleven twel thir fift teen twenty forty "
    "fifty hundred thousand illion",
)
_PART = re.compile(rf"(-| and | |)({_WORD})\b")
_ORDINAL = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|hundredth"
)
_FRACTION = (
    "half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?"
)
_RUN = re.compile(
    rf"(?:{_FIRST_WORD})\b(?:(?:-| and | )(?:{_WORD})\b)*+(-(?:{_ORDINAL})\b|[ -](?:{_FRACTION})\b)?"
)
_A_HUNDRED = re.compile(rf"a(?<!\wa)n? (?=(?:hundred|{'|'.join(_SCALES)})\b)")
_DIGITS_AND_SCALE = re.compile(
    rf"([0-9](?<![\w.][0-9])[0-9]{{0,29}}(?:\.[0-9]{{1,30}})?)[ -]?(hundred|{'|'.join(_SCALES)})\b"
)
_ABBREVIATED = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "tn": 10**12}
_PRICE_AND_SCALE = re.compile(
    rf"(?<=[$\u20ac\u00a3\u00a5])( ?)([0-9]{{1,30}}(?:\.[0-9]{{1,30}})?) ?({'|'.join(_ABBREVIATED)})\b"
)

_MAYBE_GROUPED = re.compile(r"[0-9][ ,.'][0-9]")
_GROUPED = re.compile(
    r"[1-9](?<![\w.,][1-9])(?:"
    r"[0-9]{0,2}(?:,[0-9]{3}){1,10}+(?!,?[0-9])"
    r"|[0-9]?(?:,[0-9]{2}){1,10},[0-9]{3}(?!,?[0-9])"
    r"|[0-9]{0,2}(?: [0-9]{3}){1,10}+(?![0-9])"
    r"|[0-9]{0,2}(?:'[0-9]{3}){1,10}+(?![0-9])"
    r"|[0-9]{0,2}(?:\.[0-9]{3}){2,10}+(?![0-9.]?[0-9])"
    r")"
)
_SEPARATOR = re.compile(r"[ ,.']")
_DOTS_AND_COMMA = re.compile(
    r"([1-9](?<![\w.,][1-9])[0-9]{0,2}(?:\.[0-9]{3}){1,10}+),([0-9]++)(?!,[0-9])"
)
_DECIMAL_COMMA = re.compile(
    r"[0-9](?<![\w.,][0-9])(?:(?<=0),[0-9]++|[0-9]*+,[0-9]{1,2}+)(?![0-9]|[.,][0-9])"
)
_BARE_POINT = re.compile(r"\.(?<![\w.]\.)(?=[0-9])")


def canonical_numbers(text: str, *, keep_one: bool = False) -> str:
    """Return plain text (see `characters.plain`) with its numbers in one spelling.

    Args:
        text: lower-case text.
        keep_one: leave a lone "one" a word, for whoever has to tell it from the digit.

    >>> canonical_numbers("forty-two of 1,000 and the twenty-first")
    '42 of 1000 and the twenty-first'
    """
    if _MAYBE_GROUPED.search(text):
        text = _DOTS_AND_COMMA.sub(lambda match: f"{match[1].replace('.', '')}.{match[2]}", text)
        text = _GROUPED.sub(lambda match: _SEPARATOR.sub("", match[0]), text)
        text = _DECIMAL_COMMA.sub(lambda match: match[0].replace(",", "."), text)
    text = _BARE_POINT.sub("0.", text)
    if "$" in text or not text.isascii():
        text = _PRICE_AND_SCALE.sub(lambda match: match[1] + _times(match[2], match[3]), text)
    if not any(map(text.__contains__, _TRACES)):
        return text
    text = _A_HUNDRED.sub("one ", text)
    text = _RUN.sub(lambda match: _spelled(match, keep_one=keep_one), text)
    return _scaled(_scaled(text))


def _scaled(text: str) -> str:
    return _DIGITS_AND_SCALE.sub(lambda match: _times(match[1], match[2]), text)


def _times(digits: str, scale: str) -> str:
    value = Decimal(digits) * (_SCALES | _ABBREVIATED).get(scale, 100)
    shown = format(value, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _spelled(match: re.Match[str], *, keep_one: bool) -> str:
    if match[1] or (keep_one and match[0] == "one"):
        return match[0]
    out: list[str] = []
    number: _Number | None = None
    for part in _PART.finditer(match[0]):
        separator, word = part[1], part[2]
        if number is not None and number.takes(separator, word):
            number.add(word)
            continue
        if number is not None:
            out.append(str(number))
        out.append(separator)
        number = _Number() if word in _UNITS or word in _TENS else None
        if number is None:
            out.append(word)
        else:
            number.add(word)
    return "".join(out) + ("" if number is None else str(number))


class _Number:
    """A cardinal as it is read word by word: whole scales so far, and the group below a thousand."""

    def __init__(self) -> None:
        self._whole = 0
        self._group = 0
        self._last = ""
        self._smallest_scale = 10**15

    def takes(self, separator: str, word: str) -> bool:
        """Whether the word continues this number."""
        after_scale = self._last == "hundred" or self._last in _SCALES
        if separator == " and " and not after_scale:
            return False
        if word in _SCALES:
            return self._group > 0 and _SCALES[word] < self._smallest_scale
        if word == "hundred":
            return 0 < self._group < 100
        if after_scale:
            return word != "zero"
        if word in _TENS or _UNITS[word] >= 10:
            return self._may_be_century()
        return self._last in _TENS and word != "zero"

    def _may_be_century(self) -> bool:
        # "nineteen eighty", "twenty twenty": years are read in pairs.
        return self._whole == 0 and 11 <= self._group <= 20 and self._last != "hundred"

    def add(self, word: str) -> None:
        """Continue the number; only after `takes` agreed, or as its first word."""
        if word in _SCALES:
            self._whole += self._group * _SCALES[word]
            self._smallest_scale = _SCALES[word]
            self._group = 0
        elif word == "hundred":
            self._group *= 100
        else:
            value = _UNITS.get(word, 0) + _TENS.get(word, 0)
            century = value >= 10 and self._group and self._last != "hundred"
            self._group = self._group * (100 if century else 1) + value
        self._last = word

    def __str__(self) -> str:
        return str(self._whole + self._group)
