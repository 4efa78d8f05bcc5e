"""The reviewers' desk and its people; labels that no longer count."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; nothing that is there changes."""
    _seat()
    _marks()
    _submission()
    _draft()
    _details()
    _event()
    _people()


def downgrade() -> None:
    """Refuse: facts are not thrown away; the copy made before an upgrade is the way back."""
    raise NotImplementedError("restore the copy that `qualityslo db upgrade` made")


def _seat() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "seat",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("seat_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("adjudicates", sa.Boolean(), nullable=False),
        sa.Column("only_for", sa.Text(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["review_id"], ["review.review_id"], name=op.f("fk_seat_review")),
        sa.PrimaryKeyConstraint("review_id", "seat_no", name=op.f("pk_seat")),
        sa.UniqueConstraint("token", name=op.f("uq_seat_token")),
    )
    once = sa.text("reviewer IS NOT NULL AND purpose <> 'repeat'")
    held = sa.text("state = 'leased'")
    for name, keys, where in (
        ("ix_seat_once", ["review_id", "reviewer"], once),
        ("ix_seat_held", ["service", "reviewer"], held),
    ):
        op.create_index(
            name, "seat", keys, unique=True, sqlite_where=where, postgresql_where=where
        )
    for keys in (
        ["service", "state", "priority", "review_id", "seat_no"],
        ["service", "state", "opened"],
        ["service", "state", "offered_at"],
        ["service", "adjudicates", "state"],
    ):
        op.create_index(op.f(f"ix_seat_{'_'.join(keys)}"), "seat", keys, unique=False)


def _marks() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "desk_opening",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("openings", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_desk_opening")),
    )
    op.create_table(
        "desk_mark",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("review_id", sa.Text(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=True),
        sa.Column("marked_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("service", "reviewer", name=op.f("pk_desk_mark")),
    )


def _submission() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "submission",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("seat_no", sa.Integer(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("client_ms", sa.BigInteger(), nullable=False),
        sa.Column("ui_version", sa.Text(), nullable=False),
        sa.Column("arm_order", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.review_id"], name=op.f("fk_submission_review")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission")),
    )
    op.create_index(op.f("ix_submission_review_id"), "submission", ["review_id"], unique=False)
    for keys in (["service", "reviewer", "submitted_at"], ["service", "submitted_at"]):
        name = op.f(f"ix_submission_{'_'.join(keys)}")
        op.create_index(name, "submission", keys, unique=False)


def _draft() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "draft",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.review_id"], name=op.f("fk_draft_review")),
        sa.PrimaryKeyConstraint("review_id", "reviewer", name=op.f("pk_draft")),
    )


def _details() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "label_detail",
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["submission.key"], name=op.f("fk_label_detail_submission")
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.label_id"], name=op.f("fk_label_detail_label")
        ),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_label_detail")),
    )
    op.create_index(op.f("ix_label_detail_key"), "label_detail", ["key"], unique=False)
    op.create_table(
        "check_answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer_hash", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("item_digest", sa.Text(), nullable=False),
        sa.Column("rubric_hash", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["submission.key"], name=op.f("fk_check_answer_submission")
        ),
        sa.PrimaryKeyConstraint("key", "answer_hash", "criterion", name=op.f("pk_check_answer")),
    )
    op.create_table(
        "label_revocation",
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.label_id"], name=op.f("fk_label_revocation_label")
        ),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_label_revocation")),
    )


def _event() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "desk_event",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_desk_event")),
    )


def _people() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "person",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_person")),
    )
    op.create_table(
        "person_token",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("spent_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["name"], ["person.name"], name=op.f("fk_person_token_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_person_token")),
    )
    op.create_index(op.f("ix_person_token_name"), "person_token", ["name"], unique=False)
    op.create_table(
        "person_session",
        sa.Column("session_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["name"], ["person.name"], name=op.f("fk_person_session_person")),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_person_session")),
    )
    op.create_index(op.f("ix_person_session_name"), "person_session", ["name"], unique=False)
