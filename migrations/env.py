"""Alembic's way in. The program hands over an open connection; the tables are those of all rooms."""

from alembic import context

from zhengtong import app  # noqa: F401  imports every room, so that the metadata knows all tables
from zhengtong.kernel.db import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
