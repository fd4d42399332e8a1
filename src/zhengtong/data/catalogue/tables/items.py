"""Items and their fields as they hold now, every version of what they said, and the counters of their codes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhengtong.data import standards
from zhengtong.data.catalogue.rules import State, VersionState
from zhengtong.kernel.db import Base, Id
from zhengtong.office import identity


def one_of(words: type[StrEnum]) -> Enum:
    """A column that holds one of the words."""
    return Enum(words, native_enum=False, length=30, values_callable=lambda known: [word.value for word in known])


class Item(Base):
    """One item of the catalogue (数据项). Its metadata are those in force; before the first publication, the draft's.

    `in_force`, `draft`: numbers of those versions. `level`: the strictest field's, or higher. `table`: its table in the lake.
    `due_at`: until when the next batch is promised; `overdue_since` is set once that has passed unkept. `origin`: registered |
    imported | proposed | external. `proposed`: what a proposal noticed (duplicates, the source).
    """

    __tablename__ = "catalogue_item"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    spelling: Mapped[str] = mapped_column(String(600))
    abstract: Mapped[str] = mapped_column(String(2000))
    class_code: Mapped[str] = mapped_column(String(20))
    format: Mapped[str] = mapped_column(String(30))
    resource_type: Mapped[str] = mapped_column(String(30))
    share_type: Mapped[str] = mapped_column(String(30))
    share_condition: Mapped[str] = mapped_column(String(1000))
    share_method: Mapped[str] = mapped_column(String(30))
    share_basis: Mapped[str] = mapped_column(String(30))
    share_basis_text: Mapped[str] = mapped_column(String(500))
    open_type: Mapped[str] = mapped_column(String(30))
    open_condition: Mapped[str] = mapped_column(String(1000))
    channel: Mapped[str] = mapped_column(String(30))
    update_cycle: Mapped[str] = mapped_column(String(30))
    related: Mapped[list[str]]
    level: Mapped[standards.Level] = mapped_column(one_of(standards.Level))
    state: Mapped[State] = mapped_column(one_of(State))
    in_force: Mapped[int | None]
    draft: Mapped[int | None]
    draft_state: Mapped[VersionState | None] = mapped_column(one_of(VersionState))
    table: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(String(20), default="registered")
    proposed: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    last_batch_at: Mapped[datetime | None]
    last_batch_id: Mapped[UUID | None]
    rows: Mapped[int | None]
    due_at: Mapped[datetime | None]
    overdue_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[identity.Department] = relationship(lazy="joined", innerjoin=True, viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "department_id", "state"),
        Index(None, "state", "code"),
        Index(None, "name_zh"),
        Index(None, "due_at"),
        Index(None, "draft_state"),
    )

    @property
    def is_live(self) -> bool:
        """True when the item is in the published catalogue."""
        return self.state in State.live()


class Field(Base):
    """One field (信息项) of an item as it holds now; before the first publication, the draft's. `place` from 0."""

    __tablename__ = "catalogue_field"

    id: Mapped[Id]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(63))
    name_zh: Mapped[str] = mapped_column(String(100))
    type: Mapped[standards.Type] = mapped_column(one_of(standards.Type))
    length: Mapped[int | None]
    precision: Mapped[int | None]
    element_code: Mapped[str] = mapped_column(String(20), default="")
    element_version: Mapped[int | None]
    code_list: Mapped[str] = mapped_column(String(60), default="")
    is_key: Mapped[bool]
    required: Mapped[bool]
    level: Mapped[standards.Level] = mapped_column(one_of(standards.Level))
    meaning: Mapped[str] = mapped_column(String(1000), default="")

    __table_args__ = (UniqueConstraint("item_id", "name"), Index(None, "element_code"), Index(None, "name_zh"))


class ItemVersion(Base):
    """One version of what an item says. Once published its content is never edited."""

    __tablename__ = "catalogue_item_version"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[VersionState] = mapped_column(one_of(VersionState))
    content: Mapped[dict[str, Any]]
    breaking: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_by_name: Mapped[str] = mapped_column(String(100))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    submitted_by_name: Mapped[str] = mapped_column(String(100), default="")
    reviewed_at: Mapped[datetime | None]
    reviewed_by_name: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CodeCounter(Base):
    """The last number given within a class; gaps are allowed."""

    __tablename__ = "catalogue_code_counter"

    class_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int]
