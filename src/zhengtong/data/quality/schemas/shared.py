"""What several answers are made of."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000, pattern=r"^[^\x00]*$")]
ShortReason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300, pattern=r"^[^\x00]*$")
]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class BothLanguages(BaseModel):
    """A label in both languages."""

    zh: str
    en: str


class QualityDepartment(BaseModel):
    """A department, by name."""

    id: UUID
    name_zh: str
    name_en: str


class QualityItem(BaseModel):
    """An item of the catalogue, by name."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    department: QualityDepartment


class RevealPurpose(In):
    """What whole values are needed for; it stands in the audit trail."""

    purpose: Reason
