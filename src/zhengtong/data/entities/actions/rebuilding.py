"""Bring a register up to date with the lake: one batch as it lands, or everything anew. Both give the same register."""

import functools
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.entities import queries, rules
from zhengtong.data.entities.actions import linking, settling, taking
from zhengtong.data.entities.rules import Kind, PairState, Verdict
from zhengtong.data.entities.tables import Decision, Feed, Pair, Record
from zhengtong.engines.compute import Compute, LinkageAbsent
from zhengtong.engines.crypto import Keyring
from zhengtong.engines.lake import TableAbsent

if TYPE_CHECKING:
    import ibis

ROWS_AT_ONCE = 200
BULK = 5_000
Opening = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What this work needs: transactions to read in and to write in (each write is a committed step), engines, the time."""

    reading: Opening
    writing: Opening
    compute: Compute
    keyring: Keyring
    now: datetime


def match_batch(desk: Desk, feed_id: UUID, batch_id: str, *, at: datetime) -> int:
    """This will take the rows of a batch that still stand in the lake; returns how many records changed.

    A large batch is only taken in; whom its records resemble is then worked out for the whole register at once.
    """
    with desk.reading() as session:
        feed, table = _fed(session, feed_id)
    changed = 0
    put: set[UUID] = set()
    with desk.compute.session() as work:
        rows = work.table(table)
        rows = rows.filter(rows["_batch_id"] == batch_id).select(*_columns(feed, rows))
        large = int(work.run(rows.count())[0][0].as_py()) > BULK
        for some in _pieces(work.stream(rows)):
            with desk.writing() as session:
                if large:
                    put |= {one.id for one in taking.put_records(session, desk.keyring, feed, some, at=at)}
                else:
                    changed += taking.take_rows(session, desk.keyring, feed, some, at=at, now=desk.now)
    if put:
        relink(desk, feed.kind, changed=put)
    _note_read(desk, feed.id)
    return changed + len(put)


def rebuild(desk: Desk, kind: Kind) -> int:
    """This will read all feeds of a register anew, take out what the lake no longer has, and settle everything."""
    with desk.reading() as session:
        feeds = [feed.id for feed in session.scalars(select(Feed).where(Feed.kind == kind).order_by(Feed.id))]
    changed: set[UUID] = set()
    for feed_id in feeds:
        changed |= _reread(desk, feed_id)
    relink(desk, kind, changed=changed)
    with desk.reading() as session:
        return session.scalar(select(func.count()).where(Record.kind == kind, Record.gone_at.is_(None))) or 0


def _reread(desk: Desk, feed_id: UUID) -> set[UUID]:
    with desk.reading() as session:
        feed, table = _fed(session, feed_id)
        landed = queries.landed_at(session, feed.item_id)
    present: set[str] = set()
    changed: set[UUID] = set()
    with desk.compute.session() as work:
        try:
            rows = work.table(table)
        except TableAbsent:  # nothing has landed yet
            return changed
        for some in _pieces(work.stream(rows.select(*_columns(feed, rows)))):
            present.update(mark for row in some for mark in taking.marks_of(feed, row, desk.keyring))
            with desk.writing() as session:
                for batch, held in _by_batch(some).items():
                    at = landed.get(batch, desk.now)
                    changed |= {one.id for one in taking.put_records(session, desk.keyring, feed, held, at=at)}
    _take_out(desk, feed, present)
    _note_read(desk, feed.id)
    return changed


def _take_out(desk: Desk, feed: Feed, present: set[str]) -> int:
    """Records whose rows the lake no longer has are gone; returns how many."""
    with desk.reading() as session:
        known = session.execute(
            select(Record.id, Record.mark).where(
                Record.item_id == feed.item_id, Record.kind == feed.kind, Record.gone_at.is_(None)
            )
        )
        gone = [record for record, mark in known if mark not in present]
    for some in queries.chunks(gone, ROWS_AT_ONCE):
        with desk.writing() as session:
            settling.mark_gone(session, desk.keyring, feed.kind, some, now=desk.now)
    return len(gone)


def sweep(desk: Desk, feed_id: UUID) -> int:
    """This will take out records whose rows the lake no longer has, where it has fewer beings than are known; returns how many."""
    with desk.reading() as session:
        feed, table = _fed(session, feed_id)
        known = session.scalar(
            select(func.count()).where(
                Record.item_id == feed.item_id, Record.kind == feed.kind, Record.gone_at.is_(None)
            )
        )
    with desk.compute.session() as work:
        keys = work.table(table).select(*feed.key_fields).distinct()
        if int(work.run(keys.count())[0][0].as_py()) >= (known or 0):
            return 0
        rows = (row for some in _pieces(work.stream(keys)) for row in some)
        present = {mark for row in rows for mark in taking.marks_of(feed, row, desk.keyring)}
    return _take_out(desk, feed, present)


def relink(desk: Desk, kind: Kind, *, changed: Set[UUID] = frozenset()) -> None:
    """This will compare the whole register by Splink on the city's engine, and settle it. `changed`: records that say something else."""
    import pyarrow as pa

    with desk.reading() as session:
        model = queries.model_in_use(session, kind)
        ids, codes, tables = queries.all_ready(session, desk.keyring, kind)
    found: dict[tuple[UUID, UUID], Mapping[str, Any]] = {}
    try:
        with desk.compute.session() as work:
            judge = functools.partial(taking.weighed, model)
            rows = pa.concat_tables(tables)
            for one, other, told in linking.alike(work, model, rows, judge) if len(ids) > 1 else ():
                if told and not (codes[one] and codes[other]):
                    found[rules.pair_key(ids[one], ids[other])] = told
    except LinkageAbsent:
        found = _by_hand(desk, kind)
    _write_likeness(desk, ids, found)
    settle_all(desk, kind, changed=changed)


def _by_hand(desk: Desk, kind: Kind) -> dict[tuple[UUID, UUID], Mapping[str, Any]]:
    """Without Splink: the same comparison, record by record."""
    found: dict[tuple[UUID, UUID], Mapping[str, Any]] = {}
    with desk.reading() as session:
        live = select(Record).where(Record.kind == kind, Record.gone_at.is_(None))
        for some in queries.chunks(session.scalars(live)):
            found |= taking.resembling(session, desk.keyring, kind, [queries.seen(one, desk.keyring) for one in some])
    return found


def _write_likeness(desk: Desk, ids: list[UUID], found: Mapping[tuple[UUID, UUID], Mapping[str, Any]]) -> None:
    beside: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for key in found:
        beside.setdefault(key[0], []).append(key)
    for some in queries.chunks(ids, 2_000):
        with desk.writing() as session:
            here = {key: found[key] for one in some for key in beside.get(one, ())}
            taking.write_pairs(session, here, around=set(some), first_only=True, now=desk.now)


def settle_all(desk: Desk, kind: Kind, *, changed: Set[UUID] = frozenset()) -> None:
    """This will settle the whole register and write what changed."""
    with desk.reading() as session:
        alive = session.execute(
            select(Record.id, Record.code_index, Record.mark, Record.entity_id).where(
                Record.kind == kind, Record.gone_at.is_(None)
            )
        ).all()
        pairs = session.execute(
            select(Pair.one_id, Pair.other_id, Pair.probability, Pair.sure, Pair.state, Pair.id).where(
                Pair.kind == kind
            )
        ).all()
        decisions = session.scalars(select(Decision).where(Decision.kind == kind, Decision.undone_at.is_(None))).all()
        lined = queries.entity_sizes(session, kind)
    living = {one.id for one in alive}
    settled = rules.settle(
        {one.id: one.code_index for one in alive},
        [rules.Likeness(*pair[:4]) for pair in pairs if pair.one_id in living and pair.other_id in living],
        marks={one.id: one.mark for one in alive},
        merges=[(one.one_id, one.other_id) for one in decisions if one.verdict is Verdict.MERGE],
        aparts=[settling.apart_of(one) for one in decisions if one.verdict is Verdict.APART],
    )
    states = {pair.id: settled.states.get((pair.one_id, pair.other_id), PairState.APART) for pair in pairs}
    moved = [pair for pair in pairs if states[pair.id] is not pair.state]
    _write_states(desk, {pair.id: states[pair.id] for pair in moved})
    stale = {*changed, *(side for pair in moved for side in (pair.one_id, pair.other_id))}
    _write_moved(desk, kind, alive, settled.group_of, lined, stale & settled.group_of.keys())


def _write_states(desk: Desk, changed: Mapping[UUID, PairState]) -> None:
    for some in queries.chunks(changed):
        with desk.writing() as session:
            for pair in session.scalars(select(Pair).where(Pair.id.in_(some))):
                pair.state, pair.changed_at = changed[pair.id], desk.now


def _write_moved(
    desk: Desk,
    kind: Kind,
    alive: Any,
    group_of: Mapping[UUID, UUID],
    lined: Mapping[UUID, int],
    stale: Set[UUID],
) -> None:
    """Groups are written where their records, or the line that stands for them, are not as they should be; whole groups at once."""
    members: dict[UUID, list[UUID]] = {}
    touched: dict[UUID, set[UUID]] = {}
    for one in alive:
        members.setdefault(group_of[one.id], []).append(one.id)
        if one.entity_id != group_of[one.id]:
            touched.setdefault(one.entity_id, set()).add(group_of[one.id])
    wrong = {group for group, held in members.items() if lined.get(group) != len(held)}
    wrong |= {group_of[one] for one in stale}
    wrong |= set(touched) & set(members) | {group for groups in touched.values() for group in groups}
    for some in queries.chunks(sorted(wrong), ROWS_AT_ONCE):
        ids = [record for group in some for record in members[group]]
        with desk.writing() as session:
            records = {one.id: one for one in queries.records_of(session, ids)}
            settling.write_groups(
                session, desk.keyring, kind, records, {one: group_of[one] for one in ids}, now=desk.now
            )
    with desk.writing() as session:
        settling.drop_empty(session, set(lined) - set(members), now=desk.now)


def _fed(session: Session, feed_id: UUID) -> tuple[Feed, str]:
    feed = session.get_one(Feed, feed_id)
    return feed, catalogue.get_item(session, feed.item_id).table


def _columns(feed: Feed, table: "ibis.Table") -> list[str]:
    wanted = [*feed.key_fields, *feed.fields.values(), feed.order_field, "_batch_id", "_row"]
    return [name for name in dict.fromkeys(wanted) if name in table.columns]


def _pieces(batches: Any) -> Iterator[list[dict[str, Any]]]:
    for batch in batches:
        yield from queries.chunks(batch.to_pylist(), ROWS_AT_ONCE)


def _by_batch(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["_batch_id"]), []).append(row)
    return found


def _note_read(desk: Desk, feed_id: UUID) -> None:
    with desk.writing() as session:
        feed = session.get_one(Feed, feed_id)
        feed.read_at = desk.now
        feed.records = (
            session.scalar(
                select(func.count()).where(
                    Record.item_id == feed.item_id, Record.kind == feed.kind, Record.gone_at.is_(None)
                )
            )
            or 0
        )
