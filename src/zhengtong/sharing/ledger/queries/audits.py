"""The audit trail's head: what an anchored digest stands for, so that a changed or missing row is found."""

import json
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from zhengtong.kernel.audit import Audit
from zhengtong.sharing.ledger.rules import Entry
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerEntry

AT_ONCE = 2_000


def told(value: Any) -> bytes:
    """Anything that is kept, as bytes that are the same each time."""
    return json.dumps(to_jsonable_python(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def last_head(session: Session) -> Entry | None:
    """The newest anchored head of the trail."""
    statement = select(LedgerEntry.entry).where(LedgerEntry.type == "audit.head@1")
    data = session.scalar(statement.order_by(LedgerEntry.index.desc()).limit(1))
    return Entry.of(data) if data else None


def digest_of(session: Session, since: int, last: int, chained: str) -> str:
    """The digest of the rows after `since` up to `last`, each chained to the one before, beginning with the former head's."""
    columns = [column.key for column in inspect(Audit).column_attrs]
    digest = bytes.fromhex(chained) if chained else bytes(32)
    while since < last:
        rows = select(Audit).where(Audit.seq > since, Audit.seq <= last).order_by(Audit.seq).limit(AT_ONCE)
        found = list(session.scalars(rows))
        if not found:
            break
        for row in found:
            digest = sm3(digest + told({name: getattr(row, name) for name in columns}))
        since = found[-1].seq
    return digest.hex()


def altered_audit(session: Session) -> int | None:
    """The `seq` of the first anchored head that the trail no longer fits; None where it fits all."""
    since, chained = 0, ""
    for data in session.scalars(
        select(LedgerEntry.entry).where(LedgerEntry.type == "audit.head@1").order_by(LedgerEntry.index)
    ):
        body = Entry.of(data).body
        if digest_of(session, since, body["seq"], chained) != body["digest"]:
            return int(body["seq"])
        since, chained = body["seq"], body["digest"]
    return None
