"""The index of items kept with what it says of them, and made again when it is behind."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from zhengtong import engines
from zhengtong.data.catalogue.permissions import REVIEW
from zhengtong.data.catalogue.queries import search
from zhengtong.data.catalogue.rules.lifecycle import State
from zhengtong.data.catalogue.tables import Item
from zhengtong.data.catalogue.tables.finding import INDEX
from zhengtong.engines.search import Kept, Search
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database

STEP = 2000
MOST_AT_ONCE = 2000
NAME = "catalogue.rebuild_index"


@dataclass(frozen=True, slots=True)
class _Read:
    """What the index is to say of items, as they were at its version `since`. `last`: the last one's key where there are more."""

    index: Search
    entries: list[Kept]
    since: int
    last: str
    total: int


def put_items(session: Session, items: Iterable[Item]) -> None:
    """This will have the index say of the items what they say now, in this transaction; deleted ones leave it."""
    session.flush()
    told = list(items)
    found = engines.search_of(session)
    found.put(session, INDEX, search.entries_of(session, [one.id for one in told]))
    found.remove(session, INDEX, [one.id.hex for one in told if one.state is State.DELETED])


def put_department(session: Session, department_id: UUID) -> None:
    """This will index all items of a department anew: its name stands in each. Of many, in the background."""
    counted = select(func.count()).select_from(Item).where(Item.department_id == department_id)
    if (session.scalar(counted) or 0) > MOST_AT_ONCE:
        enqueue_rebuild(session)
        return
    for some in session.scalars(select(Item).where(Item.department_id == department_id)).partitions(STEP):
        put_items(session, some)


def ask_rebuild(session: Session, actor: Actor, *, now: datetime) -> None:
    """This will have the index made again in the background. Needs REVIEW. Asking while it is made is asking once."""
    require(actor, REVIEW, now=now)
    enqueue_rebuild(session)


def enqueue_rebuild(session: Session) -> None:
    """This will put the rebuild in the queue unless it waits or runs already."""
    table = jobs.JobRow
    running = table.state.in_((jobs.WAITING, jobs.RUNNING))
    if session.scalar(select(table.seq).where(table.name == NAME, running)) is None:
        session.execute(delete(table).where(table.name == NAME, table.state == jobs.DEAD))
        jobs.enqueue(session, REBUILD, key=NAME)


def rebuild(run: jobs.Run) -> None:
    """This will put every item into the index, two thousand a step, and take out what is no item any more."""
    for _ in make_again(run.database, run.write, run.kept):
        if run.stopping:
            raise jobs.Stopping


def make_again(
    database: Database, write: Callable[[], AbstractContextManager[Session]], kept: dict[str, Any]
) -> Iterator[None]:
    """This will do so, two thousand items each time it is asked to go on; `kept` remembers where it is and whether it is `swept`.

    While some are written, the next are read and worked out in a thread, outside of any transaction that writes: what an item says
    meanwhile is newer, and stays.
    """
    if kept.get("swept"):
        return
    with ThreadPoolExecutor(1, "index") as beside:
        for read in _ahead(beside, database, kept.get("after", "")):
            with write() as session:
                _put(session, kept, read)
            yield


def _ahead(beside: Executor, database: Database, after: str) -> Iterator[_Read]:
    reading: Future[_Read] | None = beside.submit(_read, database, after)
    while reading:
        read = reading.result()
        reading = beside.submit(_read, database, read.last) if read.last else None
        yield read


def _read(database: Database, after: str) -> _Read:
    with database.read() as session:
        index = engines.search_of(session)
        since = index.version(session, INDEX)
        entries = search.entries_after(session, after, limit=STEP)
        total = 0 if after else search.count_items(session)
    last = entries[-1].key if len(entries) == STEP else ""
    return _Read(index, index.work_out(entries), since, last, total)


def _put(session: Session, kept: dict[str, Any], read: _Read) -> None:
    if "before" not in kept:
        kept.update(before=read.since, after="", done=0, total=read.total)
    read.index.put(session, INDEX, read.entries, since=read.since)
    kept["done"] += len(read.entries)
    if read.last:
        kept["after"] = read.last
    else:
        read.index.sweep(session, INDEX, before=kept["before"])
        kept["swept"] = True


REBUILD = jobs.Job(NAME, rebuild, steps=True)
