"""Alembic's way in. The program hands over an open connection; the tables are those of all rooms."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from zhengtong import app  # noqa: F401  imports every room, so that the metadata knows all tables
from zhengtong.kernel.db import Base, InstantType


def written(kind: str, thing: Any, revision: AutogenContext) -> str | Literal[False]:
    """Our own column types as a revision writes them: in SQLAlchemy's words, so that it outlives our code."""
    if kind == "type" and isinstance(thing, InstantType):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        revision.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=written,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
