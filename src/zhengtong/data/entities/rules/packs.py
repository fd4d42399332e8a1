"""A pack (YAML): which items feed the registers, and which contradictions between them are looked for.

Tables are named in the pack (`civil.relief`) and bound to items of the catalogue when it is put in place.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from zhengtong.data.entities.rules.comparing import ATTRIBUTES, Kind
from zhengtong.kernel import assets

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,60}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Scalar = str | int
RANKS = 9


class Part(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    zh: Line
    en: Line


class FeedSpec(Part):
    """What an item tells a register."""

    table: TableName
    kind: Kind
    key: tuple[FieldName, ...] = Field(min_length=1, max_length=4)
    fields: dict[str, FieldName]
    trust: dict[str, int] = {}
    order: FieldName | Literal[""] = ""

    @model_validator(mode="after")
    def _known(self) -> "FeedSpec":
        faults = feed_faults(self.kind, self.fields, self.trust)
        if faults:
            raise ValueError("; ".join(faults))
        return self


def feed_faults(kind: Kind, fields: Mapping[str, str], trust: Mapping[str, int]) -> list[str]:
    """What is wrong with a mapping: attributes that the register does not have, no name, ranks out of bounds."""
    unknown = sorted({*fields, *trust} - set(ATTRIBUTES[kind]))
    faults = [f"{kind.value} has no attribute {name}" for name in unknown]
    if "name" not in fields:
        faults.append("a name is needed")
    return faults + [f"trust of {name} is 1 to {RANKS}" for name, rank in trust.items() if not 1 <= rank <= RANKS]


class Where(Part):
    """A condition on one field; a row that does not say fails it, but for `absent`."""

    field: FieldName
    is_in: tuple[Scalar, ...] | None = Field(None, alias="in")
    at_least: int | None = None
    at_most: int | None = None
    present: bool = False
    absent: bool = False


class Shown(Part):
    """A field of the evidence and how it is shown; names, numbers, telephones and addresses of persons are masked."""

    field: FieldName
    zh: Line
    en: Line
    form: Literal["text", "yuan", "day", "month", "name", "code", "phone", "address", "firm"] = Field(
        "text", alias="as"
    )


class Side(Part):
    """Rows of one bureau that say something of a being, and for which days.

    `subject`: the field with its code number; `by: row` finds the being by the row itself, for a table that feeds the register.
    Days: `since`/`until` (a row without `until` holds still), all days `after` one, a `month` (YYYYMM), or a `day`.
    None: holds always.
    """

    table: TableName
    zh: Line
    en: Line
    subject: FieldName
    by: Literal["code", "row"] = "code"
    where: tuple[Where, ...] = ()
    since: FieldName | None = None
    until: FieldName | None = None
    after: FieldName | None = None
    month: FieldName | None = None
    day: FieldName | None = None
    show: tuple[Shown, ...] = Field(min_length=1, max_length=8)


class RuleSpec(Part):
    """A contradiction: two sides that cannot both hold of one being on the same days."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    zh: Line
    en: Line
    why: Text
    kind: Kind
    followed_by: TableName = Field(description="the table whose department follows leads up")
    deadline: str = "sharing.correction"
    left: Side
    right: Side
    overlap: bool = True
    least_rows: int = Field(1, ge=1, le=1000, description="rows of the right side that overlap, at least")

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.left.table, self.right.table, self.followed_by)))


def kept_rule(content: Mapping[str, Any]) -> RuleSpec:
    """A rule as a city keeps it; what an earlier release wrote into it and this one does not know is passed over."""
    return RuleSpec.model_validate(content, extra="ignore")


class Pack(Part):
    """The file."""

    format: Literal["entities@1"]
    pack: str
    zh: Line
    en: Line
    items: dict[TableName, str] = {}
    feeds: tuple[FeedSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()


class PackWrong(ValueError):
    """The pack cannot be read; says where and why."""


def read_pack(text: str) -> Pack:
    """The pack in a YAML text. Raises PackWrong."""
    try:
        told: Any = assets.load_yaml(text)
        return Pack.model_validate(told)
    except yaml.YAMLError as wrong:
        raise PackWrong(str(wrong).splitlines()[0]) from wrong
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        raise PackWrong(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from wrong
