"""Telling: once each, numbered without a gap in the order of the commits, kept only with the teller's transaction."""

import threading
from datetime import time

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.office.notices.conftest import KIND, PARAMETERS, add_person
from zhengtong.kernel import jobs
from zhengtong.kernel.wake import Wake
from zhengtong.office import notices
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.errors import LinkOutside
from zhengtong.office.notices.rules import Choice, Habits, MailChoice, SmsChoice, State
from zhengtong.office.notices.tables import Delivery, Notice

NEVER = Habits(choices={KIND: Choice(MailChoice.NEVER, SmsChoice.NEVER)})


def numbers(database, person):
    with database.read() as session:
        return list(session.scalars(select(Notice.seq).where(Notice.subject_id == person).order_by(Notice.id)))


def count(database, what=Notice):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(what))


def test_everyone_is_told_once_however_often_they_are_named(database, people, tell):
    assert tell([*people, *people]) == 3
    assert count(database) == 3


def test_nobody_is_told_when_nobody_is_named(database, tell):
    assert tell([]) == 0
    assert count(database) == 0


def test_what_carries_a_mark_is_told_once_for_ever(database, people, tell):
    assert tell(people[:1], unique="clock:1:warned") == 1
    assert tell(people, unique="clock:1:warned") == 2
    assert tell(people, unique="clock:2:warned") == 3
    assert [len(numbers(database, person)) for person in people] == [2, 2, 2]


def test_each_persons_notices_are_numbered_without_a_gap(database, people, tell):
    tell(people)
    tell(people[:1])
    tell([people[1], people[0]])
    assert [numbers(database, person) for person in people] == [[1, 2, 3], [1, 2], [1]]


def test_two_tellings_in_one_transaction_are_numbered_in_order(database, people):
    with database.write() as session:
        for n in range(3):
            parameters = {**PARAMETERS, "name": f"SQ-{n}"}
            notices.tell(session, to=people[:1], kind=KIND, parameters=parameters, now=NOW)
    with database.read() as session:
        rows = queries.notices_after(session, people[0], 0, limit=10)
        assert [(row.seq, row.parameters["name"]) for row in rows] == [(1, "SQ-0"), (2, "SQ-1"), (3, "SQ-2")]


def test_nothing_is_told_when_the_tellers_transaction_fails(database, people, tell):
    tell(people)
    with pytest.raises(ZeroDivisionError), database.write() as session:
        notices.tell(session, to=people, kind=KIND, parameters=PARAMETERS, now=NOW)
        1 / 0  # noqa: B018
    tell(people)
    assert numbers(database, people[0]) == [1, 2]
    assert count(database, jobs.JobRow) == 6


@pytest.mark.both_databases
def test_many_at_once_leave_no_gap_and_lose_nothing(database, people):
    def tell_often(offset: int) -> None:
        for n in range(10):
            with database.write() as session:
                to = people if (n + offset) % 2 else people[::-1]
                notices.tell(session, to=to, kind=KIND, parameters=PARAMETERS, now=NOW)
                notices.tell(session, to=to[:1], kind=KIND, parameters=PARAMETERS, now=NOW)

    threads = [threading.Thread(target=tell_often, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [numbers(database, person) for person in people]
    assert sum(map(len, found)) == 4 * 10 * 4
    for one in found:
        assert sorted(one) == list(range(1, len(one) + 1))


def test_whoever_is_told_is_rung_for_after_the_commit(database, people):
    wake = Wake(database)
    topic = queries.topic(people[0])
    with database.write() as session:
        notices.tell(session, to=people[:1], kind=KIND, parameters=PARAMETERS, now=NOW)
        assert wake.seen(topic) == 0
    assert wake.seen(topic) == 1
    assert wake.seen(queries.topic(people[1])) == 0


def test_a_kind_nobody_knows_is_a_fault_of_the_teller(people, tell):
    with pytest.raises(notices.KindUnknown, match="deadlines.nonsense"):
        tell(people, kind="deadlines.nonsense")


def test_parameters_that_do_not_fit_are_a_fault_of_the_teller(database, people, tell):
    with pytest.raises(notices.ParametersWrong):
        tell(people, parameters={**PARAMETERS, "more": "x"})
    assert count(database) == 0


@pytest.mark.parametrize("link", ["https://evil.example", "//evil.example", "javascript:alert(1)", "/a\\b", "/a\nb"])
def test_a_link_that_leaves_the_site_is_refused(people, tell, link):
    with pytest.raises(LinkOutside):
        tell(people, link=link)


def test_letters_follow_each_persons_choices(database, people, tell, habits_are):
    habits_are(people[0], NEVER)
    habits_are(people[1], Habits(choices={KIND: Choice(MailChoice.DIGEST, SmsChoice.AT_ONCE)}))
    tell(people)
    with database.read() as session:
        rows = session.execute(select(Delivery.subject_id, Delivery.channel, Delivery.state)).all()
    assert {(people.index(row[0]), row[1].value, row[2]) for row in rows} == {
        (1, "mail", State.DIGEST),
        (1, "sms", State.QUEUED),
        (2, "mail", State.QUEUED),
    }


def test_letters_wait_for_the_end_of_quiet_hours_and_urgent_ones_do_not(database, people, tell, habits_are):
    habits_are(people[0], Habits(quiet_from=time(8), quiet_until=time(18)))
    tell(people[:1])
    tell(people[:1], urgency=rules.Urgency.URGENT)
    with database.read() as session:
        due = list(session.scalars(select(Delivery.due_at).order_by(Delivery.id)))
        queued = sorted(session.scalars(select(jobs.JobRow.due_at).where(jobs.JobRow.name == "notices.send")))
    assert due[0].astimezone(rules.CITY_TIME).hour == 18
    assert due[1] == NOW
    assert queued == sorted(due)


def test_a_thousand_people_are_told_in_one_call(database, tell):
    with database.write() as session:
        many = [add_person(session, f"人{n}", email=f"p{n}@example.org") for n in range(1000)]
    assert tell(many) == 1000
    assert numbers(database, many[0]) == numbers(database, many[-1]) == [1]
    assert count(database, Delivery) == 1000
