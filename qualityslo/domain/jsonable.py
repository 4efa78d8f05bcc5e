"""Domain values as plain JSON: no NaN, no infinity, instants in UTC, fractions as they are."""

import dataclasses
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from qualityslo.domain.golden import Json


def instant(value: datetime) -> str:
    """Return an instant as RFC 3339 in UTC with a Z.

    >>> instant(datetime(2026, 3, 1, 2, tzinfo=UTC))
    '2026-03-01T02:00:00Z'
    """
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_json(value: Any) -> Json:
    """Return a domain value as JSON; a number that is none becomes null (design 7.2).

    Raises:
        TypeError: the value has no JSON form.
    """
    if isinstance(value, Enum):
        return to_json(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _time(value) if isinstance(value, datetime | timedelta) else _nested(value)


def _time(value: datetime | timedelta) -> Json:
    return instant(value) if isinstance(value, datetime) else value.total_seconds()


def _nested(value: Any) -> Json:
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: to_json(getattr(value, name)) for name in names}
    raise TypeError(f"no JSON form for {type(value).__name__}: {value!r}")
