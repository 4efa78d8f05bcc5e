"""Reviews and labels as rows, and back."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from qualityslo.domain.draw import DrawnItem
from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.release import stratum_of
from qualityslo.domain.review import Review
from qualityslo.store.items import item_of
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select


def review_row(design: dict[str, Any], review: Review, digests: dict[str, str]) -> dict[str, Any]:
    """Return the row of `review`; `digests` are those of the planned items, by id."""
    return {
        "review_id": review.id,
        "design_id": design["design_id"],
        "run_id": design["run_id"],
        "golden": design["golden"],
        "item_id": review.item.id,
        "item_digest": digests[review.item.id],
        "position": review.position,
        "stratum": review.stratum,
        "inclusion_probability": review.inclusion_probability,
        "arms": dict(review.arms),
        "roles": {arm: list(roles) for arm, roles in review.roles.items()},
        "criteria": {name: list(rubric) for name, rubric in review.criteria.items()},
    }


def drawn_of(row: Any) -> DrawnItem:
    """Return the drawn item that a row of `review` holds."""
    return DrawnItem(
        item_id=row.item_id,
        stratum=stratum_of(row.stratum),
        position=row.position,
        inclusion_probability=row.inclusion_probability,
    )


def review_query(looks: "ColumnElement[int]") -> "Select[Any]":
    """Return the query for reviews with their run and item; `looks` is how many looked."""
    from sqlalchemy import select

    tables = schema()
    run, planned, item, review = tables.run, tables.run_item, tables.item, tables.review
    return (
        select(
            review,
            run.c.service,
            run.c.slot,
            *(planned.c[name] for name in ("item_group", "slices", "meta")),
            item.c.content,
            looks.label("looks"),
        )
        .join_from(review, planned)
        .join(run, run.c.run_id == review.c.run_id)
        .join(item, item.c.digest == planned.c.item_digest)
    )


def review_named(connection: "Connection", review_id: str) -> Review | None:
    """Return one review, blind to how many have looked at it; None where there is none."""
    from sqlalchemy import literal

    query = review_query(literal(0)).where(schema().review.c.review_id == review_id)
    row = connection.execute(query).first()
    return None if row is None else review_of(row)


def review_of(row: Any) -> Review:
    """Return the review of a row of `review` with its run, its item and its looks."""
    return Review(
        id=row.review_id,
        run_id=row.run_id,
        service=row.service,
        golden=row.golden,
        slot=row.slot,
        item=item_of(row),
        position=row.position,
        stratum=row.stratum,
        inclusion_probability=row.inclusion_probability,
        arms=row.arms,
        roles={arm: tuple(roles) for arm, roles in row.roles.items()},
        criteria={name: (rubric, digest) for name, (rubric, digest) in row.criteria.items()},
        looks=row.looks,
    )


def label_row(label: Label, reviews: dict[str, Any]) -> dict[str, Any]:
    """Return the row of `label`; one that answers a review takes service, set and slot from it."""
    review = None if label.review_id is None else reviews[label.review_id]
    return {
        "label_id": label.id,
        "review_id": label.review_id,
        "service": None if review is None else review.service,
        "golden": None if review is None else review.golden,
        "slot": label.slot if review is None else review.slot,
        "item_digest": label.key.item_digest,
        "answer_hash": label.key.answer_hash,
        "criterion": label.key.criterion,
        "rubric_hash": label.key.rubric_hash,
        "value": label.value.value,
        "reviewer": label.reviewer,
        "adjudicates": label.adjudicates,
        "recorded_at": label.recorded_at,
        "note": label.note,
    }


def label_of(row: Any) -> Label:
    """Return the label that a row holds."""
    return Label(
        id=row.label_id,
        key=AnswerKey(
            item_digest=row.item_digest,
            answer_hash=row.answer_hash,
            criterion=row.criterion,
            rubric_hash=row.rubric_hash,
        ),
        value=LabelValue(row.value),
        reviewer=row.reviewer,
        recorded_at=row.recorded_at,
        review_id=row.review_id,
        slot=row.slot,
        adjudicates=row.adjudicates,
        note=row.note,
    )


def stands(as_of: datetime | None = None) -> Any:
    """Return the condition that a label is not revoked: by now, or as of an instant."""
    from sqlalchemy import exists

    label, revoked = schema().label, schema().label_revocation
    gone = exists().where(revoked.c.label_id == label.c.label_id)
    return ~(gone if as_of is None else gone.where(revoked.c.recorded_at <= as_of))
