"""How a change is made so that it can be told: what was, what is."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

Told = dict[str, Any]


def edit(thing: object, values: Mapping[str, Any]) -> tuple[Told, Told]:
    """This will set the values on the thing and return (before, after) of those that differ, as JSON values."""
    before: Told = {}
    after: Told = {}
    for name, value in values.items():
        present = getattr(thing, name)
        if present != value:
            before[name], after[name] = told(present), told(value)
            setattr(thing, name, value)
    return before, after


def told(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
