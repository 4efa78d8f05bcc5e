"""Where golden items come from: a location in a spec -> a checked source of items."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qualityslo.domain.golden import GoldenItem, GoldenSet
from qualityslo.errors import GoldenSetError
from qualityslo.golden.card import Card, name_fault, read_card, valid_name
from qualityslo.golden.check import check_rows, parsed_rows
from qualityslo.golden.faults import Faults, nearest, show
from qualityslo.golden.jsonl import JsonLines
from qualityslo.golden.parse import ParsedRow
from qualityslo.golden.rows import RowReader
from qualityslo.golden.table import DatasetFolder, HubRows, ParquetRows

OPTIONS = ("name", "card", "config")

_HUB = re.compile(
    r"hf:(?P<repository>[\w.-]+/(?P<name>[\w.-]+))@(?P<revision>[\w./-]+)#(?P<split>[^#@]+)"
)
_DATASET_MARKS = ("dataset_info.json", "state.json", "dataset_dict.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a location turned out to be; `card` is None where there is none."""

    reader: RowReader
    name: str
    card: Path | None = None


def open_source(
    location: str, *, root: Path, options: Mapping[str, object] | None = None
) -> "CheckedSource":
    """Return the golden set at a location; reads no item yet.

    Args:
        location: a folder with `items.jsonl` or `items.parquet` and `card.yaml`; a `.jsonl` or
            `.parquet` file; a folder written by `Dataset.save_to_disk`, with `#SPLIT` behind
            it where it has splits; or `hf:OWNER/NAME@REVISION#SPLIT` of the Hugging Face hub.
        root: what relative locations start from: the folder of the spec.
        options: `name` (instead of the card's), `card` (a path, relative to `root`), `config`
            (the configuration of a data set on the hub).

    Raises:
        GoldenSetError: there is nothing usable at the location, or an option is not known.
    """
    chosen = _options(location, options or {})
    if location.startswith("hf:"):
        found = _hub(location, chosen.get("config"))
    elif "config" in chosen:
        raise GoldenSetError(f"{show(location)}: config is an option of hf: locations only")
    else:
        found = _path(location, root)
    card, label = found.card, str(found.card or "")
    if "card" in chosen:
        card, label = root / chosen["card"], chosen["card"]
        if not card.is_file():
            raise GoldenSetError(f"{show(location)}: there is no card {show(label)}")
    elif card is not None and card.is_relative_to(root):
        label = card.relative_to(root).as_posix()
    name = chosen.get("name", "")
    return CheckedSource(
        location=location,
        reader=found.reader,
        card=card,
        card_label=label,
        names=(name, found.name),
    )


class CheckedSource:
    """A golden set that yields no item before all of it has been checked (`ports.GoldenSource`)."""

    def __init__(
        self,
        *,
        location: str,
        reader: RowReader,
        card: Path | None,
        card_label: str,
        names: tuple[str, str],
    ) -> None:
        """Keep the parts; `names` are the name asked for (or empty) and the one of the file."""
        self.location = location
        self._reader = reader
        self._card = card
        self._card_label = card_label
        self._names = names
        self._checked: tuple[GoldenSet, tuple[object, ...]] | None = None

    @property
    def has_card(self) -> bool:
        """Whether a card says what is judged."""
        return self._card is not None

    @property
    def moving_revision(self) -> str:
        """The revision of a hub location that is no commit and so may move; else empty."""
        revision = self._reader.revision if isinstance(self._reader, HubRows) else ""
        return "" if re.fullmatch(r"[0-9a-f]{40}", revision) else revision

    def describe(self) -> GoldenSet:
        """Read and check the whole set, once as long as its files stay as they are.

        Raises:
            GoldenSetError: names every fault of the card and the items, with file and line.
            InfrastructureError: the hub cannot be reached.
        """
        stamp = self._stamp()
        if self._checked is None or self._checked[1] != stamp:
            self._checked = (self._check(), stamp)
        return self._checked[0]

    def items(self) -> Iterator[GoldenItem]:
        """Yield the items in the set's order, again from the start at every call.

        Raises:
            GoldenSetError: the set is not usable, or has changed since it was described.
        """
        for row in self.parsed():
            assert row.item is not None
            yield row.item

    def parsed(self) -> Iterator[ParsedRow]:
        """Yield the same items with what was noted about their rows, for lint.

        Raises:
            GoldenSetError: the set is not usable, or has changed since it was described.
        """
        if self._checked is None:
            self.describe()
        assert self._checked is not None
        if self._stamp() != self._checked[1]:
            raise self._changed("its files were written again")
        for raw, row in parsed_rows(self._reader):
            if row.item is None:
                raise self._changed(f"{self._reader.name}:{raw.number}: {row.faults[0]}")
            yield row

    def _stamp(self) -> tuple[object, ...]:
        try:
            return self._reader.stamp()
        except OSError:  # gone: reading it will say so
            return ()

    def _changed(self, how: str) -> GoldenSetError:
        where = show(self.location)
        return GoldenSetError(
            f"golden set {where} has changed since it was checked: {how}; run again"
        )

    def _check(self) -> GoldenSet:
        faults = Faults()
        card = Card()
        if self._card is not None:
            card = read_card(self._card, self._card_label, faults)
        asked, of_file = self._names
        name = asked or card.name or of_file
        if not valid_name(name) and name != card.name:
            faults.add(self._reader.name, f"{name_fault(name)}; a card can give another")
        checked = check_rows(self._reader, faults)
        if faults:
            raise faults.error(self.location)
        return GoldenSet(
            name=name,
            location=self.location,
            items=checked.items,
            digest=checked.digest,
            criteria=card.criteria,
            version=card.version,
            purpose=card.purpose,
            sampled_from=card.sampled_from,
            licence=card.licence,
        )


def _options(location: str, options: Mapping[str, object]) -> dict[str, str]:
    for key, value in options.items():
        if key not in OPTIONS:
            hint = nearest(key, OPTIONS)
            raise GoldenSetError(f"{show(location)}: option {show(key)} is not known{hint}")
        if not isinstance(value, str) or not value:
            raise GoldenSetError(f"{show(location)}: option {key} is text, not {show(value)}")
    return {key: str(value) for key, value in options.items()}


def _hub(location: str, config: str | None) -> _Found:
    match = _HUB.fullmatch(location)
    if match is None:
        raise GoldenSetError(
            f"{show(location)} is not hf:OWNER/NAME@REVISION#SPLIT; the revision (a commit) is "
            "required, because a set that moves has no history"
        )
    parts = match.groupdict()
    reader = HubRows(
        repository=parts["repository"],
        revision=parts["revision"],
        split=parts["split"],
        config=config,
        name=location,
    )
    return _Found(reader=reader, name=parts["name"])


def _path(location: str, root: Path) -> _Found:
    path, split = root / location, ""
    if not path.exists() and "#" in location:
        location, _, split = location.rpartition("#")
        path = root / location
    if path.is_dir():
        return _folder(location, path, split or None)
    if not path.is_file() or split:
        raise GoldenSetError(
            f"there is no golden set at {show(str(path))}; see `golden:` in the spec"
        )
    reader = _file(location, path)
    stem = path.parent.resolve().name if path.stem == "items" else path.stem
    return _Found(reader=reader, name=stem, card=_card_beside(path))


def _folder(location: str, path: Path, split: str | None) -> _Found:
    name = path.resolve().name
    card = path / "card.yaml" if (path / "card.yaml").is_file() else None
    if any((path / mark).is_file() for mark in _DATASET_MARKS):
        return _Found(
            reader=DatasetFolder(path=path, name=location, split=split), name=name, card=card
        )
    if split is not None:
        raise GoldenSetError(f"{show(location)} has no splits; leave out #{split}")
    files = [one for one in ("items.jsonl", "items.parquet") if (path / one).is_file()]
    if len(files) != 1:
        found = "both" if files else "neither"
        raise GoldenSetError(
            f"{show(location)} holds {found} of items.jsonl and items.parquet; one is needed"
        )
    label = f"{location.rstrip('/')}/{files[0]}"
    return _Found(
        reader=_file(label, path / files[0]), name=name, card=_card_beside(path / files[0])
    )


def _file(label: str, path: Path) -> RowReader:
    match path.suffix:
        case ".jsonl":
            return JsonLines(path=path, name=label)
        case ".parquet":
            return ParquetRows(path=path, name=label)
        case other:
            raise GoldenSetError(f"{show(label)}: {show(other)} is neither .jsonl nor .parquet")


def _card_beside(path: Path) -> Path | None:
    for name in (f"{path.stem}.card.yaml", "card.yaml"):
        if (path.parent / name).is_file():
            return path.parent / name
    if (path.parent / "card.yml").is_file():
        raise GoldenSetError(f"{path.parent / 'card.yml'} would not be read; call it card.yaml")
    return None
