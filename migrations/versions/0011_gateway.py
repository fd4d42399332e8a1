"""The gateway: serving copies, calls, quotas, deliveries, doubts. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _gateway_call()
    _gateway_quota()
    _gateway_signed_group()
    _gateway_usage_cursor()
    _gateway_doubt()
    _gateway_copy()
    _gateway_exchange()
    _gateway_file()
    _gateway_exchange_step()


def _gateway_call() -> None:
    op.create_table(
        "gateway_call",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=True),
        sa.Column("agreement", sa.String(length=40), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=10), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("consumer_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("case_number", sa.String(length=100), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("about", sa.Integer(), nullable=False),
        sa.Column("request_bytes", sa.BigInteger(), nullable=False),
        sa.Column("response_bytes", sa.BigInteger(), nullable=False),
        sa.Column("request_in", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_out", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_in", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_out", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_gateway_call")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_gateway_call_receipt_id")),
    )
    with op.batch_alter_table("gateway_call", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_call_agreement_id_gateway_call_number"), ["agreement_id", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_call_consumer_id_gateway_call_number"), ["consumer_id", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_call_provider_id_gateway_call_number"), ["provider_id", "number"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_call_response_out"), ["response_out"], unique=False)


def _gateway_quota() -> None:
    op.create_table(
        "gateway_quota",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used_day", sa.BigInteger(), nullable=False),
        sa.Column("used_total", sa.BigInteger(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("used_second", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_gateway_quota")),
    )


def _gateway_signed_group() -> None:
    op.create_table(
        "gateway_signed_group",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_gateway_signed_group")),
    )


def _gateway_usage_cursor() -> None:
    op.create_table(
        "gateway_usage_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_usage_cursor")),
    )


def _gateway_doubt() -> None:
    op.create_table(
        "gateway_doubt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_name", sa.String(length=100), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_gateway_doubt_department_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_gateway_doubt_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_doubt")),
        sa.UniqueConstraint("number", name=op.f("uq_gateway_doubt_number")),
    )
    with op.batch_alter_table("gateway_doubt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_doubt_department_id_gateway_doubt_state"), ["department_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_doubt_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gateway_doubt_subject_id"), ["subject_id"], unique=False)


def _gateway_copy() -> None:
    op.create_table(
        "gateway_copy",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("lake_table", sa.String(length=80), nullable=False),
        sa.Column("lake_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("data_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column(
            "trouble",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_gateway_copy_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_gateway_copy")),
    )


def _gateway_exchange() -> None:
    op.create_table(
        "gateway_exchange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("item_name", sa.String(length=100), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("consumer_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("case_number", sa.String(length=100), nullable=False),
        sa.Column("into", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("target", sa.String(length=130), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "trouble",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "shape",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("terms", sa.String(length=64), nullable=False),
        sa.Column("lake_version", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("chunk", sa.BigInteger(), nullable=False),
        sa.Column("rows_put", sa.BigInteger(), nullable=False),
        sa.Column("rows_gone", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reconciled",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["consumer_id"], ["department.id"], name=op.f("fk_gateway_exchange_consumer_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_gateway_exchange_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["department.id"], name=op.f("fk_gateway_exchange_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_exchange")),
    )
    with op.batch_alter_table("gateway_exchange", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_exchange_consumer_id_gateway_exchange_state"), ["consumer_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_gateway_exchange_item_id_gateway_exchange_state"), ["item_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_exchange_provider_id"), ["provider_id"], unique=False)


def _gateway_file() -> None:
    op.create_table(
        "gateway_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("item_name", sa.String(length=100), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("consumer_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("case_number", sa.String(length=100), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "trouble",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mark_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "marks",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "decoys",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("lake_version", sa.BigInteger(), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_name", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["consumer_id"], ["department.id"], name=op.f("fk_gateway_file_consumer_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_gateway_file_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["department.id"], name=op.f("fk_gateway_file_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_file")),
    )
    with op.batch_alter_table("gateway_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gateway_file_consumer_id_gateway_file_asked_at"), ["consumer_id", "asked_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_gateway_file_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_gateway_file_item_id_gateway_file_asked_at"), ["item_id", "asked_at"], unique=False
        )


def _gateway_exchange_step() -> None:
    op.create_table(
        "gateway_exchange_step",
        sa.Column("exchange_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chunk", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rows_put", sa.BigInteger(), nullable=False),
        sa.Column("rows_gone", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["gateway_exchange.id"], name=op.f("fk_gateway_exchange_step_exchange_id")
        ),
        sa.PrimaryKeyConstraint("exchange_id", "version", "chunk", name=op.f("pk_gateway_exchange_step")),
    )
