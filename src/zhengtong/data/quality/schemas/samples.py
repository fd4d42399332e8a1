"""Failing rows over the wire."""

from uuid import UUID

from pydantic import BaseModel


class SampleRow(BaseModel):
    """A failing row: which batch and which row of it; the key fields and the fields that the rule reads."""

    batch_id: str
    row: int
    values: list[str | None]


class SampleField(BaseModel):
    name: str
    name_zh: str
    masked: bool


class SamplesOut(BaseModel):
    """Some of the rows that fail a rule, of how many."""

    rule_id: UUID | None
    failed: int
    fields: list[SampleField]
    rows: list[SampleRow]
