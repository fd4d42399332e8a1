"""What every city has from its first start: the built-in roles, the topmost department; and what new rooms bring."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import delete
from sqlalchemy.orm import Session

from zhengtong.kernel import assets, audit, wake
from zhengtong.kernel.actor import SYSTEM, Permission
from zhengtong.kernel.db import new_id
from zhengtong.office.identity import events, queries, rules
from zhengtong.office.identity.tables import Department, KnownPermission, Role, RolePermission


def found_city(
    session: Session, *, name_zh: str, name_en: str, permissions: Sequence[Permission], now: datetime
) -> None:
    """This will make what is missing of the built-in roles and the topmost department; call it at each start.

    Permissions seen for the first time go to the built-in roles that `rules/identity/roles.yaml` names; what an
    administrator changed since stays changed.
    """
    roles = {role.key: role for role in queries.all_roles(session)}
    fresh = [key for key in (one.key for one in rules.BUILT_IN) if key not in roles]
    for position, one in enumerate(rules.BUILT_IN):
        if one.key in fresh:
            roles[one.key] = _role(one, position)
            session.add(roles[one.key])
    new = _note_permissions(session, permissions, now)
    for key, patterns in default_grants().items():
        names = {one.name for one in permissions} if key in fresh else new
        for name in sorted(rules.matching(patterns, names) - set(roles[key].permission_names)):
            roles[key].permissions.append(RolePermission(permission=name))
    session.flush()
    if queries.root_department(session) is None:
        session.add(_root(name_zh, name_en, now))
        session.flush()
    if new or fresh:
        what = {"roles": fresh, "permissions": sorted(new)}
        audit.record(
            session, SYSTEM, "identity.permissions_added", queries.root_department(session), after=what, at=now
        )
        wake.ring(session, events.TOPIC)


@cache
def default_grants() -> dict[str, list[str]]:
    """The patterns of permissions that each built-in role begins with, from the rule pack."""
    text = (assets.path("rules") / "identity" / "roles.yaml").read_text("utf-8")
    told: dict[str, list[str]] = assets.load_yaml(text)
    if set(told) != {one.key for one in rules.BUILT_IN}:
        raise ValueError("rules/identity/roles.yaml must name the built-in roles and no others")
    return told


def _note_permissions(session: Session, permissions: Sequence[Permission], now: datetime) -> set[str]:
    known = queries.known_permissions(session)
    names = {one.name for one in permissions}
    gone = set(known) - names
    if gone:
        session.execute(delete(KnownPermission).where(KnownPermission.name.in_(gone)))
    for position, one in enumerate(permissions):
        row = known.get(one.name) or KnownPermission(name=one.name, since=now)
        row.zh, row.en, row.step_up, row.position = one.zh, one.en, one.step_up, position
        session.add(row)
    return names - set(known)


def _role(one: rules.BuiltIn, position: int) -> Role:
    return Role(
        key=one.key,
        zh=one.zh,
        en=one.en,
        about_zh=one.about_zh,
        about_en=one.about_en,
        scope=one.scope,
        builtin=True,
        delegable=one.delegable,
        position=position,
        permissions=[],
    )


def _root(name_zh: str, name_en: str, now: datetime) -> Department:
    return Department(
        id=new_id(),
        parent_id=None,
        name_zh=name_zh,
        name_en=name_en,
        short_name=name_zh[:30],
        spelling=rules.spelling(name_zh),
        level=rules.Level.CITY,
        kind=rules.Kind.OTHER,
        created_at=now,
    )
