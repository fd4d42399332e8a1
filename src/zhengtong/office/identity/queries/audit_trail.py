"""The audit trail: read only, and only what lies within the reader's reach."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.errors import Words
from zhengtong.office.identity import errors, schemas
from zhengtong.office.identity.permissions import READ_AUDIT
from zhengtong.office.identity.tables import Department, KnownPermission, Post, Role, Subject

EXPORTED_AT_ONCE = 1_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in the trail."""

    actor: UUID | None = None
    action: str | None = None
    thing_kind: str | None = None
    thing_id: str | None = None
    department: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None

    def told(self) -> dict[str, str]:
        """What was given, for the audit of an export."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__ if getattr(self, name) is not None}


def visible_audit(actor: Actor) -> Select[Audit]:
    """The deeds in the departments where the actor may read the trail; everywhere: all."""
    scope = actor.scope(READ_AUDIT)
    statement = select(Audit)
    return statement if scope.everywhere else statement.where(Audit.department_id.in_(scope.departments))


def find_audit(actor: Actor, sought: Sought) -> Select[Audit]:
    """The visible deeds that fit."""
    found: list[ColumnElement[bool]] = []
    if sought.actor:
        found.append(Audit.actor == sought.actor)
    if sought.action:
        found.append(Audit.action.startswith(sought.action, autoescape=True))
    if sought.thing_kind:
        found.append(Audit.thing_kind == sought.thing_kind)
    if sought.thing_id:
        found.append(Audit.thing_id == sought.thing_id)
    if sought.department:
        found.append(Audit.department_id == sought.department)
    if sought.since:
        found.append(Audit.at >= sought.since)
    if sought.until:
        found.append(Audit.at < sought.until)
    if sought.text:
        names = (Audit.actor_name, Audit.thing_name)
        found.append(or_(*(name.icontains(sought.text, autoescape=True) for name in names)))
    return visible_audit(actor).where(*found)


def get_audit(session: Session, actor: Actor, seq: int) -> Audit:
    """One deed. Raises AuditRowNotFound."""
    found = session.scalar(visible_audit(actor).where(Audit.seq == seq)) if 0 < seq < 2**63 else None
    if found is None:
        raise errors.AuditRowNotFound()
    return found


def audit_actions() -> schemas.AuditActions:
    """The kinds of deeds that the platform's rooms record, with their labels."""
    return schemas.AuditActions(
        items=[schemas.AuditAction(action=action, zh=words.zh, en=words.en) for action, words in deeds().items()]
    )


@cache
def deeds() -> dict[str, Words]:
    """The label of each kind of deed, from `rules/identity/deeds.yaml`."""
    told = assets.load_yaml((assets.path("rules") / "identity" / "deeds.yaml").read_text("utf-8"))
    return {action: Words(*label) for action, label in told.items()}


def audit_line(row: Audit) -> schemas.AuditLine:
    """One deed in the list."""
    return schemas.AuditLine(**_line(row))


def audit_detail(session: Session, row: Audit) -> schemas.AuditDetail:
    """One deed with what changed, field by field, and what the ids and codes in it are called."""
    before, after = row.before or {}, row.after or {}
    fields = [schemas.Difference(field=name, before=before.get(name), after=after.get(name)) for name in _fields(row)]
    return schemas.AuditDetail(**_line(row), diff=fields, names=_names(session, before, after))


def _names(session: Session, *told: Any) -> dict[str, schemas.Named]:
    """The names of departments, people, posts, roles and permissions that the values speak of. Who may read the trail may
    know what they are called: the trail names them everywhere else."""
    values = set(_texts(told))
    ids = {UUID(value): value for value in values if _UUID.fullmatch(value)}
    found: dict[str, tuple[str, str]] = {}
    for row in session.scalars(select(Department).where(Department.id.in_(ids))):
        found[ids[row.id]] = (row.name_zh, row.name_en or row.name_zh)
    for id, name in session.execute(select(Subject.id, Subject.name).where(Subject.id.in_(ids))):
        found[ids[id]] = (name, name)
    posts = select(Post.id, Post.title, Department.name_zh, Department.name_en).join(
        Department, Department.id == Post.department_id
    )
    for id, title, zh, en in session.execute(posts.where(Post.id.in_(ids))):
        found[ids[id]] = (f"{zh} {title}", f"{title}, {en or zh}")
    for key, zh, en in session.execute(select(Role.key, Role.zh, Role.en).where(Role.key.in_(values))):
        found[key] = (zh, en)
    known = KnownPermission
    for name, zh, en in session.execute(select(known.name, known.zh, known.en).where(known.name.in_(values))):
        found[name] = (zh, en)
    return {value: schemas.Named(zh=zh, en=en) for value, (zh, en) in found.items()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def audit_rows(session: Session, statement: Select[Audit], last: int | None) -> Iterator[Audit]:
    """The next thousand deeds below `last`, newest first."""
    if last is not None:
        statement = statement.where(Audit.seq < last)
    return iter(session.scalars(statement.order_by(Audit.seq.desc()).limit(EXPORTED_AT_ONCE)).all())


def _fields(row: Audit) -> list[str]:
    return sorted({**(row.before or {}), **(row.after or {})})


def _line(row: Audit) -> dict[str, Any]:
    words = deeds().get(row.action, Words(row.action, row.action))
    return {
        **{name: getattr(row, name) for name in ("seq", "at", "acting_for", "department_id", "action")},
        "actor": {"id": row.actor, "kind": row.actor_kind, "name": row.actor_name},
        "zh": words.zh,
        "en": words.en,
        "thing": {"kind": row.thing_kind, "id": row.thing_id, "name": row.thing_name},
        "changed": _fields(row),
        "address": row.address,
        "request_id": row.request_id,
    }
