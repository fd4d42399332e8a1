"""What a request's browser brings, and how its cookies are set: HttpOnly, SameSite=Lax, Secure and `__Host-` under TLS."""

from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from zhengtong.kernel.settings import Settings
from zhengtong.office.identity.actions.sessions import DEVICE_KEPT, Issued
from zhengtong.office.identity.queries import actors, session_state
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Caller, RelyingParty
from zhengtong.office.identity.tables.organisation import Subject


def caller_of(request: Request, settings: Settings) -> Caller:
    """Where the request comes from, and what its cookies hold."""
    return Caller(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        token=actors.token_of(request, settings),
        device=actors.token_of(request, settings, actors.DEVICE_COOKIE),
        flow=actors.token_of(request, settings, actors.FLOW_COOKIE),
    )


def limits_of(settings: Settings) -> rules.Limits:
    """How long sessions last here."""
    return queries.limits_in(settings)


def relying_party(settings: Settings) -> RelyingParty:
    """What passkeys are bound to, from the public address."""
    address = urlsplit(settings.kernel.address)
    origin = f"{address.scheme}://{address.netloc}"
    return RelyingParty(address.hostname or "localhost", origin, f"政通·{settings.kernel.city}")


def answer(session: Session, issued: Issued, settings: Settings, *, now: datetime) -> Response:
    """The session's state, with its new cookies."""
    subject = session.get_one(Subject, issued.subject.id)
    state = session_state.state_of(session, issued.row, subject, settings, now=now)
    return with_cookies(as_json(state), issued, settings)


def as_json(model: BaseModel | str) -> Response:
    """JSON that no cache keeps."""
    body = model if isinstance(model, str) else model.model_dump_json()
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


def with_cookies(response: Response, issued: Issued, settings: Settings) -> Response:
    """This will set the session's cookie and the device's, where they are new."""
    if issued.token:
        set_cookie(response, settings, actors.SESSION_COOKIE, issued.token)
    if issued.device:
        set_cookie(response, settings, actors.DEVICE_COOKIE, issued.device, int(DEVICE_KEPT.total_seconds()))
    return response


def set_cookie(response: Response, settings: Settings, name: str, value: str, max_age_s: int | None = None) -> None:
    """This will set one of our cookies; without `max_age_s` it goes when the browser is closed."""
    tls = settings.kernel.address.startswith("https")
    response.set_cookie(
        rules.cookie_name(name, tls=tls), value, max_age=max_age_s, path="/", secure=tls, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """This will have the browser forget one of our cookies."""
    tls = settings.kernel.address.startswith("https")
    response.delete_cookie(rules.cookie_name(name, tls=tls), path="/", secure=tls, httponly=True, samesite="lax")
