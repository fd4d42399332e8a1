from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.kernel.test_jobs import Mark, words
from zhengtong.kernel import clock, events, jobs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.given import Given
from zhengtong.kernel.wake import Wake

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class LampLit(events.Event):
    type: ClassVar[str] = "test.lamp_lit@1"
    lamp: str
    by: UUID
    at: datetime


class Pen:
    pass


def note(session, event, *, now, pen: Given[Pen]):
    assert isinstance(pen, Pen)
    assert isinstance(event.at, datetime)
    session.add(Mark(word=f"note {event.lamp}"))


def stumble_once(session, event, *, now):
    session.add(Mark(word=f"second {event.lamp}"))
    session.flush()
    if event.lamp == "bad":
        raise RuntimeError("no")


LISTENERS = (
    events.Listener("test.note", LampLit, note),
    events.Listener("test.stumble", LampLit, stumble_once),
)


@pytest.fixture
def workers(database):
    database.listeners = events.by_type(LISTENERS)
    registry = jobs.Registry({job.name: job for job in (listener.job() for listener in LISTENERS)}, {})
    return jobs.Workers(database, registry, Wake(database), givens={Pen: Pen()})


def light(database, lamp, now):
    with database.write() as session:
        events.announce(session, LampLit(lamp, new_id(), now))


def test_each_listener_hears_an_event_once(database, workers, now):
    light(database, "a", now)
    workers.drain()
    workers.drain()
    assert sorted(words(database)) == ["note a", "second a"]


def test_an_event_of_a_transaction_that_fails_is_never_heard(database, workers, now):
    with pytest.raises(RuntimeError), database.write() as session:
        events.announce(session, LampLit("a", new_id(), now))
        raise RuntimeError
    assert workers.drain() == 0


def test_a_listener_that_fails_keeps_nothing_and_does_not_disturb_the_others(database, workers, now):
    light(database, "bad", now)
    workers.drain()
    assert words(database) == ["note bad"]


def test_an_event_is_kept_as_it_was_told_and_reads_back_equal(database, workers, now):
    told = LampLit("a", new_id(), now)
    with database.write() as session:
        events.announce(session, told)
    with database.read() as session:
        row = session.scalars(select(events.EventRow)).one()
    assert events.read(LampLit, row.payload) == told
    assert (row.type, row.key) == ("test.lamp_lit@1", "a")


def test_two_listeners_of_one_name_are_refused():
    with pytest.raises(ValueError, match="test.note"):
        events.by_type([LISTENERS[0], LISTENERS[0]])


def test_events_of_one_key_are_heard_in_order(database, workers, now):
    with clock.fixed(now):
        for _ in range(30):
            light(database, "a", now)
        workers.drain()
    heard = [word for word in words(database) if word.startswith("note")]
    assert len(heard) == 30
