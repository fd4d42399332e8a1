"""Where exchanges and files are arranged, looked after and fetched, and leaks traced."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Query, Response, UploadFile
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.sharing.gateway.actions import filing
from zhengtong.sharing.gateway.actions.exchange import arranging
from zhengtong.sharing.gateway.actions.exchange.arranging import Basis, Destination
from zhengtong.sharing.gateway.permissions import CHANGE_DELIVERIES, READ_DELIVERIES, TRACE_LEAK
from zhengtong.sharing.gateway.queries import deliveries as queries
from zhengtong.sharing.gateway.routes.room import routes
from zhengtong.sharing.gateway.schemas import deliveries as wire
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import Exchange, ExchangeStep, SentFile

State = Annotated[Literal["active", "paused", "held", "stopped"] | None, Query()]
Upload = Annotated[UploadFile, File()]
SHOWN = 20


@routes.get("/exchanges", needs=READ_DELIVERIES)
def list_exchanges(
    session: Session, actor: Actor, page: web.PageArgs, state: State = None
) -> web.Page[wire.ExchangeOut]:
    """Table exchanges of one's department, by agreement or item."""
    found = web.paginate(
        session,
        queries.find_exchanges(actor, text=page.q, state=state),
        page,
        sort={"-created": Exchange.created_at, "item": Exchange.item_code},
        key=Exchange.id,
        item=lambda one: one,
    )
    lines = queries.exchange_lines(session, actor, found.items)
    return web.Page[wire.ExchangeOut](items=lines, next=found.next, total=found.total)


@routes.post("/exchanges", needs=CHANGE_DELIVERIES, status=201)
def add_exchange(
    session: Session, actor: Actor, body: wire.NewExchange, keyring: Given[Keyring], settings: Given[Settings]
) -> wire.ExchangeOut:
    """Arrange an exchange; its first copy begins at once."""
    destination = Destination(body.into, body.target, body.url.get_secret_value())
    chosen = settings.of(GatewaySettings)
    one = arranging.add_exchange(
        session, actor, _basis(body), destination, keyring=keyring, chosen=chosen, now=clock.now()
    )
    return queries.exchange_out(session, actor, one)


@routes.get("/exchanges/{exchange_id}", needs=READ_DELIVERIES)
def read_exchange(session: Session, actor: Actor, exchange_id: UUID) -> wire.ExchangeOut:
    """One exchange: how far it is, what hinders it, how it compared."""
    return queries.exchange_out(session, actor, queries.get_exchange(session, actor, exchange_id))


@routes.get("/exchanges/{exchange_id}/steps", needs=READ_DELIVERIES)
def list_exchange_steps(
    session: Session, actor: Actor, exchange_id: UUID, page: web.PageArgs
) -> web.Page[wire.ExchangeStepOut]:
    """What each step brought, the newest first, with its receipt."""
    one = queries.get_exchange(session, actor, exchange_id)
    return web.paginate(
        session,
        queries.find_steps(one),
        page,
        sort={"-at": ExchangeStep.at},
        key=ExchangeStep.chunk,
        item=queries.step_out,
    )


@routes.post("/exchanges/{exchange_id}/pause", needs=CHANGE_DELIVERIES)
def pause_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """Let it rest after the step it is at."""
    arranging.pause(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.post("/exchanges/{exchange_id}/resume", needs=CHANGE_DELIVERIES)
def resume_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """Go on from where it rests."""
    arranging.resume(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.post("/exchanges/{exchange_id}/run", needs=CHANGE_DELIVERIES)
def run_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """Bring the receiver up to date now."""
    arranging.ask_again(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.post("/exchanges/{exchange_id}/reconcile", needs=CHANGE_DELIVERIES)
def reconcile_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """Have source and receiver compared; the report stands with the exchange once it is made."""
    arranging.ask_reconcile(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.post("/exchanges/{exchange_id}/confirm", needs=CHANGE_DELIVERIES)
def confirm_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """Go on with the columns as they are now; all rows are sent again."""
    arranging.confirm(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.put("/exchanges/{exchange_id}/address", needs=CHANGE_DELIVERIES)
def redirect_exchange(
    session: Session,
    actor: Actor,
    exchange_id: UUID,
    body: wire.NewAddress,
    keyring: Given[Keyring],
    settings: Given[Settings],
) -> None:
    """A new account or address of the receiver's database."""
    one, url = queries.get_exchange(session, actor, exchange_id), body.url.get_secret_value()
    chosen = settings.of(GatewaySettings)
    arranging.redirect(session, actor, one, url, keyring=keyring, chosen=chosen, now=clock.now())


@routes.delete("/exchanges/{exchange_id}", needs=CHANGE_DELIVERIES)
def stop_exchange(session: Session, actor: Actor, exchange_id: UUID) -> None:
    """End an exchange; the receiver's rows stay where they are."""
    arranging.stop(session, actor, queries.get_exchange(session, actor, exchange_id), now=clock.now())


@routes.get("/sent-files", needs=READ_DELIVERIES)
def list_sent_files(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[wire.FileOut]:
    """Files made for one's department, by agreement or item."""
    found = web.paginate(
        session,
        queries.find_files(actor, text=page.q),
        page,
        sort={"-asked": SentFile.asked_at, "item": SentFile.item_code},
        key=SentFile.id,
        item=lambda one: one,
    )
    lines = queries.file_lines(session, actor, found.items)
    return web.Page[wire.FileOut](items=lines, next=found.next, total=found.total)


@routes.post("/sent-files", needs=CHANGE_DELIVERIES, status=201)
def ask_sent_file(session: Session, actor: Actor, body: wire.NewFile, keyring: Given[Keyring]) -> wire.FileOut:
    """Have a file made; it is there to be fetched when its state is ready."""
    file = filing.ask_file(
        session, actor, _basis(body), body.format, decoys=body.decoys, keyring=keyring, now=clock.now()
    )
    return queries.file_lines(session, actor, [file])[0]


@routes.get("/sent-files/{file_id}", needs=READ_DELIVERIES)
def read_sent_file(session: Session, actor: Actor, file_id: UUID) -> wire.FileOut:
    """One file."""
    return queries.file_lines(session, actor, [queries.get_file(session, actor, file_id)])[0]


@routes.post("/sent-files/{file_id}/content", needs=READ_DELIVERIES)
def fetch_sent_file(session: Session, actor: Actor, file_id: UUID, settings: Given[Settings]) -> Response:
    """The sealed file: only its recipient's SM2 key opens it. That it was fetched is kept, so this is a POST."""
    one = queries.get_file(session, actor, file_id)
    headers = {"Content-Disposition": f'attachment; filename="{one.id.hex}.ztf"', "Cache-Control": "no-store"}
    return Response(filing.content_of(session, actor, one, settings), 200, headers, "application/octet-stream")


@routes.post("/leaks/trace", needs=TRACE_LEAK)
def trace_leak(
    session: Session,
    actor: Actor,
    item: Annotated[str, Form(max_length=40)],
    file: Upload,
    files: Given[Files],
    crypto: Given[Crypto],
    keyring: Given[Keyring],
) -> wire.TraceOut:
    """Hold a leaked copy (CSV, xlsx) against every file that was made of the item."""
    leaked = files.read_table(file.file.read(), name=file.filename or "leaked.csv")
    found = filing.trace(session, actor, leaked, item, crypto=crypto, keyring=keyring)
    shown = found[:SHOWN]
    lines = queries.file_lines(session, actor, [one.file for one in shown])
    suspects = [wire.SuspectOut.of(line, one.likeness) for line, one in zip(lines, shown, strict=True)]
    return wire.TraceOut(compared=len(found), suspects=suspects)


def _basis(body: wire.BasisIn) -> Basis:
    return Basis(body.agreement.strip(), body.item.strip(), body.system_id, body.purpose, body.case_number)
