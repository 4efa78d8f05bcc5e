"""Tables: a Parquet file, a Hugging Face `datasets` folder, or a data set of the hub.

They go through the same parser as JSON Lines. A table has one type a column, which costs two
things, both documented in `docs/golden-sets.md`: a struct column holds every key that any row
uses, so null-valued keys are dropped (an explicit null in `meta` is lost with them), and a
column that mixes whole numbers and decimals holds decimals only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qualityslo.errors import GoldenSetError, InfrastructureError
from qualityslo.golden.rows import RawRow

if TYPE_CHECKING:
    from datasets import Dataset
    from pyarrow import RecordBatch, Table

_BATCH_ROWS = 1_000
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetRows:
    """A .parquet file, read batch by batch, in memory that does not grow with the file."""

    unit: ClassVar[Literal["line", "row"]] = "row"

    path: Path
    name: str

    def stamp(self) -> tuple[object, ...]:
        """Return size and time of the last change."""
        return _stamp([self.path])

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows in order.

        Raises:
            GoldenSetError: the file is missing, damaged, or not Parquet.
        """
        import pyarrow as pa
        from pyarrow import parquet

        try:
            # By default all of a row group is read ahead, and a file may be one row group.
            with parquet.ParquetFile(self.path, pre_buffer=False, buffer_size=_READ_BYTES) as file:
                yield from _numbered(file.iter_batches(batch_size=_BATCH_ROWS), self.name)
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise GoldenSetError(f"{self.name}: cannot be read as Parquet: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFolder:
    """A folder written by `Dataset.save_to_disk`; of several splits, `split` names one."""

    unit: ClassVar[Literal["line", "row"]] = "row"

    path: Path
    name: str
    split: str | None = None

    def stamp(self) -> tuple[object, ...]:
        """Return sizes and times of the last change of the folder's files."""
        return _stamp(sorted(one for one in self.path.rglob("*") if one.is_file()))

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows in order.

        Raises:
            GoldenSetError: the folder is damaged, or the split is missing or not named.
        """
        import datasets

        try:
            found = datasets.load_from_disk(str(self.path))
        except Exception as error:  # a damaged folder fails in as many ways as it has files
            raise GoldenSetError(f"{self.name}: cannot be read: {error}") from error
        if isinstance(found, datasets.DatasetDict):
            found = self._chosen(found)
        elif self.split is not None:
            raise GoldenSetError(f"{self.name}: has no splits; leave out #{self.split}")
        yield from _numbered(_batches(found), self.name)

    def _chosen(self, splits: "Mapping[str, Dataset]") -> "Dataset":
        if self.split is not None and self.split in splits:
            return splits[self.split]
        asked = "no split is named" if self.split is None else f"no split {self.split!r}"
        known = ", ".join(sorted(splits))
        raise GoldenSetError(f"{self.name}: {asked}; write FOLDER#SPLIT with one of: {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRows:
    """A split of a data set of the Hugging Face hub, at one revision."""

    unit: ClassVar[Literal["line", "row"]] = "row"

    repository: str
    revision: str
    split: str
    config: str | None
    name: str

    def stamp(self) -> tuple[object, ...]:
        """Return the revision: what it names is not written again."""
        return (self.revision,)

    def rows(self) -> Iterator[RawRow]:
        """Download (once, into the cache of `datasets`) and yield the rows in order.

        Raises:
            GoldenSetError: there is no such data set, revision, configuration or split.
            InfrastructureError: the hub cannot be reached.
        """
        import datasets

        try:
            found = datasets.load_dataset(
                self.repository, self.config, revision=self.revision, split=self.split
            )
        except (FileNotFoundError, ValueError, RuntimeError) as error:
            raise GoldenSetError(f"{self.name}: cannot be loaded: {error}") from error
        except Exception as error:  # whatever the hub client's HTTP library raises
            raise InfrastructureError(f"{self.name}: the hub did not answer: {error}") from error
        yield from _numbered(_batches(found), self.name)


def _stamp(files: Iterable[Path]) -> tuple[object, ...]:
    return tuple((one.stat().st_size, one.stat().st_mtime_ns) for one in files)


def _batches(found: "Dataset") -> "Iterator[Table]":
    batches: Iterator[Table] = found.with_format("arrow").iter(batch_size=_BATCH_ROWS)
    return batches


def _numbered(batches: "Iterable[RecordBatch | Table]", name: str) -> Iterator[RawRow]:
    import pyarrow as pa

    number = 0
    for batch in batches:
        columns = batch.schema.names
        if len(set(columns)) < len(columns):
            raise GoldenSetError(f"{name}: two columns have the same name: {sorted(columns)}")
        maps = [field.name for field in batch.schema if pa.types.is_map(field.type)]
        for row in batch.to_pylist():
            number += 1
            for column in maps:  # as pairs, and an empty map as an empty list
                row[column] = None if row[column] is None else dict(row[column])
            yield RawRow(number=number, value=_plain(row))


def _plain(value: Any) -> Any:
    """Return a table's value as JSON has it: no null-valued keys, dates and decimals as text."""
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items() if one is not None}
        case list():
            return [_plain(one) for one in value]
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
