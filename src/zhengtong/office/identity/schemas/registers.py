"""Residents and firms over the wire. Numbers go out masked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.office.identity.schemas.people import Phone
from zhengtong.office.identity.schemas.words import ONE_LINE, Code, In, Line, Name, Reason
from zhengtong.office.identity.tables import Firm

IdNumberText = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=18, pattern=ONE_LINE)]


class ResidentOut(BaseModel):
    """A resident as a page may show them."""

    id: UUID
    version: int
    name: str
    id_number_masked: str
    phone_masked: str
    active: bool
    checked_at: datetime | None = Field(description="when the name and number were checked")
    abilities: dict[str, bool]


class NewResident(In):
    name: Name
    id_number: IdNumberText
    phone: Phone | None = None


class Purpose(In):
    """For what the whole number is needed; goes into the audit."""

    purpose: Reason


class IdNumberOut(BaseModel):
    id_number: str


class FirmOut(BaseModel):
    """A firm."""

    id: UUID
    version: int
    name: str
    code: str
    legal_person: str
    phone: str | None
    active: bool
    checked_at: datetime | None
    abilities: dict[str, bool]

    @classmethod
    def of(cls, firm: Firm) -> "FirmOut":
        names = ("id", "version", "name", "code", "legal_person", "phone", "active", "checked_at")
        return cls(**{name: getattr(firm, name) for name in names}, abilities={})


class NewFirm(In):
    name: Name
    code: Code
    legal_person: Line = ""
    phone: Phone | None = None
