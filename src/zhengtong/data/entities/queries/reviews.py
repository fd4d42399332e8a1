"""Doubtful pairs: which wait, and the two sides of one with what speaks for and against."""

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import errors, rules, schemas
from zhengtong.data.entities.permissions import READ, REVIEW
from zhengtong.data.entities.queries import registers
from zhengtong.data.entities.queries.coded import CodeNames
from zhengtong.data.entities.queries.seen import code_of, model_in_use
from zhengtong.data.entities.rules import Kind, PairState
from zhengtong.data.entities.tables import Decision, Entity, Pair, Record
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words

STATES: Mapping[PairState, Words] = {
    PairState.LINKED: Words("已属于同一实体", "now one being"),
    PairState.WAITING: Words("等待核对", "waiting"),
    PairState.IMPLIED: Words("由另一对代为核对", "another pair of the two is asked about"),
    PairState.APART: Words("已分开", "kept apart"),
}
DIFFERS = ("不同", "differ")
UNKNOWN = ("有一方没有填写", "one side does not say")


def state_words(state: PairState) -> Words:
    """The state in words."""
    return STATES[state]


def waiting(actor: Actor, kind: Kind | None) -> Select[Pair]:
    """The pairs that wait to be settled; none for who may not see the registers."""
    statement = select(Pair).where(Pair.state == PairState.WAITING)
    if not actor.may(READ):
        statement = statement.where(Pair.id.is_(None))
    return statement.where(Pair.kind == kind) if kind else statement


def count_waiting(session: Session, kind: Kind | None = None) -> int:
    """How many pairs wait."""
    asked = select(func.count()).select_from(Pair).where(Pair.state == PairState.WAITING)
    return session.scalar(asked.where(Pair.kind == kind) if kind else asked) or 0


def next_pair(session: Session, kind: Kind, *, but: UUID | None = None) -> UUID | None:
    """The pair to look at next: the likeliest first."""
    asked = select(Pair.id).where(Pair.kind == kind, Pair.state == PairState.WAITING, Pair.id != but)
    return session.scalar(asked.order_by(Pair.probability.desc(), Pair.id).limit(1))


def get_pair(session: Session, actor: Actor, pair_id: UUID) -> Pair:
    """The pair. Raises PairNotFound."""
    found = session.get(Pair, pair_id) if actor.may(READ) else None
    if found is None:
        raise errors.PairNotFound()
    return found


def pair_lines(session: Session, pairs: Sequence[Pair]) -> list[schemas.PairLine]:
    """Pairs in a list, masked, with the strongest reasons for and against."""
    ids = {side for pair in pairs for side in (pair.one_id, pair.other_id)}
    records = {one.id: one for one in session.scalars(select(Record).where(Record.id.in_(ids)))}
    refs = registers.item_refs(session, {one.item_id for one in records.values()})
    found = []
    for pair in pairs:
        one, other = records[pair.one_id], records[pair.other_id]
        if one.item_id not in refs or other.item_id not in refs:
            continue
        told = [reason.words for reason in reasons(session, pair) if reason.level not in (rules.UNKNOWN,)]
        found.append(
            schemas.PairLine(
                id=pair.id,
                kind=pair.kind,
                probability=pair.probability,
                left_name=_name(one),
                right_name=_name(other),
                left_item=refs[one.item_id],
                right_item=refs[other.item_id],
                words=told[:3],
                found_at=pair.found_at,
            )
        )
    return found


def _name(record: Record) -> str:
    return registers.masked(record.kind, "name", str(record.values.get("name", "")))


def reasons(session: Session, pair: Pair) -> list[schemas.PairReason]:
    """What each comparison says, the weightiest first."""
    model = model_in_use(session, pair.kind)
    told = []
    for one in rules.COMPARISONS[pair.kind]:
        level = pair.levels.get(one.name, rules.UNKNOWN)
        weight = 0.0 if level == rules.UNKNOWN else model.chances[one.name][level].weight
        told.append(
            schemas.PairReason(
                comparison=one.name,
                label=schemas.EntityText(zh=one.zh, en=one.en),
                level=level,
                words=level_words(one, level),
                weight=round(weight, 2),
            )
        )
    return sorted(told, key=lambda reason: -abs(reason.weight))


def level_words(one: rules.Comparison, level: str) -> schemas.EntityText:
    """A level of agreement in words."""
    if level == rules.DIFFERS:
        return schemas.EntityText(zh=f"{one.zh}{DIFFERS[0]}", en=f"{one.en}: {DIFFERS[1]}")
    if level == rules.UNKNOWN:
        return schemas.EntityText(zh=f"{one.zh}：{UNKNOWN[0]}", en=f"{one.en}: {UNKNOWN[1]}")
    known = next(step for step in one.levels if step.name == level)
    return schemas.EntityText(zh=known.zh, en=known.en)


def pair_out(session: Session, actor: Actor, pair: Pair, keyring: Keyring) -> schemas.PairOut:
    """One pair side by side, masked."""
    sides = [session.get_one(Record, side) for side in (pair.one_id, pair.other_id)]
    items = {one.item_id for one in sides}
    refs, coded = registers.item_refs(session, items), CodeNames(session, items)
    model = model_in_use(session, pair.kind)
    decided = select(Decision.id).where(
        Decision.one_id == pair.one_id, Decision.other_id == pair.other_id, Decision.undone_at.is_(None)
    )
    return schemas.PairOut(
        id=pair.id,
        kind=pair.kind,
        probability=pair.probability,
        weight=round(pair.weight, 2),
        prior=round(math.log2(model.prior / (1 - model.prior)), 2),
        state=pair.state,
        left=_side(session, sides[0], refs, coded, keyring),
        right=_side(session, sides[1], refs, coded, keyring),
        reasons=reasons(session, pair),
        decision=session.scalar(decided.limit(1)),
        next=next_pair(session, pair.kind, but=pair.id),
        waiting=count_waiting(session, pair.kind),
        version=pair.version,
        abilities={"decide": actor.may(REVIEW) and pair.state in (PairState.WAITING, PairState.IMPLIED)},
    )


def _side(
    session: Session, record: Record, refs: Mapping[UUID, schemas.EntityItem], coded: CodeNames, keyring: Keyring
) -> schemas.PairSide:
    entity = session.get(Entity, record.entity_id)
    values = {**record.values, "code": code_of(record, keyring)}
    return schemas.PairSide(
        record_id=record.id,
        entity_id=record.entity_id,
        item=refs[record.item_id],
        values={
            name: coded.said(record.item_id, name, registers.masked(record.kind, name, value))
            for name, value in values.items()
            if value
        },
        seen_at=record.seen_at,
        others=max(0, (entity.records if entity else 1) - 1),
    )
