"""Failing rows over the wire."""

from uuid import UUID

from pydantic import BaseModel


class FailingRow(BaseModel):
    """A failing row: which batch and which row of it; the key fields and the fields that the rule reads."""

    batch_id: str
    row: int
    values: list[str | None]


class FailingField(BaseModel):
    name: str
    name_zh: str
    masked: bool


class FailingRowsOut(BaseModel):
    """Some of the rows that fail a rule, of how many."""

    rule_id: UUID | None
    failed: int
    fields: list[FailingField]
    rows: list[FailingRow]
