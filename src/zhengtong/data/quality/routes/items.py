"""The board, items, measurements, samples, reports."""

from io import BytesIO
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from zhengtong.data.quality import actions, queries, schemas
from zhengtong.data.quality.permissions import MEASURE, READ, REVEAL
from zhengtong.data.quality.queries import reports
from zhengtong.data.quality.routes.ground import XLSX, download, routes
from zhengtong.data.quality.settings import QualitySettings
from zhengtong.data.quality.tables import Standing
from zhengtong.engines.compute import Compute
from zhengtong.engines.files import Files
from zhengtong.engines.lake import Lake
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity

Sheet = Literal["xlsx", "csv"]
Form = Literal["pdf", "html", "xlsx", "csv"]
KINDS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8", "xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@routes.get("/quality/words", needs=READ)
def read_quality_words(session: Session) -> schemas.QualityWords:
    """Dimensions, grades, severities and forms with their sources; functions of row rules; code lists."""
    return queries.words(session, queries.pack())


@routes.get("/quality/board", needs=READ)
def read_quality_board(session: Session, actor: Actor, department: UUID | None = None) -> schemas.QualityBoard:
    """How everything stands that the reader may see: by month, by department, the worst, tickets due."""
    return queries.board(session, actor, department_id=department, now=clock.now())


@routes.get("/quality/items", needs=READ)
def list_quality_items(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.Wanted, Depends()]
) -> web.Page[schemas.QualityLine]:
    """Measured items, the lowest score first; by grade, department, failing rules, name, pinyin or code."""
    found = web.paginate(
        session,
        queries.find_standings(actor, wanted, text=page.q),
        page,
        sort={"score": Standing.score, "measured": Standing.at, "failing": Standing.failing, "rows": Standing.rows},
        key=Standing.item_id,
        item=lambda one: one,
    )
    lines = queries.standing_lines(session, found.items)
    return web.Page[schemas.QualityLine](items=lines, next=found.next, total=found.total)


@routes.get("/quality/items/export", needs=READ)
def export_quality_items(
    database: Database,
    actor: Actor,
    files: Given[Files],
    wanted: Annotated[schemas.Wanted, Depends()],
    q: Annotated[str | None, Query(max_length=200)] = None,
    form: Sheet = "xlsx",
) -> Response:
    """How all measured items stand, as a table; that it was taken is audited."""
    with database.read() as session:
        found = session.scalars(queries.find_standings(actor, wanted, text=q).order_by(Standing.score))
        columns, rows = reports.items_sheet(queries.standing_lines(session, found))
    actions.note_export(database, actor, "数据质量", len(rows), now=clock.now())
    return download(_sheet(files, form, columns, rows), f"数据质量.{form}", KINDS[form])


@routes.get("/quality/board/export", needs=READ)
def export_quality_board(
    database: Database, actor: Actor, files: Given[Files], department: UUID | None = None, form: Sheet = "xlsx"
) -> Response:
    """The board as a table: departments by month."""
    with database.read() as session:
        columns, rows = reports.board_sheet(queries.board(session, actor, department_id=department, now=clock.now()))
    actions.note_export(database, actor, "数据质量看板", len(rows), now=clock.now())
    return download(_sheet(files, form, columns, rows), f"数据质量看板.{form}", KINDS[form])


@routes.get("/quality/items/{item_id}", needs=READ)
def read_item_quality(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemQuality:
    """The quality of one item: its latest measurement, rules with what they found, history."""
    return queries.item_out(session, actor, queries.visible_item(session, actor, item_id))


@routes.post("/quality/items/{item_id}/measure", needs=MEASURE, status=202)
def measure_quality(session: Session, actor: Actor, item_id: UUID) -> schemas.MeasurementRequested:
    """Measure the item now; look again for a measurement after `asked_at`."""
    now = clock.now()
    actions.measure_now(session, actor, queries.visible_item(session, actor, item_id), now=now)
    return schemas.MeasurementRequested(asked_at=now)


@routes.get("/quality/items/{item_id}/rules/{rule_id}/samples", needs=READ)
def read_failing_rows(
    database: Database, actor: Actor, item_id: UUID, rule_id: UUID, compute: Given[Compute], lake: Given[Lake]
) -> schemas.FailingRowsOut:
    """Some of the rows that fail a rule now; keys and sensitive fields masked."""
    with database.read() as session:
        item, one, fields = queries.sampled(session, actor, item_id, rule_id)
        subject = queries.subject(session, item, today=identity.law_day(clock.now()), only=(one,))
    names = tuple(field.name for field in fields)
    failed, rows = queries.failing_rows(compute, lake, subject, one, fields=names)
    return queries.samples_out(rule_id, failed, fields, rows)


@routes.post("/quality/items/{item_id}/rules/{rule_id}/samples", needs=REVEAL)
def reveal_failing_rows(
    database: Database,
    actor: Actor,
    item_id: UUID,
    rule_id: UUID,
    body: schemas.RevealPurpose,
    compute: Given[Compute],
    lake: Given[Lake],
) -> schemas.FailingRowsOut:
    """The same rows whole, for a purpose that is kept in the audit trail."""
    with database.write() as session:
        item, one, fields = queries.sampled(session, actor, item_id, rule_id)
        actions.note_reveal(session, actor, item, rule_id, purpose=body.purpose, now=clock.now())
        subject = queries.subject(session, item, today=identity.law_day(clock.now()), only=(one,))
    names = tuple(field.name for field in fields)
    failed, rows = queries.failing_rows(compute, lake, subject, one, fields=names)
    return queries.samples_out(rule_id, failed, fields, rows, whole=True)


@routes.get("/quality/items/{item_id}/report", needs=READ)
def read_quality_report(
    database: Database,
    actor: Actor,
    item_id: UUID,
    files: Given[Files],
    settings: Given[Settings],
    compute: Given[Compute],
    lake: Given[Lake],
    form: Form = "pdf",
) -> Response:
    """The latest measurement as a report: PDF, a table (xlsx, csv), or measured anew by pointblank (html)."""
    now = clock.now()
    with database.read() as session:
        item = queries.visible_item(session, actor, item_id)
        told = reports.report_of(session, actor, item, now=now)
        subject = queries.subject(session, item, today=identity.law_day(now))
    if form == "pdf":
        content = reports.pdf(told, fonts=settings.of(QualitySettings).fonts)
    elif form == "html":
        content = reports.html(compute, lake, subject, told)
    else:
        content = _sheet(files, form, *reports.rules_sheet(told))
    return download(content, f"数据质量 {told.item.name_zh}.{form}", KINDS[form])


def _sheet(files: Files, form: str, columns: list[str], rows: list[list[str]]) -> bytes:
    if form == "csv":
        return reports.csv(columns, rows)
    out = BytesIO()
    files.write_xlsx(out, columns, rows, sheet="数据质量")
    return out.getvalue()
