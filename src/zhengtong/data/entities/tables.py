"""What is kept: records of the bureaus, whom they are grouped to, likenesses and decisions, models, rules and leads.

A code number that names a person is kept sealed (SM4-GCM) with a blind index (HMAC-SM3) to find it by; nothing else of it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.entities.rules import Happening, Kind, LeadState, PairState, Verdict
from zhengtong.engines.crypto import Purpose
from zhengtong.engines.sealing import sealed
from zhengtong.kernel.db import Base, Id


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Feed(Base):
    """An item that feeds a register. `fields`: attribute → field; `trust`: attribute → rank, 1 is trusted most.

    `key_fields` tell one being of the item from another; of several rows the one with the highest `order_field` counts.
    """

    __tablename__ = "entities_feed"

    id: Mapped[Id]
    item_id: Mapped[UUID]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    key_fields: Mapped[list[str]]
    fields: Mapped[dict[str, Any]]
    trust: Mapped[dict[str, Any]]
    order_field: Mapped[str] = mapped_column(String(63), default="")
    department_id: Mapped[UUID]
    read_to: Mapped[int | None]
    read_at: Mapped[datetime | None]
    records: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (UniqueConstraint("item_id", "kind"),)


class Entity(Base):
    """A firm or a person: the group of records of one being. Its id is that of its oldest record.

    What is shown in lists is repeated here from the golden record, names of persons as they are compared.
    """

    __tablename__ = "entities_entity"

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    name: Mapped[str] = mapped_column(String(200))
    spelling: Mapped[str] = mapped_column(String(600))
    code_index: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(60), default="")
    records: Mapped[int]
    sources: Mapped[int]
    waiting: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "kind", "name"),
        Index(None, "kind", "changed_at"),
        Index(None, "kind", "code_index"),
    )


class Record(Base):
    """What one bureau's item says of one being, as it stands in the lake. `mark` names it by item and key, blindly.

    `values`: by attribute; a person's code number is in `code_sealed` instead. `code_index`: only of a code that passes its check
    digit; blind for persons, the code itself for firms.
    """

    __tablename__ = "entities_record"

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    item_id: Mapped[UUID]
    mark: Mapped[str] = mapped_column(String(100))
    values: Mapped[dict[str, Any]]
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed(Purpose.SUBJECTS))
    code_index: Mapped[str | None] = mapped_column(String(64))
    order: Mapped[str] = mapped_column("order_text", String(80), default="")
    batch_id: Mapped[str] = mapped_column(String(40))
    row: Mapped[int] = mapped_column("row_number")
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    entity_id: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("kind", "mark"),
        Index(None, "entity_id"),
        Index(None, "kind", "code_index"),
        Index(None, "item_id", "kind"),
    )


class Key(Base):
    """A blocking key of a record: records that share one are compared. `hash`: 16 hex digits, blind for codes."""

    __tablename__ = "entities_key"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("entities_record.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(20), primary_key=True)

    __table_args__ = (Index(None, "hash"),)


class Pair(Base):
    """Two records that are alike, the level of each comparison, and what became of it. `one_id` is the smaller id."""

    __tablename__ = "entities_pair"

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    one_id: Mapped[UUID] = mapped_column(ForeignKey("entities_record.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("entities_record.id"))
    model: Mapped[int]
    probability: Mapped[float]
    weight: Mapped[float]
    levels: Mapped[dict[str, Any]]
    sure: Mapped[bool]
    state: Mapped[PairState] = mapped_column(_one_of(PairState))
    found_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        Index(None, "other_id"),
        Index(None, "kind", "state", "probability"),
    )


class Decision(Base):
    """What a person decided about two beings. An undone one stays, with who undid it."""

    __tablename__ = "entities_decision"

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    verdict: Mapped[Verdict] = mapped_column(_one_of(Verdict))
    pair_id: Mapped[UUID | None]
    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    left: Mapped[list[str]]
    right: Mapped[list[str]]
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID]
    decided_by_name: Mapped[str] = mapped_column(String(100))
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str] = mapped_column(String(100), default="")

    __table_args__ = (Index(None, "one_id"), Index(None, "other_id"), Index(None, "kind", "decided_at"))


class DecisionSide(Base):
    """Which records a live decision concerns, to find it by any of them."""

    __tablename__ = "entities_decision_side"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("entities_decision.id"), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "record_id"),)


class Story(Base):
    """Something that happened to an entity. `told` holds no values of persons."""

    __tablename__ = "entities_story"

    id: Mapped[Id]
    entity_id: Mapped[UUID]
    at: Mapped[datetime]
    what: Mapped[Happening] = mapped_column(_one_of(Happening))
    by_name: Mapped[str] = mapped_column(String(100), default="")
    told: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "entity_id", "at"),)


class ModelRow(Base):
    """A trained model of likeness; the one `in_use` scores."""

    __tablename__ = "entities_model"

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    trained_on: Mapped[int]
    in_use: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    made_by_name: Mapped[str] = mapped_column(String(100))

    __table_args__ = (UniqueConstraint("kind", "number"),)


class RuleRow(Base):
    """A contradiction rule with the items it is bound to: the name of a table in the rule → item. Unbound: not run."""

    __tablename__ = "entities_rule"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    content: Mapped[dict[str, Any]]
    items: Mapped[dict[str, Any]]
    department_id: Mapped[UUID | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    ran_at: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class Lead(Base):
    """A contradiction between bureaus about one being, followed up by one of them. `evidence` is masked."""

    __tablename__ = "entities_lead"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("entities_rule.id"))
    kind: Mapped[Kind] = mapped_column(_one_of(Kind))
    entity_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    department_id: Mapped[UUID]
    state: Mapped[LeadState] = mapped_column(_one_of(LeadState))
    assigned_to: Mapped[UUID | None]
    assigned_name: Mapped[str] = mapped_column(String(100), default="")
    evidence: Mapped[list[Any]]
    digest: Mapped[str] = mapped_column(String(64))
    found_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        UniqueConstraint("rule_id", "entity_id"),
        Index(None, "department_id", "state"),
        Index(None, "state", "found_at"),
        Index(None, "entity_id"),
    )


class LeadStep(Base):
    """One step of following a lead up."""

    __tablename__ = "entities_lead_step"

    id: Mapped[Id]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("entities_lead.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(20))
    by_name: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index(None, "lead_id", "at"),)


class LeadCounter(Base):
    """The last number of a year's leads."""

    __tablename__ = "entities_lead_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
