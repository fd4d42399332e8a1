"""What is kept: rules and their versions, measurements and what each rule found, how items stand, correction tickets."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.quality.rules import Dimension, Ending, Form, Severity, State
from zhengtong.kernel import audit
from zhengtong.kernel.db import Base, Id


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class QualityRule(Base):
    """A rule of an item. `mark`: which part of the standards it is derived from; empty for a rule of somebody's own.

    `content`: what it says (rules.Rule); what is searched by is repeated. `ended_at`: it is no longer measured nor shown.
    """

    __tablename__ = "quality_rule"

    id: Mapped[Id]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    mark: Mapped[str | None] = mapped_column(String(120))
    form: Mapped[Form] = mapped_column(_one_of(Form))
    dimension: Mapped[Dimension] = mapped_column(_one_of(Dimension))
    severity: Mapped[Severity] = mapped_column(_one_of(Severity))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(300))
    content: Mapped[dict[str, Any]]
    on: Mapped[bool] = mapped_column(default=True)
    adjusted: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_by_name: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (UniqueConstraint("item_id", "mark"),)


class QualityRuleVersion(Base):
    """A rule as it read at one of its versions; never edited."""

    __tablename__ = "quality_rule_version"

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("quality_rule.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    on: Mapped[bool]
    at: Mapped[datetime]
    by: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(300), default="")


class Measurement(Base):
    """One measurement of an item: its whole table at a version and, when a batch caused it, that batch.

    Scores are hundredths of a point (0–10000). `month`: of the city's time, YYYY-MM. `cause`: batch | demand | night.
    """

    __tablename__ = "quality_measurement"

    id: Mapped[Id]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    batch_id: Mapped[UUID | None] = mapped_column(unique=True)
    cause: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    month: Mapped[str] = mapped_column(String(7))
    table_version: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    batch_rows: Mapped[int] = mapped_column(BigInteger)
    judged: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int | None]
    batch_score: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(20))
    dimensions: Mapped[dict[str, Any]]
    engine: Mapped[str] = mapped_column(String(20))
    took_ms: Mapped[int]

    __table_args__ = (Index(None, "item_id", "at"),)


class Result(Base):
    """What one rule found in one measurement."""

    __tablename__ = "quality_result"

    measurement_id: Mapped[UUID] = mapped_column(ForeignKey("quality_measurement.id"), primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("quality_rule.id"), primary_key=True)
    rule_version: Mapped[int]
    judged: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    batch_judged: Mapped[int] = mapped_column(BigInteger)
    batch_passed: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "rule_id"),)


class Standing(Base):
    """How an item stands: its latest measurement, and the score of the one before. `failing`: rules below what they bear."""

    __tablename__ = "quality_standing"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    measurement_id: Mapped[UUID] = mapped_column(ForeignKey("quality_measurement.id"))
    at: Mapped[datetime]
    score: Mapped[int]
    before: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int] = mapped_column(BigInteger)
    judged: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    failing: Mapped[int]

    __table_args__ = (Index(None, "score"),)


class MonthStanding(Base):
    """An item's last measurement of a month, under the department that owned it then."""

    __tablename__ = "quality_month_standing"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    at: Mapped[datetime]
    score: Mapped[int]
    grade: Mapped[str] = mapped_column(String(20))
    judged: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "month", "department_id"),)


class Ticket(Base):
    """A correction asked of the department that owns an item (校核). `rule_id`: the rule that failed; empty when a person asked.

    `department_id`: who must answer. `judged`, `passed`: what the rule found last. `clock_id`: the deadline that runs or ran.
    """

    __tablename__ = "quality_ticket"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("quality_rule.id"))
    rule_version: Mapped[int | None]
    state: Mapped[State] = mapped_column(_one_of(State))
    outcome: Mapped[Ending] = mapped_column(_one_of(Ending), default=Ending.NONE)
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(1000))
    raised_by: Mapped[UUID]
    raised_by_name: Mapped[str] = mapped_column(String(100))
    raised_department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    judged: Mapped[int | None] = mapped_column(BigInteger)
    passed: Mapped[int | None] = mapped_column(BigInteger)
    reopened: Mapped[int] = mapped_column(default=0)
    clock_id: Mapped[UUID | None] = mapped_column(ForeignKey("clock.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "state", "opened_at"),
        Index(None, "department_id", "state"),
        Index(None, "item_id", "state"),
        Index(None, "rule_id"),
        Index(None, "raised_department_id"),
    )

    @property
    def name(self) -> str:
        return f"{self.number} {self.title}"


class TicketEntry(Base):
    """One deed on a ticket, with what was said and found: the evidence, append-only."""

    __tablename__ = "quality_ticket_entry"

    id: Mapped[Id]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("quality_ticket.id"))
    at: Mapped[datetime]
    deed: Mapped[str] = mapped_column(String(20))
    state: Mapped[State] = mapped_column(_one_of(State))
    by: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    department_id: Mapped[UUID | None]
    said: Mapped[str] = mapped_column(String(1000))
    facts: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "ticket_id", "at"),)


class TicketCounter(Base):
    """The last ticket number of a year; gaps are allowed."""

    __tablename__ = "quality_ticket_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


audit.append_only(TicketEntry)
