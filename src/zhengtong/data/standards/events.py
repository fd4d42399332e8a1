"""What standards announces: the rooms above check data and draw forms by them."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class ElementPublished(Event):
    """Version `number` of an element is in force from now on."""

    type: ClassVar[str] = "standards.element_published@1"
    element_id: UUID
    code: str
    number: int


@dataclass(frozen=True)
class ElementRetired(Event):
    type: ClassVar[str] = "standards.element_retired@1"
    element_id: UUID
    code: str
    reason: str


@dataclass(frozen=True)
class CodeListChanged(Event):
    """A code list has a new edition: how many codes were added, changed, ended."""

    type: ClassVar[str] = "standards.code_list_changed@1"
    list_key: str
    edition: int
    added: int
    changed: int
    ended: int


EVENTS = (ElementPublished, ElementRetired, CodeListChanged)
