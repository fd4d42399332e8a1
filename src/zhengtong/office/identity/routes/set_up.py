"""One-time links and the set-up they lead to. These routes are public: whoever sets up holds a session of stage `set_up`,
which is no actor yet; each asks for that session itself."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import PUBLIC, Given
from zhengtong.office.identity.actions import factors, first_administrator, links, passwords, sessions
from zhengtong.office.identity.queries import session_state
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.routes import browser
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.rules import passwords as password_rules
from zhengtong.office.identity.rules.sessions import Caller
from zhengtong.office.identity.schemas import sign_in as schemas
from zhengtong.office.identity.tables.organisation import Subject
from zhengtong.office.identity.tables.sign_in import LoginSession

STATE: dict[int | str, dict[str, Any]] = {200: {"model": schemas.SessionState}}
ADDED: dict[int | str, dict[str, Any]] = {200: {"model": schemas.FactorAdded}}


@routes.get("/sign-in/password-rules", needs=PUBLIC)
def read_password_rules() -> schemas.PasswordRules:
    """How long a password must be."""
    return schemas.PasswordRules(
        least_with_second_factor=password_rules.LEAST_WITH_SECOND_FACTOR,
        least_without=password_rules.LEAST_WITHOUT,
        most=password_rules.MOST,
    )


@routes.post("/enrolment", needs=PUBLIC, responses=STATE)
def redeem_link(session: Session, request: Request, settings: Given[Settings], body: schemas.LinkIn) -> Response:
    """Begin to set up one's account with a one-time link."""
    caller, limits, now = browser.caller_of(request, settings), browser.limits_of(settings), clock.now()
    issued = links.redeem_link(session, body.token, caller, limits=limits, now=now)
    return browser.answer(session, issued, settings, now=now)


@routes.post("/first-administrator/check", needs=PUBLIC)
def check_first_link(session: Session, body: schemas.LinkIn) -> schemas.LinkGood:
    """Is the first administrator's link good?"""
    links.check_first(session, body.token, now=clock.now())
    return schemas.LinkGood(ok=True)


@routes.post("/first-administrator", needs=PUBLIC, responses=STATE)
def create_first_administrator(
    database: Database, request: Request, settings: Given[Settings], body: schemas.FirstAdministrator
) -> Response:
    """Make the first administrator of an empty city."""
    now = clock.now()
    issued = first_administrator.create_first_administrator(
        database,
        body.token,
        name=body.name,
        login=body.login,
        password=body.password,
        caller=browser.caller_of(request, settings),
        settings=settings,
        now=now,
    )
    with database.read() as session:
        return browser.answer(session, issued, settings, now=now)


@routes.post("/sign-in/set-up/password", needs=PUBLIC, responses=STATE)
def set_first_password(
    database: Database, request: Request, settings: Given[Settings], body: schemas.PasswordIn
) -> Response:
    """Set a password, or the new one that is asked for."""
    caller, now = browser.caller_of(request, settings), clock.now()
    issued = passwords.set_first_password(database, body.password, caller, settings, now=now)
    with database.read() as session:
        return browser.answer(session, issued, settings, now=now)


@routes.post("/sign-in/set-up/totp", needs=PUBLIC)
def set_up_totp(
    session: Session, request: Request, settings: Given[Settings], keyring: Given[Keyring]
) -> schemas.TotpOut:
    """A code generator to be set up."""
    _, _, subject = _setting_up(session, request, settings)
    return new_totp(session, subject, settings, keyring)


@routes.post("/sign-in/set-up/totp/confirm", needs=PUBLIC, responses=ADDED)
def confirm_first_totp(
    session: Session, request: Request, settings: Given[Settings], keyring: Given[Keyring], body: schemas.CodeIn
) -> Response:
    """Show the first code of the new generator."""
    now = clock.now()
    caller, row, subject = _setting_up(session, request, settings)
    actor = sessions.actor_signing_in(subject, caller, row)
    codes = factors.confirm_totp(session, actor, subject, body.code, keyring, now=now)
    row.second_factor_at = now
    return _added(session, row, subject, caller, settings, codes)


@routes.post("/sign-in/set-up/passkey/options", needs=PUBLIC)
def ask_first_passkey(session: Session, request: Request, settings: Given[Settings]) -> Response:
    """The options for navigator.credentials.create."""
    _, row, subject = _setting_up(session, request, settings)
    return browser.as_json(new_passkey(session, subject, str(row.id), settings))


@routes.post("/sign-in/set-up/passkey", needs=PUBLIC, responses=ADDED)
def add_first_passkey(
    session: Session, request: Request, settings: Given[Settings], body: schemas.NewPasskey
) -> Response:
    """Keep the new passkey."""
    now = clock.now()
    caller, row, subject = _setting_up(session, request, settings)
    actor = sessions.actor_signing_in(subject, caller, row)
    _, codes = factors.add_passkey(
        session,
        actor,
        subject,
        body.credential,
        owner=str(row.id),
        name=body.name,
        party=browser.relying_party(settings),
        now=now,
    )
    row.second_factor_at = now
    return _added(session, row, subject, caller, settings, codes)


def new_totp(session: Session, subject: Subject, settings: Settings, keyring: Keyring) -> schemas.TotpOut:
    """A new code generator as it goes over the wire."""
    account = queries.login_of(subject) or subject.name
    issuer = f"政通·{settings.kernel.city}"
    made = factors.begin_totp(session, subject, keyring, issuer=issuer, account=account, now=clock.now())
    return schemas.TotpOut(secret=made.secret, uri=made.uri, qr_svg=made.qr_svg)


def new_passkey(session: Session, subject: Subject, owner: str, settings: Settings) -> str:
    """The options for a new passkey, as JSON."""
    party = browser.relying_party(settings)
    account = queries.login_of(subject) or subject.name
    return factors.ask_new_passkey(session, subject, owner, party, account=account, now=clock.now())


def _setting_up(session: Session, request: Request, settings: Settings) -> tuple[Caller, LoginSession, Subject]:
    caller = browser.caller_of(request, settings)
    return caller, *queries.setting_up(session, caller, limits=browser.limits_of(settings), now=clock.now())


def _added(
    session: Session,
    row: LoginSession,
    subject: Subject,
    caller: Caller,
    settings: Settings,
    codes: list[str] | None,
) -> Response:
    now = clock.now()
    issued = sessions.advance(session, row, subject, caller, limits=browser.limits_of(settings), now=now)
    state = session_state.state_of(session, row, subject, settings, now=now)
    return browser.with_cookies(
        browser.as_json(schemas.FactorAdded(recovery_codes=codes, session=state)), issued, settings
    )
