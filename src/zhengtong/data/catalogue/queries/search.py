"""Items found by words, fields, elements and facets; what the index holds of an item."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache, reduce
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, case, cast, func, select, type_coerce
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
OTHERS = FACETS[2:]
MATCHED = 4
NONE = UUID(int=0)
BETWEEN, WITHIN = "\x1e", "\x1f"
SAID_OF_FIELD = (cast(Field.place + 100_000, String), Field.name, Field.name_zh, Field.element_code)
FIELD = reduce(lambda said, one: said + WITHIN + one, SAID_OF_FIELD)
SAID_OF_ITEMS = (
    select(
        type_coerce(Item.id, String()),
        Item.number,
        Item.code,
        Item.name_zh,
        Item.name_en,
        Item.abstract,
        func.coalesce(Item.published_at, Item.created_at),
        identity.Department.name_zh,
        identity.Department.name_en,
        identity.Department.short_name,
        type_coerce(Item.department_id, String()),
        Item.class_code,
        type_coerce(Item.level, String()),
        Item.share_type,
        type_coerce(Item.state, String()),
        Item.format,
        Item.update_cycle,
        case((Item.overdue_since.is_not(None), "late"), (Item.due_at.is_not(None), "kept"), else_="none"),
        case((Item.last_batch_at.is_not(None), "yes"), else_="no"),
        Item.origin,
    )
    .join(identity.Department, identity.Department.id == Item.department_id)
    .where(Item.state != State.DELETED)
)
SAID_OF_FIELDS = select(
    type_coerce(Field.item_id, String()),
    func.aggregate_strings(Field.name_zh + " " + Field.name, BETWEEN),
    func.aggregate_strings(Field.element_code, BETWEEN),
).group_by(Field.item_id)


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
    held = session.execute(SAID_OF_ITEMS.where(Item.id.in_(ids))).all()
    return _entries(session, held, Field.item_id.in_(ids))


def entries_after(session: Session, after: str, *, limit: int) -> list[search.Entry]:
    """What the index holds of the next items, by key."""
    beyond = UUID(after) if after else NONE
    held = session.execute(SAID_OF_ITEMS.where(Item.id > beyond).order_by(Item.id).limit(limit)).all()
    return _entries(session, held, Field.item_id.between(beyond, UUID(_hex(held[-1][0])))) if held else []


def _entries(session: Session, held: Sequence[Any], of_fields: ColumnElement[bool]) -> list[search.Entry]:
    grouped = session.execute(SAID_OF_FIELDS.where(of_fields))
    fields = {_hex(item_id): (parts, codes) for item_id, parts, codes in grouped}
    used = {code for _, codes in fields.values() if codes.strip(BETWEEN) for code in codes.split(BETWEEN)} - {""}
    known = select(standards.Element.code, standards.Element.name_zh, standards.Element.name_en)
    rows = session.execute(known.where(standards.Element.code.in_(used))) if used else ()
    names = {code: f"{name_zh} {name_en}" for code, name_zh, name_en in rows}
    return [_entry(one, *fields.get(_hex(one[0]), ("", "")), names) for one in held]


def _entry(item: Any, said: str, elements: str, names: dict[str, str]) -> search.Entry:
    item_id, number, code, name_zh, name_en, abstract, at, *rest = item
    department_zh, department_en, short_name, *facets = rest
    parts = said.split(BETWEEN) if said else []
    codes = set(elements.split(BETWEEN)) - {""} if elements.strip(BETWEEN) else ()
    return search.Entry(
        key=_hex(item_id),
        title=name_zh,
        code=code,
        labels=[one for one in (number, name_en, department_zh, department_en, short_name) if one],
        parts=[*parts, *(names[one] for one in sorted(codes & names.keys()))] if codes else parts,
        text=abstract,
        facets=_facets(*facets),
        marks=codes,
        weight=int(at.timestamp()),
    )


@lru_cache(maxsize=10_000)
def _facets(department: Any, class_code: str, *others: str) -> dict[str, tuple[str, ...]]:
    """The facets in the order in which the columns name them."""
    topic = (_topic(class_code),) if class_code else ()
    return {
        "department": (_hex(department),),
        "topic": topic,
        **{name: (one,) for name, one in zip(OTHERS, others, strict=True)},
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
    told = select(Field.item_id, func.aggregate_strings(FIELD, BETWEEN)).group_by(Field.item_id)
    found = {}
    for item_id, said in session.execute(told.where(Field.item_id.in_([one.id for one in items]))):
        fields = [parted for line in said.split(BETWEEN) if len(parted := line.split(WITHIN)) == len(SAID_OF_FIELD)]
        fields.sort(key=lambda field: field[0])
        fits = [field for field in fields if _is_matched(*field[1:], runs=runs, codes=codes)]
        found[item_id] = [schemas.Words(zh=name_zh or name, en=name) for _, name, name_zh, _ in fits[:MATCHED]]
    return {item_id: told for item_id, told in found.items() if told}


def _is_matched(name: str, name_zh: str, code: str, *, runs: Sequence[str], codes: Collection[str]) -> bool:
    said = _said_of(name, name_zh)
    return code.upper() in codes or any(run in said for run in runs)


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


@lru_cache(maxsize=2_000)
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
