"""Feeds, models and rules over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.schemas.shared import EntityItem, EntityText, In
from zhengtong.office import identity


class EntityFeedIn(In):
    """What an item tells a register."""

    item_code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    kind: Kind
    key_fields: list[str] = Field(min_length=1, max_length=4)
    fields: dict[str, str]
    trust: dict[str, int] = Field(default_factory=dict)
    order_field: str = ""


class EntityFeed(BaseModel):
    """One source of a register."""

    id: UUID
    kind: Kind
    item: EntityItem
    key_fields: list[str]
    fields: dict[str, str]
    trust: dict[str, int]
    order_field: str
    records: int
    read_at: datetime | None
    version: int


class EntityModelLevel(BaseModel):
    comparison: EntityText
    level: str
    words: EntityText
    m: float = Field(description="share of pairs of one being that reach the level")
    u: float = Field(description="share of pairs of two beings that reach it")
    weight: float


class EntityModel(BaseModel):
    """A model of likeness: each comparison's levels with their weights."""

    kind: Kind
    number: int
    in_use: bool
    trained_on: int
    made_at: datetime | None
    made_by: str
    review: float
    link: float
    levels: list["EntityModelLevel"]


class EntityRule(BaseModel):
    """A contradiction rule."""

    id: UUID
    code: str
    title: EntityText
    why: EntityText
    kind: Kind
    enabled: bool
    items: dict[str, EntityItem | None]
    department: identity.DepartmentRef | None
    ran_at: datetime | None
    found: int
    open: int


class EntitySources(BaseModel):
    """What feeds the registers, by what they are compared, what contradicts."""

    feeds: list[EntityFeed]
    models: list[EntityModel]
    rules: list[EntityRule]
    attributes: dict[Kind, dict[str, EntityText]]
    packs: list[str]
    abilities: dict[str, bool]


class EntityPackIn(In):
    """Put a bundled pack in place. `items`: the pack's table → item code, where the pack's own is not right."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]{0,59}$")]
    items: dict[str, str] = Field(default_factory=dict)


class EntityPackPut(BaseModel):
    feeds: int
    rules: int
    unbound: list[str]


class EntityModelIn(In):
    number: int = Field(ge=1, le=2**31 - 1, description="of a model that is kept")


class EntityRuleIn(In):
    enabled: bool
