"""The tables of reviews, labels and the outbox."""

from typing import TYPE_CHECKING

from qualityslo.store.column_types import ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


def design_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One draw of reviews: a run, a golden set, the seed, and how large the strata were."""
    from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint

    return Table(
        "design",
        metadata,
        Column("design_id", of.name, primary_key=True),
        Column("run_id", of.name, ForeignKey("run.run_id"), nullable=False),
        Column("golden", of.name, nullable=False),
        Column("seed", of.json, nullable=False),
        Column("alarm_items", Integer, nullable=False),
        Column("quiet_items", Integer, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        UniqueConstraint("run_id", "golden"),
    )


def review_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """The drawn items: place, probability, and everything the reviewer's form shows."""
    from sqlalchemy import (
        Column,
        Double,
        ForeignKey,
        ForeignKeyConstraint,
        Integer,
        Table,
        UniqueConstraint,
    )

    item = ("run_id", "golden", "item_id")
    return Table(
        "review",
        metadata,
        Column("review_id", of.name, primary_key=True),
        Column("design_id", of.name, ForeignKey("design.design_id"), nullable=False),
        Column("run_id", of.name, nullable=False),
        Column("golden", of.name, nullable=False),
        Column("item_id", of.name, nullable=False),
        Column("item_digest", of.name, nullable=False),
        Column("position", Integer, nullable=False),
        Column("stratum", of.name, nullable=False),
        Column("inclusion_probability", Double, nullable=False),
        Column("arms", of.json, nullable=False),
        Column("roles", of.json, nullable=False),
        Column("criteria", of.json, nullable=False),
        ForeignKeyConstraint(item, [f"run_item.{name}" for name in item]),
        UniqueConstraint("design_id", "position"),
        UniqueConstraint(*item),
    )


def label_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What people said, one row an answer and criterion."""
    from sqlalchemy import Boolean, Column, ForeignKey, Index, Table

    return Table(
        "label",
        metadata,
        Column("label_id", of.name, primary_key=True),
        # Null: a label without a review; it has no inclusion probability and never estimates.
        Column("review_id", of.name, ForeignKey("review.review_id"), index=True),
        Column("service", of.name),
        Column("golden", of.name),
        Column("slot", of.instant),
        Column("item_digest", of.name, nullable=False),
        Column("answer_hash", of.name, nullable=False),
        Column("criterion", of.name, nullable=False),
        Column("rubric_hash", of.name, nullable=False),
        Column("value", of.name, nullable=False),
        Column("reviewer", of.prose, nullable=False),
        Column("adjudicates", Boolean, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("note", of.prose, nullable=False),
        Index(None, "service", "golden", "recorded_at"),
    )


def outbox_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What has still to be told to the outside: the only rows that are ever updated."""
    from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

    return Table(
        "outbox",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("target", of.name, nullable=False),
        Column("dedupe_key", of.name, nullable=False),
        Column("payload", of.json, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("created_at", of.instant, nullable=False),
        Column("tried_at", of.instant),
        Column("done_at", of.instant),
        Column("last_error", of.prose),
        UniqueConstraint("dedupe_key"),
        Index(None, "target", "done_at"),
    )
