"""The audit trail: read only, and only what lies within the reader's reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.errors import Words
from zhengtong.office.identity import errors, schemas
from zhengtong.office.identity.permissions import READ_AUDIT

EXPORTED_AT_ONCE = 1_000


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
    told = yaml.safe_load((assets.path("rules") / "identity" / "deeds.yaml").read_text("utf-8"))
    return {action: Words(*label) for action, label in told.items()}


def audit_line(row: Audit) -> schemas.AuditLine:
    """One deed in the list."""
    return schemas.AuditLine(**_line(row))


def audit_detail(row: Audit) -> schemas.AuditDetail:
    """One deed with what changed, field by field."""
    before, after = row.before or {}, row.after or {}
    fields = [schemas.Difference(field=name, before=before.get(name), after=after.get(name)) for name in _fields(row)]
    return schemas.AuditDetail(**_line(row), diff=fields)


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
