"""Whom to tell: who answers corrections in a department, or in the nearest one above it where somebody does."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.data.quality.permissions import ANSWER
from zhengtong.office import identity

AT_MOST = 50


def keepers(session: Session, department_id: UUID, *, on: date) -> list[UUID]:
    """The active people of the department who answer corrections on that day; not administrators, who hold everything."""
    held = select(identity.RolePermission.role).where(
        or_(
            identity.RolePermission.permission == ANSWER.name,
            identity.RolePermission.permission.in_(("quality.*", "quality.tickets.*")),
        ),
        identity.RolePermission.role != "administrator",
    )
    place: UUID | None = department_id
    while place:
        statement = (
            select(identity.Post.person_id)
            .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
            .join(identity.Person, identity.Person.id == identity.Post.person_id)
            .where(identity.PostRole.role.in_(held), identity.Person.active, identity.Post.from_on <= on)
            .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
            .where(identity.Post.department_id == place)
        )
        if found := list(session.scalars(statement.distinct().limit(AT_MOST))):
            return found
        place = session.scalar(select(identity.Department.parent_id).where(identity.Department.id == place))
    return []
