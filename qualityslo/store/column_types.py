"""The kinds of column: what is converted on its way into the database and back.

The conversion belongs to the column, so no statement can forget it.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from qualityslo.store.text import checked_name, clean, dump, instant_of, instant_text

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

LARGEST_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnTypes:
    """One type a kind.

    `name` holds identifiers, refused where they are not storable as they are; `prose` holds text
    from the outside, cleaned; `json` a JSON value; `instant` a moment in UTC; `number` a finite
    float, else null; `count` an integer of 64 bits, else null.
    """

    name: "TypeEngine[str]"
    prose: "TypeEngine[str]"
    json: "TypeEngine[Any]"
    instant: "TypeEngine[Any]"
    number: "TypeEngine[float]"
    count: "TypeEngine[int]"


@cache
def column_types() -> ColumnTypes:
    """Return the column types."""
    from sqlalchemy import BigInteger, Double, Text

    return ColumnTypes(
        name=_converted(Text(), checked_name),
        prose=_converted(Text(), clean),
        json=_converted(Text(), dump, json.loads),
        instant=_converted(Text(), instant_text, instant_of),
        number=_converted(Double(), _finite),
        count=_converted(BigInteger(), _storable_count),
    )


def _converted(
    storage: "TypeEngine[Any]",
    into: Callable[[Any], Any],
    back: Callable[[Any], Any] | None = None,
) -> "TypeEngine[Any]":
    from sqlalchemy.types import TypeDecorator

    class Converted(TypeDecorator[Any]):
        """Converts on the way in; what comes back is taken as it is, at no cost a row."""

        impl: "TypeEngine[Any] | type[TypeEngine[Any]]" = storage
        cache_ok: bool | None = True

        def bind_processor(self, dialect: "Dialect") -> Callable[[Any], Any]:
            """Return what converts a value for the database; null stays null."""
            del dialect
            return lambda value: None if value is None else into(value)

    class ConvertedBack(Converted):
        """Converts both ways."""

        cache_ok: bool | None = True

        def process_result_value(self, value: Any, dialect: "Dialect") -> Any:
            """Convert a value from the database; null stays null."""
            del dialect
            return None if value is None or back is None else back(value)

    return Converted() if back is None else ConvertedBack()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _storable_count(value: int) -> int | None:
    return value if abs(value) <= LARGEST_COUNT else None
