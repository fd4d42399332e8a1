"""The demo's clock: how far it is ahead of those outside. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tour_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ahead_s", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_tour_clock_one")),
        sa.CheckConstraint("ahead_s >= 0", name=op.f("ck_tour_clock_forward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_clock")),
    )
