"""Take rows of an item into its register: what changed, whom it resembles, to whom it belongs.

The same rows may come twice, late or in any order: a record stands as its newest row says, and groups are settled from the
records alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import queries, rules
from zhengtong.data.entities.actions.settling import settle_around
from zhengtong.data.entities.queries import Seen
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.rules.texts import any_text, code
from zhengtong.data.entities.tables import Feed, Key, Pair, Record
from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel.db import new_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row of a feed, by attributes. Of one mark the highest `rank` counts. `marks`: as of `marks_of`."""

    marks: tuple[str, ...]
    values: Mapping[str, str]
    code: str
    order: str
    batch_id: str
    row: int
    at: datetime

    @property
    def mark(self) -> str:
        return self.marks[0]

    @property
    def rank(self) -> tuple[str, datetime, int]:
        return self.order, self.at, self.row


def take_rows(
    session: Session, keyring: Keyring, feed: Feed, rows: Iterable[Mapping[str, Any]], *, at: datetime, now: datetime
) -> int:
    """This will take rows (by field name, with `_batch_id` and `_row`) that landed at `at`; returns how many records changed."""
    changed = put_records(session, keyring, feed, rows, at=at)
    if changed:
        likeness_of(session, keyring, feed.kind, changed, now=now)
        settle_around(session, keyring, feed.kind, {one.id for one in changed}, now=now)
    return len(changed)


def put_records(
    session: Session, keyring: Keyring, feed: Feed, rows: Iterable[Mapping[str, Any]], *, at: datetime
) -> list[Seen]:
    """The records that are new or say something else now, with their keys written; whom they resemble is not asked yet."""
    newest: dict[str, Arrival] = {}
    for one in (_arrival(feed, row, keyring, at) for row in rows):
        if one and (one.mark not in newest or newest[one.mark].rank < one.rank):
            newest[one.mark] = one
    changed: list[Record] = []
    for some in queries.chunks(newest.values()):
        known = _known(session, feed.kind, [mark for one in some for mark in one.marks])
        for one in some:
            there = next((known[mark] for mark in one.marks if mark in known), None)
            if record := _put(session, keyring, feed, one, there):
                changed.append(record)
    session.flush()
    ready = [queries.seen(record, keyring) for record in changed]
    _write_keys(session, keyring, feed.kind, ready)
    return ready


def _arrival(feed: Feed, row: Mapping[str, Any], keyring: Keyring, at: datetime) -> Arrival | None:
    values = {name: text for name, field in feed.fields.items() if (text := any_text(row.get(field)))}
    key = [any_text(row.get(field)) for field in feed.key_fields]
    if not any(key) or not (values.get("name") or values.get("code")):
        return None
    number = code(values.get("code", ""))
    if feed.kind is Kind.PERSON:
        values.pop("code", None)
    return Arrival(
        marks=marks_of(feed, row, keyring),
        values=values,
        code=number,
        order=any_text(row.get(feed.order_field)) if feed.order_field else "",
        batch_id=str(row["_batch_id"]),
        row=int(row["_row"]),
        at=at,
    )


def marks_of(feed: Feed, row: Mapping[str, Any], keyring: Keyring) -> tuple[str, ...]:
    """What a row's being is called: its item, and its key fields blindly; by the present key first, then by older ones."""
    key = "\x1f".join(any_text(row.get(field)) for field in feed.key_fields)
    return tuple(f"{feed.item_id.hex}:{one}" for one in keyring.blind_indexes(Purpose.SUBJECTS, key))


def _known(session: Session, kind: Kind, marks: Sequence[str]) -> dict[str, Record]:
    found = session.scalars(select(Record).where(Record.kind == kind, Record.mark.in_(marks)))
    return {record.mark: record for record in found}


def _put(session: Session, keyring: Keyring, feed: Feed, one: Arrival, known: Record | None) -> Record | None:
    """The record where something of it changed. A row older than what is known changes nothing but a mark of an older key."""
    marked = known if known and _mark_anew(known, one.mark, keyring) else None
    if known and (known.order, known.seen_at, known.row) >= one.rank and known.gone_at is None:
        return marked
    person = feed.kind is Kind.PERSON
    same = (
        known is not None
        and known.gone_at is None
        and known.values == one.values
        and (not person or queries.code_of(known, keyring) == one.code)
    )
    record = known or Record(id=new_id(), kind=feed.kind, item_id=feed.item_id, mark=one.mark)
    record.order, record.batch_id, record.row, record.seen_at, record.gone_at = (
        one.order,
        one.batch_id,
        one.row,
        one.at,
        None,
    )
    if same:
        return marked
    record.values = dict(one.values)
    record.code_index = _index(feed.kind, one.code, keyring)
    sealed = person and one.code
    record.code_sealed = keyring.seal(Purpose.SUBJECTS, one.code.encode(), record.id.bytes) if sealed else None
    if known is None:
        record.entity_id = record.id
        session.add(record)
    return record


def _mark_anew(record: Record, mark: str, keyring: Keyring) -> bool:
    """This will put a record under the present key; False when it is."""
    if record.mark == mark:
        return False
    record.mark, record.code_index = mark, _index(record.kind, queries.code_of(record, keyring), keyring)
    return True


def _index(kind: Kind, number: str, keyring: Keyring) -> str | None:
    if not number or not queries.is_valid_code(kind, number):
        return None
    return keyring.blind_index(Purpose.SUBJECTS, number) if kind is Kind.PERSON else number


def _write_keys(session: Session, keyring: Keyring, kind: Kind, ready: Sequence[Seen]) -> None:
    for some in queries.chunks(ready):
        session.execute(delete(Key).where(Key.record_id.in_([one.id for one in some])))
        rows = [
            {"record_id": one.id, "hash": told} for one in some for told in queries.hashes(kind, one.columns, keyring)
        ]
        if rows:
            session.execute(insert(Key), rows)


def likeness_of(session: Session, keyring: Keyring, kind: Kind, ready: Sequence[Seen], *, now: datetime) -> None:
    """This will write anew which records these resemble, by the model in use."""
    found = resembling(session, keyring, kind, ready)
    write_pairs(session, found, around={one.id for one in ready}, now=now)


def resembling(
    session: Session, keyring: Keyring, kind: Kind, ready: Sequence[Seen]
) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """The pairs of these records with any that share a key, as they are kept."""
    model = queries.model_in_use(session, kind)
    wanted = {one.id: queries.hashes(kind, one.columns, keyring) for one in ready}
    beside = queries.sharing_keys(session, wanted)
    known = {one.id: one for one in ready}
    missing = {other for others in beside.values() for other in others} - known.keys()
    known |= {record.id: queries.seen(record, keyring) for record in queries.records_of(session, missing)}
    found: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for record_id, others in beside.items():
        for other in others & known.keys():
            key = rules.pair_key(record_id, other)
            if key not in found and (told := compared(model, known[key[0]], known[key[1]])):
                found[key] = told
    return found


def compared(model: rules.Model, one: Seen, other: Seen) -> dict[str, Any] | None:
    """What is kept of a likeness; None where valid codes decide, or where the two are too unlike to ask about."""
    if one.code and other.code:
        return None
    levels = rules.levels_of(model.kind, one.columns, other.columns)
    return weighed(model, levels)


def weighed(model: rules.Model, levels: Mapping[str, str]) -> dict[str, Any] | None:
    """The same, from levels that are known."""
    told = rules.score(model, levels)
    if told.probability < model.review:
        return None
    sure = rules.links_by_itself(model, levels, told.probability)
    return {
        "probability": told.probability,
        "weight": told.weight,
        "levels": dict(levels),
        "sure": sure,
        "model": model.number,
        "kind": model.kind,
    }


def write_pairs(
    session: Session,
    found: Mapping[tuple[UUID, UUID], Mapping[str, Any]],
    *,
    around: set[UUID],
    now: datetime,
    first_only: bool = False,
) -> set[UUID]:
    """This will make the pairs of the records `around` those that were found; returns the records whose pairs changed.

    `first_only`: `found` has only the pairs of which these are the first.
    """
    known: dict[tuple[UUID, UUID], Pair] = {}
    for some in queries.chunks(around):
        for column in (Pair.one_id,) if first_only else (Pair.one_id, Pair.other_id):
            known |= {
                (pair.one_id, pair.other_id): pair for pair in session.scalars(select(Pair).where(column.in_(some)))
            }
    touched: set[UUID] = set()
    for key, pair in known.items():
        if key not in found:
            session.delete(pair)
            touched |= set(key)
    rows = []
    for key, told in found.items():
        standing = known.get(key)
        if standing is None:
            rows.append(_pair_row(key, told, now))
            touched |= set(key)
        elif standing.levels != told["levels"] or standing.model != told["model"]:
            for name in ("probability", "weight", "levels", "sure", "model"):
                setattr(standing, name, told[name])
            standing.changed_at = now
            touched |= set(key)
    session.flush()
    for piece in queries.chunks(rows):
        session.execute(insert(Pair), piece)
    return touched


def _pair_row(key: tuple[UUID, UUID], told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "one_id": key[0],
        "other_id": key[1],
        **told,
        "state": rules.PairState.WAITING,
        "found_at": now,
        "changed_at": now,
        "version": 1,
    }
