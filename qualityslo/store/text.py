"""What text may enter the store: the hygiene at its border, and JSON under the same rule.

SQLite cuts a text at NUL in its own functions, PostgreSQL refuses NUL, and neither takes a lone
surrogate. One such character in one answer must not lose a night, so it is replaced by a visible
one on the way in; digests and hashes in the store are those of the text as stored.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from qualityslo.errors import UsageError

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    r"""Return the text with lone surrogates as U+FFFD and NUL as U+2400.

    >>> clean("a\x00b") == "a\u2400b"
    True
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\x00", "\u2400") if "\x00" in text else text


def checked_name(name: str) -> str:
    r"""Return an identifier that the store can hold as it is; identifiers are never rewritten.

    Raises:
        UsageError: it has NUL or a lone surrogate; two different names could become one.
    """
    if name.isprintable() and name.isascii():
        return name
    if clean(name) is not name:
        raise UsageError(
            f"identifier {name!r} has a NUL or half of a character (a lone surrogate): rename it"
        )
    return name


def clean_tree(value: Any) -> Any:
    """Return JSON with every text clean and every number that is none as null."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(key): clean_tree(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean_tree(one) for one in value]
    return value


def dump(value: Any) -> str:
    r"""Return JSON text that is clean and has no NaN.

    >>> dump({"half": "\ud800", "share": float("nan")}) == '{"half":"\ufffd","share":null}'
    True
    """
    if isinstance(value, CleanJson):
        return value
    return dump_as_it_is(value) or _encode(clean_tree(value))


class CleanJson(str):
    """JSON text that `dump` has to do no more about."""

    __slots__ = ()


def dump_as_it_is(value: Any) -> CleanJson | None:
    """Return a value as JSON text, or None where it has to be cleaned first, which few have."""
    try:
        text = _encode(value)
        text.encode()
    except ValueError:  # a NaN, or a lone surrogate
        return None
    return None if "\\u0000" in text else CleanJson(text)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def instant_text(value: datetime) -> str:
    """Return an instant as UTC text of fixed width: texts compare as the instants do.

    Raises:
        ValueError: it has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"an instant has a time zone, {value!r} has none")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """Return the instant that a stored text names, in UTC.

    >>> instant_of(instant_text(datetime(2026, 3, 1, 2, tzinfo=UTC)))
    datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.fromisoformat(text)
