"""A process that puts work in the queue, runs it, and says what has been acknowledged, until the test kills it."""

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import ClassVar

from tests.kernel.test_jobs import Mark
from zhengtong.kernel import events, jobs
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake

LEASE = timedelta(seconds=1)


@dataclass(frozen=True)
class Told(events.Event):
    type: ClassVar[str] = "test.told@1"
    lane: str
    word: str


def leave(session, *, now, word):
    session.add(Mark(word=f"job {word}"))


def hear(session, event, *, now):
    session.add(Mark(word=f"event {event.word}"))


def walk(run, *, word):
    for step in range(run.kept.get("done", 0), 3):
        with run.write() as session:
            session.add(Mark(word=f"step {step} {word}"))
            run.kept["done"] = step + 1


LEAVE, WALK = jobs.Job("test.leave", leave, retries=1_000), jobs.Job("test.walk", walk, steps=True, retries=1_000)
"""None is given up: on a slow machine one and the same may be at work at many of the kills."""
LISTENER = events.Listener("test.hear", Told, hear)
HEAR = replace(LISTENER.job(), retries=1_000)
REGISTRY = jobs.Registry({job.name: job for job in (LEAVE, WALK, HEAR)}, {})


def open_workers(url: str) -> tuple[Database, jobs.Workers]:
    database = Database(url)
    database.listeners = events.by_type([LISTENER])
    return database, jobs.Workers(database, REGISTRY, Wake(database), givens={}, threads=2, lease=LEASE)


def work(url: str, first: int, telling: Connection) -> None:
    """Counts from the first number until it dies; tells each once its work is kept."""
    database, workers = open_workers(url)
    workers.wake.start()
    workers.start()
    pause = threading.Event()
    for number in range(first, first + 1_000_000):
        with database.write() as session:
            jobs.enqueue(session, LEAVE, word=str(number))
            jobs.enqueue(session, WALK, word=str(number))
            events.announce(session, Told(f"lane {number % 3}", str(number)))
        telling.send(number)
        pause.wait(0.002)
