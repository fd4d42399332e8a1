"""Each route: once allowed, once refused; what goes over the wire; who saw what."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.identity.organisation.conftest import PERMISSIONS, Door, code
from zhengtong.kernel.actor import Permission
from zhengtong.kernel.audit import Audit
from zhengtong.office.identity import permissions, rules
from zhengtong.office.identity.tables import Person

ME = "/api/v1"
TODAY = rules.law_day(NOW)
Ask = Callable[[Any, Door], Any]


def etag(client: Any, path: str) -> dict[str, str]:
    return {"If-Match": client.get(path).headers["etag"]}


def with_tag(path: str, method: str, body: dict[str, Any] | None = None, suffix: str = "") -> Ask:
    def ask(client: Any, door: Door) -> Any:
        at = ME + path.format(**door.ids)
        tag = etag(door.as_administrator(), at)
        return client.request(method, at + suffix, json=body, headers=tag)

    return ask


def plain(path: str, method: str = "GET", body: Callable[[Door], dict[str, Any]] | None = None) -> Ask:
    return lambda client, door: client.request(method, ME + path.format(**door.ids), json=body(door) if body else None)


def a_file(kind: str) -> Ask:
    text = "姓名,登录名\n林晚,lin.wan\n" if kind == "people" else f"名称,统一社会信用代码\n云溪市教育局,{code(8)}\n"
    return lambda client, door: client.post(f"{ME}/imports/{kind}", files={"file": ("list.csv", text.encode())})


def post_tag(method: str, suffix: str, body: dict[str, Any]) -> Ask:
    def ask(client: Any, door: Door) -> Any:
        shown = door.as_administrator().get(f"{ME}/people/{door.ids['shen']}").json()["posts"][0]
        tag = {"If-Match": f'"{shown["version"]}"'}
        return client.request(method, f"{ME}/posts/{shown['id']}{suffix}", json=body, headers=tag)

    return ask


NEW_DEPARTMENT = {"name_zh": "云溪市教育局", "code": code(7), "level": "city", "kind": "bureau"}
RESIDENT = {"name": "何小满", "id_number": "11010519491231002X"}
FIRM = {"name": "何记豆花店", "code": "91350100M000100Y43"}
ROLE = {"key": "clerk", "zh": "文员", "scope": "own", "permissions": ["identity.people.read"]}

ROUTES: list[tuple[str, Permission, Ask, int]] = [
    ("add a department", permissions.CHANGE_DEPARTMENTS, plain("/departments", "POST", lambda d: NEW_DEPARTMENT), 201),
    ("rename", permissions.CHANGE_DEPARTMENTS, with_tag("/departments/{tax}", "PATCH", {"short_name": "税务"}), 200),
    ("people", permissions.READ_PEOPLE, plain("/people"), 200),
    ("a person", permissions.READ_PEOPLE, plain("/people/{shen}"), 200),
    ("their posts", permissions.READ_PEOPLE, plain("/people/{shen}/posts"), 200),
    ("export people", permissions.EXPORT_PEOPLE, plain("/people/export"), 200),
    ("roles", permissions.READ_ROLES, plain("/roles"), 200),
    ("a role", permissions.READ_ROLES, plain("/roles/officer"), 200),
    ("permissions", permissions.READ_ROLES, plain("/permissions"), 200),
    ("residents", permissions.READ_RESIDENTS, plain("/residents"), 200),
    ("register a resident", permissions.REGISTER_RESIDENTS, plain("/residents", "POST", lambda d: RESIDENT), 201),
    ("firms", permissions.READ_FIRMS, plain("/firms"), 200),
    ("register a firm", permissions.REGISTER_FIRMS, plain("/firms", "POST", lambda d: FIRM), 201),
    ("the trail", permissions.READ_AUDIT, plain("/audit"), 200),
    ("a deed", permissions.READ_AUDIT, plain("/audit/1"), 200),
    ("kinds of deeds", permissions.READ_AUDIT, plain("/audit/actions"), 200),
    ("export the trail", permissions.EXPORT_AUDIT, plain("/audit/export"), 200),
    ("imports", permissions.IMPORT, plain("/imports"), 200),
    ("a template", permissions.IMPORT, plain("/imports/template/people"), 200),
    ("upload people", permissions.IMPORT, a_file("people"), 201),
    ("upload departments", permissions.IMPORT, a_file("departments"), 201),
]


@pytest.mark.parametrize(("permission", "ask", "status"), [row[1:] for row in ROUTES], ids=[row[0] for row in ROUTES])
def test_a_route_answers_who_holds_its_permission_and_nobody_else(
    door: Door, permission: Permission, ask: Ask, status: int
) -> None:
    allowed = ask(door.as_(permission, who="chief"), door)
    assert allowed.status_code == status, allowed.text
    every_other = [one for one in PERMISSIONS if one.name != permission.name]
    refused = ask(door.as_(*every_other), door)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    assert ask(door.nobody(), door).status_code == 401


WHOLE: list[tuple[str, Permission, Ask, int]] = [
    ("move", permissions.CHANGE_DEPARTMENTS, lambda c, d: with_tag(
        "/departments/{section}", "POST", {"parent_id": str(d.ids["social"])}, "/move")(c, d), 200),
    ("merge", permissions.MERGE_DEPARTMENTS, lambda c, d: with_tag(
        "/departments/{section}", "POST", {"into_id": str(d.ids["social"])}, "/merge")(c, d), 200),
    ("close", permissions.MERGE_DEPARTMENTS, with_tag("/departments/{section}", "POST", None, "/close"), 200),
    ("add a person", permissions.CHANGE_PEOPLE, plain("/people", "POST", lambda d: {"name": "林晚"}), 201),
    ("change a person", permissions.CHANGE_PEOPLE, with_tag("/people/{shen}", "PATCH", {"phone": "13800138000"}), 200),
    ("deactivate", permissions.DEACTIVATE_PEOPLE, with_tag(
        "/people/{shen}", "POST", {"reason": "离职"}, "/deactivate"), 200),
    ("reset factors", permissions.RESET_FACTORS, plain(
        "/people/{shen}/reset-factors", "POST", lambda d: {"reason": "忘了密码"}), 200),
    ("give a post", permissions.GIVE_POSTS, plain(
        "/people/{shen}/posts", "POST",
        lambda d: {"department_id": str(d.ids["social"]), "title": "挂职", "roles": ["officer"]}), 201),
    ("change a post", permissions.GIVE_POSTS, post_tag("PATCH", "", {"title": "副处长"}), 200),
    ("end a post", permissions.GIVE_POSTS, post_tag("POST", "/end", {}), 200),
    ("add a role", permissions.CHANGE_ROLES, plain("/roles", "POST", lambda d: ROLE), 201),
    ("change a role", permissions.CHANGE_ROLES, with_tag("/roles/officer", "PATCH", {"zh": "办事员"}), 200),
]  # fmt: skip


@pytest.mark.parametrize(("permission", "ask", "status"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE])
def test_a_change_is_made_by_the_administrator_and_refused_without_the_one_permission(
    door: Door, permission: Permission, ask: Ask, status: int
) -> None:
    every_other = [one for one in PERMISSIONS if one.name != permission.name]
    refused = ask(door.as_(*every_other), door)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    allowed = ask(door.as_administrator(), door)
    assert allowed.status_code == status, allowed.text


SENSITIVE = [row for row in (*ROUTES, *WHOLE) if row[1].step_up]


@pytest.mark.parametrize(("ask"), [row[2] for row in SENSITIVE], ids=[row[0] for row in SENSITIVE])
def test_a_sensitive_route_asks_for_the_second_factor_again(door: Door, ask: Ask) -> None:
    tired = door.as_(*PERMISSIONS, who="chief", now=NOW - timedelta(minutes=11))
    answer = ask(tired, door)
    assert (answer.status_code, answer.json()["code"]) == (401, "step-up-needed")


def test_every_route_of_the_organisation_is_asked_in_these_tests() -> None:
    asked = {permission.name for _, permission, _, _ in (*ROUTES, *WHOLE)}
    assert {one.name for one in permissions.ORGANISATION_PERMISSIONS} - asked == {
        permissions.NAME_DEPUTY.name,
        permissions.REVEAL_RESIDENTS.name,
    }


def test_departments_are_open_to_all_staff_and_closed_to_residents(door: Door) -> None:
    staff = door.as_()
    nodes = staff.get(f"{ME}/departments/tree").json()["nodes"]
    assert nodes[0]["name_zh"] == "云溪市"
    assert staff.get(f"{ME}/departments", params={"q": "swj"}).status_code == 200
    assert staff.get(f"{ME}/departments/{door.ids['tax']}").json()["abilities"]["change"] is False
    resident = door.as_(kind="resident")
    assert resident.get(f"{ME}/departments/tree").json()["nodes"] == []
    assert resident.get(f"{ME}/departments/{door.ids['tax']}").status_code == 404
    assert door.nobody().get(f"{ME}/departments").status_code == 401


def test_a_page_of_departments_goes_on_where_the_last_ended(door: Door) -> None:
    client, seen, after = door.as_(), [], None
    while True:
        page = client.get(f"{ME}/departments", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [item["name_zh"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert sorted(seen) == sorted({"云溪市", "云溪市税务局", "云溪市人社局", "征管科"})


@pytest.mark.parametrize("path", ["/departments/{tax}", "/people/{shen}", "/roles/officer"])
def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(door: Door, path: str) -> None:
    client, at = door.as_administrator(), ME + path.format(**door.ids)
    tag = etag(client, at)
    body = {"name_en": "Tax"} if "dep" in path else {"phone": "13800138000"} if "people" in path else {"zh": "办事员"}
    assert client.patch(at, json=body, headers=tag).status_code == 200
    assert client.patch(at, json=body, headers=tag).status_code == 412
    assert client.patch(at, json=body).status_code == 412


def test_adding_a_person_gives_a_link_once_and_the_person_is_there(door: Door) -> None:
    body = {"name": "林晚", "post": {"department_id": str(door.ids["tax"]), "title": "科员", "roles": ["officer"]}}
    added = door.as_administrator().post(f"{ME}/people", json=body)
    assert added.status_code == 201, added.text
    told = added.json()
    assert told["enrolment"]["link"].startswith("http://localhost:8600/enrol#")
    assert told["person"]["login"] == "lin.wan"
    assert told["person"]["posts"][0]["roles"] == [{"key": "officer", "zh": "经办人", "en": "Officer"}]
    secret = told["enrolment"]["link"].split("#")[1]
    with door.database.read() as session:
        rows = session.scalars(select(Audit)).all()
        assert not any(secret in repr((row.before, row.after)) for row in rows)


def test_a_refusal_says_in_the_readers_language_what_to_do(door: Door) -> None:
    body = {"name": "沈若川", "login": "shen.ruochuan", "phone": "12"}
    wrong = door.as_administrator().post(f"{ME}/people", json=body, headers={"Accept-Language": "en"})
    assert wrong.status_code == 422
    assert wrong.json()["fields"][0]["name"] == "phone"
    assert "mobile number" in wrong.json()["fields"][0]["message"]
    taken = door.as_administrator().post(f"{ME}/people", json={"name": "沈若川", "login": "shen.ruochuan"})
    assert (taken.status_code, taken.json()["title"]) == (409, "登录名 shen.ruochuan 已被使用，请换一个。")


@pytest.mark.parametrize("body", [{"name": "a\x00b"}, {"name": ""}, {"name": "x", "salary": 1}, {"name": "长" * 101}])
def test_text_that_cannot_be_is_refused_before_anything_happens(door: Door, body: dict[str, Any]) -> None:
    assert door.as_administrator().post(f"{ME}/people", json=body).status_code == 422


def test_one_names_and_ends_a_deputy_for_ones_own_post(door: Door) -> None:
    with door.database.write() as session:
        shen = session.get_one(Person, door.ids["shen"])
        assert shen.active
    made = door.as_administrator().post(
        f"{ME}/people",
        json={"name": "顾一舟", "post": {"department_id": str(door.ids["section"]), "title": "科员", "roles": []}},
    )
    body = {
        "absent_post_id": str(door.ids["shen_post"]),
        "deputy_id": made.json()["person"]["id"],
        "from_on": TODAY.isoformat(),
        "until_on": TODAY.isoformat(),
        "reason": "出差",
    }
    assert door.as_(who="shen").post(f"{ME}/acting", json=body).status_code == 403
    own = door.as_(permissions.NAME_DEPUTY, who="shen", department=door.ids["tax"])
    named = own.post(f"{ME}/acting", json=body)
    assert named.status_code == 201, named.text
    assert named.json()["current"] is True
    listed = own.get(f"{ME}/acting", params={"mine": True}).json()["items"]
    assert [item["deputy"]["name"] for item in listed] == ["顾一舟"]
    assert door.as_().get(f"{ME}/acting").json()["items"] == []
    ended = own.post(f"{ME}/acting/{named.json()['id']}/end")
    assert (ended.status_code, ended.json()["current"]) == (200, False)
    assert door.as_().post(f"{ME}/acting/{named.json()['id']}/end").status_code == 404


def test_a_residents_number_goes_out_masked_and_whole_only_for_a_purpose(door: Door) -> None:
    everything = door.as_administrator()
    kept = everything.post(f"{ME}/residents", json=RESIDENT).json()
    assert kept["id_number_masked"] == "110105**********2X"
    at = f"{ME}/residents/{kept['id']}"
    assert "19491231" not in everything.get(at).text + everything.get(f"{ME}/residents").text
    shown = everything.post(f"{at}/reveal", json={"purpose": "核对申领材料"})
    assert shown.json() == {"id_number": RESIDENT["id_number"]}
    assert everything.post(f"{at}/reveal", json={"purpose": ""}).status_code == 422
    assert door.as_(permissions.READ_RESIDENTS).post(f"{at}/reveal", json={"purpose": "好奇"}).status_code == 403


def test_an_import_is_uploaded_looked_at_and_confirmed(door: Door) -> None:
    client = door.as_administrator()
    text = f"姓名,登录名,部门,职务,角色\n林晚,lin.wan,{code(2)},科员,经办人\n某人,Bad Login,,,\n"
    shown = client.post(f"{ME}/imports/people", files={"file": ("人员.csv", text.encode("gb18030"))})
    assert shown.status_code == 201, shown.text
    draft = shown.json()
    assert draft["counts"] == {"add": 1, "change": 0, "unchanged": 0, "error": 1}
    assert draft["encoding"].lower().startswith("gb")
    at = f"{ME}/imports/{draft['id']}"
    rows = client.get(f"{at}/rows", params={"outcome": "error"}).json()
    assert [(row["row"], [fault["field"] for fault in row["errors"]]) for row in rows["items"]] == [(3, ["login"])]
    wrong = list(csv.DictReader(io.StringIO(client.get(f"{at}/errors.csv").content.decode("utf-8-sig"))))
    assert [(row["行号"], row["登录名"]) for row in wrong] == [("3", "Bad Login")]
    assert client.post(f"{at}/confirm", json={"plan": draft["plan"]}).json()["code"] == "import-has-errors"
    confirmed = client.post(f"{at}/confirm", json={"plan": draft["plan"], "skip_errors": True})
    assert (confirmed.status_code, confirmed.json()["state"]) == (202, "applying")
    assert client.post(f"{at}/discard").status_code == 409


def test_a_file_that_is_no_list_is_refused_with_a_sentence(door: Door) -> None:
    refused = door.as_administrator().post(f"{ME}/imports/people", files={"file": ("x.xlsx", b"not a workbook")})
    assert refused.status_code == 422
    assert refused.json()["title"]


def test_exported_people_can_be_imported_again_and_change_nothing(door: Door) -> None:
    client = door.as_administrator()
    exported = client.get(f"{ME}/people/export")
    assert exported.headers["content-type"].startswith("text/csv")
    again = client.post(f"{ME}/imports/people", files={"file": ("people.csv", exported.content)}).json()
    assert again["counts"] == {"add": 0, "change": 0, "unchanged": 2, "error": 0}


def test_exporting_the_trail_is_itself_in_the_trail(door: Door) -> None:
    client = door.as_administrator()
    exported = client.get(f"{ME}/audit/export", params={"action": "identity.department"})
    rows = list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 3
    assert {row[5] for row in rows[1:]} == {"identity.department_added"}
    newest = client.get(f"{ME}/audit").json()["items"][0]
    assert (newest["action"], newest["changed"]) == ("identity.audit_exported", ["action"])


def test_the_trail_is_paged_newest_first_and_a_deed_shows_its_changes(door: Door) -> None:
    client = door.as_administrator()
    page = client.get(f"{ME}/audit", params={"limit": 2}).json()
    assert page["items"][0]["seq"] > page["items"][1]["seq"]
    following = client.get(f"{ME}/audit", params={"limit": 2, "after": page["next"]}).json()
    assert following["items"][0]["seq"] < page["items"][1]["seq"]
    deed = client.get(f"{ME}/audit/{page['items'][0]['seq']}").json()
    assert {one["field"] for one in deed["diff"]} == set(deed["changed"])
    assert client.get(f"{ME}/audit/999999").status_code == 404
    assert client.get(f"{ME}/audit/{2**70}").status_code == 404


def test_the_matrix_says_what_the_reader_may_grant(door: Door) -> None:
    held = door.as_(permissions.READ_ROLES).get(f"{ME}/permissions").json()["items"]
    assert {item["name"] for item in held} == {one.name for one in PERMISSIONS}
    assert [item["name"] for item in held if item["held"]] == [permissions.READ_ROLES.name]


def test_a_role_that_is_gone_answers_so(door: Door) -> None:
    client = door.as_administrator()
    client.post(f"{ME}/roles", json=ROLE)
    gone = client.delete(f"{ME}/roles/clerk", headers=etag(client, f"{ME}/roles/clerk"))
    assert gone.status_code == 204
    assert client.get(f"{ME}/roles/clerk").json()["code"] == "role-not-found"


@pytest.mark.parametrize("path", ["/people?q=%00", "/departments?q=a%00", "/audit?q=%00", "/firms?q=%00", "/roles/%00"])
def test_what_no_database_can_hold_is_refused_and_not_looked_for(door: Door, path: str) -> None:
    assert door.as_administrator().get(ME + path).status_code == 422
