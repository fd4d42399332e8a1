"""Whose a receipt is stands by spans of the ledger, so that what is written touches few pages. There is no way down: restore the copy made
before."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("ledger_subject_use", "ledger_subject_use_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_ledger_subject_use RENAME TO pk_ledger_subject_use_before")
    op.create_table(
        "ledger_subject_use",
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["ledger_subject.id"], name=op.f("fk_ledger_subject_use_subject_id")),
        sa.PrimaryKeyConstraint("span", "subject_id", "entry_id", name=op.f("pk_ledger_subject_use")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO ledger_subject_use (span, subject_id, entry_id) "
        'SELECT COALESCE(entry."index" / 2048, 0), used.subject_id, used.entry_id '
        "FROM ledger_subject_use_before AS used LEFT JOIN ledger_entry AS entry ON entry.id = used.entry_id"
    )
    op.drop_table("ledger_subject_use_before")
