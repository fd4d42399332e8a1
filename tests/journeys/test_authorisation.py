"""The authorisation matrix: every route × every built-in role, allowed or refused as declared; nobody gets past the door."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.kernel.actor import EVERYWHERE, Actor
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import identity
from zhengtong.office.identity.tables import Person, RolePermission

GOLDEN = Path(__file__).parent / "golden" / "first_permissions.json"
ROUTES = [
    (next(iter(route.methods)), route.path, route.openapi_extra["x-needs"])
    for room in app.CAPABILITIES
    for route in room.routes.router.routes
]
GUARDED = [route for route in ROUTES if route[2] != "public"]
SOME_ID = "01980000-0000-7000-8000-000000000001"
STREAMS = {"/api/v1/notices/stream"}


def first_permissions(database: Database) -> dict[str, list[str]]:
    """What each built-in role may do in a city that has just been founded."""
    permissions = [permission for room in app.CAPABILITIES for permission in room.permissions]
    with database.write() as session:
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=permissions, now=clock.now())
    with database.read() as session:
        return _by_role(session)


def _by_role(session: Session) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for held in session.scalars(select(RolePermission).order_by(RolePermission.role, RolePermission.permission)):
        found.setdefault(held.role, []).append(held.permission)
    return found


def actor(permissions: list[str]) -> Actor:
    grants = dict.fromkeys(permissions, EVERYWHERE)
    return Actor(subject=new_id(), kind="person", name="某人", grants=grants, second_factor_at=clock.now())


def test_what_each_role_may_do_at_first_is_what_was_agreed(database):
    """A change of this table is a decision: regenerate it with `ZT_TEST_WRITE=1` and say why in the commit."""
    found = first_permissions(database)
    if "ZT_TEST_WRITE" in __import__("os").environ:
        GOLDEN.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(GOLDEN.read_text())


def test_every_route_declares_what_it_needs_and_every_need_is_a_known_permission():
    known = {permission.name for room in app.CAPABILITIES for permission in room.permissions}
    for method, path, needs in ROUTES:
        assert needs in known | {"public", "signed_in"}, f"{method} {path}"


OPEN = {
    "/api/v1/session": "who am I: nobody, too",
    "/api/v1/service-sessions": "opened by an SM2 signature",
    "/api/v1/ledger/verifier": "the auditor's own program",
    "/api/v1/ledger/signer/{department_id}": "what waits for a department's signer, which signs to be told",
    "/api/v1/ledger/signer/{department_id}/{request_id}": "its SM2 signature over what it was shown",
    "/share/v1/tracker/heartbeat": "the data tracker's own shape",
}
BEFORE_SIGN_IN = ("/api/v1/sign-in/", "/api/v1/sign-out", "/api/v1/first-administrator", "/api/v1/enrolment")


def test_routes_open_to_all_are_the_agreed_ones():
    public = {path for _, path, needs in ROUTES if needs == "public"}
    assert {path for path in public if not path.startswith(BEFORE_SIGN_IN)} == set(OPEN)


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Permissions are asked before the database is: one engine is enough here."""
    import shutil

    shutil.copy(sqlite_template, tmp_path / "zhengtong.sqlite")
    return f"sqlite:///{tmp_path / 'zhengtong.sqlite'}"


@pytest.mark.timeout(400)
def test_every_route_allows_and_refuses_each_role_as_declared(database, client_for):
    roles = {"nobody": None, **{role: actor(names) for role, names in first_permissions(database).items()}}
    roles.setdefault("resident", actor([]))
    with database.write() as session:
        for role, who in roles.items():
            if who:
                session.add(Person(id=who.subject, name=role, login=role, created_at=clock.now()))
    clients = {role: client_for(who) for role, who in roles.items()}
    wrong = []
    for method, path, needs in GUARDED:
        if path in STREAMS:
            continue
        place = re.sub(r"\{[^}]+\}", SOME_ID, re.sub(r"\{\w+:int\}", "1", path))
        answer = clients["nobody"].request(method, place)
        if answer.status_code != 401:
            wrong.append(f"nobody got past {method} {path}: {answer.status_code}")
        for role, who in roles.items():
            if who is None:
                continue
            answer = clients[role].request(method, place)
            refused = answer.status_code == 403 and answer.json()["code"] == "permission-missing"
            expected = needs != "signed_in" and needs not in who.grants
            if refused != expected and not (refused and needs == "signed_in"):
                wrong.append(f"{role} at {method} {path} ({needs}): {answer.status_code} {answer.text[:120]}")
            if answer.status_code == 500:
                wrong.append(f"{role} at {method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
