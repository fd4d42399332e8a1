"""The catalogue: items, fields, versions, what came of them, their lineage, the index by which they are found. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
FTS = (
    "CREATE VIRTUAL TABLE catalogue_item_fts USING fts5(title, labels, parts, text, content='catalogue_item_words', content_rowid='seq', tokenize='ascii', detail='column', columnsize=0)",
    "CREATE TRIGGER catalogue_item_words_added AFTER INSERT ON catalogue_item_words BEGIN INSERT INTO catalogue_item_fts(rowid, title, labels, parts, text) VALUES (new.seq, new.title, new.labels, new.parts, new.text); END",
    "CREATE TRIGGER catalogue_item_words_removed AFTER DELETE ON catalogue_item_words BEGIN INSERT INTO catalogue_item_fts(catalogue_item_fts, rowid, title, labels, parts, text) VALUES ('delete', old.seq, old.title, old.labels, old.parts, old.text); END",
    "CREATE TRIGGER catalogue_item_words_changed AFTER UPDATE ON catalogue_item_words BEGIN INSERT INTO catalogue_item_fts(catalogue_item_fts, rowid, title, labels, parts, text) VALUES ('delete', old.seq, old.title, old.labels, old.parts, old.text); INSERT INTO catalogue_item_fts(rowid, title, labels, parts, text) VALUES (new.seq, new.title, new.labels, new.parts, new.text); END",
)


def upgrade() -> None:
    _catalogue_code_counter()
    _catalogue_item_entry()
    _catalogue_item_index()
    _catalogue_item_words()
    _catalogue_lineage()
    _catalogue_lineage_run()
    _catalogue_harvest()
    _catalogue_import()
    _catalogue_item()
    _catalogue_derivation()
    _catalogue_field()
    _catalogue_harvested()
    _catalogue_import_line()
    _catalogue_item_batch()
    _catalogue_item_usage()
    _catalogue_item_version()
    _search_index()


def _catalogue_code_counter() -> None:
    op.create_table(
        "catalogue_code_counter",
        sa.Column("class_code", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("class_code", name=op.f("pk_catalogue_code_counter")),
    )


def _catalogue_item_entry() -> None:
    op.create_table(
        "catalogue_item_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_catalogue_item_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_catalogue_item_entry_key")),
    )
    with op.batch_alter_table("catalogue_item_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_item_entry_changed"), ["changed"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_catalogue_item_entry_code"),
            ["code"],
            unique=False,
            postgresql_ops={"code": "text_pattern_ops"},
        )
        batch_op.create_index(
            batch_op.f("ix_catalogue_item_entry_title"),
            ["title"],
            unique=False,
            postgresql_ops={"title": "text_pattern_ops"},
        )


def _catalogue_item_index() -> None:
    op.create_table(
        "catalogue_item_index",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item_index")),
    )


def _catalogue_item_words() -> None:
    op.create_table(
        "catalogue_item_words",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.Column("labels", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.Column("parts", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.Column("text", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_catalogue_item_words")),
    )


def _catalogue_lineage() -> None:
    op.create_table(
        "catalogue_lineage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("source_field", sa.String(length=100), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("target_field", sa.String(length=100), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("job", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_lineage")),
        sa.UniqueConstraint(
            "target", "target_field", "source", "source_field", "job", name="uq_catalogue_lineage_edge"
        ),
    )
    with op.batch_alter_table("catalogue_lineage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_lineage_job"), ["job"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_catalogue_lineage_source_catalogue_lineage_source_field"),
            ["source", "source_field"],
            unique=False,
        )


def _catalogue_lineage_run() -> None:
    op.create_table(
        "catalogue_lineage_run",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("job", sa.String(length=300), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=False),
        sa.Column(
            "event",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("run_id", "kind", name=op.f("pk_catalogue_lineage_run")),
    )
    with op.batch_alter_table("catalogue_lineage_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_lineage_run_job_catalogue_lineage_run_happened_at"),
            ["job", "happened_at"],
            unique=False,
        )


def _catalogue_harvest() -> None:
    op.create_table(
        "catalogue_harvest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_catalogue_harvest_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_harvest")),
        sa.UniqueConstraint("name", name=op.f("uq_catalogue_harvest_name")),
    )


def _catalogue_import() -> None:
    op.create_table(
        "catalogue_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_catalogue_import_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_import")),
    )
    with op.batch_alter_table("catalogue_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_import_at"), ["at"], unique=False)


def _catalogue_item() -> None:
    op.create_table(
        "catalogue_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("spelling", sa.String(length=600), nullable=False),
        sa.Column("abstract", sa.String(length=2000), nullable=False),
        sa.Column("class_code", sa.String(length=20), nullable=False),
        sa.Column("format", sa.String(length=30), nullable=False),
        sa.Column("resource_type", sa.String(length=30), nullable=False),
        sa.Column("share_type", sa.String(length=30), nullable=False),
        sa.Column("share_condition", sa.String(length=1000), nullable=False),
        sa.Column("share_method", sa.String(length=30), nullable=False),
        sa.Column("share_basis", sa.String(length=30), nullable=False),
        sa.Column("share_basis_text", sa.String(length=500), nullable=False),
        sa.Column("open_type", sa.String(length=30), nullable=False),
        sa.Column("open_condition", sa.String(length=1000), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("update_cycle", sa.String(length=30), nullable=False),
        sa.Column(
            "related",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
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
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "publish_in_review",
                "publish_rejected",
                "published",
                "withdrawal_in_review",
                "withdrawal_rejected",
                "withdrawn",
                "deleted",
                name="state",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("in_force", sa.Integer(), nullable=True),
        sa.Column("draft", sa.Integer(), nullable=True),
        sa.Column(
            "draft_state",
            sa.Enum(
                "created",
                "publish_in_review",
                "publish_rejected",
                "published",
                "superseded",
                name="versionstate",
                native_enum=False,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("table", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column(
            "proposed",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("last_batch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_batch_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_catalogue_item_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item")),
        sa.UniqueConstraint("code", name=op.f("uq_catalogue_item_code")),
        sa.UniqueConstraint("number", name=op.f("uq_catalogue_item_number")),
    )
    with op.batch_alter_table("catalogue_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_item_department_id_catalogue_item_state"), ["department_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_catalogue_item_draft_state"), ["draft_state"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalogue_item_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalogue_item_name_zh"), ["name_zh"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_catalogue_item_state_catalogue_item_code"), ["state", "code"], unique=False
        )


def _catalogue_derivation() -> None:
    op.create_table(
        "catalogue_derivation",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("dialect", sa.String(length=20), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_by_name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_derivation_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_catalogue_derivation")),
    )


def _catalogue_field() -> None:
    op.create_table(
        "catalogue_field",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("type", sa.Enum("C", "N", "D", "T", "B", name="type", native_enum=False, length=30), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("precision", sa.Integer(), nullable=True),
        sa.Column("element_code", sa.String(length=20), nullable=False),
        sa.Column("element_version", sa.Integer(), nullable=True),
        sa.Column("code_list", sa.String(length=60), nullable=False),
        sa.Column("is_key", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
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
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("meaning", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_field_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_field")),
        sa.UniqueConstraint("item_id", "name", name=op.f("uq_catalogue_field_item_id_name")),
    )
    with op.batch_alter_table("catalogue_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_field_element_code"), ["element_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalogue_field_name_zh"), ["name_zh"], unique=False)


def _catalogue_harvested() -> None:
    op.create_table(
        "catalogue_harvested",
        sa.Column("harvest_id", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(length=700), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["harvest_id"], ["catalogue_harvest.id"], name=op.f("fk_catalogue_harvested_harvest_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_harvested_item_id")),
        sa.PrimaryKeyConstraint("harvest_id", "uri", name=op.f("pk_catalogue_harvested")),
    )
    with op.batch_alter_table("catalogue_harvested", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_harvested_harvest_id_catalogue_harvested_state"),
            ["harvest_id", "state"],
            unique=False,
        )


def _catalogue_import_line() -> None:
    op.create_table(
        "catalogue_import_line",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "before",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["catalogue_import.id"], name=op.f("fk_catalogue_import_line_import_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_import_line_item_id")),
        sa.PrimaryKeyConstraint("import_id", "item_id", name=op.f("pk_catalogue_import_line")),
    )


def _catalogue_item_batch() -> None:
    op.create_table(
        "catalogue_item_batch",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("table_version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_item_batch_item_id")),
        sa.PrimaryKeyConstraint("item_id", "batch_id", name=op.f("pk_catalogue_item_batch")),
    )
    with op.batch_alter_table("catalogue_item_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_item_batch_item_id_catalogue_item_batch_at"), ["item_id", "at"], unique=False
        )


def _catalogue_item_usage() -> None:
    op.create_table(
        "catalogue_item_usage",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_item_usage_item_id")),
        sa.PrimaryKeyConstraint("item_id", "day", "department_id", "purpose", name=op.f("pk_catalogue_item_usage")),
    )


def _catalogue_item_version() -> None:
    op.create_table(
        "catalogue_item_version",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "publish_in_review",
                "publish_rejected",
                "published",
                "superseded",
                name="versionstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("breaking", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_by_name", sa.String(length=100), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_by_name", sa.String(length=100), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_item_version_item_id")),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_catalogue_item_version")),
    )


def _search_index() -> None:
    """PostgreSQL has a GIN index over the words; SQLite an FTS5 table beside them, kept by triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_catalogue_item_words_gin",
            "catalogue_item_words",
            ["title", "labels", "parts", "text"],
            postgresql_using="gin",
        )
        return
    for statement in FTS:
        op.execute(statement)
