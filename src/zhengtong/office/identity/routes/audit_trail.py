"""The audit trail."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given
from zhengtong.office.identity import queries, schemas
from zhengtong.office.identity.actions import exports
from zhengtong.office.identity.permissions import EXPORT_AUDIT, READ_AUDIT
from zhengtong.office.identity.queries import Sought
from zhengtong.office.identity.routes.downloads import csv_of, spooled
from zhengtong.office.identity.routes.room import routes

Word = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


async def _sought(
    who: Annotated[UUID | None, Query(alias="actor", description="who did it")] = None,
    action: Annotated[Word, Query(description="the deed, or its beginning: `identity.`")] = None,
    thing_kind: Word = None,
    thing_id: Word = None,
    department: UUID | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    q: Annotated[Word, Query(description="part of who did it, or of what it was done to")] = None,
) -> Sought:
    return Sought(who, action, thing_kind, thing_id, department, since, until, q)


SoughtArgs = Annotated[Sought, Depends(_sought)]


@routes.get("/audit", needs=READ_AUDIT)
def list_audit(session: Session, actor: Actor, page: web.PageArgs, sought: SoughtArgs) -> web.Page[schemas.AuditLine]:
    """Who did what, newest first."""
    return web.paginate(
        session,
        queries.find_audit(actor, sought),
        page,
        sort={"-seq": Audit.seq},
        key=Audit.seq,
        item=queries.audit_line,
    )


@routes.get("/audit/actions", needs=READ_AUDIT)
def list_audit_actions(session: Session, actor: Actor) -> schemas.AuditActions:
    """The kinds of deeds, with their labels."""
    return queries.audit_actions()


@routes.get("/audit/export", needs=EXPORT_AUDIT)
def export_audit(database: Database, actor: Actor, files: Given[Files], sought: SoughtArgs) -> StreamingResponse:
    """The deeds sought, as CSV. The export is itself told in the trail."""
    out, now = spooled(), clock.now()
    exports.export_audit(database, actor, sought, files, out, now=now)
    return csv_of(out, f"审计记录-{now:%Y%m%d-%H%M}.csv")


@routes.get("/audit/{seq}", needs=READ_AUDIT)
def read_audit(session: Session, actor: Actor, seq: int) -> schemas.AuditDetail:
    """One deed, with what it changed field by field."""
    return queries.audit_detail(session, queries.get_audit(session, actor, seq))
