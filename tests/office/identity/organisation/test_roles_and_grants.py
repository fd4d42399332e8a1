from datetime import timedelta

import pytest

from tests.conftest import actor_with
from tests.office.identity.organisation.conftest import PERMISSIONS, City
from zhengtong.kernel.actor import EVERYWHERE, Actor, Permission, PermissionMissing, Scope
from zhengtong.office import identity
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import acting, posts, roles
from zhengtong.office.identity.permissions import (
    CHANGE_PEOPLE,
    CHANGE_ROLES,
    NAME_DEPUTY,
    READ_AUDIT,
    READ_PEOPLE,
    READ_ROLES,
)
from zhengtong.office.identity.tables import Firm, Role


def edit(**values: object) -> schemas.RoleEdit:
    return schemas.RoleEdit.model_validate(values)


def new_role(**values: object) -> schemas.NewRole:
    return schemas.NewRole.model_validate({"key": "clerk", "zh": "文员", "scope": "own", **values})


def role(city: City, key: str) -> Role:
    return queries.get_role(city.session, key)


def test_a_role_reaches_its_department_those_below_or_the_city(city: City) -> None:
    for key, reach in (
        (rules.OFFICER, Scope(departments=frozenset({city.tax.id}))),
        (rules.LEADER, Scope(departments=frozenset({city.tax.id, city.section.id}))),
        (rules.DATA_BUREAU, EVERYWHERE),
    ):
        assert queries.grants_of_roles(city.session, [key], city.tax.id)[READ_PEOPLE.name] == reach


def test_roles_of_one_post_add_up(city: City) -> None:
    held = queries.grants_of_roles(city.session, [rules.OFFICER, rules.AUDITOR], city.tax.id)
    assert held[READ_PEOPLE.name].everywhere
    assert held[READ_AUDIT.name].everywhere


def test_a_post_gives_from_its_first_day_to_its_last(city: City) -> None:
    today = rules.law_day(city.now)
    shen = city.person("沈若川")
    city.post(shen, city.tax, rules.OFFICER, from_on=today, until_on=today + timedelta(days=1))
    city.session.flush()
    for days, posts_held in ((-1, 0), (0, 1), (1, 1), (2, 0)):
        held = queries.postings_of(city.session, shen.id, on=today + timedelta(days=days))
        assert len(held) == posts_held
    (posting,) = queries.postings_of(city.session, shen.id, on=today)
    assert queries.grants_of(city.session, shen, posting, on=today + timedelta(days=2)) == {}


def test_several_posts_are_several_postings_each_with_its_own_grants(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    city.post(shen, city.social, rules.LEADER, title="挂职副局长")
    city.session.flush()
    today = rules.law_day(city.now)
    first, second = queries.postings_of(city.session, shen.id, on=today)
    assert queries.grants_of(city.session, shen, first, on=today)[READ_PEOPLE.name].covers(city.tax.id)
    assert not queries.grants_of(city.session, shen, second, on=today)[READ_PEOPLE.name].covers(city.tax.id)


def test_a_firm_reaches_itself_and_no_department(city: City) -> None:
    firm = identity.register_firm(
        city.session,
        actor_with(*PERMISSIONS),
        schemas.NewFirm(name="何记豆花店", code="91350100M000100Y43"),
        now=city.now,
    )
    granted = role(city, rules.RESIDENT)
    roles.change_role(city.session, city.administrator, granted, edit(permissions=[READ_ROLES.name]), now=city.now)
    city.session.flush()
    held = queries.grants_of(city.session, firm, None, on=rules.law_day(city.now))
    someone = Actor(subject=firm.id, kind="firm", name=firm.name, grants=held)
    assert someone.may(READ_ROLES)
    assert not someone.may(READ_ROLES, city.tax.id)
    assert isinstance(firm, Firm)


def test_a_deputy_acts_with_the_absent_ones_grants_for_those_days_and_keeps_their_own(city: City) -> None:
    today = rules.law_day(city.now)
    shen, lin = city.person("沈若川", city.tax, rules.LEADER), city.person("林晚", city.section, rules.OFFICER)
    post = queries.posts_of(city.session, shen.id)[0]
    new = schemas.NewActing(
        absent_post_id=post.id, deputy_id=lin.id, from_on=today, until_on=today + timedelta(days=4), reason="出差"
    )
    arranged = acting.name_deputy(city.session, city.actor(shen), post, new, now=city.now)
    own, stood_in = queries.postings_of(city.session, lin.id, on=today)
    assert (own.acting, stood_in.acting, stood_in.acting_for) == (None, arranged.id, shen.id)
    held = queries.grants_of(city.session, lin, stood_in, on=today, own=own)
    assert held[READ_PEOPLE.name].departments == {city.tax.id, city.section.id}
    assert city.announced(events.DeputyNamed)[0]["deputy_id"] == str(lin.id)
    assert len(queries.postings_of(city.session, lin.id, on=today + timedelta(days=5))) == 1
    acting.end_acting(city.session, city.actor(lin), arranged, now=city.now)
    city.session.flush()
    assert len(queries.postings_of(city.session, lin.id, on=today)) == 1


def test_stand_ins_that_make_no_sense_are_refused(city: City) -> None:
    today = rules.law_day(city.now)
    shen, lin = city.person("沈若川", city.tax, rules.LEADER), city.person("林晚", city.social, rules.OFFICER)
    gu = city.person("顾一舟", city.tax, rules.OFFICER)
    post, me = queries.posts_of(city.session, shen.id)[0], city.actor(shen)

    def named(deputy: object, first: int = 0, last: int = 3) -> schemas.NewActing:
        days = {"from_on": today + timedelta(days=first), "until_on": today + timedelta(days=last)}
        return schemas.NewActing.model_validate(
            {"absent_post_id": post.id, "deputy_id": deputy, "reason": "出差", **days}
        )

    for new, error in (
        (named(shen.id), errors.ActingForOneself),
        (named(lin.id), errors.DeputyUnfit),
        (named(gu.id, 3, 0), errors.SomeFieldsWrong),
        (named(gu.id, -3, -1), errors.SomeFieldsWrong),
        (named(post.id), errors.PersonNotFound),
    ):
        with pytest.raises(error):
            acting.name_deputy(city.session, me, post, new, now=city.now)
    acting.name_deputy(city.session, me, post, named(gu.id), now=city.now)
    with pytest.raises(errors.ActingClashes):
        acting.name_deputy(city.session, me, post, named(gu.id, 3, 5), now=city.now)
    acting.name_deputy(city.session, me, post, named(gu.id, 4, 5), now=city.now)


def test_a_stranger_neither_names_nor_ends_a_deputy(city: City) -> None:
    today = rules.law_day(city.now)
    shen, gu = city.person("沈若川", city.tax, rules.LEADER), city.person("顾一舟", city.tax, rules.OFFICER)
    post = queries.posts_of(city.session, shen.id)[0]
    new = schemas.NewActing(absent_post_id=post.id, deputy_id=gu.id, from_on=today, until_on=today, reason="出差")
    stranger = actor_with(NAME_DEPUTY)
    with pytest.raises(PermissionMissing):
        acting.name_deputy(city.session, stranger, post, new, now=city.now)
    arranged = acting.name_deputy(city.session, city.actor(shen), post, new, now=city.now)
    with pytest.raises(PermissionMissing):
        acting.end_acting(city.session, stranger, arranged, now=city.now)


def test_nobody_gives_themselves_a_post(city: City) -> None:
    new = schemas.NewPost(department_id=city.tax.id, title="局长", roles=[rules.LEADER])
    with pytest.raises(errors.NotYourself):
        posts.give_post(city.session, city.administrator, city.chief, new, now=city.now)


def test_the_same_post_is_not_given_twice_for_the_same_days(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    new = schemas.NewPost(department_id=city.tax.id, title="科员")
    with pytest.raises(errors.SamePost):
        posts.give_post(city.session, city.administrator, shen, new, now=city.now)


def test_a_post_ends_at_once_or_on_a_day_and_one_of_today_is_taken_back(city: City) -> None:
    today = rules.law_day(city.now)
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    long = city.post(shen, city.social, rules.OFFICER, from_on=today - timedelta(days=9))
    posts.end_post(city.session, city.administrator, long, None, now=city.now)
    assert long.until_on == today - timedelta(days=1)
    fresh = queries.postings_of(city.session, shen.id, on=today)[0].post
    posts.end_post(city.session, city.administrator, fresh, None, now=city.now)
    assert queries.postings_of(city.session, shen.id, on=today) == []
    with pytest.raises(errors.PostEndedAlready):
        posts.end_post(city.session, city.administrator, long, None, now=city.now)
    assert len(city.announced(events.PostEnded)) == 2


def test_a_change_of_roles_raises_the_posts_version(city: City) -> None:
    shen = city.person("沈若川", city.tax, rules.OFFICER)
    post = queries.posts_of(city.session, shen.id)[0]
    was = post.version
    edits = schemas.PostEdit(roles=[rules.OFFICER, rules.LEADER])
    posts.change_post(city.session, city.administrator, post, edits, now=city.now)
    assert (post.version, post.role_keys) == (was + 1, [rules.LEADER, rules.OFFICER])
    row = city.audited("identity.post_changed")[0]
    assert (row.before, row.after) == ({"roles": ["officer"]}, {"roles": ["leader", "officer"]})


@pytest.mark.parametrize("key", ["nobody", rules.RESIDENT])
def test_a_post_holds_no_role_that_is_none_or_not_for_posts(city: City, key: str) -> None:
    new = schemas.NewPost(department_id=city.tax.id, title="科员", roles=[key])
    with pytest.raises(errors.RoleNotFound):
        posts.give_post(city.session, city.administrator, city.person("沈若川"), new, now=city.now)


def test_a_role_of_ones_own_is_made_changed_and_deleted_while_nobody_held_it(city: City) -> None:
    made = roles.add_role(city.session, city.administrator, new_role(permissions=[READ_PEOPLE.name]), now=city.now)
    was = made.version
    wanted = [READ_PEOPLE.name, READ_ROLES.name]
    roles.change_role(city.session, city.administrator, made, edit(permissions=wanted), now=city.now)
    city.session.flush()
    assert (made.version, made.permission_names) == (was + 1, wanted)
    assert city.announced(events.RoleChanged)[-1] == {"role": "clerk", "added": [READ_ROLES.name], "removed": []}
    roles.delete_role(city.session, city.administrator, made, now=city.now)
    with pytest.raises(errors.RoleNotFound):
        role(city, "clerk")


def test_a_role_in_use_or_built_in_is_not_deleted_and_the_administrators_not_changed(city: City) -> None:
    made = roles.add_role(city.session, city.administrator, new_role(), now=city.now)
    city.person("沈若川", city.tax, "clerk")
    with pytest.raises(errors.RoleInUse):
        roles.delete_role(city.session, city.administrator, made, now=city.now)
    with pytest.raises(errors.RoleIsFixed):
        roles.delete_role(city.session, city.administrator, role(city, rules.OFFICER), now=city.now)
    with pytest.raises(errors.RoleIsFixed):
        nothing = edit(permissions=[])
        roles.change_role(city.session, city.administrator, role(city, rules.ADMINISTRATOR), nothing, now=city.now)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"permissions": ["identity.nothing"]}, errors.PermissionUnknown),
        ({"permissions": [READ_AUDIT.name]}, errors.PermissionNotYours),
    ],
)
def test_a_role_gets_only_permissions_that_exist_and_that_one_holds(
    city: City, values: dict[str, object], error: type[Exception]
) -> None:
    theirs = actor_with(CHANGE_ROLES, READ_PEOPLE)
    with pytest.raises(error):
        roles.add_role(city.session, theirs, new_role(**values), now=city.now)
    with pytest.raises(error):
        roles.change_role(city.session, theirs, role(city, rules.OFFICER), edit(**values), now=city.now)


@pytest.mark.parametrize("values", [{"scope": "city"}, {"delegable": True}])
def test_a_role_is_not_widened_by_who_does_not_hold_what_it_gives(city: City, values: dict[str, object]) -> None:
    theirs = actor_with(CHANGE_ROLES, READ_PEOPLE)
    with pytest.raises(errors.PermissionNotYours):
        roles.change_role(city.session, theirs, role(city, rules.DEPARTMENT_ADMIN), edit(**values), now=city.now)


def test_taking_permissions_away_needs_not_hold_them(city: City) -> None:
    theirs = actor_with(CHANGE_ROLES)
    roles.change_role(city.session, theirs, role(city, rules.AUDITOR), edit(permissions=[]), now=city.now)
    assert role(city, rules.AUDITOR).permission_names == []


def test_changing_roles_in_ones_department_only_is_not_enough(city: City) -> None:
    theirs = actor_with(*PERMISSIONS, scope=Scope(departments=frozenset({city.tax.id})))
    with pytest.raises(PermissionMissing):
        roles.add_role(city.session, theirs, new_role(), now=city.now)


def test_a_new_rooms_permissions_reach_the_default_roles_once_and_stay_taken_away(city: City) -> None:
    new = Permission("notices.broadcast", "发布公告", "Announce")

    def start() -> None:
        every = (*PERMISSIONS, new)
        identity.found_city(city.session, name_zh="云溪市", name_en="Yunxi", permissions=every, now=city.now)
        city.session.flush()

    start()
    bureau = role(city, rules.DATA_BUREAU)
    assert new.name in bureau.permission_names
    assert new.name in role(city, rules.ADMINISTRATOR).permission_names
    assert new.name not in role(city, rules.OFFICER).permission_names
    kept = [name for name in bureau.permission_names if name != new.name]
    everything = actor_with(*PERMISSIONS, new)
    roles.change_role(city.session, everything, bureau, edit(permissions=kept), now=city.now)
    start()
    assert new.name not in role(city, rules.DATA_BUREAU).permission_names
    assert len(city.audited("identity.permissions_added")) == 2


def test_permissions_that_no_room_has_any_more_are_no_longer_listed(city: City) -> None:
    left = [permission for permission in PERMISSIONS if permission != CHANGE_PEOPLE]
    identity.found_city(city.session, name_zh="云溪市", name_en="Yunxi", permissions=left, now=city.now)
    assert CHANGE_PEOPLE.name not in queries.known_permissions(city.session)
