"""Quality: rules, measurements, findings, correction tickets with their trail. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from zhengtong.kernel.audit import append_only_ddl

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
APPEND_ONLY = ("quality_ticket_entry",)


def upgrade() -> None:
    _quality_ticket_counter()
    _quality_measurement()
    _quality_month_standing()
    _quality_rule()
    _quality_result()
    _quality_rule_version()
    _quality_standing()
    _quality_ticket()
    _quality_ticket_entry()
    for table in APPEND_ONLY:
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _quality_ticket_counter() -> None:
    op.create_table(
        "quality_ticket_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_quality_ticket_counter")),
    )


def _quality_measurement() -> None:
    op.create_table(
        "quality_measurement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("table_version", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("batch_rows", sa.BigInteger(), nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("batch_score", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column(
            "dimensions",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("engine", sa.String(length=20), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_quality_measurement_department_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_quality_measurement_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_measurement")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_quality_measurement_batch_id")),
    )
    with op.batch_alter_table("quality_measurement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_measurement_item_id_quality_measurement_at"), ["item_id", "at"], unique=False
        )


def _quality_month_standing() -> None:
    op.create_table(
        "quality_month_standing",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_quality_month_standing_department_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_quality_month_standing_item_id")),
        sa.PrimaryKeyConstraint("item_id", "month", name=op.f("pk_quality_month_standing")),
    )
    with op.batch_alter_table("quality_month_standing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_month_standing_month_quality_month_standing_department_id"),
            ["month", "department_id"],
            unique=False,
        )


def _quality_rule() -> None:
    op.create_table(
        "quality_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=True),
        sa.Column(
            "form",
            sa.Enum(
                "completeness",
                "unique",
                "range",
                "pattern",
                "codes",
                "freshness",
                "exists",
                "equal",
                "expression",
                "length",
                "check",
                "promise",
                "access",
                name="form",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "dimension",
            sa.Enum(
                "conformity",
                "completeness",
                "accuracy",
                "consistency",
                "timeliness",
                "accessibility",
                name="dimension",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum("critical", "major", "minor", name="severity", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("adjusted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_by_name", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_quality_rule_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_rule")),
        sa.UniqueConstraint("item_id", "mark", name=op.f("uq_quality_rule_item_id_mark")),
    )


def _quality_result() -> None:
    op.create_table(
        "quality_result",
        sa.Column("measurement_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("batch_judged", sa.BigInteger(), nullable=False),
        sa.Column("batch_passed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measurement_id"], ["quality_measurement.id"], name=op.f("fk_quality_result_measurement_id")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["quality_rule.id"], name=op.f("fk_quality_result_rule_id")),
        sa.PrimaryKeyConstraint("measurement_id", "rule_id", name=op.f("pk_quality_result")),
    )
    with op.batch_alter_table("quality_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_result_rule_id"), ["rule_id"], unique=False)


def _quality_rule_version() -> None:
    op.create_table(
        "quality_rule_version",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["quality_rule.id"], name=op.f("fk_quality_rule_version_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "number", name=op.f("pk_quality_rule_version")),
    )


def _quality_standing() -> None:
    op.create_table(
        "quality_standing",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("measurement_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_quality_standing_item_id")),
        sa.ForeignKeyConstraint(
            ["measurement_id"], ["quality_measurement.id"], name=op.f("fk_quality_standing_measurement_id")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_quality_standing")),
    )
    with op.batch_alter_table("quality_standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_standing_score"), ["score"], unique=False)


def _quality_ticket() -> None:
    op.create_table(
        "quality_ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open", "accepted", "corrected", "refused", "closed", name="ticketstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum("", "corrected", "refused", "withdrawn", name="ticketending", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_by_name", sa.String(length=100), nullable=False),
        sa.Column("raised_department_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged", sa.BigInteger(), nullable=True),
        sa.Column("passed", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_quality_ticket_clock_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_quality_ticket_department_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_quality_ticket_item_id")),
        sa.ForeignKeyConstraint(
            ["raised_department_id"], ["department.id"], name=op.f("fk_quality_ticket_raised_department_id")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["quality_rule.id"], name=op.f("fk_quality_ticket_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_quality_ticket_number")),
    )
    with op.batch_alter_table("quality_ticket", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_ticket_department_id_quality_ticket_state"), ["department_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_quality_ticket_item_id_quality_ticket_state"), ["item_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_quality_ticket_raised_department_id"), ["raised_department_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_quality_ticket_rule_id"), ["rule_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_quality_ticket_state_quality_ticket_opened_at"), ["state", "opened_at"], unique=False
        )


def _quality_ticket_entry() -> None:
    op.create_table(
        "quality_ticket_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deed", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "accepted", "corrected", "refused", "closed", name="ticketstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["quality_ticket.id"], name=op.f("fk_quality_ticket_entry_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_ticket_entry")),
    )
    with op.batch_alter_table("quality_ticket_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_ticket_entry_ticket_id_quality_ticket_entry_at"), ["ticket_id", "at"], unique=False
        )
