"""What can be called, who called, and the proof of it."""

import csv
from datetime import datetime
from io import StringIO
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import audit, clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity
from zhengtong.sharing.gateway import schemas
from zhengtong.sharing.gateway.permissions import READ, RECHECK
from zhengtong.sharing.gateway.queries import copies, daily, descriptions, recheck, records
from zhengtong.sharing.gateway.routes.room import routes
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import Call

Which = Annotated[Literal["served", "refused"] | None, Query()]
Word = Annotated[str | None, Query(max_length=80, pattern=r"^[^\x00]*$")]
At = Annotated[datetime | None, Query()]
MOST_EXPORTED = 50_000
_COLUMNS = (
    "at",
    "receipt_id",
    "index",
    "agreement",
    "item_code",
    "item_zh",
    "operation",
    "purpose",
    "case_number",
    "served",
    "code",
    "rows",
    "about",
    "took_ms",
)


@routes.get("/share/services", needs=READ)
def list_services(session: Session, actor: Actor, q: Word = None) -> list[schemas.ServiceLine]:
    """What can be called under the agreements of one's department."""
    return copies.services(session, actor, text=q, now=clock.now())


@routes.get("/share/services/{number}/{code:path}/openapi.json", needs=READ)
def describe_service(
    session: Session, actor: Actor, number: str, code: str, settings: Given[Settings]
) -> dict[str, Any]:
    """The agreement as an OpenAPI document, for the programmer who calls it."""
    chosen = settings.of(GatewaySettings)
    return descriptions.describe(session, actor, number, code, batch=chosen.batch, now=clock.now())


@routes.get("/share/services/{number}/{code:path}", needs=READ)
def read_service(session: Session, actor: Actor, number: str, code: str) -> schemas.ServiceOut:
    """One item under one agreement: address, fields, limits, example."""
    return copies.service_out(session, actor, number, code, now=clock.now())


@routes.get("/share/monitoring", needs=READ)
def read_monitoring(session: Session, actor: Actor) -> schemas.Monitoring:
    """The last 24 hours: calls, refusals, times, copies."""
    return records.monitoring(session, actor, now=clock.now())


@routes.get("/share/use", needs=READ)
def read_daily_use(
    session: Session,
    actor: Actor,
    agreement: Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")],
    days: Annotated[int, Query(ge=1, le=92)] = 15,
) -> schemas.DailyUse:
    """How an agreement was used of late, law day by law day: served, refused, beside its daily quota."""
    return daily.daily_use(session, actor, agreement, days=days, now=clock.now())


@routes.get("/share/calls", needs=READ)
def list_calls(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    agreement: Word = None,
    item: Word = None,
    outcome: Which = None,
    since: At = None,
    until: At = None,
) -> web.Page[schemas.CallLine]:
    """Calls, the newest first: by agreement, item, outcome, time, receipt, case number."""
    found = web.paginate(
        session,
        records.find_calls(
            actor, text=page.q, agreement=agreement, item=item, outcome=outcome, since=since, until=until
        ),
        page,
        sort={"-number": Call.number},
        key=Call.receipt_id,
        item=lambda one: one,
    )
    lines = records.call_lines(session, found.items)
    return web.Page[schemas.CallLine](items=lines, next=found.next, total=found.total)


@routes.get("/share/calls/export", needs=READ)
def export_calls(
    database: Database,
    actor: Actor,
    agreement: Word = None,
    item: Word = None,
    outcome: Which = None,
    since: At = None,
    until: At = None,
) -> Response:
    """The same as a table (CSV), at most 50,000 rows; that it was taken is audited."""
    with database.read() as session:
        statement = records.find_calls(actor, agreement=agreement, item=item, outcome=outcome, since=since, until=until)
        found = session.scalars(statement.order_by(Call.number.desc()).limit(MOST_EXPORTED)).all()
        lines = records.call_lines(session, found)
    with database.write() as session:
        thing = session.get(identity.Department, actor.department) if actor.department else None
        audit.record(session, actor, "gateway.calls_exported", thing or actor, after={"rows": len(lines)})
    return Response(_csv(lines), media_type="text/csv; charset=utf-8", headers=_ATTACHED)


@routes.get("/share/receipts/{receipt_id}", needs=web.SIGNED_IN)
def read_receipt(session: Session, actor: Actor, receipt_id: UUID, settings: Given[Settings]) -> schemas.ReceiptOut:
    """A receipt with the ledger's entry and its proof: for either side, and for the system whose call it was."""
    call = records.get_call(session, actor, receipt_id)
    return records.receipt_out(session, actor, call, settings)


@routes.post("/share/receipts/{receipt_id}/recheck", needs=RECHECK)
def recheck_receipt(
    session: Session, actor: Actor, receipt_id: UUID, keyring: Given[Keyring], crypto: Given[Crypto]
) -> schemas.RecheckOut:
    """Decide the call again from its sealed inputs."""
    call = records.get_call(session, actor, receipt_id)
    found = recheck.recheck_one(session, keyring, crypto, call)
    audit.record(session, actor, "gateway.rechecked", call, after={"verdict": found.verdict})
    return schemas.RecheckOut(verdict=found.verdict, was=found.was, now=found.now)


def _csv(lines: list[schemas.CallLine]) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in lines:
        told = line.model_dump(mode="json")
        writer.writerow([_safe(told[name]) for name in _COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


_ATTACHED = {"Content-Disposition": 'attachment; filename="calls.csv"', "Cache-Control": "no-store"}
