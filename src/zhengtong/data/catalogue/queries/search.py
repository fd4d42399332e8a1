"""Items found by words, fields, elements and facets; what the index holds of an item."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache, reduce
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, case, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from zhengtong import engines
from zhengtong.data import standards
from zhengtong.data.catalogue import schemas
from zhengtong.data.catalogue.permissions import EDIT, READ, REVIEW
from zhengtong.data.catalogue.queries import binding, packs
from zhengtong.data.catalogue.queries.views import LINE, words_out
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


def _hex(column: Any) -> ColumnElement[str]:
    """An id as its 32 hexadecimal digits, whatever its database makes of it."""
    return func.replace(cast(column, String), "-", "")


SAID_OF_FIELD = (cast(Field.place + 100_000, String), Field.name, Field.name_zh, Field.element_code)
FIELD = reduce(lambda said, one: said + WITHIN + one, SAID_OF_FIELD)
SAID_OF_ITEMS = (
    select(
        _hex(Item.id),
        Item.number,
        Item.code,
        Item.name_zh,
        Item.name_en,
        Item.abstract,
        func.coalesce(Item.published_at, Item.created_at),
        identity.Department.name_zh,
        identity.Department.name_en,
        identity.Department.short_name,
        _hex(Item.department_id),
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
    _hex(Field.item_id),
    func.aggregate_strings(Field.name_zh + " " + Field.name, BETWEEN),
    func.aggregate_strings(Field.element_code, BETWEEN),
).group_by(Field.item_id)

SAID_OF_FIELDS_OF_ITEM = (
    select(func.aggregate_strings(FIELD, BETWEEN)).where(Field.item_id == Item.id).correlate(Item).scalar_subquery()
)
LINES, LINES_WITH_FIELDS = (
    select(
        *(getattr(Item, name) for name in LINE),
        Item.overdue_since,
        identity.Department.id,
        identity.Department.name_zh,
        identity.Department.name_en,
        said,
    )
    .join(identity.Department, identity.Department.id == Item.department_id)
    .where(Item.id.in_(bindparam("keys", expanding=True)))
    for said in (literal(""), SAID_OF_FIELDS_OF_ITEM)
)
DEPARTMENTS = select(
    func.aggregate_strings(
        cast(identity.Department.id, String)
        + WITHIN
        + identity.Department.name_zh
        + WITHIN
        + identity.Department.name_en,
        BETWEEN,
    )
)
NAMES = select(
    Item.id,
    Item.number,
    Item.code,
    Item.name_zh,
    Item.name_en,
    identity.Department.name_zh,
    identity.Department.name_en,
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
    told = session.execute(NAMES.where(Item.id.in_([UUID(key) for key in keys]))) if keys else ()
    found = {
        item_id.hex: Suggestion(
            id=item_id,
            code=number or code,
            name_zh=name_zh,
            name_en=name_en,
            department=schemas.Words(zh=department_zh, en=department_en or department_zh),
        )
        for item_id, number, code, name_zh, name_en, department_zh, department_en in told
    }
    return [found[key] for key in keys if key in found]


def entries_of(session: Session, ids: Sequence[UUID]) -> list[search.Entry]:
    """What the index holds of the items. Deleted ones have none."""
    return _entries(session, _told(session, SAID_OF_ITEMS.where(Item.id.in_(ids))), Field.item_id.in_(ids))


def entries_after(session: Session, after: str, *, limit: int) -> list[search.Entry]:
    """What the index holds of the next items, by key."""
    beyond = UUID(after) if after else NONE
    held = _told(session, SAID_OF_ITEMS.where(Item.id > beyond).order_by(Item.id).limit(limit))
    held.sort(key=itemgetter(0))
    return _entries(session, held, Field.item_id.between(beyond, UUID(held[-1][0]))) if held else []


def _told(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[list[Any]]:
    """The rows, told in one cell: between two rows other threads have their turn."""
    rows, told = wanted.subquery().c, func.json_group_array
    line = func.json_array(*rows)
    if session.get_bind().dialect.name != "sqlite":
        told, line = func.json_agg, func.json_build_array(*rows)
    found: list[list[Any]] = json.loads(session.scalar(select(cast(told(line), String))) or "[]")
    return found


def _entries(session: Session, held: list[list[Any]], of_fields: ColumnElement[bool]) -> list[search.Entry]:
    fields = {item_id: (parts, codes) for item_id, parts, codes in _told(session, SAID_OF_FIELDS.where(of_fields))}
    used = {code for _, codes in fields.values() if codes.strip(BETWEEN) for code in codes.split(BETWEEN)} - {""}
    known = select(standards.Element.code, standards.Element.name_zh, standards.Element.name_en)
    rows = session.execute(known.where(standards.Element.code.in_(used))) if used else ()
    names = {code: f"{name_zh} {name_en}" for code, name_zh, name_en in rows}
    return [_entry(one, *fields.get(one[0], ("", "")), names) for one in held]


def _entry(item: list[Any], said: str, elements: str, names: dict[str, str]) -> search.Entry:
    key, number, code, name_zh, name_en, abstract, at, *rest = item
    department_zh, department_en, short_name, department, class_code, *others = rest
    parts = said.split(BETWEEN) if said else []
    codes = set(elements.split(BETWEEN)) - {""} if elements.strip(BETWEEN) else ()
    facets = [f"department={department}", *_others(*others)]
    if class_code:
        facets.append(f"topic={_topic(class_code)}")
    moment = datetime.fromisoformat(at)
    return search.Entry(
        key,
        name_zh,
        code,
        list(filter(None, (number, name_en, department_zh, department_en, short_name))),
        [*parts, *(names[one] for one in sorted(codes & names.keys()))] if codes else parts,
        abstract,
        facets,
        codes,
        int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()),
    )


@lru_cache(maxsize=5_000)
def _others(*values: str) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in zip(OTHERS, values, strict=True))


@lru_cache(maxsize=1_000)
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


def _hits(session: Session, keys: Sequence[str], sought: Sought) -> list[HitOut]:
    """The items with the first fields of each whose names say one of the words, or that follow one of the elements."""
    runs = [search.compact(one) for one in search.runs(f"{sought.text} {sought.field}")]
    codes = {one.upper() for one in sought.elements}
    told = {"keys": [UUID(key) for key in keys]}
    rows = session.execute(LINES_WITH_FIELDS if runs or codes else LINES, told) if keys else ()
    hits = {}
    for *cells, overdue_since, department, zh, en, said in rows:
        line = dict(zip(LINE, cells, strict=True))
        hits[line["id"].hex] = HitOut(
            **line,
            department=_department(department, zh, en),
            class_words=_class_words(line["class_code"]),
            overdue=overdue_since is not None,
            matched=_matched(said, runs, codes) if said else [],
        )
    return [hits[key] for key in keys if key in hits]


@lru_cache(maxsize=2_000)
def _department(identifier: UUID, zh: str, en: str) -> identity.DepartmentRef:
    return identity.DepartmentRef(id=identifier, name_zh=zh, name_en=en)


@lru_cache(maxsize=2_000)
def _class_words(class_code: str) -> schemas.Words:
    return words_out(packs.class_words(class_code))


class _Said(NamedTuple):
    """A field as it is told."""

    place: str
    compact: str
    element: str
    words: schemas.Words


@lru_cache(maxsize=20_000)
def _said(line: str) -> _Said | None:
    """The field of a line; none where a name bears the sign that stands between."""
    cells = line.split(WITHIN)
    if len(cells) != len(SAID_OF_FIELD):
        return None
    place, name, name_zh, code = cells
    compact = search.compact(name_zh) + " " + search.compact(name)
    return _Said(place, compact, code.upper(), schemas.Words(zh=name_zh or name, en=name))


def _matched(said: str, runs: Sequence[str], codes: Collection[str]) -> list[schemas.Words]:
    fits = []
    for field in map(_said, said.split(BETWEEN)):
        if field and (field.element in codes or any(run in field.compact for run in runs)):
            fits.append(field)
    fits.sort(key=lambda field: field.place)
    return [field.words for field in fits[:MATCHED]]


def _facet(session: Session, name: str, counts: dict[str, int]) -> Facet:
    words = _departments(session) if name == "department" else {}
    told = []
    for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        zh, en = words.get(key) or _words(name, key)
        shown = _dashed(key) if name == "department" else key
        told.append(FacetValue.model_construct(key=shown, zh=zh, en=en, count=count))
    return Facet.model_construct(name=name, values=told)


def _departments(session: Session) -> dict[str, tuple[str, str]]:
    """The names of all departments, told in one row: between two rows other threads have their turn."""
    rows = (session.scalar(DEPARTMENTS) or "").split(BETWEEN)
    told = (cells for row in rows if len(cells := row.split(WITHIN)) == 3)
    return {identifier.replace("-", ""): (zh, en or zh) for identifier, zh, en in told}


@lru_cache(maxsize=5_000)
def _dashed(key: str) -> str:
    return str(UUID(key))


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
