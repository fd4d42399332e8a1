"""Residents and firms. Identity numbers leave here masked."""

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import errors, rules, schemas
from zhengtong.office.identity.permissions import READ_FIRMS, READ_RESIDENTS, REVEAL_RESIDENTS
from zhengtong.office.identity.tables import Firm, Resident


def visible_residents(actor: Actor) -> Select[Resident]:
    """All residents for who may see residents; else oneself alone."""
    statement = select(Resident)
    return statement if actor.may(READ_RESIDENTS) else statement.where(Resident.id == actor.subject)


def find_residents(actor: Actor, keyring: Keyring, *, text: str | None = None) -> Select[Resident]:
    """Residents by the beginning of the name, or by the whole identity number."""
    statement = visible_residents(actor)
    if not text:
        return statement
    if len(text) == 18:
        return statement.where(Resident.id_number_index.in_(keyring.blind_indexes(Purpose.SUBJECTS, text.upper())))
    return statement.where(Resident.name.startswith(text, autoescape=True))


def get_resident(session: Session, actor: Actor, resident_id: UUID) -> Resident:
    """The resident. Raises ResidentNotFound."""
    found = session.scalar(visible_residents(actor).where(Resident.id == resident_id))
    if found is None:
        raise errors.ResidentNotFound()
    return found


def resident_by_number(session: Session, id_number: str, keyring: Keyring) -> Resident | None:
    """The resident with this identity number."""
    indexes = keyring.blind_indexes(Purpose.SUBJECTS, id_number.upper())
    return session.scalar(select(Resident).where(Resident.id_number_index.in_(indexes)))


def id_number_of(resident: Resident, keyring: Keyring) -> str:
    """The identity number, opened. Mask it before it is shown."""
    return keyring.open(Purpose.SUBJECTS, resident.id_number_sealed, resident.id.bytes).decode()


def resident_out(actor: Actor, resident: Resident, keyring: Keyring) -> schemas.ResidentOut:
    """The resident as a page may show them."""
    return schemas.ResidentOut(
        **{name: getattr(resident, name) for name in ("id", "version", "name", "active", "checked_at")},
        id_number_masked=rules.masked_id_number(id_number_of(resident, keyring)),
        phone_masked=rules.masked_phone(resident.phone or ""),
        abilities={"reveal": actor.may(REVEAL_RESIDENTS)},
    )


def visible_firms(actor: Actor) -> Select[Firm]:
    """All firms for who may see firms; else oneself alone."""
    statement = select(Firm)
    return statement if actor.may(READ_FIRMS) else statement.where(Firm.id == actor.subject)


def find_firms(actor: Actor, *, text: str | None = None) -> Select[Firm]:
    """Firms by a part of the name, or the code."""
    statement = visible_firms(actor)
    if text:
        statement = statement.where(or_(Firm.name.contains(text, autoescape=True), Firm.code == text.upper()))
    return statement


def get_firm(session: Session, actor: Actor, firm_id: UUID) -> Firm:
    """The firm. Raises FirmNotFound."""
    found = session.scalar(visible_firms(actor).where(Firm.id == firm_id))
    if found is None:
        raise errors.FirmNotFound()
    return found
