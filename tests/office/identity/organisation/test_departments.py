from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import actor_with
from tests.office.identity.organisation.conftest import PERMISSIONS, City, code
from zhengtong.kernel.actor import PermissionMissing, Scope
from zhengtong.office import identity
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import acting, departments
from zhengtong.office.identity.permissions import CHANGE_DEPARTMENTS
from zhengtong.office.identity.queries import views
from zhengtong.office.identity.tables import Department, Post


def new(name: str = "云溪市教育局", number: int | None = 7, **facts: object) -> schemas.NewDepartment:
    values = {"name_zh": name, "code": code(number) if number else None, "level": "city", "kind": "bureau", **facts}
    return schemas.NewDepartment.model_validate(values)


def test_a_city_begins_with_one_topmost_department_however_often_it_starts(city: City) -> None:
    identity.found_city(city.session, name_zh="别的市", name_en="Other", permissions=PERMISSIONS, now=city.now)
    roots = city.session.scalars(select(Department).where(Department.parent_id.is_(None))).all()
    assert [root.name_zh for root in roots] == ["云溪市"]


def test_a_department_hangs_under_the_topmost_unless_told_otherwise(city: City) -> None:
    added = departments.add_department(city.session, city.administrator, new(), now=city.now)
    assert added.parent_id == city.root.id
    assert [one.name_zh for one in queries.department_path(city.session, added.id)] == ["云溪市", "云溪市教育局"]
    assert city.announced(events.DepartmentAdded)[-1] == {
        "department_id": str(added.id),
        "parent_id": str(city.root.id),
    }
    (row, *_) = reversed(city.audited("identity.department_added"))
    assert row.actor == city.chief.id
    assert row.after is not None
    assert row.after["name_zh"] == "云溪市教育局"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"number": None}, errors.SomeFieldsWrong),
        ({"code": "91350100M000100Y4Z"}, errors.SomeFieldsWrong),
        ({"number": 1}, errors.DepartmentCodeTaken),
        ({"name": "云溪市税务局"}, errors.DepartmentNameTaken),
    ],
)
def test_a_department_with_a_wrong_or_taken_code_or_name_is_refused(
    city: City, facts: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        departments.add_department(city.session, city.administrator, new(**facts), now=city.now)  # type: ignore[arg-type]


def test_a_section_needs_no_code_and_the_same_name_may_stand_under_another_parent(city: City) -> None:
    section = new("征管科", None, kind="section", parent_id=str(city.social.id))
    assert departments.add_department(city.session, city.administrator, section, now=city.now).code is None


def test_changing_a_department_tells_only_what_changed(city: City) -> None:
    values = {"name_zh": "国家税务总局云溪市税务局", "short_name": city.tax.short_name}
    departments.change_department(city.session, city.administrator, city.tax, values, now=city.now)
    (row,) = city.audited("identity.department_changed")
    assert row.before == {"name_zh": "云溪市税务局"}
    assert row.after == {"name_zh": "国家税务总局云溪市税务局"}
    assert city.tax.spelling.startswith("guojiashuiwu")


def test_a_change_that_changes_nothing_is_not_told(city: City) -> None:
    departments.change_department(city.session, city.administrator, city.tax, {"name_zh": "云溪市税务局"}, now=city.now)
    assert city.audited("identity.department_changed") == []


def test_a_department_cannot_be_moved_below_itself(city: City) -> None:
    for target in (city.tax, city.section):
        move = schemas.DepartmentMove(parent_id=target.id)
        with pytest.raises(errors.DepartmentBelowItself):
            departments.move_department(city.session, city.administrator, city.tax, move, now=city.now)


def test_the_topmost_department_stays(city: City) -> None:
    with pytest.raises(errors.RootStays):
        departments.close_department(city.session, city.administrator, city.root, now=city.now)
    with pytest.raises(errors.RootStays):
        departments.merge_department(city.session, city.administrator, city.root, city.tax, now=city.now)


def test_a_moved_department_takes_its_sections_along(city: City) -> None:
    move = schemas.DepartmentMove(parent_id=city.social.id)
    departments.move_department(city.session, city.administrator, city.tax, move, now=city.now)
    city.session.flush()
    path = [one.name_zh for one in queries.department_path(city.session, city.section.id)]
    assert path == ["云溪市", "云溪市人社局", "云溪市税务局", "征管科"]


def test_a_department_in_use_is_not_closed_and_the_refusal_counts_what_is_left(city: City) -> None:
    city.person("沈若川", city.tax, rules.OFFICER)
    with pytest.raises(errors.DepartmentInUse) as refused:
        departments.close_department(city.session, city.administrator, city.tax, now=city.now)
    assert (refused.value.facts["departments"], refused.value.facts["posts"]) == (1, 1)


def test_an_empty_department_closes_and_opens_again(city: City) -> None:
    departments.close_department(city.session, city.administrator, city.section, now=city.now)
    assert city.section.closed_on == date(2026, 3, 5)
    city.session.flush()
    assert city.section not in city.session.scalars(queries.find_departments(city.administrator)).all()
    with pytest.raises(errors.DepartmentClosedAlready):
        departments.change_department(city.session, city.administrator, city.section, {"name_zh": "x"}, now=city.now)
    departments.reopen_department(city.session, city.administrator, city.section, now=city.now)
    assert city.section.closed_on is None


def test_merging_moves_posts_sections_and_stand_ins_and_keeps_the_history(city: City) -> None:
    shen, lin = city.person("沈若川"), city.person("林晚", city.tax, rules.OFFICER)
    began = rules.law_day(city.now) - timedelta(days=30)
    post = city.post(shen, city.tax, rules.LEADER, title="处长", from_on=began)
    stand_in = schemas.NewActing(
        absent_post_id=post.id,
        deputy_id=lin.id,
        from_on=rules.law_day(city.now),
        until_on=rules.law_day(city.now) + timedelta(days=9),
        reason="出差",
    )
    deputy = acting.name_deputy(city.session, city.administrator, post, stand_in, now=city.now)
    departments.merge_department(city.session, city.administrator, city.tax, city.social, now=city.now)
    city.session.flush()
    today = rules.law_day(city.now)
    old, current = sorted(
        city.session.scalars(select(Post).where(Post.person_id == shen.id)), key=lambda one: one.from_on
    )
    assert (old.department_id, old.until_on) == (city.tax.id, today - timedelta(days=1))
    assert (current.department_id, current.from_on, current.role_keys) == (city.social.id, today, [rules.LEADER])
    assert deputy.absent_post_id == current.id
    assert city.section.parent_id == city.social.id
    assert (city.tax.closed_on, city.tax.merged_into_id) == (today, city.social.id)
    assert city.announced(events.DepartmentsMerged)[0]["into_id"] == str(city.social.id)


def test_a_merged_department_does_not_come_back(city: City) -> None:
    departments.merge_department(city.session, city.administrator, city.tax, city.social, now=city.now)
    with pytest.raises(errors.DepartmentClosedAlready):
        departments.reopen_department(city.session, city.administrator, city.tax, now=city.now)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("税务", "云溪市税务局"),
        ("yunxi", None),
        ("swj", None),
        ("yxsswj", "云溪市税务局"),
        (code(2), "云溪市人社局"),
        ("zgk", "征管科"),
        ("100%", ""),
    ],
)
def test_departments_are_found_by_name_pinyin_and_code(city: City, text: str, found: str | None) -> None:
    names = [one.name_zh for one in city.session.scalars(queries.find_departments(city.administrator, text=text))]
    if found is None:
        assert set(names) <= {"云溪市", "云溪市税务局", "云溪市人社局"}
    else:
        assert names == ([found] if found else [])


def test_the_tree_lists_each_department_after_its_parent_with_its_own_people(city: City) -> None:
    city.person("沈若川", city.section, rules.OFFICER)
    city.session.flush()
    tree = views.department_tree(city.session, city.administrator, on=rules.law_day(city.now))
    places = {node.id: place for place, node in enumerate(tree.nodes)}
    assert all(node.parent_id is None or places[node.parent_id] < places[node.id] for node in tree.nodes)
    assert {node.name_zh: node.people for node in tree.nodes if node.people} == {"云溪市": 1, "征管科": 1}


def test_residents_see_no_departments(city: City) -> None:
    assert city.session.scalars(queries.find_departments(actor_with(kind="resident"))).all() == []


def test_who_may_change_one_department_may_not_change_another(city: City) -> None:
    theirs = actor_with(CHANGE_DEPARTMENTS, scope=Scope(departments=frozenset({city.tax.id})))
    departments.change_department(city.session, theirs, city.tax, {"short_name": "税务"}, now=city.now)
    with pytest.raises(PermissionMissing):
        departments.change_department(city.session, theirs, city.social, {"short_name": "人社"}, now=city.now)
    with pytest.raises(PermissionMissing):
        move = schemas.DepartmentMove(parent_id=city.social.id)
        departments.move_department(city.session, theirs, city.tax, move, now=city.now)


def test_a_chief_data_officer_must_be_an_active_person(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.DEPARTMENT_CDO)
    departments.change_department(city.session, city.administrator, city.tax, {"cdo_id": shen.id}, now=city.now)
    shown = views.department_out(city.session, city.administrator, city.tax, on=rules.law_day(city.now))
    assert shown.cdo == schemas.PersonRef(id=shen.id, name="沈若川")
    shen.active = False
    with pytest.raises(errors.PersonNotFound):
        departments.change_department(city.session, city.administrator, city.social, {"cdo_id": shen.id}, now=city.now)


def test_words_find_a_department_only_when_they_mean_one(city: City) -> None:
    city.department("征管科", None, parent=city.social, kind=rules.Kind.SECTION)
    found: list[Department | None] = [
        queries.department_at(city.session, words) for words in ("税务局", code(1), "征管科", "税务局/征管科", "没有")
    ]
    assert found == [city.tax, city.tax, None, city.section, None]
