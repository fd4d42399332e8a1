"""What is kept: data elements and their versions, who uses them, code lists and their codes by edition."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.standards.rules import Level, State, Type
from zhengtong.kernel.db import Base, Id


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Element(Base):
    """A data element. What it says stands in its versions; the names, type and level of the shown one are repeated to search by.

    `in_force`, `draft`: the numbers of those versions.
    """

    __tablename__ = "data_element"

    id: Mapped[Id]
    serial: Mapped[int] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    spelling: Mapped[str] = mapped_column(String(600))
    type: Mapped[Type] = mapped_column(_one_of(Type))
    level: Mapped[Level] = mapped_column(_one_of(Level))
    state: Mapped[State] = mapped_column(_one_of(State))
    in_force: Mapped[int | None]
    draft: Mapped[int | None]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "state", "code"), Index(None, "name_zh"))


class ElementVersion(Base):
    """One version of an element. Once published its content is never edited."""

    __tablename__ = "data_element_version"

    element_id: Mapped[UUID] = mapped_column(ForeignKey("data_element.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[State] = mapped_column(_one_of(State))
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_by_name: Mapped[str] = mapped_column(String(100))
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")


class ElementUse(Base):
    """Something of another room that is built on an element."""

    __tablename__ = "data_element_use"

    element_id: Mapped[UUID] = mapped_column(ForeignKey("data_element.id"), primary_key=True)
    about_kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    about_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class CodeList(Base):
    """A code list. `edition` counts its changes; 0 has no codes yet."""

    __tablename__ = "code_list"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60), unique=True)
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    spelling: Mapped[str] = mapped_column(String(600))
    source: Mapped[str] = mapped_column(String(200))
    edition: Mapped[int] = mapped_column(default=0)
    count: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Code(Base):
    """A code as it read from edition `since` until before edition `until` (empty: still)."""

    __tablename__ = "code"

    id: Mapped[Id]
    list_id: Mapped[UUID] = mapped_column(ForeignKey("code_list.id"))
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    parent: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    since: Mapped[int]
    until: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("list_id", "code", "valid_from", "since"),
        Index(None, "list_id", "parent"),
    )
