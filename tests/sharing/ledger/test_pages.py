"""The ledger's routes: what each shows, and whom it refuses; what the listeners and jobs put on the ledger."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.sharing.ledger.ground import NOW, ORIGIN, checkpoint, crypto, department, keyring, receipt
from tools import verify
from zhengtong.kernel import audit, clock
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.jobs import JobRow
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.jobs import anchoring
from zhengtong.sharing.ledger.permissions import EXPORT, KEYS, MANAGE, READ, SEAL
from zhengtong.sharing.ledger.queries import audits

Someone = Callable[..., Actor]
Clients = Callable[..., TestClient]
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def filled(database: Database, tmp_path: Path, clock_at_now: object) -> Database:
    """Five receipts under a checkpoint, two more beyond it."""
    with database.write() as session:
        ledger.append(session, [receipt(number) for number in range(5)], now=NOW)
        checkpoint(session, tmp_path)
        ledger.append(session, [receipt(number) for number in range(2)], now=NOW)
    return database


def test_who_may_see_the_ledger_sees_it_prove_itself(
    filled: Database, client_for: Clients, someone: Someone, tmp_path: Path
) -> None:
    client = client_for(someone(READ, EXPORT))
    told = client.get("/api/v1/ledger").json()
    assert (told["size"], told["origin"], told["open_window"]) == (7, ORIGIN, 7)
    assert (told["latest"]["number"], told["latest"]["size"], told["latest"]["valid"]) == (1, 5, False)
    assert (told["chain"]["engine"], told["abilities"]["manage"]) == ("local_log", False)
    listed = client.get("/api/v1/ledger/entries?limit=3").json()
    assert [one["index"] for one in listed["items"]] == [6, 5, 4]
    more = client.get("/api/v1/ledger/entries", params={"limit": 9, "after": listed["next"]}).json()
    assert [one["index"] for one in more["items"]] == [3, 2, 1, 0]
    assert client.get("/api/v1/ledger/entries?type=agreement").json()["items"] == []
    one = client.get("/api/v1/ledger/entries/3").json()
    assert (one["provable"], one["checkpoint"], one["body"]["number"]) == (True, 1, 3)
    assert client.get(f"/api/v1/ledger/entries/{one['id']}").json() == one
    assert client.get("/api/v1/ledger/entries/6").json()["provable"] is False
    assert client.get("/api/v1/ledger/entries/6/receipt").status_code == 404
    assert client.get("/api/v1/ledger/entries/none").status_code == 404
    shown = client.get("/api/v1/ledger/checkpoints").json()["items"]
    assert client.get("/api/v1/ledger/checkpoints/1").json()["note"].startswith(ORIGIN)
    assert [one["number"] for one in shown] == [1]
    assert client.get("/api/v1/ledger/checkpoints/9").status_code == 404
    proof = client.get("/api/v1/ledger/consistency?old=5&new=7").json()
    assert proof["old_root"] == shown[0]["root"]
    assert client.get("/api/v1/ledger/consistency?old=5&new=8").status_code == 422
    bundle, export = tmp_path / "receipt.json", tmp_path / "ledger.jsonl"
    bundle.write_bytes(client.get("/api/v1/ledger/entries/3/receipt").content)
    export.write_bytes(client.get("/api/v1/ledger/export").content)
    assert "holds" in verify.verify_file(str(bundle), needed=0)
    assert "5" in verify.verify_file(str(export), needed=0)
    assert client.get("/api/v1/ledger/verifier").content.startswith(b"#!/usr/bin/env python3")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("get", "/checkpoints", None),
        ("get", "/checkpoints/1", None),
        ("get", "/consistency?old=1&new=2", None),
        ("get", "/entries", None),
        ("get", "/entries/1", None),
        ("get", "/entries/1/receipt", None),
        ("get", "/export", None),
        ("get", "/members", None),
        ("get", "/witnesses", None),
        ("get", "/alarms", None),
        ("post", "/checkpoints", None),
        ("post", "/members", {"department_id": NOBODY}),
        ("post", f"/members/{NOBODY}/key", {}),
        ("post", "/witnesses", {"name": "w", "url": "http://w", "keys": ["x"]}),
        ("patch", f"/witnesses/{NOBODY}", {"active": False}),
        ("post", f"/alarms/{NOBODY}/seen", None),
    ],
)
def test_whoever_lacks_the_permission_is_refused(
    refusing: TestClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    answered = refusing.request(method, f"/api/v1/ledger{path}", json=body)
    assert answered.status_code == 403


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> TestClient:
    """The site as somebody sees it who may do nothing."""
    import shutil
    from dataclasses import replace

    from tests.conftest import actor_with
    from zhengtong import app

    folder = tmp_path_factory.mktemp("refusing")
    shutil.copy(sqlite_template, folder / "zhengtong.sqlite")
    given = {"kernel": {"data": folder}, "crypto": {"root_key": folder.parent / "refusing.key"}}
    city = app.open_city(app.load_settings(file=folder / "none.toml", given=given))
    site = replace(city.site, sign_in=lambda session, request, now: actor_with())
    return TestClient(app.create_app(replace(city, site=site), work=False), raise_server_exceptions=False)


def test_members_join_rotate_and_revoke(filled: Database, client_for: Clients, someone: Someone) -> None:
    with filled.write() as session:
        tax = department(session)
    client = client_for(someone(READ, MANAGE, KEYS))
    assert client.post("/api/v1/ledger/members", json={"department_id": str(tax)}).status_code == 204
    assert client.post("/api/v1/ledger/members", json={"department_id": str(tax)}).status_code == 409
    assert client.post("/api/v1/ledger/members", json={"department_id": str(new_id())}).status_code == 404
    own = crypto().new_key().public.point.hex()
    assert client.post(f"/api/v1/ledger/members/{tax}/key", json={"public": "04abcd"}).status_code == 422
    assert client.post(f"/api/v1/ledger/members/{tax}/key", json={"public": own}).status_code == 204
    told = client.get("/api/v1/ledger/members").json()
    assert [(one["name"], one["custody"], len(one["keys"])) for one in told] == [("税务局", "department", 2)]
    key = told[0]["key_id"]
    assert client.post(f"/api/v1/ledger/keys/{key}/revoke", json={"reason": "遗失"}).status_code == 204
    assert client.get("/api/v1/ledger/members").json()[0]["key_id"] == ""
    types = [one["type"] for one in client.get("/api/v1/ledger/entries?type=member").json()["items"]]
    assert types == ["member.key_revoked@1", "member.key_rotated@1", "member.joined@1"]
    stranger = client_for(someone(READ, KEYS, scope=Scope(departments=frozenset({new_id()}))))
    assert stranger.post(f"/api/v1/ledger/keys/{key}/revoke", json={"reason": "遗失"}).status_code == 403


def test_witnesses_are_named_and_sent_away(filled: Database, client_for: Clients, someone: Someone) -> None:
    client = client_for(someone(READ, MANAGE))
    key = str(ledger.Key("w1", "sm2-cosignature", crypto().new_key().public.point))
    new = {"name": "w1", "url": "http://127.0.0.1:9/", "keys": [key]}
    made = client.post("/api/v1/ledger/witnesses", json=new)
    assert (made.status_code, made.json()["url"]) == (201, "http://127.0.0.1:9")
    assert client.post("/api/v1/ledger/witnesses", json=new).status_code == 409
    for wrong in ({"keys": ["w1+00000000+AAAA"]}, {"url": "file:///etc/passwd"}, {"keys": []}):
        assert client.post("/api/v1/ledger/witnesses", json={**new, "name": "w2", **wrong}).status_code == 422
    log_key = str(ledger.Key("w3", "sm2", crypto().new_key().public.point))
    other = {"name": "w3", "url": "http://127.0.0.1:10", "keys": [log_key]}
    assert client.post("/api/v1/ledger/witnesses", json=other).status_code == 422
    id = made.json()["id"]
    assert client.patch(f"/api/v1/ledger/witnesses/{id}", json={"active": False}).json()["active"] is False
    assert client.patch(f"/api/v1/ledger/witnesses/{new_id()}", json={"active": False}).status_code == 404
    assert [one["behind"] for one in client.get("/api/v1/ledger/witnesses").json()] == [7]
    assert client.post("/api/v1/ledger/checkpoints").status_code == 204
    with filled.read() as session:
        assert {"ledger.cosign", "ledger.checkpoint"} <= set(session.scalars(select(JobRow.name)))


def test_an_alarm_stays_with_who_saw_to_it(filled: Database, client_for: Clients, someone: Someone) -> None:
    from zhengtong.sharing.ledger.actions.checkpoints import raise_alarm

    with filled.write() as session:
        first = raise_alarm(session, "fork", "w1 saw another history", {"shown": "a"}, now=NOW)
        assert raise_alarm(session, "fork", "w1 saw another history", {"shown": "a"}, now=NOW) is first
    client = client_for(someone(READ, MANAGE))
    told = client.get("/api/v1/ledger/alarms").json()["items"]
    assert [(one["kind"], one["evidence"], one["seen_at"]) for one in told] == [("fork", {"shown": "a"}, None)]
    seen = client.post(f"/api/v1/ledger/alarms/{told[0]['id']}/seen").json()
    assert seen["seen_by"] == "沈若川"
    assert client.post(f"/api/v1/ledger/alarms/{new_id()}/seen").status_code == 404
    assert client.get("/api/v1/ledger").json()["alarms"] == 0


def test_a_departments_signer_is_told_what_waits_and_answers(
    filled: Database, client_for: Clients, someone: Someone, tmp_path: Path
) -> None:
    from zhengtong.sharing.ledger.actions import keys

    own, actor = crypto().new_key(), someone(SEAL, KEYS)
    with filled.write() as session:
        tax = department(session)
        public = own.public.point
        keys.rotate_key(session, actor, tax, public=public, keyring=keyring(tmp_path), crypto=crypto(), now=NOW)
        for payload in (b"one", b"two"):
            ledger.ask_signer(session, actor, tax, payload, about="协议", now=NOW)
    client = client_for(None)
    at = int(NOW.timestamp())
    hello = crypto().sign(own, ledger.greeting(ledger.member_of(tax), at)).hex()
    place = f"/api/v1/ledger/signer/{tax}"
    assert client.get(place, params={"at": at, "greeting": "0" * 128}).status_code == 401
    waiting = client.get(place, params={"at": at, "greeting": hello}).json()
    assert [bytes.fromhex(one["payload"]) for one in waiting] == [b"one", b"two"]
    first, second = (f"{place}/{one['id']}" for one in waiting)
    assert client.post(first, json={"signature": "00" * 64}).status_code == 422
    signature = crypto().sign(own, ledger.message_of(b"one")).hex()
    assert client.post(first, json={"signature": signature}).json()["state"] == "signed"
    assert client.post(first, json={"signature": signature}).status_code == 404
    assert client.post(second, json={"at": at, "greeting": "00" * 64}).status_code == 401
    assert client.post(second, json={"at": at, "greeting": hello}).json()["state"] == "refused"


@pytest.mark.both_databases
def test_the_audit_trails_head_is_anchored_and_an_altered_row_is_found(database: Database) -> None:
    from sqlalchemy import text

    with database.write() as session:
        audit.record(session, SYSTEM, "x.done", SimpleNamespace(id=1), after={"a": 1}, at=NOW)
    with database.write() as session:
        anchoring.audit_head(session, now=NOW)
    with database.write() as session:
        anchoring.audit_head(session, now=NOW)
        audit.record(session, SYSTEM, "x.done", SimpleNamespace(id=2), after={"a": 2}, at=NOW + timedelta(hours=1))
    with database.write() as session:
        anchoring.audit_head(session, now=NOW)
    with database.read() as session:
        assert ledger.head(session).size == 2
        assert audits.altered_audit(session) is None
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER audit_no_UPDATE")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(text("UPDATE audit SET actor_name = 'nobody' WHERE thing_id = '1'"))
    with database.read() as session:
        assert audits.altered_audit(session) == 1


def test_a_published_item_and_a_landed_batch_are_anchored(database: Database, tmp_path: Path) -> None:
    told = {
        "batch_id": str(new_id()),
        "item_id": str(new_id()),
        "digest": "ab" * 32,
        "rows_landed": 3,
        "table": "t",
        "version": 1,
        "at": NOW.isoformat(),
    }
    run = SimpleNamespace(given=lambda _: Files(), read=database.read, write=database.write, now=lambda: NOW)
    for _ in range(2):
        anchoring.anchor_batch(run, told=told)  # type: ignore[arg-type] - what the job needs of a run
    with database.read() as session:
        entry = ledger.entry_at(session, 0)
        assert ledger.head(session).size == 1
    assert (entry.type, entry.body["rows"], entry.body["files"]) == ("batch.landed@1", 3, {"part-0": "aa"})
    assert json.loads(entry.to_bytes())["id"] == told["batch_id"]


class Files:
    """A lake of one file."""

    def fingerprints(self, table: str, digest: object, *, version: int, since: int | None = None) -> dict[str, str]:
        return {"part-0": "aa"}


def test_the_clock_of_a_checkpoint_is_the_citys(filled: Database) -> None:
    with filled.read() as session:
        last = ledger.latest(session)
        assert last
        assert last.at == clock.now()
