"""Feeds, models and rules over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.schemas.shared import In, ItemRef, Words
from zhengtong.office import identity


class FeedIn(In):
    """What an item tells a register."""

    item_code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    kind: Kind
    key_fields: list[str] = Field(min_length=1, max_length=4)
    fields: dict[str, str]
    trust: dict[str, int] = {}
    order_field: str = ""


class FeedOut(BaseModel):
    """One source of a register."""

    id: UUID
    kind: Kind
    item: ItemRef
    key_fields: list[str]
    fields: dict[str, str]
    trust: dict[str, int]
    order_field: str
    records: int
    read_at: datetime | None
    version: int


class LevelOut(BaseModel):
    comparison: Words
    level: str
    words: Words
    m: float = Field(description="share of pairs of one being that reach the level")
    u: float = Field(description="share of pairs of two beings that reach it")
    weight: float


class ModelOut(BaseModel):
    """A model of likeness: each comparison's levels with their weights."""

    kind: Kind
    number: int
    in_use: bool
    trained_on: int
    made_at: datetime | None
    made_by: str
    review: float
    link: float
    levels: list["LevelOut"]


class RuleOut(BaseModel):
    """A contradiction rule."""

    id: UUID
    code: str
    title: Words
    why: Words
    kind: Kind
    enabled: bool
    items: dict[str, ItemRef | None]
    department: identity.DepartmentRef | None
    ran_at: datetime | None
    found: int
    open: int


class SourcesOut(BaseModel):
    """What feeds the registers, by what they are compared, what contradicts."""

    feeds: list[FeedOut]
    models: list[ModelOut]
    rules: list[RuleOut]
    attributes: dict[Kind, dict[str, Words]]
    packs: list[str]
    abilities: dict[str, bool]


class PackIn(In):
    """Put a bundled pack in place. `items`: the pack's table → item code, where the pack's own is not right."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]{0,59}$")]
    items: dict[str, str] = {}


class PackOut(BaseModel):
    feeds: int
    rules: int
    unbound: list[str]


class UseModelIn(In):
    number: int


class RuleIn(In):
    enabled: bool
