"""Intake: sources, runs, batches, quarantined rows, what arrives. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _intake_upload()
    _intake_source()
    _intake_run()
    _intake_batch()
    _intake_push()
    _intake_seen_file()
    _intake_quarantined_row()


def _intake_upload() -> None:
    op.create_table(
        "intake_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "whole", "used", "expired", name="uploadstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_intake_upload_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_upload")),
    )
    with op.batch_alter_table("intake_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_upload_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_upload_expires_at"), ["expires_at"], unique=False)


def _intake_source() -> None:
    op.create_table(
        "intake_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("spelling", sa.String(length=600), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sql", "folder", "upload", "rest", "topic", "mqtt", "push", name="kind", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "active", "resting", "retired", name="sourcestate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "settings",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "secret_names",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column(
            "mode", sa.Enum("append", "upsert", "replace", name="mode", native_enum=False, length=20), nullable=False
        ),
        sa.Column(
            "mapping",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "columns",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "on_drift", sa.Enum("pause", "continue", name="ondrift", native_enum=False, length=20), nullable=False
        ),
        sa.Column("removes", sa.Boolean(), nullable=False),
        sa.Column("most_bad_percent", sa.Integer(), nullable=False),
        sa.Column("schedule", sa.String(length=100), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cursor",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("last_landed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_intake_source_department_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_intake_source_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_source")),
        sa.UniqueConstraint("code", name=op.f("uq_intake_source_code")),
    )
    with op.batch_alter_table("intake_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_source_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_source_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_source_name_zh"), ["name_zh"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_source_next_at"), ["next_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intake_source_state_intake_source_next_at"), ["state", "next_at"], unique=False
        )


def _intake_run() -> None:
    op.create_table(
        "intake_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "schedule", "person", "push", "upload", "stream", "replay", name="cause", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "paused",
                "landed",
                "failed",
                "cancelled",
                name="runstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("asked", sa.Enum("", "pause", "cancel", name="asked", native_enum=False, length=20), nullable=False),
        sa.Column(
            "what",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column(
            "cursor",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_landed", sa.BigInteger(), nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("rows_repeated", sa.BigInteger(), nullable=False),
        sa.Column("rows_removed", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column(
            "drift",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_by_name", sa.String(length=100), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["intake_source.id"], name=op.f("fk_intake_run_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_run")),
        sa.UniqueConstraint("source_id", "number", name=op.f("uq_intake_run_source_id_number")),
    )
    with op.batch_alter_table("intake_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_intake_run_state_intake_run_changed_at"), ["state", "changed_at"], unique=False
        )


def _intake_batch() -> None:
    op.create_table(
        "intake_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("rows", "replay", "removal", name="batchkind", native_enum=False, length=20), nullable=False
        ),
        sa.Column(
            "state", sa.Enum("landing", "landed", name="batchstate", native_enum=False, length=20), nullable=False
        ),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_landed", sa.BigInteger(), nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("rows_repeated", sa.BigInteger(), nullable=False),
        sa.Column("rows_removed", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "leaves",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "cursor",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_intake_batch_item_id")),
        sa.ForeignKeyConstraint(["run_id"], ["intake_run.id"], name=op.f("fk_intake_batch_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["intake_source.id"], name=op.f("fk_intake_batch_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_batch")),
        sa.UniqueConstraint("source_id", "number", name=op.f("uq_intake_batch_source_id_number")),
    )
    with op.batch_alter_table("intake_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_batch_item_id_intake_batch_at"), ["item_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intake_batch_run_id_intake_batch_number"), ["run_id", "number"], unique=False
        )


def _intake_push() -> None:
    op.create_table(
        "intake_push",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("pushed_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["intake_run.id"], name=op.f("fk_intake_push_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["intake_source.id"], name=op.f("fk_intake_push_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_push")),
    )
    with op.batch_alter_table("intake_push", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_push_source_id_intake_push_at"), ["source_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_push_source_id_intake_push_key"), ["source_id", "key"], unique=True)


def _intake_seen_file() -> None:
    op.create_table(
        "intake_seen_file",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["intake_run.id"], name=op.f("fk_intake_seen_file_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["intake_source.id"], name=op.f("fk_intake_seen_file_source_id")),
        sa.PrimaryKeyConstraint("source_id", "digest", name=op.f("pk_intake_seen_file")),
    )


def _intake_quarantined_row() -> None:
    op.create_table(
        "intake_quarantined_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "replaying", "landed", "overtaken", "discarded", name="rowstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("marks", sa.String(length=2000), nullable=False),
        sa.Column(
            "values",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("raw", sa.String(), nullable=True),
        sa.Column(
            "why",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "mended",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("replay_run_id", sa.Uuid(), nullable=True),
        sa.Column("replay_batch_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["intake_batch.id"], name=op.f("fk_intake_quarantined_row_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_intake_quarantined_row_item_id")),
        sa.ForeignKeyConstraint(
            ["replay_batch_id"], ["intake_batch.id"], name=op.f("fk_intake_quarantined_row_replay_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["replay_run_id"], ["intake_run.id"], name=op.f("fk_intake_quarantined_row_replay_run_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["intake_run.id"], name=op.f("fk_intake_quarantined_row_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["intake_source.id"], name=op.f("fk_intake_quarantined_row_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_quarantined_row")),
    )
    with op.batch_alter_table("intake_quarantined_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_quarantined_row_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_quarantined_row_replay_run_id"), ["replay_run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_quarantined_row_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intake_quarantined_row_source_id_intake_quarantined_row_state_intake_quarantined_row_marks"),
            ["source_id", "state", "marks"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_intake_quarantined_row_state_intake_quarantined_row_id"), ["state", "id"], unique=False
        )
