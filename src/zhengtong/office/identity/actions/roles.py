"""Making, changing, deleting roles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import EVERYWHERE, Actor
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority
from zhengtong.office.identity.actions.editing import edit, told
from zhengtong.office.identity.permissions import CHANGE_ROLES
from zhengtong.office.identity.tables import Role, RolePermission

CUSTOM_ROLES_FROM = 100


def add_role(session: Session, actor: Actor, new: schemas.NewRole, *, now: datetime) -> Role:
    """This will make a role. Needs CHANGE_ROLES city-wide, and every permission in it city-wide.

    Raises RoleKeyTaken, PermissionUnknown, PermissionNotYours.
    """
    authority.require_at(actor, CHANGE_ROLES, None, now=now)
    if queries.unknown_roles(session, [new.key]) == []:
        raise errors.RoleKeyTaken(role=new.key)
    _check_grants(session, actor, new.permissions)
    role = Role(**new.model_dump(exclude={"permissions"}), builtin=False, position=CUSTOM_ROLES_FROM)
    role.permissions = [RolePermission(permission=name) for name in sorted(set(new.permissions))]
    session.add(role)
    session.flush()
    after = {name: told(value) for name, value in new.model_dump().items()}
    audit.record(session, actor, "identity.role_added", role, after=after, at=now)
    _announce(session, role, added=role.permission_names, removed=[])
    return role


def change_role(session: Session, actor: Actor, role: Role, edits: schemas.RoleEdit, *, now: datetime) -> Role:
    """This will change what a role is called, how far it reaches, who may give it, what it holds.

    Needs CHANGE_ROLES city-wide. Whatever becomes wider by it (a permission added, a wider scope, delegability) one must
    hold city-wide. The administrator's role is fixed. Raises RoleIsFixed, PermissionUnknown, PermissionNotYours.
    """
    authority.require_at(actor, CHANGE_ROLES, None, now=now)
    if role.key == rules.ADMINISTRATOR:
        raise errors.RoleIsFixed(role=role.zh)
    values = {name: value for name, value in edits.model_dump(exclude={"permissions"}).items() if value is not None}
    was = role.permission_names
    wanted = sorted(set(edits.permissions)) if edits.permissions is not None else was
    added, removed = sorted(set(wanted) - set(was)), sorted(set(was) - set(wanted))
    widens = values.get("delegable", False) > role.delegable or values.get("scope", role.scope) != role.scope
    _check_grants(session, actor, wanted if widens else added, known_too=added)
    before, after = edit(role, values)
    if added or removed:
        _set_permissions(role, wanted)
        before["permissions"], after["permissions"] = removed, added
    if after:
        session.flush()
        audit.record(session, actor, "identity.role_changed", role, before=before, after=after, at=now)
        _announce(session, role, added=added, removed=removed)
    return role


def delete_role(session: Session, actor: Actor, role: Role, *, now: datetime) -> None:
    """This will delete a role that no post ever held. Needs CHANGE_ROLES city-wide. Raises RoleIsFixed, RoleInUse."""
    authority.require_at(actor, CHANGE_ROLES, None, now=now)
    if role.builtin:
        raise errors.RoleIsFixed(role=role.zh)
    if count := queries.posts_with_role(session, role.key):
        raise errors.RoleInUse(count=count, role=role.zh)
    before = {"zh": role.zh, "scope": role.scope.value, "permissions": role.permission_names}
    session.delete(role)
    audit.record(session, actor, "identity.role_deleted", role, before=before, at=now)
    _announce(session, role, added=[], removed=before["permissions"])  # type: ignore[arg-type]


def _check_grants(session: Session, actor: Actor, names: Iterable[str], known_too: Iterable[str] | None = None) -> None:
    known = queries.known_permissions(session)
    wanted = set(names)
    if unknown := sorted((wanted if known_too is None else set(known_too)) - set(known)):
        raise errors.PermissionUnknown(permissions="、".join(unknown))
    lacking = rules.lacking(dict.fromkeys(wanted & set(known), EVERYWHERE), actor.grants)
    if lacking:
        raise errors.PermissionNotYours(permissions="、".join(known[name].zh for name in sorted(lacking)))


def _set_permissions(role: Role, wanted: list[str]) -> None:
    kept = [held for held in role.permissions if held.permission in wanted]
    had = {held.permission for held in kept}
    role.permissions = [*kept, *(RolePermission(permission=name) for name in wanted if name not in had)]
    flag_modified(role, "zh")  # the version counts a change of permissions, too


def _announce(session: Session, role: Role, *, added: list[Any], removed: list[Any]) -> None:
    announce(session, events.RoleChanged(role.key, tuple(added), tuple(removed)))
    wake.ring(session, events.TOPIC)
