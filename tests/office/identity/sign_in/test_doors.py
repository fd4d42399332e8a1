"""Every route of sign-in says what it needs, and those that need a session hear nobody without one."""

from uuid import UUID

import pyotp
import pytest

from zhengtong.office.identity.routes import routes

from .conftest import PASSWORD, City

Shen = tuple[UUID, pyotp.TOTP]
ID = "00000000-0000-0000-0000-000000000000"
BODIES = {
    "/session/step-up": {"code": "000000"},
    "/session/post": {"post_id": ID},
    "/session/language": {"language": "en"},
    "/account/password": {"current": PASSWORD, "new": "a lighthouse hums to herons"},
    "/account/totp/confirm": {"code": "000000"},
    "/account/passkeys": {"credential": {}, "name": "x"},
    "/account/passkeys/{passkey_id}": {"name": "x"},
    "/service-accounts": {"name": "x", "department_id": ID, "purpose": "试一试"},
    "/service-accounts/{system_id}": {"version": 1},
    "/service-accounts/{system_id}/stop": {"reason": "试一试"},
    "/service-accounts/{system_id}/keys": {"public_key": "0" * 130},
    "/service-accounts/{system_id}/keys/{key_id}/revoke": {"reason": "试一试"},
}
OURS = ("/session", "/account", "/service-", "/sign-", "/enrolment", "/first-administrator")
PUBLIC = {
    ("GET", "/session"),
    ("GET", "/sign-in/methods"),
    ("GET", "/sign-in/password-rules"),
    ("GET", "/sign-in/oidc"),
    ("GET", "/sign-in/oidc/callback"),
    ("POST", "/sign-in/password"),
    ("POST", "/sign-in/totp"),
    ("POST", "/sign-in/recovery"),
    ("POST", "/sign-in/passkey/options"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/set-up/password"),
    ("POST", "/sign-in/set-up/totp"),
    ("POST", "/sign-in/set-up/totp/confirm"),
    ("POST", "/sign-in/set-up/passkey/options"),
    ("POST", "/sign-in/set-up/passkey"),
    ("POST", "/sign-out"),
    ("POST", "/enrolment"),
    ("POST", "/first-administrator/check"),
    ("POST", "/first-administrator"),
    ("POST", "/service-sessions"),
}
DECLARED = {
    (method, route.path.removeprefix("/api/v1")): route.openapi_extra["x-needs"]
    for route in routes.router.routes
    for method in route.methods
    if route.path.removeprefix("/api/v1").startswith(OURS)
}
CLOSED = sorted(door for door, needs in DECLARED.items() if needs != "public")


def test_what_is_public_is_named_here() -> None:
    assert {door for door, needs in DECLARED.items() if needs == "public"} == PUBLIC


@pytest.mark.parametrize("stage", ["none", "second_factor"])
def test_nobody_is_heard_without_a_full_session(city: City, shen: Shen, stage: str) -> None:
    client = city.browser()
    if stage == "second_factor":
        client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    heard = []
    for method, path in CLOSED:
        address = "/api/v1" + path.format(passkey_id=ID, session_id=ID, system_id=ID, key_id=ID)
        body = None if method in ("GET", "DELETE") else BODIES.get(path)
        if client.request(method, address, json=body).status_code != 401:
            heard.append((method, path))
    assert len(CLOSED) > 20
    assert heard == []
