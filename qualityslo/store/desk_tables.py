"""The tables of the reviewers' desk: seats, what was handed in, and what was taken back."""

from typing import TYPE_CHECKING

from qualityslo.store.column_types import ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

OPEN, LEASED, DONE, VOID = "open", "leased", "done", "void"
REPEAT = "repeat"


def seat_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One hand-out place of a review, and who has it.

    `opened` numbers the openings of a service's seats: it tells what has become free since a
    person last asked. A person holds one seat of a service at a time, and has one of a review
    but for repeats.
    """
    from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, text

    table = Table(
        "seat",
        metadata,
        Column("review_id", of.name, ForeignKey("review.review_id"), primary_key=True),
        Column("seat_no", Integer, primary_key=True, autoincrement=False),
        Column("service", of.name, nullable=False),
        Column("purpose", of.name, nullable=False),
        Column("adjudicates", Boolean, nullable=False),
        Column("only_for", of.prose),
        Column("priority", of.count, nullable=False),
        Column("offered_at", of.instant, nullable=False),
        Column("due_at", of.instant, nullable=False),
        Column("state", of.name, nullable=False),
        Column("opened", of.count, nullable=False),
        Column("reviewer", of.prose),
        Column("token", of.name, unique=True),
        Column("taken_at", of.instant),
        Column("lease_until", of.instant),
        Index(None, "service", "state", "priority", "review_id", "seat_no"),
        Index(None, "service", "state", "opened"),
        Index(None, "service", "state", "offered_at"),
        Index(None, "service", "adjudicates", "state"),
    )
    once = text(f"reviewer IS NOT NULL AND purpose <> '{REPEAT}'")
    held = text(f"state = '{LEASED}'")
    for name, keys, where in (
        ("ix_seat_once", ("review_id", "reviewer"), once),
        ("ix_seat_held", ("service", "reviewer"), held),
    ):
        parts = [table.c[key] for key in keys]
        Index(name, *parts, unique=True, sqlite_where=where, postgresql_where=where)
    return table


def desk_opening_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """How often seats of a service were opened; its row is what openings wait for each other on."""
    from sqlalchemy import Column, Table

    return Table(
        "desk_opening",
        metadata,
        Column("service", of.name, primary_key=True),
        Column("openings", of.count, nullable=False),
    )


def desk_mark_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """Up to where a person has been through the seats of a service, so that nobody looks there again.

    Of the seats opened up to number `opened`, none up to (`priority`, `review_id`) is for them.
    """
    from sqlalchemy import Column, Table

    return Table(
        "desk_mark",
        metadata,
        Column("service", of.name, primary_key=True),
        Column("reviewer", of.prose, primary_key=True),
        Column("priority", of.count),
        Column("review_id", of.name),
        Column("opened", of.count),
        Column("marked_at", of.instant),
    )


def draft_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What a person has filled in so far of a review."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "draft",
        metadata,
        Column("review_id", of.name, ForeignKey("review.review_id"), primary_key=True),
        Column("reviewer", of.prose, primary_key=True),
        Column("form", of.json, nullable=False),
        Column("saved_at", of.instant, nullable=False),
    )


def submission_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One form handed in, whatever it was for; `seat_no` is null where no seat was left for it."""
    from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

    return Table(
        "submission",
        metadata,
        Column("key", of.name, primary_key=True),
        Column("review_id", of.name, ForeignKey("review.review_id"), nullable=False, index=True),
        Column("seat_no", Integer),
        Column("service", of.name, nullable=False),
        Column("purpose", of.name, nullable=False),
        Column("reviewer", of.prose, nullable=False),
        Column("taken_at", of.instant),
        Column("submitted_at", of.instant, nullable=False),
        Column("undone_at", of.instant),
        Column("skipped", Boolean, nullable=False),
        Column("flagged", Boolean, nullable=False),
        Column("client_ms", of.count, nullable=False),
        Column("ui_version", of.prose, nullable=False),
        Column("arm_order", of.json, nullable=False),
        Column("form", of.json, nullable=False),
        Index(None, "service", "reviewer", "submitted_at"),
        Index(None, "service", "submitted_at"),
    )


def label_detail_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What is known of a label beyond its value: the form it was on, and the marked pieces."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "label_detail",
        metadata,
        Column("label_id", of.name, ForeignKey("label.label_id"), primary_key=True),
        Column("key", of.name, ForeignKey("submission.key"), nullable=False, index=True),
        Column("spans", of.json, nullable=False),
    )


def check_answer_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What people said on gold and repeats: it checks them, and never is a label."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "check_answer",
        metadata,
        Column("key", of.name, ForeignKey("submission.key"), primary_key=True),
        Column("answer_hash", of.name, primary_key=True),
        Column("criterion", of.name, primary_key=True),
        Column("item_digest", of.name, nullable=False),
        Column("rubric_hash", of.name, nullable=False),
        Column("value", of.name, nullable=False),
    )


def label_revocation_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """Labels that no longer count from an instant on: by whom, and why."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "label_revocation",
        metadata,
        Column("label_id", of.name, ForeignKey("label.label_id"), primary_key=True),
        Column("revoked_by", of.prose, nullable=False),
        Column("reason", of.prose, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
    )


def desk_event_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What happened at the desk, one row after the other, each with the hash of the one before."""
    from sqlalchemy import Column, Table

    return Table(
        "desk_event",
        metadata,
        Column("number", of.count, primary_key=True, autoincrement=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("kind", of.name, nullable=False),
        Column("who", of.prose, nullable=False),
        Column("detail", of.json, nullable=False),
        Column("previous_hash", of.name, nullable=False),
        Column("hash", of.name, nullable=False),
    )
