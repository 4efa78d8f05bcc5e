"""Text and JSON from models and files: nothing in it may break a store, a log or a parser."""

import json

_NUL = "\x00"
_NUL_SYMBOL = "\u2400"
_LONGEST_DETAIL = 500
_BLANKS = " \t\n\r"
_DECODER = json.JSONDecoder()


def clean(text: str) -> str:
    r"""Return a text that every store and encoder takes.

    Two halves of a surrogate pair that arrived one by one become the character they meant; a
    half without its other half becomes U+FFFD, and NUL becomes U+2400.

    >>> clean("caf\u00e9\ud800 \ud83d" + "\ude00")
    'café� 😀'
    """
    if _NUL in text:
        text = text.replace(_NUL, _NUL_SYMBOL)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def excerpt(text: str, limit: int = _LONGEST_DETAIL) -> str:
    r"""Return one line of at most `limit` characters of a text, for people to read.

    >>> excerpt("bad gateway\n\n  try later", 16)
    'bad gateway try…'
    """
    line = " ".join(clean(text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def loads(text: str | bytes) -> object:
    """Return the JSON value in a text.

    Raises:
        ValueError: it is no JSON, is nested too deeply to read, or is no UTF-8.
    """
    try:
        if isinstance(text, bytes):
            return json.loads(text)
        # As `json.loads` does it, in half its time: an answer may come in hundreds of pieces.
        text = text.strip(_BLANKS)
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end < len(text):
        raise ValueError(f"more follows the JSON value, at character {end}")
    return value


def as_count(value: object) -> int | None:
    """Return a count of things as a server reports it, or None where it reports no such thing.

    >>> as_count(7), as_count(True), as_count(-1), as_count("7")
    (7, None, None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
