"""Agreements: applications, terms, seals, disputes, wishes. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from zhengtong.kernel.audit import append_only_ddl

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
APPEND_ONLY = ("agreements_deed",)


def upgrade() -> None:
    _agreements_counter()
    _agreements_deed()
    _agreements_agreement()
    _agreements_wish()
    _agreements_application()
    _agreements_seal()
    _agreements_dispute()
    _agreements_terms()
    for table in APPEND_ONLY:
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _agreements_counter() -> None:
    op.create_table(
        "agreements_counter",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agreements_counter")),
    )


def _agreements_deed() -> None:
    op.create_table(
        "agreements_deed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("said", sa.String(length=2000), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_deed")),
    )
    with op.batch_alter_table("agreements_deed", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agreements_deed_about_agreements_deed_at_agreements_deed_id"),
            ["about", "at", "id"],
            unique=False,
        )


def _agreements_agreement() -> None:
    op.create_table(
        "agreements_agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "status",
            sa.Enum("proposed", "in_force", "suspended", "ended", name="status", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("succeeds_id", sa.Uuid(), nullable=True),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("awaits", sa.Boolean(), nullable=False),
        sa.Column("stopped_by", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_agreements_agreement_department_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_agreements_agreement_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["department.id"], name=op.f("fk_agreements_agreement_provider_id")),
        sa.ForeignKeyConstraint(
            ["succeeds_id"], ["agreements_agreement.id"], name=op.f("fk_agreements_agreement_succeeds_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_agreement_number")),
    )
    with op.batch_alter_table("agreements_agreement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f(
                "ix_agreements_agreement_department_id_agreements_agreement_status_agreements_agreement_changed_at"
            ),
            ["department_id", "status", "changed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_agreements_agreement_item_id_agreements_agreement_status"),
            ["item_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f(
                "ix_agreements_agreement_provider_id_agreements_agreement_status_agreements_agreement_changed_at"
            ),
            ["provider_id", "status", "changed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_agreements_agreement_status_agreements_agreement_valid_to"),
            ["status", "valid_to"],
            unique=False,
        )


def _agreements_wish() -> None:
    op.create_table(
        "agreements_wish",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("wanted", sa.String(length=1000), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_by_name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_agreements_wish_department_id")),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_agreements_wish_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["department.id"], name=op.f("fk_agreements_wish_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_wish")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_wish_number")),
    )
    with op.batch_alter_table("agreements_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_wish_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreements_wish_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreements_wish_state_agreements_wish_changed_at"), ["state", "changed_at"], unique=False
        )


def _agreements_application() -> None:
    op.create_table(
        "agreements_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "kind", sa.Enum("new", "change", "renewal", name="kind", native_enum=False, length=20), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "checking",
                "answering",
                "supplementing",
                "sent_back",
                "refused",
                "agreed",
                "providing",
                "finished",
                "invalid",
                "handed_over",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("unconditional", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("scene", sa.String(length=1000), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_name", sa.String(length=100), nullable=False),
        sa.Column(
            "terms",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "granted",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "reasons",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("warranted", sa.Boolean(), nullable=False),
        sa.Column(
            "checklist",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("refusal_basis", sa.String(length=30), nullable=False),
        sa.Column("refusal_law", sa.String(length=500), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_by_name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements_agreement.id"], name=op.f("fk_agreements_application_agreement_id")
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_agreements_application_clock_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_agreements_application_department_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_agreements_application_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["department.id"], name=op.f("fk_agreements_application_provider_id")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["person.id"], name=op.f("fk_agreements_application_responsible_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_application")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_application_number")),
    )
    with op.batch_alter_table("agreements_application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_application_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(
            batch_op.f(
                "ix_agreements_application_department_id_agreements_application_state_agreements_application_changed_at"
            ),
            ["department_id", "state", "changed_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_agreements_application_item_id"), ["item_id"], unique=False)
        batch_op.create_index(
            batch_op.f(
                "ix_agreements_application_provider_id_agreements_application_state_agreements_application_changed_at"
            ),
            ["provider_id", "state", "changed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_agreements_application_state_agreements_application_changed_at"),
            ["state", "changed_at"],
            unique=False,
        )


def _agreements_seal() -> None:
    op.create_table(
        "agreements_seal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("custody", sa.String(length=20), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column(
            "checklist",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements_agreement.id"], name=op.f("fk_agreements_seal_agreement_id")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_agreements_seal_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_seal")),
        sa.UniqueConstraint(
            "agreement_id", "number", "department_id", name=op.f("uq_agreements_seal_agreement_id_number_department_id")
        ),
    )
    with op.batch_alter_table("agreements_seal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_seal_digest"), ["digest"], unique=False)


def _agreements_dispute() -> None:
    op.create_table(
        "agreements_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("against_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "step",
            sa.Enum("talk", "bureau", "arbitration", "closed", name="step", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("settled_at_step", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=1000), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["against_id"], ["department.id"], name=op.f("fk_agreements_dispute_against_id")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements_agreement.id"], name=op.f("fk_agreements_dispute_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["agreements_application.id"], name=op.f("fk_agreements_dispute_application_id")
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_agreements_dispute_clock_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_agreements_dispute_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements_dispute")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_dispute_number")),
    )
    with op.batch_alter_table("agreements_dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_dispute_against_id"), ["against_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreements_dispute_department_id"), ["department_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreements_dispute_step_agreements_dispute_changed_at"), ["step", "changed_at"], unique=False
        )


def _agreements_terms() -> None:
    op.create_table(
        "agreements_terms",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column(
            "terms",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "text",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "checklist",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements_agreement.id"], name=op.f("fk_agreements_terms_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["agreements_application.id"], name=op.f("fk_agreements_terms_application_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "number", name=op.f("pk_agreements_terms")),
    )
