"""Kinds of text that go over the wire: trimmed, bounded, no control characters."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30, pattern=ONE_LINE)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=ONE_LINE)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300, pattern=PRINTABLE)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=18, pattern=ONE_LINE)]
RoleKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
PermissionName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9_.]+$")]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
