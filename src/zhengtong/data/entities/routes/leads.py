"""Leads: the board, the list, one with its evidence, and what a bureau does with it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.orm import Session

from zhengtong.data.entities import actions, queries, schemas
from zhengtong.data.entities.permissions import FOLLOW, READ_LEADS
from zhengtong.data.entities.routes.room import routes
from zhengtong.data.entities.tables import Lead
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor


@routes.get("/leads", needs=READ_LEADS)
def list_leads(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.LeadsWanted, Depends()]
) -> web.Page[schemas.LeadLine]:
    """Leads by number or name, by state, rule, department."""
    found = web.paginate(
        session,
        queries.find_leads(actor, wanted, text=page.q),
        page,
        sort={"-found": Lead.found_at, "number": Lead.number, "changed": Lead.changed_at},
        key=Lead.id,
        item=lambda lead: lead,
    )
    lines = queries.lead_lines(session, found.items, now=clock.now())
    return web.Page(items=lines, next=found.next, total=found.total)


@routes.get("/leads/board", needs=READ_LEADS)
def read_lead_board(session: Session, actor: Actor) -> schemas.LeadBoard:
    """How many leads stand where."""
    return queries.board_out(session, actor, now=clock.now())


@routes.get("/leads/{lead_id}", needs=READ_LEADS)
def read_lead(session: Session, actor: Actor, lead_id: UUID) -> schemas.LeadOut:
    """One lead with its evidence and how it was followed up."""
    return queries.lead_out(session, actor, queries.get_lead(session, actor, lead_id), now=clock.now())


@routes.post("/leads/{lead_id}/assign", needs=FOLLOW)
def assign_lead(
    session: Session, actor: Actor, lead_id: UUID, body: schemas.LeadAssignIn, if_match: web.IfMatch = None
) -> schemas.LeadOut:
    """Give a lead to a person of its department."""
    lead = _as_read(session, actor, lead_id, if_match)
    actions.assign_lead(session, actor, lead, body.person_id, now=clock.now())
    return _after(session, actor, lead)


@routes.post("/leads/{lead_id}/close", needs=FOLLOW)
def close_lead(
    session: Session, actor: Actor, lead_id: UUID, body: schemas.LeadCloseIn, if_match: web.IfMatch = None
) -> schemas.LeadOut:
    """Settle a lead: confirmed, explained or dismissed, with the reason."""
    lead = _as_read(session, actor, lead_id, if_match)
    actions.close_lead(session, actor, lead, body.outcome, reason=body.reason, now=clock.now())
    return _after(session, actor, lead)


@routes.post("/leads/{lead_id}/reopen", needs=FOLLOW)
def reopen_lead(
    session: Session, actor: Actor, lead_id: UUID, body: schemas.LeadReopenIn, if_match: web.IfMatch = None
) -> schemas.LeadOut:
    """Take up an explained or dismissed lead again."""
    lead = _as_read(session, actor, lead_id, if_match)
    actions.reopen_lead(session, actor, lead, reason=body.reason, now=clock.now())
    return _after(session, actor, lead)


def _as_read(session: Session, actor: Actor, lead_id: UUID, if_match: str | None) -> Lead:
    lead = queries.get_lead(session, actor, lead_id)
    web.check_version(lead.version, if_match)
    return lead


def _after(session: Session, actor: Actor, lead: Lead) -> schemas.LeadOut:
    session.flush()
    return queries.lead_out(session, actor, lead, now=clock.now())
