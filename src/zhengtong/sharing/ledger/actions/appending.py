"""How entries get onto the ledger: one head row orders them; leaves go in by one statement, nodes by tiles of 256."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs, wake
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions.loading import load
from zhengtong.sharing.ledger.queries import states as kept_states
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.rules import Entry, EntryWrong, Frontier, states, tree
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerPending, LedgerState, LedgerTile

TOPIC = "ledger"
FOLLOW = "ledger.follow"
_TABLE = cast(Table, LedgerHead.__table__)
_HEAD = _TABLE.c
_HOLD = (
    select(_HEAD.size, _HEAD.frontier, _HEAD.contract_seq, _HEAD.consensus, _HEAD.state_hash, _HEAD.shredded)
    .where(_HEAD.id == trees.ONE)
    .with_for_update()
)
_GROWN = (
    update(_TABLE)
    .where(_HEAD.id == trees.ONE)
    .values(size=bindparam("to_size"), frontier=bindparam("to_frontier"), contract_seq=bindparam("to_seq"))
)
_MOVED = _GROWN.values(state_hash=None)
_TILES = cast(Table, LedgerTile.__table__)
_NEW_TILE = insert(_TILES).values(
    level=bindparam("of_level"), number=bindparam("of_number"), hashes=bindparam("to_hashes")
)
_MORE_OF_TILE = (
    update(_TILES)
    .where(_TILES.c.level == bindparam("of_level"), _TILES.c.number == bindparam("of_number"))
    .values(hashes=bindparam("to_hashes"))
)
_COLUMNS = ("index", "id", "type", "about", "at", "entry", "leaf")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry stands. `index` None: it waits for the chain's validators to order it."""

    id: UUID
    index: int | None
    leaf: bytes


class _Row(NamedTuple):
    place: int
    entry: Entry
    data: bytes
    leaf: bytes


def append(
    session: Session, entries: Sequence[Entry], *, now: datetime, held: "Held | None" = None
) -> tuple[Placed, ...]:
    """This will put the entries on the ledger in this transaction, gaplessly after the last; those of a chain of several validators wait.

    Whoever calls holds the ledger's head until the transaction ends: be quick. Raises EntryRefused when one cannot follow on the state.
    `held`: the head as this transaction holds it, where it does already; afterwards it says what the head is then.
    """
    if not entries:
        return ()
    held = held or hold(session)
    if not held.consensus or not any(entry.needs_consensus for entry in entries):
        return _place(session, held, entries, now)
    waiting = [entry for entry in entries if entry.needs_consensus]
    keep_waiting(session, waiting, now)
    placed = {one.id: one for one in _place(session, held, [e for e in entries if not e.needs_consensus], now)}
    absent = {entry.id: Placed(entry.id, None, tree.leaf_hash(sm3, entry.to_bytes())) for entry in waiting}
    return tuple((placed | absent)[entry.id] for entry in entries)


def place_ordered(session: Session, entries: Sequence[Entry], *, now: datetime) -> tuple[Placed, ...]:
    """This will put entries that the chain has ordered on the ledger, in that order."""
    return _place(session, hold(session), entries, now)


@dataclass(slots=True)
class Held:
    """The head as whoever appends holds it, and as it grows in this transaction. `shredded`: how many persons' keys were destroyed."""

    frontier: Frontier
    contract_seq: int
    consensus: bool
    state_hash: bytes | None = None
    shredded: int = 0


def hold(session: Session) -> Held:
    """This will take the head for this transaction: SQLite's write lock, or the row's on PostgreSQL."""
    row = session.execute(_HOLD).one_or_none()
    if row is None:
        _begin(session)
        row = session.execute(_HOLD).one()
    return Held(Frontier.of(row.size, row.frontier), row.contract_seq, row.consensus, row.state_hash, row.shredded)


def _begin(session: Session) -> None:
    """The head of an empty log; two that begin at once on PostgreSQL make one."""
    nothing = dict.fromkeys(("size", "contract_seq", "followed", "shredded"), 0)
    first = {"id": trees.ONE, **nothing, "frontier": b"", "consensus": False}
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        session.execute(postgresql.insert(LedgerHead).values(first).on_conflict_do_nothing())
        return
    session.execute(insert(LedgerHead).values(first))


def keep_waiting(session: Session, entries: Iterable[Entry], now: datetime) -> None:
    """This will have the entries told to the chain's validators, in this order."""
    for entry in entries:
        session.execute(insert(LedgerPending).values(id=entry.id, entry=_bytes(entry), at=now, sent=False, refused=""))
    jobs.enqueue(session, jobs.Job(FOLLOW, append), key=FOLLOW)


def _bytes(entry: Entry) -> bytes:
    try:
        return entry.to_bytes()
    except EntryWrong as wrong:
        raise errors.EntryRefused(why=str(wrong)) from wrong


def _place(session: Session, held: Held, entries: Sequence[Entry], now: datetime) -> tuple[Placed, ...]:
    if not entries:
        return ()
    size = held.frontier.size
    data = [_bytes(entry) for entry in entries]
    rows = [
        _Row(index, entry, one, tree.leaf_hash(sm3, one))
        for index, entry, one in zip(itertools.count(size), entries, data, strict=False)
    ]
    moving = [entry for entry in entries if entry.type in states.CHANGES]
    moved = _apply(session, moving)
    load(session, LedgerEntry, _COLUMNS, [_row(row) for row in rows])
    leaves = [row.leaf for row in rows]
    frontier, roots = held.frontier.grown(sm3, leaves)
    _tile(session, size, leaves, roots)
    seq = held.contract_seq + sum(entry.type.startswith("agreement.") for entry in moving)
    changed = {"to_size": frontier.size, "to_frontier": frontier.to_bytes(), "to_seq": seq}
    session.execute(_MOVED if moved else _GROWN, changed)
    held.frontier, held.contract_seq = frontier, seq
    held.state_hash = None if moved else held.state_hash
    wake.ring(session, TOPIC)
    return tuple(Placed(row.entry.id, row.place, row.leaf) for row in rows)


def _apply(session: Session, entries: Sequence[Entry]) -> bool:
    """The state after the entries; only the values they touch are read and written. True where it is another one."""
    read: dict[states.Place, states.Value | None] = {}
    changed: dict[states.Place, states.Value] = {}
    moves = False

    def value(section: str, key: str) -> states.Value | None:
        if (section, key) not in read:
            read[section, key] = kept_states.value_of(session, section, key)
        return changed.get((section, key), read[section, key])

    for entry in entries:
        try:
            changed.update(states.effects(value, entry))
        except EntryWrong as wrong:
            raise errors.EntryRefused(why=str(wrong)) from wrong
        moves = moves or entry.type.startswith("agreement.")
    for (section, key), new in changed.items():
        told = {"value": dict(new), "digest": states.value_hash(sm3, new)}
        if read[section, key] is None:
            session.execute(insert(LedgerState).values(section=section, key=key, **told))
        else:
            row = (LedgerState.section == section, LedgerState.key == key)
            session.execute(update(LedgerState).where(*row).values(told))
    return moves or bool(changed)


def _row(row: _Row) -> tuple[Any, ...]:
    entry = row.entry
    return (row.place, entry.id, entry.type, entry.about or None, entry.at, row.data, row.leaf)


def _tile(session: Session, size: int, new: Sequence[bytes], roots: Sequence[bytes]) -> None:
    """The tiles that the new leaves fill, of these roots. One of level 0 is kept when it is full: the leaves that were there, and new ones."""
    if not roots:
        return
    first = size // tree.WIDTH
    pending = [*trees.leaves(session, first * tree.WIDTH, size), *new]
    tiles = [pending[at * tree.WIDTH : (at + 1) * tree.WIDTH] for at in range(len(roots))]
    kept = [{"level": 0, "number": first + at, "hashes": b"".join(one)} for at, one in enumerate(tiles)]
    session.execute(insert(LedgerTile), kept)
    _raise(session, 1, first, roots)


def _raise(session: Session, level: int, place: int, roots: Sequence[bytes]) -> None:
    """The nodes of the next level, the first of them at `place`; a tile that fills gives one node to the level above."""
    above: list[bytes] = []
    above_at = place // tree.WIDTH
    at = 0
    while at < len(roots):
        number, inside = divmod(place + at, tree.WIDTH)
        more = list(roots[at : at + tree.WIDTH - inside])
        hashes = b"".join(more)
        if inside:
            before = session.scalar(trees.TILE, {"level": level, "number": number}) or b""
            hashes = before[: inside * 32] + hashes
        told = {"of_level": level, "of_number": number, "to_hashes": hashes}
        session.execute(_MORE_OF_TILE if inside else _NEW_TILE, told)
        if len(hashes) == tree.WIDTH * 32:
            parts = [hashes[cut : cut + 32] for cut in range(0, len(hashes), 32)]
            above.append(tree.subtree_root(sm3, parts))
        at += len(more)
    if above:
        _raise(session, level + 1, above_at, above)
