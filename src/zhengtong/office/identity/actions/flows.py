"""Steps that wait for an answer: kept for one browser, a few minutes, taken once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.tables.sign_in import Flow

LASTS = timedelta(minutes=10)


def put(session: Session, owner: str, kind: str, challenge: bytes, *, now: datetime, **kept: Any) -> None:
    """This will keep a step for its owner (a secret of the browser, or a session's id), in place of an earlier one."""
    key = rules.token_hash(owner)
    session.execute(delete(Flow).where(Flow.owner == key, Flow.kind == kind))
    session.add(Flow(owner=key, kind=kind, challenge=challenge, kept=kept, ends_at=now + LASTS))
    session.flush()


def take(session: Session, owner: str, kind: str, *, now: datetime) -> Flow:
    """The waiting step, which is then gone. Raises StepLost."""
    row = session.get(Flow, (rules.token_hash(owner), kind), with_for_update=True) if owner else None
    if row is None or row.ends_at <= now:
        raise errors.StepLost()
    session.delete(row)
    session.flush()
    return row
