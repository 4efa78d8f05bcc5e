"""The schema: all tables by name, and the revision they are at.

A change of a table needs a migration in `migrations/versions` and a new last entry of
`REVISIONS`; tests hold the two against each other.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from qualityslo.store.column_types import column_types
from qualityslo.store.desk_tables import (
    check_answer_table,
    desk_event_table,
    desk_mark_table,
    desk_opening_table,
    draft_table,
    label_detail_table,
    label_revocation_table,
    seat_table,
    submission_table,
)
from qualityslo.store.fact_tables import (
    conclusion_table,
    cosine_table,
    item_table,
    response_table,
    run_item_table,
    run_table,
    verdict_table,
)
from qualityslo.store.grading_tables import (
    calibration_table,
    grade_cache_table,
    grade_cache_use_table,
)
from qualityslo.store.people_tables import (
    person_session_table,
    person_table,
    person_token_table,
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
REVISIONS = ("0001", "0002", "0003")
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
    calibration: "Table"
    grade_cache: "Table"
    grade_cache_use: "Table"
    seat: "Table"
    desk_opening: "Table"
    desk_mark: "Table"
    submission: "Table"
    draft: "Table"
    label_detail: "Table"
    check_answer: "Table"
    label_revocation: "Table"
    desk_event: "Table"
    person: "Table"
    person_token: "Table"
    person_session: "Table"


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
        calibration=calibration_table(metadata, of),
        grade_cache=grade_cache_table(metadata, of),
        grade_cache_use=grade_cache_use_table(metadata, of),
        seat=seat_table(metadata, of),
        desk_opening=desk_opening_table(metadata, of),
        desk_mark=desk_mark_table(metadata, of),
        submission=submission_table(metadata, of),
        draft=draft_table(metadata, of),
        label_detail=label_detail_table(metadata, of),
        check_answer=check_answer_table(metadata, of),
        label_revocation=label_revocation_table(metadata, of),
        desk_event=desk_event_table(metadata, of),
        person=person_table(metadata, of),
        person_token=person_token_table(metadata, of),
        person_session=person_session_table(metadata, of),
    )


def _version(metadata: "MetaData") -> "Table":
    from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

    return Table(
        VERSION_TABLE,
        metadata,
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
