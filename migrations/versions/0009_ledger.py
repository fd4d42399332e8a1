"""The ledger: entries and tiles, the state, checkpoints and co-signatures, keys, seals. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from zhengtong.kernel.audit import append_only_ddl

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
APPEND_ONLY = ("ledger_entry",)


def upgrade() -> None:
    _ledger_checkpoint()
    _ledger_entry()
    _ledger_head()
    _ledger_key()
    _ledger_pending()
    _ledger_state()
    _ledger_subject()
    _ledger_tile()
    _ledger_subject_use()
    _ledger_seal_request()
    _ledger_witness()
    _ledger_alarm()
    _ledger_cosignature()
    for table in APPEND_ONLY:
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _ledger_checkpoint() -> None:
    op.create_table(
        "ledger_checkpoint",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_checkpoint")),
        sa.UniqueConstraint("size", name=op.f("uq_ledger_checkpoint_size")),
    )


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_ledger_entry_id")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_about_ledger_entry_index"), ["about", "index"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_type_ledger_entry_index"), ["type", "index"], unique=False)


def _ledger_head() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(length=2048), nullable=False),
        sa.Column("contract_seq", sa.BigInteger(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("consensus", sa.Boolean(), nullable=False),
        sa.Column("followed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
    )


def _ledger_key() -> None:
    op.create_table(
        "ledger_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("custody", sa.String(length=12), nullable=False),
        sa.Column("public", sa.LargeBinary(length=65), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_ledger_key_key_id")),
    )
    with op.batch_alter_table("ledger_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_ledger_key_member_ledger_key_kind_ledger_key_made_at"),
            ["member", "kind", "made_at"],
            unique=False,
        )


def _ledger_pending() -> None:
    op.create_table(
        "ledger_pending",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("refused", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_pending")),
        sa.UniqueConstraint("id", name=op.f("uq_ledger_pending_id")),
    )


def _ledger_state() -> None:
    op.create_table(
        "ledger_state",
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column(
            "value",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("section", "key", name=op.f("pk_ledger_state")),
    )


def _ledger_subject() -> None:
    op.create_table(
        "ledger_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_subject")),
        sa.UniqueConstraint("token", name=op.f("uq_ledger_subject_token")),
    )


def _ledger_tile() -> None:
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=8192), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_tile")),
    )


def _ledger_subject_use() -> None:
    op.create_table(
        "ledger_subject_use",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["ledger_subject.id"], name=op.f("fk_ledger_subject_use_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", "entry_id", name=op.f("pk_ledger_subject_use")),
    )


def _ledger_seal_request() -> None:
    op.create_table(
        "ledger_seal_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.String(length=400), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.String(length=100), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_ledger_seal_request_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_seal_request")),
        sa.UniqueConstraint("department_id", "digest", name=op.f("uq_ledger_seal_request_department_id_digest")),
    )
    with op.batch_alter_table("ledger_seal_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_ledger_seal_request_state_ledger_seal_request_asked_at"), ["state", "asked_at"], unique=False
        )


def _ledger_witness() -> None:
    op.create_table(
        "ledger_witness",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column(
            "keys",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=400), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_ledger_witness_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_witness")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_witness_name")),
        sa.UniqueConstraint("url", name=op.f("uq_ledger_witness_url")),
    )


def _ledger_alarm() -> None:
    op.create_table(
        "ledger_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("witness_id", sa.Uuid(), nullable=True),
        sa.Column("told", sa.String(length=400), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["witness_id"], ["ledger_witness.id"], name=op.f("fk_ledger_alarm_witness_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_alarm")),
    )
    with op.batch_alter_table("ledger_alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_alarm_at"), ["at"], unique=False)


def _ledger_cosignature() -> None:
    op.create_table(
        "ledger_cosignature",
        sa.Column("checkpoint", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("witness_id", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint"], ["ledger_checkpoint.number"], name=op.f("fk_ledger_cosignature_checkpoint")
        ),
        sa.ForeignKeyConstraint(["witness_id"], ["ledger_witness.id"], name=op.f("fk_ledger_cosignature_witness_id")),
        sa.PrimaryKeyConstraint("checkpoint", "witness_id", name=op.f("pk_ledger_cosignature")),
    )
