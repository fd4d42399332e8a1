"""What several pages speak of."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300, pattern=r"^[^\x00]*$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00]*$")]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class EntityText(BaseModel):
    """A label in both languages."""

    zh: str
    en: str


class EntityItem(BaseModel):
    """An item of the catalogue."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    department: str
    department_en: str
