"""How text is looked for."""

from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute


def spelled(column: InstrumentedAttribute[str], text: str) -> ColumnElement[Any]:
    """True where the pinyin, or its initials, begins with the text."""
    letters = text.replace(" ", "").lower()
    return or_(
        column.startswith(letters, autoescape=True),
        column.contains(" " + letters, autoescape=True),
    )
