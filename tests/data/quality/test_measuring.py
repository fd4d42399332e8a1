"""Every batch is measured once, in one scan, with its parts; how items stand, by month and by department."""

from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.data.quality.place import Place, payment
from zhengtong.data import quality
from zhengtong.data.quality import actions
from zhengtong.data.quality.actions import scanning
from zhengtong.data.quality.tables import MonthStanding
from zhengtong.kernel import clock
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import EventRow
from zhengtong.kernel.jobs import JobRow

BASE = "/api/v1/quality"


def read(client: TestClient, place: Place) -> Any:
    answer = client.get(f"{BASE}/items/{place.payment}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(told: Any, name: str) -> Any:
    return next(one for one in told["rules"] if one["name_zh"] == name)


def test_a_published_item_has_the_rules_that_its_standards_say(place: Place, keeper: TestClient) -> None:
    told = read(keeper, place)
    assert (told["latest"], told["has_data"]) == (None, False)
    assert {one["name_zh"] for one in told["rules"]} == {
        "缴款编号不为空",
        "缴款编号不超长",
        "缴款编号不重复",
        "统一社会信用代码不为空",
        "统一社会信用代码不超长",
        "统一社会信用代码通过校验",
        "税额（分）不超长",
        "性别不超长",
        "性别是有效代码",
        "按承诺周期更新",
        "数据读得到",
    }
    assert not any(one["own"] for one in told["rules"])


def test_a_landed_batch_is_measured_with_numerator_and_denominator(place: Place, keeper: TestClient) -> None:
    rows = [payment(n) for n in range(20)]
    rows[3] |= {"uscc": "91110000600037341X"}
    rows[4] |= {"uscc": None}
    rows[5] |= {"kind": "7"}
    place.land(rows)
    told = read(keeper, place)
    assert told["latest"]["rows"] == told["latest"]["batch_rows"] == 20
    assert (told["latest"]["engine"], told["latest"]["cause"]) == ("duckdb", "batch")
    checked = found(told, "统一社会信用代码通过校验")
    assert (checked["judged"], checked["passed"], checked["failing"]) == (19, 18, True)
    filled = found(told, "统一社会信用代码不为空")
    assert (filled["judged"], filled["passed"]) == (20, 19)
    coded = found(told, "性别是有效代码")
    assert (coded["judged"], coded["passed"], coded["batch_judged"]) == (20, 19, 20)
    assert {one["key"] for one in told["latest"]["dimensions"]} == {
        "conformity",
        "completeness",
        "accuracy",
        "timeliness",
        "accessibility",
    }
    assert told["latest"]["judged"] == sum(one["judged"] or 0 for one in told["rules"])


def test_the_whole_table_and_the_batch_are_told_apart(place: Place, keeper: TestClient) -> None:
    place.land([payment(n, uscc="x") for n in range(5)])
    place.land([payment(n) for n in range(5, 10)])
    told = read(keeper, place)
    checked = found(told, "统一社会信用代码通过校验")
    assert (checked["judged"], checked["passed"]) == (10, 5)
    assert (checked["batch_judged"], checked["batch_passed"]) == (5, 5)
    assert told["latest"]["batch_score"] > told["latest"]["score"]
    assert [one["rows"] for one in told["history"]] == [10, 5]


def test_values_that_must_be_unique_are_counted_over_the_whole_table(place: Place, keeper: TestClient) -> None:
    place.land([payment(n) for n in range(5)])
    place.land([payment(n) for n in range(4, 8)])
    unique = found(read(keeper, place), "缴款编号不重复")
    assert (unique["judged"], unique["passed"]) == (9, 8)
    assert (unique["batch_judged"], unique["batch_passed"]) == (4, 4)


def test_a_batch_that_is_told_twice_is_measured_once(place: Place) -> None:
    batch = place.land([payment(n) for n in range(3)])
    with place.city.database.write() as session:
        actions.ask_measurement(session, place.payment, cause="batch", mark="again", batch_id=str(batch))
    place.drain()
    with place.city.database.read() as session:
        assert session.scalar(select(func.count()).select_from(quality.Measurement)) == 1
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "quality.measured@1")).all()
    assert [one["batch_id"] for one in told] == [str(batch)]


def test_batches_that_wait_together_are_measured_once_and_judged_as_one(place: Place, keeper: TestClient) -> None:
    place.land([payment(n, uscc="x") for n in range(2)])
    place.land([payment(n, uscc="x") for n in range(2, 5)], then_drain=False)
    place.land([payment(n) for n in range(5, 9)], then_drain=False)
    last = place.land([payment(n) for n in range(9, 10)])
    told = read(keeper, place)
    checked = found(told, "统一社会信用代码通过校验")
    assert [(one["rows"], one["batch_rows"]) for one in told["history"]] == [(10, 8), (2, 2)]
    assert (checked["judged"], checked["passed"]) == (10, 5)
    assert (checked["batch_judged"], checked["batch_passed"]) == (8, 5)
    assert told["latest"]["batch_id"] == str(last)
    with place.city.database.read() as session:
        states = session.scalars(select(JobRow.state).where(JobRow.name == "quality.measure")).all()
    assert states == ["done"] * 4


def test_a_measurement_that_failed_takes_along_again_what_it_had_taken(place: Place) -> None:
    first = place.land([payment(n) for n in range(3)])
    with place.city.database.write() as session:
        actions.ask_measurement(session, place.payment, cause="batch", mark="a", batch_id=str(first))
        actions.ask_measurement(session, place.payment, cause="batch", mark="b", batch_id=str(new_id()), version=1)
    with place.city.database.write() as session:
        asked = session.scalars(select(JobRow).where(JobRow.unique == "quality:a")).one()
        for _ in range(2):
            told = scanning._with_those_waiting(session, asked.seq, clock.now())
    assert (told[1], told[2]) == (1, [str(first)])


def test_the_grade_follows_from_the_score_and_is_told_to_rooms_above(place: Place) -> None:
    place.land([payment(n) for n in range(3)])
    with place.city.database.read() as session:
        grade = quality.grade_of(session, place.payment)
        standing = quality.standing_of(session, place.payment)
        assert quality.grade_of(session, place.company) is None
    assert grade
    assert standing
    assert (grade.key, standing.score, standing.passed) == ("excellent", 10_000, standing.judged)


def test_at_night_a_broken_promise_lowers_the_score_and_asks_for_a_correction(place: Place, keeper: TestClient) -> None:
    place.land([payment(n) for n in range(3)])
    with clock.fixed(NOW + timedelta(days=40)):
        with place.city.database.write() as session:
            quality.capability.jobs[1].run(session, now=NOW + timedelta(days=40))
        place.drain()
    told = read(keeper, place)
    promised = found(told, "按承诺周期更新")
    assert told["latest"]["cause"] == "night"
    assert (promised["judged"], promised["passed"], promised["failing"]) == (1, 0, True)
    assert promised["ticket_id"] is not None
    assert told["latest"]["score"] < told["history"][1]["score"]


def test_months_are_kept_apart_and_the_last_measurement_of_a_month_counts(place: Place, user: TestClient) -> None:
    place.land([payment(n, kind="9x"[n % 2]) for n in range(4)])
    place.land([payment(n) for n in range(4, 8)])
    later = NOW + timedelta(days=31)
    with clock.fixed(later):
        place.land([payment(n) for n in range(8, 80)], at=later)
        board = user.get(f"{BASE}/board").json()
    with place.city.database.read() as session:
        months = session.scalars(select(MonthStanding.month).order_by(MonthStanding.month)).all()
    assert list(months) == ["2026-03", "2026-04"]
    assert [one["month"] for one in board["months"]][-2:] == ["2026-03", "2026-04"]
    assert board["months"][-1]["score"] > board["months"][-2]["score"]
    assert [one["department"]["name_zh"] for one in board["departments"]] == ["税务局"]
    assert (board["measured"], board["worst"][0]["item"]["name_zh"]) == (1, "企业缴税记录")
    assert sum(one["items"] for one in board["grades"]) == 1


def test_a_measurement_on_demand_needs_the_permission_and_data(
    place: Place, keeper: TestClient, user: TestClient
) -> None:
    path = f"{BASE}/items/{place.payment}/measure"
    assert user.post(path).status_code == 403
    early = keeper.post(path)
    assert early.status_code == 409
    assert "还没有数据入湖" in early.json()["detail"]
    place.land([payment(1)])
    assert keeper.post(path).status_code == 202
    place.drain()
    assert read(keeper, place)["latest"]["cause"] == "demand"


def test_failing_rows_are_shown_with_keys_masked(place: Place, user: TestClient) -> None:
    batch = place.land([payment(n, kind="9x"[n % 2], amount_fen=77) for n in range(1, 4)])
    coded = found(read(user, place), "性别是有效代码")
    told = user.get(f"{BASE}/items/{place.payment}/rules/{coded['id']}/samples").json()
    assert told["failed"] == 2
    assert [(one["name"], one["masked"]) for one in told["fields"]] == [("payment_id", True), ("kind", True)]
    assert told["rows"][0] == {"batch_id": str(batch), "row": 1, "values": ["P*****1", "*"]}
    refused = user.post(f"{BASE}/items/{place.payment}/rules/{coded['id']}/samples", json={"purpose": "核对登记"})
    assert refused.status_code == 403


def test_whole_failing_rows_are_shown_for_a_purpose_that_is_audited(place: Place, keeper: TestClient) -> None:
    from zhengtong.kernel.audit import Audit

    place.land([payment(n, kind="9x"[n % 2]) for n in range(1, 4)])
    coded = found(read(keeper, place), "性别是有效代码")
    path = f"{BASE}/items/{place.payment}/rules/{coded['id']}/samples"
    told = keeper.post(path, json={"purpose": "与登记系统核对"}).json()
    assert [row["values"] for row in told["rows"]] == [["P000001", "x"], ["P000003", "x"]]
    with place.city.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "quality.samples_revealed")).one()
    assert row.after == {"rule": coded["id"], "purpose": "与登记系统核对"}


def test_a_rule_of_the_whole_item_has_no_rows(place: Place, keeper: TestClient) -> None:
    place.land([payment(1)])
    promise = found(read(keeper, place), "按承诺周期更新")
    answer = keeper.get(f"{BASE}/items/{place.payment}/rules/{promise['id']}/samples")
    assert (answer.status_code, promise["has_rows"]) == (409, False)


def test_items_are_listed_from_the_lowest_score_and_found_by_name(place: Place, user: TestClient) -> None:
    place.land([payment(n, kind="x") for n in range(4)])
    place.land([{"uscc": payment(0)["uscc"], "name": "甲", "kind": "1"}], item_id=place.company)
    page = user.get(f"{BASE}/items").json()
    assert [one["item"]["name_zh"] for one in page["items"]] == ["企业缴税记录", "企业基本信息"]
    assert user.get(f"{BASE}/items?q=基本").json()["total"] == 1
    assert user.get(f"{BASE}/items?failing=true").json()["total"] == 1
    assert user.get(f"{BASE}/items?department={place.market}").json()["total"] == 1


@pytest.mark.parametrize(
    "path", ["/board", "/board/export", "/words", "/items", "/items/export", "/tickets", "/tickets/export"]
)
def test_quality_is_shown_to_who_may_see_it(
    path: str, place: Place, user: TestClient, client_for: Any, someone: Any
) -> None:
    assert user.get(f"{BASE}{path}").status_code == 200
    assert client_for(someone()).get(f"{BASE}{path}").status_code == 403


def test_the_words_name_their_sources_and_whether_these_were_checked(place: Place, user: TestClient) -> None:
    words = user.get(f"{BASE}/words").json()
    assert len(words["dimensions"]) == 6
    assert len(words["grades"]) == 5
    assert all("36344" in one["source"] and one["verified"] is False for one in words["dimensions"])
    assert {one["key"] for one in words["forms"] if one["own"]} == {
        "completeness",
        "unique",
        "range",
        "pattern",
        "codes",
        "freshness",
        "exists",
        "equal",
        "expression",
    }


def test_the_day_of_measuring_decides_which_codes_are_valid_and_what_is_fresh(place: Place, keeper: TestClient) -> None:
    rule = {
        "form": "freshness",
        "fields": ["paid_on"],
        "dimension": "timeliness",
        "severity": "major",
        "name_zh": "缴款不过时",
        "days": 30,
    }
    assert keeper.post(f"{BASE}/items/{place.payment}/rules", json=rule).status_code == 201
    place.land([payment(n, paid_on=date(2026, 1, 1)) for n in range(3)])
    fresh = found(read(keeper, place), "缴款不过时")
    assert (fresh["judged"], fresh["passed"], fresh["failing"]) == (1, 0, True)
    place.land([payment(n, paid_on=date(2026, 3, 4)) for n in range(3, 6)])
    fresh = found(read(keeper, place), "缴款不过时")
    assert (fresh["judged"], fresh["passed"], fresh["failing"]) == (1, 1, False)
