"""The first schema."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, those that others refer to first."""
    _item()
    _outbox()
    _run()
    _conclusion()
    _design()
    _run_item()
    _cosine()
    _response()
    _review()
    _label()
    _verdict()


def downgrade() -> None:
    """Refuse: facts are not thrown away; the copy made before an upgrade is the way back."""
    raise NotImplementedError("restore the copy that `qualityslo db upgrade` made")


def _item() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "item",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("answerable", sa.Boolean(), nullable=False),
        sa.Column("answer_kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_item")),
    )


def _outbox() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.Text(), nullable=True),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    op.create_index(
        op.f("ix_outbox_target_done_at"), "outbox", ["target", "done_at"], unique=False
    )


def _run() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "run",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("goldens", sa.Text(), nullable=False),
        sa.Column("models", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_service_slot"), "run", ["service", "slot"], unique=False)


def _conclusion() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "conclusion",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_conclusion_run")),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name=op.f("pk_conclusion")),
        sa.UniqueConstraint("run_id", "as_of", name=op.f("uq_conclusion_run_id_as_of")),
    )


def _design() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "design",
        sa.Column("design_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("alarm_items", sa.Integer(), nullable=False),
        sa.Column("quiet_items", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_design_run")),
        sa.PrimaryKeyConstraint("design_id", name=op.f("pk_design")),
        sa.UniqueConstraint("run_id", "golden", name=op.f("uq_design_run_id_golden")),
    )


def _run_item() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "run_item",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("item_digest", sa.Text(), nullable=False),
        sa.Column("item_group", sa.Text(), nullable=True),
        sa.Column("slices", sa.Text(), nullable=False),
        sa.Column("meta", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_digest"], ["item.digest"], name=op.f("fk_run_item_item")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_run_item_run")),
        sa.PrimaryKeyConstraint("run_id", "golden", "item_id", name=op.f("pk_run_item")),
        sa.UniqueConstraint(
            "run_id", "golden", "ordinal", name=op.f("uq_run_item_run_id_golden_ordinal")
        ),
    )


def _cosine() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "cosine",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cosine", sa.Double(), nullable=True),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "golden", "item_id"],
            ["run_item.run_id", "run_item.golden", "run_item.item_id"],
            name=op.f("fk_cosine_run_item"),
        ),
        sa.PrimaryKeyConstraint("run_id", "golden", "item_id", name=op.f("pk_cosine")),
    )


def _response() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "response",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("answer_hash", sa.Text(), nullable=True),
        sa.Column("ttft_s", sa.Double(), nullable=True),
        sa.Column("inter_token_s", sa.Double(), nullable=True),
        sa.Column("total_s", sa.Double(), nullable=True),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("served_model", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("original_hash", sa.Text(), nullable=True),
        sa.Column("failure_detail", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id", "golden", "item_id"],
            ["run_item.run_id", "run_item.golden", "run_item.item_id"],
            name=op.f("fk_response_run_item"),
        ),
        sa.PrimaryKeyConstraint("run_id", "golden", "role", "item_id", name=op.f("pk_response")),
    )


def _review() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "review",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("design_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("item_digest", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.Column("arms", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["design_id"], ["design.design_id"], name=op.f("fk_review_design")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "golden", "item_id"],
            ["run_item.run_id", "run_item.golden", "run_item.item_id"],
            name=op.f("fk_review_run_item"),
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review")),
        sa.UniqueConstraint("design_id", "position", name=op.f("uq_review_design_id_position")),
        sa.UniqueConstraint(
            "run_id", "golden", "item_id", name=op.f("uq_review_run_id_golden_item_id")
        ),
    )


def _label() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "label",
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("golden", sa.Text(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("item_digest", sa.Text(), nullable=False),
        sa.Column("answer_hash", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("rubric_hash", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("adjudicates", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.review_id"], name=op.f("fk_label_review")),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_label")),
    )
    op.create_index(op.f("ix_label_review_id"), "label", ["review_id"], unique=False)
    op.create_index(
        op.f("ix_label_service_golden_recorded_at"),
        "label",
        ["service", "golden", "recorded_at"],
        unique=False,
    )


def _verdict() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "verdict",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("golden", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(good IS NULL AND score IS NULL AND reason IS NOT NULL) OR (good IS NOT NULL AND score IS NOT NULL AND reason IS NULL)",
            name=op.f("ck_verdict_verdict_or_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "golden", "role", "item_id"],
            ["response.run_id", "response.golden", "response.role", "response.item_id"],
            name=op.f("fk_verdict_response"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "golden", "role", "item_id", "criterion", "grader", name=op.f("pk_verdict")
        ),
    )
