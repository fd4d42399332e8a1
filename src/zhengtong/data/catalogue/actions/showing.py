"""The item's rows made to say what one of its versions says; its code; its place in the search index."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.catalogue import errors, queries, rules
from zhengtong.data.catalogue.rules import METADATA, Content, FieldContent
from zhengtong.data.catalogue.tables import CodeCounter, Field, Item
from zhengtong.kernel.db import new_id
from zhengtong.office import identity

SHOWN = tuple(name for name in METADATA if name != "level")
USED_BY = "catalogue.field"
AT_ONCE = 500


def metadata_of(content: Content) -> dict[str, Any]:
    """The columns of the item that say what the content says."""
    told: dict[str, Any] = {name: getattr(content, name) for name in SHOWN}
    level = rules.level_of(content, queries.LADDER, least=queries.LADDER[0])
    if not content.fields and not content.level:
        level = standards.Level.GENERAL_3.value
    return {
        **told,
        "related": list(content.related),
        "spelling": identity.spelling(content.name_zh),
        "level": standards.Level(level),
    }


def field_columns(one: FieldContent, place: int) -> dict[str, Any]:
    """The columns of the field's row."""
    told: dict[str, Any] = {name: getattr(one, name) for name in FieldContent.__slots__}
    return {**told, "place": place, "type": standards.Type(one.type), "level": standards.Level(one.level)}


def show(session: Session, item: Item, content: Content) -> None:
    """This will make the item and its fields say what the content says. A field keeps its id as long as it keeps its name."""
    for name, value in metadata_of(content).items():
        if getattr(item, name, None) != value:
            setattr(item, name, value)
    known = {one.name: one for one in queries.fields_of(session, item.id)}
    for gone in known.keys() - {one.name for one in content.fields}:
        session.delete(known[gone])
    session.flush()
    for place, one in enumerate(content.fields):
        columns = field_columns(one, place)
        row = known.get(one.name)
        if row is None:
            session.add(Field(id=new_id(), item_id=item.id, **columns))
            continue
        for name, value in columns.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    session.flush()


def note_uses(session: Session, item: Item, before: Content | None, after: Content | None) -> None:
    """This will tell standards which elements the item's fields are built on, and which no longer."""
    old, new = (_used(content) for content in (before, after))
    gone, fresh = old.items() - new.items(), new.items() - old.items()
    known = queries.standing(session).elements if gone or fresh else {}
    for name, code in gone:
        if element := known.get(code) or standards.element_by_code(session, code):
            standards.drop_use(session, element.id, about=(USED_BY, f"{item.id.hex}.{name}"))
    for name, code in fresh:
        if element := known.get(code):
            about = (USED_BY, f"{item.id.hex}.{name}")
            standards.note_use(session, element.id, about=about, name=f"{item.name_zh} · {name}"[:200])


def _used(content: Content | None) -> dict[str, str]:
    return {one.name[:40]: one.element_code for one in content.fields if one.element_code} if content else {}


def next_codes(session: Session, class_codes: Sequence[str]) -> list[str]:
    """This will give each its code: the next of its class that is free, in the order given."""
    counters = _counters(session, class_codes)
    codes = []
    for class_code in class_codes:
        counter = counters[class_code or rules.UNCLASSED]
        counter.last += 1
        codes.append(rules.code_for(class_code, counter.last))
    taken = _taken(session, codes)
    return next_codes(session, class_codes) if taken else codes


def take_code(session: Session, code: str) -> str:
    """This will keep a code that somebody chose from being given again. Raises ItemCodeWrong, CodeTaken."""
    if rules.split_code(code) is None:
        raise errors.ItemCodeWrong(code=code)
    taken = session.scalar(select(Item).where(Item.code == code))
    if taken is not None:
        raise errors.CodeTaken(code=code, name=taken.name_zh)
    note_codes(session, [code])
    return code


def note_codes(session: Session, codes: Iterable[str]) -> None:
    """This will move the counters of these codes' classes beyond them."""
    split = [found for found in map(rules.split_code, codes) if found]
    counters = _counters(session, [class_code for class_code, _ in split])
    for class_code, number in split:
        counters[class_code].last = max(counters[class_code].last, number)
    session.flush()


def _counters(session: Session, class_codes: Iterable[str]) -> dict[str, CodeCounter]:
    """The counters of the classes, locked in one order; new ones begin at nought."""
    wanted = sorted({class_code or rules.UNCLASSED for class_code in class_codes})
    found: dict[str, CodeCounter] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = CodeCounter.class_code.in_(wanted[start : start + AT_ONCE])
        locked = select(CodeCounter).where(part).order_by(CodeCounter.class_code).with_for_update()
        found |= {one.class_code: one for one in session.scalars(locked)}
    fresh = {key: CodeCounter(class_code=key, last=0) for key in wanted if key not in found}
    session.add_all(fresh.values())
    session.flush()
    return found | fresh


def _taken(session: Session, codes: Sequence[str]) -> bool:
    parts = (codes[start : start + AT_ONCE] for start in range(0, len(codes), AT_ONCE))
    return any(session.scalar(select(Item.id).where(Item.code.in_(part)).limit(1)) for part in parts)
