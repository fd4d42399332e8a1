"""The kept ledger checked against itself and what was signed: entries, leaves, tiles, roots, state, the audit trail."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto
from zhengtong.sharing.ledger.queries import audits, states, trees
from zhengtong.sharing.ledger.queries.checkpoints import all_keys, full_note
from zhengtong.sharing.ledger.queries.exports import AT_ONCE, rows
from zhengtong.sharing.ledger.queries.keys import log_keys
from zhengtong.sharing.ledger.queries.verifying import verifier
from zhengtong.sharing.ledger.rules import (
    Entry,
    EntryWrong,
    Frontier,
    Note,
    NoteWrong,
    State,
    apply,
    hash_of,
    notes,
    tree,
)
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerCheckpoint, LedgerTile


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold. `index`: the first wrong entry, where one can be named."""

    kind: str
    index: int | None
    zh: str
    en: str


def check_ledger(session: Session, *, origin: str, crypto: Crypto) -> list[Finding]:
    """Everything that is wrong with the ledger as it is kept, the first wrong entry first; empty when it is whole.

    A database administrator can change rows; not so that this finds nothing and the kept checkpoints still fit.
    """
    walked = _Walk(session)
    found = list(walked.entries())
    found += walked.checkpoints(origin, crypto)
    if not found:
        found += walked.state()
    seq = audits.altered_audit(session)
    if seq is not None:
        told = (
            f"审计记录到 {seq} 号为止与已锚定的摘要不符",
            f"the audit trail up to {seq} does not fit its anchored digest",
        )
        found.append(Finding("audit", None, *told))
    return found


def checkpoint_holds(session: Session, row: LedgerCheckpoint, *, origin: str, crypto: Crypto) -> bool:
    """True where the city's signature and every co-signature of a known witness hold over what is kept of the checkpoint."""
    keys = all_keys(session, origin)
    try:
        note = Note.of(full_note(session, row))
        shown = notes.Checkpoint.of(note.text)
        held = notes.verified(note, keys, verifier(crypto))
    except NoteWrong:
        return False
    own = any(one.key.name == origin and not one.key.cosigns for one in held)
    return own and (shown.origin, shown.size, shown.root, shown.state) == (origin, row.size, row.root, row.state_hash)


class _Walk:
    """One pass over all entries, remembering the root and the state at each checkpoint."""

    def __init__(self, session: Session) -> None:
        self._session, self._frontier, self._state = session, Frontier(), State()
        rows = session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size))
        self._points = {row.size: row for row in rows}
        self._wrong: list[Finding] = []
        self._begun = 0

    def entries(self) -> Iterator[Finding]:
        """What is wrong with entries, leaves, tiles and roots."""
        size, at = trees.head(self._session).size, 0
        while at < size:
            found = rows(self._session, at, at + AT_ONCE)
            for index, data, leaf in found:
                if index != at:
                    yield _missing(at)
                    return
                if tree.leaf_hash(sm3, data) != leaf:
                    yield Finding("altered", at, f"第 {at} 条的内容被改动", f"the content of entry {at} was altered")
                    return
                yield from self._step(at, data, leaf)
                at += 1
            if not found:
                yield _missing(at)
                return
        yield from self._head(size)
        yield from self._tiles(size)

    def _step(self, at: int, data: bytes, leaf: bytes) -> Iterator[Finding]:
        self._frontier = self._frontier.extend(sm3, [leaf])
        try:
            self._state = apply(self._state, Entry.of(data))
        except EntryWrong as wrong:
            yield Finding(
                "state", at, f"第 {at} 条不能接在前面的状态之后：{wrong}", f"entry {at} cannot follow: {wrong}"
            )
        point = self._points.get(at + 1)
        if point is None:
            return
        if self._frontier.root(sm3) != point.root:
            told = (
                f"第 {self._begun} 至 {at} 条与检查点 {point.number} 不符：记录被改写",
                f"entries {self._begun} to {at} do not fit checkpoint {point.number}: they were rewritten",
            )
            yield Finding("rewritten", self._begun, *told)
        elif hash_of(sm3, self._state) != point.state_hash:
            told = (
                f"检查点 {point.number} 的状态与重放不符",
                f"the state of checkpoint {point.number} is not what replay gives",
            )
            yield Finding("state", at, *told)
        self._begun = at + 1

    def _head(self, size: int) -> Iterator[Finding]:
        if self._frontier.root(sm3) != trees.head(self._session).root:
            told = f"账本头部与 {size} 条记录不符", f"the head does not fit the {size} entries"
            yield Finding("head", self._begun, *told)

    def _tiles(self, size: int) -> Iterator[Finding]:
        for number in self._session.scalars(
            select(LedgerTile.number).where(LedgerTile.level == 0).order_by(LedgerTile.number)
        ):
            first = number * tree.WIDTH
            leaves = trees.leaves(self._session, first, first + tree.WIDTH)
            kept = self._session.scalar(trees.TILE, {"level": 0, "number": number})
            if b"".join(leaves) != kept:
                told = f"第 {first} 条起的树块被改动", f"the tile that begins with entry {first} was altered"
                yield Finding("tile", first, *told)

    def checkpoints(self, origin: str, crypto: Crypto) -> Iterator[Finding]:
        """What is wrong with the kept checkpoints' own signatures, or with their reach."""
        keys, verify, size = log_keys(self._session, origin), verifier(crypto), trees.head(self._session).size
        for row in self._points.values():
            try:
                note = Note.of(row.note)
                shown = notes.Checkpoint.of(note.text)
                own = bool(notes.verified(note, keys, verify))
            except NoteWrong:
                own = False
            if not own or (shown.origin, shown.size, shown.root) != (origin, row.size, row.root):
                told = f"检查点 {row.number} 的签名不对", f"checkpoint {row.number} is not as it was signed"
                yield Finding("checkpoint", None, *told)
            if row.size > size:
                told = (
                    f"第 {size} 条起缺失：检查点 {row.number} 有 {row.size} 条",
                    f"entries are missing from {size} on: checkpoint {row.number} has {row.size}",
                )
                yield Finding("missing", size, *told)

    def state(self) -> Iterator[Finding]:
        """What is wrong with the state that is kept beside the entries."""
        kept = states.state(self._session)
        if hash_of(sm3, kept) != hash_of(sm3, self._state) or states.state_hash(self._session) != hash_of(sm3, kept):
            told = "保存的状态与重放全部记录的结果不符", "the kept state is not what replaying all entries gives"
            yield Finding("state", None, *told)


def _missing(at: int) -> Finding:
    return Finding("missing", at, f"第 {at} 条缺失", f"entry {at} is missing")
