"""Lists to keep: the registers, doubtful pairs, leads, as a workbook or CSV; masked as the pages show them."""

from io import BytesIO
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Query, Response

from zhengtong.data.entities import actions, schemas
from zhengtong.data.entities.permissions import READ, READ_LEADS
from zhengtong.data.entities.routes.room import routes
from zhengtong.data.entities.rules import Kind
from zhengtong.engines.crypto import Keyring
from zhengtong.engines.files import Files
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given

Form = Literal["xlsx", "csv"]
Words = Annotated[str | None, Query(max_length=200)]
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@routes.get("/entities/registers/{kind}/export", needs=READ)
def export_register(
    database: Database,
    actor: Actor,
    kind: Kind,
    wanted: Annotated[schemas.Wanted, Depends()],
    files: Given[Files],
    keyring: Given[Keyring],
    q: Words = None,
    form: Form = "xlsx",
) -> Response:
    """A register as a table, persons masked; that it was taken is audited."""
    sheet = actions.Sheet(files, BytesIO(), form)
    actions.export_entities(database, actor, kind, wanted, sheet, keyring, text=q, now=clock.now())
    return _download(sheet, "企业登记" if kind is Kind.FIRM else "人员登记")


@routes.get("/entities/reviews/waiting/export", needs=READ)
def export_pairs(
    database: Database, actor: Actor, files: Given[Files], kind: Kind | None = None, form: Form = "xlsx"
) -> Response:
    """The doubtful pairs that wait, as a table, masked."""
    sheet = actions.Sheet(files, BytesIO(), form)
    actions.export_pairs(database, actor, kind, sheet, now=clock.now())
    return _download(sheet, "待核对")


@routes.get("/leads/export", needs=READ_LEADS)
def export_leads(
    database: Database,
    actor: Actor,
    wanted: Annotated[schemas.LeadsWanted, Depends()],
    files: Given[Files],
    q: Words = None,
    form: Form = "xlsx",
) -> Response:
    """The leads that the reader may see, as a table."""
    sheet = actions.Sheet(files, BytesIO(), form)
    actions.export_leads(database, actor, wanted, sheet, text=q, now=clock.now())
    return _download(sheet, "线索")


def _download(sheet: actions.Sheet, name: str) -> Response:
    assert isinstance(sheet.out, BytesIO)
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{sheet.form}')}",
        "Cache-Control": "no-store",
    }
    return Response(sheet.out.getvalue(), headers=told, media_type=KINDS[sheet.form])
