"""How long the sweep looks through 100,000 live clocks, and, apart from that, how many it fires a second.

`python -m benchmarks.deadlines` prints the table and writes benchmarks/results/deadlines-<date>.json. SQLite in a folder of its own; PostgreSQL
too when ZT_TEST_POSTGRES_URL names one (its tables are made anew). The peer of the look is the same question without the index. Durable
figures depend on the disk: the commits a second of a one-row write stand beside them.
"""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, func, insert, select, text, update

from benchmarks._machine import keep
from zhengtong import app
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Base, Database, InstantType, new_id
from zhengtong.office import deadlines
from zhengtong.office.deadlines import actions, queries
from zhengtong.office.deadlines.tables import Clock

LIVE, DUE, TURNS = 100_000, 2_000, 5
NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
ROOMS = app.CAPABILITIES


def fill(database: Database) -> None:
    """This will keep 100,000 live clocks: one real one, and copies of its row whose ends lie in the future, but for 2,000."""
    with database.write() as session:
        duty = deadlines.Duty(("case", new_id()), "SL-0")
        made = deadlines.start_clock(session, SYSTEM, rule="licence.decide", duty=duty, now=NOW)
        session.flush()
        pattern = {column.name: getattr(made, column.key) for column in Clock.__table__.columns}
    late = NOW + timedelta(days=200)
    with database.write() as session:
        for start in range(1, LIVE, 5_000):
            rows = [_row(pattern, number, late) for number in range(start, min(LIVE, start + 5_000))]
            session.execute(insert(Clock), rows)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _row(pattern: dict[str, Any], number: int, late: datetime) -> dict[str, Any]:
    next_at = NOW + timedelta(days=30, seconds=number) if number >= DUE else pattern["next_at"]
    return pattern | {"id": new_id(), "about_id": str(number), "name": f"SL-{number}", "next_at": min(next_at, late)}


def best(work: Callable[[], object]) -> float:
    """The shortest of five turns, in milliseconds."""
    times = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return round(min(times) * 1000, 2)


def look(database: Database, now: datetime) -> Callable[[], object]:
    """Find a batch of the due ones, as the sweep does."""

    def work() -> int:
        with database.read() as session:
            return len(queries.due_clocks(session, now=now, limit=actions.BATCH))

    return work


def look_through(engine: Engine, now: datetime) -> Callable[[], object]:
    """The same question where no index can answer it."""

    def work() -> int:
        with engine.connect() as connection:
            asked = (
                select(func.count())
                .select_from(Clock)
                .where(func.coalesce(Clock.next_at, bindparam("never", type_=InstantType())) <= now)
            )
            found: int = connection.execute(asked, {"never": actions.END_OF_TIME}).scalar_one()
            return found

    return work


def fire(database: Database, now: datetime) -> tuple[int, float]:
    """This will sweep until nothing is due; how many fired and in how many seconds."""
    fired, begun = 0, time.perf_counter()
    while True:
        with database.write() as session:
            some = actions.fire_due(session, now=now)
        fired += some
        if not some:
            return fired, time.perf_counter() - begun


def commits(database: Database) -> int:
    """Commits of one changed row a second, over one second."""
    with database.read() as session:
        key = session.scalars(select(Clock.id).limit(1)).one()
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < 1.0:
        with database.write() as session:
            session.execute(update(Clock).where(Clock.id == key).values(step=Clock.step))
        count += 1
    return count


def measure(database: Database) -> dict[str, float]:
    """The figures of one database."""
    database.listeners = {}
    Base.metadata.drop_all(database.engine)
    Base.metadata.create_all(database.engine)
    fill(database)
    warned = NOW + timedelta(days=26)
    figures = {
        "live clocks": LIVE,
        "look, nothing due (ms)": best(look(database, NOW)),
        f"look, a batch of {actions.BATCH} due (ms)": best(look(database, warned)),
        "look without index, the peer (ms)": best(look_through(database.engine, warned)),
        "one-row commits/s": commits(database),
    }
    fired, took = fire(database, warned)
    return figures | {
        "fired": fired,
        "fired/s": round(fired / took),
        f"a batch of {actions.BATCH}, in one transaction (ms)": round(took / fired * actions.BATCH * 1000, 1),
    }


def main() -> None:
    """Measure, print and keep."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        found["SQLite"] = measure(Database(f"sqlite:///{folder}/bench.sqlite"))
    if url := os.environ.get("ZT_TEST_POSTGRES_URL"):
        found["PostgreSQL"] = measure(Database(url))
    for name, figures in found.items():
        print(name)
        for what, figure in figures.items():
            print(f"  {what:<42} {figure:>12,}")
    keep("deadlines", found)


if __name__ == "__main__":
    main()
