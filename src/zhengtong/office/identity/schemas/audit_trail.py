"""The audit trail over the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class Party(BaseModel):
    """Who acted."""

    id: UUID
    kind: str
    name: str


class Thing(BaseModel):
    """What it was done to."""

    kind: str
    id: str
    name: str


class AuditLine(BaseModel):
    """One deed in the list."""

    seq: int
    at: datetime
    actor: Party
    acting_for: UUID | None
    department_id: UUID | None
    action: str
    zh: str = Field(description="the deed in Chinese")
    en: str = Field(description="the deed in English")
    thing: Thing
    changed: list[str] = Field(description="names of what changed")
    address: str
    request_id: str


class Named(BaseModel):
    """What an id or a code is called."""

    zh: str
    en: str


class Difference(BaseModel):
    """One thing that changed."""

    field: str
    before: Any
    after: Any


class AuditDetail(AuditLine):
    """One deed with what it changed."""

    diff: list[Difference]
    names: dict[str, Named] = Field(
        description="what the ids and codes in the diff are called, as far as it is known now"
    )


class AuditAction(BaseModel):
    """A kind of deed."""

    action: str
    zh: str
    en: str


class AuditActions(BaseModel):
    items: list[AuditAction]
