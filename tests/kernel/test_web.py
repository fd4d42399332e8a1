"""The edge, over a small site of the test's own."""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session

from zhengtong.kernel import clock, errors, web
from zhengtong.kernel.actor import Actor, Permission, require
from zhengtong.kernel.db import Base, Database, Id, new_id
from zhengtong.kernel.wake import Wake
from zhengtong.kernel.web.routes import Answered

pytestmark = pytest.mark.both_databases
READ = Permission("test.read", "查看", "Read")
BURN = Permission("test.burn", "销毁", "Burn", step_up=True)


class Lamp(Base):
    __tablename__ = "test_lamp"
    id: Mapped[Id]
    name: Mapped[str]
    lit_at: Mapped[datetime]
    version: Mapped[int]
    department_id: Mapped[UUID | None]


class LampIn(BaseModel):
    name: str = Field(min_length=2)


class LampOut(BaseModel):
    id: UUID
    name: str
    version: int


class LampBroken(errors.Conflict):
    zh = "灯 {name} 坏了，请先修好。"
    en = "The lamp {name} is broken; mend it first."


def out(lamp: Lamp) -> LampOut:
    return LampOut(id=lamp.id, name=lamp.name, version=lamp.version)


routes = web.Routes("lamps", group="test")


@routes.get("/lamps", needs=READ)
def list_lamps(session: Session, page: web.PageArgs, tag: Annotated[str, Query()] = "") -> web.Page[LampOut]:
    """Lamps, by name."""
    return web.paginate(
        session, select(Lamp), page, sort={"name": Lamp.name, "lit": Lamp.lit_at}, key=Lamp.id, item=out
    )


@routes.post("/lamps/keys", needs=READ, status=201, shown_once=True)
def make_key(session: Session, actor: Actor) -> LampIn:
    session.add(Lamp(id=new_id(), name="key", lit_at=clock.now(), version=1))
    return LampIn(name="hunter2")


@routes.post("/lamps", needs=READ, status=201)
def add_lamp(session: Session, actor: Actor, lamp: LampIn) -> LampOut:
    row = Lamp(id=new_id(), name=lamp.name, lit_at=clock.now(), version=1)
    session.add(row)
    if lamp.name == "broken":
        raise LampBroken(name=lamp.name)
    if lamp.name == "twin":
        session.add(Lamp(id=row.id, name="x", lit_at=clock.now(), version=1))
    if lamp.name == "void":
        row.name = None
    if lamp.name == "bug":
        raise ZeroDivisionError("password=hunter2")
    return out(row)


@routes.put("/lamps/{lamp_id}", needs=READ)
def change_lamp(session: Session, lamp_id: UUID, lamp: LampIn, if_match: web.IfMatch = None) -> LampOut:
    row = session.get_one(Lamp, lamp_id)
    web.check_version(row.version, if_match)
    row.name, row.version = lamp.name, row.version + 1
    return out(row)


@routes.get("/lamps/{lamp_id}", needs=web.SIGNED_IN)
def show_lamp(session: Session, actor: Actor, lamp_id: UUID) -> LampOut:
    lamp = session.get_one(Lamp, lamp_id)
    require(actor, READ, lamp)
    return out(lamp)


@routes.delete("/lamps/{lamp_id}", needs=BURN)
def burn_lamp(session: Session, lamp_id: UUID) -> None:
    session.delete(session.get_one(Lamp, lamp_id))


@routes.get("/open", needs=web.PUBLIC)
def say_hello(session: Session) -> LampOut:
    return LampOut(id=UUID(int=1), name="灯" * 2000, version=0)


@pytest.fixture
def site(database, tmp_path):
    who: list[Actor | None] = [None]
    site = web.Site(database=database, wake=Wake(database), sign_in=lambda session, request, now: who[0])
    app = web.make_app(site, [routes.router], title="t", version="0", static=tmp_path, secure=True)
    client = TestClient(app, raise_server_exceptions=False)
    client.who = who
    return client


@pytest.fixture
def client(site, someone, now):
    site.who[0] = someone(READ, now=clock.now())
    return site


def names(client, **query):
    return [lamp["name"] for lamp in client.get("/api/v1/lamps", params=query).json()["items"]]


def test_nobody_is_told_to_sign_in(site):
    answer = site.get("/api/v1/lamps")
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign-in-needed"


def test_a_missing_permission_is_refused_and_named_in_the_reader_s_language(site, someone):
    site.who[0] = someone()
    assert "查看" in site.get("/api/v1/lamps").json()["detail"]
    answer = site.get("/api/v1/lamps", headers={"Accept-Language": "en-GB,zh;q=0.5"})
    assert answer.status_code == 403
    assert "Read" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_sensitive_action_asks_for_the_second_factor_again_after_ten_minutes(site, someone):
    row = new_id()
    site.who[0] = someone(BURN, now=clock.now() - timedelta(minutes=11))
    answer = site.delete(f"/api/v1/lamps/{row}")
    assert (answer.status_code, answer.json()["code"]) == (401, "step-up-needed")


def test_a_thing_of_another_department_is_refused(site, someone, database):
    from zhengtong.kernel.actor import Scope

    here, there, lamp = new_id(), new_id(), new_id()
    with database.write() as session:
        session.add(Lamp(id=lamp, name="x", lit_at=clock.now(), version=1, department_id=there))
    site.who[0] = someone(READ, scope=Scope(departments=frozenset([here])))
    assert site.get(f"/api/v1/lamps/{lamp}").status_code == 403
    site.who[0] = someone(READ, scope=Scope(departments=frozenset([there])))
    assert site.get(f"/api/v1/lamps/{lamp}").status_code == 200


def test_a_problem_keeps_nothing_and_says_what_to_do(client):
    answer = client.post("/api/v1/lamps", json={"name": "broken"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "灯 broken 坏了，请先修好。"
    assert names(client) == []


def test_a_bug_tells_a_reference_that_stands_in_the_log_and_nothing_else(client, logged_as):
    written = logged_as("json")
    answer = client.post("/api/v1/lamps", json={"name": "bug"})
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["reference"] == answer.headers["x-request-id"]
    [broke] = [line for line in map(json.loads, written.getvalue().splitlines()) if line["event"] == "web.unexpected"]
    assert broke["request"] == answer.json()["reference"]
    assert names(client) == []


def test_what_is_malformed_names_the_field_in_both_languages(client):
    answer = client.post("/api/v1/lamps", json={"name": "x"})
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"name": "name", "message": "太短，至少 2 个字。"}]
    english = client.post("/api/v1/lamps", json={}, headers={"Accept-Language": "en"}).json()
    assert english["fields"] == [{"name": "name", "message": "This is required."}]


def test_pages_follow_the_key_while_rows_come_and_go(client):
    for n in range(25):
        client.post("/api/v1/lamps", json={"name": f"lamp {n:02}"})
    first = client.get("/api/v1/lamps", params={"limit": 10}).json()
    assert first["total"] == 25
    client.post("/api/v1/lamps", json={"name": "lamp 00 again"})
    seen = [lamp["name"] for lamp in first["items"]]
    after = first["next"]
    while after:
        page = client.get("/api/v1/lamps", params={"limit": 10, "after": after}).json()
        seen += [lamp["name"] for lamp in page["items"]]
        after = page["next"]
    assert seen == [f"lamp {n:02}" for n in range(25)]
    assert names(client, sort="-name", limit=2) == ["lamp 24", "lamp 23"]


@pytest.mark.parametrize(
    "query", [{"after": "nonsense"}, {"after": "WzFd"}, {"sort": "colour"}, {"limit": 0}, {"limit": 1000}]
)
def test_a_wrong_page_is_told(client, query):
    assert client.get("/api/v1/lamps", params=query).status_code == 422


def test_pages_sorted_by_time_go_on_where_they_stopped(client):
    for n in range(5):
        client.post("/api/v1/lamps", json={"name": f"lamp {n}"})
    first = client.get("/api/v1/lamps", params={"limit": 2, "sort": "-lit"}).json()
    second = client.get("/api/v1/lamps", params={"limit": 9, "sort": "-lit", "after": first["next"]}).json()
    assert [lamp["name"] for lamp in first["items"] + second["items"]] == [f"lamp {n}" for n in (4, 3, 2, 1, 0)]


def test_the_same_idempotency_key_gives_the_same_answer_and_one_effect(client):
    headers = {"Idempotency-Key": "key-12345678"}
    first = client.post("/api/v1/lamps", json={"name": "one"}, headers=headers)
    second = client.post("/api/v1/lamps", json={"name": "one"}, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert names(client) == ["one"]
    assert client.post("/api/v1/lamps", json={"name": "two"}, headers=headers).status_code == 409


def test_an_answer_with_a_secret_is_shown_once_and_not_kept(client, database):
    headers = {"Idempotency-Key": "key-12345678"}
    first = client.post("/api/v1/lamps/keys", headers=headers)
    assert (first.status_code, first.headers["cache-control"]) == (201, "no-store")
    second = client.post("/api/v1/lamps/keys", headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "answer-shown-once")
    assert names(client) == ["key"]
    with database.read() as session:
        assert [row.body for row in session.scalars(select(Answered))] == [""]


@pytest.mark.parametrize(
    ("reason", "status"), [("database or disk is full", 503), ("disk I/O error", 503), ("no such table: lamp", 500)]
)
def test_a_database_that_is_full_or_away_is_told_as_that(client, database, reason, status):
    def fail(connection, cursor, statement, parameters, context, many):
        if statement.startswith("INSERT INTO test_lamp"):
            raise OperationalError(statement, parameters, sqlite3.OperationalError(reason))

    event.listen(database.engine, "before_cursor_execute", fail)
    answer = client.post("/api/v1/lamps", json={"name": "one"})
    event.remove(database.engine, "before_cursor_execute", fail)
    assert answer.status_code == status
    assert answer.json()["code"] == ("database-away" if status == 503 else "unexpected")
    assert names(client) == []


def test_an_invented_method_makes_no_metric_of_its_own(client):
    client.request("BREW", "/api/v1/lamps")
    assert "BREW" not in client.get("/metrics").text


def test_an_unchanged_thing_is_not_sent_again_and_a_changed_one_is_not_overwritten(client):
    lamp = client.post("/api/v1/lamps", json={"name": "one"}).json()
    listed = client.get("/api/v1/lamps")
    assert client.get("/api/v1/lamps", headers={"If-None-Match": listed.headers["etag"]}).status_code == 304
    shown = client.get(f"/api/v1/lamps/{lamp['id']}")
    headers = {"If-Match": shown.headers["etag"]}
    assert client.put(f"/api/v1/lamps/{lamp['id']}", json={"name": "mine"}, headers=headers).status_code == 200
    again = client.put(f"/api/v1/lamps/{lamp['id']}", json={"name": "yours"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (412, "changed-meanwhile")
    assert client.put(f"/api/v1/lamps/{lamp['id']}", json={"name": "yours"}).status_code == 412


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver"}, 201),
        ({}, 201),
    ],
)
def test_a_browser_s_change_must_come_from_our_own_pages(client, headers, status):
    assert client.post("/api/v1/lamps", json={"name": "lamp"}, headers=headers).status_code == status


def test_what_is_too_large_is_refused_before_it_is_read(client):
    answer = client.post("/api/v1/lamps", content=b"x", headers={"Content-Length": str(2**40)})
    assert answer.status_code == 413
    answer = client.post(
        "/api/v1/lamps", content=iter([b"x" * 2**20] * 65), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_an_unknown_address_and_method_are_problems_too(client):
    assert client.get("/api/v1/none").json()["code"] == "no-such-address"
    assert client.get("/api/nothing").status_code == 404
    assert client.patch("/api/v1/lamps").status_code == 405


def test_every_answer_carries_the_guarding_headers(client):
    for path in ("/api/v1/lamps", "/api/v1/none", "/api/health/live"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"].startswith("max-age")


def test_health_and_metrics_answer(client):
    assert client.get("/api/health/ready").json() == {"status": "ready"}
    client.get("/api/v1/lamps")
    metrics = client.get("/metrics").text
    assert 'zhengtong_http_requests_total{method="GET",route="/api/v1/lamps",status="200"}' in metrics


def test_long_answers_are_compressed(client):
    assert client.get("/api/v1/open").headers["content-encoding"] == "gzip"


def test_a_page_s_address_never_leaves_the_static_folder(client, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    assert client.get("/%2e%2e/secret.txt").text == "<!doctype html>"
    assert client.get("/people").text == "<!doctype html>"
    assert client.get("/api/x").status_code == 404


def test_each_route_says_what_it_needs():
    app_routes = {route.path: route.openapi_extra["x-needs"] for route in routes.router.routes}
    assert app_routes["/api/v1/lamps"] == "test.read"
    assert app_routes["/api/v1/open"] == "public"
    with pytest.raises(TypeError):
        routes.get("/undeclared")


def test_a_wrong_form_is_told_only_to_whom_the_door_is_open(site, someone):
    assert site.post("/api/v1/lamps", json={}).status_code == 401
    site.who[0] = someone()
    assert site.post("/api/v1/lamps", json={}).status_code == 403
    site.who[0] = someone(READ, now=clock.now())
    assert site.post("/api/v1/lamps", json={}).status_code == 422


def test_what_two_people_register_at_once_is_a_conflict_and_what_is_a_bug_is_not(client):
    assert client.post("/api/v1/lamps", json={"name": "twin"}).status_code == 409
    assert client.post("/api/v1/lamps", json={"name": "void"}).status_code == 500
    assert names(client) == []


def test_a_route_has_one_transaction_or_opens_its_own_but_not_both():
    def both(session: Session, database: Database) -> None:
        return None

    with pytest.raises(TypeError, match="both"):
        web.Routes("x", group="test").get("/both", needs=READ)(both)


def test_built_files_are_kept_by_the_browser_and_the_page_is_asked_for_again(database, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-1a2b.js").write_text("1")
    (tmp_path / "index.html").write_text("<!doctype html>")
    site = web.Site(database=database, wake=Wake(database), sign_in=lambda session, request, now: None)
    client = TestClient(web.make_app(site, [], title="t", version="0", static=tmp_path, secure=False))
    assert "immutable" in client.get("/assets/main-1a2b.js").headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-cache"
