"""Who acts, and whether they may. The kernel knows no people: whoever signs someone in makes the Actor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from zhengtong.kernel import errors

STEP_UP_LASTS = timedelta(minutes=10)
Kind = Literal["person", "resident", "firm", "system"]


@dataclass(frozen=True, slots=True)
class Permission:
    """A named permission. `step_up`: the second factor must have been shown within ten minutes."""

    name: str
    zh: str
    en: str
    step_up: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a granted permission holds: everywhere, or in these departments."""

    everywhere: bool = False
    departments: frozenset[UUID] = frozenset()

    def covers(self, department_id: UUID | None) -> bool:
        """True where the scope reaches the department; a thing of no department needs `everywhere`."""
        return self.everywhere or (department_id is not None and department_id in self.departments)

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(self.everywhere or other.everywhere, self.departments | other.departments)


EVERYWHERE = Scope(everywhere=True)
NOWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as what, from where. Goes into every action and into audit rows."""

    subject: UUID
    kind: Kind
    name: str = field(repr=False)
    post: UUID | None = None
    department: UUID | None = None
    acting_for: UUID | None = None
    session: UUID | None = None
    second_factor_at: datetime | None = None
    grants: Mapping[str, Scope] = field(default_factory=dict, repr=False)
    address: str = field(default="", repr=False)

    def scope(self, permission: Permission) -> Scope:
        """Where this actor holds the permission; nowhere when not granted."""
        return (
            EVERYWHERE if self.kind == "system" and self.subject.int == 0 else self.grants.get(permission.name, NOWHERE)
        )

    def may(self, permission: Permission, department_id: UUID | None = None) -> bool:
        """True when the permission is held: for that department if one is given, anywhere at all otherwise."""
        scope = self.scope(permission)
        return scope.covers(department_id) if department_id else scope != NOWHERE

    def stepped_up(self, now: datetime) -> bool:
        """True when the second factor was shown within the last ten minutes."""
        return self.second_factor_at is not None and now - self.second_factor_at <= STEP_UP_LASTS


SYSTEM = Actor(subject=UUID(int=0), kind="system", name="system")


class PermissionMissing(errors.Refused):
    zh = "这需要“{permission}”权限，请向本部门管理员申请。"
    en = "This needs the permission “{permission}”; ask your department's administrator for it."


class StepUpNeeded(errors.SignInNeeded):
    zh = "“{permission}”是敏感操作，请再次验证身份。"
    en = "“{permission}” is a sensitive action; verify your identity again."


def require(actor: Actor, permission: Permission, thing: Any = None, *, now: datetime | None = None) -> None:
    """This will raise unless the actor holds the permission for the thing (by its `department_id`, when it has one).

    For a permission with `step_up` give `now`: the second factor must have been shown within ten minutes.
    Raises PermissionMissing (403) or StepUpNeeded (401).
    """
    label = errors.Words(permission.zh, permission.en)
    scope = actor.scope(permission)
    allowed = scope != NOWHERE if thing is None else scope.covers(getattr(thing, "department_id", None))
    if not allowed:
        raise PermissionMissing(permission=label)
    if permission.step_up and actor is not SYSTEM and (now is None or not actor.stepped_up(now)):
        raise StepUpNeeded(permission=label)
