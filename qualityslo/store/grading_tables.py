"""The tables of what is known of graders: their calibrations, and verdicts kept for later nights."""

from typing import TYPE_CHECKING

from qualityslo.store.column_types import ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


def calibration_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One fitted map from score to probability, with what it is about and what it rests on."""
    from sqlalchemy import Boolean, Column, Index, Integer, Table

    return Table(
        "calibration",
        metadata,
        Column("calibration_id", of.name, primary_key=True),
        Column("service", of.name, nullable=False),
        Column("golden", of.name, nullable=False),
        Column("criterion", of.name, nullable=False),
        Column("grader", of.name, nullable=False),
        Column("version", of.name, nullable=False),
        Column("rubric_hash", of.name, nullable=False),
        Column("skill", of.name, nullable=False),
        Column("labels", Integer, nullable=False),
        Column("labels_digest", of.name, nullable=False),
        Column("first_slot", of.instant, nullable=False),
        Column("last_slot", of.instant, nullable=False),
        Column("restarts", Boolean, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("score_map", of.json, nullable=False),
        Column("figures", of.json, nullable=False),
        Index(None, "service", "golden", "recorded_at"),
    )


def grade_cache_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One verdict by the digest of everything that it follows from; never an ungraded answer."""
    from sqlalchemy import Boolean, Column, Table

    return Table(
        "grade_cache",
        metadata,
        Column("key", of.name, primary_key=True),
        Column("grader", of.name, nullable=False),
        Column("version", of.name, nullable=False),
        Column("good", Boolean, nullable=False),
        Column("score", of.number, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("rationale", of.prose, nullable=False),
    )


def grade_cache_use_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """How many answers a run asked the cache about, and how many it knew; a row a batch."""
    from sqlalchemy import Column, ForeignKey, Integer, Table

    return Table(
        "grade_cache_use",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("run_id", of.name, ForeignKey("run.run_id"), nullable=False, index=True),
        Column("golden", of.name, nullable=False),
        Column("criterion", of.name, nullable=False),
        Column("grader", of.name, nullable=False),
        Column("asked", Integer, nullable=False),
        Column("known", Integer, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
    )
