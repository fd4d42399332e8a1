"""The administrator's pages over the whole site: each route allowed and refused, and what it answers."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW
from zhengtong.engines import mail
from zhengtong.kernel import capability, clock, events, jobs, settings, web
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.office import notices, operations
from zhengtong.office.operations.permissions import ACT, READ, READ_SETTINGS

ROUTES = [
    ("GET", "/operations/overview", READ, None),
    ("GET", "/operations/health", READ, None),
    ("GET", "/operations/settings", READ_SETTINGS, None),
    ("GET", "/operations/jobs", READ, None),
    ("GET", "/operations/jobs/names", READ, None),
    ("GET", "/operations/jobs/1", READ, None),
    ("POST", "/operations/jobs/1/replay", ACT, None),
    ("POST", "/operations/jobs/1/cancel", ACT, {"reason": "x"}),
    ("POST", "/operations/jobs/replay", ACT, {"name": "test.fails"}),
    ("GET", "/operations/events", READ, None),
    ("GET", f"/operations/events/{UUID(int=7)}", READ, None),
    ("GET", "/operations/timers", READ, None),
    ("POST", "/operations/timers/notices.digest/run", ACT, None),
]


@dataclass(frozen=True)
class Told(events.Event):
    type: ClassVar[str] = "test.told@1"
    lane: str
    phone: str


def hear(session, event, *, now):
    raise RuntimeError("deaf")


LISTENER = events.Listener("test.hear", Told, hear)


@pytest.fixture
def asks(database, tmp_path):
    """`asks(actor)(method, path, json)`: one request to this room's site as somebody."""
    rooms = (notices.capability, operations.capability)
    chosen = settings.load(
        {room.name: room.settings for room in rooms} | {"mail": mail.MailSettings},
        environment={},
        given={"kernel": {"data": tmp_path}, "mail": {"password": "hunter2"}},
    )
    database.listeners = events.by_type([LISTENER])
    wake = Wake(database)
    workers = jobs.Workers(database, capability.registry(rooms), wake, givens={}, threads=0)
    givens = {settings.Settings: chosen, jobs.Workers: workers, Database: database}

    def by(actor):
        site = web.Site(database=database, wake=wake, sign_in=lambda session, request, now: actor, givens=givens)
        routers = [operations.capability.routes.router]
        app = web.make_app(site, routers, title="test", version="0", static=tmp_path, secure=False)
        client = TestClient(app, raise_server_exceptions=False)
        return lambda method, path, json=None, **headers: client.request(
            method, f"/api/v1{path}", json=json, headers=headers
        )

    return by


@pytest.mark.parametrize(("method", "path", "permission", "body"), ROUTES)
def test_each_page_needs_its_permission(asks, someone, method, path, permission, body):
    assert asks(None)(method, path, body).status_code == 401
    others = [one for one in (READ, ACT, READ_SETTINGS) if one is not permission]
    assert asks(someone(*others))(method, path, body).status_code == 403
    assert asks(someone(permission))(method, path, body).status_code in (200, 404)


def test_the_queue_is_listed_filtered_and_paged(asks, someone, dead):
    by = asks(someone(READ))
    first = by("GET", "/operations/jobs?state=dead&limit=2").json()
    assert (first["total"], [row["id"] for row in first["items"]]) == (3, dead[::-1][:2])
    second = by("GET", f"/operations/jobs?state=dead&limit=2&after={first['next']}").json()
    assert [row["id"] for row in second["items"]] == dead[:1]
    [later] = by("GET", "/operations/jobs?name=test.later").json()["items"]
    assert (later["state"], later["state_name"]["zh"]) == ("waiting", "等待中")
    assert by("GET", "/operations/jobs?state=retrying").json()["items"] == []
    assert by("GET", "/operations/jobs?state=nonsense").status_code == 422


def test_a_jobs_arguments_and_error_are_shown_without_secrets(asks, someone, dead):
    shown = asks(someone(READ))("GET", f"/operations/jobs/{dead[0]}").json()
    assert shown["arguments"] == {"to": "138********", "password": "***", "n": 0}
    assert "11010519491231002X" not in shown["error"]
    assert "RuntimeError" in shown["whole_error"]
    assert shown["abilities"] == {"replay": False, "cancel": False}
    assert "hunter2" not in str(shown)


def test_abilities_say_what_may_be_done(asks, someone, dead):
    by = asks(someone(READ, ACT))
    assert by("GET", f"/operations/jobs/{dead[0]}").json()["abilities"] == {"replay": True, "cancel": False}
    assert by("POST", f"/operations/jobs/{dead[0]}/replay").json()["abilities"] == {"replay": False, "cancel": True}
    cancelled = by("POST", f"/operations/jobs/{dead[0]}/cancel", {"reason": "误发"}).json()
    assert (cancelled["state"], cancelled["abilities"]) == ("cancelled", {"replay": True, "cancel": False})
    again = by("POST", f"/operations/jobs/{dead[0]}/cancel", {"reason": "误发"}, **{"accept-language": "en"})
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"Job {dead[0]} is “Cancelled”; only a waiting one can be cancelled.",
    )


def test_all_dead_jobs_of_a_name_are_replayed_at_once(asks, someone, dead):
    by = asks(someone(READ, ACT))
    assert by("POST", "/operations/jobs/replay", {"name": "test.fails"}).json() == {"changed": 3, "ids": dead}
    names = {row["name"]: row for row in by("GET", "/operations/jobs/names").json()["items"]}
    assert (names["test.fails"]["waiting"], names["test.fails"]["dead"]) == (3, 0)
    assert "notices.send" in names
    assert by("POST", "/operations/jobs/replay", {}).json()["code"] == "nothing-chosen"


def test_an_event_is_shown_with_its_deliveries_and_what_it_said(asks, someone, database):
    by = asks(someone(READ))
    with clock.fixed(NOW), database.write() as session:
        events.announce(session, Told("a", "13800138000"))
        events.announce(session, Told("a", "13800138001"))
        event_id = events.announce(session, Told("b", "13800138002"))
    items = by("GET", "/operations/events?type=test.told@1").json()["items"]
    assert [(row["listeners"], row["deliveries"]["waiting"]) for row in items] == [(1, 1)] * 3
    shown = by("GET", f"/operations/events/{event_id}").json()
    assert shown["body"] == {"lane": "b", "phone": "***"}
    assert [row["name"] for row in shown["delivered_to"]] == ["test.hear"]
    assert len(by("GET", "/operations/events?state=waiting").json()["items"]) == 3
    assert by("GET", "/operations/events?state=dead").json()["items"] == []


def test_timers_tell_their_schedule_and_are_run_by_hand(asks, someone, database):
    by = asks(someone(READ, ACT))
    timers = {row["name"]: row for row in by("GET", "/operations/timers").json()["items"]}
    assert timers["notices.digest"]["schedule"] == {"zh": "每 5 分钟", "en": "every 5 minutes"}
    after = {row["name"]: row for row in by("POST", "/operations/timers/notices.digest/run").json()["items"]}
    assert after["notices.digest"]["last_state"] == "waiting"
    assert by("POST", "/operations/timers/no/run").json()["code"] == "timer-not-found"


def test_health_tells_what_it_measured_and_what_is_wrong(client_for, someone, dead):
    client = client_for(someone(READ))
    health = client.get("/api/v1/operations/health").json()
    assert health["database"]["kind"] in ("sqlite", "postgresql")
    assert health["database"]["size_bytes"] > 0
    assert {engine["name"] for engine in health["engines"]} >= {"mail", "sms", "crypto"}
    assert {engine["state"] for engine in health["engines"]} == {"ok"}
    assert health["process"]["memory_bytes"] > 10_000_000
    assert 0 < health["process"]["disk_free_bytes"] <= health["process"]["disk_total_bytes"]
    assert "dead-jobs" in {alarm["code"] for alarm in health["alarms"]}
    assert health["health"] == "bad"
    overview = client.get("/api/v1/operations/overview").json()
    assert (overview["queue"]["dead"], overview["health"]) == (3, "bad")


def test_the_settings_are_told_without_secrets(asks, someone):
    items = asks(someone(READ_SETTINGS))("GET", "/operations/settings").json()["items"]
    told = {(row["section"], row["key"]): row for row in items}
    assert told["kernel", "port"]["description"] == {"zh": "监听端口", "en": "port to bind"}
    assert (told["mail", "password"]["value"], told["mail", "password"]["source"]) == ("***", "command")
    assert told["kernel", "port"]["source"] == "default"
    assert "hunter2" not in str(items)


def test_an_unknown_job_and_event_are_not_found(asks, someone):
    by = asks(someone(READ))
    assert by("GET", "/operations/jobs/999").json()["code"] == "job-not-found"
    assert by("GET", f"/operations/jobs/{2**80}").json()["code"] == "job-not-found"
    assert by("GET", f"/operations/events/{UUID(int=5)}").json()["code"] == "event-not-found"
