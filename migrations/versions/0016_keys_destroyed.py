"""The ledger's head counts the persons' keys that were destroyed, so that no process believes one that it has in memory."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_head", sa.Column("shredded", sa.BigInteger(), server_default="0", nullable=False))
