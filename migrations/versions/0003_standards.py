"""Data standards: elements, their versions and uses, code lists. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _elements()
    _lists()


def _elements() -> None:
    op.create_table(
        "data_element",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("spelling", sa.String(length=600), nullable=False),
        sa.Column("type", sa.Enum("C", "N", "D", "T", "B", name="type", native_enum=False, length=20), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "general_1",
                "general_2",
                "general_3",
                "general_4",
                "important",
                "core",
                name="level",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("draft", "in_force", "superseded", "retired", name="state", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("in_force", sa.Integer(), nullable=True),
        sa.Column("draft", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_element")),
        sa.UniqueConstraint("code", name=op.f("uq_data_element_code")),
        sa.UniqueConstraint("serial", name=op.f("uq_data_element_serial")),
    )
    with op.batch_alter_table("data_element", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_element_name_zh"), ["name_zh"], unique=False)
        batch_op.create_index(batch_op.f("ix_data_element_state_data_element_code"), ["state", "code"], unique=False)

    op.create_table(
        "data_element_use",
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("about_kind", sa.String(length=60), nullable=False),
        sa.Column("about_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["element_id"], ["data_element.id"], name=op.f("fk_data_element_use_element_id")),
        sa.PrimaryKeyConstraint("element_id", "about_kind", "about_id", name=op.f("pk_data_element_use")),
    )
    op.create_table(
        "data_element_version",
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "in_force", "superseded", "retired", name="state", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_by_name", sa.String(length=100), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["element_id"], ["data_element.id"], name=op.f("fk_data_element_version_element_id")),
        sa.PrimaryKeyConstraint("element_id", "number", name=op.f("pk_data_element_version")),
    )


def _lists() -> None:
    op.create_table(
        "code_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("spelling", sa.String(length=600), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_list")),
        sa.UniqueConstraint("key", name=op.f("uq_code_list_key")),
    )
    op.create_table(
        "code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["code_list.id"], name=op.f("fk_code_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
        sa.UniqueConstraint(
            "list_id", "code", "valid_from", "since", name=op.f("uq_code_list_id_code_valid_from_since")
        ),
    )
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_list_id_code_parent"), ["list_id", "parent"], unique=False)
