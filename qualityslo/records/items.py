"""The per-item artifact: one Parquet file of a run's rows, written in batches."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from qualityslo.domain.golden import Json

if TYPE_CHECKING:
    import pyarrow as pa

Row: TypeAlias = dict[str, Json]
Rows: TypeAlias = Callable[[], Iterator[Row]]

BATCH = 1000

GOLDEN = "golden"
ITEM_ID = "item_id"
ITEM_DIGEST = "item_digest"

_TEXT = "text"
_KINDS = {type(None): "", bool: "bool", int: "int", float: "float", str: _TEXT}
_INT64 = range(-(2**63), 2**63)


def write_items(rows: Rows, path: Path) -> dict[str, dict[str, str]]:
    """Write all rows to a Parquet file and return the items by golden set: id -> digest.

    No more than a batch of rows is ever in memory. A column holds one type; nested values, and
    columns of several types, are JSON text. The first batch shows the columns; should a later one
    show that they are others, the rows are read again. No file is written where there is no row.

    Args:
        rows: gives all rows, again from the start at every call.
        path: the file; its folder exists.
    """
    columns: dict[str, str] = {}
    _widen(columns, list(islice(rows(), BATCH)))
    if not columns:
        return {}
    items = _write(rows(), path, columns)
    if items is None:
        for batch in _batches(rows()):
            _widen(columns, batch)
        items = _write(rows(), path, columns)
        assert items is not None
    return items


def _write(
    rows: Iterator[Row], path: Path, columns: dict[str, str]
) -> dict[str, dict[str, str]] | None:
    """Write the rows and return the items, or None where the columns do not hold all rows.

    A column without a kind so far is one of text: it may still turn out to be JSON.
    """
    import pyarrow.parquet as pq

    schema = _schema(columns)
    items: dict[str, dict[str, str]] = {}
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            known, columns = columns, dict(columns)
            _widen(columns, batch)
            kept = all(kind in ("", columns[name]) for name, kind in known.items())
            if not kept or _schema(columns) != schema:
                return None
            writer.write_table(_table(batch, columns, schema))
            for row in batch:
                if GOLDEN in row and ITEM_ID in row:
                    digest = str(row.get(ITEM_DIGEST) or "")
                    items.setdefault(str(row[GOLDEN]), {})[str(row[ITEM_ID])] = digest
    return items


def _widen(columns: dict[str, str], batch: Sequence[Row]) -> None:
    """Let the columns, each with its kind, hold the rows of a batch as well."""
    for name in dict.fromkeys(name for row in batch for name in row):
        values = [row.get(name) for row in batch]
        kinds = {_kind_of(one) for one in {type(value) for value in values}}
        if "int" in kinds and not all(one in _INT64 for one in values if isinstance(one, int)):
            kinds.add("json")
        columns[name] = reduce(_wider, kinds, columns.get(name, ""))


def _kind_of(one: type) -> str:
    return next((kind for known, kind in _KINDS.items() if issubclass(one, known)), "json")


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


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _table(batch: Sequence[Row], columns: dict[str, str], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    arrays = [
        _array([row.get(name) for row in batch], kind, field.type)
        for (name, kind), field in zip(columns.items(), schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Json], kind: str, of: "pa.DataType") -> "pa.Array":
    """Return values as their column holds them; what is missing stays missing."""
    import pyarrow as pa

    if kind == "json":
        values = [None if one is None else json.dumps(one, ensure_ascii=False) for one in values]
    elif kind == "float":
        values = [float(one) if isinstance(one, int) else one for one in values]
    try:
        return pa.array(values, type=of)
    except UnicodeEncodeError:
        return pa.array([_utf8(one) if isinstance(one, str) else one for one in values], type=of)


def _utf8(text: str) -> str:
    """Return text that UTF-8 can hold: a lone surrogate, which no model should write, becomes ?."""
    return text.encode("utf-8", "replace").decode("utf-8")
