"""The chain: entries that several departments must hold in one order get it here.

The promise: every entry that was submitted and committed gets one position; positions begin at 1 and have no gaps; whoever follows, and
wherever, sees the same entries at the same positions; the same bytes submitted twice have one position; what has a position keeps it.
With `local_log` an entry has its position at once, in the submitter's own transaction. With `cometbft` it is kept with that transaction,
and `carry` (called by a job) brings it to a node and takes in what the departments' nodes have agreed upon; more than a third of them
away, and the chain halts, loses nothing and goes on when they are back. What the nodes' application refuses gets no position and is
told by `refused`. Adapters: `local_log` (a table of our database) and `cometbft` (nodes of CometBFT 0.38, one a department).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import Field as Setting
from sqlalchemy import BigInteger, LargeBinary, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhengtong.kernel import errors
from zhengtong.kernel.audit import Serial
from zhengtong.kernel.db import Base
from zhengtong.kernel.settings import Section

BELL = "chain"
START = bytes(32)
_MARK = b"zhengtong-chain-1\0"


class ChainSettings(Section):
    """Where the order comes from."""

    engine: Literal["local_log", "cometbft"] = Setting(
        "local_log", description="联盟链引擎 | engine of the chain: local_log, cometbft"
    )
    nodes: str = Setting(
        "",
        description="CometBFT 节点的 RPC 地址，逗号分隔，本部门的在前 | RPC addresses of the nodes, by commas, our own first",
    )
    timeout_s: float = Setting(10.0, gt=0, le=300, description="节点应答时限（秒） | seconds that a node may take")
    resend_s: float = Setting(
        30.0,
        gt=0,
        le=3600,
        description="多少秒未定序即重发 | seconds after which an entry without a position is sent again",
    )
    wait_s: float = Setting(
        5.0, ge=0, le=60, description="送出后最多等多少秒定序 | seconds to wait for the order of what was sent"
    )
    batch: int = Setting(200, ge=1, le=2000, description="一次送出的条数 | entries sent at a time")
    max_entry_bytes: int = Setting(
        262_144, ge=1024, le=900_000, description="单条上限（字节） | most bytes of an entry"
    )


@dataclass(frozen=True, slots=True)
class Features:
    """`consensus`: the order is agreed by several nodes, so that an entry waits for its position."""

    name: str
    consensus: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """An entry in its place; `at` and `height` are the block's (local_log: the time it was taken in, and no height)."""

    position: int
    entry: bytes
    at: datetime | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that the nodes' application does not accept, and why."""

    digest: bytes
    entry: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Validator:
    """One who agrees on the order. `alive`: it answers, or signed the newest block where we cannot ask it."""

    name: str
    address: str
    power: int
    alive: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How the chain stands. `count`: entries taken in here; `behind`: ordered but not taken in; `waiting`: submitted, no position yet."""

    engine: str
    count: int
    behind: int
    waiting: int
    height: int | None
    at: datetime | None
    app_hash: str
    validators: tuple[Validator, ...]
    halted: bool


@dataclass(frozen=True, slots=True)
class Glance:
    """What our own node says in one quick question: how many entries there are, when its newest block was agreed upon."""

    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What an inspection found wrong, with which node, at which height or position. `kind`: silent, behind, block, entries, state, differs."""

    node: str
    kind: str
    place: int | None
    zh: str
    en: str


class Chain(Protocol):
    @property
    def features(self) -> Features: ...

    def submit(self, session: Session, entries: Sequence[bytes]) -> tuple[Ordered, ...] | None:
        """This will have the entries ordered: their places, or None while they wait. Raises EntryTooLarge."""

    def follow(self, session: Session, after: int, limit: int) -> Sequence[Ordered]:
        """What has been ordered and taken in, after that position, in order."""

    def refused(self, session: Session) -> Sequence[Refused]:
        """What was refused and not yet forgotten, the oldest first."""

    def forget(self, session: Session, digest: bytes) -> None:
        """This will drop a refused entry: whoever submitted it knows."""

    def carry(self) -> int:
        """This will send what waits, wait a moment, and take in what was ordered: how many. Call it outside of any transaction. Raises ChainAway,
        NodeAltered, ChainOther."""

    def status(self) -> Status:
        """How it stands. Never raises because a node is away: that is what it tells."""

    def glance(self) -> Glance | None:
        """What the node we carry from holds now; None where it is silent, has no block yet, or says itself that it is catching up."""

    def inspect(self, *, since: int = 1) -> Sequence[Suspicion]:
        """This will compare the nodes' blocks, entries and state from that height on; empty when they agree."""

    def close(self) -> None:
        """This will hang up."""


class Application(Protocol):
    """What stands behind one node: the order's meaning. `failed` says why it ended by itself."""

    @property
    def failed(self) -> Exception | None: ...

    def serve_forever(self) -> None:
        """Until `shutdown` is called, from another thread, or it failed."""

    def shutdown(self) -> None: ...

    def server_close(self) -> None: ...


class EntryRow(Base):
    """An entry in its place, as it was taken in here."""

    __tablename__ = "chain_entry"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    entry: Mapped[bytes]
    at: Mapped[datetime | None]
    height: Mapped[int | None] = mapped_column(BigInteger)


class HeadRow(Base):
    """The one row that says how far we are, and what all entries together come to. `chain` is whose order this is."""

    __tablename__ = "chain_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chain: Mapped[str]
    count: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    height: Mapped[int | None] = mapped_column(BigInteger)


class WaitingRow(Base):
    """An entry without a position: not sent, sent, or refused."""

    __tablename__ = "chain_waiting"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    entry: Mapped[bytes]
    submitted_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refused: Mapped[str | None]


class EntryTooLarge(errors.Invalid):
    zh = "一条链上记录有 {size} 字节，超过上限 {limit}；请把内容存为文件，只上链其摘要。"
    en = "An entry has {size} bytes, the most is {limit}; keep the content as a file and submit its digest."


class ChainAway(errors.Unavailable):
    zh = "联盟链的节点都不应答（{nodes}）：{reason}。记录已保存，节点恢复后自动送出。"
    en = "No node of the chain answers ({nodes}): {reason}. The entries are kept and sent when one is back."


class NodesUnset(errors.Unavailable):
    zh = '没有设置联盟链的节点；请在 [chain] 写上 nodes = "http://127.0.0.1:26657"。'
    en = 'No node of the chain is set; write nodes = "http://127.0.0.1:26657" in [chain].'


class VoterKeyWrong(errors.Invalid):
    zh = "{name} 的验证者公钥 {key} 不对或重复；请填 cometbft show-validator 打印的 value（44 个字符）。"
    en = "The validator key {key} of {name} is wrong or given twice; take the value that cometbft show-validator prints (44 characters)."


class ChainOther(errors.Conflict):
    zh = "本库记的是链 {kept} 的顺序（{count} 条），现在的设置指向链 {found}；请改回 [chain] 的设置，或换一个空库。"
    en = "This database holds the order of the chain {kept} ({count} entries), the settings lead to {found}; set [chain] back, or use an empty database."


class NodeAltered(errors.Conflict):
    zh = "节点 {node} 的记录被改动：第 {position} 条与已签名的区块对不上。请运行 zhengtong chain check，并从其他节点重建它。"
    en = "The entries of node {node} were altered: entry {position} does not fit the signed blocks. Run zhengtong chain check, and rebuild it from the others."


def digest_of(entry: bytes) -> bytes:
    """What an entry is known by, on CometBFT too: SHA-256 of its bytes."""
    return hashlib.sha256(entry).digest()


def extended(digest: bytes, entry: bytes) -> bytes:
    """What all entries together come to, with one more: each digest covers the whole order before it.

    >>> extended(START, b"a") == extended(START, b"a") != extended(extended(START, b"a"), b"a")
    True
    """
    return hashlib.sha256(digest + digest_of(entry)).digest()


def app_hash(count: int, digest: bytes, state: bytes) -> bytes:
    """What the validators sign of the application: how many entries, in which order, and the state they come to (`state`: its SHA-256)."""
    return hashlib.sha256(_MARK + count.to_bytes(8, "big") + digest + state).digest()


def checked_sizes(entries: Sequence[bytes], limit: int) -> None:
    """Raises EntryTooLarge for the first that is."""
    for entry in entries:
        if len(entry) > limit:
            raise EntryTooLarge(size=len(entry), limit=limit)


def ordered(row: EntryRow) -> Ordered:
    """The row as it is handed out."""
    return Ordered(row.position, row.entry, row.at, row.height)


def found(session: Session, digests: Sequence[bytes]) -> dict[bytes, Ordered]:
    """Those of these that have a position."""
    rows: dict[bytes, Ordered] = {}
    for start in range(0, len(digests), 500):
        asked = select(EntryRow).where(EntryRow.digest.in_(digests[start : start + 500]))
        rows |= {row.digest: ordered(row) for row in session.scalars(asked)}
    return rows


def after(session: Session, position: int, limit: int) -> Sequence[Ordered]:
    """What stands behind that position, in order."""
    asked = select(EntryRow).where(EntryRow.position > position).order_by(EntryRow.position).limit(limit)
    return [ordered(row) for row in session.scalars(asked)]


def head(session: Session, chain: str) -> HeadRow:
    """The head, held until the transaction ends, made at first use: one takes in at a time. Raises ChainOther."""
    asked = select(HeadRow).where(HeadRow.id == 1).with_for_update()
    row = session.scalar(asked)
    if row is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        first = {"id": 1, "chain": chain, "count": 0, "digest": START, "height": None}
        session.execute(dialect.insert(HeadRow).values(first).on_conflict_do_nothing())
        row = session.scalars(asked).one()
    if row.count and row.chain != chain:
        raise ChainOther(kept=row.chain, count=row.count, found=chain)
    row.chain = chain
    return row
