"""JSON Lines, streamed: one JSON object a line, in UTF-8, with bounded memory."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal

from qualityslo.errors import GoldenSetError
from qualityslo.golden.rows import RawRow
from qualityslo.golden.strict_json import StrictJsonError, parse_json

MOST_LINE_BYTES = 16 * 1024 * 1024

_FOREIGN = (  # the longer marks first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (b"{\x00", "UTF-16"),
    (b"\x00{", "UTF-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLines:
    r"""A .jsonl file. Only b"\n" ends a line, so U+2028 inside a text does not.

    A byte-order mark, CRLF and a missing last line end change nothing; blank lines are skipped
    but counted. A line that cannot be read is one faulty row, and reading goes on behind it.
    """

    unit: ClassVar[Literal["line", "row"]] = "line"

    path: Path
    name: str

    def stamp(self) -> tuple[object, ...]:
        """Return size and time of the last change."""
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns

    def rows(self) -> Iterator[RawRow]:
        """Yield a row for every line that is not blank.

        Raises:
            GoldenSetError: the file cannot be opened or read.
        """
        try:
            with self.path.open("rb") as file:
                yield from _rows(file)
        except OSError as error:
            raise GoldenSetError(f"{self.name}: cannot be read: {error.strerror}") from None


def _rows(file: BinaryIO) -> Iterator[RawRow]:
    number = 0
    start = 0  # byte offset of the line
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if number == 1:
            if encoding := _foreign(line):
                yield RawRow(number=1, fault=encoding)
                return
            if line.startswith(codecs.BOM_UTF8):
                start, line = len(codecs.BOM_UTF8), line[len(codecs.BOM_UTF8) :]
        if len(line) > MOST_LINE_BYTES and not line.endswith(b"\n"):
            rest = _skip_line(file)
            size = f"{(len(line) + rest) / 2**20:,.0f} MB"
            yield RawRow(number=number, fault=f"a line of {size}; 16 MB is the most; split it up")
            start += rest
        elif line.strip():
            yield _row(number, line, start)
        start += len(line)


def _foreign(first: bytes) -> str:
    """Return the fault of a file that is not UTF-8 from its first bytes on, or an empty text."""
    for mark, encoding in _FOREIGN:
        if first.startswith(mark):
            return f"encoded as {encoding} (seen at byte 0: {mark!r}); save the file as UTF-8"
    return ""


def _skip_line(file: BinaryIO) -> int:
    """Read on to the end of an overlong line, in pieces; return how many bytes that was."""
    skipped = 0
    while piece := file.readline(2**20):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _row(number: int, line: bytes, start: int) -> RawRow:
    try:
        return RawRow(number=number, value=parse_json(line.decode()))
    except UnicodeDecodeError as error:
        byte, at = line[error.start], start + error.start
        fault = f"not UTF-8 at byte {at} (0x{byte:02X}), Latin-1 or Windows-1252 perhaps"
        return RawRow(number=number, fault=f"{fault}; save the file as UTF-8")
    except StrictJsonError as error:
        if b"\x00" in line:
            fault = "holds NUL bytes, as files do after a power loss; restore the file"
            return RawRow(number=number, fault=fault)
        return RawRow(number=number, fault=str(error))
