"""Models whose answers were recorded: a file of replies stands for the model that gave them."""

from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Failure, Outcome
from qualityslo.errors import ModelError, PluginError
from qualityslo.models.file_revision import file_revision
from qualityslo.models.parameters import Parameters
from qualityslo.models.recorded_files import RecordedFile, open_recorded
from qualityslo.models.recorded_rows import read_row

_MOST_LISTED = 100


class Recorded:
    """Answers items from a JSONL or Parquet file, one row an item, in any order.

    Parameters of the spec:
        path: the file; required. Parquet where it ends in .parquet, else JSONL.

    A row is either `{"id", "text"}`, optionally with `ending`, `finish_reason`, `ttft_s`,
    `total_s`, `inter_token_s`, `completion_tokens`, `served_model` (and `code` and `detail` where
    the ending is a failure), or what came over the wire: `{"id", "attempt", "http_status"}` with
    `response` (a chat completion) or `error`. Of several attempts at one item the last counts.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters and the whole file; rows are read again when they are asked for.

        Raises:
            PluginError: parameters are wrong or unknown, the file is not there, rows are damaged,
                or an id has two rows that differ; names all of them by file and line.
        """
        del environ  # a file needs no secret
        read = Parameters("recorded", parameters)
        self._path = Path(read.text("path"))
        if self._path.name and not self._path.is_file():
            read.fault("path", "is not a file")
        read.finish()
        faults: list[str] = []
        self._file: RecordedFile = open_recorded(self._path, faults)
        if faults:
            raise PluginError(_in_words(self._path, faults))
        self._revision = file_revision(self._path)

    @property
    def identity(self) -> ModelIdentity:
        """The file's name and digest."""
        return ModelIdentity(kind="recorded", name=self._path.name, revision=self._revision)

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item, in the items' order.

        Raises:
            ModelError: the file was changed since it was checked.
        """
        with self._file.rows() as row_of:
            for item in items:
                row = row_of(item.id)
                if row is None:
                    yield _not_recorded(item.id, self._path.name)
                elif row.get("id") != item.id:
                    raise ModelError(
                        f"{str(self._path)!r} was changed while it was in use: run again"
                    )
                else:
                    yield read_row(row)

    def close(self) -> None:
        """Do nothing: the file is open only while answers are asked for."""


def _not_recorded(item_id: str, name: str) -> Failure:
    detail = f"{name} has no row with this id"
    return Failure(item_id=item_id, ending=Ending.ERROR, code="not_recorded", detail=detail)


def _in_words(path: Path, faults: list[str]) -> str:
    noun = "row is" if len(faults) == 1 else "rows are"
    lines = "".join(f"\n  {one}" for one in faults[:_MOST_LISTED])
    more = len(faults) - _MOST_LISTED
    rest = f"\n  and {more} more" if more > 0 else ""
    return f"recorded: {len(faults)} {noun} not usable in {str(path)!r}{lines}{rest}"
