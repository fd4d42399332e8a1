"""Residents and firms."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.web import Given
from zhengtong.office.identity import queries, schemas
from zhengtong.office.identity.actions import registers as actions
from zhengtong.office.identity.permissions import (
    READ_FIRMS,
    READ_RESIDENTS,
    REGISTER_FIRMS,
    REGISTER_RESIDENTS,
    REVEAL_RESIDENTS,
)
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import Firm, Resident


@routes.get("/residents", needs=READ_RESIDENTS)
def list_residents(
    session: Session, actor: Actor, page: web.PageArgs, keyring: Given[Keyring]
) -> web.Page[schemas.ResidentOut]:
    """Residents by the beginning of the name, or by the whole identity number. Numbers are masked."""
    return web.paginate(
        session,
        queries.find_residents(actor, keyring, text=page.q),
        page,
        sort={"-registered": Resident.created_at, "name": Resident.name},
        key=Resident.id,
        item=lambda resident: queries.resident_out(actor, resident, keyring),
    )


@routes.get("/residents/{resident_id}", needs=READ_RESIDENTS)
def read_resident(session: Session, actor: Actor, resident_id: UUID, keyring: Given[Keyring]) -> schemas.ResidentOut:
    """One resident, with the number masked."""
    return queries.resident_out(actor, queries.get_resident(session, actor, resident_id), keyring)


@routes.post("/residents", needs=REGISTER_RESIDENTS, status=201)
def register_resident(
    session: Session, actor: Actor, body: schemas.NewResident, keyring: Given[Keyring]
) -> schemas.ResidentOut:
    """Register a resident."""
    resident = actions.register_resident(session, actor, body, keyring, now=clock.now())
    return queries.resident_out(actor, resident, keyring)


@routes.post("/residents/{resident_id}/reveal", needs=REVEAL_RESIDENTS, shown_once=True)
def reveal_id_number(
    session: Session, actor: Actor, resident_id: UUID, body: schemas.Purpose, keyring: Given[Keyring]
) -> schemas.IdNumberOut:
    """The whole identity number, for a purpose that goes into the audit."""
    resident = queries.get_resident(session, actor, resident_id)
    number = actions.reveal_id_number(session, actor, resident, body.purpose, keyring, now=clock.now())
    return schemas.IdNumberOut(id_number=number)


@routes.get("/firms", needs=READ_FIRMS)
def list_firms(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.FirmOut]:
    """Firms by a part of the name, or the code."""
    return web.paginate(
        session,
        queries.find_firms(actor, text=page.q),
        page,
        sort={"-registered": Firm.created_at, "name": Firm.name},
        key=Firm.id,
        item=schemas.FirmOut.of,
    )


@routes.get("/firms/{firm_id}", needs=READ_FIRMS)
def read_firm(session: Session, actor: Actor, firm_id: UUID) -> schemas.FirmOut:
    """One firm."""
    return schemas.FirmOut.of(queries.get_firm(session, actor, firm_id))


@routes.post("/firms", needs=REGISTER_FIRMS, status=201)
def register_firm(session: Session, actor: Actor, body: schemas.NewFirm) -> schemas.FirmOut:
    """Register a firm."""
    return schemas.FirmOut.of(actions.register_firm(session, actor, body, now=clock.now()))
