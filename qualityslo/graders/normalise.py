"""Normalisation of closed answers: what may differ without the answer being another one.

`same_text` is the light form, for `exact`: NFC, runs of blanks to one, outer blanks off. Case,
punctuation, accents and skin-tone marks all count.

`normalise` is the form for `contains` and `closed`. In order:
 1. one spelling for each character (`characters.plain`): NFKC, case folding, quotes, dashes;
 2. one spelling for each number (`number_words.canonical_numbers`): words to digits, thousands
    separators off;
 3. number and unit apart, the unit in one spelling: "169kg", "169 kilograms" -> "169 kg";
    "€12", "12 euros" -> "12 eur"; "60 percent" -> "60 %"; decimals that are all zero go
    ("12.00" -> "12");
 4. punctuation becomes a blank. Kept is what carries meaning: the point inside a number, a minus
    sign in front of one, "%", currency signs, "+" and "#" behind a letter ("c++", "c#"), "°",
    emoji and other symbols; "&" becomes "and";
 5. the articles "a", "an", "the" go, except at the very end ("vitamin a");
 6. blanks collapse.
Nothing is translated, stemmed or stripped of accents; ordinals and fractions stay words.
"""

import re
import unicodedata

from qualityslo.graders.characters import plain, stream_safe
from qualityslo.graders.number_words import canonical_numbers
from qualityslo.graders.units import CURRENCY_SIGNS, UNIT_PATTERN, canonical_unit

# Patterns begin with what they are about and look behind it: so they are found several times as
# fast as where they begin with a look back.
_ZERO_DECIMALS = re.compile(r"([0-9](?<![\w.][0-9])[0-9]*+)\.0++(?![\w]|\.[0-9])")
_CURRENCY_FIRST = re.compile(
    rf"(?:us)?([{CURRENCY_SIGNS}]) ?(-?[0-9]++(?:\.[0-9]++)?)(?![\w]|\.[0-9])"
)
_UNIT_BEHIND = re.compile(
    rf"([0-9](?<![\w.][0-9])[0-9]*+(?:\.[0-9]++)?)(?!(?<=[0-9][0-9][0-9]0)s\b)[ -]?({UNIT_PATTERN})"
)
_PUNCTUATION_BY_PLACE = re.compile(
    r"\.(?:(?![0-9])|(?<![0-9]\.))"
    r"|-(?:(?![0-9])|(?<=[\w)\].]-))"
    r"|\+(?<![a-z]\+)(?<!\+\+)"
    r"|#(?<![a-z]#)"
)
_PUNCTUATION = str.maketrans(
    {**dict.fromkeys("!\"$'(),/:;<=>?@[\\]^_`{|}~*", " "), "&": " and ", "%": " % "}
)
_OTHER_PUNCTUATION = re.compile(r"[^\w\s\x00-\x7f]")
_ARTICLES = frozenset({"a", "an", "the"})

# Scripts written without blanks between words, and Hangul, whose particles are glued on.
_NO_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
    "\U00020000-\U0003ffff]"
)


def same_text(text: str) -> str:
    r"""Return the light form of a text; two texts with the same form are exactly alike.

    >>> same_text("cafe\u0301 \n") == "caf\u00e9"
    True
    """
    return " ".join(unicodedata.normalize("NFC", stream_safe(text)).split())


def normalise(text: str, *, keep_articles: bool = False) -> str:
    r"""Return the words of a text, blank-separated; the module's docstring says how.

    >>> normalise("The cargo box carries forty-two kilograms, i.e. 1,000.00 \u20ac!")
    'cargo box carries 42 kg i e 1000 eur'
    """
    words = _words(text)
    if not keep_articles:
        words = [word for word in words[:-1] if word not in _ARTICLES] + words[-1:]
    return " ".join(words)


def has_article(text: str) -> bool:
    """Whether a text has a word that may be an article: "a" may also name a vitamin or a choice."""
    return not _ARTICLES.isdisjoint(_words(text))


def written_without_blanks(text: str) -> bool:
    """Whether a text is in a script in which words are not told apart by blanks."""
    return _NO_BLANKS.search(text) is not None


def _words(text: str) -> list[str]:
    text = canonical_numbers(plain(text))
    if ".0" in text:
        text = _ZERO_DECIMALS.sub(r"\1", text)
    if "$" in text or not text.isascii():
        text = _CURRENCY_FIRST.sub(lambda match: f"{match[2]} {canonical_unit(match[1])}", text)
    text = _UNIT_BEHIND.sub(lambda match: f"{match[1]} {canonical_unit(match[2])} ", text)
    text = _PUNCTUATION_BY_PLACE.sub(" ", text).translate(_PUNCTUATION)
    if not text.isascii():
        text = _OTHER_PUNCTUATION.sub(_blank_if_punctuation, text)
    return text.split()


def _blank_if_punctuation(match: re.Match[str]) -> str:
    return " " if unicodedata.category(match[0]).startswith("P") else match[0]
