"""What can be asked about signing in: factors, sessions, devices, posts to choose from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.settings import Settings
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries.grants import Posting
from zhengtong.office.identity.queries.registers import resident_by_number
from zhengtong.office.identity.rules import identifiers
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Account, Caller, Stage
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables import sign_in as tables

KNOWN_ADDRESS_FOR = timedelta(days=30)
ID_NUMBER_LENGTH = 18


def limits(settings: IdentitySettings) -> rules.Limits:
    """How long sessions last in this city."""
    return rules.Limits(idle=settings.idle, absolute=settings.absolute)


def limits_in(settings: Settings) -> rules.Limits:
    """As `limits`, from all settings."""
    return limits(settings.of(IdentitySettings))


def subject_of_login(session: Session, login: str, keyring: Keyring) -> organisation.Subject | None:
    """The active subject who signs in with this name: staff by login name, residents by identity number, firms by code."""
    typed = login.strip()
    person, firm = organisation.Person, organisation.Firm
    found: organisation.Subject | None = session.scalar(select(person).where(person.login == typed.casefold()))
    if found is None and identifiers.is_code(typed.upper()):
        found = session.scalar(select(firm).where(firm.code == typed.upper()))
    if found is None and len(typed) == ID_NUMBER_LENGTH:
        found = resident_by_number(session, typed, keyring)
    return found if found and found.active else None


def last_post(session: Session, subject_id: UUID) -> UUID | None:
    """The post of one's own that the subject last acted in."""
    row = tables.LoginSession
    statement = select(row.post_id).where(
        row.subject_id == subject_id, row.post_id.is_not(None), row.acting_id.is_(None)
    )
    return session.scalar(statement.order_by(row.last_seen_at.desc()).limit(1))


def login_of(subject: organisation.Subject) -> str:
    """The name a subject signs in with; empty for those who have none."""
    return subject.login if isinstance(subject, organisation.Person) else ""


def live_session(
    session: Session, token: str, *, limits: rules.Limits, now: datetime
) -> tuple[tables.LoginSession, organisation.Subject] | None:
    """The session this token opens, and whose it is; None when there is none, it is over, or its subject is inactive."""
    if not token:
        return None
    found = session.execute(
        select(tables.LoginSession, organisation.Subject)
        .join(organisation.Subject, organisation.Subject.id == tables.LoginSession.subject_id)
        .where(tables.LoginSession.token_hash == rules.token_hash(token), tables.LoginSession.ended_at.is_(None))
    ).first()
    if found is None:
        return None
    row, subject = found
    alive = rules.is_alive(last_seen_at=row.last_seen_at, ends_at=row.ends_at, stage=row.stage, limits=limits, now=now)
    return (row, subject) if alive and subject.active else None


def setting_up(
    session: Session, caller: Caller, *, limits: rules.Limits, now: datetime
) -> tuple[tables.LoginSession, organisation.Subject]:
    """The session whose account is being set up, and whose it is. Raises StepLost."""
    found = live_session(session, caller.token, limits=limits, now=now)
    if found is None or found[0].stage != Stage.SET_UP:
        raise errors.StepLost()
    return found


def account(session: Session, subject: organisation.Subject) -> Account:
    """Which factors a subject has."""
    password = session.get(tables.Password, subject.id)
    return Account(
        kind=subject.kind,
        has_password=password is not None,
        must_change=password is not None and password.must_change,
        has_totp=totp_of(session, subject.id) is not None,
        has_passkey=_any(session, tables.Passkey.subject_id == subject.id),
        has_external=_any(session, tables.ExternalAccount.subject_id == subject.id),
    )


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(exists().where(condition))))


def totp_of(session: Session, subject_id: UUID, *, confirmed: bool = True) -> tables.Totp | None:
    """The code generator in use, or (`confirmed=False`) the one being set up."""
    is_confirmed = tables.Totp.confirmed_at.is_not(None) if confirmed else tables.Totp.confirmed_at.is_(None)
    return session.scalar(select(tables.Totp).where(tables.Totp.subject_id == subject_id, is_confirmed))


def passkeys_of(session: Session, subject_id: UUID) -> Sequence[tables.Passkey]:
    """A subject's passkeys, the oldest first."""
    statement = select(tables.Passkey).where(tables.Passkey.subject_id == subject_id)
    return session.scalars(statement.order_by(tables.Passkey.added_at)).all()


def recovery_codes_left(session: Session, subject_id: UUID) -> int:
    """How many recovery codes are not used yet."""
    code = tables.RecoveryCode
    statement = select(func.count()).where(code.subject_id == subject_id, code.used_at.is_(None))
    return session.scalar(statement) or 0


def known_device(session: Session, token: str, subject_id: UUID | None) -> tables.KnownDevice | None:
    """The device of this cookie, when the subject has signed in fully from it."""
    if not token or subject_id is None:
        return None
    device = tables.KnownDevice
    return session.scalar(
        select(device).where(device.token_hash == rules.token_hash(token), device.subject_id == subject_id)
    )


def has_devices(session: Session, subject_id: UUID) -> bool:
    """True where the subject has signed in fully from some browser that is still remembered."""
    return _any(session, tables.KnownDevice.subject_id == subject_id)


def has_signed_in(session: Session, subject_id: UUID) -> bool:
    """True where the subject has ever signed in fully, as far as sessions are remembered."""
    row = tables.LoginSession
    return _any(session, and_(row.subject_id == subject_id, row.stage == Stage.FULL))


def signed_in_from(session: Session, subject_id: UUID, address: str, *, now: datetime) -> bool:
    """True where the subject has signed in fully from this address lately."""
    row = tables.LoginSession
    statement = exists().where(
        row.subject_id == subject_id,
        row.address == address,
        row.stage == Stage.FULL,
        row.created_at > now - KNOWN_ADDRESS_FOR,
    )
    return bool(session.scalar(select(statement)))


def live_link(session: Session, token: str, *, now: datetime) -> tables.OneTimeLink | None:
    """The one-time link of this token, when it is neither used nor over."""
    link = tables.OneTimeLink
    return session.scalar(
        select(link).where(link.token_hash == rules.token_hash(token), link.used_at.is_(None), link.ends_at > now)
    )


def has_administrator(session: Session) -> bool:
    """True once any member of staff can be an administrator: the city is not empty."""
    holds = select(organisation.PostRole.post_id).where(organisation.PostRole.role == "administrator")
    return session.scalar(holds.limit(1)) is not None


def login_taken(session: Session, login: str) -> bool:
    """True where a member of staff has this login name, active or not."""
    return _any(session, organisation.Person.login == login.casefold())


def external_account(session: Session, issuer: str, sub: str) -> tables.ExternalAccount | None:
    """The link of an account at the identity provider."""
    return session.get(tables.ExternalAccount, (issuer, sub))


def person_by_claim(session: Session, claim: str, value: str) -> organisation.Person | None:
    """The one active member of staff whom a provider's claim names: by e-mail for `email`, else by login name."""
    person = organisation.Person
    column = func.lower(person.email) if claim == "email" else person.login
    found = session.scalars(select(person).where(column == value.strip().casefold(), person.active).limit(2)).all()
    return found[0] if len(found) == 1 else None


class Choice(Protocol):
    """What a session acts as: the post, and the arrangement when it is held for another."""

    @property
    def post_id(self) -> UUID | None: ...
    @property
    def acting_id(self) -> UUID | None: ...


def chosen_posting(row: Choice, postings: list[Posting]) -> Posting | None:
    """The posting the session acts in: the one chosen while it still holds, else the first of one's own."""
    for posting in postings:
        if posting.post.id == row.post_id and posting.acting == row.acting_id:
            return posting
    return next((posting for posting in postings if posting.acting is None), None)


def own_sessions(subject_id: UUID, *, limits: rules.Limits, now: datetime) -> Select[tables.LoginSession]:
    """The subject's sessions that are still open."""
    row = tables.LoginSession
    return select(row).where(
        row.subject_id == subject_id,
        row.ended_at.is_(None),
        row.stage == Stage.FULL,
        row.ends_at > now,
        row.last_seen_at > now - limits.idle,
    )


def language_of(session: Session, subject_id: UUID) -> str:
    """`zh` unless the subject chose `en`."""
    kept = session.get(tables.Language, subject_id)
    return kept.language if kept else "zh"
