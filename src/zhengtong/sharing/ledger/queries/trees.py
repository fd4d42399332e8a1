"""The tree as it is kept: its head, its nodes, and what is proved from them."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.rules import Entry, Frontier, Proof, tree
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerTile

ONE = 1
_OF = LedgerHead.__table__.c
_HEAD = select(_OF.size, _OF.frontier, _OF.contract_seq).where(_OF.id == ONE)
_ENTRY = LedgerEntry.__table__.c
_LEAVES = (
    select(_ENTRY.leaf)
    .where(_ENTRY.index >= bindparam("begin"), _ENTRY.index < bindparam("end"))
    .order_by(_ENTRY.index)
)
TILE = select(LedgerTile.hashes).where(LedgerTile.level == bindparam("level"), LedgerTile.number == bindparam("number"))


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log goes: its size, and the root over all of it."""

    size: int
    root: bytes
    contract_seq: int


def head(session: Session) -> Head:
    """The log as it stands in this transaction; nothing on it yet: size 0 and the digest of nothing."""
    row = session.execute(_HEAD).one_or_none()
    if row is None:
        return Head(0, sm3(b""), 0)
    return Head(row.size, Frontier.of(row.size, row.frontier).root(sm3), row.contract_seq)


def contract_seq(session: Session) -> int:
    """How many entries have changed an agreement: it grows with each, so that who decides on a snapshot knows when it is old."""
    return session.scalar(select(LedgerHead.contract_seq).where(LedgerHead.id == ONE)) or 0


def prove(session: Session, index: int, *, size: int | None = None) -> Proof:
    """The path from the entry at `index` to the root over the first `size` entries (all). Raises SizeUnknown."""
    present = head(session).size
    size = present if size is None else size
    if not 0 <= index < size <= present:
        raise errors.SizeUnknown(size=present, asked=max(index + 1, size))
    node = nodes(session)
    return Proof(index, size, node(0, index), tree.inclusion(sm3, node, index, size))


def consistency(session: Session, old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the first `old` entries stand unchanged among the first `new`; nothing needs to be shown of none. Raises SizeUnknown."""
    present = head(session).size
    if not 0 <= old <= new <= present:
        raise errors.SizeUnknown(size=present, asked=max(old, new))
    return tree.consistency(sm3, nodes(session), old, new) if old else ()


def root_at(session: Session, size: int) -> bytes:
    """The root over the first `size` entries, as the tiles have it. Raises SizeUnknown."""
    present = head(session).size
    if not 0 <= size <= present:
        raise errors.SizeUnknown(size=present, asked=size)
    return tree._range_root(sm3, nodes(session), 0, size) if size else sm3(b"")


def nodes(session: Session) -> tree.Node:
    """The tree's nodes, read tile by tile and each once."""
    return tree.node_from_tiles(sm3, tiles(session))


def tiles(session: Session) -> Callable[[int, int], bytes]:
    """The tiles of the tree; the open one of level 0 from the entries themselves."""
    seen: dict[tuple[int, int], bytes] = {}

    def tile(level: int, number: int) -> bytes:
        if (level, number) not in seen:
            seen[level, number] = _tile(session, level, number)
        return seen[level, number]

    return tile


def _tile(session: Session, level: int, number: int) -> bytes:
    kept = session.scalar(TILE, {"level": level, "number": number})
    if kept is not None:
        return kept
    if level:
        raise ValueError(f"the ledger lacks tile {number} of level {level}; check it with `zhengtong ledger check`")
    return b"".join(leaves(session, number * tree.WIDTH, (number + 1) * tree.WIDTH))


def leaves(session: Session, begin: int, end: int) -> list[bytes]:
    """The leaves begin … end − 1, as they are kept."""
    return list(session.connection().execute(_LEAVES, {"begin": begin, "end": end}).scalars())


def entry_at(session: Session, index: int) -> Entry:
    """The entry at its place. Raises EntryNotFound."""
    data = session.scalar(select(LedgerEntry.entry).where(LedgerEntry.index == index))
    if data is None:
        raise errors.EntryNotFound()
    return Entry.of(data)


def find(session: Session, entry_id: UUID) -> LedgerEntry | None:
    """The row of an entry by its id; None while it is not on the ledger."""
    return session.scalar(select(LedgerEntry).where(LedgerEntry.id == entry_id))
