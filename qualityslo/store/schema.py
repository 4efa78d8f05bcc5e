"""The schema: all tables by name, and the revision they are at.

A change of a table needs a migration in `migrations/versions` and a new last entry of
`REVISIONS`; tests hold the two against each other.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from qualityslo.store.column_types import column_types
from qualityslo.store.fact_tables import (
    conclusion_table,
    cosine_table,
    item_table,
    response_table,
    run_item_table,
    run_table,
    verdict_table,
)
from qualityslo.store.review_tables import (
    design_table,
    label_table,
    outbox_table,
    review_table,
)

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

# Every revision of the schema, oldest first, as Alembic knows them.
REVISIONS = ("0001",)
HEAD = REVISIONS[-1]
# Not Alembic's default name: MLflow uses that one, and may live in the same database.
VERSION_TABLE = "qualityslo_version"

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """All tables of the store."""

    metadata: "MetaData"
    version: "Table"
    run: "Table"
    conclusion: "Table"
    item: "Table"
    run_item: "Table"
    response: "Table"
    verdict: "Table"
    cosine: "Table"
    design: "Table"
    review: "Table"
    label: "Table"
    outbox: "Table"


@cache
def schema() -> Schema:
    """Return the tables; the same objects at every call."""
    from sqlalchemy import MetaData

    metadata = MetaData(naming_convention=_NAMES)
    of = column_types()
    return Schema(
        metadata=metadata,
        version=_version(metadata),
        run=run_table(metadata, of),
        conclusion=conclusion_table(metadata, of),
        item=item_table(metadata, of),
        run_item=run_item_table(metadata, of),
        response=response_table(metadata, of),
        verdict=verdict_table(metadata, of),
        cosine=cosine_table(metadata, of),
        design=design_table(metadata, of),
        review=review_table(metadata, of),
        label=label_table(metadata, of),
        outbox=outbox_table(metadata, of),
    )


def _version(metadata: "MetaData") -> "Table":
    from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

    return Table(
        VERSION_TABLE,
        metadata,
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
