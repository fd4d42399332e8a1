"""The index of items kept with what it says of them, and made again when it is behind."""

from collections.abc import Iterable
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
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import Actor, require

STEP = 1000
MOST_AT_ONCE = 2000
NAME = "catalogue.rebuild_index"


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
    """This will put every item into the index, a thousand a step, and take out what is no item any more."""
    while not run.kept.get("swept"):
        with run.write() as session:
            rebuild_step(session, run.kept)
        if run.stopping:
            raise jobs.Stopping


def rebuild_step(session: Session, kept: dict[str, Any]) -> None:
    """This will index the next thousand items; `kept` remembers where, and `swept` is set when all is done."""
    index = engines.search_of(session)
    if "before" not in kept:
        kept.update(before=index.version(session, INDEX), after="", done=0, total=search.count_items(session))
    statement = select(Item.id).where(Item.state != State.DELETED).order_by(Item.id).limit(STEP)
    if kept["after"]:
        statement = statement.where(Item.id > UUID(str(kept["after"])))
    ids = list(session.scalars(statement))
    index.put(session, INDEX, search.entries_of(session, ids))
    if ids:
        kept.update(after=ids[-1].hex, done=kept["done"] + len(ids))
    if len(ids) < STEP:
        index.sweep(session, INDEX, before=kept["before"])
        kept["swept"] = True


REBUILD = jobs.Job(NAME, rebuild, steps=True)
