"""Finding items, over the wire."""

import inspect
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from zhengtong.data import standards
from zhengtong.data.catalogue.rules import State
from zhengtong.data.catalogue.schemas.items import ItemLine, Words

Chosen = Annotated[list[str] | None, Query(max_length=50)]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the found items are narrowed to: any of the values of each."""

    department: Annotated[list[UUID] | None, Query(description="ids of departments")] = None
    topic: Annotated[list[str] | None, Query(description="类 1 + 项 2 digits of the class code")] = None
    level: Annotated[list[standards.Level] | None, Query(description="levels")] = None
    share_type: Annotated[list[str] | None, Query(description="unconditional, conditional, refused")] = None
    state: Annotated[list[State] | None, Query(description="states")] = None
    format: Annotated[list[str] | None, Query(description="formats")] = None
    update_cycle: Annotated[list[str] | None, Query(description="update cycles")] = None
    promise: Annotated[list[str] | None, Query(description="kept, late, none: the update promise")] = None
    data: Annotated[list[str] | None, Query(description="yes, no: whether a batch has landed")] = None
    origin: Annotated[list[str] | None, Query(description="registered, imported, proposed, external")] = None

    def chosen(self) -> dict[str, list[str]]:
        """The facets with their values as the index holds them."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: [_told(value) for value in values] for name, values in told.items() if values}


def _told(value: object) -> str:
    return value.hex if isinstance(value, UUID) else str(value)


async def narrowed_by(**given: Any) -> Narrowed:
    """What a request narrows to: worked out where it is read, for what is not async waits for a thread."""
    return Narrowed(**given)


narrowed_by.__signature__ = inspect.signature(Narrowed)  # type: ignore[attr-defined]
FACETS = tuple(Narrowed.__slots__)


class HitOut(ItemLine):
    """An item that was found."""

    matched: list[Words] = Field(
        description="the fields whose names say what was sought; en: the field's name in the lake"
    )


class FacetValue(BaseModel):
    """One value that the found items may be narrowed to."""

    key: str
    zh: str
    en: str
    count: int


class Facet(BaseModel):
    """Values to narrow by, the most frequent first; each counted as if nothing were chosen of this facet."""

    name: str
    values: list[FacetValue]


class Found(BaseModel):
    """Items, best first."""

    items: list[HitOut]
    next: str | None = Field(None, description="give as `after` for the next page; null on the last")
    total: int
    facets: list[Facet] = Field(description="on the first page only")
    forgiven: bool = Field(description="some of these match only but for one slip of the pen")


class Suggestion(BaseModel):
    """An item by name, for a box that completes what is typed."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    department: Words


class IndexState(BaseModel):
    """How the index stands: entries against visible items, and the rebuild that runs or ran last."""

    entries: int
    items: int
    rebuilding: bool
    done: int
    started_at: datetime | None
    finished_at: datetime | None
