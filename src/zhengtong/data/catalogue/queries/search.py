"""Items found by words, fields, elements and facets; what the index holds of an item."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from zhengtong import engines
from zhengtong.data import standards
from zhengtong.data.catalogue import schemas
from zhengtong.data.catalogue.permissions import EDIT, READ, REVIEW
from zhengtong.data.catalogue.queries import binding, packs
from zhengtong.data.catalogue.queries.views import item_line
from zhengtong.data.catalogue.rules.finding import Sought, read_question
from zhengtong.data.catalogue.rules.lifecycle import State
from zhengtong.data.catalogue.schemas.search import (
    FACETS,
    Facet,
    FacetValue,
    Found,
    HitOut,
    IndexState,
    Narrowed,
    Suggestion,
)
from zhengtong.data.catalogue.tables import Field, Item
from zhengtong.data.catalogue.tables.finding import INDEX
from zhengtong.engines import search
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.jobs import RUNNING, WAITING, JobRow
from zhengtong.office import identity

WORDED = {"share_type": "share_types", "format": "formats", "update_cycle": "update_cycles"}
SAID = {
    "promise": {"kept": ("按承诺更新", "Kept"), "late": ("逾期未更新", "Late"), "none": ("未承诺", "No promise")},
    "data": {"yes": ("已有数据", "Has data"), "no": ("尚无数据", "No data yet")},
    "origin": {
        "registered": ("登记", "Registered"),
        "imported": ("批量导入", "Imported"),
        "proposed": ("由数据源提出", "Proposed"),
        "external": ("外部目录", "External"),
    },
}
MATCHED = 4
SAID_OF_ITEMS = select(
    Item.id,
    Item.number,
    Item.code,
    Item.name_zh,
    Item.name_en,
    Item.abstract,
    Item.department_id,
    Item.class_code,
    Item.level,
    Item.share_type,
    Item.state,
    Item.format,
    Item.update_cycle,
    Item.origin,
    Item.overdue_since,
    Item.due_at,
    Item.last_batch_at,
    Item.published_at,
    Item.created_at,
    identity.Department.name_zh.label("department_zh"),
    identity.Department.name_en.label("department_en"),
    identity.Department.short_name,
).join(identity.Department, identity.Department.id == Item.department_id)


def find_in_index(
    session: Session, actor: Actor, typed: str, narrowed: Narrowed, *, after: str | None = None, limit: int = 20
) -> Found:
    """The items that say what was typed and that the actor may see, best first; the facets with the first page."""
    sought = read_question(typed)
    question = search.Question(
        text=sought.text,
        parts=sought.field,
        marks=sought.elements,
        chosen=narrowed.chosen(),
        allowed=_allowed(actor),
        count=() if after else FACETS,
        after=after,
        limit=limit,
    )
    answer = engines.search_of(session).find(session, INDEX, question)
    return Found(
        items=_hits(session, answer.keys, sought),
        next=answer.after,
        total=answer.total,
        facets=[_facet(session, name, values) for name, values in answer.facets.items()],
        forgiven=answer.forgiven,
    )


def suggest(session: Session, actor: Actor, typed: str, *, limit: int = 8) -> list[Suggestion]:
    """The items that come first for what is typed so far."""
    question = search.Question(text=typed, allowed=_allowed(actor), limit=limit)
    keys = engines.search_of(session).find(session, INDEX, question).keys if typed.strip() else []
    return [
        Suggestion(
            id=one.id,
            code=one.number or one.code,
            name_zh=one.name_zh,
            name_en=one.name_en,
            department=schemas.Words(zh=one.department.name_zh, en=one.department.name_en or one.department.name_zh),
        )
        for one in _items(session, keys)
    ]


def entries_of(session: Session, ids: Sequence[UUID]) -> list[search.Entry]:
    """What the index holds of the items. Deleted ones have none."""
    held = session.execute(SAID_OF_ITEMS.where(Item.id.in_(ids), Item.state != State.DELETED)).all()
    fields: dict[str, list[tuple[str, str, str]]] = {one.id.hex: [] for one in held}
    columns = select(type_coerce(Field.item_id, String()), Field.name, Field.name_zh, Field.element_code)
    ordered = columns.where(Field.item_id.in_([one.id for one in held])).order_by(Field.item_id, Field.place)
    for item_id, name, name_zh, code in session.execute(ordered):
        fields[_hex(item_id)].append((name, name_zh, code))
    codes = {code for told in fields.values() for _, _, code in told if code}
    known = select(standards.Element.code, standards.Element.name_zh, standards.Element.name_en)
    names = {row[0]: (row[1], row[2]) for row in session.execute(known.where(standards.Element.code.in_(codes)))}
    return [_entry(one, fields[one.id.hex], names) for one in held]


def _entry(item: Any, fields: list[tuple[str, str, str]], elements: dict[str, tuple[str, str]]) -> search.Entry:
    used = {code for _, _, code in fields if code}
    labels = [item.number or "", item.name_en, item.department_zh, item.department_en or "", item.short_name]
    parts = [f"{name_zh} {name}" for name, name_zh, _ in fields]
    return search.Entry(
        key=item.id.hex,
        title=item.name_zh,
        code=item.code,
        labels=[one for one in labels if one],
        parts=[*parts, *(" ".join(elements[code]) for code in sorted(used & elements.keys()))],
        text=item.abstract,
        facets=_facets(item),
        marks=used,
        weight=int((item.published_at or item.created_at).timestamp()),
    )


def _facets(item: Any) -> dict[str, tuple[str, ...]]:
    promise = "late" if item.overdue_since else "kept" if item.due_at else "none"
    return {
        "department": (item.department_id.hex,),
        "topic": (_topic(item.class_code),) if item.class_code else (),
        "level": (item.level.value,),
        "share_type": (item.share_type,),
        "state": (item.state.value,),
        "format": (item.format,),
        "update_cycle": (item.update_cycle,),
        "promise": (promise,),
        "data": ("yes" if item.last_batch_at else "no",),
        "origin": (item.origin,),
    }


def _topic(class_code: str) -> str:
    """The class and topic; the class alone where a city numbers the topics itself."""
    known = packs.vocabulary().topics.get(class_code[:1])
    return class_code[:1] if known is None else class_code[:3]


def _allowed(actor: Actor) -> list[tuple[str, str]] | None:
    """As `visible_items`, in the index's words."""
    if not actor.may(READ):
        return []
    scope = actor.scope(READ) | actor.scope(EDIT) | actor.scope(REVIEW)
    if scope.everywhere:
        return None
    live = [("state", state.value) for state in State.live()]
    return live + [("department", one.hex) for one in scope.departments]


def _items(session: Session, keys: Sequence[str]) -> list[Item]:
    place = {UUID(key): at for at, key in enumerate(keys)}
    return sorted(session.scalars(select(Item).where(Item.id.in_(place))), key=lambda one: place[one.id])


def _hits(session: Session, keys: Sequence[str], sought: Sought) -> list[HitOut]:
    items = _items(session, keys)
    matched = _matched(session, items, sought)
    return [HitOut(**item_line(one).model_dump(), matched=matched.get(one.id, [])) for one in items]


def _matched(session: Session, items: Sequence[Item], sought: Sought) -> dict[UUID, list[schemas.Words]]:
    """The first fields of each whose names say one of the words, or that follow one of the elements."""
    runs = [search.compact(one) for one in search.runs(f"{sought.text} {sought.field}")]
    codes = {one.upper() for one in sought.elements}
    if not (runs or codes) or not items:
        return {}
    found: dict[str, list[schemas.Words]] = {}
    columns = select(type_coerce(Field.item_id, String()), Field.name, Field.name_zh, Field.element_code)
    where = columns.where(Field.item_id.in_([one.id for one in items])).order_by(Field.place)
    for item_id, name, name_zh, code in session.execute(where):
        told = found.setdefault(_hex(item_id), [])
        if len(told) < MATCHED and (code.upper() in codes or any(run in _said_of(name, name_zh) for run in runs)):
            told.append(schemas.Words(zh=name_zh or name, en=name))
    return {UUID(item_id): told for item_id, told in found.items() if told}


@lru_cache(maxsize=20_000)
def _said_of(name: str, name_zh: str) -> str:
    return search.compact(name_zh) + " " + search.compact(name)


def _hex(item_id: Any) -> str:
    """An id as its database gives it: text on SQLite, a UUID on PostgreSQL."""
    return item_id if isinstance(item_id, str) else str(item_id.hex)


def _facet(session: Session, name: str, counts: dict[str, int]) -> Facet:
    words = _departments(session, counts) if name == "department" else {}
    told = []
    for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        zh, en = words.get(key) or _words(name, key)
        told.append(FacetValue(key=str(UUID(key)) if name == "department" else key, zh=zh, en=en, count=count))
    return Facet(name=name, values=told)


def _departments(session: Session, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    wanted = [UUID(key) for key in keys]
    columns = select(identity.Department.id, identity.Department.name_zh, identity.Department.name_en)
    rows = session.execute(columns.where(identity.Department.id.in_(wanted)))
    return {row[0].hex: (row[1], row[2] or row[1]) for row in rows}


def _words(name: str, key: str) -> tuple[str, str]:
    if name in SAID:
        return SAID[name].get(key, (key, key))
    if name == "level":
        words = binding.level_words(key)
        return words.zh, words.en
    if name == "state":
        words = packs.life_cycle().states[State(key)].label
    elif name == "topic":
        words = packs.class_words(key)
        at = 2 if len(key) > 1 else 0
        return words.zh.rpartition(" / ")[at] or words.zh, words.en.rpartition(" / ")[at] or words.en
    else:
        words = packs.word(WORDED[name], key)
    return words.zh, words.en


def count_items(session: Session) -> int:
    """The items that the index should hold."""
    return session.scalar(select(func.count()).select_from(Item).where(Item.state != State.DELETED)) or 0


def count_entries(session: Session) -> int:
    """The items that the index holds."""
    table = INDEX.entries.c
    return session.scalar(select(func.count()).where(table.gone.is_(False))) or 0


def index_state(session: Session, job: str) -> IndexState:
    """How the index stands, and its rebuild by the job of that name."""
    row = session.scalar(select(JobRow).where(JobRow.name == job).order_by(JobRow.seq.desc()).limit(1))
    return IndexState(
        entries=count_entries(session),
        items=count_items(session),
        rebuilding=bool(row and row.state in (WAITING, RUNNING)),
        done=row.kept.get("done", 0) if row else 0,
        started_at=row.started_at if row else None,
        finished_at=row.finished_at if row else None,
    )
