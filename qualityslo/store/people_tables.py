"""The tables of people: who may do what, and how they are recognised."""

from typing import TYPE_CHECKING

from qualityslo.store.column_types import ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


def person_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """One person of a store and their roles; one who has left keeps the row."""
    from sqlalchemy import Column, Table

    return Table(
        "person",
        metadata,
        Column("name", of.prose, primary_key=True),
        Column("roles", of.json, nullable=False),
        Column("added_at", of.instant, nullable=False),
        Column("removed_at", of.instant),
    )


def person_token_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """The hash of what a person signs in with, once; only the newest of a person is good."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "person_token",
        metadata,
        Column("token_hash", of.name, primary_key=True),
        Column("name", of.prose, ForeignKey("person.name"), nullable=False, index=True),
        Column("created_at", of.instant, nullable=False),
        Column("spent_at", of.instant),
    )


def person_session_table(metadata: "MetaData", of: ColumnTypes) -> "Table":
    """The hash of a session's secret: a read of the database signs nobody in."""
    from sqlalchemy import Column, ForeignKey, Table

    return Table(
        "person_session",
        metadata,
        Column("session_hash", of.name, primary_key=True),
        Column("name", of.prose, ForeignKey("person.name"), nullable=False, index=True),
        Column("created_at", of.instant, nullable=False),
        Column("expires_at", of.instant, nullable=False),
        Column("ended_at", of.instant),
    )
