"""Entities: registers, records, pairs to review, leads. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _entities_decision()
    _entities_entity()
    _entities_feed()
    _entities_lead_counter()
    _entities_model()
    _entities_record()
    _entities_rule()
    _entities_story()
    _entities_decision_side()
    _entities_key()
    _entities_lead()
    _entities_pair()
    _entities_lead_step()


def _entities_decision() -> None:
    op.create_table(
        "entities_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("verdict", sa.Enum("merge", "apart", name="verdict", native_enum=False, length=20), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column(
            "left",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "right",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by_name", sa.String(length=100), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_decision")),
    )
    with op.batch_alter_table("entities_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_decision_kind_entities_decision_decided_at"), ["kind", "decided_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_entities_decision_one_id"), ["one_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entities_decision_other_id"), ["other_id"], unique=False)


def _entities_entity() -> None:
    op.create_table(
        "entities_entity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("spelling", sa.String(length=600), nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_entity")),
    )
    with op.batch_alter_table("entities_entity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_entity_kind_entities_entity_changed_at"), ["kind", "changed_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_entities_entity_kind_entities_entity_code_index"), ["kind", "code_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_entities_entity_kind_entities_entity_name"), ["kind", "name"], unique=False
        )


def _entities_feed() -> None:
    op.create_table(
        "entities_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column(
            "key_fields",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "trust",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("order_field", sa.String(length=63), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("read_to", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_feed")),
        sa.UniqueConstraint("item_id", "kind", name=op.f("uq_entities_feed_item_id_kind")),
    )


def _entities_lead_counter() -> None:
    op.create_table(
        "entities_lead_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_entities_lead_counter")),
    )


def _entities_model() -> None:
    op.create_table(
        "entities_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("trained_on", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_model")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_entities_model_kind_number")),
    )


def _entities_record() -> None:
    op.create_table(
        "entities_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(length=100), nullable=False),
        sa.Column(
            "values",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_index", sa.String(length=64), nullable=True),
        sa.Column("order_text", sa.String(length=80), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_record")),
        sa.UniqueConstraint("kind", "mark", name=op.f("uq_entities_record_kind_mark")),
    )
    with op.batch_alter_table("entities_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entities_record_entity_id"), ["entity_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_entities_record_item_id_entities_record_kind"), ["item_id", "kind"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_entities_record_kind_entities_record_code_index"), ["kind", "code_index"], unique=False
        )


def _entities_rule() -> None:
    op.create_table(
        "entities_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "items",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_entities_rule_code")),
    )


def _entities_story() -> None:
    op.create_table(
        "entities_story",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "found",
                "joined",
                "left",
                "changed",
                "gone",
                "merged",
                "kept_apart",
                "undone",
                name="happening",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column(
            "told",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_story")),
    )
    with op.batch_alter_table("entities_story", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_story_entity_id_entities_story_at"), ["entity_id", "at"], unique=False
        )


def _entities_decision_side() -> None:
    op.create_table(
        "entities_decision_side",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["entities_decision.id"], name=op.f("fk_entities_decision_side_decision_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", "record_id", name=op.f("pk_entities_decision_side")),
    )
    with op.batch_alter_table("entities_decision_side", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entities_decision_side_record_id"), ["record_id"], unique=False)


def _entities_key() -> None:
    op.create_table(
        "entities_key",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["entities_record.id"], name=op.f("fk_entities_key_record_id")),
        sa.PrimaryKeyConstraint("record_id", "hash", name=op.f("pk_entities_key")),
    )
    with op.batch_alter_table("entities_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entities_key_hash"), ["hash"], unique=False)


def _entities_lead() -> None:
    op.create_table(
        "entities_lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "assigned",
                "confirmed",
                "explained",
                "dismissed",
                name="leadstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("assigned_name", sa.String(length=100), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["entities_rule.id"], name=op.f("fk_entities_lead_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_lead")),
        sa.UniqueConstraint("number", name=op.f("uq_entities_lead_number")),
        sa.UniqueConstraint("rule_id", "entity_id", name=op.f("uq_entities_lead_rule_id_entity_id")),
    )
    with op.batch_alter_table("entities_lead", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_lead_department_id_entities_lead_state"), ["department_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_entities_lead_entity_id"), ["entity_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_entities_lead_state_entities_lead_found_at"), ["state", "found_at"], unique=False
        )


def _entities_pair() -> None:
    op.create_table(
        "entities_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("firm", "person", name="register", native_enum=False, length=20), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column(
            "levels",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("linked", "waiting", "implied", "apart", name="pairstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["entities_record.id"], name=op.f("fk_entities_pair_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["entities_record.id"], name=op.f("fk_entities_pair_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_pair")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_entities_pair_one_id_other_id")),
    )
    with op.batch_alter_table("entities_pair", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_pair_kind_entities_pair_state_entities_pair_probability"),
            ["kind", "state", "probability"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_entities_pair_other_id"), ["other_id"], unique=False)


def _entities_lead_step() -> None:
    op.create_table(
        "entities_lead_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["entities_lead.id"], name=op.f("fk_entities_lead_step_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities_lead_step")),
    )
    with op.batch_alter_table("entities_lead_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entities_lead_step_lead_id_entities_lead_step_at"), ["lead_id", "at"], unique=False
        )
