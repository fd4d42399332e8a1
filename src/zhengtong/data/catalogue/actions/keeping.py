"""What other rooms tell the catalogue: batches that landed, who used an item; and what time does to a promise."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import queries, rules
from zhengtong.data.catalogue.actions import finding, telling
from zhengtong.data.catalogue.events import ItemOverdue
from zhengtong.data.catalogue.rules import State
from zhengtong.data.catalogue.tables import Item, ItemBatch, ItemUsage
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.events import announce
from zhengtong.office import identity

_USAGE: Table = ItemUsage.__table__  # type: ignore[assignment]


def note_batch(session: Session, item_id: UUID, *, batch_id: UUID, rows: int, table_version: int, at: datetime) -> None:
    """This will note the item's newest batch, and whether it came in time. `rows`: those that landed. Twice is once.

    Raises ItemNotFound.
    """
    item = queries.get_item(session, item_id)
    if session.get(ItemBatch, (item_id, batch_id)) is not None:
        return
    kept = rules.is_kept(item.due_at, at)
    batch = ItemBatch(item_id=item_id, batch_id=batch_id, rows=rows, table_version=table_version, at=at, kept=kept)
    batch.due_at = item.due_at
    session.add(batch)
    if item.last_batch_at is None or at >= item.last_batch_at:
        due = rules.due_after(at, item.update_cycle, queries.promises()) if item.is_live else None
        told = {"last_batch_at": at, "last_batch_id": batch_id, "rows": rows, "due_at": due, "overdue_since": None}
        # by a statement, which leaves the version: whoever is revising the item meanwhile is not told that it has changed
        session.execute(update(Item).where(Item.id == item_id).values(**told))
        session.refresh(item)
        finding.put_items(session, [item])
    session.flush()


def note_usage(
    session: Session,
    item_id: UUID,
    *,
    by_department: UUID,
    purpose: str,
    rows: int,
    at: datetime,
    calls: int = 1,
) -> None:
    """This will add calls of the item by a department for a purpose to the day's count. `rows`: those it was given."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(_USAGE).values(
        item_id=item_id,
        day=identity.law_day(at),
        department_id=by_department,
        purpose=purpose[:100],
        calls=calls,
        rows=rows,
    )
    more = {"calls": _USAGE.c.calls + statement.excluded.calls, "rows": _USAGE.c.rows + statement.excluded.rows}
    key = [_USAGE.c.item_id, _USAGE.c.day, _USAGE.c.department_id, _USAGE.c.purpose]
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=more))


def mark_overdue(session: Session, *, now: datetime) -> int:
    """This will tell of each live item whose promise has passed, once; returns how many."""
    found = queries.overdue_items(session, now=now)
    for item in found:
        due = item.due_at or now
        item.overdue_since = due
        cycle = queries.word("update_cycles", item.update_cycle)
        parameters = {"due": due.isoformat(), "cycle": {"zh": cycle.zh, "en": cycle.en}}
        mark = f"catalogue.overdue:{item.id}:{due.isoformat()}"
        telling.tell_department(session, item, "catalogue.overdue", parameters, now=now, unique=mark)
        announce(session, ItemOverdue(item.id, item.code, item.department_id, "data", due))
    finding.put_items(session, found)
    return len(found)


def note_catalogue_overdue(session: Session, item_id: UUID, *, due_at: datetime) -> None:
    """This will announce that the law's days to bring the entry up to date have passed."""
    item = session.get(Item, item_id)
    if item is not None and item.state is not State.DELETED:
        announce(session, ItemOverdue(item.id, item.code, item.department_id, "catalogue", due_at))


def move_items(session: Session, department_id: UUID, *, into_id: UUID, now: datetime) -> int:
    """This will give all items of a merged department to the one it was merged into; returns how many."""
    moved = list(session.scalars(select(Item).where(Item.department_id == department_id)))
    for item in moved:
        told = {"department_id": str(into_id)}
        audit.record(
            session,
            SYSTEM,
            "catalogue.item_moved",
            item,
            before={"department_id": str(department_id)},
            after=told,
            at=now,
        )
    values = {"department_id": into_id, "changed_at": now, "version": Item.version + 1}
    session.execute(update(Item).where(Item.department_id == department_id).values(**values))
    session.expire_all()
    finding.put_department(session, into_id)
    return len(moved)
