"""One pass over all rows: what is wrong with a golden set, how large it is, and its digest."""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

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
    """Read everything once, note every fault, and return size and digest.

    Holds no item: of each row only hashes of its id and of its content stay in memory.

    Raises:
        GoldenSetError: the file cannot be read at all.
    """
    digest = hashlib.sha256()
    ids = _Ids(reader.unit)
    rows = items = 0
    for raw, parsed in parsed_rows(reader):
        rows += 1
        place = f"{reader.name}:{raw.number}"
        for fault in parsed.faults:
            faults.add(place, fault)
        fingerprint = _content(raw, parsed)
        if parsed.id is not None and (twice := ids.add(parsed.id, raw.number, fingerprint)):
            faults.add(place, twice)
        if parsed.item is not None:
            items += 1
            digest.update(fingerprint.encode() + b"\n")
    if rows == 0:
        faults.add(reader.name, "0 items: an empty set never gives an SLI; add items")
    return Checked(items=items, digest=digest.hexdigest())


def _content(raw: RawRow, parsed: ParsedRow) -> str:
    if parsed.item is not None:
        return parsed.item.fingerprint
    return hashlib.sha256(repr(raw.value).encode("utf-8", "backslashreplace")).hexdigest()


class _Ids:
    """The ids met so far, as hashes: 16 bytes of the id, 8 bytes of the content, and the line."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._at: dict[int, int] = {}
        self._numbers = array("Q")
        self._contents = array("Q")

    def add(self, item_id: str, number: int, fingerprint: str) -> str:
        """Note an id; return the fault where it is not new, else an empty text."""
        key = hashlib.blake2b(item_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        content = int(fingerprint[:16], 16)
        first = self._at.setdefault(int.from_bytes(key, "big"), len(self._numbers))
        if first == len(self._numbers):
            self._numbers.append(number)
            self._contents.append(content)
            return ""
        same = "identical rows" if self._contents[first] == content else "content differs"
        lines = f"{self._unit}s {self._numbers[first]} and {number}"
        return f"id {show(item_id)} on {lines} ({same}); give every item its own id"
