"""How fast people are told: 10,000 notices to 1,000 people, beside a bare insert of the same rows in the same run.

`python -m benchmarks.notices [DATABASE_URL]` prints the table and writes benchmarks/results/notices-<date>.json. Ten kinds of news, each told to
all 1,000 people in a transaction of its own; once with no letters, once with a mail letter and its job for every notice (30,000 rows). The
bare insert puts the 10,000 notice rows in by one statement a transaction. Aim: queued in under 2 s. The best of three rounds. On a busy
machine the wall clock tells of its other work: the processor's seconds of this process and the load stand beside it.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from benchmarks._machine import keep
from zhengtong.kernel import jobs
from zhengtong.kernel.db import Base, Database, new_id
from zhengtong.office import identity, notices
from zhengtong.office.notices.rules import Urgency
from zhengtong.office.notices.tables import Delivery, Notice, NoticeCount, NoticeHabits

PEOPLE, NEWS, ROUNDS = 1000, 10, 3
KIND, PARAMETERS = "operations.dead_letters", {"count": 3, "name": "notices.send"}
NEVER = {KIND: {"mail": "never", "sms": "never"}}
AIM_S = 2.0


def main(url: str) -> None:
    database = Database(url)
    Base.metadata.create_all(database.engine)
    people = add_people(database)
    works = {
        "bare insert of the notice rows": lambda: bare(database, people),
        "told in the page": lambda: told(database, people),
        "told in the page and by mail": lambda: told(database, people),
    }
    found = {}
    for name, work in works.items():
        habits(database, people, letters="mail" in name)
        found[name] = min((timed(database, work) for _ in range(ROUNDS)), key=lambda took: took.wall_s)
    report(database, found)
    database.close()


def add_people(database: Database) -> list[UUID]:
    now = datetime.now(UTC)
    with database.write() as session:
        rows = [
            identity.Person(
                id=new_id(), name=f"人{n}", login=f"p{n}-{new_id().hex[-8:]}", email=f"p{n}@example.org", created_at=now
            )
            for n in range(PEOPLE)
        ]
        session.add_all(rows)
        return [row.id for row in rows]


def habits(database: Database, people: list[UUID], *, letters: bool) -> None:
    with database.write() as session:
        session.execute(delete(NoticeHabits))
        for person in [] if letters else people:
            session.add(NoticeHabits(subject_id=person, language="zh", digest_hour=8, choices=NEVER))


def told(database: Database, people: list[UUID]) -> None:
    for n in range(NEWS):
        now = datetime.now(UTC)
        with database.write() as session:
            notices.tell(session, to=people, kind=KIND, parameters=PARAMETERS, unique=f"news:{n}", now=now)


def bare(database: Database, people: list[UUID]) -> None:
    for n in range(NEWS):
        now = datetime.now(UTC)
        rows = [
            {
                "id": new_id(),
                "subject_id": person,
                "seq": n + 1,
                "kind": KIND,
                "parameters": PARAMETERS,
                "urgency": Urgency.NORMAL,
                "mark": f"news:{n}",
                "created_at": now,
            }
            for person in people
        ]
        with database.write() as session:
            session.execute(Notice.__table__.insert(), rows)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the wall clock, and of the processor in this process."""

    wall_s: float
    cpu_s: float


def timed(database: Database, work: Callable[[], None]) -> Took:
    """What the work took, on emptied tables; it must have told everyone."""
    with database.write() as session:
        for table in (Delivery, Notice, NoticeCount, jobs.JobRow):
            session.execute(delete(table))
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    took = Took(time.perf_counter() - begun, time.process_time() - cpu)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == PEOPLE * NEWS
    return took


def report(database: Database, found: dict[str, Took]) -> None:
    bare_s = found["bare insert of the notice rows"].wall_s
    for name, took in found.items():
        verdict = "ok" if took.wall_s < AIM_S else "OVER THE AIM"
        print(f"{name:34} {took.wall_s:6.2f} s  {took.cpu_s:6.2f} s cpu  {took.wall_s / bare_s:4.1f} x bare  {verdict}")
    keep(
        f"notices-{database.engine.dialect.name}",
        {
            "notices": PEOPLE * NEWS,
            "people": PEOPLE,
            "aim_s": AIM_S,
            "seconds": {name: round(took.wall_s, 3) for name, took in found.items()},
            "processor_seconds": {name: round(took.cpu_s, 3) for name, took in found.items()},
            "times_bare": {name: round(took.wall_s / bare_s, 1) for name, took in found.items()},
        },
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/bench.sqlite")
