"""Departments, people, posts and roles as they go out: with their names, paths and what the reader can do."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office.identity import schemas
from zhengtong.office.identity.permissions import abilities
from zhengtong.office.identity.queries import departments, people, roles
from zhengtong.office.identity.rules import is_current
from zhengtong.office.identity.tables import ActingFor, Department, Person, Post, Role

_DEPARTMENT = (
    "id",
    "version",
    "parent_id",
    "name_zh",
    "name_en",
    "short_name",
    "code",
    "level",
    "kind",
    "position",
    "closed_on",
    "merged_into_id",
)
_PERSON = ("id", "version", "name", "login", "phone", "email", "staff_number", "active", "created_at")
_ROLE = ("key", "version", "zh", "en", "about_zh", "about_en", "scope", "builtin", "delegable")


def department_tree(session: Session, actor: Actor, *, on: date, closed: bool = False) -> schemas.DepartmentTree:
    """All departments, each after its parent, sisters in their order."""
    found = session.scalars(departments.find_departments(actor, closed=closed)).all()
    counts = departments.people_counts(session, on=on)
    children: dict[UUID | None, list[Department]] = {}
    ids = {one.id for one in found}
    for one in sorted(found, key=lambda one: (one.position, one.name_zh, one.id)):
        children.setdefault(one.parent_id if one.parent_id in ids else None, []).append(one)
    nodes: list[schemas.DepartmentNode] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        one = waiting.pop()
        nodes.append(_node(one, counts.get(one.id, 0)))
        waiting.extend(children.get(one.id, [])[::-1])
    return schemas.DepartmentTree(nodes=nodes)


def department_out(session: Session, actor: Actor, department: Department, *, on: date) -> schemas.DepartmentOut:
    """One department with its path, its chief data officer and how many people it has."""
    cdo = session.get(Person, department.cdo_id) if department.cdo_id else None
    return schemas.DepartmentOut(
        **{name: getattr(department, name) for name in _DEPARTMENT},
        cdo=schemas.PersonRef(id=cdo.id, name=cdo.name) if cdo else None,
        path=[schemas.DepartmentRef.of(one) for one in departments.department_path(session, department.id)],
        people=departments.people_counts(session, on=on).get(department.id, 0),
        abilities=abilities.of_department(actor, department),
    )


def department_line(actor: Actor, department: Department) -> schemas.DepartmentLine:
    """One department in a list."""
    values = {name: getattr(department, name) for name in _DEPARTMENT if name in schemas.DepartmentLine.model_fields}
    return schemas.DepartmentLine(**values, abilities=abilities.of_department(actor, department))


def person_line(actor: Actor, person: Person, *, on: date) -> schemas.PersonLine:
    """One person in a list."""
    held = [post for post in person.posts if post.until_on is None or post.until_on >= on]
    return schemas.PersonLine(
        **{name: getattr(person, name) for name in ("id", "version", "name", "login", "staff_number", "active")},
        posts=[schemas.PostRef.of(post) for post in held if post.from_on <= on],
        abilities=abilities.of_person(actor, person, held),
    )


def person_out(session: Session, actor: Actor, person: Person, *, on: date) -> schemas.PersonOut:
    """One person with posts and stand-ins."""
    posts = people.posts_of(session, person.id)
    held = [post for post in posts if post.until_on is None or post.until_on >= on]
    names = roles.role_names(session)
    actings = session.scalars(people.find_acting(actor, on=on, person_id=person.id)).all()
    shown = [acting_out(actor, acting, on=on) for acting in sorted(actings, key=lambda one: (one.from_on, one.id))]
    return schemas.PersonOut(
        **{name: getattr(person, name) for name in _PERSON},
        posts=[post_out(actor, post, names, on=on) for post in held],
        deputies=[one for one in shown if one.absent.id == person.id],
        stands_in=[one for one in shown if one.deputy.id == person.id],
        abilities=abilities.of_person(actor, person, held),
    )


def post_out(actor: Actor, post: Post, names: dict[str, Words], *, on: date) -> schemas.PostOut:
    """One post with its roles' labels."""
    over = post.until_on is not None and post.until_on < on
    return schemas.PostOut(
        **{name: getattr(post, name) for name in ("id", "version", "person_id", "title", "from_on", "until_on")},
        department=schemas.DepartmentRef.of(post.department),
        current=is_current(post.from_on, post.until_on, on),
        roles=[schemas.RoleRef(key=key, zh=names[key].zh, en=names[key].en) for key in post.role_keys],
        abilities=abilities.of_post(actor, post, over=over),
    )


def acting_out(actor: Actor, acting: ActingFor, *, on: date) -> schemas.ActingOut:
    """One stand-in."""
    over = acting.ended_at is not None or acting.until_on < on
    current = not over and acting.from_on <= on
    return schemas.ActingOut.of(acting, current=current, abilities=abilities.of_acting(actor, acting, over=over))


def role_out(actor: Actor, role: Role, posts: int) -> schemas.RoleOut:
    """One role; `posts` hold it today."""
    return schemas.RoleOut(
        **{name: getattr(role, name) for name in _ROLE},
        permissions=role.permission_names,
        posts=posts,
        abilities=abilities.of_role(actor, role),
    )


def _node(department: Department, people_here: int) -> schemas.DepartmentNode:
    names = [name for name in schemas.DepartmentNode.model_fields if name != "people"]
    return schemas.DepartmentNode(**{name: getattr(department, name) for name in names}, people=people_here)
