"""One row of a golden set -> one golden item, or every fault of the row at once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.golden.faults import misspelt, show
from qualityslo.golden.fields import (
    Note,
    read_answer,
    read_context,
    read_id,
    read_label,
    read_question,
    read_references,
    read_slices,
)

FIELDS = (
    "id",
    "question",
    "prompt",
    "messages",
    "context",
    "references",
    "reference",
    "answer",
    "answerable",
    "group",
    "slices",
    "weight",
    "meta",
)
_KNOWN = frozenset(FIELDS)
_IGNORED = frozenset({"__index_level_0__"})  # a data frame's index, written by pandas


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRow:
    """What became of a row: `item` is None exactly where there are `faults`.

    `id` is known also of a faulty row, where it has one, so that duplicates are found.
    """

    id: str | None
    item: GoldenItem | None
    faults: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def parse_row(row: object) -> ParsedRow:
    """Return the item of a row, or all of its faults; never raises on what a row holds.

    >>> parse_row({"id": "a", "prompt": "How many?", "reference": 42}).item.references
    ('42',)
    >>> parse_row({"id": "", "refrences": []}).faults[0]
    "field 'refrences' is not known; did you mean 'references'?"
    """
    if not isinstance(row, dict):
        return ParsedRow(id=None, item=None, faults=(f"an item is an object, not {show(row)}",))
    faults: list[str] = []
    notes: list[Note] = []
    _check_names(row, faults, notes)
    item_id = read_id(row.get("id"), faults)
    question, messages = read_question(row, faults)
    context = read_context(row.get("context"), faults, notes)
    references = read_references(row, faults)
    answer = read_answer(row.get("answer"), faults, notes)
    answerable = _answerable(row.get("answerable"), faults)
    group = read_label("group", row.get("group"), faults)
    slices = read_slices(row.get("slices"), faults)
    _check_weight(row.get("weight"), faults)
    meta = _meta(row.get("meta"), faults)
    if faults or item_id is None:
        return ParsedRow(id=item_id, item=None, faults=tuple(faults))
    item = GoldenItem(
        id=item_id,
        question=question,
        messages=messages,
        context=context,
        references=references,
        answer=answer,
        answerable=answerable,
        group=group,
        slices=slices,
        meta=meta,
    )
    return ParsedRow(id=item_id, item=item, notes=tuple(notes))


def _check_names(row: Mapping[str, Json], faults: list[str], notes: list[Note]) -> None:
    """Refuse misspelt fields, whose loss would change what is measured; note the unknown rest."""
    if row.keys() <= _KNOWN:
        return
    for name in row:
        if name in _KNOWN or name in _IGNORED:
            continue
        if meant := misspelt(name, FIELDS):
            faults.append(f"field {show(name)} is not known; did you mean {meant!r}?")
        else:
            detail = f"field {show(name)} is not read; put it under `meta`, or remove it"
            notes.append(Note(code="unknown_field", detail=detail))


def _answerable(value: Json, faults: list[str]) -> bool:
    if value is None or isinstance(value, bool):
        return value is not False
    faults.append(f"answerable is true or false, not {show(value)}")
    return True


def _check_weight(value: Json, faults: list[str]) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(f"weight is a number, not {show(value)}")
    elif value != 1:
        faults.append(
            f"weight {show(value)}: weighted items are not estimated yet; leave the weight out"
        )


def _meta(value: Json, faults: list[str]) -> dict[str, Json] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        faults.append(f"meta is an object, not {show(value)}")
        return None
    if strange := _not_json(value):
        faults.append(f"meta holds {strange[0]}, which JSON cannot; write it as text")
    return value


def _not_json(value: object) -> list[str]:
    """Return what a nested value holds that JSON does not know; only tables can bring such."""
    match value:
        case dict():
            return [one for child in value.values() for one in _not_json(child)]
        case list():
            return [one for child in value for one in _not_json(child)]
        case float():
            return [] if math.isfinite(value) else [show(value)]
        case None | bool() | int() | str():
            return []
        case _:
            return [show(value)]
