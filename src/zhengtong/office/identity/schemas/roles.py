"""Roles and permissions over the wire."""

from typing import Annotated

from pydantic import BaseModel, Field

from zhengtong.kernel.actor import Actor
from zhengtong.office.identity.rules import RoleScope
from zhengtong.office.identity.schemas.words import In, Line, PermissionName, RoleKey, Title
from zhengtong.office.identity.tables import KnownPermission

Permissions = Annotated[list[PermissionName], Field(max_length=500, description="permission names")]


class RoleOut(BaseModel):
    """One role."""

    key: str
    version: int
    zh: str
    en: str
    about_zh: str
    about_en: str
    scope: RoleScope
    builtin: bool
    delegable: bool = Field(description="a department's administrator may give it without holding all of it")
    permissions: list[str]
    posts: int = Field(description="posts that hold it today")
    abilities: dict[str, bool]


class RoleList(BaseModel):
    items: list[RoleOut]


class PermissionOut(BaseModel):
    """One permission of the platform."""

    name: str
    zh: str
    en: str
    step_up: bool = Field(description="asks for the second factor again")
    room: str
    held: bool = Field(description="held by the reader for the whole city, so that they may grant it")

    @classmethod
    def of(cls, known: KnownPermission, reader: Actor) -> "PermissionOut":
        scope = reader.grants.get(known.name)
        return cls(
            name=known.name,
            zh=known.zh,
            en=known.en,
            step_up=known.step_up,
            room=known.name.split(".")[0],
            held=scope is not None and scope.everywhere,
        )


class PermissionList(BaseModel):
    items: list[PermissionOut]


class NewRole(In):
    """A role to be made."""

    key: RoleKey
    zh: Title
    en: Line = ""
    about_zh: Line = ""
    about_en: Line = ""
    scope: RoleScope
    delegable: bool = False
    permissions: Permissions = Field(default_factory=list)


class RoleEdit(In):
    """What is to change; what is left out stays."""

    zh: Title | None = None
    en: Line | None = None
    about_zh: Line | None = None
    about_en: Line | None = None
    scope: RoleScope | None = None
    delegable: bool | None = None
    permissions: Permissions | None = None
