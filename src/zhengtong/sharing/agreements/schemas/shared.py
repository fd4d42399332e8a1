"""What several answers are made of."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
NO_NUL = r"^[^\x00]*$"
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200, pattern=ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=ONE_LINE)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000, pattern=NO_NUL)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=NO_NUL)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
Tone = Literal["calm", "soon", "late", "stopped", "done", "unknown"]
ENDS_SOON_DAYS = 30


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class SaidIn(In):
    """Words to a deed."""

    said: Said = ""


class BothWords(BaseModel):
    """A label in both languages."""

    zh: str
    en: str


class PartyRef(BaseModel):
    """A department, by name."""

    id: UUID
    name_zh: str
    name_en: str
    short_name: str


class SharedItem(BaseModel):
    """An item of the catalogue, by name."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    level: str
    share_type: str


class DutyClock(BaseModel):
    """How a deadline stands."""

    words: BothWords
    share: float
    tone: Tone
    due_at: datetime | None
    limit: int
    unit: str
    verified: bool
    source: str
    article: str


class DeedOut(BaseModel):
    """One deed, who did it, and where it stands on the ledger. `index`: null while it is not there, or is none of its entries."""

    at: datetime
    deed: str
    label: BothWords
    state: str
    by: str
    department: PartyRef | None
    said: str
    facts: dict[str, Any]
    index: int | None


class Sentence(BaseModel):
    """One line of the contract in words."""

    key: str
    label: BothWords
    words: BothWords
