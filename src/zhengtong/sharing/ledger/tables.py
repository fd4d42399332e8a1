"""What is kept: entries and tiles of the tree, its head, the state, checkpoints and who co-signed them, members, keys, seals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.engines.sealing import sealed
from zhengtong.kernel.audit import Serial, append_only
from zhengtong.kernel.db import Base, Id

NOTE = 20_000


class LedgerEntry(Base):
    """One entry at its place: the canonical bytes and their leaf. The database refuses to change or delete it."""

    __tablename__ = "ledger_entry"

    index: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(40))
    about: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (Index(None, "type", "index"), Index(None, "about", "index"))


class LedgerTile(Base):
    """Up to 256 nodes side by side at tree level 8·`level`. Level 0 is kept when it is full; the others grow."""

    __tablename__ = "ledger_tile"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary(8192))


class LedgerHead(Base):
    """The tree's right edge: one row, which whoever appends holds. `frontier`: the roots of its whole subtrees; `shredded`: how many persons'
    keys were destroyed."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[bytes] = mapped_column(LargeBinary(2048))
    contract_seq: Mapped[int] = mapped_column(BigInteger)
    state_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    consensus: Mapped[bool] = mapped_column(default=False)
    followed: Mapped[int] = mapped_column(BigInteger, default=0)
    shredded: Mapped[int] = mapped_column(BigInteger, default=0)


class LedgerState(Base):
    """One value of the state: what the entries so far make of a member, an agreement, an item, an account."""

    __tablename__ = "ledger_state"

    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerPending(Base):
    """An entry that a chain of several validators has yet to order. `sent`: handed to it."""

    __tablename__ = "ledger_pending"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    sent: Mapped[bool] = mapped_column(default=False)
    refused: Mapped[str] = mapped_column(String(400), default="")


class LedgerCheckpoint(Base):
    """A root that the city has signed for good, as a C2SP note."""

    __tablename__ = "ledger_checkpoint"

    number: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    state_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("size"),)


class LedgerWitness(Base):
    """A program on a department's own machine that co-signs what continues what it has seen. `keys`: its verifier keys."""

    __tablename__ = "ledger_witness"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    url: Mapped[str] = mapped_column(String(300), unique=True)
    keys: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(400), default="")
    added_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class LedgerCosignature(Base):
    """A witness's lines under a checkpoint, as it sent them."""

    __tablename__ = "ledger_cosignature"

    checkpoint: Mapped[int] = mapped_column(ForeignKey("ledger_checkpoint.number"), primary_key=True)
    witness_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_witness.id"), primary_key=True)
    lines: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class LedgerAlarm(Base):
    """Something that must not be: a fork, a lost tail, a clock that is off. `evidence`: what anybody can check it by."""

    __tablename__ = "ledger_alarm"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(30))
    witness_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_witness.id"))
    told: Mapped[str] = mapped_column(String(400))
    evidence: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    seen_by: Mapped[str] = mapped_column(String(100), default="")
    seen_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "at"),)


class LedgerKey(Base):
    """A signing key of a member, or of the city. `sealed`: the private half where it is kept here (custody `platform`)."""

    __tablename__ = "ledger_key"

    id: Mapped[Id]
    member: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    custody: Mapped[str] = mapped_column(String(12))
    public: Mapped[bytes] = mapped_column(LargeBinary(65))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed("signing"))
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "member", "kind", "made_at"),)


class LedgerSealRequest(Base):
    """Something a department's own signer is to sign. `payload`: the very bytes; `about`: what a person is shown."""

    __tablename__ = "ledger_seal_request"

    id: Mapped[Id]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    digest: Mapped[str] = mapped_column(String(64))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    about: Mapped[str] = mapped_column(String(400))
    asked_by: Mapped[UUID]
    asked_by_name: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    key_id: Mapped[str] = mapped_column(String(32), default="")
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    done_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("department_id", "digest"), Index(None, "state", "asked_at"))


class LedgerSubject(Base):
    """The key by which a person's receipts are known as theirs; destroyed, they are nobody's. `token`: a blind index, never a number."""

    __tablename__ = "ledger_subject"

    id: Mapped[Id]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed("subjects"))
    shredded_at: Mapped[datetime | None]


class LedgerSubjectUse(Base):
    """Which receipts are a person's: beside the ledger, deleted with the key. `span`: which SPAN of entries the receipt is among; within it
    the order is by person, so that what is written now touches few pages however long the ledger is."""

    __tablename__ = "ledger_subject_use"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_subject.id"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)


append_only(LedgerEntry)
