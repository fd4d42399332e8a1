"""Whom the catalogue tells: who keeps it in a department, who reviews it."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Permission
from zhengtong.office import identity

AT_MOST = 200


def keepers(session: Session, permission: Permission, *, on: date, department_id: UUID | None = None) -> list[UUID]:
    """The active people whose role holds the permission on that day: in the department itself, or anywhere; not administrators,
    who hold everything."""
    held = select(identity.RolePermission.role).where(
        identity.RolePermission.permission == permission.name, identity.RolePermission.role != "administrator"
    )
    statement = (
        select(identity.Post.person_id)
        .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
        .join(identity.Person, identity.Person.id == identity.Post.person_id)
        .where(identity.PostRole.role.in_(held), identity.Person.active, identity.Post.from_on <= on)
        .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
    )
    if department_id:
        statement = statement.where(identity.Post.department_id == department_id)
    return list(session.scalars(statement.distinct().limit(AT_MOST)))
