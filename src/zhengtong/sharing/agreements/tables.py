"""What is kept: applications, agreements and each version of their terms, seals, disputes, wishes, and what was done to each."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhengtong.data import catalogue
from zhengtong.kernel import audit
from zhengtong.kernel.db import Base, Id
from zhengtong.office import deadlines, identity
from zhengtong.sharing.agreements.rules import Kind, State, Status, Step

_CLOCK = deadlines.Clock.__tablename__


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Application(Base):
    """A department asks to use an item. `terms`: what it asks for; `granted`: what the provider agreed to.

    `reasons`: by field, why it is needed. `scene`, `basis`: where and on what ground it is used. `clock_id`: the answer's or the
    provision's clock. `unconditional`: it is authorised without the provider's answer.
    """

    __tablename__ = "agreements_application"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[Kind] = mapped_column(_one_of(Kind), default=Kind.NEW)
    state: Mapped[State] = mapped_column(_one_of(State))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements_agreement.id"))
    unconditional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str] = mapped_column(String(500))
    scene: Mapped[str] = mapped_column(String(1000))
    responsible_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    responsible_name: Mapped[str] = mapped_column(String(100), default="")
    terms: Mapped[dict[str, Any]]
    granted: Mapped[dict[str, Any] | None]
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warranted: Mapped[bool] = mapped_column(default=False)
    checklist: Mapped[list[str]] = mapped_column(default=list)
    refusal_basis: Mapped[str] = mapped_column(String(30), default="")
    refusal_law: Mapped[str] = mapped_column(String(500), default="")
    clock_id: Mapped[UUID | None] = mapped_column(ForeignKey(f"{_CLOCK}.id"))
    created_by: Mapped[UUID]
    created_by_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    item: Mapped[catalogue.Item] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "department_id", "state", "changed_at"),
        Index(None, "provider_id", "state", "changed_at"),
        Index(None, "item_id"),
        Index(None, "agreement_id"),
        Index(None, "state", "changed_at"),
    )

    @property
    def name(self) -> str:
        return self.number


class Agreement(Base):
    """An agreement between a provider and a consumer. Its state is the ledger's; kept here so that lists can be read.

    `terms_version`: the newest version of its terms; `in_force`: the one that holds now. `awaits`: an entry of it waits for consensus.
    """

    __tablename__ = "agreements_agreement"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    status: Mapped[Status] = mapped_column(_one_of(Status))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    succeeds_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements_agreement.id"))
    terms_version: Mapped[int]
    in_force: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    awaits: Mapped[bool] = mapped_column(default=False)
    stopped_by: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    reminded_on: Mapped[date | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    item: Mapped[catalogue.Item] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    provider: Mapped[identity.Department] = relationship(foreign_keys=[provider_id], viewonly=True)
    consumer: Mapped[identity.Department] = relationship(foreign_keys=[department_id], viewonly=True)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "department_id", "status", "changed_at"),
        Index(None, "provider_id", "status", "changed_at"),
        Index(None, "item_id", "status"),
        Index(None, "status", "valid_to"),
    )

    @property
    def name(self) -> str:
        return self.number


class AgreementTerms(Base):
    """One version of an agreement's terms and text. Never edited once proposed."""

    __tablename__ = "agreements_terms"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements_agreement.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements_application.id"))
    terms: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    text: Mapped[dict[str, Any]]
    checklist: Mapped[list[str]]
    personal: Mapped[bool]
    created_at: Mapped[datetime]
    in_force_at: Mapped[datetime | None]


class AgreementSeal(Base):
    """A side's seal on one version. `signature` empty: the department's own signer has been asked and has not signed."""

    __tablename__ = "agreements_seal"

    id: Mapped[Id]
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements_agreement.id"))
    number: Mapped[int]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    key_id: Mapped[str] = mapped_column(String(64), default="")
    custody: Mapped[str] = mapped_column(String(20), default="")
    signature: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[str] = mapped_column(String(64), index=True)
    entry_id: Mapped[UUID | None]
    checklist: Mapped[list[str]] = mapped_column(default=list)
    by: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("agreement_id", "number", "department_id"),)


class Dispute(Base):
    """A dispute about an application's answer or an agreement, in three steps: talk, the authority, arbitration."""

    __tablename__ = "agreements_dispute"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements_application.id"))
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements_agreement.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    against_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    title: Mapped[str] = mapped_column(String(200))
    step: Mapped[Step] = mapped_column(_one_of(Step))
    settled_at_step: Mapped[str] = mapped_column(String(20), default="")
    outcome: Mapped[str] = mapped_column(String(1000), default="")
    clock_id: Mapped[UUID | None] = mapped_column(ForeignKey(f"{_CLOCK}.id"))
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "step", "changed_at"), Index(None, "department_id"), Index(None, "against_id"))

    @property
    def name(self) -> str:
        return self.number


class Wish(Base):
    """Data that a department needs and the catalogue does not list. `state`: open, accepted, listed, declined."""

    __tablename__ = "agreements_wish"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    title: Mapped[str] = mapped_column(String(200))
    wanted: Mapped[str] = mapped_column(String(1000))
    purpose: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(String(1000), default="")
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("catalogue_item.id"))
    created_by: Mapped[UUID]
    created_by_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "state", "changed_at"), Index(None, "provider_id"), Index(None, "department_id"))

    @property
    def name(self) -> str:
        return self.title


class Deed(Base):
    """What was done to an application, an agreement, a dispute or a wish, by whom, with which words."""

    __tablename__ = "agreements_deed"

    id: Mapped[Id]
    about: Mapped[UUID]
    at: Mapped[datetime]
    deed: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    by: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    department_id: Mapped[UUID | None]
    said: Mapped[str] = mapped_column(String(2000), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    entry_id: Mapped[UUID | None]

    __table_args__ = (Index(None, "about", "at", "id"),)


audit.append_only(Deed)


class NumberCounter(Base):
    """The last number given within a kind and year (`SQ-2026`); gaps are allowed."""

    __tablename__ = "agreements_counter"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int]
