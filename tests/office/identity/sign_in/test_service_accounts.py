"""Service accounts: looked after by administrators, and signing in with SM2 by themselves."""

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from zhengtong.engines.crypto import PrivateKey
from zhengtong.kernel.db import new_id
from zhengtong.office.identity.queries.departments import root_department
from zhengtong.office.identity.rules import signatures
from zhengtong.office.identity.rules.organisation import Kind, Level
from zhengtong.office.identity.tables.organisation import Department
from zhengtong.office.identity.tables.service_accounts import SpentNonce

from .conftest import City
from .machine import Machine, told


def add_department(city: City, name: str) -> UUID:
    with city.database.write() as session:
        root = root_department(session)
        assert root
        department = Department(
            id=new_id(), parent_id=root.id, name_zh=name, level=Level.CITY, kind=Kind.BUREAU, created_at=city.now
        )
        session.add(department)
        session.info["topics"].add("identity")
    return department.id


@pytest.fixture
def bureau(city: City) -> UUID:
    return add_department(city, "税务局")


@pytest.fixture
def administrator(city: City) -> TestClient:
    person = city.add_person("zhouming", "周明", "administrator")
    return city.sign_in("zhouming", city.enrol(person))


def account(
    client: TestClient, department: UUID, *, permission: str = "identity.people.read", scope: str = "own"
) -> dict[str, str]:
    body = {
        "name": "税务申报系统",
        "department_id": str(department),
        "purpose": "每晚报送申报结果",
        "grants": [{"permission": permission, "scope": scope}],
    }
    answer = client.post("/api/v1/service-accounts", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def add_key(client: TestClient, system: str, key: PrivateKey, **dates: str) -> dict[str, str]:
    body = {"public_key": key.public.to_pem(), **dates}
    answer = client.post(f"/api/v1/service-accounts/{system}/keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


@pytest.fixture
def machine(city: City, administrator: TestClient, bureau: UUID) -> Machine:
    system, key = account(administrator, bureau), city.crypto.new_key()
    kept = add_key(administrator, system["id"], key)
    return Machine(city.browser("192.0.2.1"), city.crypto, key, system["id"], kept["id"])


def test_a_machine_opens_a_session_and_calls_with_its_permissions(city: City, machine: Machine, bureau: UUID) -> None:
    assert machine.open(city.now).status_code == 200
    answer = machine.call("GET", "/api/v1/probe?a=1&b=%E4%B8%AD", city.now)
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject"] == machine.system
    assert answer.json()["grants"] == "identity.people.read"
    assert answer.json()["department"] == str(bureau)
    written = machine.call("POST", "/api/v1/probe", city.now, b'{"a": "b"}')
    assert written.json() == {"a": "b", "kind": "system"}


def test_der_signatures_and_hex_keys_are_read_too(city: City, administrator: TestClient, bureau: UUID) -> None:
    from zhengtong.engines.crypto import signature_to_der

    system, key = account(administrator, bureau), city.crypto.new_key()
    body = {"public_key": key.public.to_hex()}
    kept = administrator.post(f"/api/v1/service-accounts/{system['id']}/keys", json=body).json()
    assert kept["fingerprint"] == city.crypto.sm3(key.public.point).hex()
    machine = Machine(city.browser(), city.crypto, key, system["id"], kept["id"])
    opening = machine.opening(city.now)
    opening["signature"] = signature_to_der(bytes.fromhex(opening["signature"])).hex()
    assert machine.client.post("/api/v1/service-sessions", json=opening).status_code == 200


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"signature": "00" * 64}, "wrong"),
        ({"signature": "zz"}, "wrong"),
        ({"nonce": "a" * 20}, "wrong"),
        ({"nonce": "short"}, "malformed"),
        ({"time": "yesterday"}, "malformed"),
        ({"time": "2026-03-05T09:00:00"}, "malformed"),
        ({"time": "2020-01-01T00:00:00Z"}, "5 minutes"),
        ({"key": "00000000-0000-0000-0000-000000000000"}, "wrong"),
        ({"system": "nonsense"}, "malformed"),
    ],
)
def test_a_wrong_opening_is_refused(city: City, machine: Machine, changed: dict[str, str], reason: str) -> None:
    status, detail = told(machine.open(city.now, **changed))
    assert status == 401
    assert reason in detail


def test_an_opening_works_once(city: City, machine: Machine) -> None:
    opening = machine.opening(city.now)
    assert machine.client.post("/api/v1/service-sessions", json=opening).status_code == 200
    status, detail = told(machine.client.post("/api/v1/service-sessions", json=opening))
    assert (status, "used already" in detail) == (401, True)


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
def test_clocks_may_be_five_minutes_apart(city: City, machine: Machine, off: int, status: int) -> None:
    assert machine.open(city.now + timedelta(seconds=off)).status_code == status


def test_a_request_sealed_once_is_heard_once(city: City, machine: Machine) -> None:
    machine.open(city.now)
    header = {"authorization": machine.header("GET", "/api/v1/probe", b"", city.now)}
    assert machine.client.get("/api/v1/probe", headers=header).status_code == 200
    status, detail = told(machine.client.get("/api/v1/probe", headers=header))
    assert (status, "nonce was used" in detail) == (401, True)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/api/v1/probe", b'{"a": "c"}'),
        ("POST", "/api/v1/probe?x=1", b'{"a": "b"}'),
        ("GET", "/api/v1/probe", b""),
    ],
)
def test_a_seal_holds_for_one_method_path_and_body(
    city: City, machine: Machine, method: str, target: str, body: bytes
) -> None:
    machine.open(city.now)
    header = machine.header("POST", "/api/v1/probe", b'{"a": "b"}', city.now)
    headers = {"authorization": header, "content-type": "application/json"}
    assert machine.client.request(method, target, content=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": "00" * 32},
        {"body": "00" * 32},
        {"time": "2020-01-01T00:00:00Z"},
        {"session": "00000000-0000-0000-0000-000000000000"},
        {"session": "x"},
        {"nonce": "n"},
        {"extra": "1"},
    ],
)
def test_a_changed_header_is_refused(city: City, machine: Machine, changed: dict[str, str]) -> None:
    machine.open(city.now)
    assert machine.call("GET", "/api/v1/probe", city.now, **changed).status_code == 401


def test_a_machine_s_session_ends_by_itself(city: City, machine: Machine) -> None:
    machine.open(city.now)
    city.tick(minutes=59)
    assert machine.call("GET", "/api/v1/probe", city.now).status_code == 200
    city.tick(minutes=1)
    assert machine.call("GET", "/api/v1/probe", city.now).status_code == 401


def test_keys_overlap_so_that_one_can_follow_the_other(city: City, machine: Machine, administrator: TestClient) -> None:
    later = (city.now + timedelta(minutes=5)).isoformat()
    key = city.crypto.new_key()
    kept = add_key(administrator, machine.system, key, valid_from=later)
    assert kept["state"] == "waiting"
    successor = Machine(machine.client, city.crypto, key, machine.system, kept["id"])
    assert successor.open(city.now).status_code == 401
    city.tick(minutes=5)
    assert successor.open(city.now).status_code == 200
    assert machine.open(city.now).status_code == 200


def test_a_revoked_key_ends_its_sessions_at_once(city: City, machine: Machine, administrator: TestClient) -> None:
    machine.open(city.now)
    path = f"/api/v1/service-accounts/{machine.system}/keys/{machine.key_id}/revoke"
    assert administrator.post(path, json={"reason": "密钥外泄"}).json()["state"] == "revoked"
    assert machine.call("GET", "/api/v1/probe", city.now).status_code == 401
    assert machine.open(city.now).status_code == 401
    assert city.audited("identity.service_key_revoked")[0].after["reason"] == "密钥外泄"  # type: ignore[index]


def test_an_expired_key_opens_nothing(city: City, administrator: TestClient, bureau: UUID) -> None:
    system, key = account(administrator, bureau), city.crypto.new_key()
    kept = add_key(administrator, system["id"], key, valid_until=(city.now + timedelta(minutes=9)).isoformat())
    machine = Machine(city.browser(), city.crypto, key, system["id"], kept["id"])
    assert machine.open(city.now).json()["ends_at"] == kept["valid_until"]
    city.tick(minutes=9)
    assert machine.call("GET", "/api/v1/probe", city.now).status_code == 401
    assert machine.open(city.now).status_code == 401


def test_a_stopped_account_is_out_at_once(city: City, machine: Machine, administrator: TestClient) -> None:
    machine.open(city.now)
    path = f"/api/v1/service-accounts/{machine.system}"
    stopped = administrator.post(f"{path}/stop", json={"reason": "系统下线"}).json()
    assert (stopped["active"], stopped["abilities"]["change"]) == (False, False)
    assert machine.call("GET", "/api/v1/probe", city.now).status_code == 401
    assert machine.open(city.now).status_code == 401
    key = city.crypto.new_key().public.to_hex()
    assert administrator.post(f"{path}/keys", json={"public_key": key}).json()["code"] == "service-account-stopped"


def test_its_grants_follow_a_change_at_once(city: City, machine: Machine, administrator: TestClient) -> None:
    machine.open(city.now)
    system = administrator.get(f"/api/v1/service-accounts/{machine.system}").json()
    change = {"version": system["version"], "grants": [{"permission": "identity.firms.read", "scope": "city"}]}
    path = f"/api/v1/service-accounts/{machine.system}"
    changed = administrator.patch(path, json=change)
    assert changed.status_code == 200, changed.text
    assert machine.call("GET", "/api/v1/probe", city.now).json()["grants"] == "identity.firms.read"
    assert administrator.patch(path, json=change).status_code == 412


@pytest.mark.parametrize(
    "text", ["00" * 65, "zz" * 40, "04" + "11" * 64, "-----BEGIN PUBLIC KEY-----\nAAAA\n" + "x" * 60]
)
def test_what_is_no_sm2_key_is_refused(administrator: TestClient, bureau: UUID, text: str) -> None:
    system = account(administrator, bureau)
    answer = administrator.post(f"/api/v1/service-accounts/{system['id']}/keys", json={"public_key": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "key-invalid")


def test_a_key_belongs_to_one_account(city: City, administrator: TestClient, machine: Machine, bureau: UUID) -> None:
    other = account(administrator, bureau)
    body = {"public_key": machine.key.public.to_hex()}
    answer = administrator.post(f"/api/v1/service-accounts/{other['id']}/keys", json=body)
    assert answer.json()["code"] == "key-known-already"


@pytest.mark.parametrize(("begins", "ends"), [(0, 0), (0, -1), (0, 800), (10, 5), (-9, -1)])
def test_a_key_s_dates_must_make_sense(
    city: City, administrator: TestClient, bureau: UUID, begins: int, ends: int
) -> None:
    system = account(administrator, bureau)
    body = {
        "public_key": city.crypto.new_key().public.to_hex(),
        "valid_from": (city.now + timedelta(days=begins)).isoformat(),
        "valid_until": (city.now + timedelta(days=ends)).isoformat(),
    }
    answer = administrator.post(f"/api/v1/service-accounts/{system['id']}/keys", json=body)
    assert answer.json()["code"] == "key-dates-wrong"


def test_nobody_gives_a_machine_what_they_do_not_hold(city: City, bureau: UUID) -> None:
    from zhengtong.office.identity.tables.organisation import Role, RolePermission

    with city.database.write() as session:
        role = Role(key="keeper", zh="账号管理员", scope="own", permissions=[])
        for name in ("identity.service_accounts.change", "identity.service_accounts.read", "identity.people.read"):
            role.permissions.append(RolePermission(permission=name))
        session.add(role)
    person = city.add_person("liyue", "李月", "keeper", department=bureau)
    client = city.sign_in("liyue", city.enrol(person))
    account(client, bureau, permission="identity.people.read")
    for permission, scope in (("identity.audit.read", "own"), ("identity.people.read", "city")):
        grants = [{"permission": permission, "scope": scope}]
        body = {"name": "x", "department_id": str(bureau), "purpose": "试一试", "grants": grants}
        assert client.post("/api/v1/service-accounts", json=body).json()["code"] == "grant-beyond-own"
    body["grants"] = [{"permission": "no.such.thing", "scope": "own"}]
    assert client.post("/api/v1/service-accounts", json=body).json()["code"] == "unknown-permission"
    elsewhere = add_department(city, "民政局")
    body = {"name": "x", "department_id": str(elsewhere), "purpose": "试一试", "grants": []}
    assert client.post("/api/v1/service-accounts", json=body).status_code in (403, 404)


def test_nobody_takes_over_a_machine_that_may_do_more_than_they(
    city: City, administrator: TestClient, bureau: UUID
) -> None:
    from zhengtong.office.identity.tables.organisation import Role, RolePermission

    with city.database.write() as session:
        role = Role(key="keeper", zh="账号管理员", scope="own", permissions=[])
        for name in ("identity.service_accounts.change", "identity.service_accounts.read"):
            role.permissions.append(RolePermission(permission=name))
        session.add(role)
    person = city.add_person("liyue", "李月", "keeper", department=bureau)
    client = city.sign_in("liyue", city.enrol(person))
    mighty = account(administrator, bureau, permission="identity.audit.read")
    body = {"public_key": city.crypto.new_key().public.to_pem()}
    refused = client.post(f"/api/v1/service-accounts/{mighty['id']}/keys", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "grant-beyond-own")


def test_accounts_are_seen_where_the_permission_reaches(city: City, administrator: TestClient, bureau: UUID) -> None:
    account(administrator, bureau)
    page = administrator.get("/api/v1/service-accounts", params={"q": "申报"}).json()
    assert [one["department"]["name_zh"] for one in page["items"]] == ["税务局"]
    assert administrator.get("/api/v1/service-accounts", params={"q": "%"}).json()["items"] == []
    person = city.add_person("liyue", "李月", "officer")
    client = city.sign_in("liyue", city.enrol(person))
    assert client.get("/api/v1/service-accounts").status_code == 403
    assert client.get(f"/api/v1/service-accounts/{page['items'][0]['id']}").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PATCH", "/{id}"),
        ("POST", "/{id}/stop"),
        ("POST", "/{id}/keys"),
        ("POST", "/{id}/keys/{key}/revoke"),
    ],
)
def test_changes_are_for_those_who_may_and_have_stepped_up(
    city: City, administrator: TestClient, machine: Machine, bureau: UUID, method: str, path: str
) -> None:
    address = "/api/v1/service-accounts" + path.format(id=machine.system, key=machine.key_id)
    bodies = {
        "": {"name": "x", "department_id": str(bureau), "purpose": "试一试"},
        "/{id}": {"version": 1},
        "/{id}/keys": {"public_key": city.crypto.new_key().public.to_hex()},
    }
    body = bodies.get(path, {"reason": "试一试"})
    assert city.browser().request(method, address, json=body).status_code == 401
    person = city.add_person("liyue", "李月", "auditor")
    auditor = city.sign_in("liyue", city.enrol(person))
    assert auditor.request(method, address, json=body).status_code == 403
    city.tick(minutes=11)
    assert administrator.request(method, address, json=body).json()["code"] == "step-up-needed"


def test_spent_nonces_are_dropped_when_their_time_has_passed(city: City, machine: Machine) -> None:
    from zhengtong.office.identity.jobs.sign_in import sweep

    machine.open(city.now)
    for minutes, left in ((5, 1), (6, 0)):
        city.tick(minutes=minutes)
        with city.database.write() as session:
            sweep(session, now=city.now)
            assert session.query(SpentNonce).count() == left


def test_the_signed_texts_never_change() -> None:
    opening = signatures.opening_text("https://zt.example", "s", "k", "2026-11-21T08:00:00Z", "n")
    assert opening == b"ZT-SERVICE-SESSION-1\nhttps://zt.example\ns\nk\n2026-11-21T08:00:00Z\nn"
    call = signatures.Call("s", "2026-11-21T08:00:00Z", "n", "b", "")
    text = b"ZT-HMAC-SM3-2\nPOST\n/api/v1/x?y=1\ns\n2026-11-21T08:00:00Z\nn\nb"
    assert signatures.call_text("post", "/api/v1/x?y=1", call) == text
    said = signatures.said_in(
        [(b"x-zhengtong-purpose", b"audit"), (b"host", b"h"), (b"x-zhengtong-case", b"%E7%A8%BD")]
    )
    told = text + b"\nx-zhengtong-case:%E7%A8%BD\nx-zhengtong-purpose:audit"
    assert signatures.call_text("post", "/api/v1/x?y=1", call, said) == told
