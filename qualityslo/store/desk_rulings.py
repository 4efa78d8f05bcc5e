"""Rulings: an adjudicator's word on one answer and criterion, which settles them."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from qualityslo.domain.label import Label, LabelValue
from qualityslo.errors import LabelError
from qualityslo.jobs.forms import review_keys
from qualityslo.ports.desk import Blank
from qualityslo.store.desk_events import append_event
from qualityslo.store.dialect import insert_new
from qualityslo.store.review_rows import label_row, review_named
from qualityslo.store.schema import schema
from qualityslo.store.text import instant_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from qualityslo.domain.golden import Json


def store_ruling(
    connection: "Connection",
    review_id: str,
    word: tuple[Blank, LabelValue],
    who: tuple[str, str],
    now: datetime,
) -> Label:
    """Store a ruling with its event; `who` is the adjudicator and their reasons.

    Raises:
        LabelError: there is no such review or blank, or the word is no opinion.
    """
    (blank, value), (by, note) = word, who
    review = review_named(connection, review_id)
    key = None if review is None else review_keys(review).get(blank)
    if review is None or key is None:
        raise LabelError(
            f"review {review_id!r}: the store has no blank {blank!r} of it to rule on"
        )
    if value not in {LabelValue.GOOD, LabelValue.BAD}:
        raise LabelError(f"a ruling says {LabelValue.GOOD} or {LabelValue.BAD}, not {value}")
    identity = "\x1f".join((review_id, *blank, by, instant_text(now)))
    label = Label(
        id=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:24],
        key=key,
        value=value,
        reviewer=by,
        recorded_at=now,
        review_id=review_id,
        slot=review.slot,
        adjudicates=True,
        note=note,
    )
    insert_new(connection, schema().label, [label_row(label, {review_id: review})])
    detail: dict[str, Json] = {"label": label.id, "review_id": review_id, "value": value.value}
    append_event(connection, now, "ruled", by, {**detail, "blank": "/".join(blank)})
    return label
