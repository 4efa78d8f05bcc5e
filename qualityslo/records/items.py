"""The per-item artifact: one Parquet file of a run's rows, written in batches."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualityslo.domain.golden import Json

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Callable[[], Iterator[dict[str, Json]]]

BATCH = 1000

GOLDEN = "golden"
ITEM_ID = "item_id"
ITEM_DIGEST = "item_digest"

_TEXT = "text"
_INT64 = range(-(2**63), 2**63)


def write_items(rows: Rows, path: Path) -> dict[str, dict[str, str]]:
    """Write all rows to a Parquet file and return the items by golden set: id -> digest.

    The rows are read twice, first to learn the columns, so that no more than a batch is ever in
    memory. A column holds one type; nested values, and columns of several types, are JSON text.
    No file is written where there is no row.

    Args:
        rows: gives all rows, again from the start at every call.
        path: the file; its folder exists.
    """
    import pyarrow.parquet as pq

    columns, items = _survey(rows())
    if not columns:
        return items
    schema = _schema(columns)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows(), BATCH):
            writer.write_table(_table(batch, columns, schema))
    return items


def _survey(rows: Iterable[dict[str, Json]]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the kind of every column, in order of appearance, and the items by golden set."""
    columns: dict[str, str] = {}
    items: dict[str, dict[str, str]] = {}
    for row in rows:
        for name, value in row.items():
            columns[name] = _wider(columns.get(name, ""), _kind(value))
        if GOLDEN in row and ITEM_ID in row:
            known = items.setdefault(str(row[GOLDEN]), {})
            known[str(row[ITEM_ID])] = str(row.get(ITEM_DIGEST) or "")
    return columns, items


def _kind(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "bool"
        case int() if value in _INT64:
            return "int"
        case float():
            return "float"
        case str():
            return _TEXT
        case _:
            return "json"


def _wider(one: str, other: str) -> str:
    """Return the kind that holds both; `""` is a column that has held nothing yet."""
    if not one or not other or one == other:
        return one or other
    return "float" if {one, other} == {"int", "float"} else "json"


def _schema(columns: dict[str, str]) -> "pa.Schema":
    import pyarrow as pa

    types = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
    fields = [(_utf8(name), types.get(kind, pa.string())) for name, kind in columns.items()]
    return pa.schema(fields)


def _batches(rows: Iterator[dict[str, Json]], size: int) -> Iterator[list[dict[str, Json]]]:
    while batch := list(islice(rows, size)):
        yield batch


def _table(
    batch: list[dict[str, Json]], columns: dict[str, str], schema: "pa.Schema"
) -> "pa.Table":
    import pyarrow as pa

    arrays = [
        pa.array([_cell(row.get(name), kind) for row in batch], type=field.type)
        for (name, kind), field in zip(columns.items(), schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _cell(value: Json, kind: str) -> Any:
    """Return a value as its column holds it; what is missing stays missing."""
    if value is None:
        return None
    if kind == "json":
        return _utf8(json.dumps(value, ensure_ascii=False))
    if kind == "float":
        return float(value) if isinstance(value, int | float) else None
    return _utf8(value) if isinstance(value, str) else value


def _utf8(text: str) -> str:
    """Return text that UTF-8 can hold: a lone surrogate, which no model should write, becomes ?."""
    return text.encode("utf-8", "replace").decode("utf-8")
