"""What somebody may do: their posts, those they stand in for, and the permissions that follow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import EVERYWHERE, Scope
from zhengtong.office.identity import rules
from zhengtong.office.identity.queries import departments
from zhengtong.office.identity.tables import ActingFor, Person, Post, PostRole, Role, Subject

Grants = Mapping[str, Scope]


@dataclass(frozen=True, slots=True)
class Posting:
    """A post somebody can act in: their own, or an absent one's (`acting_for` its holder, `acting` the arrangement)."""

    post: Post
    acting_for: UUID | None = None
    acting: UUID | None = None
    until: date | None = None


def postings_of(session: Session, person_id: UUID, *, on: date) -> list[Posting]:
    """The posts a person can act in on that day: their own first, then those they stand in for."""
    own = select(Post).where(Post.person_id == person_id, departments.holds_on(on)).order_by(Post.from_on, Post.id)
    acted = (
        select(ActingFor)
        .join(ActingFor.absent_post)
        .where(ActingFor.deputy_id == person_id, acts_on(on), departments.holds_on(on))
        .order_by(ActingFor.from_on, ActingFor.id)
    )
    return [
        *(Posting(post, until=post.until_on) for post in session.scalars(own)),
        *(
            Posting(acting.absent_post, acting.absent_post.person_id, acting.id, acting.until_on)
            for acting in session.scalars(acted)
        ),
    ]


def grants_of(
    session: Session, subject: Subject, posting: Posting | None, *, on: date, own: Posting | None = None
) -> Grants:
    """What the subject may do on that day, acting in `posting`; standing in for another keeps what `own` gives.

    Residents and firms hold the role `resident` in a scope of their own, which no department lies in. An inactive
    subject, or a posting that does not hold on that day, gives nothing.
    """
    if not subject.active:
        return {}
    if subject.kind in ("resident", "firm"):
        return _all_within(grants_of_roles(session, [rules.RESIDENT], None), Scope(departments=frozenset({subject.id})))
    held: Grants = {}
    for one in (posting, own):
        if one and rules.is_current(one.post.from_on, one.until, on) and _holds(one.post, on):
            held = joined(held, grants_of_roles(session, one.post.role_keys, one.post.department_id))
    return held


def grants_of_roles(session: Session, role_keys: Iterable[str], department_id: UUID | None) -> dict[str, Scope]:
    """The permissions of these roles, held from that department."""
    keys = list(role_keys)
    found = session.scalars(select(Role).where(Role.key.in_(keys))).all() if keys else []
    tree = departments.parents(session) if any(role.scope == rules.RoleScope.OWN_AND_BELOW for role in found) else {}
    held: dict[str, Scope] = {}
    for role in found:
        scope = _scope(role.scope, department_id, tree)
        for name in role.permission_names:
            held[name] = held.get(name, Scope()) | scope
    return held


def joined(one: Grants, other: Grants) -> dict[str, Scope]:
    """Both together."""
    return {name: one.get(name, Scope()) | other.get(name, Scope()) for name in {*one, *other}}


def power_of(session: Session, person: Person, *, on: date) -> dict[str, Scope]:
    """All a person could do on that day, in any of their postings."""
    held: dict[str, Scope] = {}
    for posting in postings_of(session, person.id, on=on):
        held = joined(held, grants_of_roles(session, posting.post.role_keys, posting.post.department_id))
    return held


def administrators(on: date) -> Select[UUID]:
    """The active people who hold the administrator's role on that day."""
    return (
        select(Post.person_id)
        .join(PostRole, and_(PostRole.post_id == Post.id, PostRole.role == rules.ADMINISTRATOR))
        .join(Person, Person.id == Post.person_id)
        .where(departments.holds_on(on), Person.active)
        .distinct()
    )


def count_administrators(session: Session, *, on: date) -> int:
    """How many administrators there are on that day."""
    return session.scalar(select(func.count()).select_from(administrators(on).subquery())) or 0


def acts_on(on: date) -> ColumnElement[bool]:
    """True for arrangements in force on that day."""
    return and_(ActingFor.from_on <= on, ActingFor.until_on >= on, ActingFor.ended_at.is_(None))


def _scope(scope: rules.RoleScope, department_id: UUID | None, tree: Mapping[UUID, UUID | None]) -> Scope:
    if scope == rules.RoleScope.CITY:
        return EVERYWHERE
    if department_id is None:
        return Scope()
    reach = rules.below(tree, department_id) if scope == rules.RoleScope.OWN_AND_BELOW else frozenset({department_id})
    return Scope(departments=reach)


def _holds(post: Post, on: date) -> bool:
    return rules.is_current(post.from_on, post.until_on, on)


def _all_within(held: Grants, scope: Scope) -> dict[str, Scope]:
    return dict.fromkeys(held, scope)
