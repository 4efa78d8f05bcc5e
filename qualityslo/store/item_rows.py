"""Everything known of every answer of a run, one flat row an item and role."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from qualityslo.domain.golden import Json
from qualityslo.domain.outcome import Ending
from qualityslo.jobs.chunks import chunks
from qualityslo.store.answers import NOT_ASKED
from qualityslo.store.database import Database
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, Table

PAGE = 500
_Keys: TypeAlias = tuple[str, str, Sequence[str], Sequence[str]]  # run, golden set, roles, items
_ANSWER = (
    "ending",
    "text",
    "answer_hash",
    "ttft_s",
    "inter_token_s",
    "total_s",
    "prompt_tokens",
    "completion_tokens",
    "served_model",
    "finish_reason",
    "attempts",
    "failure_code",
    "failure_detail",
)
_NO_ANSWER: dict[str, Json] = dict.fromkeys(_ANSWER) | {
    "ending": Ending.ERROR.value,
    "failure_code": NOT_ASKED,
}


def item_rows(database: Database, run_id: str) -> Iterator[dict[str, Json]]:
    """Yield one row an item and role, by golden set, item and role, in the sets' order.

    Reads a page of items at a time: memory does not grow with the set, and nothing stays open
    between two rows. `references` is a list, `context` one text, `verdicts` maps a criterion to
    each grader's grade.
    """
    for golden, roles in _golden_sets(database, run_id):
        start = 0
        while page := _page(database, (run_id, golden), start, roles):
            yield from page
            start += PAGE


def some_item_rows(
    database: Database, run_id: str, golden: str, item_ids: Sequence[str]
) -> list[dict[str, Json]]:
    """Return the rows of some items of a golden set, as `item_rows` yields them."""
    roles = dict(_golden_sets(database, run_id)).get(golden, [])
    found: list[dict[str, Json]] = []
    for some in chunks(item_ids, PAGE):
        with database.reading() as connection:
            asked = connection.execute(
                _planned((run_id, golden)).where(schema().run_item.c.item_id.in_(some))
            ).all()
            found += _rows(connection, (run_id, golden), asked, roles)
    return found


def _golden_sets(database: Database, run_id: str) -> list[tuple[str, list[str]]]:
    from sqlalchemy import select

    run = schema().run
    query = select(run.c.goldens, run.c.models).where(run.c.run_id == run_id)
    with database.reading() as connection:
        row = connection.execute(query).first()
    return [] if row is None else [(golden, list(row.models)) for golden in row.goldens]


def _page(
    database: Database, about: tuple[str, str], start: int, roles: Sequence[str]
) -> list[dict[str, Json]]:
    ordinal = schema().run_item.c.ordinal
    page = _planned(about).where(ordinal >= start, ordinal < start + PAGE)
    with database.reading() as connection:
        return _rows(connection, about, connection.execute(page).all(), roles)


def _rows(
    connection: "Connection", about: tuple[str, str], asked: Sequence[Any], roles: Sequence[str]
) -> list[dict[str, Json]]:
    """Return everything known of some planned items, a row an item and role."""
    tables = schema()
    keys = (*about, roles, [row.item_id for row in asked])
    answers: dict[tuple[str, str], dict[str, Json]] = {
        (item_id, role): dict(zip(_ANSWER, answer, strict=True))
        for item_id, role, *answer in _about(connection, tables.response, ("role", *_ANSWER), keys)
    }
    grades = _grades(connection, keys)
    cosines = {
        row.item_id: row.cosine for row in _about(connection, tables.cosine, ("cosine",), keys)
    }
    return [
        {
            **_asked(about, row),
            "role": role,
            **answers.get((row.item_id, role), _NO_ANSWER),
            "verdicts": grades.get((row.item_id, role), {}),
            "cosine": cosines.get(row.item_id),
        }
        for row in asked
        for role in roles
    ]


def _planned(about: tuple[str, str]) -> "Select[Any]":
    """Return the query for the planned items of a run's golden set, in the set's order."""
    from sqlalchemy import select

    tables = schema()
    planned, item = tables.run_item, tables.item
    return (
        select(planned.c.item_id, planned.c.item_digest, planned.c.slices, item.c.content)
        .join_from(planned, item, planned.c.item_digest == item.c.digest)
        .where(planned.c.run_id == about[0], planned.c.golden == about[1])
        .order_by(planned.c.ordinal)
    )


def _about(
    connection: "Connection", table: "Table", names: Sequence[str], keys: _Keys
) -> Sequence[Any]:
    """Return columns of a table's rows about some items of a run; fast by the primary key."""
    from sqlalchemy import select

    run_id, golden, roles, ids = keys
    query = select(table.c.item_id, *(table.c[name] for name in names)).where(
        table.c.run_id == run_id, table.c.golden == golden, table.c.item_id.in_(ids)
    )
    if "role" in table.c:
        query = query.where(table.c.role.in_(roles))
    return connection.execute(query).all()


def _grades(connection: "Connection", keys: _Keys) -> dict[tuple[str, str], dict[str, Json]]:
    by = ("role", "criterion", "grader")
    said = ("version", "good", "score", "reason", "rationale")
    found: dict[tuple[str, str], dict[str, Json]] = {}
    rows = _about(connection, schema().verdict, (*by, *said), keys)
    for item_id, role, criterion, grader, *grade in sorted(rows, key=itemgetter(2, 3)):
        graders = found.setdefault((item_id, role), {}).setdefault(criterion, {})
        assert isinstance(graders, dict)
        graders[grader] = dict(zip(said, grade, strict=True))
    return found


def _asked(about: tuple[str, str], row: Any) -> Mapping[str, Json]:
    content = row.content
    return {
        "run_id": about[0],
        "golden": about[1],
        "item_id": row.item_id,
        "item_digest": row.item_digest,
        "question": content["question"],
        "references": content["references"],
        "context": "\n\n".join(content["context"]),
        "slices": row.slices,
    }
