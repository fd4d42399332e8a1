"""Announcements: they reach everyone of the audience once, stay within the author's reach, and can be taken back."""

import os
import random
import signal
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.office.notices.conftest import add_department, add_person
from tests.office.notices.sender import nursery_of
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import PermissionMissing, Scope
from zhengtong.kernel.audit import Audit
from zhengtong.office import notices
from zhengtong.office.notices import actions, queries
from zhengtong.office.notices.errors import AlreadyWithdrawn, AudienceEmpty, AudienceOutOfReach, LinkOutside
from zhengtong.office.notices.rules import Audience, State
from zhengtong.office.notices.tables import Broadcast, Delivery, Notice

WORDS = actions.Words("明日停电检修", "明天 12:00 停电。\n请保存文件。")
EVERYONE = Audience(everyone=True)


@pytest.fixture
def town(database):
    """A tax bureau with an office below it, and a civil-affairs bureau; one who left, one switched off."""
    with database.write() as session:
        tax, civil = add_department(session, "税务局"), add_department(session, "民政局")
        below = add_department(session, "征管科", tax)
        found = {
            "tax": tax,
            "civil": civil,
            "below": below,
            "chief": add_person(session, "沈若川", department=tax, role="leader"),
            "officer": add_person(session, "林晚", department=below, role="officer", email="l@example.org"),
            "other": add_person(session, "李明", department=civil, role="officer"),
        }
        add_person(session, "走了", department=tax, until=date(2026, 1, 31))
        add_person(session, "停用", department=tax, active=False)
    return found


def announce(database, actor, audience=EVERYONE, words=WORDS):
    with clock.fixed(NOW), database.write() as session:
        return actions.broadcast(session, actor, words, audience, now=NOW)


def told(database):
    with database.read() as session:
        return set(session.scalars(select(Notice.subject_id)))


def drain(workers):
    with clock.fixed(NOW):
        workers.drain()


@pytest.mark.parametrize(
    ("audience", "reached"),
    [
        (lambda town: EVERYONE, {"chief", "officer", "other"}),
        (lambda town: Audience(departments=(town["tax"],)), {"chief", "officer"}),
        (lambda town: Audience(departments=(town["tax"],), with_below=False), {"chief"}),
        (lambda town: Audience(departments=(town["tax"],), roles=("officer",)), {"officer"}),
        (lambda town: Audience(roles=("officer",)), {"officer", "other"}),
        (lambda town: Audience(everyone=True, roles=("leader",)), {"chief"}),
    ],
)
def test_an_announcement_reaches_those_in_post_and_nobody_else(database, town, workers, someone, audience, reached):
    author = someone(notices.BROADCAST, subject=town["chief"], department=town["tax"])
    with database.read() as session:
        assert actions.preview(session, author, audience(town), now=NOW) == len(reached)
    row = announce(database, author, audience(town))
    drain(workers)
    assert told(database) == {town[name] for name in reached}
    with database.read() as session:
        assert session.get_one(Broadcast, row.id).state == "sent"
        assert queries.reached(session, row.id) == (len(reached), 0)


def test_an_announcement_reads_as_its_author_wrote_it(database, town, workers, someone):
    announce(database, someone(notices.BROADCAST, subject=town["chief"], department=town["tax"]))
    drain(workers)
    with database.read() as session:
        reads = queries.rendered(session.scalars(select(Notice)).first())
    assert reads.title.zh == "明日停电检修"
    assert reads.body.zh == "明天 12:00 停电。\n请保存文件。\n——税务局 沈若川"


def test_a_departments_administrator_announces_to_their_own_people_only(database, town, workers, someone):
    reach = Scope(departments=frozenset({town["tax"], town["below"]}))
    author = someone(notices.BROADCAST, subject=town["chief"], department=town["tax"], scope=reach)
    announce(database, author, Audience(departments=(town["tax"],)))
    for too_far in (EVERYONE, Audience(departments=(town["civil"],)), Audience(roles=("officer",))):
        with pytest.raises(AudienceOutOfReach):
            announce(database, author, too_far)


def test_whoever_may_not_announce_is_refused(database, town, someone):
    with pytest.raises(PermissionMissing):
        announce(database, someone(subject=town["chief"]))


def test_an_announcement_to_nobody_is_refused(database, town, someone):
    author = someone(notices.BROADCAST, subject=town["chief"])
    for nobody in (Audience(), Audience(departments=(town["civil"],), roles=("leader",))):
        with pytest.raises(AudienceEmpty):
            announce(database, author, nobody)


def test_a_link_out_of_the_site_is_refused(database, town, someone):
    words = actions.Words("标题", "正文", "https://evil.example")
    with pytest.raises(LinkOutside):
        announce(database, someone(notices.BROADCAST, subject=town["chief"]), words=words)


def test_an_announcement_begun_twice_still_tells_each_once(database, town, workers, someone):
    row = announce(database, someone(notices.BROADCAST, subject=town["chief"]))
    drain(workers)
    with clock.fixed(NOW), database.write() as session:
        actions.announcing.jobs.enqueue(session, actions.SPREAD, broadcast_id=str(row.id))
    drain(workers)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 3


def test_a_withdrawn_announcement_leaves_every_list_and_stops_its_letters(database, town, workers, someone):
    author = someone(notices.BROADCAST, subject=town["chief"], department=town["tax"])
    row = announce(database, author)
    drain(workers)
    with database.write() as session:
        actions.withdraw(session, author, session.get_one(Broadcast, row.id), reason="时间有误", now=NOW)
    with database.read() as session:
        assert session.scalars(queries.visible_notices(someone(subject=town["officer"]))).all() == []
        assert queries.count_of(session, town["officer"]).unread == 0
        assert set(session.scalars(select(Delivery.state))) == {State.SKIPPED}
        deeds = session.execute(select(Audit.action, Audit.after).order_by(Audit.seq)).all()
    assert [deed[0] for deed in deeds] == ["notices.broadcast", "notices.broadcast_withdrawn"]
    assert deeds[1][1] == {"reason": "时间有误"}
    with pytest.raises(AlreadyWithdrawn), database.write() as session:
        actions.withdraw(session, author, session.get_one(Broadcast, row.id), reason="再来", now=NOW)


def test_an_announcement_withdrawn_before_it_went_out_reaches_nobody(database, town, workers, someone):
    author = someone(notices.BROADCAST, subject=town["chief"], department=town["tax"])
    row = announce(database, author)
    with database.write() as session:
        actions.withdraw(session, author, session.get_one(Broadcast, row.id), reason="不发了", now=NOW)
    drain(workers)
    assert told(database) == set()


def test_a_spreading_that_is_killed_again_and_again_tells_each_once(database, workers, someone, post):
    with database.write() as session:
        bureau = add_department(session, "税务局")
        staff = [add_person(session, f"人{n}", department=bureau) for n in range(1300)]
    row = announce(database, someone(notices.BROADCAST, subject=staff[0], department=bureau))
    dice = random.Random(3)
    with nursery_of(database, post) as born:
        for _ in range(5):
            child = born()
            time.sleep(dice.uniform(0.02, 0.4))
            os.kill(child, signal.SIGKILL)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        with database.write() as session:
            for job in session.scalars(select(jobs.JobRow)):
                job.attempts = 0
        workers.drain()
    with database.read() as session:
        found = session.execute(select(Notice.subject_id, Notice.seq)).all()
        assert session.get_one(Broadcast, row.id).state == "sent"
    assert sorted(found) == sorted((person, 1) for person in staff)
