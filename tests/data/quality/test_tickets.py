"""What fails asks for a correction of who provides it, with a deadline; a passing batch closes it; users ask too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.conftest import NOW
from tests.data.quality.place import Place, payment
from zhengtong.data import catalogue, quality
from zhengtong.data.quality import actions, permissions
from zhengtong.data.quality.tables import TicketEntry
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.events import EventRow
from zhengtong.office import deadlines, identity, notices

BASE = "/api/v1/quality/tickets"
Clients = Callable[..., TestClient]


def tickets(client: TestClient, which: str = "all") -> list[Any]:
    return client.get(f"{BASE}?which={which}").json()["items"]


def wrong(*numbers: int) -> list[dict[str, Any]]:
    return [payment(n, uscc="91110000600037341X") for n in numbers]


def do(client: TestClient, ticket: Any, deed: str, **body: Any) -> Any:
    return client.post(f"{BASE}/{ticket['id']}/{deed}", json={"said": "已核对登记档案", **body})


def asked(user: TestClient, place: Place, **facts: Any) -> Any:
    body = {
        "item_id": str(place.payment),
        "title": "税额与完税证明不符",
        "reason": "完税证明写明 1200 元，数据为 12 元",
        **facts,
    }
    answer = user.post(BASE, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_failing_batch_asks_its_owner_for_a_correction_within_ten_working_days(
    place: Place, keeper: TestClient
) -> None:
    place.land(wrong(1, 2) + [payment(n) for n in range(3, 9)])
    (ticket,) = tickets(keeper, "to_answer")
    assert ticket["number"] == "JH-2026-0001"
    assert ticket["title"] == "统一社会信用代码通过校验：2 / 8 不合格"
    assert (ticket["by_rule"], ticket["judged"], ticket["passed"], ticket["state"]) == (True, 8, 6, "open")
    assert "10 个工作日" in ticket["clock"]["words"]["zh"]
    with place.city.database.read() as session:
        held = session.scalars(select(deadlines.Clock).where(deadlines.Clock.rule == "sharing.correction")).one()
        told = session.scalars(select(notices.Notice).where(notices.Notice.kind == "quality.ticket_opened")).one()
        assert told.link == f"/quality/tickets/{ticket['id']}"
        assert told.subject_id == place.officer
        assert held.department_id == place.tax


def test_a_second_failing_batch_adds_evidence_to_the_same_ticket(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    place.land(wrong(2, 3))
    (ticket,) = tickets(keeper)
    told = keeper.get(f"{BASE}/{ticket['id']}").json()
    assert [one["deed"] for one in told["entries"]] == ["open", "fail"]
    assert [one["facts"]["judged"] for one in told["entries"]] == [1, 2]
    assert told["rule_says"]["zh"] == "统一社会信用代码 是正确的统一社会信用代码"


def test_a_passing_batch_closes_the_ticket_and_meets_its_clock(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    place.land([payment(2)])
    (ticket,) = tickets(keeper)
    assert (ticket["state"], ticket["outcome"]) == ("closed", "corrected")
    with place.city.database.read() as session:
        closed = session.scalars(select(EventRow.payload).where(EventRow.type == "quality.ticket_closed@1")).one()
        status = session.scalars(
            select(deadlines.Clock.status).where(deadlines.Clock.rule == "sharing.correction")
        ).one()
    assert (closed["outcome"], closed["late"]) == ("corrected", False)
    assert status is deadlines.Status.MET


def test_what_fails_again_soon_is_opened_again_and_later_is_a_new_ticket(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    place.land([payment(2)])
    place.land(wrong(3))
    (ticket,) = tickets(keeper)
    assert (ticket["state"], ticket["reopened"]) == ("open", 1)
    place.land([payment(4)])
    later = NOW + timedelta(days=40)
    with clock.fixed(later):
        place.land(wrong(5), at=later)
    assert sorted((one["number"], one["state"]) for one in tickets(keeper) if "校验" in one["title"]) == [
        ("JH-2026-0001", "closed"),
        ("JH-2026-0002", "open"),
    ]


def test_an_answer_stops_the_clock_and_the_next_batch_decides(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    (ticket,) = tickets(keeper)
    assert do(keeper, ticket, "accept").json()["state"] == "accepted"
    answered = do(keeper, ticket, "answer", answer="corrected").json()
    assert (answered["state"], answered["clock"]["tone"]) == ("corrected", "done")
    assert answered["next"]["zh"] == "下一批数据合格后自动办结"
    place.land(wrong(2))
    (again,) = tickets(keeper)
    assert (again["state"], again["reopened"], again["clock"]["tone"]) == ("open", 1, "calm")


def test_a_refusal_with_a_reason_closes_a_rules_ticket_until_the_rule_changes(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    (ticket,) = tickets(keeper)
    refused = do(keeper, ticket, "answer", answer="refused", said="登记机关赋码如此，已与其核对").json()
    assert (refused["state"], refused["outcome"]) == ("closed", "refused")
    place.land(wrong(2))
    assert [one["state"] for one in tickets(keeper)] == ["closed"]


def test_a_user_of_the_data_asks_and_decides_whether_it_is_mended(
    place: Place, keeper: TestClient, user: TestClient
) -> None:
    ticket = asked(user, place, rows="P000007", evidence="完税证明 2026-0031")
    assert ticket["entries"][0]["facts"] == {"rows": "P000007", "evidence": "完税证明 2026-0031"}
    assert do(user, ticket, "accept").status_code == 403
    assert do(user, ticket, "confirm").status_code == 409
    do(keeper, ticket, "answer", answer="refused", said="完税证明为补缴，另一笔")
    again = do(user, ticket, "reopen", said="补缴日期在该笔之前").json()
    assert (again["state"], again["reopened"]) == ("open", 1)
    do(keeper, ticket, "answer", answer="corrected")
    assert do(keeper, ticket, "confirm").status_code == 403
    closed = do(user, ticket, "confirm").json()
    assert (closed["state"], closed["outcome"]) == ("closed", "corrected")
    assert [one["deed"] for one in closed["entries"]] == ["open", "refuse", "reopen", "correct", "confirm"]


def test_nobody_asks_their_own_department(place: Place, keeper: TestClient) -> None:
    body = {"item_id": str(place.payment), "title": "有误", "reason": "看起来不对"}
    answer = keeper.post(BASE, json=body)
    assert answer.status_code == 409
    assert "直接更正源头数据" in answer.json()["detail"]


def test_a_withdrawn_question_ends_its_clock_without_a_verdict(place: Place, user: TestClient) -> None:
    ticket = asked(user, place)
    told = do(user, ticket, "withdraw").json()
    assert (told["state"], told["outcome"]) == ("closed", "withdrawn")
    with place.city.database.read() as session:
        found = session.scalars(
            select(deadlines.Clock.status).where(deadlines.Clock.rule == "sharing.correction")
        ).one()
    assert found is deadlines.Status.WITHDRAWN


def test_an_extension_needs_consent_and_moves_the_end(place: Place, keeper: TestClient, client_for: Clients) -> None:
    place.land(wrong(1))
    (ticket,) = tickets(keeper)
    officer = client_for(place.keeper())
    short = client_for(place.user(quality.READ, permissions.ANSWER))
    body = {"by": 5, "approval": "数据局〔2026〕12 号"}
    assert do(short, ticket, "extend", **body).status_code == 403
    before = ticket["clock"]["due_at"]
    told = do(officer, ticket, "extend", **body).json()
    assert told["clock"]["due_at"] > before
    assert told["entries"][-1]["facts"] == {"by": 5, "approval": "数据局〔2026〕12 号"}


def test_an_overdue_ticket_is_listed_as_such_and_counted_on_the_board(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    with clock.fixed(NOW + timedelta(days=30)):
        assert len(tickets(keeper, "overdue")) == 1
        board = keeper.get("/api/v1/quality/board").json()
    assert (board["tickets_live"], board["tickets_overdue"]) == (1, 1)
    assert tickets(keeper, "overdue") == []


def test_tickets_are_seen_by_both_departments_and_by_those_above_alone(
    place: Place, user: TestClient, client_for: Clients, someone: Any
) -> None:
    from zhengtong.kernel.actor import Scope
    from zhengtong.kernel.db import new_id

    ticket = asked(user, place, rows="P000007")
    elsewhere = Scope(departments=frozenset({new_id()}))
    stranger = client_for(someone(quality.READ, catalogue.READ, scope=elsewhere))
    assert stranger.get(f"{BASE}/{ticket['id']}").status_code == 404
    above = client_for(someone(quality.READ, catalogue.READ))
    assert above.get(f"{BASE}/{ticket['id']}").json()["entries"][0]["facts"] == {}


@pytest.mark.both_databases
def test_evidence_cannot_be_altered(place: Place, user: TestClient) -> None:
    from sqlalchemy import update
    from sqlalchemy.exc import DBAPIError

    asked(user, place)
    with pytest.raises(DBAPIError, match="append-only"), place.city.database.write() as session:
        session.execute(update(TicketEntry).values(said="x"))


def test_tickets_move_with_a_merged_department(place: Place, keeper: TestClient) -> None:
    place.land(wrong(1))
    with place.city.database.write() as session:
        actions.move_department(session, before=place.tax, after=place.market)
    assert tickets(keeper) == []


def test_rooms_above_ask_for_corrections_by_the_face(place: Place, keeper: TestClient) -> None:
    with place.city.database.write() as session:
        made = quality.open_ticket(
            session, SYSTEM, item_id=place.payment, title="与市场登记不一致", reason="两局记录相反", now=NOW
        )
        assert isinstance(made, quality.Ticket)
    assert [one["title"] for one in tickets(keeper)] == ["与市场登记不一致"]
    assert identity.law_day(NOW).year == 2026
