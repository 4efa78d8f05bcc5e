"""The chain of the desk's events: appended, never changed, each sealed by the one before."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.domain.golden import Json
from qualityslo.store.dialect import insert_new, lock_chain
from qualityslo.store.schema import schema
from qualityslo.store.text import clean, clean_tree, dump, instant_text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def append_event(
    connection: "Connection", at: datetime, kind: str, who: str, detail: Mapping[str, Json]
) -> None:
    """Append what happened, in the transaction in which it happens."""
    from sqlalchemy import select

    event = schema().desk_event
    lock_chain(connection)
    newest = select(event.c.number, event.c.hash).order_by(event.c.number.desc()).limit(1)
    last = connection.execute(newest).first()
    row: dict[str, Any] = {
        "number": 1 if last is None else last.number + 1,
        "recorded_at": at,
        "kind": kind,
        "who": clean(who),
        "detail": clean_tree(detail),
        "previous_hash": "" if last is None else last.hash,
    }
    insert_new(connection, event, [{**row, "hash": _seal(row)}])


def _seal(row: Mapping[str, Any]) -> str:
    parts = [row["number"], instant_text(row["recorded_at"]), row["kind"], row["who"]]
    return hashlib.sha256(dump([*parts, row["detail"], row["previous_hash"]]).encode()).hexdigest()


def chain_faults(connection: "Connection") -> list[str]:
    """Return where the chain is broken: an event was changed, left out, or put in."""
    from sqlalchemy import select

    event = schema().desk_event
    faults, number, previous = [], 0, ""
    rows = connection.execute(select(event).order_by(event.c.number)).mappings()
    for row in map(dict[str, Any], rows):
        number += 1
        if (row["number"], row["previous_hash"]) != (number, previous):
            faults.append(f"event {row['number']}: the one before it is not the one it follows")
        if row["hash"] != _seal(row):
            faults.append(f"event {row['number']}: it does not say what was written")
        number, previous = row["number"], row["hash"]
    return faults
