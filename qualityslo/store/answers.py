"""All answers of one model to one golden set as aligned columns: what the estimators read.

A few flat queries that touch no long text; a set of 10,000 items takes a fraction of a second.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qualityslo.domain.combine import Votes
from qualityslo.domain.evidence import AnswerColumns, Code
from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import Role
from qualityslo.store.calibrations import calibrated_scores
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOT_ASKED = "not_asked"
_ENDINGS: dict[str | None, Ending] = {None: Ending.ERROR, **{one.value: one for one in Ending}}
_KINDS = {one.value: one for one in AnswerKind}


def answer_columns(
    connection: "Connection", run_id: str, golden: str, role: Role
) -> AnswerColumns:
    """Return the columns over the planned items, in the set's order.

    An item without an outcome yet is an error with the failure code `not_asked`.
    """
    column = _planned(connection, run_id, golden, role)
    ids = column["item_id"]
    about = (run_id, golden, role)
    votes = _votes(connection, about, ids)
    return AnswerColumns(
        item_ids=ids,
        item_digests=column["item_digest"],
        answer_hashes=[one or "" for one in column["answer_hash"]],
        endings=[_ENDINGS[one] for one in column["ending"]],
        answerable=column["answerable"],
        expected=[_KINDS[one] for one in column["answer_kind"]],
        verdicts={criterion: _worst(one) for criterion, one in votes.items()},
        measures={
            "ttft": np.array(column["ttft_s"], dtype=np.float64),
            "inter_token_latency": np.array(column["inter_token_s"], dtype=np.float64),
            "latency": np.array(column["total_s"], dtype=np.float64),
        },
        votes={name: one for name, one in votes.items() if one.several},
        calibrated=calibrated_scores(connection, about, ids),
        slices=_slices(column["slices"]),
        ungraded_reasons=_ungraded(connection, run_id, golden, role),
        failure_codes=_failures(column["failure_code"], column["ending"]),
    )


def _planned(
    connection: "Connection", run_id: str, golden: str, role: Role
) -> Mapping[str, Sequence[Any]]:
    """Return the planned items and how they were answered, by column."""
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
    found = connection.execute(query)
    names = tuple(found.keys())
    columns = [list(one) for one in zip(*found, strict=True)] or [[] for _ in names]
    return dict(zip(names, columns, strict=True))


def _votes(
    connection: "Connection", about: tuple[str, str, Role], ids: Sequence[str]
) -> dict[str, Votes]:
    """Return how many graders said what of each answer, by criterion."""
    from sqlalchemy import func, select

    verdict = schema().verdict
    run_id, golden, role = about
    # A count leaves nulls out, and so the ungraded.
    query = (
        select(
            verdict.c.item_id,
            verdict.c.criterion,
            func.count(func.nullif(verdict.c.good, False)),  # noqa: FBT003 - a value in SQL
            func.count(verdict.c.good),
            func.count(),
        )
        .where(
            verdict.c.run_id == run_id, verdict.c.golden == golden, verdict.c.role == role.value
        )
        .group_by(verdict.c.item_id, verdict.c.criterion)
    )
    place = {item_id: at for at, item_id in enumerate(ids)}
    found: dict[str, list[tuple[int, ...]]] = {}
    for item_id, criterion, good, graded, graders in connection.execute(query):
        counts = (place[item_id], good, graded - good, graders - graded)
        found.setdefault(criterion, []).append(counts)
    return {criterion: _laid(counts, len(ids)) for criterion, counts in found.items()}


def _laid(counts: Sequence[tuple[int, ...]], size: int) -> Votes:
    """Return (place, good, bad, ungraded) of some items as votes on all; none where none is."""
    places, *found = np.array(counts, dtype=np.int64).T
    laid = np.zeros((3, size), dtype=np.int64)
    laid[:, places] = found
    good, bad, ungraded = laid
    return Votes(good=good, bad=bad, ungraded=ungraded)


def _worst(votes: Votes) -> list[int]:
    """Return the worst that any grader said: bad, else unknown, else good; unknown if nobody did."""
    unknown = (votes.ungraded > 0) | (votes.good == 0)
    codes = np.where(votes.bad > 0, Code.BAD, np.where(unknown, Code.UNKNOWN, Code.GOOD))
    return [int(code) for code in codes]


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


def _failures(codes: Sequence[str | None], endings: Sequence[str | None]) -> dict[str, int]:
    counts = Counter(code for code in codes if code is not None)
    not_asked = sum(ending is None for ending in endings)
    if not_asked:
        counts[NOT_ASKED] += not_asked
    return dict(sorted(counts.items()))
