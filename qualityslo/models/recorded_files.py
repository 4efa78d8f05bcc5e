"""Files of recorded answers: checked once from end to end, then read row by row on demand."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from qualityslo.models.recorded_rows import COLUMNS, attempt_of, faults_of
from qualityslo.models.untrusted import excerpt, loads

Row: TypeAlias = Mapping[str, object]
RowOf: TypeAlias = Callable[[str], Row | None]
_BOM = b"\xef\xbb\xbf"
_BATCH_ROWS = 4096


class RecordedFile(Protocol):
    """A checked file of recorded answers."""

    def rows(self) -> AbstractContextManager[RowOf]:
        """Open the file; what is opened returns the row of an item's id, or None."""
        ...


def open_recorded(path: Path, faults: list[str]) -> RecordedFile:
    """Check a file from end to end and return it; every fault is added, by file and line."""
    if path.suffix.lower() == ".parquet":
        return ParquetRows(path, faults)
    return JsonLines(path, faults)


class JsonLines:
    """JSONL: only the ids and the places of their rows are kept in memory."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        """Index a file; a byte-order mark, CRLF and blank lines are tolerated."""
        self._path = path
        self._at: dict[str, int] = {}
        at = 0
        with path.open("rb") as lines, path.open("rb") as again:
            for number, line in enumerate(lines, 1):
                fault = self._index(line, at, again)
                faults += [f"{path.name}:{number} {one}" for one in fault]
                at += len(line)

    @contextlib.contextmanager
    def rows(self) -> Iterator[RowOf]:
        """Open the file for reading single rows."""
        with self._path.open("rb") as file:

            def row_of(item_id: str) -> Row | None:
                at = self._at.get(item_id)
                return None if at is None else _row_at(file, at)

            yield row_of

    def _index(self, line: bytes, at: int, file: BinaryIO) -> list[str]:
        """Take note of a line; return what is wrong with it."""
        if not line.removeprefix(_BOM).strip():
            return []
        try:
            row = loads(line.removeprefix(_BOM))
        except ValueError as error:
            return [f"is no JSON: {excerpt(str(error))}"]
        found = faults_of(row)
        if found or not isinstance(row, dict):
            return found
        before = self._at.get(row["id"])
        if before is not None:
            known = _row_at(file, before)
            if attempt_of(known) == attempt_of(row) and known != row:
                line_number = _line_number(file, before)
                return [f"id {row['id']!r}: is on line {line_number} too, with other content"]
            if attempt_of(known) >= attempt_of(row):
                return []
        self._at[row["id"]] = at
        return []


class ParquetRows:
    """Parquet: the columns that matter are kept in memory."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        """Read a file batch by batch."""
        self._rows: dict[str, Row] = {}
        self._numbers: dict[str, int] = {}
        for number, row in enumerate(_parquet_rows(path, faults), 1):
            fault = faults_of(row) or self._keep(row, number)
            faults += [f"{path.name}: row {number} {one}" for one in fault]
        self._numbers.clear()

    @contextlib.contextmanager
    def rows(self) -> Iterator[RowOf]:
        """Give access to the rows; nothing has to be opened."""
        yield self._rows.get

    def _keep(self, row: dict[str, object], number: int) -> list[str]:
        item_id = str(row["id"])
        known = self._rows.get(item_id)
        if known is not None:
            if attempt_of(known) == attempt_of(row) and known != row:
                first = self._numbers[item_id]
                return [f"id {item_id!r}: is in row {first} too, with other content"]
            if attempt_of(known) >= attempt_of(row):
                return []
        self._rows[item_id] = row
        self._numbers[item_id] = number
        return []


def _parquet_rows(path: Path, faults: list[str]) -> Iterator[dict[str, object]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            columns = [name for name in COLUMNS if name in file.schema_arrow.names]
            if "id" not in columns:
                faults.append(f"{path.name}: has no column 'id'")
                return
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                yield from map(_without_nulls, batch.to_pylist())
    except (pa.ArrowException, OSError) as error:
        faults.append(f"{path.name}: is no whole Parquet file: {excerpt(str(error))}")


def _without_nulls(row: dict[str, object]) -> dict[str, object]:
    """Leave out the columns a row does not use; only a null text says something."""
    kept = ("id", "text")
    return {name: value for name, value in row.items() if value is not None or name in kept}


def _row_at(file: BinaryIO, at: int) -> Row:
    """Return the row that starts at a byte, or an empty one where there is none any more."""
    file.seek(at)
    try:
        row = loads(file.readline().removeprefix(_BOM))
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _line_number(file: BinaryIO, at: int) -> int:
    file.seek(0)
    lines = 1
    while at > 0:
        piece = file.read(min(at, 1 << 20))
        lines += piece.count(b"\n")
        at -= len(piece)
    return lines
