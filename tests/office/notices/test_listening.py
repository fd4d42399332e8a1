"""What identity announces reaches the person it concerns."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.notices.conftest import add_department, add_person
from zhengtong.kernel import clock, events
from zhengtong.kernel.db import new_id
from zhengtong.office import identity, notices
from zhengtong.office.notices import queries


@pytest.fixture
def listening(database):
    database.listeners = events.by_type(notices.capability.listeners)
    return database


@pytest.fixture
def officer(database):
    with database.write() as session:
        person = add_person(session, "林晚", department=add_department(session, "税务局"))
        post = session.scalars(select(identity.Post).where(identity.Post.person_id == person)).one()
        return person, post


def heard(database, workers, *told):
    with clock.fixed(NOW):
        for event in told:
            with database.write() as session:
                events.announce(session, event)
        workers.drain()
    with database.read() as session:
        return [
            (row.subject_id, row.kind, queries.rendered(row).title.zh)
            for row in session.scalars(select(notices.Notice).order_by(notices.Notice.id))
        ]


def test_a_sign_in_from_a_new_device_is_told_once_a_session(listening, workers, people):
    event = identity.SignedInFromNewDevice(
        people[0], new_id(), "Windows 上的 Edge", "Edge on Windows", "10.1.2.3", NOW.isoformat()
    )
    assert heard(listening, workers, event, event) == [
        (people[0], "identity.new_device", "新设备登录：Windows 上的 Edge")
    ]


@pytest.mark.parametrize(
    ("what", "title"),
    [("password", "密码已修改"), ("passkey", "通行密钥已变更"), ("something new", "登录方式已变更")],
)
def test_a_changed_way_of_signing_in_is_told(listening, workers, people, what, title):
    event = identity.FactorsChanged(people[0], what)
    assert heard(listening, workers, event) == [(people[0], "identity.factor_changed", f"登录方式变更：{title}")]


def test_a_used_recovery_code_is_told_with_how_many_are_left(listening, workers, people):
    [(_, _, title)] = heard(listening, workers, identity.RecoveryCodeUsed(people[0], 3))
    assert title == "登录方式变更：使用了一个恢复码，还剩 3 个"


def test_a_post_given_and_ended_is_told_to_its_holder(listening, workers, officer):
    person, post = officer
    given = identity.PostGiven(person, post.id, post.department_id, date(2026, 3, 5))
    ended = identity.PostEnded(person, post.id, post.department_id, date(2026, 3, 31))
    titles = [title for _, _, title in heard(listening, workers, given, ended)]
    assert titles == [
        "岗位与权限变更：新任岗位：税务局 科员",
        "岗位与权限变更：岗位 税务局 科员 于 2026-03-31 结束",
    ]


def test_a_deputy_is_told_for_whom_they_act_and_when_it_is_over(listening, workers, people):
    acting = new_id()
    named = identity.DeputyNamed(people[0], people[1], acting, date(2026, 3, 5), date(2026, 3, 9))
    over = identity.ActingEnded(people[0], people[1], acting)
    assert [(who, title) for who, _, title in heard(listening, workers, named, over)] == [
        (people[1], "岗位与权限变更：您在 2026-03-05 – 2026-03-09 代理 人0 的岗位"),
        (people[1], "岗位与权限变更：您对 人0 的代理已结束"),
    ]
