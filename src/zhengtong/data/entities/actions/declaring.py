"""Say what feeds the registers, which contradictions are looked for, and by which model records are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.entities import errors, queries, rules, schemas
from zhengtong.data.entities.actions.linking import LEAST
from zhengtong.data.entities.permissions import DECLARE
from zhengtong.data.entities.rules import FeedSpec, Kind, Model, RuleSpec
from zhengtong.data.entities.tables import Feed, ModelRow, Record, RuleRow
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id


@dataclass(frozen=True, slots=True)
class Put:
    """What putting a pack in place did. `unbound`: its tables that no item of the catalogue stands for."""

    feeds: int
    rules: int
    unbound: tuple[str, ...]


def put_pack(
    session: Session, actor: Actor, name: str, *, now: datetime, items: Mapping[str, str] | None = None
) -> Put:
    """This will put a bundled pack in place: its feeds and rules, bound to items by code. What is there already is brought to what
    the pack says; a rule that somebody switched off stays off. Needs DECLARE. Raises PackUnknown, PackInvalid.

    `items`: the pack's table → item code, over the pack's own.
    """
    require(actor, DECLARE, now=now)
    pack = queries.bundled_pack(name)
    codes = {**pack.items, **(items or {})}
    bound = {table: item for table, code in codes.items() if (item := catalogue.item_by_code(session, code))}
    for feed in pack.feeds:
        if feed.table in bound:
            _put_feed(session, feed, bound[feed.table], now)
    for rule in pack.rules:
        _put_rule(session, rule, bound, now)
    wanted = {table for rule in pack.rules for table in rule.tables} | {feed.table for feed in pack.feeds}
    unbound = tuple(sorted(wanted - bound.keys()))
    audit.record(session, actor, "entities.pack_put", pack, after={"pack": name, "unbound": list(unbound)}, at=now)
    session.flush()
    return Put(sum(feed.table in bound for feed in pack.feeds), len(pack.rules), unbound)


def declare_feed(session: Session, actor: Actor, told: schemas.EntityFeedIn, *, now: datetime) -> Feed:
    """This will have an item feed a register, or change how. Needs DECLARE. Raises ItemAbsent, RegisterFeedWrong."""
    require(actor, DECLARE, now=now)
    item = catalogue.item_by_code(session, told.item_code) or queries.item_by_number(session, told.item_code)
    if item is None:
        raise errors.ItemAbsent(code=told.item_code)
    known = {field.name for field in catalogue.fields_of(session, item.id)}
    faults = rules.feed_faults(told.kind, told.fields, told.trust)
    asked = {*told.key_fields, *told.fields.values(), *([told.order_field] if told.order_field else [])}
    faults += [f"{item.code}: {name}?" for name in sorted(asked - known)]
    if faults:
        raise errors.RegisterFeedWrong(why="; ".join(faults))
    spec = FeedSpec(
        table="any",
        kind=told.kind,
        key=tuple(told.key_fields),
        fields=told.fields,
        trust=told.trust,
        order=told.order_field,
    )
    feed = _put_feed(session, spec, item, now)
    audit.record(session, actor, "entities.feed_declared", feed, after=told.model_dump(mode="json"), at=now)
    return feed


def switch_rule(session: Session, actor: Actor, rule_id: UUID, *, enabled: bool, now: datetime) -> RuleRow:
    """This will have a rule looked for, or not. Needs DECLARE. Raises ContradictionRuleNotFound."""
    require(actor, DECLARE, now=now)
    rule = session.get(RuleRow, rule_id)
    if rule is None:
        raise errors.ContradictionRuleNotFound()
    before, rule.enabled, rule.changed_at = rule.enabled, enabled, now
    audit.record(
        session, actor, "entities.rule_switched", rule, before={"enabled": before}, after={"enabled": enabled}, at=now
    )
    return rule


def keep_model(session: Session, model: Model, *, trained_on: int, by: str, now: datetime) -> ModelRow:
    """This will keep a trained model beside the others; it is not used before somebody says so."""
    row = ModelRow(
        id=new_id(),
        kind=model.kind,
        number=model.number,
        content=model.told(),
        trained_on=trained_on,
        in_use=False,
        made_at=now,
        made_by_name=by,
    )
    session.add(row)
    return row


def next_number(session: Session, kind: Kind) -> int:
    """The number of the next model of a kind; 0 is the bundled one."""
    return 1 + (session.scalar(select(func.max(ModelRow.number)).where(ModelRow.kind == kind)) or 0)


def check_trainable(session: Session, actor: Actor, kind: Kind, *, now: datetime) -> None:
    """This will raise unless the actor may have a model trained and there are records enough. Raises ModelTooFew."""
    require(actor, DECLARE, now=now)
    count = session.scalar(select(func.count()).where(Record.kind == kind, Record.gone_at.is_(None))) or 0
    if count < LEAST:
        raise errors.ModelTooFew(count=count, least=LEAST)


def use_model(session: Session, actor: Actor, kind: Kind, number: int, *, now: datetime) -> None:
    """This will have records compared by another model: 0 is the bundled one. Rebuild the register afterwards. Needs DECLARE.

    Raises ModelNotFound.
    """
    require(actor, DECLARE, now=now)
    before = queries.model_in_use(session, kind).number
    row = session.scalar(select(ModelRow).where(ModelRow.kind == kind, ModelRow.number == number))
    if number and row is None:
        raise errors.ModelNotFound(number=number)
    session.execute(update(ModelRow).where(ModelRow.kind == kind).values(in_use=False))
    if row:
        row.in_use = True
        session.flush()
    told = {"kind": kind.value, "number": number}
    audit.record(session, actor, "entities.model_used", row or told, before={"number": before}, after=told, at=now)


def _put_feed(session: Session, spec: FeedSpec, item: catalogue.Item, now: datetime) -> Feed:
    feed = session.scalar(select(Feed).where(Feed.item_id == item.id, Feed.kind == spec.kind))
    values = {
        "key_fields": list(spec.key),
        "fields": dict(spec.fields),
        "trust": dict(spec.trust),
        "order_field": spec.order,
        "department_id": item.department_id,
    }
    if feed is None:
        feed = Feed(id=new_id(), item_id=item.id, kind=spec.kind, changed_at=now, **values)
        session.add(feed)
    elif any(getattr(feed, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(feed, name, value)
        feed.changed_at = now
    session.flush()
    return feed


def _put_rule(session: Session, spec: RuleSpec, bound: Mapping[str, catalogue.Item], now: datetime) -> None:
    row = session.scalar(select(RuleRow).where(RuleRow.code == spec.code))
    values = {
        "kind": spec.kind,
        "content": spec.model_dump(mode="json", by_alias=True),
        "items": {name: str(bound[name].id) for name in spec.tables if name in bound},
        "department_id": bound[spec.followed_by].department_id if spec.followed_by in bound else None,
    }
    if row is None:
        session.add(RuleRow(id=new_id(), code=spec.code, changed_at=now, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = now
