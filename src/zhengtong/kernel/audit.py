"""Who did what, to what, before and after, from where: an append-only table, written in the deed's own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, BigInteger, Index, Integer, event
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Base
from zhengtong.kernel.logs import request_id

Serial = BigInteger().with_variant(Integer(), "sqlite")


class Audit(Base):
    """One deed. `seq` orders them; the database refuses to change or delete a row."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[UUID]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    acting_for: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    action: Mapped[str]
    thing_kind: Mapped[str]
    thing_id: Mapped[str]
    thing_name: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    address: Mapped[str]
    request_id: Mapped[str]

    __table_args__ = (
        Index(None, "at"),
        Index(None, "actor", "seq"),
        Index(None, "thing_kind", "thing_id", "seq"),
        Index(None, "action", "seq"),
    )


def record(
    session: Session,
    actor: Actor,
    action: str,
    thing: Any,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """This will write one audit row. `before` and `after` hold only what changed, as JSON values, no secrets."""
    session.add(
        Audit(
            at=at or clock.now(),
            actor=actor.subject,
            actor_kind=actor.kind,
            actor_name=actor.name,
            acting_for=actor.acting_for,
            department_id=getattr(thing, "department_id", None) or actor.department,
            action=action,
            thing_kind=getattr(thing, "__tablename__", type(thing).__name__),
            thing_id=str(getattr(thing, "id", "")),
            thing_name=str(getattr(thing, "name", None) or getattr(thing, "name_zh", "")),
            before=before,
            after=after,
            address=actor.address,
            request_id=request_id.get(),
        )
    )


SQLITE_GUARD = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES_GUARD = """
CREATE OR REPLACE FUNCTION zt_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION zt_append_only()
"""


def append_only_ddl(table: str, dialect: str) -> list[str]:
    """The statements that make a table append-only; migrations run them, and so does `create_all` in tests."""
    if dialect == "sqlite":
        return [SQLITE_GUARD.format(table=table, verb=verb).strip() for verb in ("UPDATE", "DELETE")]
    return [POSTGRES_GUARD.format(table=table).strip()]


def append_only(model: type[Base]) -> None:
    """This will have the database refuse to change or delete rows of the model's table."""
    table = model.__table__
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.fullname, dialect):  # type: ignore[attr-defined]
            guard = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", guard.execute_if(dialect=dialect))


append_only(Audit)
