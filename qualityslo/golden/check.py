"""One pass over all rows: what is wrong with a golden set, how large it is, and its digest."""

import hashlib
from array import array
from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from qualityslo.golden.faults import Faults, show
from qualityslo.golden.parse import ParsedRow, parse_row
from qualityslo.golden.rows import RawRow, RowReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a pass found: how many items there are, and the digest of what they hold.

    The digest is the sha256 over the items' fingerprints in their order: it follows the
    content, not the bytes.
    """

    items: int
    digest: str


def parsed_rows(reader: RowReader) -> Iterator[tuple[RawRow, ParsedRow]]:
    """Yield every row as read and as parsed.

    Raises:
        GoldenSetError: the file cannot be read at all.
    """
    for raw in reader.rows():
        if raw.fault:
            yield raw, ParsedRow(id=None, item=None, faults=(raw.fault,))
        else:
            yield raw, parse_row(raw.value)


def check_rows(reader: RowReader, faults: Faults) -> Checked:
    """Read everything, note every fault, and return size and digest.

    Of each row only eight bytes stay in memory, the hash of its id. Where two are the same,
    everything is read once more, and the ids behind them are compared as they are.

    Raises:
        GoldenSetError: the file cannot be read at all.
    """
    before = len(faults)
    checked, hashes = _read(reader, faults, frozenset())
    if suspects := _twice(hashes):
        faults.forget(before)
        checked, _ = _read(reader, faults, suspects)
    return checked


def _read(
    reader: RowReader, faults: Faults, suspects: Container[int]
) -> tuple[Checked, "array[int]"]:
    """Read everything once; of ids only those whose hash is among `suspects` are compared."""
    digest = hashlib.sha256()
    ids, hashes = _Ids(reader.unit), array("q")
    rows = items = 0
    for raw, parsed in parsed_rows(reader):
        rows += 1
        place = f"{reader.name}:{raw.number}"
        for fault in parsed.faults:
            faults.add(place, fault)
        fingerprint = parsed.item.fingerprint if parsed.item is not None else ""
        if parsed.id is not None:
            hashes.append(hash(parsed.id))
            if hashes[-1] in suspects and (
                twice := ids.add(parsed.id, raw.number, fingerprint or _content(raw))
            ):
                faults.add(place, twice)
        if parsed.item is not None:
            items += 1
            digest.update(fingerprint.encode() + b"\n")
    if rows == 0:
        faults.add(reader.name, "0 items: an empty set never gives an SLI; add items")
    return Checked(items=items, digest=digest.hexdigest()), hashes


def _twice(hashes: "array[int]") -> frozenset[int]:
    """Return the hashes that are there more than once."""
    rising = np.sort(np.frombuffer(hashes, dtype=np.int64))
    return frozenset(rising[1:][rising[1:] == rising[:-1]].tolist())


def _content(raw: RawRow) -> str:
    return hashlib.sha256(repr(raw.value).encode("utf-8", "backslashreplace")).hexdigest()


class _Ids:
    """The ids met so far that may be there twice, with the row and the content of the first."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._first: dict[str, tuple[int, str]] = {}

    def add(self, item_id: str, number: int, content: str) -> str:
        """Note an id; return the fault where it is not new, else an empty text."""
        first, before = self._first.setdefault(item_id, (number, content))
        if first == number:
            return ""
        same = "identical rows" if before == content else "content differs"
        lines = f"{self._unit}s {first} and {number}"
        return f"id {show(item_id)} on {lines} ({same}); give every item its own id"
