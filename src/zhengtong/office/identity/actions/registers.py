"""Registering residents and firms. 实名: names and numbers are checked by their form and check digits."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.permissions import REGISTER_FIRMS, REGISTER_RESIDENTS, REVEAL_RESIDENTS
from zhengtong.office.identity.tables import Firm, Resident


def register_resident(
    session: Session, actor: Actor, new: schemas.NewResident, keyring: Keyring, *, now: datetime
) -> Resident:
    """This will register a resident. The identity number is kept sealed, with a blind index to find it by.

    Needs REGISTER_RESIDENTS. Raises SomeFieldsWrong, ResidentKnown.
    """
    require(actor, REGISTER_RESIDENTS, now=now)
    faults = rules.resident_faults(name=new.name, id_number=new.id_number, phone=new.phone, on=rules.law_day(now))
    if faults:
        raise errors.SomeFieldsWrong(count=len(faults), fields=faults)
    if queries.resident_by_number(session, new.id_number, keyring) is not None:
        raise errors.ResidentKnown()
    one = new_id()
    resident = Resident(
        id=one,
        name=new.name,
        active=True,
        created_at=now,
        checked_at=now,
        phone=new.phone or None,
        id_number_sealed=keyring.seal(Purpose.SUBJECTS, new.id_number.encode(), one.bytes),
        id_number_index=keyring.blind_index(Purpose.SUBJECTS, new.id_number),
    )
    session.add(resident)
    session.flush()
    audit.record(session, actor, "identity.resident_registered", resident, at=now)
    announce(session, events.SubjectRegistered(resident.id, "resident"))
    return resident


def reveal_id_number(
    session: Session, actor: Actor, resident: Resident, purpose: str, keyring: Keyring, *, now: datetime
) -> str:
    """This will give the whole identity number and note who saw it and for what. Needs REVEAL_RESIDENTS."""
    require(actor, REVEAL_RESIDENTS, now=now)
    audit.record(session, actor, "identity.id_number_revealed", resident, after={"purpose": purpose}, at=now)
    return queries.id_number_of(resident, keyring)


def register_firm(session: Session, actor: Actor, new: schemas.NewFirm, *, now: datetime) -> Firm:
    """This will register a firm. Needs REGISTER_FIRMS. Raises SomeFieldsWrong, FirmKnown."""
    require(actor, REGISTER_FIRMS, now=now)
    faults = rules.firm_faults(name=new.name, code=new.code, phone=new.phone)
    if faults:
        raise errors.SomeFieldsWrong(count=len(faults), fields=faults)
    if session.scalar(select(Firm.id).where(Firm.code == new.code)):
        raise errors.FirmKnown(code=new.code)
    values = {**new.model_dump(), "phone": new.phone or None}
    firm = Firm(id=new_id(), active=True, created_at=now, checked_at=now, **values)
    session.add(firm)
    session.flush()
    audit.record(session, actor, "identity.firm_registered", firm, after=values, at=now)
    announce(session, events.SubjectRegistered(firm.id, "firm"))
    return firm
