"""One's own account: factors and sessions. Changing a factor needs an identity verified within ten minutes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor, StepUpNeeded
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Words
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import SIGNED_IN, Given
from zhengtong.office.identity.actions import factors, passwords, sessions
from zhengtong.office.identity.queries import session_state
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.routes import browser, set_up
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.schemas import sign_in as schemas
from zhengtong.office.identity.tables.organisation import Subject
from zhengtong.office.identity.tables.sign_in import LoginSession

OWN_FACTORS = Words("更改本人的登录方式", "Change one's own sign-in")
Issuer = Annotated[str, Query(max_length=500, description="whose account is unlinked")]
TOTP: dict[int | str, dict[str, Any]] = {200: {"model": schemas.TotpOut}}


@routes.get("/account", needs=SIGNED_IN)
def read_account(session: Session, actor: Actor) -> schemas.AccountOut:
    """One's own account and its factors."""
    return session_state.account_out(session, _self(session, actor))


@routes.post("/account/password", needs=SIGNED_IN)
def change_password(
    database: Database, actor: Actor, request: Request, settings: Given[Settings], body: schemas.PasswordChange
) -> None:
    """Change one's password; all other sessions end."""
    caller = browser.caller_of(request, settings)
    passwords.change_password(database, actor, body.current, body.new, caller, settings, now=clock.now())


@routes.post("/account/totp", needs=SIGNED_IN, shown_once=True)
def replace_totp(session: Session, actor: Actor, settings: Given[Settings], keyring: Given[Keyring]) -> schemas.TotpOut:
    """A new code generator to be set up; the present one counts until the new one is confirmed."""
    return set_up.new_totp(session, _stepped_up(session, actor), settings, keyring)


@routes.post("/account/totp/confirm", needs=SIGNED_IN, shown_once=True)
def confirm_totp(
    session: Session, actor: Actor, keyring: Given[Keyring], body: schemas.CodeIn
) -> schemas.RecoveryCodes:
    """Show the first code of the new generator."""
    subject = _stepped_up(session, actor)
    codes = factors.confirm_totp(session, actor, subject, body.code, keyring, now=clock.now())
    return schemas.RecoveryCodes(recovery_codes=codes)


@routes.delete("/account/totp", needs=SIGNED_IN)
def remove_totp(session: Session, actor: Actor) -> None:
    """Forget the code generator."""
    factors.remove_totp(session, actor, _stepped_up(session, actor))


@routes.post("/account/passkeys/options", needs=SIGNED_IN)
def ask_new_passkey(session: Session, actor: Actor, settings: Given[Settings]) -> Response:
    """The options for navigator.credentials.create."""
    subject = _stepped_up(session, actor)
    return browser.as_json(set_up.new_passkey(session, subject, str(actor.session), settings))


@routes.post("/account/passkeys", needs=SIGNED_IN, shown_once=True)
def add_passkey(
    session: Session, actor: Actor, settings: Given[Settings], body: schemas.NewPasskey
) -> schemas.PasskeyAdded:
    """Keep a new passkey."""
    passkey, codes = factors.add_passkey(
        session,
        actor,
        _stepped_up(session, actor),
        body.credential,
        owner=str(actor.session),
        name=body.name,
        party=browser.relying_party(settings),
        now=clock.now(),
    )
    return schemas.PasskeyAdded(passkey=schemas.PasskeyOut.of(passkey), recovery_codes=codes)


@routes.patch("/account/passkeys/{passkey_id}", needs=SIGNED_IN)
def rename_passkey(session: Session, actor: Actor, passkey_id: UUID, body: schemas.PasskeyName) -> schemas.PasskeyOut:
    """Give a passkey another name."""
    return schemas.PasskeyOut.of(factors.rename_passkey(session, actor, _self(session, actor), passkey_id, body.name))


@routes.delete("/account/passkeys/{passkey_id}", needs=SIGNED_IN)
def remove_passkey(session: Session, actor: Actor, passkey_id: UUID) -> None:
    """Forget a passkey."""
    factors.remove_passkey(session, actor, _stepped_up(session, actor), passkey_id)


@routes.delete("/account/external", needs=SIGNED_IN)
def unlink_external(session: Session, actor: Actor, issuer: Issuer) -> None:
    """Forget the link with one's account at the city's identity provider."""
    factors.unlink_external(session, actor, _stepped_up(session, actor), issuer)


@routes.post("/account/recovery-codes", needs=SIGNED_IN)
def renew_recovery_codes(session: Session, actor: Actor) -> Response:
    """Ten new recovery codes, shown this once."""
    codes = factors.renew_recovery_codes(session, actor, _stepped_up(session, actor))
    return browser.as_json(schemas.RecoveryCodes(recovery_codes=codes))


@routes.get("/account/sessions", needs=SIGNED_IN)
def list_own_sessions(
    session: Session, actor: Actor, page: web.PageArgs, settings: Given[Settings]
) -> web.Page[schemas.SessionOut]:
    """One's own open sessions, the last used first."""
    mine = queries.own_sessions(actor.subject, limits=browser.limits_of(settings), now=clock.now())
    return web.paginate(
        session,
        mine,
        page,
        sort={"-last_seen_at": LoginSession.last_seen_at, "created_at": LoginSession.created_at},
        key=LoginSession.id,
        item=lambda row: session_state.session_out(row, actor),
    )


@routes.delete("/account/sessions/{session_id}", needs=SIGNED_IN)
def end_own_session(session: Session, actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions."""
    sessions.end_own(session, actor, session_id, now=clock.now())


@routes.delete("/account/sessions", needs=SIGNED_IN)
def end_other_sessions(session: Session, actor: Actor) -> schemas.Ended:
    """End all of one's sessions but this one."""
    return schemas.Ended(ended=sessions.end_others(session, actor, now=clock.now()))


def _self(session: Session, actor: Actor) -> Subject:
    return session.get_one(Subject, actor.subject)


def _stepped_up(session: Session, actor: Actor) -> Subject:
    if not actor.stepped_up(clock.now()):
        raise StepUpNeeded(permission=OWN_FACTORS)
    return _self(session, actor)
