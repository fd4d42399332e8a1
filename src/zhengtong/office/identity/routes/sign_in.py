"""Signing in and out, stepping up, and the state of the session."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import PUBLIC, SIGNED_IN, Given
from zhengtong.office.identity.actions import sessions, sign_in
from zhengtong.office.identity.actions.sessions import Issued
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import actors, session_state
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.routes import browser
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.schemas import sign_in as schemas
from zhengtong.office.identity.settings import IdentitySettings

STATE: dict[int | str, dict[str, Any]] = {200: {"model": schemas.SessionState}}


@routes.get("/session", needs=PUBLIC)
def read_session(session: Session, request: Request, settings: Given[Settings]) -> schemas.SessionState:
    """The state of this browser's session. With `?quiet=1` reading it does not count as use."""
    caller, now = browser.caller_of(request, settings), clock.now()
    found = queries.live_session(session, caller.token, limits=browser.limits_of(settings), now=now)
    return session_state.state_of(session, *found, settings, now=now) if found else session_state.nobody(settings)


@routes.get("/sign-in/methods", needs=PUBLIC)
def sign_in_methods(session: Session, settings: Given[Settings]) -> schemas.Methods:
    """How one can sign in here."""
    own = settings.of(IdentitySettings)
    oidc = schemas.OidcMethod(name_zh=own.oidc_name_zh, name_en=own.oidc_name_en, href="/api/v1/sign-in/oidc")
    return schemas.Methods(
        oidc=oidc if own.oidc_issuer else None, first_administrator=not queries.has_administrator(session)
    )


@routes.post("/sign-in/password", needs=PUBLIC, responses=STATE)
def sign_in_by_password(
    database: Database,
    request: Request,
    settings: Given[Settings],
    keyring: Given[Keyring],
    body: schemas.PasswordSignIn,
) -> Response:
    """Begin a session with login name and password."""
    caller, now = browser.caller_of(request, settings), clock.now()
    limits = browser.limits_of(settings)
    issued = sign_in.sign_in_by_password(database, body.login, body.password, caller, keyring, limits=limits, now=now)
    return _answer(database, issued, settings)


@routes.post("/sign-in/totp", needs=PUBLIC, responses=STATE)
def sign_in_by_totp(
    database: Database,
    request: Request,
    settings: Given[Settings],
    keyring: Given[Keyring],
    body: schemas.CodeIn,
) -> Response:
    """Show a one-time code as the second factor."""
    caller, limits = browser.caller_of(request, settings), browser.limits_of(settings)
    issued = sign_in.show_totp(database, body.code, caller, keyring, limits=limits, now=clock.now())
    return _answer(database, issued, settings)


@routes.post("/sign-in/recovery", needs=PUBLIC, responses=STATE)
def sign_in_by_recovery_code(
    database: Database, request: Request, settings: Given[Settings], body: schemas.RecoveryCodeIn
) -> Response:
    """Show a recovery code as the second factor; it is used up."""
    caller, limits = browser.caller_of(request, settings), browser.limits_of(settings)
    issued = sign_in.show_recovery_code(database, body.code, caller, limits=limits, now=clock.now())
    return _answer(database, issued, settings)


@routes.post("/sign-in/passkey/options", needs=PUBLIC)
def ask_passkey(session: Session, settings: Given[Settings]) -> Response:
    """The options for navigator.credentials.get."""
    return _ask_passkey(session, settings)


@routes.post("/sign-in/passkey", needs=PUBLIC, responses=STATE)
def sign_in_by_passkey(
    session: Session, request: Request, settings: Given[Settings], body: schemas.CredentialIn
) -> Response:
    """Sign in by passkey: two factors at once."""
    issued = _passkey(session, request, settings, body.credential)
    response = browser.answer(session, issued, settings, now=clock.now())
    browser.drop_cookie(response, settings, actors.FLOW_COOKIE)
    return response


@routes.post("/sign-out", needs=PUBLIC)
def sign_out(session: Session, actor: Actor | None, request: Request, settings: Given[Settings]) -> Response:
    """End this browser's session."""
    caller = browser.caller_of(request, settings)
    sign_in.sign_out(session, actor, caller, limits=browser.limits_of(settings), now=clock.now())
    response = Response(status_code=204)
    browser.drop_cookie(response, settings, actors.SESSION_COOKIE)
    return response


@routes.post("/session/step-up/options", needs=SIGNED_IN)
def ask_step_up_passkey(session: Session, settings: Given[Settings]) -> Response:
    """The options for navigator.credentials.get, to step up."""
    return _ask_passkey(session, settings)


@routes.post("/session/step-up", needs=SIGNED_IN, responses=STATE)
def step_up(
    database: Database,
    request: Request,
    settings: Given[Settings],
    keyring: Given[Keyring],
    body: schemas.StepUp,
) -> Response:
    """Verify one's identity again, for sensitive actions within ten minutes."""
    caller, limits, now = browser.caller_of(request, settings), browser.limits_of(settings), clock.now()
    if body.credential is not None:
        with database.write() as session:
            issued = _passkey(session, request, settings, body.credential)
    elif body.code is not None:
        issued = sign_in.show_totp(database, body.code, caller, keyring, limits=limits, now=now)
    else:
        issued = sign_in.show_recovery_code(
            database, body.recovery_code or "", caller, limits=limits, now=now, password=body.password
        )
    return _answer(database, issued, settings)


@routes.put("/session/post", needs=SIGNED_IN)
def choose_post(
    session: Session, actor: Actor, request: Request, settings: Given[Settings], body: schemas.PostChoice
) -> schemas.SessionState:
    """Act in another of one's posts, or in one held for an absent colleague."""
    now = clock.now()
    row, subject = _own(session, request, settings)
    sessions.choose_post(session, row, actor, post_id=body.post_id, acting_id=body.acting_id, now=now)
    return session_state.state_of(session, row, subject, settings, now=now)


@routes.put("/session/language", needs=SIGNED_IN)
def choose_language(
    session: Session, actor: Actor, request: Request, settings: Given[Settings], body: schemas.LanguageChoice
) -> schemas.SessionState:
    """Read the pages in another language."""
    row, subject = _own(session, request, settings)
    sessions.set_language(session, actor.subject, body.language)
    return session_state.state_of(session, row, subject, settings, now=clock.now())


def _own(session: Session, request: Request, settings: Settings) -> Any:
    caller = browser.caller_of(request, settings)
    found = queries.live_session(session, caller.token, limits=browser.limits_of(settings), now=clock.now())
    if found is None:
        raise errors.StepLost()
    return found


def _ask_passkey(session: Session, settings: Settings) -> Response:
    flow = sessions.new_token()
    party = browser.relying_party(settings)
    response = browser.as_json(sign_in.ask_passkey(session, flow, party, now=clock.now()))
    browser.set_cookie(response, settings, actors.FLOW_COOKIE, flow, max_age_s=600)
    return response


def _passkey(session: Session, request: Request, settings: Settings, credential: dict[str, Any]) -> Issued:
    caller = browser.caller_of(request, settings)
    party, limits = browser.relying_party(settings), browser.limits_of(settings)
    return sign_in.show_passkey(session, credential, caller.flow, caller, party=party, limits=limits, now=clock.now())


def _answer(database: Database, issued: Issued, settings: Settings) -> Response:
    with database.read() as session:
        return browser.answer(session, issued, settings, now=clock.now())
