"""Imports of departments and people."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Query, UploadFile
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import exports
from zhengtong.office.identity.actions import imports as actions
from zhengtong.office.identity.permissions import IMPORT
from zhengtong.office.identity.routes.downloads import csv_of, spooled
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import ImportDraft

Kind = Literal["departments", "people"]
NAMES = {"departments": "部门", "people": "人员"}


@routes.get("/imports", needs=IMPORT)
def list_imports(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.ImportLine]:
    """Imports, newest first."""
    return web.paginate(
        session,
        queries.find_imports(actor),
        page,
        sort={"-uploaded": ImportDraft.uploaded_at},
        key=ImportDraft.id,
        item=lambda draft: queries.import_line(actor, draft, queries.uploader_name(session, draft)),
    )


@routes.get("/imports/template/{kind}", needs=IMPORT)
def read_template(session: Session, actor: Actor, kind: Kind, files: Given[Files]) -> StreamingResponse:
    """An empty list with the headers that the import reads."""
    out = spooled()
    exports.write_template(kind, files, out)
    return csv_of(out, f"{NAMES[kind]}导入模板.csv")


@routes.post("/imports/{kind}", needs=IMPORT, status=201)
def upload_import(
    database: Database, actor: Actor, kind: Kind, file: Annotated[UploadFile, File()], files: Given[Files]
) -> schemas.ImportOut:
    """Upload a list (CSV or xlsx) and see what importing it would do. Nothing counts until it is confirmed."""
    name, now = file.filename or "file", clock.now()
    table = actions.read_list(files, file.file.read(), name)
    with database.write() as session:
        draft = actions.keep_draft(session, actor, kind, name, table, now=now)
    with database.read() as session:
        return queries.import_out(session, actor, draft, on=rules.law_day(now))


@routes.get("/imports/{import_id}", needs=IMPORT)
def read_import(session: Session, actor: Actor, import_id: UUID) -> schemas.ImportOut:
    """One import, with what confirming it would do as things stand."""
    now = clock.now()
    draft = queries.get_import(session, actor, import_id, now=now)
    return queries.import_out(session, actor, draft, on=rules.law_day(now))


@routes.get("/imports/{import_id}/rows", needs=IMPORT)
def list_import_rows(
    session: Session,
    actor: Actor,
    import_id: UUID,
    outcome: rules.Outcome | None = None,
    after: Annotated[int, Query(ge=0, description="number of the last row seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.ImportRows:
    """What importing each row would do, in the file's order."""
    now = clock.now()
    draft = queries.get_import(session, actor, import_id, now=now)
    found = [one for one in _plan(session, actor, draft) if outcome in (None, one.outcome)]
    left = [one for one in found if one.row > after]
    following = left[limit - 1].row if len(left) > limit else None
    items = [queries.import_row(draft.kind, one) for one in left[:limit]]
    return schemas.ImportRows(items=items, next=following, total=len(found))


@routes.get("/imports/{import_id}/errors.csv", needs=IMPORT)
def read_import_errors(session: Session, actor: Actor, import_id: UUID, files: Given[Files]) -> StreamingResponse:
    """The wrong rows with their reasons, to be mended and uploaded again."""
    draft, out = queries.get_import(session, actor, import_id, now=clock.now()), spooled()
    exports.export_errors(draft.kind, _plan(session, actor, draft), draft.failed, files, out)
    return csv_of(out, f"{NAMES[draft.kind]}导入错误.csv")


@routes.post("/imports/{import_id}/confirm", needs=IMPORT, status=202)
def confirm_import(session: Session, actor: Actor, import_id: UUID, body: schemas.Confirm) -> schemas.ImportOut:
    """Have an import carried out, provided that it would do what was seen."""
    now = clock.now()
    draft = queries.get_import(session, actor, import_id, now=now, lock=True)
    actions.confirm_import(session, actor, draft, body, now=now)
    return queries.import_out(session, actor, draft, on=rules.law_day(now))


@routes.post("/imports/{import_id}/discard", needs=IMPORT)
def discard_import(session: Session, actor: Actor, import_id: UUID) -> schemas.ImportOut:
    """Throw a draft away."""
    now = clock.now()
    draft = queries.get_import(session, actor, import_id, now=now, lock=True)
    actions.discard_import(session, actor, draft, now=now)
    return queries.import_out(session, actor, draft, on=rules.law_day(now))


def _plan(session: Session, actor: Actor, draft: ImportDraft) -> Sequence[rules.RowPlan]:
    if draft.state != "draft":
        return []
    return queries.plan_of(session, actor, draft, on=rules.law_day(clock.now()))
