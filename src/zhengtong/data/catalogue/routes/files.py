"""Items by file: proposed from one, imported after a preview, taken back, exported, the template."""

from io import BytesIO
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, File, Query, Response, UploadFile
from pydantic_core import to_json
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import actions, queries, rules, schemas
from zhengtong.data.catalogue.permissions import EDIT, READ
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.tables import Import, Item
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given

Form = Literal["xlsx", "json"]
Upload = Annotated[UploadFile, File()]
Plan = Annotated[str, Query(max_length=64, description="`plan` of the preview")]
LeaveOut = Annotated[bool, Query(description="import the others when some items are wrong")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKED_AT = 2_000


@routes.post("/catalogue/proposals/preview", needs=EDIT)
def preview_proposal(database: Database, file: Upload, files: Given[Files]) -> schemas.ProposalOut:
    """What a file (xlsx, CSV, JSON) would make as an item: fields, elements, levels, duplicates. Nothing is kept."""
    name = file.filename or "file"
    table = files.read_table(file.file.read(), name=name)
    rows = table.dicts()[:LOOKED_AT]
    samples = [rules.Sample(column, "", [row[column] for row in rows]) for column in table.columns]
    with database.read() as session:
        return queries.proposal_out(session, name.rpartition(".")[0] or name, samples, rows=len(rows), now=clock.now())


@routes.post("/catalogue/items/preview", needs=EDIT)
def preview_items(database: Database, actor: Actor, file: Upload, files: Given[Files]) -> schemas.ImportPlan:
    """What importing a file of items would do: new, changed, unchanged, wrong by row and column. Nothing is kept."""
    table = files.read_table(file.file.read(), name=file.filename or "file")
    with database.read() as session:
        return queries.plan_out(queries.plan_items(session, actor, queries.read_file(session, table)))


@routes.post("/catalogue/items/import", needs=EDIT)
def import_items(
    database: Database,
    actor: Actor,
    file: Upload,
    files: Given[Files],
    plan: Plan,
    leave_out_wrong: LeaveOut = False,
) -> schemas.ImportOut:
    """Make drafts and revisions of a file's items, provided that it does what the preview showed."""
    name = file.filename or "file"
    table = files.read_table(file.file.read(), name=name)
    with database.write() as session:
        read = queries.read_file(session, table)
        done = actions.import_items(
            session, actor, read, plan=plan, name=name, leave_out_wrong=leave_out_wrong, now=clock.now()
        )
        session.flush()
        return queries.import_out(session, done)


@routes.get("/catalogue/imports", needs=EDIT)
def list_imports(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.ImportOut]:
    """The imports, newest first."""
    return web.paginate(
        session,
        queries.visible_imports(actor),
        page,
        sort={"-at": Import.at},
        key=Import.id,
        item=lambda done: queries.import_out(session, done),
    )


@routes.post("/catalogue/imports/{import_id}/undo", needs=EDIT)
def undo_import(session: Session, actor: Actor, import_id: UUID) -> schemas.ImportOut:
    """Take an import back while all of it is draft."""
    done = queries.get_import(session, actor, import_id)
    actions.undo_import(session, actor, done, now=clock.now())
    session.flush()
    return queries.import_out(session, done)


@routes.get("/catalogue/export", needs=READ)
def export_items(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    wanted: Annotated[schemas.Wanted, Depends()],
    files: Given[Files],
    form: Form = "xlsx",
) -> Response:
    """Items as a file that can be imported again; the same filters as the list."""
    statement = queries.find_items(actor, text=page.q, wanted=wanted).order_by(Item.code)
    rows = queries.export_rows(session, session.scalars(statement))
    return _file(files, form, list(rows), "数据目录")


@routes.get("/catalogue/template", needs=READ)
def read_template(files: Given[Files]) -> Response:
    """The template of the bulk import, with one example."""
    return _file(files, "xlsx", queries.example_rows(), "数据目录模板")


def _file(files: Files, form: Form, rows: list[list[str]], name: str) -> Response:
    columns = list(rules.COLUMNS)
    if form == "json":
        content, kind = to_json([dict(zip(columns, row, strict=True)) for row in rows], indent=1), "application/json"
    else:
        out = BytesIO()
        files.write_xlsx(out, columns, rows, sheet="数据目录")
        content, kind = out.getvalue(), XLSX
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=told, media_type=kind)
