"""What is known of graders: calibrations, and the cache of verdicts."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables; nothing that is there changes."""
    _calibration()
    _grade_cache()
    _grade_cache_use()


def downgrade() -> None:
    """Refuse: facts are not thrown away; the copy made before an upgrade is the way back."""
    raise NotImplementedError("restore the copy that `qualityslo db upgrade` made")


def _calibration() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "calibration",
        sa.Column("calibration_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("rubric_hash", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("labels_digest", sa.Text(), nullable=False),
        sa.Column("first_slot", sa.Text(), nullable=False),
        sa.Column("last_slot", sa.Text(), nullable=False),
        sa.Column("restarts", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("score_map", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("calibration_id", name=op.f("pk_calibration")),
    )
    op.create_index(
        op.f("ix_calibration_service_golden_recorded_at"),
        "calibration",
        ["service", "golden", "recorded_at"],
        unique=False,
    )


def _grade_cache() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "grade_cache",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_grade_cache")),
    )


def _grade_cache_use() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "grade_cache_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_grade_cache_use_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_cache_use")),
    )
    op.create_index(op.f("ix_grade_cache_use_run_id"), "grade_cache_use", ["run_id"], unique=False)
