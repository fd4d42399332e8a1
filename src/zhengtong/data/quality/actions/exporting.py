"""Tables that are taken out are told in the audit."""

from dataclasses import dataclass
from datetime import datetime

from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that is taken out, as the audit names it."""

    __tablename__ = "list"
    name: str
    id: str = ""


def note_export(database: Database, actor: Actor, name: str, rows: int, *, now: datetime) -> None:
    """This will write down who took a table, and how many rows it had."""
    with database.write() as session:
        audit.record(session, actor, "quality.exported", _Table(name), after={"rows": rows}, at=now)
