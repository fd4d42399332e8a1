"""What is kept: each person's notices, the letters they caused, how each person wants to be told, announcements."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id
from zhengtong.office.notices.rules import Channel, LetterLanguage, State, Urgency


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=12, values_callable=lambda known: [word.value for word in known])


class Notice(Base):
    """One notice to one person: its kind and parameters; the sentences are made at reading.

    `seq` counts each person's notices without a gap, in the order of their commits (null until then): a reader who has
    seen 9 has missed nothing before it. `mark`: what is told once.
    """

    __tablename__ = "notice"

    id: Mapped[Id]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(80))
    parameters: Mapped[dict[str, Any]]
    urgency: Mapped[Urgency] = mapped_column(_one_of(Urgency))
    link: Mapped[str | None] = mapped_column(String(500))
    mark: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("subject_id", "mark"),
        UniqueConstraint("subject_id", "seq"),
        Index(None, "mark"),
        Index(None, "subject_id", "created_at", "id"),
        Index(
            "ix_notice_unnumbered",
            "subject_id",
            "id",
            sqlite_where=text("seq IS NULL"),
            postgresql_where=text("seq IS NULL"),
        ),
        Index("ix_notice_unread", "subject_id", "read_at", "withdrawn_at"),
    )


class NoticeCount(Base):
    """The last `seq` given to a person."""

    __tablename__ = "notice_count"

    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class Delivery(Base):
    """One notice on its way out of the page. Those of one `letter_id` go as one letter, whose Message-ID is made of it.

    `attempts` counts all tries; `repeats` those after a crash, when it is not known whether the try before arrived.
    """

    __tablename__ = "notice_delivery"

    id: Mapped[Id]
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    letter_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[Channel] = mapped_column(_one_of(Channel))
    state: Mapped[State] = mapped_column(_one_of(State))
    due_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    target: Mapped[str | None] = mapped_column(String(254))
    message_id: Mapped[str | None] = mapped_column(String(254))
    reason_zh: Mapped[str | None] = mapped_column(String(500))
    reason_en: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "subject_id", "state"),
        Index(None, "queued_at", "id"),
    )


class NoticeHabits(Base):
    """How one person wants to be told. Times are `HH:MM` of the city's day; `choices`: {kind: {mail, sms}}."""

    __tablename__ = "notice_habits"

    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    language: Mapped[LetterLanguage] = mapped_column(_one_of(LetterLanguage))
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    digest_hour: Mapped[int]
    choices: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (CheckConstraint("digest_hour between 0 and 23", "digest_hour_of_day"),)

    @property
    def id(self) -> UUID:
        return self.subject_id


class Broadcast(Base):
    """An announcement by an administrator to all who hold posts in some departments or roles.

    `department_id` is where its author stood; `sending` until everyone has been told.
    """

    __tablename__ = "broadcast"

    id: Mapped[Id]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(String(4000))
    sender: Mapped[str] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(500))
    urgency: Mapped[Urgency] = mapped_column(_one_of(Urgency))
    audience: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="sending")
    people: Mapped[int]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        CheckConstraint("state in ('sending', 'sent', 'withdrawn')", "state_known"),
        Index(None, "created_at", "id"),
    )

    @property
    def name(self) -> str:
        return self.title
