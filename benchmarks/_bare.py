"""The peer of benchmarks.web: the same two requests in plain FastAPI and SQLAlchemy, as its documentation teaches.

A session is found by the digest of its cookie's token, the subject is checked, then one department is read, or the
subject's language is written; WAL and synchronous=FULL as ours. `python -m benchmarks._bare SQLITE PORT`.
"""

import hashlib
import sys
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import Cookie, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session

from zhengtong.office.identity.tables import Department, Language, LoginSession, Subject

engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"check_same_thread": False})
app = FastAPI()


@event.listens_for(engine, "connect")
def prepare(connection, _):  # type: ignore[no-untyped-def]
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


class DepartmentOut(BaseModel):
    id: UUID
    name_zh: str
    name_en: str
    short_name: str
    code: str | None
    level: str
    kind: str
    parent_id: UUID | None
    version: int


class LanguageIn(BaseModel):
    language: str


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


@app.get("/api/v1/departments/{department_id}")
def get_department(
    department_id: UUID,
    session: Annotated[Session, Depends(get_session)],
    subject: Annotated[Subject, Depends(get_subject)],
) -> DepartmentOut:
    found = session.get(Department, department_id)
    if found is None:
        raise HTTPException(404)
    return DepartmentOut.model_validate(found, from_attributes=True)


@app.put("/api/v1/session/language")
def choose_language(
    body: LanguageIn,
    session: Annotated[Session, Depends(get_session)],
    subject: Annotated[Subject, Depends(get_subject)],
) -> LanguageIn:
    row = session.get(Language, subject.id) or Language(subject_id=subject.id)
    row.language = body.language
    session.add(row)
    session.commit()
    return body


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
