"""Departments, subjects (people, residents, firms, systems), posts, roles, stand-ins, imports."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhengtong.engines.crypto import Purpose
from zhengtong.engines.sealing import sealed
from zhengtong.kernel.db import Base, Id
from zhengtong.office.identity.rules.organisation import Kind, Level, RoleScope


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Department(Base):
    """A body of the city or a part of one. `position` orders it among its sisters."""

    __tablename__ = "department"

    id: Mapped[Id]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    short_name: Mapped[str] = mapped_column(String(30), default="")
    spelling: Mapped[str] = mapped_column(String(600), default="")
    code: Mapped[str | None] = mapped_column(String(18), unique=True)
    level: Mapped[Level] = mapped_column(_one_of(Level))
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    cdo_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    position: Mapped[int] = mapped_column(default=0)
    closed_on: Mapped[date | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        CheckConstraint("parent_id <> id", "not_its_own_parent"),
        Index(None, "parent_id", "position", "name_zh"),
    )

    @property
    def department_id(self) -> UUID:
        """Where a permission must reach to touch this department."""
        return self.id


class Subject(Base):
    """Whoever can act: a person of the staff, a resident, a firm, a system."""

    __tablename__ = "subject"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"polymorphic_on": "kind", "version_id_col": version}  # noqa: RUF012
    __table_args__ = (CheckConstraint("kind in ('person', 'resident', 'firm', 'system')", "kind_known"),)


class Person(Subject):
    """A member of the staff. `spelling` is the name in pinyin, for search."""

    __tablename__ = "person"
    __mapper_args__ = {"polymorphic_identity": "person"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    login: Mapped[str] = mapped_column(String(32), unique=True)
    spelling: Mapped[str] = mapped_column(String(600), default="")
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    staff_number: Mapped[str | None] = mapped_column(String(40), unique=True)

    posts: Mapped[list["Post"]] = relationship(order_by="Post.from_on", viewonly=True)


class Resident(Subject):
    """A resident. The identity number is kept sealed; `id_number_index` finds it without revealing it."""

    __tablename__ = "resident"
    __mapper_args__ = {"polymorphic_identity": "resident"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed(Purpose.SUBJECTS, index="id_number_index"))
    id_number_index: Mapped[str] = mapped_column(String(64), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    checked_at: Mapped[datetime | None]


class Firm(Subject):
    """A firm or other body with a unified social credit code."""

    __tablename__ = "firm"
    __mapper_args__ = {"polymorphic_identity": "firm"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(18), unique=True)
    legal_person: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str | None] = mapped_column(String(20))
    checked_at: Mapped[datetime | None]


class System(Subject):
    """A system of a department that acts by itself: a service account. Its keys are kept by sign-in."""

    __tablename__ = "system"
    __mapper_args__ = {"polymorphic_identity": "system"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    name_en: Mapped[str] = mapped_column(String(200), default="")
    purpose: Mapped[str] = mapped_column(String(500), default="")
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Role(Base):
    """A named set of permissions and how far they reach. Built-in ones cannot be deleted."""

    __tablename__ = "role"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    zh: Mapped[str] = mapped_column(String(40))
    en: Mapped[str] = mapped_column(String(80), default="")
    about_zh: Mapped[str] = mapped_column(String(300), default="")
    about_en: Mapped[str] = mapped_column(String(300), default="")
    scope: Mapped[RoleScope] = mapped_column(_one_of(RoleScope))
    builtin: Mapped[bool] = mapped_column(default=False)
    delegable: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    permissions: Mapped[list["RolePermission"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def id(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        return self.zh

    @property
    def permission_names(self) -> list[str]:
        return sorted(held.permission for held in self.permissions)


class RolePermission(Base):
    """A permission held by a role."""

    __tablename__ = "role_permission"

    role: Mapped[str] = mapped_column(ForeignKey("role.key"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(100), primary_key=True)


class KnownPermission(Base):
    """A permission of some room, as of the last start. Its default roles got it when it was new, and never again."""

    __tablename__ = "known_permission"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    zh: Mapped[str] = mapped_column(String(100))
    en: Mapped[str] = mapped_column(String(200))
    step_up: Mapped[bool]
    position: Mapped[int]
    since: Mapped[datetime]


class Post(Base):
    """What someone is, in which department, from when to when (both days included)."""

    __tablename__ = "post"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship()
    department: Mapped[Department] = relationship()
    roles: Mapped[list["PostRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (CheckConstraint("until_on is null or until_on >= from_on", "ends_after_start"),)

    @property
    def name(self) -> str:
        return self.title

    @property
    def role_keys(self) -> list[str]:
        return sorted(held.role for held in self.roles)


class PostRole(Base):
    """A role held by a post."""

    __tablename__ = "post_role"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.key"), primary_key=True, index=True)


class ActingFor(Base):
    """代理: a deputy stands in for an absent post for some days (both included)."""

    __tablename__ = "acting_for"

    id: Mapped[Id]
    absent_post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"), index=True)
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    absent_post: Mapped[Post] = relationship()
    deputy: Mapped[Person] = relationship()
    __table_args__ = (CheckConstraint("until_on >= from_on", "ends_after_start"),)

    @property
    def name(self) -> str:
        return self.reason

    @property
    def department_id(self) -> UUID:
        return self.absent_post.department_id


class ImportDraft(Base):
    """An uploaded list of departments or people. Nothing of it counts until it is confirmed; unconfirmed it goes after a day."""

    __tablename__ = "import_draft"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(200))
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    rows: Mapped[list[Any]] = mapped_column(deferred=True)
    encoding: Mapped[str] = mapped_column(String(20), default="")
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    row_count: Mapped[int] = mapped_column(Integer)
    done_count: Mapped[int] = mapped_column(default=0)
    failed: Mapped[list[Any]] = mapped_column(default=list)
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind in ('departments', 'people')", "kind_known"),
        CheckConstraint("state in ('draft', 'applying', 'done', 'discarded')", "state_known"),
    )

    @property
    def name(self) -> str:
        return self.file_name
