"""The first stage of normalisation: characters that look different and mean the same become one.

Applied by `plain`, in this order: runs of more than 30 combining marks are cut (the stream-safe
limit of Unicode annex 15; without it normalisation takes quadratic time on hostile text);
superscript digits become `^2`, vulgar fractions decimals; a few LaTeX commands their meaning;
quotes and dashes their ASCII forms; NFKC and case folding; digits of every script become 0 to 9;
blanks collapse, line ends stay. Accents and skin-tone marks carry meaning and are kept.
"""

import re
import unicodedata

_MARK_LIMIT = 30
_SUSPECT_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{_MARK_LIMIT + 1},}}")

_SUPERSCRIPT_RUN = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b]+")
_SUPERSCRIPT = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-"
)
_FRACTION = re.compile("((?<![0-9])[0-9]{1,9})? ?([\u00bc-\u00be\u2150-\u215e])")

_SAME = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc`"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2212\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u2012"), "\u2013"),
    **dict.fromkeys(map(ord, "\u2014\u2015"), " - "),
    **dict.fromkeys(map(ord, "\u00d7\u22c5\u00b7\u2219"), "\u00d7"),
    # soft hyphen, zero-width space, word joiner, byte-order mark, variation selectors, trade marks
    **dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\ufe0e\ufe0f\u2122\u00ae\u00a9")),
}
_EN_DASH = re.compile("( ?)\u2013( ?)")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
# A run of blanks that is not one space already: most are, and stay as they are.
_BLANKS = re.compile(r"[^\S\n](?:(?<! )[^\S\n]*+|[^\S\n]++)")

_LATEX = re.compile(
    r"\\(?:(times|cdot|left|right|text|mathrm|mathbf|textbf|boxed)(?![a-z])|([,;:! %$]))"
)
_LATEX_MEANING = {"times": "\u00d7", "cdot": "\u00d7", "%": "%", "$": "$"}
# A pair of dollars is mathematics, unless it reads as two prices ("$5 or $6", "$5-$6").
_INLINE_MATHS = re.compile(r"\$([^$\s](?:[^$\n]{0,200}[^$\s])?)\$(?![0-9])")
_BRACES = str.maketrans("{}", "  ")
_LATEX_GROUP = re.compile(r"(?<=[0-9])\{,\}(?=[0-9])")
_EXPONENT = re.compile(r"\^\{([-+]?[0-9]{1,4})\}|(?<=[0-9])\*\*(?=[-+]?[0-9])")
_SUBSCRIPT = re.compile(r"(?<=[a-z])_(?:\{([0-9]{1,4})\}|([0-9]{1,4}))")


def stream_safe(text: str) -> str:
    r"""Return the text with runs of combining marks cut to 30, so that normalising is linear.

    >>> len(stream_safe("a" + "\u0301" * 1000))
    31
    """
    if text.isascii():
        return text
    return _SUSPECT_RUN.sub(lambda run: _cut_marks(run[0]), text)


def _cut_marks(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in run:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARK_LIMIT:
            kept.append(char)
    return "".join(kept)


def plain(text: str) -> str:
    r"""Return the text with one spelling for each character; the module's docstring says which.

    >>> plain("\u201cSome\u201d  10\u2078 \u2212 H\u2082O")
    '"some" 10^8 - h2o'
    """
    if not text.isascii():
        text = _to_one_form(text)
    text = text.casefold()
    if "$" in text:
        text = _INLINE_MATHS.sub(r" \1 ", text)
    if "\\" in text or "{" in text or "_" in text or "**" in text:
        text = _without_latex(text)
    return _BLANKS.sub(" ", text.replace("\r", "\n"))


def _to_one_form(text: str) -> str:
    text = stream_safe(text)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPT), text)
    text = _FRACTION.sub(_decimal_of_fraction, text)
    text = _EN_DASH.sub(_dash, text.translate(_SAME))
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFKC", text)
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _decimal_of_fraction(match: re.Match[str]) -> str:
    value = f"{unicodedata.numeric(match[2]):.6f}".rstrip("0")
    return (match[1] or "0") + value.removeprefix("0")


def _dash(match: re.Match[str]) -> str:
    # Between digits it is a range, in front of one a minus sign, elsewhere punctuation.
    before, after = (
        match.string[match.start() - 1 : match.start()],
        match.string[match.end() : match.end() + 1],
    )
    if before.isdigit() and after.isdigit():
        return "-"
    opens = bool(match[1]) or before in {"", "(", "=", "\n", "\t"}
    return f"{match[1]}-" if opens and after.isdigit() and not match[2] else " - "


def _without_latex(text: str) -> str:
    text = _LATEX_GROUP.sub(",", text)
    text = _EXPONENT.sub(lambda match: "^" + (match[1] or ""), text)
    text = _SUBSCRIPT.sub(lambda match: match[1] or match[2], text)
    meant, commands = _LATEX.subn(
        lambda command: _LATEX_MEANING.get(command[1] or command[2], " "), text
    )
    return meant.translate(_BRACES) if commands else text
