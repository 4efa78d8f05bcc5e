"""The review queue in SQL: draws, the reviews drawn, and what people said."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.domain.draw import Draw
from qualityslo.domain.label import Label
from qualityslo.domain.review import Review, SampleRow
from qualityslo.errors import LabelError, StoreError
from qualityslo.jobs.chunks import chunks
from qualityslo.store.database import Database
from qualityslo.store.dialect import ASKED_AT_ONCE, insert_new
from qualityslo.store.review_rows import (
    drawn_of,
    label_of,
    label_row,
    review_of,
    review_query,
    review_row,
    stands,
)
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SHOWN = 20


class SqlReviewQueue:
    """Satisfies `ports.ReviewQueue`. Draws and labels are appended once and never changed."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Keep reviews in a database; `clock` says when a draw is recorded."""
        self._database = database
        self._clock = clock

    def offer(self, run_id: str, golden: str, draw: Draw, reviews: Sequence[Review]) -> None:
        """Store a draw with its reviews; a draw that is there already is left as it is.

        Raises:
            StoreError: the reviews are not those of the draw, or an item was never planned.
        """
        _check_same(draw, reviews)
        design = {
            "design_id": f"{run_id}/{golden}",
            "run_id": run_id,
            "golden": golden,
            "seed": list(draw.seed),
            "alarm_items": draw.alarm_items,
            "quiet_items": draw.quiet_items,
            "recorded_at": self._clock(),
        }
        tables = schema()
        with self._database.writing() as connection:
            if not insert_new(connection, tables.design, [design]):
                return
            digests = _digests(connection, run_id, golden, [one.item.id for one in reviews])
            rows = [review_row(design, review, digests) for review in reviews]
            insert_new(connection, tables.review, rows)

    def draw(self, run_id: str, golden: str) -> Draw | None:
        """Return the draw of a run, or None where there was none."""
        from sqlalchemy import select

        tables = schema()
        design, review = tables.design, tables.review
        about = select(design).where(design.c.run_id == run_id, design.c.golden == golden)
        with self._database.reading() as connection:
            found = connection.execute(about).first()
            if found is None:
                return None
            drawn = select(review).where(review.c.design_id == found.design_id)
            rows = connection.execute(drawn.order_by(review.c.position)).all()
        return Draw(
            seed=tuple(found.seed),
            alarm_items=found.alarm_items,
            quiet_items=found.quiet_items,
            drawn=tuple(drawn_of(row) for row in rows),
        )

    def sample(self, run_id: str, golden: str, as_of: datetime) -> list[SampleRow]:
        """Return the drawn items in their order, with what had been looked at by an instant.

        An item is looked at as soon as anybody left any label on it, "unsure" and "skipped" too,
        that was not revoked by then.
        """
        from sqlalchemy import exists, select

        review, label = schema().review, schema().label
        seen = exists().where(
            label.c.review_id == review.c.review_id, label.c.recorded_at <= as_of, stands(as_of)
        )
        query = (
            select(review.c.review_id, review.c.item_id, review.c.position, seen.label("seen"))
            .where(review.c.run_id == run_id, review.c.golden == golden)
            .order_by(review.c.position)
        )
        with self._database.reading() as connection:
            return [
                SampleRow(
                    review_id=row.review_id,
                    item_id=row.item_id,
                    position=row.position,
                    looked_at=bool(row.seen),
                )
                for row in connection.execute(query)
            ]

    def reviews(self, service: str | None = None, run_id: str | None = None) -> list[Review]:
        """Return reviews by slot, golden set and position."""
        from sqlalchemy import func, select

        run, review, label = schema().run, schema().review, schema().label
        looks = (
            select(label.c.review_id, func.count(label.c.reviewer.distinct()).label("looks"))
            .where(stands())
            .group_by(label.c.review_id)
            .subquery()
        )
        query = (
            review_query(func.coalesce(looks.c.looks, 0))
            .outerjoin(looks, looks.c.review_id == review.c.review_id)
            .order_by(run.c.slot, review.c.golden, review.c.position, review.c.review_id)
        )
        if service is not None:
            query = query.where(run.c.service == service)
        if run_id is not None:
            query = query.where(review.c.run_id == run_id)
        with self._database.reading() as connection:
            return [review_of(row) for row in connection.execute(query)]

    def labels(self, service: str, golden: str, as_of: datetime) -> list[Label]:
        """Return the admissible labels of a golden set recorded by an instant.

        Admissible is what answers a review, because only that has an inclusion probability, and
        was not revoked by that instant.
        """
        from sqlalchemy import select

        label = schema().label
        query = (
            select(label)
            .where(
                label.c.service == service,
                label.c.golden == golden,
                label.c.recorded_at <= as_of,
                label.c.review_id.is_not(None),
                stands(as_of),
            )
            .order_by(label.c.recorded_at, label.c.label_id)
        )
        with self._database.reading() as connection:
            return [label_of(row) for row in connection.execute(query)]

    def labels_of(self, review_ids: Sequence[str], as_of: datetime | None = None) -> list[Label]:
        """Return the labels of some reviews, in the order in which they were recorded.

        Without `as_of` those that stand now, else those recorded, and not revoked, by then.
        """
        from sqlalchemy import select

        label = schema().label
        known = () if as_of is None else (label.c.recorded_at <= as_of,)
        found: list[Label] = []
        with self._database.reading() as connection:
            for ids in chunks(dict.fromkeys(review_ids), ASKED_AT_ONCE):
                query = select(label).where(label.c.review_id.in_(ids), *known, stands(as_of))
                found += [label_of(row) for row in connection.execute(query)]
        return sorted(found, key=lambda one: (one.recorded_at, one.id))

    def label_counts(self, service: str) -> dict[str, tuple[int, int]]:
        """Return by run how many labels its reviews ever got, and how many of them were revoked.

        Both only grow, so that they tell whether anything has changed.
        """
        from sqlalchemy import func, select

        review, label = schema().review, schema().label
        revoked = schema().label_revocation
        query = (
            select(review.c.run_id, func.count(label.c.label_id), func.count(revoked.c.label_id))
            .join_from(label, review, label.c.review_id == review.c.review_id)
            .outerjoin(revoked, revoked.c.label_id == label.c.label_id)
            .where(label.c.service == service)
            .group_by(review.c.run_id)
            .order_by(review.c.run_id)
        )
        with self._database.reading() as connection:
            return {run: (given, gone) for run, given, gone in connection.execute(query)}

    def append_labels(self, labels: Sequence[Label]) -> int:
        """Store labels in one transaction; return how many were new.

        A label whose id is there already is left as it is. One without a review is kept, and
        never estimates.

        Raises:
            LabelError: reviews that the store does not have; names them. Nothing was stored.
        """
        wanted = {label.review_id for label in labels if label.review_id is not None}
        with self._database.writing() as connection:
            known = _known_reviews(connection, sorted(wanted))
            unknown = sorted(wanted - known.keys())
            if unknown:
                raise LabelError(_unknown_reviews(unknown))
            rows = [label_row(label, known) for label in labels]
            return insert_new(connection, schema().label, rows)


def _check_same(draw: Draw, reviews: Sequence[Review]) -> None:
    drawn = {(one.item_id, one.position) for one in draw.drawn}
    offered = {(one.item.id, one.position) for one in reviews}
    if drawn != offered or len(reviews) != len(draw.drawn):
        raise StoreError(
            f"a draw is offered with exactly its reviews: {len(draw.drawn)} items were drawn, "
            f"{len(reviews)} reviews offered, and they differ on {sorted(drawn ^ offered)[:5]!r}"
        )


def _digests(
    connection: "Connection", run_id: str, golden: str, item_ids: Sequence[str]
) -> dict[str, str]:
    from sqlalchemy import select

    table = schema().run_item
    query = select(table.c.item_id, table.c.item_digest).where(
        table.c.run_id == run_id, table.c.golden == golden
    )
    found = {
        row.item_id: row.item_digest
        for some in chunks(item_ids, ASKED_AT_ONCE)
        for row in connection.execute(query.where(table.c.item_id.in_(some)))
    }
    missing = sorted(set(item_ids) - found.keys())
    if missing:
        raise StoreError(
            f"items {missing[:5]!r} of {golden!r} were drawn but never planned in run {run_id!r}"
        )
    return found


def _known_reviews(connection: "Connection", ids: Sequence[str]) -> dict[str, Any]:
    from sqlalchemy import select

    review, run = schema().review, schema().run
    query = select(review.c.review_id, review.c.golden, run.c.service, run.c.slot).join_from(
        review, run, review.c.run_id == run.c.run_id
    )
    found = {}
    for some in chunks(ids, ASKED_AT_ONCE):
        for row in connection.execute(query.where(review.c.review_id.in_(some))):
            found[row.review_id] = row
    return found


def _unknown_reviews(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return (
        f"the store has no reviews {', '.join(map(repr, ids[:_SHOWN]))}{more}; nothing was stored: "
        "import labels into the store that the reviews were exported from"
    )
