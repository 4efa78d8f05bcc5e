"""All answers of one model to one golden set as aligned columns: what the estimators read.

Three flat queries that touch no long text; a set of 10,000 items takes a fraction of a second.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qualityslo.domain.evidence import AnswerColumns, Code
from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import Role
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOT_ASKED = "not_asked"
# How the grades of one answer and criterion combine: the worst of these, bad being the worst.
_WORST = (Code.GOOD, Code.UNKNOWN, Code.BAD)


def answer_columns(
    connection: "Connection", run_id: str, golden: str, role: Role
) -> AnswerColumns:
    """Return the columns over the planned items, in the set's order.

    An item without an outcome yet is an error with the failure code `not_asked`.
    """
    rows = _planned(connection, run_id, golden, role)
    ids = [row.item_id for row in rows]
    return AnswerColumns(
        item_ids=ids,
        item_digests=[row.item_digest for row in rows],
        answer_hashes=[row.answer_hash or "" for row in rows],
        endings=[Ending.ERROR if row.ending is None else Ending(row.ending) for row in rows],
        answerable=[row.answerable for row in rows],
        expected=[AnswerKind(row.answer_kind) for row in rows],
        verdicts=_verdicts(connection, (run_id, golden, role), ids),
        measures={
            "ttft": np.array([row.ttft_s for row in rows], dtype=np.float64),
            "inter_token_latency": np.array([row.inter_token_s for row in rows], dtype=np.float64),
            "latency": np.array([row.total_s for row in rows], dtype=np.float64),
        },
        slices=_slices([row.slices for row in rows]),
        ungraded_reasons=_ungraded(connection, run_id, golden, role),
        failure_codes=_failures(rows),
    )


def _planned(connection: "Connection", run_id: str, golden: str, role: Role) -> Sequence[Any]:
    from sqlalchemy import Text, and_, select, type_coerce

    tables = schema()
    planned, item, response = tables.run_item, tables.item, tables.response
    same = and_(
        response.c.run_id == planned.c.run_id,
        response.c.golden == planned.c.golden,
        response.c.item_id == planned.c.item_id,
        response.c.role == role.value,
    )
    observed = ("ending", "answer_hash", "failure_code", "ttft_s", "inter_token_s", "total_s")
    query = (
        select(
            planned.c.item_id,
            planned.c.item_digest,
            type_coerce(planned.c.slices, Text).label("slices"),
            item.c.answerable,
            item.c.answer_kind,
            *(response.c[name] for name in observed),
        )
        .join_from(planned, item, planned.c.item_digest == item.c.digest)
        .outerjoin(response, same)
        .where(planned.c.run_id == run_id, planned.c.golden == golden)
        .order_by(planned.c.ordinal)
    )
    return connection.execute(query).all()


def _verdicts(
    connection: "Connection", about: tuple[str, str, Role], ids: Sequence[str]
) -> dict[str, list[int]]:
    from sqlalchemy import case, func, select

    verdict = schema().verdict
    run_id, golden, role = about
    rank = case(
        (verdict.c.good.is_(None), _WORST.index(Code.UNKNOWN)),
        (verdict.c.good.is_(True), _WORST.index(Code.GOOD)),
        else_=_WORST.index(Code.BAD),
    )
    query = (
        select(verdict.c.item_id, verdict.c.criterion, func.max(rank))
        .where(
            verdict.c.run_id == run_id, verdict.c.golden == golden, verdict.c.role == role.value
        )
        .group_by(verdict.c.item_id, verdict.c.criterion)
    )
    place = {item_id: at for at, item_id in enumerate(ids)}
    found: dict[str, list[int]] = {}
    for item_id, criterion, worst in connection.execute(query).all():
        codes = found.get(criterion)
        if codes is None:
            codes = found[criterion] = [Code.UNKNOWN] * len(ids)
        codes[place[item_id]] = _WORST[worst]
    return found


def _ungraded(
    connection: "Connection", run_id: str, golden: str, role: Role
) -> dict[str, dict[str, int]]:
    from sqlalchemy import func, select

    verdict = schema().verdict
    query = (
        select(verdict.c.criterion, verdict.c.reason, func.count())
        .where(
            verdict.c.run_id == run_id,
            verdict.c.golden == golden,
            verdict.c.role == role.value,
            verdict.c.reason.is_not(None),
        )
        .group_by(verdict.c.criterion, verdict.c.reason)
        .order_by(verdict.c.criterion, verdict.c.reason)
    )
    counts: dict[str, dict[str, int]] = {}
    for criterion, reason, count in connection.execute(query):
        counts.setdefault(criterion, {})[reason] = count
    return counts


def _slices(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return each slice as a column; "" where an item is in none of its values."""
    # Few items differ in their slices: each text is parsed once.
    parsed: dict[str, Mapping[str, str]] = {text: json.loads(text) for text in set(texts)}
    rows = [parsed[text] for text in texts]
    names = sorted({name for row in parsed.values() for name in row})
    return {name: [row.get(name, "") for row in rows] for name in names}


def _failures(rows: Sequence[Any]) -> dict[str, int]:
    codes = Counter(row.failure_code for row in rows if row.failure_code is not None)
    not_asked = sum(row.ending is None for row in rows)
    if not_asked:
        codes[NOT_ASKED] += not_asked
    return dict(sorted(codes.items()))
