"""Durations as people write them: `30d`, `12h`, `500ms`."""

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LONGEST = timedelta(days=3660)  # what is subtracted from a date must leave a date
_SHAPE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h|d|w)")


def parse_duration(text: object) -> timedelta:
    """Return the duration a text means.

    Raises:
        ValueError: it means none, or no time at all.

    >>> parse_duration("1.5h")
    datetime.timedelta(seconds=5400)
    """
    match = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            f"{text!r} is no duration: write a number and ms, s, m, h, d or w, as in 30d"
        )
    try:
        value = float(match[1]) * _UNITS[match[2]]
    except OverflowError:
        value = timedelta.max
    if value <= timedelta(0):
        raise ValueError(f"{text!r} is no time at all: write a duration above zero")
    if value > LONGEST:
        raise ValueError(f"{text!r} is longer than {LONGEST.days} days")
    return value
