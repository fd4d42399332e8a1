"""What is kept of signing in: factors, sessions, one-time links, counts of failures. No secret is kept as it is: passwords by
argon2id, tokens and codes by digest, TOTP secrets and call keys sealed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.engines.crypto import Purpose
from zhengtong.engines.sealing import sealed
from zhengtong.kernel.db import Base, Id, new_id
from zhengtong.office.identity.rules.sessions import Method, Stage


def one_of(words: type[StrEnum]) -> Enum:
    """A column that holds one of these words, checked by the program and readable in the database."""
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Password(Base):
    """The password of a subject, as an argon2id hash with its parameters."""

    __tablename__ = "password"

    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]


class Totp(Base):
    """A time-based one-time code generator (RFC 6238); `confirmed_at` is empty until its first code was shown.

    `last_counter` is the time step last used, so that no code works twice.
    """

    __tablename__ = "totp"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    secret: Mapped[bytes] = mapped_column(LargeBinary, info=sealed(Purpose.CREDENTIALS))
    last_counter: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject_id"),)


class Passkey(Base):
    """A WebAuthn credential that verifies its user: two factors at once."""

    __tablename__ = "passkey"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    credential: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str]
    transports: Mapped[list[str]]
    backed_up: Mapped[bool]
    added_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject_id"),)


class RecoveryCode(Base):
    """The digest of a code that stands for the second factor once."""

    __tablename__ = "recovery_code"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject_id"),)


class LoginSession(Base):
    """A sign-in, from its first factor to its end. The token itself is known to the browser alone."""

    __tablename__ = "login_session"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    stage: Mapped[Stage] = mapped_column(one_of(Stage))
    method: Mapped[Method] = mapped_column(one_of(Method))
    second_factor_at: Mapped[datetime | None]
    post_id: Mapped[UUID | None]
    acting_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    key_id: Mapped[UUID | None]
    call_key: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed(Purpose.CREDENTIALS))
    user_agent: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject_id", "ended_at"), Index(None, "ends_at"))


class KnownDevice(Base):
    """A browser from which a subject has signed in fully: its own count of failures, and no notice of a new device."""

    __tablename__ = "known_device"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("subject_id", "token_hash"), Index(None, "last_seen_at"))


class FailureCount(Base):
    """How often sign-ins of one bucket have failed lately (rules/throttling.py)."""

    __tablename__ = "failure_count"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class Flow(Base):
    """A step that waits for its answer: a passkey's challenge, a visit to the city's identity provider. Taken once."""

    __tablename__ = "sign_in_flow"

    owner: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ends_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Base):
    """A link to set up an account; `subject_id` is empty for the first administrator's."""

    __tablename__ = "one_time_link"

    id: Mapped[Id] = mapped_column(default=new_id)
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject_id"),)


class ExternalAccount(Base):
    """An account at the city's identity provider, linked to a subject by the provider's own identifier."""

    __tablename__ = "external_account"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    linked_at: Mapped[datetime]

    __table_args__ = (Index(None, "subject_id"),)


class Language(Base):
    """The language a subject reads the pages in."""

    __tablename__ = "language"

    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    language: Mapped[str]
