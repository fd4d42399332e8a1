"""The text index merges what was written less often: it is made again in half the time. There is no way down: restore the copy made before."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO catalogue_item_fts(catalogue_item_fts, rank) VALUES ('automerge', 16)")
