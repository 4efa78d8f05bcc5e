"""JSON without the leniences of the standard library, which would change or crash a golden set.

`json.loads` keeps the last of two equal keys, reads NaN, turns 1e999 into infinity, raises
RecursionError on deep nesting, and lets through half a surrogate pair. Here each is a fault.
"""

import json
import math
import re

from qualityslo.domain.golden import Json
from qualityslo.golden.faults import show

MOST_DEPTH = 50
MOST_DIGITS = 4_000

_MAYBE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class StrictJsonError(ValueError):
    """The text is not acceptable JSON; the message says why, and the remedy."""


def parse_json(text: str) -> Json:
    """Return the value of one JSON document.

    Raises:
        StrictJsonError: the text is not JSON, or holds what no golden set may hold.

    >>> parse_json('{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        near = show(text[max(0, error.pos - 10) : error.pos + 20])
        message = f"not valid JSON: {error.msg} at column {error.colno}, near {near}"
        raise StrictJsonError(f"{message}; write one JSON object a line") from None
    except RecursionError:
        raise StrictJsonError(_too_deep()) from None
    except StrictJsonError:
        raise
    except ValueError as error:  # an interpreter started with a lower limit on digits
        raise StrictJsonError(f"not readable JSON: {error}") from None
    if text.count("[") + text.count("{") > MOST_DEPTH and _depth(value) > MOST_DEPTH:
        raise StrictJsonError(_too_deep())
    if _MAYBE_SURROGATE.search(text):
        _refuse_lone_surrogates(value)
    return value


def _too_deep() -> str:
    return f"nested deeper than {MOST_DEPTH} levels; flatten it"


def _depth(value: Json) -> int:
    level: list[Json] = [value]
    depth = 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [
            child for one in level for child in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def _refuse_lone_surrogates(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = show(error.object[error.start])
        raise StrictJsonError(
            f"half a surrogate pair ({half}) is no Unicode text and cannot be stored; "
            "write the whole character or U+FFFD"
        ) from None


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None on purpose
        raise StrictJsonError(f"key {show(twice)} is given twice in one object; keep one")
    return found


def _constant(text: str) -> Json:
    raise StrictJsonError(f"{text} is not JSON; write null, or leave the field out")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise StrictJsonError(
            f"number {show(text)} is beyond what can be computed with; write it as text"
        )
    return number


def _int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise StrictJsonError(f"a number of {len(text):,} digits; write it as text")
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant
)
