"""Questions and objections of the persons whose data were used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id


class Doubt(Base):
    """A resident or firm asks about one use of their data, or objects to it; the consumer's department answers in the law's days.

    `kind`: question | objection. `state`: open | answered. `clock_id`: the statutory clock. `receipt_id`: the use it is about.
    """

    __tablename__ = "gateway_doubt"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    subject_name: Mapped[str] = mapped_column(String(100))
    receipt_id: Mapped[UUID]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    said: Mapped[str] = mapped_column(String(1000))
    answer: Mapped[str] = mapped_column(String(2000), default="")
    outcome: Mapped[str] = mapped_column(String(20), default="")
    clock_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "subject_id"), Index(None, "department_id", "state"), Index(None, "receipt_id"))
