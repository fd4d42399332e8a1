"""The peer of benchmarks.web: the same two requests in plain FastAPI and SQLAlchemy, as its documentation teaches.

A session is found by the digest of its cookie's token, the subject is checked, then its unread notices are counted, or one
notice is marked read and unread in turn; WAL and synchronous=FULL as ours. `python -m benchmarks._bare SQLITE PORT`.
"""

import hashlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import Cookie, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.orm import Session

from zhengtong.office.identity.tables import LoginSession, Subject
from zhengtong.office.notices.tables import Notice, NoticeCount

engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"check_same_thread": False})
app = FastAPI()


@event.listens_for(engine, "connect")
def prepare(connection, _):  # type: ignore[no-untyped-def]
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


class CountOut(BaseModel):
    unread: int
    urgent: int
    last: int


class NoticeOut(BaseModel):
    id: UUID
    seq: int
    kind: str
    parameters: dict[str, Any]
    urgency: str
    link: str | None
    created_at: datetime
    read_at: datetime | None


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def get_subject(zt_session: Annotated[str, Cookie()], session: Annotated[Session, Depends(get_session)]) -> Subject:
    digest = hashlib.sha256(zt_session.encode()).digest()
    row = session.scalar(select(LoginSession).where(LoginSession.token_hash == digest))
    subject = session.get(Subject, row.subject_id) if row else None
    if subject is None or not subject.active:
        raise HTTPException(401)
    return subject


@app.get("/api/v1/notices/count")
def count_notices(
    session: Annotated[Session, Depends(get_session)], subject: Annotated[Subject, Depends(get_subject)]
) -> CountOut:
    mine = (Notice.subject_id == subject.id, Notice.read_at.is_(None), Notice.withdrawn_at.is_(None))
    urgent = func.count().filter(Notice.urgency == "urgent")
    unread, pressing = session.execute(select(func.count(), urgent).select_from(Notice).where(*mine)).one()
    last = session.scalar(select(NoticeCount.last).where(NoticeCount.subject_id == subject.id)) or 0
    return CountOut(unread=unread, urgent=pressing, last=last)


@app.put("/api/v1/notices/{notice_id}/read")
def mark_read(
    notice_id: UUID,
    session: Annotated[Session, Depends(get_session)],
    subject: Annotated[Subject, Depends(get_subject)],
) -> NoticeOut:
    return mark(session, subject, notice_id, datetime.now(UTC))


@app.delete("/api/v1/notices/{notice_id}/read")
def mark_unread(
    notice_id: UUID,
    session: Annotated[Session, Depends(get_session)],
    subject: Annotated[Subject, Depends(get_subject)],
) -> NoticeOut:
    return mark(session, subject, notice_id, None)


def mark(session: Session, subject: Subject, notice_id: UUID, at: datetime | None) -> NoticeOut:
    found = session.scalar(select(Notice).where(Notice.id == notice_id, Notice.subject_id == subject.id))
    if found is None:
        raise HTTPException(404)
    found.read_at = at
    session.commit()
    return NoticeOut.model_validate(found, from_attributes=True)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
