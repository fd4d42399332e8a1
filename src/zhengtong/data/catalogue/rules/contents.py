"""What an item says: its metadata and its fields, as one value that a version keeps."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldContent:
    """One field (信息项). `name`: as in the lake; `type`: a letter of standards.Type; `level`: of standards.Level."""

    name: str
    name_zh: str
    type: str
    level: str
    length: int | None = None
    precision: int | None = None
    element_code: str = ""
    element_version: int | None = None
    code_list: str = ""
    is_key: bool = False
    required: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """One version's content. Words are the keys of rules/catalogue/words.yaml; `level` empty: the strictest field's."""

    name_zh: str
    name_en: str = ""
    abstract: str = ""
    class_code: str = ""
    format: str = "database"
    resource_type: str = "table"
    share_type: str = "conditional"
    share_condition: str = ""
    share_method: str = "service"
    share_basis: str = ""
    share_basis_text: str = ""
    open_type: str = "disallowed"
    open_condition: str = ""
    channel: str = "government"
    update_cycle: str = "on_demand"
    level: str = ""
    related: tuple[str, ...] = ()
    fields: tuple[FieldContent, ...] = field(default=())

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        fields = [{name: getattr(one, name) for name in FIELD_NAMES} for one in self.fields]
        told: dict[str, Any] = {name: getattr(self, name) for name in METADATA}
        return {**told, "related": list(self.related), "fields": fields}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Content":
        """What `told` kept."""
        fields = tuple(FieldContent(**one) for one in told["fields"])
        return cls(**{**told, "related": tuple(told["related"]), "fields": fields})


FIELD_NAMES = tuple(one.name for one in dataclasses.fields(FieldContent))
METADATA = tuple(one.name for one in dataclasses.fields(Content) if one.name not in ("fields", "related"))
