"""The kernel's own tables do not grow for ever, and nothing that is still needed goes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import func, select

from zhengtong.kernel import capability, clock, events, jobs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.jobs import DEAD, JobRow
from zhengtong.kernel.wake import Wake
from zhengtong.kernel.web import Answered
from zhengtong.office import operations
from zhengtong.office.operations import jobs as retention


@dataclass(frozen=True)
class Rang(events.Event):
    type: ClassVar[str] = "test.rang@1"
    word: str


def hear(session, event, *, now):
    if event.word == "bad":
        raise OSError("deaf")


HEAR = events.Listener("test.hear_rang", Rang, hear)


def test_old_answers_and_events_are_forgotten_but_not_what_a_dead_letter_still_needs(database, now):
    database.listeners = events.by_type([HEAR])
    registry = capability.registry((operations.capability,))
    known = {**registry.jobs, HEAR.name: jobs.Job(HEAR.name, HEAR.job().run, retries=0)}
    workers = jobs.Workers(database, jobs.Registry(known, {}), Wake(database), givens={})
    with clock.fixed(now):
        with database.write() as session:
            for word in ("good", "bad"):
                events.announce(session, Rang(word))
            session.add(Answered(subject=new_id(), key="k", content="c", status=200, body="{}", at=now))
        workers.drain()
    assert "operations.forget" in registry.timers
    with clock.fixed(now + retention.KEEP_EVENTS + timedelta(days=1)):
        with database.write() as session:
            events.announce(session, Rang("new"))
            jobs.enqueue(session, retention.FORGET)
        workers.drain()
    with database.read() as session:
        kept = [row.payload["word"] for row in session.scalars(select(events.EventRow).order_by(events.EventRow.seq))]
        assert kept == ["bad", "new"]
        assert session.scalar(select(func.count()).select_from(Answered)) == 0
        assert DEAD in session.scalars(select(JobRow.state).where(JobRow.name == HEAR.name)).all()
