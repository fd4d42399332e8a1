"""Departments' systems push batches: kept whole or not at all, landed once, told row by row what is wrong."""

import hashlib
import json
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from tests.conftest import NOW, actor_with
from tests.data.intake import place
from tests.data.intake.site import client_of
from tests.office.identity.sign_in.machine import ORIGIN, Machine
from zhengtong import app
from zhengtong.data import intake
from zhengtong.data.intake.permissions import PUSH, READ
from zhengtong.data.intake.tables import Push
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Scope
from zhengtong.office import identity

MEDIA = "application/json"


@pytest.fixture(autouse=True)
def _at_now(clock_at_now):
    """All of it on a fixed clock."""


class Sender:
    """A bureau with an item of firms, a source that is pushed to, and the bureau's system."""

    def __init__(self, city, **settings):
        self.city = city
        self.bureau = place.found(city)
        self.item = place.register(city, self.bureau)
        self.source = place.source(city, self.bureau, self.item, "push", settings, code="market.push")
        self.client = client_of(city, self.actor())

    def actor(self, *permissions, department=None):
        scope = Scope(departments=frozenset([department or self.bureau]))
        return actor_with(*(permissions or (PUSH,)), kind="system", scope=scope, department=self.bureau)

    def push(self, content, key=None, media=MEDIA, source="market.push", client=None):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"content-type": media, "idempotency-key": key if key is not None else str(uuid4())}
        return (client or self.client).post(f"/api/v1/intake/push/{source}", content=body, headers=headers)

    def kept(self):
        with self.city.database.read() as session:
            return session.scalar(select(func.count()).select_from(Push))

    def landed(self):
        self.city.workers.drain()
        return sorted(self.city.engines.lake.read(f"items/{self.item.hex}")["name"].to_pylist())

    def runs(self):
        with self.city.database.read() as session:
            return list(session.scalars(select(intake.Run).order_by(intake.Run.number)))


@pytest.fixture
def city(database_url, tmp_path):
    opened = place.open_city(database_url, tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture
def sender(city):
    return Sender(city)


def firms(*numbers):
    return [{"uscc": place.code(n), "name": f"企业{n}", "capital": 100 * n, "since": "2020-03-05"} for n in numbers]


def test_a_pushed_batch_is_kept_acknowledged_with_its_digest_and_landed_once(sender):
    body = json.dumps({"rows": firms(1, 2, 3)}).encode()
    answer = sender.push(body, key="batch-0001")
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert receipt["digest"] == hashlib.new("sm3", body).hexdigest()
    assert (receipt["rows"], receipt["source"], receipt["repeated"], receipt["run_id"]) == (
        3,
        "market.push",
        False,
        None,
    )
    again = sender.push(body, key="batch-0001").json()
    assert again == {**receipt, "repeated": True}
    assert sender.landed() == ["企业1", "企业2", "企业3"]
    told = sender.client.get(f"/api/v1/intake/pushes/{receipt['id']}").json()
    assert (told["state"], told["digest"]) == ("landed", receipt["digest"])
    after = sender.push(body, key="batch-0001").json()
    assert after["repeated"]
    assert sender.landed() == ["企业1", "企业2", "企业3"]


def test_a_source_may_be_named_by_its_id_and_rows_sent_one_a_line(sender):
    lines = "\n".join(json.dumps(one) for one in firms(4, 5)).encode()
    answer = sender.push(lines, source=str(sender.source), media="application/x-ndjson; charset=utf-8")
    assert answer.status_code == 200, answer.text
    assert sender.landed() == ["企业4", "企业5"]


def test_batches_that_wait_land_together_in_one_run(sender):
    for number in range(5):
        assert sender.push(firms(number)).status_code == 200
    assert sender.landed() == [f"企业{number}" for number in range(5)]
    assert [run.rows_landed for run in sender.runs()] == [5]


def test_a_key_cannot_be_used_for_other_content(sender):
    sender.push(firms(1), key="batch-0001")
    answer = sender.push(firms(2), key="batch-0001")
    assert (answer.status_code, answer.json()["code"]) == (409, "push-key-taken")
    assert sender.kept() == 1


WRONG_ROWS = [
    ({"uscc": "x", "nmae": "y"}, "rows.1.nmae"),
    ("a word", "rows.1"),
    ({}, "rows.1"),
    ({"uscc": "x" * 200_000}, "rows.1"),
]


def test_one_wrong_row_refuses_the_batch_and_is_named(sender):
    for row, place_ in WRONG_ROWS:
        answer = sender.push([firms(1)[0], row])
        assert (answer.status_code, answer.json()["code"]) == (422, "push-wrong")
        assert [fault["name"] for fault in answer.json()["fields"]] == [place_]
    assert sender.kept() == 0


def test_needed_columns_are_asked_for_and_fifty_faults_are_told_at_most(city):
    sender = Sender(city, columns=["uscc", "name"], required=["name"])
    answer = sender.push([{"uscc": "x", "name": " "}] * 80)
    assert answer.status_code == 422
    assert "80" in answer.json()["detail"]
    assert len(answer.json()["fields"]) == 50
    assert answer.json()["fields"][0]["name"] == "rows.0.name"


REFUSED = {
    "not JSON": (b"{", MEDIA, 422, "push-unreadable"),
    "no list": (b'{"items": []}', MEDIA, 422, "push-unreadable"),
    "nothing": (b"", MEDIA, 422, "push-unreadable"),
    "no rows": (b"[]", MEDIA, 422, "push-unreadable"),
    "not UTF-8": (b'[{"name": "\xff"}]', MEDIA, 422, "push-unreadable"),
    "a name twice": (b'[{"a": 1, "a": 2}]', MEDIA, 422, "push-unreadable"),
    "too deep": (b"[" * 50_000, MEDIA, 422, "push-unreadable"),
    "wrong type": (b"<a/>", "text/xml", 415, "wrong-media-type"),
    "no type": (b"[]", "", 415, "wrong-media-type"),
    "too many": (json.dumps([{"name": "x"}] * 31).encode(), MEDIA, 422, "push-too-long"),
    "too large": (b" " * (5 << 20), MEDIA, 413, "too-large"),
}


def test_what_cannot_be_taken_is_refused_and_nothing_is_kept(database_url, tmp_path):
    city = place.open_city(database_url, tmp_path, push_rows=30)
    sender = Sender(city)
    for what, (body, media, status, code) in REFUSED.items():
        answer = sender.push(body, media=media)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
    assert sender.kept() == 0
    city.database.close()


def test_a_push_without_a_key_is_refused(sender):
    assert sender.push(firms(1), key="short").json()["code"] == "push-key-needed"


def test_too_many_waiting_batches_are_told_when_to_come_again(database_url, tmp_path):
    city = place.open_city(database_url, tmp_path, pushes_waiting=2)
    sender = Sender(city)
    answers = [sender.push(firms(number)) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "30"
    assert sender.landed() == ["企业0", "企业1"]
    assert sender.push(firms(2)).status_code == 200
    city.database.close()


def test_only_who_may_push_there_can(sender, city):
    other = place.found(city)
    assert sender.push(firms(1), client=client_of(city, None)).status_code == 401
    assert sender.push(firms(1), client=client_of(city, sender.actor(READ))).status_code == 403
    assert sender.push(firms(1), client=client_of(city, sender.actor(department=other))).status_code == 404
    receipt = sender.push(firms(1)).json()["id"]
    stranger = client_of(city, sender.actor(PUSH, department=other))
    assert stranger.get(f"/api/v1/intake/pushes/{receipt}").status_code == 404


def test_a_source_that_is_not_pushed_to_or_not_live_is_told(sender, city):
    place.source(city, sender.bureau, sender.item, "upload", {}, code="market.files")
    for state, code in (("retired", "source-retired"), ("draft", "source-not-ready")):
        with city.database.write() as session:
            session.get_one(intake.Source, sender.source).state = intake.SourceState(state)
        assert sender.push(firms(1)).json()["code"] == code
    assert sender.push(firms(1), source="market.files").json()["code"] == "not-pushed"
    assert sender.push(firms(1), source="nowhere").status_code == 404


def test_a_resting_source_keeps_what_is_pushed_until_it_wakes(sender, city):
    with city.database.write() as session:
        session.get_one(intake.Source, sender.source).state = intake.SourceState.RESTING
    assert sender.push(firms(1)).status_code == 200
    city.workers.drain()
    assert sender.runs() == []
    with city.database.write() as session:
        session.get_one(intake.Source, sender.source).state = intake.SourceState.ACTIVE
    with clock.fixed(NOW), city.database.write() as session:
        from zhengtong.data.intake.jobs.watching import watch

        watch(session, now=NOW)
    assert sender.landed() == ["企业1"]


def test_a_department_s_system_signs_in_with_sm2_and_pushes(city, sender):
    everything = [permission for room in app.CAPABILITIES for permission in room.permissions]
    with city.database.write() as session:
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=everything, now=NOW)
    office = client_of(city, actor_with(*everything))
    account = {
        "name": "市场监管登记系统",
        "department_id": str(sender.bureau),
        "purpose": "推送当日登记",
        "grants": [{"permission": PUSH.name, "scope": "own"}],
    }
    system = office.post("/api/v1/service-accounts", json=account).json()["id"]
    crypto = city.workers.givens[Crypto]
    key = crypto.new_key()
    kept = office.post(f"/api/v1/service-accounts/{system}/keys", json={"public_key": key.public.to_pem()}).json()
    site = TestClient(app.create_app(city, work=False), base_url=ORIGIN, raise_server_exceptions=False)
    machine = Machine(site, crypto, key, system, kept["id"])
    assert machine.open(NOW).status_code == 200

    body = json.dumps({"rows": firms(1)}).encode()
    target = "/api/v1/intake/push/market.push"

    def push(content, **changed):
        headers = {"content-type": MEDIA, "idempotency-key": "day-2026-03-05"}
        headers["authorization"] = machine.header("POST", target, body, NOW, **changed)
        return site.post(target, content=content, headers=headers)

    assert push(body).json()["digest"] == crypto.sm3(body).hex()
    assert push(body.replace("企业1".encode("unicode_escape"), b"x")).status_code == 401, "not what was signed"
    assert push(body, signature="00" * 32).status_code == 401
    assert sender.landed() == ["企业1"]
