"""Signing in through the city's own identity provider: OpenID Connect, code flow with PKCE, state and nonce.

State, nonce and verifier are derived from a random secret that only the browser's cookie holds; the database keeps a
step that is taken once. Which provider is a setting, so no address ever comes from outside.
"""

import base64
import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, clock, logs
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Words
from zhengtong.office.identity.actions import flows, sessions
from zhengtong.office.identity.actions.sessions import Issued
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Caller, Method, Stage
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables.organisation import Subject
from zhengtong.office.identity.tables.sign_in import ExternalAccount

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

TIMEOUT_S = 8.0
PROVIDER_KEPT = timedelta(minutes=10)
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
CLOCK_LEEWAY_S = 60
CALLBACK = "/api/v1/sign-in/oidc/callback"
log = logs.get("identity")


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider tells of itself (OpenID Connect Discovery 1.0), and its keys."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    secret_in_body: bool
    keys: "KeySet"
    until: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """Where to send the browser, and the secret its cookie keeps meanwhile."""

    address: str
    flow: str


_known: dict[str, Provider] = {}
_learning = threading.Lock()


def begin_visit(
    database: Database,
    settings: IdentitySettings,
    *,
    public_url: str,
    next_path: str,
    step_up: bool,
    now: datetime,
) -> Visit:
    """This will prepare a sign-in (or a step-up) at the provider. Raises OidcUnavailable."""
    provider = _provider(settings.oidc_issuer, now=now)
    flow = sessions.new_token()
    kept = {"next": rules.safe_next(next_path), "step_up": step_up}
    with database.write() as session:
        flows.put(session, flow, "oidc", b"", now=now, **kept)
    asked = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": _callback(public_url),
        "scope": settings.oidc_scopes,
        "state": _derived(flow, "state"),
        "nonce": _derived(flow, "nonce"),
        "code_challenge": _challenge(_derived(flow, "verifier")),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if step_up else {}),
    }
    joint = "&" if "?" in provider.authorization else "?"
    return Visit(f"{provider.authorization}{joint}{urlencode(asked)}", flow)


def finish_visit(
    database: Database,
    settings: IdentitySettings,
    told: Mapping[str, str],
    caller: Caller,
    *,
    public_url: str,
    limits: rules.Limits,
    now: datetime,
) -> tuple[Issued, str]:
    """This will sign in whom the provider confirms; returns the session and the path to go on to.

    Raises StepLost, OidcRefused, OidcUnavailable, OidcNoAccount.
    """
    with database.write() as session:
        flow = flows.take(session, caller.flow, "oidc", now=now)
        kept = dict(flow.kept)
    if not hmac.compare_digest(told.get("state", ""), _derived(caller.flow, "state")):
        raise errors.StepLost()
    if "error" in told or "code" not in told:
        raise _refused("被提供方拒绝", "the provider refused")
    provider = _provider(settings.oidc_issuer, now=now)
    if told.get("iss", provider.issuer) != provider.issuer:
        raise _refused("回复来自另一个提供方", "the answer comes from another provider")
    claims = _claims(provider, settings, told["code"], caller.flow, public_url=public_url, now=clock.outside(now))
    with database.write() as session:
        issued = _signed_in(
            session, settings, provider, claims, caller, step_up=bool(kept["step_up"]), limits=limits, now=now
        )
    return issued, str(kept["next"])


def _signed_in(
    session: Session,
    settings: IdentitySettings,
    provider: Provider,
    claims: Mapping[str, Any],
    caller: Caller,
    *,
    step_up: bool,
    limits: rules.Limits,
    now: datetime,
) -> Issued:
    subject = _linked_subject(session, settings, provider, claims, caller, now=now)
    amr = claims.get("amr")
    second_factor = isinstance(amr, list) and bool(set(map(str, amr)) & set(settings.oidc_second_factor))
    if not step_up:
        return sessions.begin(
            session, subject, caller, method=Method.OIDC, limits=limits, now=now, second_factor=second_factor
        )
    found = queries.live_session(session, caller.token, limits=limits, now=now)
    if found is None or found[0].stage != Stage.FULL:
        raise errors.StepLost()
    is_fresh = clock.outside(now).timestamp() - float(claims.get("auth_time", 0)) < flows.LASTS.total_seconds()
    if found[1].id != subject.id or not second_factor or not is_fresh:
        raise _refused("这次验证不够新或不是两项验证", "that was no fresh two-factor sign-in")
    return sessions.show_factor(session, found[0], subject, caller, method=Method.OIDC, limits=limits, now=now)


def _linked_subject(
    session: Session,
    settings: IdentitySettings,
    provider: Provider,
    claims: Mapping[str, Any],
    caller: Caller,
    *,
    now: datetime,
) -> Subject:
    sub, claim = str(claims["sub"]), settings.oidc_claim
    link = queries.external_account(session, provider.issuer, sub)
    subject = session.get(Subject, link.subject_id) if link else None
    if subject is None and claim and isinstance(claims.get(claim), str):
        verified = claim != "email" or claims.get("email_verified") is True
        subject = queries.person_by_claim(session, claim, claims[claim]) if verified else None
        if subject:
            session.add(ExternalAccount(issuer=provider.issuer, sub=sub, subject_id=subject.id, linked_at=now))
            actor = sessions.actor_signing_in(subject, caller)
            audit.record(session, actor, "identity.external_linked", subject, after={"issuer": provider.issuer})
    if subject is None or not subject.active:
        raise errors.OidcNoAccount()
    return subject


def _claims(
    provider: Provider, settings: IdentitySettings, code: str, flow: str, *, public_url: str, now: datetime
) -> dict[str, Any]:
    try:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            token = _token(client, provider, settings, code, flow, public_url=public_url)
            claims = _checked(provider, settings, str(token.get("id_token", "")), _derived(flow, "nonce"), now=now)
            if settings.oidc_claim and settings.oidc_claim not in claims and provider.userinfo:
                bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
                more = client.get(provider.userinfo, headers=bearer).raise_for_status().json()
                claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims
    except (httpx.HTTPError, ValueError) as failure:
        log.warning("identity.oidc_unavailable", why=type(failure).__name__)
        raise errors.OidcUnavailable() from failure
    return claims


def _token(
    client: httpx.Client, provider: Provider, settings: IdentitySettings, code: str, flow: str, *, public_url: str
) -> dict[str, Any]:
    """The answer of the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.5). Raises OidcRefused."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(public_url),
        "client_id": settings.oidc_client_id,
        "code_verifier": _derived(flow, "verifier"),
    }
    headers = {"Accept": "application/json"}
    secret = settings.oidc_client_secret.get_secret_value()
    if secret and provider.secret_in_body:
        given["client_secret"] = secret
    elif secret:
        pair = f"{quote(settings.oidc_client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    answer = client.post(provider.token, data=given, headers=headers)
    if answer.status_code in (400, 401):
        log.warning("identity.oidc_code_refused", status=answer.status_code)
        raise _refused("授权码无效或已过期", "the code is not valid or has expired")
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


def _checked(
    provider: Provider, settings: IdentitySettings, id_token: str, nonce: str, *, now: datetime
) -> dict[str, Any]:
    """OpenID Connect Core §3.1.3.7: signature, issuer, audience, authorised party, times, nonce."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        claims = _decoded(provider, id_token, now=now)
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=CLOCK_LEEWAY_S,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
    except (JoseError, ValueError) as wrong:
        log.warning("identity.oidc_token_wrong", why=type(wrong).__name__)
        raise _refused("身份令牌无效", "its identity token is not valid") from wrong
    if claims.get("azp", settings.oidc_client_id) != settings.oidc_client_id:
        raise _refused("身份令牌发给了别的系统", "its identity token is for another client")
    return claims


def _decoded(provider: Provider, id_token: str, *, now: datetime) -> dict[str, Any]:
    """The signed claims; the provider's keys are fetched again once, for they may just have been changed."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        return jwt.decode(id_token, provider.keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        with _learning:
            fresh = _known[provider.issuer] = _discovered(provider.issuer, now=now)
        return jwt.decode(id_token, fresh.keys, algorithms=ALGORITHMS).claims


def _provider(issuer: str, *, now: datetime) -> Provider:
    """The provider as it told of itself lately. Raises OidcUnavailable."""
    if not issuer:
        raise errors.OidcUnavailable()
    with _learning:
        kept = _known.get(issuer)
        if kept is None or kept.until <= now:
            kept = _known[issuer] = _discovered(issuer, now=now)
        return kept


def _discovered(issuer: str, *, now: datetime) -> Provider:
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            about = client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration").raise_for_status().json()
            if about["issuer"].rstrip("/") != issuer.rstrip("/"):
                raise ValueError("the provider names itself otherwise")
            keys = KeySet.import_key_set(client.get(about["jwks_uri"]).raise_for_status().json())
            return Provider(
                about["issuer"],
                about["authorization_endpoint"],
                about["token_endpoint"],
                about.get("userinfo_endpoint", ""),
                "client_secret_basic"
                not in about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]),
                keys,
                now + PROVIDER_KEPT,
            )
    except (httpx.HTTPError, ValueError, KeyError, JoseError) as failure:
        log.warning("identity.oidc_unavailable", why=type(failure).__name__)
        raise errors.OidcUnavailable() from failure


def _callback(public_url: str) -> str:
    return public_url.rstrip("/") + CALLBACK


def _challenge(verifier: str) -> str:
    """S256 of RFC 7636 §4.2.

    >>> _challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _derived(flow: str, purpose: str) -> str:
    digest = hmac.new(flow.encode(), f"zt-oidc-{purpose}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _refused(zh: str, en: str) -> errors.OidcRefused:
    return errors.OidcRefused(reason=Words(zh, en))
