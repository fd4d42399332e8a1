"""Roles and permissions."""

from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import roles as actions
from zhengtong.office.identity.permissions import CHANGE_ROLES, READ_ROLES
from zhengtong.office.identity.queries import views
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import Role


@routes.get("/roles", needs=READ_ROLES)
def list_roles(session: Session, actor: Actor) -> schemas.RoleList:
    """Every role with its permissions."""
    counts = queries.posts_by_role(session, on=rules.law_day(clock.now()))
    items = [views.role_out(actor, role, counts.get(role.key, 0)) for role in queries.all_roles(session)]
    return schemas.RoleList(items=items)


@routes.get("/permissions", needs=READ_ROLES)
def list_permissions(session: Session, actor: Actor) -> schemas.PermissionList:
    """Every permission of every room, and which the reader may grant."""
    known = queries.known_permissions(session).values()
    return schemas.PermissionList(items=[schemas.PermissionOut.of(one, actor) for one in known])


@routes.post("/roles", needs=CHANGE_ROLES, status=201)
def add_role(session: Session, actor: Actor, body: schemas.NewRole) -> schemas.RoleOut:
    """Make a role."""
    return _out(session, actor, actions.add_role(session, actor, body, now=clock.now()))


@routes.get("/roles/{key}", needs=READ_ROLES)
def read_role(session: Session, actor: Actor, key: schemas.RoleKey) -> schemas.RoleOut:
    """One role."""
    return _out(session, actor, queries.get_role(session, key))


@routes.patch("/roles/{key}", needs=CHANGE_ROLES)
def change_role(
    session: Session, actor: Actor, key: schemas.RoleKey, body: schemas.RoleEdit, if_match: web.IfMatch = None
) -> schemas.RoleOut:
    """Change what a role is called, how far it reaches, what it holds."""
    role = _locked(session, key, if_match)
    return _out(session, actor, actions.change_role(session, actor, role, body, now=clock.now()))


@routes.delete("/roles/{key}", needs=CHANGE_ROLES)
def delete_role(session: Session, actor: Actor, key: schemas.RoleKey, if_match: web.IfMatch = None) -> None:
    """Delete a role that no post ever held."""
    actions.delete_role(session, actor, _locked(session, key, if_match), now=clock.now())


def _locked(session: Session, key: str, if_match: str | None) -> Role:
    role = queries.get_role(session, key, lock=True)
    web.check_version(role.version, if_match)
    return role


def _out(session: Session, actor: Actor, role: Role) -> schemas.RoleOut:
    session.flush()
    counts = queries.posts_by_role(session, on=rules.law_day(clock.now()))
    return views.role_out(actor, role, counts.get(role.key, 0))
