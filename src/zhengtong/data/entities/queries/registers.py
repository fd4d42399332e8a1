"""Firms and persons: who may see them, how they are found, their golden record with the source of each value."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake
from zhengtong.data.entities import errors, rules, schemas
from zhengtong.data.entities.permissions import DECLARE, READ, READ_LEADS, REVEAL, REVIEW
from zhengtong.data.entities.queries.coded import CodeNames
from zhengtong.data.entities.queries.seen import code_of
from zhengtong.data.entities.rules import Kind, PairState, texts
from zhengtong.data.entities.tables import Decision, DecisionSide, Entity, Feed, Lead, Pair, Record, Story
from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity

LABELS: Mapping[str, tuple[str, str]] = {
    "code": ("代码", "Code"),
    "name": ("名称", "Name"),
    "sex": ("性别", "Sex"),
    "birth": ("出生日期", "Born on"),
    "phone": ("电话", "Telephone"),
    "address": ("地址", "Address"),
    "nationality": ("民族", "Nationality"),
    "division": ("区划", "Division"),
    "status": ("登记状态", "Status"),
    "legal": ("法定代表人", "Legal representative"),
    "registered_on": ("成立日期", "Registered on"),
    "industry": ("行业", "Industry"),
    "capital_fen": ("注册资本（元）", "Capital (yuan)"),
}
OF_PERSONS = {"code": ("公民身份号码", "Identity number"), "name": ("姓名", "Name")}
OF_FIRMS = {"code": ("统一社会信用代码", "Unified credit code")}
MASKS: Mapping[str, Callable[[str], str]] = {
    "code": functools.partial(texts.masked_middle, head=6, tail=2),
    "name": texts.masked_name,
    "phone": functools.partial(texts.masked_middle, head=3, tail=4),
    "address": texts.masked_address,
}
SEXES = {"1": "男", "2": "女"}
STORIES = 100
MEMBERS = 200


def visible_entities(actor: Actor) -> Select[Entity]:
    """All entities for who may see the registers; none else."""
    statement = select(Entity)
    return statement if actor.may(READ) else statement.where(Entity.id.is_(None))


def find_entities(
    actor: Actor, keyring: Keyring, kind: Kind, wanted: schemas.Wanted, *, text: str | None
) -> Select[Entity]:
    """Entities by name, pinyin or initials, or by the whole code number."""
    statement = visible_entities(actor).where(Entity.kind == kind)
    if wanted.doubtful:
        statement = statement.where(Entity.waiting > 0)
    if wanted.shared:
        statement = statement.where(Entity.sources > 1)
    return statement.where(_says(text, keyring, kind)) if text else statement


def _says(text: str, keyring: Keyring, kind: Kind) -> Any:
    number = texts.code(text)
    if len(number) == 18 and kind is Kind.PERSON:
        return Entity.code_index.in_(keyring.blind_indexes(Purpose.SUBJECTS, number))
    found = [Entity.name.contains(texts.plain(text), autoescape=True), Entity.name.contains(text, autoescape=True)]
    if kind is Kind.PERSON:
        found = [Entity.name.startswith(text, autoescape=True), Entity.name == texts.person_name(text)]
    elif len(number) >= 4 and number.isascii():
        found.append(Entity.code_index.startswith(number, autoescape=True))
    return or_(*found, identity.spelled(Entity.spelling, text))


def get_entity(session: Session, actor: Actor, entity_id: UUID) -> Entity:
    """The entity; the id of one that was merged leads to what it is part of now. Raises EntityNotFound."""
    found = session.scalar(visible_entities(actor).where(Entity.id == entity_id))
    if found is None:
        now_in = select(Record.entity_id).where(Record.id == entity_id, Record.gone_at.is_(None)).scalar_subquery()
        found = session.scalar(visible_entities(actor).where(Entity.id == now_in))
    if found is None:
        raise errors.EntityNotFound()
    return found


def entity_line(entity: Entity) -> schemas.EntityLine:
    """One entity in a list: persons masked."""
    names = ("id", "kind", "status", "records", "sources", "waiting", "changed_at")
    firm = entity.kind is Kind.FIRM
    return schemas.EntityLine(
        **{name: getattr(entity, name) for name in names},
        name=entity.name if firm else texts.masked_name(entity.name),
        code=entity.code_index if firm else "",
    )


def entity_lines(session: Session, keyring: Keyring, entities: Sequence[schemas.EntityLine]) -> None:
    """This will fill in the masked code numbers of the persons of a page."""
    ids = [one.id for one in entities if one.kind is Kind.PERSON]
    sealed = select(Record).where(Record.entity_id.in_(ids), Record.code_index.is_not(None), Record.gone_at.is_(None))
    codes = {one.entity_id: code_of(one, keyring) for one in session.scalars(sealed)}
    for one in entities:
        if one.id in codes:
            one.code = identity.masked_id_number(codes[one.id])


def feeds_by_item(session: Session) -> dict[UUID, Feed]:
    """The feeds by the item they read. An item feeds one register."""
    return {feed.item_id: feed for feed in session.scalars(select(Feed))}


def told_by(record: Record, feeds: Mapping[UUID, Feed], *, code: str = "") -> rules.Told:
    """What a record says, with its source's trust."""
    feed = feeds.get(record.item_id)
    values = {**record.values, **({"code": code} if code else {})}
    trust = dict(feed.trust) if feed else {}
    if code and record.kind is Kind.PERSON and record.code_index is None:
        trust["code"] = rules.LEAST_TRUSTED
    return rules.Told(record.id, record.mark, values, trust, record.order, record.seen_at)


def item_refs(session: Session, ids: Iterable[UUID]) -> dict[UUID, schemas.EntityItem]:
    """Items as they are named on a page."""
    asked = (
        select(catalogue.Item, identity.Department)
        .join(identity.Department, identity.Department.id == catalogue.Item.department_id)
        .where(catalogue.Item.id.in_(set(ids)))
    )
    return {item.id: _item_ref(item, department) for item, department in session.execute(asked)}


def _item_ref(item: Any, department: identity.Department) -> schemas.EntityItem:
    return schemas.EntityItem(
        id=item.id,
        code=item.number or item.code,
        name_zh=item.name_zh,
        name_en=item.name_en or item.name_zh,
        department=department.short_name or department.name_zh,
        department_en=department.name_en or department.name_zh,
    )


def label(kind: Kind, attribute: str) -> schemas.EntityText:
    """The name of an attribute."""
    own = (OF_PERSONS if kind is Kind.PERSON else OF_FIRMS).get(attribute)
    zh, en = own or LABELS[attribute]
    return schemas.EntityText(zh=zh, en=en)


def masked(kind: Kind, attribute: str, value: str) -> str:
    """A value as a page may show it: masked, codes in words, fen in yuan."""
    if attribute == "capital_fen" and value.isdigit():
        return f"{int(value) / 100:,.2f}"
    if attribute == "sex":
        return SEXES.get(texts.sex(value), value)
    if kind is Kind.FIRM:
        return texts.masked_middle(value, 3, 4) if attribute == "phone" else value
    if attribute == "birth":
        return f"{value[:4]}-**-**"
    form = MASKS.get(attribute)
    return form(value) if form else value


def members_of(session: Session, entity: Entity) -> list[Record]:
    """The live records of an entity, the oldest first."""
    found = select(Record).where(Record.entity_id == entity.id, Record.gone_at.is_(None))
    return list(session.scalars(found.order_by(Record.id).limit(MEMBERS)))


def golden_of(session: Session, entity: Entity, members: Sequence[Record], keyring: Keyring) -> dict[str, rules.Golden]:
    """The golden record, whole values: mask them before they are shown."""
    feeds = feeds_by_item(session)
    told = [told_by(one, feeds, code=code_of(one, keyring)) for one in members]
    return rules.golden(rules.ATTRIBUTES[entity.kind], told)


def values_out(
    session: Session, entity: Entity, members: Sequence[Record], keyring: Keyring
) -> list[schemas.EntityValue]:
    """The golden record with the source of each value, masked."""
    known = {one.id: one for one in members}
    items = {one.item_id for one in members}
    refs, coded = item_refs(session, items), CodeNames(session, items)
    found = []
    for attribute, one in golden_of(session, entity, members, keyring).items():
        source = known[one.record_id]
        if source.item_id not in refs:
            continue
        shown = coded.said(source.item_id, attribute, masked(entity.kind, attribute, one.value))
        told = [(known[record].item_id, masked(entity.kind, attribute, value)) for record, value in one.others]
        others = [
            schemas.EntityOtherValue(item=refs[item], value=coded.said(item, attribute, value))
            for item, value in told
            if item in refs
        ]
        found.append(
            schemas.EntityValue(
                attribute=attribute,
                label=label(entity.kind, attribute),
                value=shown,
                masked="*" in shown,
                item=refs[source.item_id],
                batch_id=source.batch_id,
                seen_at=source.seen_at,
                rule=_rule(one.rule),
                others=others,
            )
        )
    return found


def _rule(told: str) -> Literal["only", "trust", "newest"]:
    return "only" if told == "only" else "trust" if told == "trust" else "newest"


def members_out(
    session: Session, entity: Entity, members: Sequence[Record], keyring: Keyring
) -> list[schemas.EntityRecord]:
    """The records of an entity, how each came to it, masked."""
    ids = [one.id for one in members]
    items = {one.item_id for one in members}
    refs, coded = item_refs(session, items), CodeNames(session, items)
    inside = select(Pair).where(Pair.one_id.in_(ids), Pair.other_id.in_(ids))
    best: dict[UUID, float] = {}
    for pair in session.scalars(inside):
        for record in (pair.one_id, pair.other_id):
            best[record] = max(best.get(record, 0.0), pair.probability)
    decided = {
        side for one in decisions_on(session, ids) if one.verdict == "merge" for side in (one.one_id, one.other_id)
    }
    codes = [one.code_index for one in members]
    return [
        schemas.EntityRecord(
            id=one.id,
            item=refs[one.item_id],
            values={
                name: coded.said(one.item_id, name, masked(entity.kind, name, value))
                for name, value in {**one.values, "code": code_of(one, keyring)}.items()
                if value
            },
            batch_id=one.batch_id,
            row=one.row,
            order=one.order,
            seen_at=one.seen_at,
            linked_by=_linked_by(one, codes, decided, best, first=one is members[0]),
            probability=best.get(one.id),
        )
        for one in members
        if one.item_id in refs
    ]


def _linked_by(
    one: Record, codes: Sequence[str | None], decided: set[UUID], best: Mapping[UUID, float], *, first: bool
) -> Literal["first", "code", "likeness", "decision"]:
    if one.id in decided:
        return "decision"
    if one.code_index and codes.count(one.code_index) > 1:
        return "code"
    return "likeness" if one.id in best and not first else "first"


def decisions_on(session: Session, ids: Sequence[UUID]) -> list[Decision]:
    """The live decisions that concern any of these records."""
    sides = select(DecisionSide.decision_id).where(DecisionSide.record_id.in_(ids))
    live = select(Decision).where(Decision.id.in_(sides), Decision.undone_at.is_(None))
    return list(session.scalars(live.order_by(Decision.decided_at.desc())))


def stories_out(session: Session, entity: Entity, members: Sequence[Record]) -> list[schemas.EntityStory]:
    """What happened to the entity, newest first."""
    found = session.scalars(
        select(Story).where(Story.entity_id == entity.id).order_by(Story.at.desc(), Story.id.desc()).limit(STORIES)
    ).all()
    named = {UUID(one) for story in found for one in story.told.get("items", ())}
    refs = item_refs(session, named)
    return [
        schemas.EntityStory(
            at=one.at,
            what=one.what,
            by=one.by_name,
            told={name: value for name, value in one.told.items() if name != "items"},
            items=[refs[UUID(item)] for item in one.told.get("items", ()) if UUID(item) in refs],
        )
        for one in found
    ]


def decisions_out(
    session: Session, actor: Actor, entity: Entity, members: Sequence[Record]
) -> list[schemas.EntityDecision]:
    """What was decided about the entity, and by whom."""
    ids = {one.id for one in members}
    found = []
    for one in decisions_on(session, list(ids)):
        far = next((side for side in (one.one_id, one.other_id) if side not in ids), None)
        other = session.scalar(select(Entity).join(Record, Record.entity_id == Entity.id).where(Record.id == far))
        found.append(
            schemas.EntityDecision(
                id=one.id,
                verdict=one.verdict,
                reason=one.reason,
                decided_at=one.decided_at,
                decided_by=one.decided_by_name,
                other_id=other.id if other else None,
                other_name=entity_line(other).name if other else "",
                undoable=actor.may(REVIEW),
            )
        )
    return found


def waiting_pairs(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """The doubtful pairs that touch these records."""
    asked = select(Pair.id).where(or_(Pair.one_id.in_(ids), Pair.other_id.in_(ids)), Pair.state == PairState.WAITING)
    return list(session.scalars(asked.order_by(Pair.probability.desc())))


def abilities(actor: Actor, entity: Entity) -> dict[str, bool]:
    """What the actor can do with an entity."""
    return {
        "reveal": entity.kind is Kind.PERSON and actor.may(REVEAL),
        "review": actor.may(REVIEW),
        "declare": actor.may(DECLARE),
    }


def figures(session: Session, actor: Actor) -> schemas.EntityFigures:
    """How the registers stand."""
    kinds = dict(session.execute(select(Entity.kind, func.count()).group_by(Entity.kind)).all())
    scope = actor.scope(READ_LEADS)
    reach = [] if scope.everywhere else [Lead.department_id.in_(scope.departments)]
    return schemas.EntityFigures(
        firms=kinds.get(Kind.FIRM, 0),
        persons=kinds.get(Kind.PERSON, 0),
        records=session.scalar(select(func.coalesce(func.sum(Entity.records), 0))) or 0,
        shared=_count(session, select(Entity.id).where(Entity.sources > 1)),
        waiting=_count(session, select(Pair.id).where(Pair.state == PairState.WAITING)),
        leads_open=_count(session, select(Lead.id).where(Lead.state.in_(rules.LIVE), *reach)),
    )


def _count(session: Session, asked: Select[UUID]) -> int:
    return session.scalar(select(func.count()).select_from(asked.subquery())) or 0


def entity_sizes(session: Session, kind: Kind) -> dict[UUID, int]:
    """How many records each entity of a register is said to have."""
    return dict(session.execute(select(Entity.id, Entity.records).where(Entity.kind == kind)).all())


def landed_at(session: Session, item_id: UUID) -> dict[str, datetime]:
    """When each batch of an item landed, by the batch's id."""
    batches = select(intake.Batch.id, intake.Batch.at).where(intake.Batch.item_id == item_id)
    return {str(batch): at for batch, at in session.execute(batches)}
