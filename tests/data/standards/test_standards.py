"""Elements and code lists through the API: drafted, published, never edited, compared, imported, tried."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.standards import actions, errors, queries, schemas
from zhengtong.data.standards.permissions import EDIT, PUBLISH, READ
from zhengtong.kernel.actor import SYSTEM, Actor, StepUpNeeded
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.kernel.events import EventRow

BASE = "/api/v1/standards"
DRAFT = {"name_zh": "出生日期", "definition": "自然人出生的日期", "type": "D", "level": "general_3"}
Clients = Callable[..., TestClient]
Someone = Callable[..., Actor]


@pytest.fixture(autouse=True)
def _still(clock_at_now: datetime) -> None:
    return


@pytest.fixture
def office(client_for: Clients, someone: Someone) -> TestClient:
    return client_for(someone(READ, EDIT, PUBLISH))


def published(office: TestClient, **facts: object) -> Any:
    made = office.post(f"{BASE}/elements", json={**DRAFT, **facts})
    assert made.status_code == 201, made.text
    return publish(office, made.json())


def publish(office: TestClient, element: Any) -> Any:
    answer = office.post(f"{BASE}/elements/{element['id']}/publish", headers={"If-Match": str(element["version"])})
    assert answer.status_code == 200, answer.text
    return answer.json()


def revise(office: TestClient, element: Any, **facts: object) -> Any:
    return office.put(
        f"{BASE}/elements/{element['id']}/draft",
        json={**DRAFT, **facts},
        headers={"If-Match": str(element["version"])},
    )


def test_a_published_version_stays_as_it_was_when_the_element_is_revised(office: TestClient) -> None:
    first = published(office)
    assert (first["code"], first["state"], first["in_force"]) == ("DE-0001", "in_force", 1)
    drafted = revise(office, first, definition="公历的出生日期").json()
    assert (drafted["in_force"], drafted["draft"]) == (1, 2)
    assert drafted["content"]["definition"] == DRAFT["definition"]
    second = publish(office, drafted)
    assert [(one["number"], one["state"]) for one in second["versions"]] == [(2, "in_force"), (1, "superseded")]
    assert second["versions"][1]["content"]["definition"] == DRAFT["definition"]
    changes = office.get(f"{BASE}/elements/{first['id']}/diff?before=1&after=2").json()["items"]
    assert changes == [{"field": "definition", "before": DRAFT["definition"], "after": "公历的出生日期"}]


def test_publishing_is_announced_and_audited(office: TestClient, database: Database) -> None:
    element = published(office)
    with database.read() as session:
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "standards.element_published@1")).one()
        deeds = list(session.scalars(select(Audit.action).where(Audit.action.startswith("standards."))))
    assert told == {"element_id": element["id"], "code": "DE-0001", "number": 1}
    assert deeds == ["standards.element_added", "standards.element_published"]


def test_what_was_read_before_another_changed_it_cannot_be_published(office: TestClient) -> None:
    made = office.post(f"{BASE}/elements", json=DRAFT).json()
    assert revise(office, made, name_en="Date of birth").status_code == 200
    answer = office.post(f"{BASE}/elements/{made['id']}/publish", headers={"If-Match": str(made["version"])})
    assert answer.status_code in (409, 412)


def test_a_retired_element_can_be_neither_revised_nor_published(office: TestClient) -> None:
    element = published(office)
    gone = office.post(f"{BASE}/elements/{element['id']}/retire", json={"reason": "已由新标准代替"}).json()
    assert (gone["state"], gone["abilities"]["revise"]) == ("retired", False)
    assert revise(office, gone).json()["code"] == "element-retired-already"


def test_discarding_the_first_draft_deletes_the_element_and_a_later_one_only_the_draft(office: TestClient) -> None:
    made = office.post(f"{BASE}/elements", json=DRAFT).json()
    assert office.delete(f"{BASE}/elements/{made['id']}/draft").status_code == 204
    assert office.get(f"{BASE}/elements/{made['id']}").status_code == 404
    element = published(office)
    revise(office, element, name_en="Birth")
    assert office.delete(f"{BASE}/elements/{element['id']}/draft").status_code == 204
    assert office.get(f"{BASE}/elements/{element['id']}").json()["draft"] is None


@pytest.mark.parametrize("words", ["出生", "csrq", "chusheng", "de-0001"])
def test_an_element_is_found_by_name_pinyin_initials_and_identifier(office: TestClient, words: str) -> None:
    published(office)
    assert [one["name_zh"] for one in office.get(f"{BASE}/elements", params={"q": words}).json()["items"]] == [
        "出生日期"
    ]
    assert office.get(f"{BASE}/elements", params={"q": words, "type": "N"}).json()["items"] == []


@pytest.mark.parametrize(("facts", "field"), [({"code_list": "none"}, "code_list"), ({"check": "luck"}, "check")])
def test_an_element_cannot_name_a_list_or_check_that_does_not_exist(
    office: TestClient, facts: dict[str, str], field: str
) -> None:
    answer = office.post(f"{BASE}/elements", json={**DRAFT, **facts})
    assert answer.status_code == 422
    assert field in answer.text


def test_who_may_only_read_is_refused_to_draft_and_who_drafts_to_publish(client_for: Clients, someone: Someone) -> None:
    reader, drafter = client_for(someone(READ)), client_for(someone(READ, EDIT))
    assert reader.post(f"{BASE}/elements", json=DRAFT).status_code == 403
    made = drafter.post(f"{BASE}/elements", json=DRAFT).json()
    assert made["abilities"]["publish"] is False
    assert drafter.post(f"{BASE}/elements/{made['id']}/publish").status_code == 403
    assert client_for(someone()).get(f"{BASE}/elements").status_code == 403


def test_publishing_asks_for_the_second_factor(session: Session, someone: Someone, now: datetime) -> None:
    actor = someone(EDIT, PUBLISH, second_factor_at=None)
    definition = schemas.DefinitionIn.model_validate(DRAFT).to_definition()
    element = actions.add_element(session, actor, definition, now=now)
    with pytest.raises(StepUpNeeded):
        actions.publish_element(session, actor, element, now=now)


def test_the_bundled_standards_load_once_and_a_value_is_tried_against_them(office: TestClient) -> None:
    first = office.post(f"{BASE}/bundled").json()
    assert first["lists"] == 6
    assert first["elements"] > 40
    assert office.post(f"{BASE}/bundled").json() == {"elements": 0, "lists": 0}
    sex = office.get(f"{BASE}/elements", params={"q": "性别"}).json()["items"][0]
    answer = office.post(f"{BASE}/elements/{sex['id']}/try", json={"value": "3"}).json()
    assert [one["check"] for one in answer["failures"]] == ["code_list"]
    assert office.post(f"{BASE}/elements/{sex['id']}/try", json={"value": "1"}).json() == {"failures": []}
    words = office.get(f"{BASE}/words").json()
    assert words["levels"]["general_3"]["zh"] == "敏感"
    assert "gbt-2261.1" in words["unverified_lists"]
    assert "GB 11643-1999" in words["unverified_sources"]


def new_list(office: TestClient) -> str:
    made = office.post(f"{BASE}/lists", json={"key": "yunxi-x", "name_zh": "试验代码"})
    assert made.status_code == 201, made.text
    return f"{BASE}/lists/yunxi-x"


def load(office: TestClient, place: str, rows: list[dict[str, str]]) -> Any:
    file = {"file": ("codes.json", json.dumps(rows, ensure_ascii=False).encode())}
    seen = office.post(f"{place}/preview", files=file)
    assert seen.status_code == 200, seen.text
    done = office.post(f"{place}/import", files=file, params={"plan": seen.json()["plan"]})
    assert done.status_code == 200, done.text
    return seen.json()["counts"]


def test_an_import_shows_what_it_would_do_and_makes_an_edition_that_can_be_compared(office: TestClient) -> None:
    place = new_list(office)
    first = [{"代码": "1", "名称": "甲"}, {"代码": "2", "名称": "乙"}]
    assert load(office, place, first) == {"added": 2, "changed": 0, "ended": 0}
    assert load(office, place, [{"代码": "2", "名称": "丙"}, {"代码": "3", "名称": "丁"}])["changed"] == 1
    diff = office.get(f"{place}/diff?before=1&after=2").json()
    assert diff["counts"] == {"added": 1, "changed": 1, "ended": 1}
    assert [one["code"] for one in office.get(f"{place}/codes").json()["items"]] == ["2", "3"]
    assert office.get(f"{place}/diff?before=1&after=7").status_code == 404


def test_an_import_that_would_do_something_else_than_was_seen_is_refused(office: TestClient) -> None:
    place = new_list(office)
    file = {"file": ("codes.csv", "代码,名称\n1,甲\n".encode())}
    plan = office.post(f"{place}/preview", files=file).json()["plan"]
    other = {"file": ("codes.csv", "代码,名称\n1,乙\n".encode())}
    assert office.post(f"{place}/import", files=other, params={"plan": plan}).json()["code"] == "plan-changed"
    assert office.get(place).json()["edition"] == 0


def test_a_code_is_found_only_on_days_on_which_it_is_valid(office: TestClient) -> None:
    place = new_list(office)
    load(office, place, [{"代码": "1", "名称": "甲", "生效日期": "2020-01-01", "失效日期": "2025-12-31"}])
    on = {
        day: len(office.get(f"{place}/codes", params={"on": day}).json()["items"])
        for day in ("2025-12-31", "2026-01-01")
    }
    assert on == {"2025-12-31": 1, "2026-01-01": 0}


@pytest.mark.parametrize("form", ["xlsx", "json"])
def test_what_is_exported_can_be_imported_and_changes_nothing(office: TestClient, form: str) -> None:
    office.post(f"{BASE}/bundled")
    elements = office.get(f"{BASE}/elements/export", params={"form": form}).content
    seen = office.post(f"{BASE}/elements/preview", files={"file": (f"elements.{form}", elements)}).json()
    assert seen["counts"]["unchanged"] > 40
    assert (seen["counts"]["add"], seen["counts"]["change"]) == (0, 0)
    codes = office.get(f"{BASE}/lists/gbt-3304/export", params={"form": form}).content
    seen = office.post(f"{BASE}/lists/gbt-3304/preview", files={"file": (f"codes.{form}", codes)}).json()
    assert seen["counts"] == {"added": 0, "changed": 0, "ended": 0}


def test_imported_elements_become_drafts(office: TestClient) -> None:
    head, row = "中文名称,定义,类型,级别", "车牌号码,机动车号牌,C,general_3"
    file = {"file": ("elements.csv", f"{head}\n{row}\n".encode())}
    seen = office.post(f"{BASE}/elements/preview", files=file).json()
    assert office.post(f"{BASE}/elements/import", files=file, params={"plan": seen["plan"]}).status_code == 200
    assert office.get(f"{BASE}/elements", params={"state": "draft"}).json()["items"][0]["name_zh"] == "车牌号码"
    wrong = {"file": ("elements.csv", f"{head}\n车牌号码,机动车号牌,X,general_3\n".encode())}
    assert office.post(f"{BASE}/elements/preview", files=wrong).status_code == 422


def test_forty_five_thousand_codes_load_at_once_and_a_second_time_change_nothing(
    session: Session, now: datetime
) -> None:
    actions.add_list(session, SYSTEM, schemas.NewList(key="gbt-2260", name_zh="行政区划代码"), now=now)
    rows = [
        standards.CodeRow(f"{n:09d}", f"地方{n}", parent=f"{n // 100:09d}" if n >= 100 else "") for n in range(45_000)
    ]
    assert standards.load_codes(session, SYSTEM, "gbt-2260", rows, now=now) == 1
    assert standards.load_codes(session, SYSTEM, "gbt-2260", rows, now=now) == 1


def test_a_use_is_noted_once_and_can_be_dropped(session: Session, now: datetime) -> None:
    definition = schemas.DefinitionIn.model_validate(DRAFT).to_definition()
    element = actions.add_element(session, SYSTEM, definition, now=now)
    for name in ("企业登记", "企业登记信息"):
        standards.note_use(session, element.id, about=("item", "1"), name=name)
    assert [one.name for one in queries.uses_of(session, element)] == ["企业登记信息"]
    standards.drop_use(session, element.id, about=("item", "1"))
    assert queries.uses_of(session, element) == []


def test_codes_that_contradict_each_other_are_refused_whole(session: Session, now: datetime) -> None:
    actions.add_list(session, SYSTEM, schemas.NewList(key="x1", name_zh="试验"), now=now)
    with pytest.raises(errors.CodesWrong):
        standards.load_codes(session, SYSTEM, "x1", [standards.CodeRow("1", "甲", parent="2")], now=now)
    assert session.scalar(standards.valid_codes("x1", on=date(2026, 3, 5))) is None
