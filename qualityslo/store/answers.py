"""All answers of one model to one golden set as aligned columns: what the estimators read.

A few flat queries that touch no long text, read page by page into columns of a few bytes an item.
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.columns import Coded, Digests, Later, Texts
from qualityslo.domain.combine import Votes
from qualityslo.domain.evidence import AnswerColumns, Code
from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.outcome import Ending
from qualityslo.domain.sli import Role
from qualityslo.store.calibrations import calibrated_scores
from qualityslo.store.database import Database
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

NOT_ASKED = "not_asked"
PAGE = 2_000
_TIMES = ("ttft_s", "inter_token_s", "total_s")
_KNOWN = (
    *("ordinal", "item_id", "slices", "answerable", "answer_kind"),
    *("ending", "failure_code", *_TIMES),
)
_MEASURES = ("ttft", "inter_token_latency", "latency")


def answer_columns(database: Database, run_id: str, golden: str, role: Role) -> AnswerColumns:
    """Return the columns over the planned items, in the set's order.

    An item without an outcome yet is an error with the failure code `not_asked`. The digests
    are most of what there is to know of an item, and are read when they are asked for.
    """
    about = (run_id, golden, role)
    with database.reading() as connection:
        return _columns(connection, about, partial(_digests, database, about))


def _columns(
    connection: "Connection", about: tuple[str, str, Role], digests: Callable[[str], Digests]
) -> AnswerColumns:
    read = _Planned()
    for page in _pages(connection, _planned(about, _KNOWN)):
        read.take(page)
    size = len(read.ids)
    votes = _votes(connection, about, np.frombuffer(read.ordinals, dtype=np.int64))
    return AnswerColumns(
        item_ids=read.ids,
        item_digests=Later(size, partial(digests, "item_digest")),
        answer_hashes=Later(size, partial(digests, "answer_hash")),
        endings=read.endings.coded(lambda one: Ending.ERROR if one is None else Ending(one)),
        answerable=Coded((False, True), np.frombuffer(read.answerable, dtype=np.int8)),
        expected=read.kinds.coded(AnswerKind),
        verdicts={criterion: _worst(one) for criterion, one in votes.items()},
        measures=dict(zip(_MEASURES, map(_observed, read.times), strict=True)),
        votes={name: one for name, one in votes.items() if one.several},
        calibrated=calibrated_scores(connection, about, read.ids),
        slices=_slices(read.slices.coded(json.loads)),
        ungraded_reasons=_ungraded(connection, *about),
        failure_codes=dict(sorted(read.failures.items())),
    )


class _Few:
    """A column of few different values, taken page by page."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}
        self._codes = array("i")

    def take(self, values: Iterable[Any]) -> None:
        places = self._places
        self._codes.extend([places.setdefault(one, len(places)) for one in values])

    def coded(self, of: Callable[[Any], Any]) -> Coded[Any]:
        """Return the column, its values made by `of`."""
        codes = np.frombuffer(self._codes, dtype=np.intc)
        small = np.int8 if len(self._places) <= np.iinfo(np.int8).max else np.intc
        return Coded([of(one) for one in self._places], codes.astype(small))


class _Planned:
    """The planned items and how they were answered, by column; `ordinals` rise."""

    def __init__(self) -> None:
        self.ordinals = array("q")
        self.ids = Texts()
        self.answerable = bytearray()
        self.endings, self.kinds, self.slices = _Few(), _Few(), _Few()
        self.times = tuple(array("d") for _ in _TIMES)
        self.failures = Counter[str]()

    def take(self, page: Sequence[Sequence[Any]]) -> None:
        """Take rows as `_planned` asks for them."""
        ordinals, ids, slices, answerable, kinds, *seen = zip(*page, strict=True)
        endings, codes, *times = seen
        self.ordinals.extend(ordinals)
        self.ids.extend(ids)
        self.answerable.extend(answerable)
        self.endings.take(endings)
        self.kinds.take(kinds)
        self.slices.take(slices)
        for column, values in zip(self.times, times, strict=True):
            column.extend(np.array(values, dtype=np.float64))
        self.failures.update(one for one in codes if one is not None)
        self.failures.update(NOT_ASKED for one in endings if one is None)


def _observed(times: "array[float]") -> NDArray[np.float64]:
    """Return times as an array, one that takes no memory where none was observed."""
    laid = np.frombuffer(times, dtype=np.float64)
    return np.broadcast_to(np.float64(np.nan), laid.shape) if np.isnan(laid).all() else laid


def _pages(connection: "Connection", query: "Select[Any]") -> Iterator[Sequence[Any]]:
    """Yield the rows of a query page by page, without ever holding all of them."""
    rows = connection.execute(query, execution_options={"yield_per": PAGE})
    return rows.partitions()


def _digests(database: Database, about: tuple[str, str, Role], name: str) -> Digests:
    """Return the digests of the planned items or of the answers to them, in order."""
    found = Digests()
    with database.reading() as connection:
        for page in _pages(connection, _planned(about, (name,))):
            found.extend(one or "" for (one,) in page)
    return found


def _planned(about: tuple[str, str, Role], names: Sequence[str]) -> "Select[Any]":
    """Return the query for columns of the planned items, in order, and of their answers."""
    from sqlalchemy import Text, and_, select, type_coerce

    run_id, golden, role = about
    tables = schema()
    planned, item, response = tables.run_item, tables.item, tables.response
    same = and_(
        response.c.run_id == planned.c.run_id,
        response.c.golden == planned.c.golden,
        response.c.item_id == planned.c.item_id,
        response.c.role == role.value,
    )
    known = {
        **{one.name: one for table in (response, item, planned) for one in table.c},
        "slices": type_coerce(planned.c.slices, Text),
    }
    return (
        select(*(known[name] for name in names))
        .join_from(planned, item, planned.c.item_digest == item.c.digest)
        .outerjoin(response, same)
        .where(planned.c.run_id == run_id, planned.c.golden == golden)
        .order_by(planned.c.ordinal)
    )


def _votes(
    connection: "Connection", about: tuple[str, str, Role], ordinals: NDArray[np.int64]
) -> dict[str, Votes]:
    """Return how many graders said what of each answer, by criterion; zero where none did."""
    from sqlalchemy import and_, func, select

    verdict, planned = schema().verdict, schema().run_item
    run_id, golden, role = about
    same = and_(
        planned.c.run_id == verdict.c.run_id,
        planned.c.golden == verdict.c.golden,
        planned.c.item_id == verdict.c.item_id,
    )
    # A count leaves nulls out, and so the ungraded.
    query = (
        select(
            verdict.c.criterion,
            func.min(planned.c.ordinal),
            func.count(func.nullif(verdict.c.good, False)),  # noqa: FBT003 - a value in SQL
            func.count(verdict.c.good),
            func.count(),
        )
        .join_from(verdict, planned, same)
        .where(
            verdict.c.run_id == run_id, verdict.c.golden == golden, verdict.c.role == role.value
        )
        .group_by(verdict.c.item_id, verdict.c.criterion)
    )
    laid: dict[str, NDArray[np.int16]] = {}
    for page in _pages(connection, query):
        criteria, *numbers = zip(*page, strict=True)
        ordinal, good, graded, graders = np.array(numbers, dtype=np.int64)
        places = np.searchsorted(ordinals, ordinal)
        for criterion in set(criteria):
            mine = np.array([one == criterion for one in criteria], dtype=np.bool_)
            all_votes = laid.setdefault(criterion, np.zeros((3, len(ordinals)), dtype=np.int16))
            all_votes[:, places[mine]] = np.stack((good, graded - good, graders - graded))[:, mine]
    return {
        criterion: Votes(good=good, bad=bad, ungraded=ungraded)
        for criterion, (good, bad, ungraded) in laid.items()
    }


def _worst(votes: Votes) -> Coded[int]:
    """Return the worst that any grader said: bad, else unknown, else good; unknown if nobody did."""
    unknown = (votes.ungraded > 0) | (votes.good == 0)
    codes = np.where(unknown, np.int8(Code.UNKNOWN), np.int8(Code.GOOD))
    codes[votes.bad > 0] = Code.BAD
    return Coded(range(len(Code)), codes)


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


def _slices(rows: Coded[Mapping[str, str]]) -> dict[str, Coded[str]]:
    """Return each slice as a column; "" where an item is in none of its values."""
    names = sorted({name for row in rows.values for name in row})
    return {name: Coded([row.get(name, "") for row in rows.values], rows.codes) for name in names}
