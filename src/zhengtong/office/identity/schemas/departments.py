"""Departments over the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.office.identity.rules import Kind, Level
from zhengtong.office.identity.schemas.words import Code, In, Line, Name, Short
from zhengtong.office.identity.tables import Department

Position = Annotated[int, Field(ge=0, le=100_000, description="order among its sisters, smallest first")]


class DepartmentRef(BaseModel):
    """A department, as others name it."""

    id: UUID
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, department: Department) -> "DepartmentRef":
        return cls(id=department.id, name_zh=department.name_zh, name_en=department.name_en)


class PersonRef(BaseModel):
    """A person, as others name them."""

    id: UUID
    name: str


class DepartmentNode(BaseModel):
    """One department of the tree."""

    id: UUID
    parent_id: UUID | None
    name_zh: str
    name_en: str
    short_name: str
    level: Level
    kind: Kind
    closed_on: date | None
    people: int = Field(description="people with a post here today, those below not counted")


class DepartmentTree(BaseModel):
    """All departments, each after its parent."""

    nodes: list[DepartmentNode]


class DepartmentOut(BaseModel):
    """One department."""

    id: UUID
    version: int
    parent_id: UUID | None
    name_zh: str
    name_en: str
    short_name: str
    code: str | None = Field(description="unified social credit code, GB 32100")
    level: Level
    kind: Kind
    position: int
    cdo: PersonRef | None = Field(description="chief data officer")
    closed_on: date | None
    merged_into_id: UUID | None
    path: list[DepartmentRef] = Field(description="from the root down to this one")
    people: int
    abilities: dict[str, bool]


class DepartmentLine(BaseModel):
    """One department in a list."""

    id: UUID
    version: int
    parent_id: UUID | None
    name_zh: str
    name_en: str
    short_name: str
    code: str | None
    level: Level
    kind: Kind
    closed_on: date | None
    abilities: dict[str, bool]


class NewDepartment(In):
    """A department to be added."""

    parent_id: UUID | None = None
    name_zh: Name
    name_en: Line = ""
    short_name: Short = ""
    code: Code | None = None
    level: Level
    kind: Kind
    position: Position = 0
    cdo_id: UUID | None = None


class DepartmentEdit(In):
    """What is to change; what is left out stays."""

    name_zh: Name | None = None
    name_en: Line | None = None
    short_name: Short | None = None
    code: Code | None = None
    level: Level | None = None
    kind: Kind | None = None
    position: Position | None = None
    cdo_id: UUID | None = None


class DepartmentMove(In):
    """Where it goes."""

    parent_id: UUID
    position: Position | None = None


class DepartmentMerge(In):
    """Into which one."""

    into_id: UUID
