"""Domain values read back from their JSON: the inverse of `jsonable.to_json`."""

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from qualityslo.domain.golden import Json


def from_json(kind: Any, value: Json) -> Any:
    """Return the value of a type that a JSON value stands for.

    A field that the JSON lacks takes its default, and a key that no field has is left out: what
    another version wrote stays readable. A number that was none comes back as NaN.

    Raises:
        TypeError: the JSON does not stand for such a value.
        ValueError: a word that is none of an enumeration's, or no instant.

    >>> from_json(tuple[float, ...], [1, None])
    (1.0, nan)
    """
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind, value)
    if get_origin(kind) is not None:
        return _generic(kind, value)
    if kind is float:
        return math.nan if value is None else float(_number(value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is datetime:
        return datetime.fromisoformat(str(value))
    return timedelta(seconds=_number(value)) if kind is timedelta else value


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number was expected, not {value!r}")
    return value


def _record(kind: Any, value: Json) -> Any:
    if not isinstance(value, dict):
        raise TypeError(
            f"an object with the fields of {kind.__name__} was expected, not {value!r}"
        )
    known = {field.name: field.type for field in dataclasses.fields(kind) if field.name in value}
    return kind(**{name: from_json(of, value[name]) for name, of in known.items()})


def _generic(kind: Any, value: Json) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        if value is None:
            return None
        return from_json(next(one for one in inner if one is not type(None)), value)
    if origin is tuple and isinstance(value, list):
        return tuple(from_json(inner[0], one) for one in value)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, dict):
        return {key: from_json(inner[1], one) for key, one in value.items()}
    return value
