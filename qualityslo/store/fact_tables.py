"""The tables of facts: what was planned, answered, graded, compared and concluded.

Small columns come first in a row and long texts last: what the estimators read never touches the
pages that hold the texts.
"""

from typing import TYPE_CHECKING

from qualityslo.store.column_types import ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import ForeignKeyConstraint, MetaData, Table

_ITEM_KEY = ("run_id", "golden", "item_id")
_ANSWER_KEY = ("run_id", "golden", "role", "item_id")


def run_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One row a run: the plan's identity, and which golden sets and models it is about."""
    from sqlalchemy import Column, Index, Integer, Table

    return Table(
        "run",
        metadata,
        Column("run_id", of.name, primary_key=True),
        Column("service", of.name, nullable=False),
        Column("kind", of.name, nullable=False),
        Column("slot", of.instant, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("revision", of.name, nullable=False),
        Column("started_at", of.instant, nullable=False),
        Column("goldens", of.json, nullable=False),
        Column("models", of.json, nullable=False),
        Index(None, "service", "slot"),
    )


def conclusion_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What a run concluded, again and again as labels arrive; `ordinal` 0 is the run's own."""
    from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint

    return Table(
        "conclusion",
        metadata,
        Column("run_id", of.name, ForeignKey("run.run_id"), primary_key=True),
        # 0 is what the run itself concluded; a clock that steps back cannot reorder them.
        Column("ordinal", Integer, primary_key=True),
        Column("as_of", of.instant, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("exit_code", Integer, nullable=False),
        Column("sentence", of.prose, nullable=False),
        Column("report", of.json, nullable=False),
        UniqueConstraint("run_id", "as_of"),
    )


def item_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """What is asked and what is right, by digest; shared between runs."""
    from sqlalchemy import Boolean, Column, Table

    return Table(
        "item",
        metadata,
        Column("digest", of.name, primary_key=True),
        Column("answerable", Boolean, nullable=False),
        Column("answer_kind", of.name, nullable=False),
        Column("content", of.json, nullable=False),
    )


def run_item_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """The planned items of a run in the set's order, with what the digest leaves out."""
    from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint

    return Table(
        "run_item",
        metadata,
        Column("run_id", of.name, ForeignKey("run.run_id"), primary_key=True),
        Column("golden", of.name, primary_key=True),
        Column("item_id", of.name, primary_key=True),
        Column("ordinal", Integer, nullable=False),
        Column("item_digest", of.name, ForeignKey("item.digest"), nullable=False),
        Column("item_group", of.prose),
        Column("slices", of.json, nullable=False),
        Column("meta", of.json),
        UniqueConstraint("run_id", "golden", "ordinal"),
    )


def response_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One outcome an item and role: a response, or with a `failure_code` a failure."""
    from sqlalchemy import Column, Integer, Table

    return Table(
        "response",
        metadata,
        Column("run_id", of.name, primary_key=True),
        Column("golden", of.name, primary_key=True),
        Column("role", of.name, primary_key=True),
        Column("item_id", of.name, primary_key=True),
        Column("ending", of.name, nullable=False),
        Column("answer_hash", of.name),  # null: a failure has no answer
        Column("ttft_s", of.number),
        Column("inter_token_s", of.number),
        Column("total_s", of.number),
        Column("prompt_tokens", of.count),
        Column("completion_tokens", of.count),
        Column("attempts", Integer, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        Column("failure_code", of.prose),  # null: a response
        Column("served_model", of.prose),
        Column("finish_reason", of.prose),
        Column("original_hash", of.name),  # null: stored as it came
        Column("failure_detail", of.prose),
        Column("text", of.prose, nullable=False),
        Column("raw", of.prose),  # null: the same as the text
        _run_item_key(),
    )


def _run_item_key() -> "ForeignKeyConstraint":
    from sqlalchemy import ForeignKeyConstraint

    return ForeignKeyConstraint(_ITEM_KEY, [f"run_item.{name}" for name in _ITEM_KEY])


def verdict_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One grade an answer, criterion and grader: a verdict, or a `reason` why there is none."""
    from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKeyConstraint, Table

    return Table(
        "verdict",
        metadata,
        Column("run_id", of.name, primary_key=True),
        Column("golden", of.name, primary_key=True),
        Column("role", of.name, primary_key=True),
        Column("item_id", of.name, primary_key=True),
        Column("criterion", of.name, primary_key=True),
        Column("grader", of.name, primary_key=True),
        Column("version", of.name, nullable=False),
        Column("good", Boolean),  # null: ungraded
        Column("score", of.number),
        Column("reason", of.name),
        Column("recorded_at", of.instant, nullable=False),
        Column("rationale", of.prose, nullable=False),
        ForeignKeyConstraint(_ANSWER_KEY, [f"response.{name}" for name in _ANSWER_KEY]),
        CheckConstraint(
            "(good IS NULL AND score IS NULL AND reason IS NOT NULL)"
            " OR (good IS NOT NULL AND score IS NOT NULL AND reason IS NULL)",
            name="verdict_or_reason",
        ),
    )


def cosine_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """The similarity of two answers to one item."""
    from sqlalchemy import Column, Integer, Table

    return Table(
        "cosine",
        metadata,
        Column("run_id", of.name, primary_key=True),
        Column("golden", of.name, primary_key=True),
        Column("item_id", of.name, primary_key=True),
        Column("kind", of.name, nullable=False),
        Column("cosine", of.number),
        Column("cut", Integer, nullable=False),
        Column("recorded_at", of.instant, nullable=False),
        _run_item_key(),
    )
