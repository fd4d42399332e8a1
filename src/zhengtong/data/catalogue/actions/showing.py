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
    """This will give each its code: the next of its class, in the order given."""
    last: dict[str, int] = {}
    for class_code in sorted(set(class_codes)):
        last[class_code] = _counter(session, class_code).last
    codes = []
    for class_code in class_codes:
        last[class_code] += 1
        codes.append(rules.code_for(class_code, last[class_code]))
    for class_code, number in last.items():
        _counter(session, class_code).last = number
    taken = set(session.scalars(select(Item.code).where(Item.code.in_(codes)))) if len(codes) < 500 else set()
    if taken:
        return next_codes(session, class_codes)
    return codes


def take_code(session: Session, code: str) -> str:
    """This will keep a code that somebody chose from being given again. Raises CodeWrong, CodeTaken."""
    split = rules.split_code(code)
    if split is None:
        raise errors.CodeWrong(code=code)
    taken = session.scalar(select(Item).where(Item.code == code))
    if taken is not None:
        raise errors.CodeTaken(code=code, name=taken.name_zh)
    note_codes(session, [code])
    return code


def note_codes(session: Session, codes: Iterable[str]) -> None:
    """This will move the counters of these codes' classes beyond them."""
    last: dict[str, int] = {}
    for class_code, number in filter(None, (rules.split_code(code) for code in codes)):
        last[class_code] = max(number, last.get(class_code, 0))
    for class_code, number in sorted(last.items()):
        counter = _counter(session, class_code)
        counter.last = max(counter.last, number)


def _counter(session: Session, class_code: str) -> CodeCounter:
    key = class_code or rules.UNCLASSED
    counter = session.scalar(select(CodeCounter).where(CodeCounter.class_code == key).with_for_update())
    if counter is None:
        counter = CodeCounter(class_code=key, last=0)
        session.add(counter)
        session.flush()
    return counter
