"""Rules of one's own: tried before they are kept, measured from the next batch on, changed by versions, switched, ended."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.data.quality.place import FIRMS, Place, payment
from zhengtong.kernel.audit import Audit

BASE = "/api/v1/quality"
Clients = Callable[..., TestClient]


def rule(form: str, *fields: str, **facts: Any) -> dict[str, Any]:
    told = {
        "form": form,
        "fields": list(fields),
        "dimension": "consistency",
        "severity": "major",
        "name_zh": "自定规则",
    }
    return {**told, **facts}


def add(client: TestClient, place: Place, body: dict[str, Any]) -> Any:
    return client.post(f"{BASE}/items/{place.payment}/rules", json=body)


def attempt(client: TestClient, place: Place, body: dict[str, Any]) -> Any:
    return client.post(f"{BASE}/items/{place.payment}/rules/try", json={"rule": body})


def test_every_form_is_tried_on_the_lake_with_its_parts(place: Place, keeper: TestClient) -> None:
    place.land(
        [payment(n, amount_fen=n * 100, kind=["1", "2", "x"][n % 3], note=None if n == 1 else "n") for n in range(6)]
    )
    place.land(
        [{"uscc": FIRMS[0], "name": "甲", "kind": "1"}, {"uscc": FIRMS[1], "name": "乙", "kind": "9"}],
        item_id=place.company,
    )
    across = {"item": str(place.company), "item_fields": ["uscc"]}
    found = {
        form: attempt(keeper, place, rule(form, *fields, **facts)).json()
        for form, fields, facts in (
            ("completeness", ("note",), {}),
            ("unique", ("uscc",), {}),
            ("range", ("amount_fen",), {"least": "100", "most": "400"}),
            ("pattern", ("payment_id",), {"pattern": "P[0-9]{5}[0-3]"}),
            ("codes", ("kind",), {"code_list": "gbt-2261.1"}),
            ("freshness", ("paid_on",), {"days": 3}),
            ("exists", ("uscc",), across),
            ("equal", ("uscc",), {**across, "value": "kind", "item_value": "kind"}),
            ("expression", (), {"expression": "if kind = 'x' then amount_fen > 300"}),
        )
    }
    assert {form: (told["passed"], told["judged"]) for form, told in found.items()} == {
        "completeness": (5, 6),
        "unique": (3, 6),
        "range": (4, 6),
        "pattern": (4, 6),
        "codes": (4, 6),
        "freshness": (1, 1),
        "exists": (4, 6),
        "equal": (2, 4),
        "expression": (5, 6),
    }
    assert (found["unique"]["samples"]["failed"], len(found["unique"]["samples"]["rows"])) == (3, 6)
    assert found["expression"]["samples"]["rows"][0]["values"] == ["P*****2", "***", "*"]
    assert found["exists"]["asks_correction"] is True
    assert keeper.get(f"{BASE}/items/{place.payment}/rules").json()["rules"][0]["own"] is False


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (rule("expression", expression="amount_fen > 'x'"), "expression"),
        (rule("expression", expression="nothing > 1"), "expression"),
        (rule("pattern", "note", pattern="(a+)+"), "pattern"),
        (rule("codes", "kind", code_list="no-such"), "code_list"),
        (rule("exists", "uscc", item="00000000-0000-0000-0000-000000000001", item_fields=["uscc"]), "item"),
        (rule("range", "amount_fen"), "least"),
    ],
)
def test_a_wrong_rule_is_neither_tried_nor_kept(place: Place, keeper: TestClient, body: Any, where: str) -> None:
    place.land([payment(1)])
    for answer in (attempt(keeper, place, body), add(keeper, place, body)):
        assert answer.status_code == 422
        assert [one["name"] for one in answer.json()["fields"]] == [where]


def test_an_own_rule_is_measured_from_the_next_batch_on_and_fails_into_a_ticket(
    place: Place, keeper: TestClient
) -> None:
    made = add(keeper, place, rule("expression", expression="amount_fen > 0", name_zh="税额大于零")).json()
    assert (made["own"], made["judged"], made["version"]) == (True, None, 1)
    place.land([payment(n, amount_fen=-1) for n in range(3)])
    told = keeper.get(f"{BASE}/items/{place.payment}").json()["rules"][0]
    assert (told["name_zh"], told["judged"], told["passed"]) == ("税额大于零", 3, 0)
    assert told["ticket_id"]


def test_a_change_is_a_new_version_made_on_what_was_read(place: Place, keeper: TestClient) -> None:
    made = add(keeper, place, rule("range", "amount_fen", least="0")).json()
    path = f"{BASE}/rules/{made['id']}"
    body = rule("range", "amount_fen", least="1")
    assert keeper.put(path, json=body, headers={"If-Match": "9"}).status_code == 412
    changed = keeper.put(path, json=body, headers={"If-Match": str(made["version"])})
    assert changed.json()["content"]["least"] == "1"
    versions = keeper.get(f"{path}/versions").json()["items"]
    assert [(one["number"], one["content"]["least"]) for one in versions] == [(2, "1"), (1, "0")]
    with place.city.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "quality.rule_changed")).one()
    assert (row.before, row.after) == ({"least": "0"}, {"least": "1"})


def test_a_rule_of_a_standard_is_adjusted_or_switched_off_but_stays_what_it_is(
    place: Place, keeper: TestClient
) -> None:
    rules = keeper.get(f"{BASE}/items/{place.payment}/rules").json()["rules"]
    checked = next(one for one in rules if one["name_zh"] == "统一社会信用代码通过校验")
    path = f"{BASE}/rules/{checked['id']}"
    head = {"If-Match": str(checked["version"])}
    assert keeper.put(path, json=rule("check", "uscc"), headers=head).status_code == 409
    assert keeper.delete(path).status_code == 409
    weight = keeper.put(
        f"{path}/weight", json={"severity": "minor", "weight": 7, "threshold": "0.5"}, headers=head
    ).json()
    assert (weight["severity"], weight["weight"], weight["ticket_below"]) == ("minor", 7, "0.5")
    off = keeper.post(f"{path}/switch", json={"on": False, "reason": "等登记机关换码完成"})
    assert off.json()["on"] is False
    place.land([payment(n, uscc="x") for n in range(3)])
    told = keeper.get(f"{BASE}/items/{place.payment}").json()["rules"]
    after = next(one for one in told if one["id"] == checked["id"])
    assert (after["judged"], after["on"], after["weight"]) == (None, False, 7)


def test_an_own_rule_that_ends_is_measured_no_more(place: Place, keeper: TestClient) -> None:
    made = add(keeper, place, rule("completeness", "note")).json()
    assert keeper.delete(f"{BASE}/rules/{made['id']}").status_code == 204
    place.land([payment(1, note=None)])
    assert made["id"] not in {one["id"] for one in keeper.get(f"{BASE}/items/{place.payment}").json()["rules"]}
    assert keeper.delete(f"{BASE}/rules/{made['id']}").status_code == 404


def test_rules_are_kept_by_the_department_of_the_item_alone(place: Place, keeper: TestClient, user: TestClient) -> None:
    assert add(user, place, rule("completeness", "note")).status_code == 403
    other = keeper.post(f"{BASE}/items/{place.company}/rules", json=rule("completeness", "name"))
    assert other.status_code == 403


def test_the_report_is_a_pdf_a_table_or_pointblanks_page(place: Place, keeper: TestClient) -> None:
    from openpyxl import load_workbook

    path = f"{BASE}/items/{place.payment}/report"
    assert keeper.get(path).status_code == 404
    place.land([payment(n, kind="9x"[n % 2]) for n in range(4)])
    pdf = keeper.get(path)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert b"NotoSansCJK" in pdf.content or b"FontFile" in pdf.content or len(pdf.content) > 10_000
    book = load_workbook(BytesIO(keeper.get(f"{path}?form=xlsx").content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]  # type: ignore[union-attr]
    coded = next(row for row in rows if row[0] == "性别是有效代码")
    assert coded[5:8] == ["2", "4", "50.00%"]
    assert keeper.get(f"{path}?form=csv").content.startswith(b"\xef\xbb\xbf")
    page = keeper.get(f"{path}?form=html").text
    assert "性别是有效代码" in page
    assert "http-equiv" not in page
    assert "<script" not in page
    assert "googleapis" not in page


def test_without_a_chinese_font_the_pdf_is_refused_with_the_remedy(
    place: Place, client_for: Clients, tmp_path: Any
) -> None:
    from zhengtong.data.quality import errors
    from zhengtong.data.quality.queries import reports

    place.land([payment(1)])
    with place.city.database.read() as session:
        told = reports.report_of(session, place.keeper(), place.item(session), now=place.city and _now())
    with pytest.raises(errors.PdfAbsent, match="fonts-noto-cjk"):
        reports.pdf(told, fonts=tmp_path)


def _now() -> Any:
    from zhengtong.kernel import clock

    return clock.now()
