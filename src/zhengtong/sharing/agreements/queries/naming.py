"""How things are called, read for many at once: departments, items and their fields, systems, purposes; and whom to tell."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor, Permission
from zhengtong.kernel.errors import Words
from zhengtong.office import identity
from zhengtong.sharing.agreements import rules
from zhengtong.sharing.agreements.permissions import Desk
from zhengtong.sharing.agreements.queries import packs

AT_MOST = 50


def departments(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, identity.Department]:
    """Departments by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    found = session.scalars(select(identity.Department).where(identity.Department.id.in_(wanted)))
    return {one.id: one for one in found}


def department_words(one: identity.Department | None) -> Words:
    """A department's name."""
    if one is None:
        return Words("", "")
    return Words(one.name_zh, one.name_en or one.name_zh)


def field_words(name: str, name_zh: str) -> Words:
    """A field's name: fields have none in English but their identifier, said as words."""
    return Words(name_zh, name.replace("_", " ").strip() or name)


def names(session: Session, terms: rules.Terms, consumer_id: UUID) -> rules.Names:
    """How everything in the terms is called."""
    items = {UUID(one) for one in terms.item_ids}
    there = {one.id: one for one in session.scalars(select(catalogue.Item).where(catalogue.Item.id.in_(items)))}
    fields: dict[str, dict[str, Words]] = {one.hex: {} for one in items}
    columns = (catalogue.Field.item_id, catalogue.Field.name, catalogue.Field.name_zh)
    for item, name, said in session.execute(select(*columns).where(catalogue.Field.item_id.in_(items))):
        fields[item.hex][name] = field_words(name, said)
    return rules.Names(
        items={key.hex: Words(one.name_zh, one.name_en or one.name_zh) for key, one in there.items()},
        fields=fields,
        systems=systems(session, [UUID(one) for one in terms.systems]),
        persons=persons(session, terms.persons),
        posts=posts(session, terms.posts),
        purposes=packs.purposes(),
        consumer=department_words(session.get(identity.Department, consumer_id)),
    )


def systems(session: Session, ids: Iterable[UUID]) -> dict[str, Words]:
    """Service accounts by id in hex."""
    found = session.scalars(select(identity.System).where(identity.System.id.in_(set(ids))))
    return {one.id.hex: Words(one.name, one.name_en or one.name) for one in found}


def persons(session: Session, ids: Iterable[str]) -> dict[str, Words]:
    """Members of the staff by id in hex."""
    found = session.scalars(select(identity.Person).where(identity.Person.id.in_({UUID(one) for one in ids})))
    return {one.id.hex: Words(one.name, one.name) for one in found}


def posts(session: Session, ids: Iterable[str]) -> dict[str, Words]:
    """Posts by id in hex: department and title."""
    place = identity.Department
    joined = select(identity.Post.id, identity.Post.title, place.name_zh, place.name_en).join(
        place, place.id == identity.Post.department_id
    )
    rows = session.execute(joined.where(identity.Post.id.in_({UUID(one) for one in ids})))
    return {id.hex: Words(f"{zh}{title}", f"{title}, {en or zh}") for id, title, zh, en in rows}


def own_systems(session: Session, department_id: UUID) -> list[identity.System]:
    """The active service accounts of a department and its sections."""
    places = _with_sections(session, department_id)
    statement = select(identity.System).where(identity.System.department_id.in_(places), identity.System.active)
    return list(session.scalars(statement.order_by(identity.System.name)))


def desk(session: Session, actor: Actor) -> Desk:
    """From where the actor acts."""
    return Desk(actor, body_of(session, actor.department) if actor.department else None)


def body_of(session: Session, department_id: UUID) -> UUID:
    """The department in law: the nearest at or above it that is no section."""
    place = session.get(identity.Department, department_id)
    while place is not None and place.kind is identity.Kind.SECTION and place.parent_id:
        place = session.get(identity.Department, place.parent_id)
    return place.id if place else department_id


def holders(session: Session, permission: Permission, department_id: UUID | None, *, on: date) -> list[UUID]:
    """The active people who hold the permission in the department (or the nearest above it); with None, anywhere over all.

    Not administrators, who hold everything.
    """
    room = permission.name.partition(".")[0]
    held = select(identity.RolePermission.role).where(
        identity.RolePermission.permission.in_((permission.name, f"{room}.*")),
        identity.RolePermission.role != "administrator",
    )
    statement = (
        select(identity.Post.person_id)
        .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
        .join(identity.Person, identity.Person.id == identity.Post.person_id)
        .where(identity.PostRole.role.in_(held), identity.Person.active, identity.Post.from_on <= on)
        .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
        .distinct()
        .limit(AT_MOST)
    )
    if department_id is None:
        return list(session.scalars(statement))
    place: UUID | None = department_id
    while place:
        if found := list(
            session.scalars(statement.where(identity.Post.department_id.in_(_with_sections(session, place))))
        ):
            return found
        place = session.scalar(select(identity.Department.parent_id).where(identity.Department.id == place))
    return []


def _with_sections(session: Session, department_id: UUID) -> list[UUID]:
    section = identity.Department.kind == identity.Kind.SECTION
    below = select(identity.Department.id).where(identity.Department.parent_id == department_id, section)
    return [department_id, *session.scalars(below)]
