"""One's own notices and preferences."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.notices.conftest import KIND
from zhengtong.kernel.audit import Audit
from zhengtong.office.notices import actions, queries, rules
from zhengtong.office.notices.errors import NotWanted
from zhengtong.office.notices.rules import DEFAULT_HABITS, Choice, Habits, MailChoice, SmsChoice
from zhengtong.office.notices.tables import Delivery, NoticeHabits

NEVER = Choice(MailChoice.NEVER, SmsChoice.NEVER)


def choose(database, actor, habits):
    with database.write() as session:
        actions.choose_habits(session, actor, habits, now=NOW)


def kept(database, subject):
    with database.read() as session:
        return queries.habits_of(session, subject)


def test_what_was_chosen_is_kept_and_audited(database, people, someone):
    wanted = Habits(
        rules.LetterLanguage.BOTH, quiet_from=time(12), quiet_until=time(13), digest_hour=17, choices={KIND: NEVER}
    )
    choose(database, someone(subject=people[0]), wanted)
    assert kept(database, people[0]) == wanted
    with database.read() as session:
        deed = session.scalars(select(Audit)).one()
    assert (deed.action, deed.before["digest_hour"], deed.after["digest_hour"]) == ("notices.habits_changed", 8, 17)


def test_choosing_what_is_so_already_is_no_deed(database, people, someone):
    choose(database, someone(subject=people[0]), DEFAULT_HABITS)
    choose(database, someone(subject=people[0]), DEFAULT_HABITS)
    with database.read() as session:
        assert session.scalars(select(Audit)).all() == []


def test_a_choice_that_equals_the_usual_way_is_not_kept(database, people, someone):
    usual = {key: Choice(kind.mail, kind.sms) for key, kind in queries.kinds().items()}
    choose(database, someone(subject=people[0]), Habits(choices=usual | {KIND: NEVER}))
    with database.read() as session:
        assert session.get_one(NoticeHabits, people[0]).choices == {KIND: {"mail": "never", "sms": "never"}}


@pytest.mark.parametrize(
    ("habits", "field"),
    [
        (Habits(quiet_from=time(22), quiet_until=None), "quiet_until"),
        (Habits(choices={"no.such": NEVER}), "kinds.no.such"),
        (Habits(choices={"identity.new_device": NEVER}), "kinds.identity.new_device"),
        (Habits(choices={"deadlines.expired": Choice(MailChoice.DIGEST, SmsChoice.NEVER)}), "kinds.deadlines.expired"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_field(database, people, someone, habits, field):
    with pytest.raises(NotWanted) as refused:
        choose(database, someone(subject=people[0]), habits)
    assert [one.name for one in refused.value.fields] == [field]


def test_a_new_digest_hour_moves_what_waits(database, people, someone, tell):
    tell(people[:1], kind="identity.posts_changed", parameters={"change": {"zh": "x", "en": "x"}, "at": NOW})
    choose(database, someone(subject=people[0]), replace(DEFAULT_HABITS, digest_hour=17))
    with database.read() as session:
        due = session.scalars(select(Delivery.due_at)).one()
    assert due == rules.next_hour(17, NOW)


def test_reading_and_its_undo_touch_ones_own_notices_only(database, people, someone, tell):
    tell(people)
    tell(people)
    reader = someone(subject=people[0])
    with database.write() as session:
        ids = actions.mark_read(session, reader, actions.Which(until_seq=1), now=NOW)
        assert len(ids) == 1
        assert queries.count_of(session, people[0]).unread == 1
        assert actions.mark_read(session, reader, actions.Which(kind="no.such"), now=NOW) == []
        assert len(actions.mark_read(session, reader, actions.Which(), now=NOW)) == 1
        assert queries.count_of(session, people[0]).unread == 0
        assert queries.count_of(session, people[1]).unread == 2
        assert actions.mark_unread(session, someone(subject=people[1]), ids) == []
        assert actions.mark_unread(session, reader, ids) == ids
        assert queries.count_of(session, people[0]).unread == 1


def test_what_was_read_long_ago_is_forgotten_and_what_is_unread_stays(database, people, someone, tell, workers):
    from datetime import timedelta

    from zhengtong.kernel.settings import Settings
    from zhengtong.office.notices.jobs import forget

    tell(people[:2])
    with database.write() as session:
        actions.mark_read(session, someone(subject=people[0]), actions.Which(), now=NOW)
    chosen = workers.givens[Settings]
    with database.write() as session:
        forget(session, now=NOW + timedelta(days=1000), chosen=chosen)
        assert queries.count_of(session, people[1]).unread == 1
        assert len(session.scalars(select(Delivery)).all()) == 2
        forget(session, now=NOW + timedelta(days=1100), chosen=chosen)
        assert [row.subject_id for row in session.scalars(select(Delivery))] == [people[1]]
