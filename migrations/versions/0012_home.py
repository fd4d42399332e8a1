"""The home page: a day's sums by figure and department, the lines of the day. There is no way down: restore the copy made before."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "home_tally",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_home_tally_department_id_department")
        ),
        sa.PrimaryKeyConstraint("day", "figure", "department_id", name=op.f("pk_home_tally")),
    )
    op.create_table(
        "home_happening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_home_happening_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_happening")),
    )
    op.create_index(op.f("ix_home_happening_at_home_happening_id"), "home_happening", ["at", "id"])
    op.create_index(
        op.f("ix_home_happening_department_id_home_happening_at"), "home_happening", ["department_id", "at"]
    )
