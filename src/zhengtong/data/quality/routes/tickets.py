"""Correction tickets: ask, accept, answer, confirm, ask again, withdraw, extend."""

from io import BytesIO
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from zhengtong.data.quality import actions, queries, schemas
from zhengtong.data.quality.permissions import ANSWER, EXTEND, RAISE, READ
from zhengtong.data.quality.queries import reports
from zhengtong.data.quality.routes.ground import XLSX, download, routes
from zhengtong.data.quality.tables import Ticket
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given

Which = Annotated[schemas.TicketsWanted, Depends()]


@routes.get("/quality/tickets", needs=READ)
def list_tickets(session: Session, actor: Actor, page: web.PageArgs, wanted: Which) -> web.Page[schemas.TicketLine]:
    """Correction tickets, the newest first; by how they stand, department, item, number or words."""
    now = clock.now()
    found = web.paginate(
        session,
        queries.find_tickets(actor, wanted, text=page.q, now=now),
        page,
        sort={"-opened": Ticket.opened_at, "number": Ticket.number},
        key=Ticket.id,
        item=lambda one: one,
    )
    lines = queries.lines(session, found.items, now=now)
    return web.Page[schemas.TicketLine](items=lines, next=found.next, total=found.total)


@routes.get("/quality/tickets/export", needs=READ)
def export_tickets(database: Database, actor: Actor, files: Given[Files], wanted: Which) -> Response:
    """The tickets as a table (xlsx); that it was taken is audited."""
    now = clock.now()
    with database.read() as session:
        found = session.scalars(queries.find_tickets(actor, wanted, text=None, now=now).order_by(Ticket.number))
        columns, rows = reports.tickets_sheet(queries.lines(session, found, now=now))
    actions.note_export(database, actor, "校核单", len(rows), now=now)
    out = BytesIO()
    files.write_xlsx(out, columns, rows, sheet="校核单")
    return download(out.getvalue(), "校核单.xlsx", XLSX)


@routes.post("/quality/tickets", needs=RAISE, status=201)
def open_ticket(session: Session, actor: Actor, body: schemas.TicketIn) -> schemas.TicketOut:
    """Ask the department that provides an item for a correction."""
    now = clock.now()
    queries.visible_item(session, actor, body.item_id)
    facts = {name: value for name, value in (("rows", body.rows), ("evidence", body.evidence)) if value}
    ticket = actions.open_ticket(
        session, actor, item_id=body.item_id, title=body.title, reason=body.reason, evidence=facts, now=now
    )
    session.flush()
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.get("/quality/tickets/{ticket_id}", needs=READ)
def read_ticket(session: Session, actor: Actor, ticket_id: UUID) -> schemas.TicketOut:
    """One ticket with its evidence."""
    return queries.ticket_out(session, actor, queries.get_ticket(session, actor, ticket_id), now=clock.now())


@routes.post("/quality/tickets/{ticket_id}/accept", needs=ANSWER)
def accept_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketWords) -> schemas.TicketOut:
    """Tell that the owner looks into it."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.accept(session, actor, ticket, said=body.said, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/answer", needs=ANSWER)
def answer_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketAnswer) -> schemas.TicketOut:
    """Report back: corrected, or refused with the reason."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.answer(session, actor, ticket, body, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/confirm", needs=READ)
def confirm_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketWords) -> schemas.TicketOut:
    """Close an answered ticket: it is mended, or the reason holds."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.confirm(session, actor, ticket, said=body.said, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/reopen", needs=READ)
def reopen_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketWords) -> schemas.TicketOut:
    """Ask again, with a new limit."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.reopen(session, actor, ticket, said=body.said, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/withdraw", needs=READ)
def withdraw_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketWords) -> schemas.TicketOut:
    """Take the question back."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.withdraw(session, actor, ticket, said=body.said, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/extend", needs=EXTEND)
def extend_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketExtension) -> schemas.TicketOut:
    """Give the owner further working days, with the authority's consent."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.extend(session, actor, ticket, body, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)


@routes.post("/quality/tickets/{ticket_id}/remarks", needs=READ)
def remark_ticket(session: Session, actor: Actor, ticket_id: UUID, body: schemas.TicketWords) -> schemas.TicketOut:
    """Add words to the ticket."""
    ticket, now = queries.get_ticket(session, actor, ticket_id), clock.now()
    actions.remark(session, actor, ticket, said=body.said, now=now)
    return queries.ticket_out(session, actor, ticket, now=now)
