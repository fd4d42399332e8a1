from datetime import timedelta

import pytest

from tests.conftest import actor_with
from tests.office.identity.organisation.conftest import PERMISSIONS, City
from zhengtong.kernel.actor import PermissionMissing, Scope, StepUpNeeded
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import acting, people, posts
from zhengtong.office.identity.permissions import (
    CHANGE_PEOPLE,
    DEACTIVATE_PEOPLE,
    GIVE_POSTS,
    READ_PEOPLE,
    RESET_FACTORS,
)
from zhengtong.office.identity.tables import Person


def test_a_login_is_proposed_from_the_pinyin_and_is_never_taken_twice(city: City) -> None:
    first, second = city.person("沈若川"), city.person("沈若川")
    assert (first.login, second.login) == ("shen.ruochuan", "shen.ruochuan2")


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"login": "li.ming"}, errors.LoginTaken),
        ({"login": "Li Ming"}, errors.SomeFieldsWrong),
        ({"phone": "123"}, errors.SomeFieldsWrong),
        ({"email": "nobody"}, errors.SomeFieldsWrong),
        ({"staff_number": "A1"}, errors.StaffNumberTaken),
    ],
)
def test_a_person_with_wrong_or_taken_facts_is_refused(
    city: City, facts: dict[str, str], error: type[Exception]
) -> None:
    people.change_person(city.session, city.administrator, city.person("林晚"), {"staff_number": "A1"}, now=city.now)
    with pytest.raises(error):
        new = schemas.NewPerson.model_validate({"name": "沈若川", **facts})
        people.add_person(city.session, city.administrator, new, now=city.now)


@pytest.mark.parametrize("text", ["沈", "若川", "shenruochuan", "shenruo", "src", "shen.ruo", "A-77", "Shen Ruo"])
def test_a_person_is_found_by_name_pinyin_initials_login_and_number(city: City, text: str) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    city.person("林晚", city.social, rules.OFFICER)
    people.change_person(city.session, city.administrator, shen, {"staff_number": "A-77"}, now=city.now)
    city.session.flush()
    found = queries.find_people(city.session, city.administrator, on=rules.law_day(city.now), text=text)
    assert city.session.scalars(found).all() == [shen]


def test_people_are_found_by_department_with_those_below_and_by_role(city: City) -> None:
    shen, lin = city.person("沈若川", city.tax, rules.LEADER), city.person("林晚", city.section, rules.OFFICER)
    on = rules.law_day(city.now)

    def names(**sought: object) -> set[str]:
        found = queries.find_people(city.session, city.administrator, on=on, **sought)  # type: ignore[arg-type]
        return {person.name for person in city.session.scalars(found)}

    assert names(department_id=city.tax.id) == {shen.name, lin.name}
    assert names(department_id=city.tax.id, below=False) == {shen.name}
    assert names(role=rules.OFFICER) == {lin.name}


def test_one_sees_oneself_and_the_people_where_one_may(city: City) -> None:
    shen, lin = city.person("沈若川", city.tax, rules.OFFICER), city.person("林晚", city.social, rules.OFFICER)
    city.session.flush()
    on = rules.law_day(city.now)
    officer = city.actor(shen)
    assert officer.may(READ_PEOPLE, city.tax.id)
    assert city.session.scalars(queries.visible_people(officer, on=on)).all() == [shen]
    with pytest.raises(errors.PersonNotFound):
        queries.get_person(city.session, officer, lin.id, on=on)
    stranger = actor_with(subject=lin.id)
    assert city.session.scalars(queries.visible_people(stranger, on=on)).all() == [lin]


def test_colleagues_are_seen_by_all_staff_and_by_nobody_else(city: City) -> None:
    city.person("沈若川", city.tax, rules.OFFICER)
    city.session.flush()
    on = rules.law_day(city.now)
    posts_seen = city.session.scalars(queries.find_colleagues(actor_with(), on=on, text="src")).all()
    assert [post.person.name for post in posts_seen] == ["沈若川"]
    assert city.session.scalars(queries.find_colleagues(actor_with(kind="resident"), on=on)).all() == []


def test_a_deactivated_person_has_no_sessions_and_no_grants_and_keeps_the_posts(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    posting = queries.postings_of(city.session, shen.id, on=rules.law_day(city.now))[0]
    people.deactivate_person(city.session, city.administrator, shen, "离职", now=city.now)
    assert queries.grants_of(city.session, shen, posting, on=rules.law_day(city.now)) == {}
    assert city.audited("identity.person_deactivated")[0].after == {"active": False, "reason": "离职"}
    assert len(city.announced(events.PersonDeactivated)) == 1
    people.reactivate_person(city.session, city.administrator, shen, now=city.now)
    assert queries.grants_of(city.session, shen, posting, on=rules.law_day(city.now)) != {}


def test_nobody_deactivates_or_resets_oneself(city: City) -> None:
    other = city.person("林晚", city.root, rules.ADMINISTRATOR)
    assert other.active
    with pytest.raises(errors.NotYourself):
        people.deactivate_person(city.session, city.administrator, city.chief, "累了", now=city.now)
    with pytest.raises(errors.NotYourself):
        people.reset_factors(city.session, city.administrator, city.chief, "忘了", now=city.now)


def test_the_last_administrator_is_not_deactivated(city: City) -> None:
    with pytest.raises(errors.LastAdministrator):
        people.deactivate_person(city.session, actor_with(*PERMISSIONS), city.chief, "试试", now=city.now)


@pytest.mark.parametrize("way", ["end", "end later", "take the role", "limit"])
def test_the_last_administrators_post_stays(city: City, way: str) -> None:
    everything = actor_with(*PERMISSIONS)
    post = queries.posts_of(city.session, city.chief.id)[0]
    later = rules.law_day(city.now) + timedelta(days=30)
    with pytest.raises(errors.LastAdministrator):
        if way.startswith("end"):
            posts.end_post(city.session, everything, post, later if "later" in way else None, now=city.now)
        else:
            edits = {"roles": [rules.OFFICER]} if way == "take the role" else {"until_on": later}
            posts.change_post(city.session, everything, post, schemas.PostEdit.model_validate(edits), now=city.now)


def test_with_a_second_administrator_the_first_may_go(city: City) -> None:
    everything = actor_with(*PERMISSIONS)
    city.person("林晚", city.root, rules.ADMINISTRATOR)
    people.deactivate_person(city.session, everything, city.chief, "退休", now=city.now)
    assert not city.chief.active


def department_admin(city: City) -> Person:
    return city.person("王芳", city.tax, rules.DEPARTMENT_ADMIN)


def test_a_departments_administrator_looks_after_its_people_and_no_others(city: City) -> None:
    theirs = city.actor(department_admin(city))
    new = schemas.NewPerson(
        name="沈若川", post=schemas.NewPost(department_id=city.section.id, title="科员", roles=[rules.OFFICER])
    )
    shen = people.add_person(city.session, theirs, new, now=city.now)
    people.change_person(city.session, theirs, shen, {"phone": "13800138000"}, now=city.now)
    people.reset_factors(city.session, theirs, shen, "忘了密码", now=city.now)
    lin = city.person("林晚", city.social, rules.OFFICER)
    for refused in (
        lambda: people.change_person(city.session, theirs, lin, {"phone": "13800138000"}, now=city.now),
        lambda: people.reset_factors(city.session, theirs, lin, "好奇", now=city.now),
        lambda: people.deactivate_person(city.session, theirs, lin, "好奇", now=city.now),
        lambda: people.add_person(city.session, theirs, schemas.NewPerson(name="张三"), now=city.now),
    ):
        with pytest.raises(PermissionMissing):
            refused()


@pytest.mark.parametrize("role", [rules.ADMINISTRATOR, rules.DATA_BUREAU, rules.AUDITOR, rules.DEPARTMENT_CDO])
def test_a_departments_administrator_cannot_reach_above_their_own_power(city: City, role: str) -> None:
    theirs = city.actor(department_admin(city))
    mighty = city.person("沈若川", city.tax, role)
    post = queries.posts_of(city.session, mighty.id)[0]
    later = schemas.PostEdit(until_on=rules.law_day(city.now) + timedelta(days=1))
    lin = city.person("林晚", city.tax, rules.OFFICER)
    for refused in (
        lambda: people.reset_factors(city.session, theirs, mighty, "想看看", now=city.now),
        lambda: people.deactivate_person(city.session, theirs, mighty, "碍事", now=city.now),
        lambda: people.change_person(city.session, theirs, mighty, {"login": "mine"}, now=city.now),
        lambda: people.change_person(city.session, theirs, mighty, {"email": "mine@yunxi.example"}, now=city.now),
        lambda: posts.change_post(city.session, theirs, post, later, now=city.now),
        lambda: posts.end_post(city.session, theirs, post, None, now=city.now),
        lambda: posts.give_post(
            city.session,
            theirs,
            lin,
            schemas.NewPost(department_id=city.tax.id, title="副处长", roles=[role]),
            now=city.now,
        ),
    ):
        with pytest.raises(errors.RoleNotYours):
            refused()


def test_whoever_stands_in_for_the_mighty_is_as_far_out_of_reach(city: City) -> None:
    theirs = city.actor(department_admin(city))
    lin = city.person("林晚", city.tax, rules.OFFICER)
    cdo = city.person("沈若川", city.tax, rules.DEPARTMENT_CDO)
    post, on = queries.posts_of(city.session, cdo.id)[0], rules.law_day(city.now)
    people.reset_factors(city.session, theirs, lin, "忘了密码", now=city.now)
    new = schemas.NewActing(absent_post_id=post.id, deputy_id=lin.id, from_on=on, until_on=on, reason="出差")
    acting.name_deputy(city.session, city.actor(cdo), post, new, now=city.now)
    with pytest.raises(errors.RoleNotYours):
        people.reset_factors(city.session, theirs, lin, "忘了密码", now=city.now)


@pytest.mark.parametrize("permission", [DEACTIVATE_PEOPLE, RESET_FACTORS, GIVE_POSTS])
def test_sensitive_actions_ask_for_the_second_factor_again(city: City, permission: object) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    tired = actor_with(*PERMISSIONS, now=city.now - timedelta(minutes=11))
    deeds = {
        DEACTIVATE_PEOPLE: lambda: people.deactivate_person(city.session, tired, shen, "离职", now=city.now),
        RESET_FACTORS: lambda: people.reset_factors(city.session, tired, shen, "忘了", now=city.now),
        GIVE_POSTS: lambda: posts.give_post(
            city.session, tired, shen, schemas.NewPost(department_id=city.tax.id, title="处长"), now=city.now
        ),
    }
    with pytest.raises(StepUpNeeded):
        deeds[permission]()  # type: ignore[index]


def test_changing_needs_the_permission_where_the_person_works(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    elsewhere = actor_with(CHANGE_PEOPLE, scope=Scope(departments=frozenset({city.social.id})))
    with pytest.raises(PermissionMissing):
        people.change_person(city.session, elsewhere, shen, {"name": "沈"}, now=city.now)
