"""Golden items as rows: what the digest covers is stored once, the rest once a run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem, Json, Message
from qualityslo.errors import StoreError
from qualityslo.jobs.chunks import chunks
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new
from qualityslo.store.schema import schema
from qualityslo.store.text import CleanJson, clean_tree, dump_as_it_is

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NO_SLICES = CleanJson("{}")


def insert_items(
    connection: "Connection", run_id: str, golden: str, items: Sequence[GoldenItem]
) -> None:
    """Append planned items to a run's golden set; known ones are left as they are.

    Raises:
        StoreError: an item of that id was planned with another content.
    """
    planned = [(one, one.digest, content) for one, content in map(_storable, items)]
    known, ordinal = _known(connection, run_id, golden, [item.id for item, _, _ in planned])
    fresh: list[tuple[GoldenItem, str, CleanJson]] = []
    for item, digest, content in planned:
        before = known.setdefault(item.id, "")
        if before not in {"", digest}:
            raise StoreError(
                f"item {item.id!r} of {golden!r} is not what run {run_id!r} was planned with: "
                "the golden set changed under it; start a new run"
            )
        if not before:
            known[item.id] = digest
            fresh.append((item, digest, content))
    insert_new(connection, schema().item, [_item_row(*one) for one in fresh])
    rows = [
        {"ordinal": at, **_run_item_row(item, digest)}
        for at, (item, digest, _) in enumerate(fresh, start=ordinal)
    ]
    shared = {"run_id": run_id, "golden": golden}
    insert_new(connection, schema().run_item, rows, shared=shared)


def _known(
    connection: "Connection", run_id: str, golden: str, ids: Sequence[str]
) -> tuple[dict[str, str], int]:
    """Return the digests of the items that are there, by id, and the next free ordinal."""
    from sqlalchemy import func, select

    table = schema().run_item
    here = [table.c.run_id == run_id, table.c.golden == golden]
    last = connection.execute(select(func.max(table.c.ordinal)).where(*here)).scalar()
    query = select(table.c.item_id, table.c.item_digest).where(*here)
    known: dict[str, str] = {}
    for some in chunks(ids, ASKED_AT_ONCE):
        rows = connection.execute(query.where(table.c.item_id.in_(some)))
        known.update((row.item_id, row.item_digest) for row in rows)
    return known, 0 if last is None else last + 1


def _storable(item: GoldenItem) -> tuple[GoldenItem, CleanJson]:
    """Return the item with every text clean, and its content as JSON.

    So its digest is that of what is stored.
    """
    content = _content(item)
    text = dump_as_it_is(content)
    plain = not (item.group or item.slices or item.meta)
    if text is not None and (plain or dump_as_it_is(_rest(item)) is not None):
        return item, text
    clean = _item(item.id, clean_tree(content), clean_tree(_rest(item)))
    text = dump_as_it_is(_content(clean))
    assert text is not None
    return clean, text


def _item_row(item: GoldenItem, digest: str, content: CleanJson) -> dict[str, Any]:
    """Return the row of `item`: what is asked and what is right."""
    return {
        "digest": digest,
        "answerable": item.answerable,
        "answer_kind": item.answer.kind.value,
        "content": content,
    }


def _run_item_row(item: GoldenItem, digest: str) -> dict[str, Any]:
    """Return the row of `run_item`, but for the run, the golden set and the place in it."""
    return {
        "item_id": item.id,
        "item_digest": digest,
        "item_group": item.group,
        "slices": dict(item.slices) or _NO_SLICES,
        "meta": None if item.meta is None else dict(item.meta),
    }


def item_of(row: Any) -> GoldenItem:
    """Return the item of a row with `item_id, content, item_group, slices, meta`."""
    rest = {"group": row.item_group, "slices": row.slices, "meta": row.meta}
    return _item(row.item_id, row.content, rest)


def _content(item: GoldenItem) -> dict[str, Json]:
    return {
        "question": item.question,
        "messages": [[message.role, message.content] for message in item.messages],
        "context": list(item.context),
        "references": list(item.references),
        "answer": {
            "kind": item.answer.kind.value,
            "tolerance": item.answer.tolerance,
            "relative": item.answer.relative,
            "unit": item.answer.unit,
        },
        "answerable": item.answerable,
    }


def _rest(item: GoldenItem) -> dict[str, Json]:
    return {
        "group": item.group,
        "slices": dict(item.slices),
        "meta": None if item.meta is None else dict(item.meta),
    }


def _item(item_id: str, content: Mapping[str, Any], rest: Mapping[str, Any]) -> GoldenItem:
    answer = content["answer"]
    return GoldenItem(
        id=item_id,
        question=content["question"],
        messages=tuple(Message(role=role, content=text) for role, text in content["messages"]),
        context=tuple(content["context"]),
        references=tuple(content["references"]),
        answer=AnswerType(
            kind=AnswerKind(answer["kind"]),
            tolerance=answer["tolerance"],
            relative=answer["relative"],
            unit=answer["unit"],
        ),
        answerable=content["answerable"],
        group=rest["group"],
        slices=rest["slices"],
        meta=rest["meta"],
    )
