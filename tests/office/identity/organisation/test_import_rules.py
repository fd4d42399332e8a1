from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.office.identity import rules
from zhengtong.office.identity.rules import Outcome

ROOT = rules.DepartmentKnown(uuid4(), None, "云溪市", "Yunxi", "云溪市", None, "city", "other", 0)
CODE = "91350100M000100Y43"
TAX = rules.DepartmentKnown(uuid4(), ROOT.id, "云溪市税务局", "Tax", "税务局", CODE, "city", "bureau", 3)


def planned(*rows: dict[str, str], known: tuple[rules.DepartmentKnown, ...] = (ROOT, TAX)) -> list[rules.RowPlan]:
    return rules.plan_departments([(number, row) for number, row in enumerate(rows, start=2)], known)


def faults(plan: rules.RowPlan) -> list[str]:
    return [fault.name for fault in plan.faults]


def test_a_new_department_hangs_under_the_topmost_when_no_parent_is_named() -> None:
    (plan,) = planned({"name_zh": "云溪市教育局", "code": "91110000600037341L"})
    assert plan.outcome == Outcome.ADD
    assert {change.field: change.after for change in plan.changes}["parent"] == "云溪市"


def test_the_same_row_again_changes_nothing() -> None:
    (plan,) = planned({"name_zh": "云溪市税务局", "code": CODE, "short_name": "税务局", "position": "3"})
    assert plan.outcome == Outcome.UNCHANGED


def test_a_department_is_known_by_its_code_even_under_another_name() -> None:
    (plan,) = planned({"name_zh": "云溪市税务总局", "code": CODE.lower()})
    assert plan.outcome == Outcome.CHANGE
    assert [(c.field, c.before, c.after) for c in plan.changes] == [("name_zh", "云溪市税务局", "云溪市税务总局")]


def test_an_empty_cell_leaves_things_as_they_are() -> None:
    (plan,) = planned({"name_zh": "云溪市税务局", "code": CODE, "short_name": "", "name_en": ""})
    (bare,) = planned({"code": CODE})
    assert bare.outcome == Outcome.UNCHANGED
    assert plan.outcome == Outcome.UNCHANGED


def test_a_parent_may_stand_later_in_the_file() -> None:
    plans = planned(
        {"name_zh": "征管科", "parent": "云溪市财政局"}, {"name_zh": "云溪市财政局", "code": "91110000600037341L"}
    )
    assert [plan.outcome for plan in plans] == [Outcome.ADD, Outcome.ADD]
    ordered = rules.parents_first([(plan.row, plan.values) for plan in plans])
    assert [number for number, _ in ordered] == [3, 2]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"code": "91110000600037341L"}, "name_zh"),
        ({"name_zh": "甲局", "code": "91350100M000100Y4Z"}, "code"),
        ({"name_zh": "甲局"}, "code"),
        ({"name_zh": "甲科", "parent": "没有的局"}, "parent"),
        ({"name_zh": "甲科", "parent": "税务局", "level": "国家级"}, "level"),
        ({"name_zh": "甲科", "parent": "税务局", "kind": "公司"}, "kind"),
        ({"name_zh": "甲科", "parent": "税务局", "position": "第一"}, "position"),
        ({"name_zh": "甲" * 101, "parent": "税务局"}, "name_zh"),
        ({"name_zh": "甲\n科", "parent": "税务局"}, "name_zh"),
    ],
)
def test_a_wrong_cell_is_told_by_its_column(row: dict[str, str], wrong: str) -> None:
    (plan,) = planned(row)
    assert plan.outcome == Outcome.ERROR
    assert wrong in faults(plan)


def test_two_rows_of_one_department_are_told() -> None:
    plans = planned({"name_zh": "甲科", "parent": "税务局"}, {"name_zh": "甲科", "parent": "税务局"})
    assert [plan.outcome for plan in plans] == [Outcome.ADD, Outcome.ERROR]


def test_rows_that_are_each_others_parents_are_refused() -> None:
    plans = planned({"name_zh": "甲科", "parent": "乙科"}, {"name_zh": "乙科", "parent": "甲科"})
    assert {plan.outcome for plan in plans} == {Outcome.ERROR}


words = st.sampled_from(
    ["甲局", "乙科", "丙科", "税务局", "云溪市税务局", "", CODE, "0", "12", "市级", "内设科室", "x\x00"]
)
cells = st.fixed_dictionaries({}, optional={column.key: words for column in rules.DEPARTMENT_COLUMNS})


@given(st.lists(cells, max_size=6))
def test_any_list_of_departments_gets_a_plan_row_by_row(rows: list[dict[str, str]]) -> None:
    plans = planned(*rows)
    assert [plan.row for plan in plans] == list(range(2, len(rows) + 2))
    assert all(bool(plan.faults) == (plan.outcome == Outcome.ERROR) for plan in plans)
    assert sorted(n for n, _ in rules.parents_first([(p.row, p.values) for p in plans])) == [p.row for p in plans]


HELD = rules.PostKnown(TAX.id, "科员", ("officer",), None)
SHEN = rules.PersonKnown(uuid4(), "沈若川", "shen.ruochuan", "A001", "13800138000", None, True, (HELD,))
WORDS = rules.CityWords(
    {"税务局": [TAX.id], "云溪市税务局": [TAX.id], "办公室": [uuid4(), uuid4()]},
    {"officer": "officer", "经办人": "officer", "leader": "leader", "领导": "leader"},
)


def staffed(*rows: dict[str, str], may: bool = True, importer: UUID | None = None) -> list[rules.RowPlan]:
    city = rules.City([SHEN], WORDS, lambda role, department: may, importer)
    return rules.plan_people([(number, row) for number, row in enumerate(rows, start=2)], city)


KNOWN = {"name": "沈若川", "login": "shen.ruochuan", "staff_number": "A001"}
POST = {"department": "税务局", "title": "科员", "roles": "经办人"}


@pytest.mark.parametrize(
    ("row", "outcome", "changed"),
    [
        ({**KNOWN}, Outcome.UNCHANGED, []),
        ({**KNOWN, **POST}, Outcome.UNCHANGED, []),
        ({**KNOWN, "phone": "13900139000"}, Outcome.CHANGE, ["phone"]),
        ({"name": "沈若川", "staff_number": "A001", "login": "shen.rc"}, Outcome.CHANGE, ["login"]),
        ({**KNOWN, **POST, "roles": "经办人、领导"}, Outcome.CHANGE, ["roles"]),
        ({**KNOWN, **POST, "until_on": "2027-01-31"}, Outcome.CHANGE, ["until_on"]),
        ({**KNOWN, **POST, "title": "副科长"}, Outcome.CHANGE, ["post"]),
        ({"name": "林晚", "login": "lin.wan", **POST}, Outcome.ADD, ["name", "login", "post"]),
        ({"name": "林晚", "staff_number": "B7"}, Outcome.ADD, ["name", "staff_number"]),
    ],
)
def test_what_a_row_of_a_person_would_do(row: dict[str, str], outcome: Outcome, changed: list[str]) -> None:
    (plan,) = staffed(row)
    assert (plan.outcome, [change.field for change in plan.changes]) == (outcome, changed), plan.faults


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"name": "林晚"}, "login"),
        ({"login": "lin.wan"}, "name"),
        ({"name": "林晚", "login": "Lin Wan"}, "login"),
        ({"name": "林晚", "login": "shen.ruochuan", "staff_number": "B7"}, "login"),
        ({"name": "林晚", "login": "lin.wan", "phone": "12"}, "phone"),
        ({"name": "林晚", "login": "lin.wan", "email": "nobody"}, "email"),
        ({"name": "林晚", "login": "lin.wan", "department": "没有的局", "title": "科员"}, "department"),
        ({"name": "林晚", "login": "lin.wan", "department": "办公室", "title": "科员"}, "department"),
        ({"name": "林晚", "login": "lin.wan", "department": "税务局"}, "title"),
        ({"name": "林晚", "login": "lin.wan", "title": "科员"}, "department"),
        ({"name": "林晚", "login": "lin.wan", **POST, "roles": "皇帝"}, "roles"),
        ({"name": "林晚", "login": "lin.wan", **POST, "from_on": "soon"}, "from_on"),
        ({"name": "林晚", "login": "lin.wan", **POST, "from_on": "2026-02-01", "until_on": "2026-01-01"}, "until_on"),
    ],
)
def test_what_is_wrong_with_a_person_is_told_by_its_column(row: dict[str, str], wrong: str) -> None:
    (plan,) = staffed(row)
    assert plan.outcome == Outcome.ERROR
    assert faults(plan) == [wrong]


def test_a_role_that_the_importer_may_not_give_is_an_error_before_anything_happens() -> None:
    (plan,) = staffed({**KNOWN, **POST, "roles": "领导"}, may=False)
    assert faults(plan) == ["roles", "roles"]
    (same,) = staffed({**KNOWN, **POST}, may=False)
    assert same.outcome == Outcome.UNCHANGED


def test_nobody_changes_their_own_posts_by_import() -> None:
    (plan,) = staffed({**KNOWN, **POST, "roles": "领导"}, importer=SHEN.id)
    assert faults(plan) == ["roles"]


def test_rows_of_one_person_must_agree_and_may_name_several_posts() -> None:
    lin = {"name": "林晚", "login": "lin.wan", **POST}
    plans = staffed(
        lin, {**lin, "title": "副科长"}, {**lin, "title": "副科长"}, {**lin, "name": "林婉", "title": "顾问"}
    )
    assert [plan.outcome for plan in plans] == [Outcome.ADD, Outcome.ADD, Outcome.ERROR, Outcome.ERROR]
    assert faults(plans[2]) == ["title"]
    assert faults(plans[3]) == ["name"]


def test_a_date_column_is_kept_as_a_day() -> None:
    post, wrong = rules.wanted_post({**POST, "from_on": "2026年1月5日"}, WORDS)
    assert wrong == []
    assert post == rules.PostWanted(TAX.id, "科员", ("officer",), date(2026, 1, 5), None)


people_words = st.sampled_from(
    ["沈若川", "shen.ruochuan", "A001", "", "税务局", "科员", "经办人;领导", "2026-01-01", "\x01"]
)
people_cells = st.fixed_dictionaries({}, optional={column.key: people_words for column in rules.PEOPLE_COLUMNS})


@given(st.lists(people_cells, max_size=6))
def test_any_list_of_people_gets_a_plan_row_by_row(rows: list[dict[str, str]]) -> None:
    plans = staffed(*rows)
    assert len(plans) == len(rows)
    assert all(bool(plan.faults) == (plan.outcome == Outcome.ERROR) for plan in plans)


@pytest.mark.parametrize("kind", ["departments", "people"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_headers_are_known_in_both_languages(kind: str, language: str) -> None:
    columns = rules.COLUMNS[kind]
    keys, missing = rules.read_headers(kind, [f" {getattr(column, language)} " for column in columns])
    assert keys == [column.key for column in columns]
    assert missing == []


def test_a_list_without_names_is_missing_a_column() -> None:
    assert [column.zh for column in rules.read_headers("people", ["登录名"])[1]] == ["姓名"]


def test_a_long_chain_of_parents_is_planned_and_ordered_in_time_that_grows_with_its_length() -> None:
    rows = [(n, {"name_zh": f"科{n}", "parent": f"科{n + 1}"}) for n in range(3000)] + [(3000, {"name_zh": "科3000"})]
    plans = rules.plan_departments(rows, [ROOT])
    assert [plan.row for plan in plans if plan.outcome == Outcome.ERROR] == [3000]  # a bureau without a code
    assert [number for number, _ in rules.parents_first(rows)] == list(range(3000, -1, -1))
