"""What the small cities of the tests have alike: a government and its bureaus, somebody who works there, batches that landed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake, standards
from zhengtong.kernel.actor import SYSTEM, Permission
from zhengtong.kernel.db import new_id
from zhengtong.office import identity

MADE = datetime(2026, 1, 1, tzinfo=UTC)


def government(session: Session) -> UUID:
    """The topmost department: the one that stands, or a new one."""
    standing = session.scalar(select(identity.Department.id).where(identity.Department.parent_id.is_(None)))
    return standing or _department(session, None, "云溪市", identity.Kind.GOVERNMENT)


def bureau(session: Session, name: str, **facts: Any) -> UUID:
    """A bureau of the city."""
    return _department(session, government(session), name, identity.Kind.BUREAU, **facts)


def national_elements(session: Session, now: datetime) -> None:
    """The bundled national elements, in force. As nobody uses one yet, nobody is told of them: that would be ninety jobs."""
    listeners = session.info.pop("listeners", {})
    standards.put_bundled(session, SYSTEM, "national", now=now)
    session.info["listeners"] = listeners


def officer(session: Session, department: UUID, permission: Permission) -> UUID:
    """Somebody of the department whose role holds the permission."""
    role = session.get(identity.Role, "officer") or identity.Role(
        key="officer", zh="经办人", en="Officer", scope="own", builtin=True
    )
    session.add(role)
    session.flush()
    if session.get(identity.RolePermission, ("officer", permission.name)) is None:
        session.add(identity.RolePermission(role="officer", permission=permission.name))
    person = identity.Person(id=new_id(), name="沈若川", login="shen", created_at=MADE)
    session.add(person)
    session.flush()
    post = identity.Post(
        id=new_id(),
        person_id=person.id,
        department_id=department,
        title="科员",
        from_on=date(2025, 1, 1),
        until_on=None,
    )
    post.roles.append(identity.PostRole(role="officer"))
    session.add(post)
    session.flush()
    return person.id


def as_batch(rows: Sequence[dict[str, Any]], batch: UUID, schema: pa.Schema) -> pa.Table:
    """The rows as they lie in the lake: with their batch and their place in it."""
    told = [{**row, "_batch_id": str(batch), "_row": place} for place, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(told, schema=schema)


def landed(item: catalogue.Item, batch: UUID, rows: int, version: int, at: datetime) -> intake.BatchLanded:
    """What is announced of a batch, as intake would."""
    facts = {"source_id": new_id(), "run_id": new_id(), "rows_read": rows, "rows_landed": rows, "rows_quarantined": 0}
    return intake.BatchLanded(
        batch_id=batch,
        item_id=item.id,
        item_code=item.code,
        bytes=1,
        digest="0" * 64,
        table=item.table,
        version=version,
        at=at,
        **facts,
    )


def _department(session: Session, parent: UUID | None, name: str, kind: identity.Kind, **facts: Any) -> UUID:
    told = {"level": identity.Level.CITY, "kind": kind, "created_at": MADE, **facts}
    row = identity.Department(id=new_id(), parent_id=parent, name_zh=name, **told)
    session.add(row)
    session.flush()
    return row.id
