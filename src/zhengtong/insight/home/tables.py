"""What is kept: a day's sums by figure and department, and what is told of the day."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Date, Enum, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.insight.home.rules import Figure, Kind
from zhengtong.kernel.db import Base, Id


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Tally(Base):
    """Of a day, a figure and a department: `good` of `whole`. `day`: the law's day, in Asia/Shanghai."""

    __tablename__ = "home_tally"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    figure: Mapped[Figure] = mapped_column(_one_of(Figure), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), primary_key=True)
    good: Mapped[int] = mapped_column(BigInteger)
    whole: Mapped[int] = mapped_column(BigInteger)


class Happening(Base):
    """One line of the day, of `count` like things that came close together.

    `name`: a number or a thing's name, never a person's; `department_id`: whose it is; empty: the city's.
    """

    __tablename__ = "home_happening"

    id: Mapped[Id]
    at: Mapped[datetime]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    name: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(default=1)
    link: Mapped[str] = mapped_column(String(300))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))

    __table_args__ = (Index(None, "at", "id"), Index(None, "department_id", "at"))
