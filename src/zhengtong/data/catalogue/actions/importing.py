"""Many items at once: a file imported after its preview, and taken back while all of it is draft."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, queries
from zhengtong.data.catalogue.actions import finding, showing
from zhengtong.data.catalogue.actions.writing import revise_item
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.rules import Content, Read, State, VersionState
from zhengtong.data.catalogue.tables import Field, Import, ImportLine, Item, ItemVersion
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Base, new_id

TABLES = Base.metadata.tables
NOTE = "批量导入 | bulk import"


def import_items(
    session: Session,
    actor: Actor,
    read: Sequence[Read],
    *,
    plan: str,
    name: str,
    now: datetime,
    leave_out_wrong: bool = False,
) -> Import:
    """This will make drafts and revisions of a file's items, provided that it does what the preview showed. 1,200 items of eight
    fields take a few seconds. Needs EDIT in their departments.

    Raises ItemImportPlanChanged, ImportHasFaults (unless the wrong items are to be left out).
    """
    require(actor, EDIT, now=now)
    planned = queries.plan_items(session, actor, read)
    if queries.fingerprint(planned) != plan:
        raise errors.ItemImportPlanChanged()
    wrong = [one for one in planned if one.outcome == "wrong"]
    if wrong and not leave_out_wrong:
        faults = [fault for one in wrong for fault in one.faults]
        rows = {fault.name.split(".")[1] for fault in faults}
        raise errors.ImportHasFaults(count=len(rows), fields=faults[:50])
    added = [one for one in planned if one.outcome == "add"]
    changed = [one for one in planned if one.outcome == "change"]
    done = Import(
        id=new_id(), name=name[:200], department_id=actor.department, at=now, by=actor.subject, by_name=actor.name
    )
    done.added, done.changed, done.left_out = len(added), len(changed), len(wrong)
    done.unchanged = sum(one.outcome == "unchanged" for one in planned)
    session.add(done)
    session.flush()
    _add(session, actor, added, done, now)
    for one in changed:
        _change(session, actor, one, done, now)
    counts = {name: getattr(done, name) for name in ("added", "changed", "unchanged", "left_out")}
    audit.record(session, actor, "catalogue.imported", done, after={"file": done.name, **counts}, at=now)
    return done


def undo_import(session: Session, actor: Actor, done: Import, *, now: datetime) -> None:
    """This will take an import back: new items are gone, changed drafts read as before. Needs EDIT in the departments.

    Raises ImportNotUndoable where an item was submitted, published or changed since.
    """
    found = queries.undoable(session, done)
    for _, item in found.lines:
        require(actor, EDIT, item, now=now)
    if done.undone_at is not None or found.moved_on:
        codes = "、".join(item.code for item in found.moved_on[:10])
        raise errors.ImportNotUndoable(count=len(found.moved_on), codes=codes or "—")
    for line, item in found.lines:
        if line.outcome == "add":
            item.state = State.DELETED
        else:
            _back(session, actor, line, item, now)
    session.flush()
    finding.put_items(session, [item for _, item in found.lines])
    _remove(session, [item.id for line, item in found.lines if line.outcome == "add"])
    done.undone_at, done.undone_by_name = now, actor.name
    audit.record(
        session, actor, "catalogue.import_undone", done, after={"file": done.name, "items": len(found.lines)}, at=now
    )


def _add(session: Session, actor: Actor, added: Sequence[queries.Planned], done: Import, now: datetime) -> None:
    if not added:
        return
    showing.note_codes(session, [one.read.code for one in added if one.read.code])
    fresh = [one for one in added if not one.read.code]
    codes = showing.next_codes(session, [one.read.content.class_code for one in fresh])
    given = iter(codes)
    items: list[dict[str, Any]] = []
    fields: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for one in added:
        item = _item(one, one.read.code or next(given), now)
        items.append(item)
        content = one.read.content
        fields += [
            {"id": new_id(), "item_id": item["id"], **showing.field_columns(each, place)}
            for place, each in enumerate(content.fields)
        ]
        versions.append(_version(actor, item["id"], content, now))
        told = {"import_id": done.id, "item_id": item["id"], "number": 1, "before": None, "written_at": now}
        lines.append({**told, "outcome": "add"})
    for model, rows in ((Item, items), (Field, fields), (ItemVersion, versions), (ImportLine, lines)):
        if rows:
            session.execute(insert(TABLES[model.__tablename__]), rows)
    _index(session, [item["id"] for item in items])


def _index(session: Session, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), 500):
        part = session.scalars(select(Item).where(Item.id.in_(ids[start : start + 500]))).all()
        finding.put_items(session, part)


def _item(one: queries.Planned, code: str, now: datetime) -> dict[str, Any]:
    assert one.department, "a planned item without a department is wrong"
    item_id = new_id()
    return {
        **showing.metadata_of(one.read.content),
        "id": item_id,
        "code": code,
        "number": one.read.number or None,
        "department_id": one.department.id,
        "table": f"items/{item_id.hex}",
        "origin": "imported",
        "state": State.CREATED,
        "draft": 1,
        "draft_state": VersionState.CREATED,
        "created_at": now,
        "changed_at": now,
        "reason": "",
        "version": 1,
    }


def _version(actor: Actor, item_id: UUID, content: Content, now: datetime) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "number": 1,
        "state": VersionState.CREATED,
        "content": content.told(),
        "breaking": False,
        "note": NOTE,
        "changed_at": now,
        "changed_by": actor.subject,
        "changed_by_name": actor.name,
        "submitted_by_name": "",
        "reviewed_by_name": "",
        "reason": "",
    }


def _change(session: Session, actor: Actor, one: queries.Planned, done: Import, now: datetime) -> None:
    assert one.item, "a changed item stands"
    before = one.before.told() if one.item.draft and one.before else None
    revise_item(session, actor, one.item, one.read.content, now=now, note=NOTE)
    session.add(
        ImportLine(
            import_id=done.id,
            item_id=one.item.id,
            outcome="change",
            number=one.item.draft,
            before=before,
            written_at=now,
        )
    )


def _remove(session: Session, ids: Sequence[UUID]) -> None:
    """Items that were never more than this import leave no trace but its evidence: their codes can be imported again."""
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for model in (ImportLine, Field, ItemVersion):
            session.execute(
                delete(model).where(model.item_id.in_(part)), execution_options={"synchronize_session": False}
            )
        session.execute(delete(Item).where(Item.id.in_(part)), execution_options={"synchronize_session": False})
    session.expire_all()


def _back(session: Session, actor: Actor, line: ImportLine, item: Item, now: datetime) -> None:
    if line.before is not None:
        revise_item(session, actor, item, Content.of(line.before), now=now)
        return
    version = queries.version_of(session, item, line.number)
    session.execute(delete(ItemVersion).where(ItemVersion.item_id == item.id, ItemVersion.number == version.number))
    session.expire(version)
    item.draft, item.draft_state, item.changed_at = None, None, now
