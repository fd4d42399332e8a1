"""What can be asked of lineage: graphs up and down, what a query would make, run events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, schemas
from zhengtong.data.catalogue.queries import packs
from zhengtong.data.catalogue.queries.items import fields_of, visible_items
from zhengtong.data.catalogue.rules import State, openlineage
from zhengtong.data.catalogue.rules import lineage as rules
from zhengtong.data.catalogue.rules.lineage import OUTSIDE, Edge
from zhengtong.data.catalogue.schemas.lineage import (
    DerivationOut,
    DerivationPlan,
    EdgeOut,
    GraphOut,
    LoweredOut,
    Node,
    NodeField,
    TableOut,
)
from zhengtong.data.catalogue.tables import Field, Item
from zhengtong.data.catalogue.tables.lineage import Derivation, LineageEdge
from zhengtong.kernel.actor import Actor

MOST_EDGES = 2000
CHUNK = 300
End = tuple[str, str]


@dataclass(slots=True)
class _Walk:
    """What was found so far: the edges, and each side's distance from the item asked for."""

    edges: dict[UUID, LineageEdge] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    more: set[str] = field(default_factory=set)
    cut: bool = False


def graph_of(
    session: Session, actor: Actor, item: Item, *, only: str | None = None, up: int = 2, down: int = 2
) -> GraphOut:
    """What the item, or one of its fields, is made from and what is made of it, so many steps away."""
    walk = _Walk(steps={item.id.hex: 0})
    _walk(session, walk, item.id.hex, only, steps=up, upward=True)
    _walk(session, walk, item.id.hex, only, steps=down, upward=False)
    edges = sorted(walk.edges.values(), key=lambda one: (one.target, one.target_field, one.source, one.source_field))
    shown = _items(session, actor, walk.steps)
    fields = _fields(session, shown)
    hidden = walk.steps.keys() - shown.keys()
    return GraphOut(
        nodes=[_node(key, step, shown, fields, edges, more=key in walk.more) for key, step in walk.steps.items()],
        edges=[_edge(one, hidden) for one in edges],
        warnings=_warnings(edges, shown, fields),
        cut=walk.cut,
    )


def _walk(session: Session, walk: _Walk, key: str, only: str | None, *, steps: int, upward: bool) -> None:
    here: set[End] | set[str] = {(key, only)} if only else {key}
    for step in range(1, steps + 2):
        found = list(session.scalars(_next(here, upward=upward, by_field=bool(only)).limit(MOST_EDGES + 1)))
        if step == steps + 1:
            walk.more.update(one.target if upward else one.source for one in found)
            return
        if len(walk.edges) + len(found) > MOST_EDGES:
            walk.cut = True
            return
        fresh = [one for one in found if one.id not in walk.edges]
        walk.edges.update({one.id: one for one in fresh})
        for one in fresh:
            walk.steps.setdefault(one.source if upward else one.target, -step if upward else step)
        if only:
            here = {(one.source, one.source_field) if upward else (one.target, one.target_field) for one in fresh}
        else:
            here = {one.source if upward else one.target for one in fresh}
        if not here:
            return


def _next(here: Iterable[End] | Iterable[str], *, upward: bool, by_field: bool) -> Select[LineageEdge]:
    side, name = (
        (LineageEdge.target, LineageEdge.target_field) if upward else (LineageEdge.source, LineageEdge.source_field)
    )
    if by_field:
        return select(LineageEdge).where(tuple_(side, name).in_(list(here)))
    return select(LineageEdge).where(side.in_(list(here)))


def _items(session: Session, actor: Actor, keys: Iterable[str]) -> dict[str, Item]:
    ids = [UUID(key) for key in keys if not key.startswith(OUTSIDE)]
    found: dict[str, Item] = {}
    for at in range(0, len(ids), CHUNK):
        statement = visible_items(actor).where(Item.id.in_(ids[at : at + CHUNK]))
        found.update({one.id.hex: one for one in session.scalars(statement)})
    return found


def _fields(session: Session, shown: Iterable[str]) -> dict[str, dict[str, Field]]:
    found: dict[str, dict[str, Field]] = defaultdict(dict)
    ids = [UUID(key) for key in shown]
    for at in range(0, len(ids), CHUNK):
        statement = select(Field).where(Field.item_id.in_(ids[at : at + CHUNK])).order_by(Field.place)
        for one in session.scalars(statement):
            found[one.item_id.hex][one.name] = one
    return found


def _node(
    key: str,
    step: int,
    shown: dict[str, Item],
    fields: dict[str, dict[str, Field]],
    edges: Sequence[LineageEdge],
    *,
    more: bool,
) -> Node:
    touched = {one.source_field for one in edges if one.source == key}
    touched |= {one.target_field for one in edges if one.target == key}
    touched.discard("")
    item = shown.get(key)
    if item is None:
        outside = key.startswith(OUTSIDE)
        name = key.removeprefix(OUTSIDE) if outside else ""
        return Node(
            key=key,
            kind="outside" if outside else "hidden",
            id=None,
            code="",
            name_zh=name or "无权查看的数据项",
            name_en=name or "An item you may not see",
            department=None,
            level=None,
            step=step,
            fields=[NodeField(name=one, name_zh="", level=None) for one in sorted(touched)] if outside else [],
            more=more,
        )
    known = fields[key]
    named = [one for one in known if one in touched or step == 0] + sorted(touched - known.keys())
    return Node(
        key=key,
        kind="item",
        id=item.id,
        code=item.number or item.code,
        name_zh=item.name_zh,
        name_en=item.name_en or item.name_zh,
        department=schemas.Words(zh=item.department.name_zh, en=item.department.name_en or item.department.name_zh),
        level=item.level,
        step=step,
        fields=[_node_field(one, known.get(one)) for one in named],
        more=more,
    )


def _node_field(name: str, known: Field | None) -> NodeField:
    return NodeField(name=name, name_zh=known.name_zh if known else "", level=known.level if known else None)


def _edge(one: LineageEdge, hidden: Iterable[str] = ()) -> EdgeOut:
    secret = {key for key in hidden if not key.startswith(OUTSIDE)}
    return EdgeOut(
        source=one.source,
        source_field="" if one.source in secret else one.source_field,
        target=one.target,
        target_field="" if one.target in secret else one.target_field,
        how=one.how,  # type: ignore[arg-type]
        job=one.job,
        at=one.at,
    )


def _warnings(
    edges: Iterable[LineageEdge], shown: dict[str, Item], fields: dict[str, dict[str, Field]]
) -> list[LoweredOut]:
    levels = {(key, name): one.level.value for key, known in fields.items() for name, one in known.items()}
    pairs = [((one.source, one.source_field), (one.target, one.target_field)) for one in edges]
    return [
        LoweredOut(
            item=one.item,
            name_zh=shown[one.item].name_zh,
            field=one.field,
            level=one.level,  # type: ignore[arg-type]
            least=one.least,  # type: ignore[arg-type]
            because=f"{shown[one.because[0]].name_zh} · {one.because[1]}",
        )
        for one in rules.too_low(pairs, levels, packs.LADDER)
    ]


def plan_derivation(
    session: Session, actor: Actor, item: Item, sql: str, dialect: str
) -> tuple[DerivationPlan, list[Edge]]:
    """What the query would make of the item, and the edges that would be noted. Raises DerivationNotRead."""
    try:
        names = rules.tables_in(sql, dialect=dialect)
        known = {name: _named(session, actor, name) for name in names}
        columns = {name: [one.name for one in fields_of(session, it.id)] for name, it in known.items() if it}
        derived = rules.derived_columns(sql, columns, dialect=dialect)
        if not derived:
            raise rules.SqlNotRead("查询没有列 | the query has no columns")
    except rules.SqlNotRead as wrong:
        raise errors.DerivationNotRead(reason=wrong.reason) from wrong
    by_fold = {name.casefold(): (it.id if it else name) for name, it in known.items()}
    fields = {one.name: one for one in fields_of(session, item.id)}
    by_zh = {one.name_zh.casefold(): one.name for one in fields.values() if one.name_zh}
    edges, unmatched, made = [], [], set()
    for column in derived:
        name = column.column if column.column in fields else by_zh.get(column.column.casefold())
        if name is None:
            unmatched.append(column.column)
            continue
        made.add(name)
        edges += [
            Edge(by_fold.get(one.table.casefold(), one.table), one.column, item.id, name, one.how)
            for one in column.origins
        ]
    plan = _plan(session, actor, item, known, edges)
    plan.unmatched, plan.missing = unmatched, [name for name in fields if name not in made]
    return plan, edges


def _plan(
    session: Session, actor: Actor, item: Item, known: dict[str, Item | None], edges: Sequence[Edge]
) -> DerivationPlan:
    drafts = [
        LineageEdge(
            id=item.id,
            source=one.source,
            source_field=one.from_field,
            target=one.target,
            target_field=one.to_field,
            how=one.how,
            job=job_of(item),
            at=item.changed_at,
        )
        for one in edges
    ]
    shown = _items(session, actor, {one.source for one in edges} | {item.id.hex})
    fields = _fields(session, shown)
    return DerivationPlan(
        tables=[
            TableOut(name=name, item_id=it.id if it else None, item_name=it.name_zh if it else None)
            for name, it in known.items()
        ],
        edges=[_edge(one) for one in drafts],
        unmatched=[],
        missing=[],
        warnings=_warnings(drafts, shown, fields),
    )


def derivation_out(session: Session, actor: Actor, item: Item) -> DerivationOut:
    """The query that makes the item, read again over the items as they are now. Raises NoDerivation."""
    kept = session.get(Derivation, item.id)
    if kept is None:
        raise errors.NoDerivation(code=item.code)
    plan, _ = plan_derivation(session, actor, item, kept.sql, kept.dialect)
    return DerivationOut(
        **plan.model_dump(),
        sql=kept.sql,
        dialect=kept.dialect,
        changed_at=kept.changed_at,
        changed_by=kept.changed_by_name,
    )


def job_of(item: Item) -> str:
    """The name of the job that the item's own query is."""
    return f"derivation:{item.code}"


def _named(session: Session, actor: Actor, name: str) -> Item | None:
    """The item that a table's name in SQL means: its number, its code, its 中文 name if only one bears it, its lake table."""
    last = name.rpartition(".")[2]
    visible = visible_items(actor).where(Item.state != State.DELETED)
    coded = or_(func.lower(Item.number) == name.lower(), Item.code == name, Item.table == f"items/{last.lower()}")
    found = session.scalar(visible.where(coded).limit(1))
    if found is not None:
        return found
    same = list(session.scalars(visible.where(Item.name_zh == name).limit(2)))
    return same[0] if len(same) == 1 else None


def item_of_dataset(session: Session, namespace: str, name: str) -> Item | None:
    """The item that a dataset of OpenLineage means: ours by code or number, whoever else names it."""
    if namespace != openlineage.NAMESPACE:
        return None
    named = or_(Item.code == name, Item.number == name)
    return session.scalar(select(Item).where(named, Item.state != State.DELETED))


def events_of(session: Session, actor: Actor, item: Item) -> list[dict[str, object]]:
    """The runs that make the item, each as an OpenLineage event: one a job, at the time it was last told."""
    statement = select(LineageEdge).where(LineageEdge.target == item.id.hex)
    edges = list(session.scalars(statement.order_by(LineageEdge.job, LineageEdge.target_field, LineageEdge.source)))
    shown = _items(session, actor, {one.source for one in edges} | {item.id.hex})
    fields = _fields(session, shown)
    by_job: dict[str, list[LineageEdge]] = defaultdict(list)
    for one in edges:
        if one.source.startswith(OUTSIDE) or one.source in shown:
            by_job[one.job].append(one)
    events = []
    for job, many in by_job.items():
        at = max(one.at for one in many)
        streams = [
            openlineage.Stream(
                _dataset(one.source, shown, fields),
                one.source_field,
                _dataset(one.target, shown, fields),
                one.target_field,
                one.how,
            )
            for one in many
        ]
        run_id = uuid5(NAMESPACE_URL, f"{job}|{item.id}|{at.isoformat()}")
        events.append(openlineage.run_event(job, run_id, at, streams))
    return events


def _dataset(key: str, shown: dict[str, Item], fields: dict[str, dict[str, Field]]) -> openlineage.Dataset:
    if key.startswith(OUTSIDE):
        namespace, _, name = key.removeprefix(OUTSIDE).rpartition("/")
        return openlineage.Dataset(namespace or "outside", name)
    told = tuple((one.name, one.type.value) for one in fields[key].values())
    return openlineage.Dataset(openlineage.NAMESPACE, shown[key].code, told)
