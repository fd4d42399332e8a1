"""The broker: topics in our own tables, and where each group goes on. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _log()
    op.create_table(
        "broker_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column(
            "topics",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_member")),
    )
    with op.batch_alter_table("broker_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_broker_member_group_broker_member_until"), ["group", "until"], unique=False
        )
    op.create_table(
        "broker_offset",
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group", "topic", "partition", name=op.f("pk_broker_offset")),
    )


def _log() -> None:
    op.create_table(
        "broker_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("partitions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_topic")),
        sa.UniqueConstraint("name", name=op.f("uq_broker_topic_name")),
    )
    op.create_table(
        "broker_partition",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["broker_topic.id"], name=op.f("fk_broker_partition_topic_id")),
        sa.PrimaryKeyConstraint("topic_id", "number", name=op.f("pk_broker_partition")),
    )
    op.create_table(
        "broker_message",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column(
            "headers",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["broker_topic.id"], name=op.f("fk_broker_message_topic_id")),
        sa.PrimaryKeyConstraint("topic_id", "partition", "offset", name=op.f("pk_broker_message")),
        sqlite_with_rowid=False,
    )
