"""Quarantined rows: listed, looked at, mended, replayed, discarded, exported."""

from io import BytesIO
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.actions.quarantine import exporting, mending, showing
from zhengtong.data.intake.permissions import MEND, READ
from zhengtong.data.intake.routes.room import routes
from zhengtong.data.intake.tables import QuarantinedRow
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given

Form = Literal["csv", "xlsx"]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Wanted = Annotated[schemas.WantedRows, Depends()]
Full = Annotated[bool, Query(description="values in full; needs the permission to see them, and is audited")]


@routes.get("/intake/quarantine", needs=READ)
def list_quarantined(session: Session, actor: Actor, page: web.PageArgs, wanted: Wanted) -> web.Page[schemas.RowLine]:
    """Quarantined rows by source, run, item, state and what they break; values masked."""
    return web.paginate(
        session,
        queries.find_rows(actor, wanted),
        page,
        sort={"-at": QuarantinedRow.at, "place": QuarantinedRow.place},
        key=QuarantinedRow.id,
        item=lambda row: queries.row_line(session, actor, row),
    )


@routes.get("/intake/quarantine/summary", needs=READ)
def summarise_quarantined(session: Session, actor: Actor, wanted: Wanted) -> schemas.SummaryOut:
    """How many rows wait, by what they break."""
    return queries.summary(session, actor, wanted)


@routes.get("/intake/quarantine/export", needs=READ)
def export_quarantined(
    database: Database, actor: Actor, wanted: Wanted, files: Given[Files], full: Full = False, form: Form = "csv"
) -> Response:
    """The rows as a table, values masked unless they may be seen in full."""
    out = BytesIO()
    exporting.export(database, actor, wanted, files, out, full=full, form=form, now=clock.now())
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'隔离数据.{form}')}",
        "Cache-Control": "no-store",
    }
    return Response(out.getvalue(), headers=told, media_type=KINDS[form])


@routes.post("/intake/quarantine/mend", needs=MEND)
def mend_quarantined(database: Database, actor: Actor, body: schemas.MendIn) -> schemas.Done:
    """Set values of one or many rows: one value, one text in place of another, or what is proposed and sure."""
    return mending.mend(database, actor, body, now=clock.now())


@routes.post("/intake/quarantine/replay", needs=MEND)
def replay_quarantined(database: Database, actor: Actor, body: schemas.ReplayIn) -> schemas.Done:
    """Judge the rows again and land those that pass, as a batch of their own."""
    return mending.replay(database, actor, body, now=clock.now())


@routes.post("/intake/quarantine/discard", needs=MEND)
def discard_quarantined(database: Database, actor: Actor, body: schemas.DiscardIn) -> schemas.Done:
    """Give the rows up, with the reason."""
    return mending.discard(database, actor, body, now=clock.now())


@routes.get("/intake/quarantine/{row_id}", needs=READ)
def read_quarantined(session: Session, actor: Actor, row_id: UUID) -> schemas.RowOut:
    """One row, masked, with the mendings that are proposed."""
    return showing.shown(session, actor, queries.get_row(session, actor, row_id), full=False, now=clock.now())


@routes.post("/intake/quarantine/{row_id}/reveal", needs=READ, shown_once=True)
def reveal_quarantined(session: Session, actor: Actor, row_id: UUID) -> schemas.RowOut:
    """One row in full, for who may see it; that it was looked at is audited."""
    return showing.shown(session, actor, queries.get_row(session, actor, row_id), full=True, now=clock.now())
