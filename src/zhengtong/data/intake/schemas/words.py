"""What is sent to us, and the words it is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300, pattern=r"^[^\x00]*$")]
SourceCode = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9.\-]{1,58})?$")]
FieldName = Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z][a-z0-9_]*$")]
ColumnName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Secret = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WordsOut(BaseModel):
    """A sentence in both languages."""

    zh: str
    en: str


class Told(WordsOut):
    """Why something is so: a stable code, and the sentence."""

    code: str
