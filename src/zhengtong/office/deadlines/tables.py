"""What is kept: clocks and the terms they started under, their evidence, loaded calendar years, rule packs in force."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhengtong.kernel import audit
from zhengtong.kernel.db import Base, Id
from zhengtong.office.deadlines.rules import EntryKind, Status

Serial = BigInteger().with_variant(Integer(), "sqlite")


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Terms(Base):
    """A rule as it read when clocks were started under it. `id` is the digest of its content: later packs change nothing here."""

    __tablename__ = "clock_terms"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule: Mapped[str] = mapped_column(String(80), index=True)
    pack: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]


class Clock(Base):
    """A clock on a duty. `due_at` is empty while it is stopped, or unknown for want of `unknown_year`.

    `next_at`: when time alone will next do something to it. `sorts_at`: `due_at`, or the end of time, to sort by.
    """

    __tablename__ = "clock"

    id: Mapped[Id]
    terms_id: Mapped[str] = mapped_column(ForeignKey("clock_terms.id"))
    rule: Mapped[str] = mapped_column(String(80))
    about_kind: Mapped[str] = mapped_column(String(60))
    about_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    link: Mapped[str] = mapped_column(String(300), default="")
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by_hand: Mapped[bool] = mapped_column(server_default=false(), default=False)
    started_at: Mapped[datetime]
    limit: Mapped[int]
    status: Mapped[Status] = mapped_column(_one_of(Status))
    extended: Mapped[int] = mapped_column(default=0)
    extensions: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    warned: Mapped[bool] = mapped_column(default=False)
    step: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    unknown_year: Mapped[int | None]
    next_at: Mapped[datetime | None]
    sorts_at: Mapped[datetime]

    terms: Mapped[Terms] = relationship(lazy="joined", innerjoin=True)
    __table_args__ = (
        Index(None, "next_at"),
        Index(None, "about_kind", "about_id"),
        Index(None, "department_id", "status", "sorts_at"),
        Index(None, "person_id", "status", "sorts_at"),
        Index(None, "status", "sorts_at", "id"),
        Index(None, "unknown_year"),
        CheckConstraint('"limit" > 0', "limit_counts"),
    )


class ClockEntry(Base):
    """The evidence of one change of a clock: who, when in law and when it was written down, why, the end before and after."""

    __tablename__ = "clock_entry"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clock.id"))
    kind: Mapped[EntryKind] = mapped_column(_one_of(EntryKind))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[UUID]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_name: Mapped[str] = mapped_column(String(100))
    acting_for: Mapped[UUID | None]
    due_before: Mapped[datetime | None]
    unknown_before: Mapped[int | None]
    due_after: Mapped[datetime | None]
    unknown_after: Mapped[int | None]
    amount: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")
    ground: Mapped[str] = mapped_column(String(60), default="")
    approval: Mapped[str] = mapped_column(String(300), default="")
    step_to: Mapped[str] = mapped_column(String(40), default="")

    __table_args__ = (Index(None, "clock_id", "seq"),)


audit.append_only(ClockEntry)


class Layer(StrEnum):
    """Whose calendar: the State Council's, or days the city itself adds (a typhoon, a local holiday)."""

    NATIONAL = "national"
    CITY = "city"


class CalendarYear(Base):
    """A year's notice that was loaded here. A newer one replaces it; the old one stays, marked."""

    __tablename__ = "calendar_year"

    id: Mapped[Id]
    year: Mapped[int]
    layer: Mapped[Layer] = mapped_column(_one_of(Layer))
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[UUID]
    loaded_by_name: Mapped[str] = mapped_column(String(100))
    replaced_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "year", "layer", "replaced_at"),)

    @property
    def name(self) -> str:
        return f"{self.year} {self.layer}"


class RulePack(Base):
    """A rule pack that was put in force here. `position`: later ones override. Retired ones stay, marked."""

    __tablename__ = "rule_pack"

    id: Mapped[Id]
    pack: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    put_at: Mapped[datetime]
    put_by: Mapped[UUID]
    put_by_name: Mapped[str] = mapped_column(String(100))
    retired_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "retired_at", "position"), Index(None, "pack"))

    @property
    def name(self) -> str:
        return self.pack
