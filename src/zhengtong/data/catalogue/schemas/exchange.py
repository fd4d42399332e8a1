"""Catalogues of others, over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.catalogue.schemas.items import In, Name
from zhengtong.office import identity

Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^(https?://[^\s\x00]+)?$")]


class HarvestIn(In):
    """A foreign catalogue to take from."""

    name: Name
    url: Address = Field("", description="of its DCAT feed; empty where files are brought")
    form: Literal["turtle", "json-ld", "xml"] = "turtle"
    department_id: UUID = Field(description="the department that the drafts belong to")


class HarvestOut(BaseModel):
    """A foreign catalogue and how its last run went."""

    id: UUID
    name: str
    url: str
    form: str
    department: identity.DepartmentRef
    ran_at: datetime | None
    added: int
    changed: int
    unchanged: int
    refused: int
    gone: int
    failure: str
    running: bool


class HarvestedOut(BaseModel):
    """What became of one dataset."""

    uri: str
    title: str
    item_id: UUID | None
    item_code: str
    draft: bool = Field(description="its item waits to be completed and submitted")
    state: str
    said: str
    seen_at: datetime
