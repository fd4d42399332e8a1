"""Settle who belongs together around some records, and write what changed of the entities."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, union_all, update
from sqlalchemy.orm import Session

from zhengtong.data.entities import queries, rules
from zhengtong.data.entities.rules import Happening, Kind, PairState, Verdict
from zhengtong.data.entities.tables import Decision, DecisionSide, Entity, Pair, Record, Story
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.db import new_id
from zhengtong.office import identity


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what moved records: told in the entities' stories."""

    what: Happening | None = None
    by_name: str = ""
    told: Mapping[str, Any] | None = None


NOBODY = Cause()


def settle_around(
    session: Session,
    keyring: Keyring,
    kind: Kind,
    ids: Collection[UUID],
    *,
    now: datetime,
    cause: Cause = NOBODY,
) -> set[UUID]:
    """This will settle the records with these ids and all that hang together with them; returns the entities that changed."""
    within = _hanging_together(session, kind, set(ids))
    records = _records(session, within)
    alive = {one.id: one for one in records.values() if one.gone_at is None}
    pairs = _pairs(session, within)
    decisions = _decisions(session, within)
    settled = rules.settle(
        {one.id: one.code_index for one in alive.values()},
        [_likeness(pair) for pair in pairs if pair.one_id in alive and pair.other_id in alive],
        marks={one.id: one.mark for one in alive.values()},
        merges=[(one.one_id, one.other_id) for one in decisions if one.verdict is Verdict.MERGE],
        aparts=[apart_of(one) for one in decisions if one.verdict is Verdict.APART],
    )
    for pair in pairs:
        state = settled.states.get((pair.one_id, pair.other_id), PairState.APART)
        if pair.state is not state:
            pair.state, pair.changed_at = state, now
    return write_groups(session, keyring, kind, records, settled.group_of, now=now, cause=cause)


def apart_of(decision: Decision) -> rules.Apart:
    """The decision as the rules take it."""
    return rules.Apart(frozenset(map(UUID, decision.left)), frozenset(map(UUID, decision.right)))


def _likeness(pair: Pair) -> rules.Likeness:
    return rules.Likeness(pair.one_id, pair.other_id, pair.probability, pair.sure)


def _hanging_together(session: Session, kind: Kind, ids: set[UUID]) -> set[UUID]:
    """All records reached from these by likeness, code, entity or decision."""
    found: set[UUID] = set()
    frontier = set(ids)
    while frontier:
        found |= frontier
        reached: set[UUID] = set()
        for some in queries.chunks(frontier):
            reached |= _beside(session, kind, some)
        frontier = reached - found
    return found


def _beside(session: Session, kind: Kind, ids: Sequence[UUID]) -> set[UUID]:
    here = select(Record.entity_id).where(Record.id.in_(ids))
    codes = select(Record.code_index).where(Record.id.in_(ids), Record.code_index.is_not(None))
    sides = select(DecisionSide.decision_id).where(DecisionSide.record_id.in_(ids))
    asked = (
        select(Pair.other_id).where(Pair.one_id.in_(ids)),
        select(Pair.one_id).where(Pair.other_id.in_(ids)),
        select(Record.id).where(Record.entity_id.in_(here)),
        select(Record.id).where(Record.kind == kind, Record.code_index.in_(codes)),
        select(DecisionSide.record_id).where(DecisionSide.decision_id.in_(sides)),
    )
    return set(session.scalars(union_all(*asked)))


def _records(session: Session, ids: Collection[UUID]) -> dict[UUID, Record]:
    found: dict[UUID, Record] = {}
    for some in queries.chunks(ids):
        found |= {one.id: one for one in session.scalars(select(Record).where(Record.id.in_(some)))}
    return found


def _pairs(session: Session, ids: Collection[UUID]) -> list[Pair]:
    found: list[Pair] = []
    for some in queries.chunks(ids):
        found += session.scalars(select(Pair).where(Pair.one_id.in_(some)))
    return found


def _decisions(session: Session, ids: Collection[UUID]) -> list[Decision]:
    found: dict[UUID, Decision] = {}
    for some in queries.chunks(ids):
        sides = select(DecisionSide.decision_id).where(DecisionSide.record_id.in_(some))
        live = select(Decision).where(Decision.id.in_(sides), Decision.undone_at.is_(None))
        found |= {one.id: one for one in session.scalars(live)}
    return list(found.values())


def write_groups(
    session: Session,
    keyring: Keyring,
    kind: Kind,
    records: Mapping[UUID, Record],
    group_of: Mapping[UUID, UUID],
    *,
    now: datetime,
    cause: Cause = NOBODY,
) -> set[UUID]:
    """This will write each record's entity, the entities' lines and stories; returns those that changed."""
    before = {one.id: one.entity_id for one in records.values()}
    touched = set(before.values()) | set(group_of.values())
    standing = _entities(session, touched)
    waiting = _waiting(session, records)
    feeds = queries.feeds_by_item(session)
    members: dict[UUID, list[Record]] = {}
    for record in records.values():
        if record.id in group_of:
            record.entity_id = group_of[record.id]
            members.setdefault(record.entity_id, []).append(record)
    changed: set[UUID] = set()
    for entity_id, group in members.items():
        line = _line(kind, group, feeds, keyring, sum(waiting.get(one.id, 0) for one in group))
        entity = standing.pop(entity_id, None)
        stories = _stories(entity, entity_id, group, before, line, cause)
        if _put_line(session, entity, entity_id, line, now):
            changed.add(entity_id)
        for what, told in stories:
            session.add(_story(entity_id, what, told, now, cause))
    for entity_id, entity in standing.items():
        session.delete(entity)
        what = Happening.MERGED if any(before[one] == entity_id for one in group_of) else Happening.GONE
        into = next((str(group_of[one]) for one in group_of if before[one] == entity_id), "")
        session.add(_story(entity_id, what, {"into": into} if into else {}, now, cause))
        changed.add(entity_id)
    session.flush()
    return changed


def _entities(session: Session, ids: Collection[UUID]) -> dict[UUID, Entity]:
    found: dict[UUID, Entity] = {}
    for some in queries.chunks(ids):
        found |= {one.id: one for one in session.scalars(select(Entity).where(Entity.id.in_(some)))}
    return found


def _waiting(session: Session, ids: Iterable[UUID]) -> dict[UUID, int]:
    session.flush()
    found: dict[UUID, int] = {}
    for some in queries.chunks(ids):
        sides = (
            select(column).where(column.in_(some), Pair.state == PairState.WAITING)
            for column in (Pair.one_id, Pair.other_id)
        )
        for record_id in session.scalars(union_all(*sides)):
            found[record_id] = found.get(record_id, 0) + 1
    return found


def _line(
    kind: Kind, group: Sequence[Record], feeds: Mapping[UUID, Any], keyring: Keyring, waiting: int
) -> dict[str, Any]:
    told = rules.golden(("name", "status"), [queries.told_by(one, feeds) for one in group])
    name = told["name"].value if "name" in told else ""
    codes = sorted({one.code_index for one in group if one.code_index})
    return {
        "kind": kind,
        "name": name[:200],
        "spelling": identity.spelling(name, surname=kind is Kind.PERSON)[:600],
        "code_index": codes[0] if codes else "",
        "status": told["status"].value[:60] if "status" in told else "",
        "records": len(group),
        "sources": len({one.item_id for one in group}),
        "waiting": waiting,
    }


def _put_line(session: Session, entity: Entity | None, entity_id: UUID, line: Mapping[str, Any], now: datetime) -> bool:
    if entity is None:
        session.add(Entity(id=entity_id, changed_at=now, **line))
        return True
    differing = {name: value for name, value in line.items() if getattr(entity, name) != value}
    for name, value in differing.items():
        setattr(entity, name, value)
    if differing:
        entity.changed_at = now
    return bool(differing)


def _stories(
    entity: Entity | None,
    entity_id: UUID,
    group: Sequence[Record],
    before: Mapping[UUID, UUID],
    line: Mapping[str, Any],
    cause: Cause,
) -> list[tuple[Happening, dict[str, Any]]]:
    """What happened to an entity: found, joined by records, or telling something else."""
    items = sorted({str(one.item_id) for one in group})
    if entity is None:
        return [(cause.what or Happening.FOUND, {"records": len(group), "items": items})]
    joined = [one for one in group if before[one.id] != entity_id]
    told: list[tuple[Happening, dict[str, Any]]] = []
    if joined:
        told.append((cause.what or Happening.JOINED, {"records": len(joined), **_items(joined)}))
    elif len(group) < entity.records:
        told.append((cause.what or Happening.LEFT, {"records": entity.records - len(group)}))
    changed = [name for name in ("name", "status") if getattr(entity, name) != line[name]]
    return [*told, (Happening.CHANGED, {"attributes": changed})] if changed else told


def _items(group: Sequence[Record]) -> dict[str, Any]:
    return {"items": sorted({str(one.item_id) for one in group})}


def _story(entity_id: UUID, what: Happening, told: Mapping[str, Any], now: datetime, cause: Cause) -> Story:
    return Story(
        id=new_id(), entity_id=entity_id, at=now, what=what, by_name=cause.by_name, told={**told, **(cause.told or {})}
    )


def forget_pairs(session: Session, ids: Collection[UUID]) -> None:
    """This will take out all likenesses of these records: they are gone."""
    for some in queries.chunks(ids):
        session.execute(delete(Pair).where(Pair.one_id.in_(some) | Pair.other_id.in_(some)))


def mark_gone(session: Session, keyring: Keyring, kind: Kind, ids: Collection[UUID], *, now: datetime) -> None:
    """This will take records out whose rows are no longer in the lake; their decisions stay, should they come again."""
    around = _hanging_together(session, kind, set(ids))
    forget_pairs(session, ids)
    for some in queries.chunks(ids):
        gone = update(Record).where(Record.id.in_(some)).values(gone_at=now)
        session.execute(gone.execution_options(synchronize_session="fetch"))
    settle_around(session, keyring, kind, around, now=now)


def drop_empty(session: Session, ids: Collection[UUID], *, now: datetime) -> None:
    """This will take out the lines of entities that no record belongs to any more."""
    for some in queries.chunks(ids):
        for entity in session.scalars(select(Entity).where(Entity.id.in_(some))).all():
            into = session.scalar(select(Record.entity_id).where(Record.id == entity.id, Record.gone_at.is_(None)))
            what = Happening.MERGED if into else Happening.GONE
            session.add(_story(entity.id, what, {"into": str(into)} if into else {}, now, NOBODY))
            session.delete(entity)
