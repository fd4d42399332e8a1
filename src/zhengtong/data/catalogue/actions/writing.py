"""Items written: registered, revised, a revision discarded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, queries, rules
from zhengtong.data.catalogue.actions import finding, showing
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.rules import Content, State, VersionState
from zhengtong.data.catalogue.tables import Item, ItemVersion
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words

REVISE = Words("修订", "Revise")
DISCARD = Words("放弃修订", "Discard the revision")


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a new item belongs, and how it came. `code` empty: the next of its class; `origin`: see Item."""

    department_id: UUID
    code: str = ""
    number: str = ""
    origin: str = "registered"
    proposed: dict[str, Any] | None = None


def register_item(session: Session, actor: Actor, content: Content, of: Registration, *, now: datetime) -> Item:
    """This will draft a new item of a department. Needs EDIT there.

    Raises ItemWrong, BasisMissing, ClassificationTooLow, SecretMarking, ItemCodeWrong, CodeTaken.
    """
    require(actor, EDIT, of, now=now)
    content = checked(session, content)
    code = showing.take_code(session, of.code) if of.code else showing.next_codes(session, [content.class_code])[0]
    if of.number and (taken := queries.item_by_code(session, of.number)):
        raise errors.CodeTaken(code=of.number, name=taken.name_zh)
    item_id = new_id()
    item = Item(id=item_id, code=code, number=of.number or None, department_id=of.department_id)
    item.table, item.origin, item.proposed = f"items/{item_id.hex}", of.origin, of.proposed
    item.state, item.draft, item.draft_state = State.CREATED, 1, VersionState.CREATED
    item.created_at = item.changed_at = now
    for name, value in showing.metadata_of(content).items():
        setattr(item, name, value)
    session.add(item)
    session.flush()
    session.add(new_version(actor, item, 1, content, now))
    showing.show(session, item, content)
    session.refresh(item, ["department"])
    audit.record(session, actor, "catalogue.item_registered", item, after={"code": code, "origin": of.origin}, at=now)
    finding.put_items(session, [item])
    return item


def revise_item(session: Session, actor: Actor, item: Item, content: Content, *, now: datetime, note: str = "") -> None:
    """This will change the draft; of a live item, begin or change its next version while the one in force stays. Needs EDIT.

    Raises DeedNotPossible (withdrawn), RevisionWaiting, TypeOfFieldChanged, and what `register_item` raises of content.
    """
    require(actor, EDIT, item, now=now)
    if not item.is_live and item.state not in (State.CREATED, State.PUBLISH_IN_REVIEW, State.PUBLISH_REJECTED):
        raise errors.DeedNotPossible(code=item.code, state=_state(item), deed=REVISE)
    if item.draft_state is VersionState.IN_REVIEW:
        raise errors.RevisionWaiting(code=item.code)
    content, before = checked(session, content), queries.content_of(session, item)
    keep_types(item, before, content)
    changes = rules.difference(before, content)
    if item.draft is None:
        item.draft = queries.versions_of(session, item)[0].number + 1
        item.draft_state = VersionState.CREATED
        session.add(new_version(actor, item, item.draft, content, now))
    else:
        row = queries.version_of(session, item, item.draft)
        row.content, row.changed_at = content.told(), now
        row.changed_by, row.changed_by_name = actor.subject, actor.name
    session.flush()
    row = queries.version_of(session, item, item.draft)
    row.note, row.breaking = note or row.note, item.in_force is not None and rules.is_breaking(changes)
    item.changed_at = now
    if not item.is_live:
        showing.show(session, item, content)
    audit.record(session, actor, "catalogue.item_revised", item, **_told(changes), at=now)
    finding.put_items(session, [item])


def discard_revision(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will delete the revision of a live item; what is in force stays. Needs EDIT. Raises NothingToSubmit, RevisionWaiting."""
    require(actor, EDIT, item, now=now)
    if item.draft is None or not item.is_live:
        raise errors.NothingToSubmit(code=item.code)
    if item.draft_state is VersionState.IN_REVIEW:
        raise errors.RevisionWaiting(code=item.code)
    row = queries.version_of(session, item, item.draft)
    audit.record(session, actor, "catalogue.revision_discarded", item, before={"number": row.number}, at=now)
    finding.put_items(session, [item])
    session.delete(row)
    item.draft, item.draft_state, item.changed_at = None, None, now
    session.flush()


def checked(session: Session, content: Content, known: queries.Standing | None = None) -> Content:
    """The content bound to the standards. Raises ItemWrong, BasisMissing, ClassificationTooLow, SecretMarking."""
    known = known or queries.standing(session)
    content = queries.bound(content, known)
    queries.check(content, known)
    return content


def new_version(actor: Actor, item: Item, number: int, content: Content, now: datetime) -> ItemVersion:
    """A version as a draft."""
    return ItemVersion(
        item_id=item.id,
        number=number,
        state=VersionState.CREATED,
        content=content.told(),
        changed_at=now,
        changed_by=actor.subject,
        changed_by_name=actor.name,
    )


def keep_types(item: Item, before: Content, after: Content) -> None:
    """Raises TypeOfFieldChanged: the lake keeps what has landed, and a column never changes its type."""
    if item.last_batch_at is None:
        return
    old = {one.name: one for one in before.fields}
    for one in after.fields:
        was = old.get(one.name)
        if was and (was.type, was.precision or 0) != (one.type, one.precision or 0):
            raise errors.TypeOfFieldChanged(field=one.name, before=was.type, after=one.type)


def _told(changes: list[rules.Change]) -> dict[str, dict[str, Any]]:
    named = {f"{one.field}.{one.what}".strip("."): one for one in changes}
    return {
        "before": {name: one.before for name, one in named.items()},
        "after": {name: one.after for name, one in named.items()},
    }


def _state(item: Item) -> Words:
    return queries.life_cycle().states[item.state].label
