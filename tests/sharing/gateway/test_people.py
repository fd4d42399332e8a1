"""谁查了我的数据: a person sees who looked, for what, which fields, with proof; what a purpose delays is counted; questions are answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, actor_with
from tests.sharing.gateway.place import FIRMS, NUMBER, PERSON, Place
from zhengtong.engines.crypto import Purpose
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity, notices
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway import schemas
from zhengtong.sharing.gateway.actions import doubting
from zhengtong.sharing.gateway.errors import DoubtOpen, PersonUnknown, UseNotYours
from zhengtong.sharing.gateway.permissions import ANSWER, FIND_USAGE, READ, TRACE
from zhengtong.sharing.gateway.queries import uses

PURPOSES = ("job_subsidy", "market_supervision", "criminal_investigation")


def resident(place: Place, number: str = PERSON, name: str = "李小满") -> Actor:
    """This will register a resident, and be them."""
    keyring = place.city.engines.keyring
    with place.city.database.write() as session:
        id = new_id()
        session.add(
            identity.Resident(
                id=id,
                name=name,
                created_at=NOW,
                id_number_sealed=keyring.seal(Purpose.SUBJECTS, number.encode(), id.bytes),
                id_number_index=keyring.blind_index(Purpose.SUBJECTS, number),
            )
        )
    return actor_with(subject=id, kind="resident", name=name)


def page(place: Place, actor: Actor, **facts: Any) -> schemas.UsagePage:
    with place.city.database.read() as session:
        person = uses.person_of(session, actor, place.city.engines.keyring)
        return uses.uses_page(session, person, now=facts.pop("now", clock.now()), **facts)


@pytest.fixture
def looked(placed: Callable[..., Place]) -> Place:
    """Three looked at the same firm and its owner, for three purposes."""
    from zhengtong import app

    place = placed(purposes=PURPOSES)
    with TestClient(app.create_app(place.city, work=False)) as client:
        for purpose in PURPOSES:
            headers = {"X-Zhengtong-Purpose": purpose}
            assert place.call(client, "lookup", {"key": {"uscc": FIRMS[0]}}, **headers).status_code == 200
        assert place.call(client, "lookup", {"key": {"uscc": FIRMS[1]}}).status_code == 200
    return place


def test_a_person_sees_who_looked_for_what_and_never_a_value(looked: Place) -> None:
    told = page(looked, resident(looked))
    (line,) = told.items
    assert line.department is not None
    assert (line.department.name_zh, line.item_zh) == ("人力资源和社会保障局", "企业纳税信息")
    assert (line.purpose["zh"], line.system) == ("稳岗补贴资格审核", "稳岗补贴系统")
    assert "欠税（分）" in [one["zh"] for one in line.fields]
    assert "owed_fen" in line.masked
    assert (told.total, told.delayed, told.withheld, told.departments) == (3, 1, 1, 1)
    assert {one.purpose["zh"]: one.days for one in told.not_listed} == {"市场监管执法": 30, "刑事侦查": None}
    assert not [value for value in (PERSON, FIRMS[0], "甲公司") if value in told.model_dump_json()]


def test_what_a_purpose_delays_is_listed_once_the_days_have_passed(looked: Place) -> None:
    actor = resident(looked)
    after = page(looked, actor, now=clock.now() + timedelta(days=30))
    assert [one.purpose["zh"] for one in after.items] == ["市场监管执法", "稳岗补贴资格审核"]
    assert (after.delayed, after.withheld) == (0, 1)


def test_uses_come_page_by_page(looked: Place) -> None:
    actor = resident(looked)
    later = clock.now() + timedelta(days=30)
    first = page(looked, actor, now=later, limit=1)
    second = page(looked, actor, now=later, limit=1, before=first.next)
    assert first.next is not None
    assert second.next is None
    assert [one.purpose["zh"] for one in (*first.items, *second.items)] == ["市场监管执法", "稳岗补贴资格审核"]


def test_somebody_elses_uses_are_not_shown(looked: Place) -> None:
    assert page(looked, resident(looked, "990101199003074445", "王五")).total == 0
    with pytest.raises(PersonUnknown):
        page(looked, actor_with())


def test_receipts_of_one_person_cannot_be_put_together_without_the_key(looked: Place) -> None:
    with looked.city.database.read() as session:
        found = session.query(ledger.LedgerEntry).where(ledger.LedgerEntry.type == "receipt@1")
        named = [one for row in found for one in ledger.Entry.of(row.entry).body["subjects"]]
    assert len(named) == len(set(named)) == 7


def test_with_the_key_destroyed_nobody_can_tell_whose_the_receipts_were(looked: Place) -> None:
    actor, token = resident(looked), looked.city.engines.keyring.blind_index(Purpose.SUBJECTS, PERSON)
    with looked.city.database.write() as session:
        assert ledger.shred_subject(session, token, now=clock.now()) == 3
    assert page(looked, actor).total == 0


def doubt(session: Session, place: Place, actor: Actor, receipt: Any, kind: str = "objection") -> schemas.DoubtOut:
    person = uses.person_of(session, actor, place.city.engines.keyring)
    sent = schemas.DoubtIn(kind=kind, said="我没有申请过补贴，为什么查我？")  # type: ignore[arg-type]
    return doubting.raise_doubt(session, actor, person, receipt, sent, now=clock.now())


def test_an_objection_starts_a_clock_and_is_answered_once(looked: Place, client_for: Callable[..., TestClient]) -> None:
    actor = resident(looked)
    receipt = page(looked, actor).items[0].receipt_id
    with looked.city.database.write() as session:
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=clock.now())
    with looked.city.database.write() as session:
        raised = doubt(session, looked, actor, receipt)
        (held,) = session.scalars(select(deadlines.Clock).where(deadlines.Clock.about_kind == doubting.ABOUT))
    assert (raised.state, raised.due_at is not None) == ("open", True)
    assert (held.rule, held.department_id) == ("sharing.personal_question", looked.labour)
    assert raised.due_at == held.due_at
    with looked.city.database.write() as session, pytest.raises(DoubtOpen):
        doubt(session, looked, actor, receipt)
    with looked.city.database.read() as session:
        hidden = [
            one for one in uses.calls_about(session, _person(session, looked, actor)) if one.receipt_id != receipt
        ]
    with looked.city.database.write() as session, pytest.raises(UseNotYours):
        doubt(session, looked, actor, hidden[0].receipt_id)


def test_the_department_that_looked_answers_once_and_the_person_reads_it(
    looked: Place, client_for: Callable[..., TestClient]
) -> None:
    with looked.city.database.write() as session:
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=clock.now())
    her = resident(looked)
    receipt = page(looked, her).items[0].receipt_id
    asked = {"kind": "question", "said": "我没有申请过补贴，为什么查我？"}
    raised = client_for(her).post(f"/api/v1/share/mine/{receipt}/doubts", json=asked)
    assert raised.status_code == 201
    path = f"/api/v1/share/doubts/{raised.json()['id']}/answer"
    answer = {"outcome": "justified", "said": "单位为您申请了稳岗补贴"}
    others = client_for(actor_with(ANSWER, scope=Scope(departments=frozenset({looked.tax}))))
    assert client_for(actor_with(READ)).post(path, json=answer).status_code == 403
    assert (others.get("/api/v1/share/doubts").json()["total"], others.post(path, json=answer).status_code) == (0, 404)
    desk = client_for(actor_with(ANSWER, scope=Scope(departments=frozenset({looked.labour}))))
    (open_one,) = desk.get("/api/v1/share/doubts?state=open").json()["items"]
    assert (open_one["said"], open_one["abilities"]["answer"]) == (asked["said"], True)
    assert desk.post(path, json={**answer, "outcome": "never mind"}).status_code == 422
    told = desk.post(path, json=answer)
    assert (told.status_code, told.json()["state"], told.json()["outcome"]) == (200, "answered", "justified")
    again = desk.post(path, json=answer)
    assert (again.status_code, again.json()["code"]) == (409, "doubt-answered")
    assert desk.get("/api/v1/share/doubts?state=open").json()["total"] == 0
    (seen,) = page(looked, her).items
    assert seen.doubt is not None
    assert (seen.doubt.state, seen.doubt.answer) == ("answered", answer["said"])
    with looked.city.database.read() as session:
        (held,) = session.scalars(select(deadlines.Clock).where(deadlines.Clock.about_kind == doubting.ABOUT))
        assert held.status is deadlines.Status.MET
        note = session.scalars(select(notices.Notice).where(notices.Notice.subject_id == her.subject)).one()
        assert (note.kind, note.link) == ("gateway.doubt_answered", "/my-data")


def _person(session: Session, place: Place, actor: Actor) -> uses.Person:
    return uses.person_of(session, actor, place.city.engines.keyring)


def test_the_data_trackers_shape(looked: Place, client_for: Callable[..., TestClient]) -> None:
    portal = client_for(actor_with(FIND_USAGE, kind="system"), **_givens(looked))
    told = portal.get("/share/v1/tracker/findUsage", params={"userCode": PERSON}).json()
    assert told["totalUsages"] == 1
    (usage,) = told["usages"]
    assert usage["receiverName"] == "人力资源和社会保障局"
    assert usage["action"].startswith("稳岗补贴资格审核：查询企业纳税信息")
    assert portal.get("/share/v1/tracker/usagePeriod").json()["periodStart"] is not None
    assert portal.get("/share/v1/tracker/heartbeat").json() == {"status": "UP"}
    refused = client_for(actor_with(READ), **_givens(looked))
    assert refused.get("/share/v1/tracker/findUsage", params={"userCode": PERSON}).status_code == 403


def test_an_agreements_use_is_told_day_by_day_to_its_sides_alone(
    looked: Place, client_for: Callable[..., TestClient]
) -> None:
    told = client_for(actor_with(READ), **_givens(looked)).get(f"/api/v1/share/use?agreement={NUMBER}").json()
    assert (len(told["days"]), told["daily_quota"], told["used_today"]) == (15, 1000, 4)
    assert (told["days"][-1]["served"], told["days"][-1]["refused"], told["days"][0]["served"]) == (4, 0, 0)
    assert [one["day"] for one in told["days"]] == sorted(one["day"] for one in told["days"])
    other = client_for(actor_with(READ, scope=Scope(departments=frozenset({new_id()}))), **_givens(looked))
    assert other.get(f"/api/v1/share/use?agreement={NUMBER}").status_code == 404
    nobody = client_for(actor_with(), **_givens(looked))
    assert nobody.get(f"/api/v1/share/use?agreement={NUMBER}").status_code == 403


def test_a_desk_finds_a_persons_uses_with_a_reason_that_is_audited(
    looked: Place, client_for: Callable[..., TestClient]
) -> None:
    desk = client_for(actor_with(TRACE), **_givens(looked))
    told = desk.post("/api/v1/share/traces", json={"number": PERSON, "reason": "本人到窗口查询"})
    assert (told.status_code, told.json()["total"]) == (200, 3)
    refused = client_for(actor_with(READ), **_givens(looked))
    assert refused.post("/api/v1/share/traces", json={"number": PERSON, "reason": "看看"}).status_code == 403


def _givens(place: Place) -> dict[Any, Any]:
    return {}
