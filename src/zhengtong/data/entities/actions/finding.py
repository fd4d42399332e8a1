"""Look for contradictions: a rule over the lake, its findings by being, leads that are found once and kept up to date."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.entities import queries, rules
from zhengtong.data.entities.actions.leading import Finding, close_gone, put_lead, tell_departments
from zhengtong.data.entities.rules import RuleSpec, Side, contradictions
from zhengtong.data.entities.tables import Lead, Record, RuleRow
from zhengtong.engines.compute import Compute, Work
from zhengtong.engines.crypto import Keyring
from zhengtong.engines.lake import TableAbsent

if TYPE_CHECKING:
    import pyarrow as pa

LEADS_AT_ONCE = 50
Reading = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule with the lake's tables of its two sides."""

    id: UUID
    spec: RuleSpec
    items: Mapping[str, UUID]
    left: str
    right: str


def find_leads(
    reading: Reading, writing: Reading, compute: Compute, keyring: Keyring, rule_id: UUID, *, now: datetime
) -> int:
    """This will run one rule and put its findings in place as leads; returns how many there are. An unbound rule finds none."""
    with reading() as session:
        bound = bound_rule(session, rule_id)
    if bound is None:
        return 0
    findings = look(reading, compute, keyring, bound)
    new: list[Lead] = []
    for some in queries.chunks(findings.values(), LEADS_AT_ONCE):
        with writing() as session:
            new += [lead for one in some if (lead := put_lead(session, bound.id, bound.spec, one, now=now))]
    with writing() as session:
        close_gone(session, bound.id, set(findings), now=now)
        tell_departments(session, bound.spec, [one.id for one in new], now=now)
        rule = session.get_one(RuleRow, bound.id)
        rule.ran_at, rule.found = now, len(findings)
    return len(findings)


def bound_rule(session: Session, rule_id: UUID) -> Bound | None:
    """The rule with its tables; None where it is switched off, or one of its tables is bound to no item."""
    row = session.get(RuleRow, rule_id)
    if row is None or not row.enabled:
        return None
    spec = rules.kept_rule(row.content)
    items = {name: UUID(item) for name, item in row.items.items()}
    if any(name not in items for name in spec.tables):
        return None
    named = select(catalogue.Item.id, catalogue.Item.table).where(catalogue.Item.id.in_(items.values()))
    tables = dict(session.execute(named).all())
    left, right = (tables.get(items[side.table]) for side in (spec.left, spec.right))
    return Bound(row.id, spec, items, left, right) if left and right else None


def look(reading: Reading, compute: Compute, keyring: Keyring, bound: Bound) -> dict[UUID, Finding]:
    """What the rule finds, by being."""
    with reading() as session:
        links = links_of(session, keyring, bound)
    with compute.session() as work:
        try:
            left, right = work.table(bound.left), work.table(bound.right)
        except TableAbsent:  # nothing has landed there yet, so that nothing contradicts
            return {}
        expression = contradictions.sides(bound.spec, left, right, work.rows(links, name="entity_links"))
        found = _gathered(bound.spec, work, expression)
    return {one.entity_id: one for one in found.values() if len(one.seen["right"]) >= bound.spec.least_rows}


def links_of(session: Session, keyring: Keyring, bound: Bound) -> "pa.Table":
    """What finds the beings that the rule may concern: rows of feeding items by place, others by code."""
    import pyarrow as pa

    rows: list[tuple[str, str, str]] = []
    near: set[UUID] | None = None
    for side in (bound.spec.left, bound.spec.right):
        if side.by == "row":
            placed = list(_by_place(session, bound, side))
            rows += [("row", place, str(entity)) for place, entity in placed]
            near = {entity for _, entity in placed} if near is None else near & {entity for _, entity in placed}
    if "code" in (bound.spec.left.by, bound.spec.right.by):
        rows += [("code", code, str(entity)) for code, entity in _by_code(session, keyring, bound, near)]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(
        {name: pa.array(list(told), pa.string()) for name, told in zip(("by", "told", "entity"), columns, strict=True)}
    )


def _by_place(session: Session, bound: Bound, side: Side) -> Iterator[tuple[str, UUID]]:
    placed = select(Record.batch_id, Record.row, Record.entity_id).where(
        Record.item_id == bound.items[side.table], Record.kind == bound.spec.kind, Record.gone_at.is_(None)
    )
    for batch, row, entity in session.execute(placed):
        yield f"{batch}/{row}", entity


def _by_code(session: Session, keyring: Keyring, bound: Bound, near: set[UUID] | None) -> Iterator[tuple[str, UUID]]:
    """Each valid code number once, with the being that bears it; only of those `near`, where that is known."""
    coded = select(Record).where(
        Record.kind == bound.spec.kind, Record.code_index.is_not(None), Record.gone_at.is_(None)
    )
    parts = [coded] if near is None else [coded.where(Record.entity_id.in_(some)) for some in queries.chunks(near)]
    told: set[tuple[str | None, UUID]] = set()
    for part in parts:
        for record in session.scalars(part.execution_options(yield_per=queries.AT_ONCE)):
            if (record.code_index, record.entity_id) not in told:
                told.add((record.code_index, record.entity_id))
                yield queries.code_of(record, keyring), record.entity_id


def _gathered(spec: RuleSpec, work: Work, expression: Any) -> dict[UUID, Finding]:
    found: dict[UUID, Finding] = {}
    for batch in work.stream(expression):
        for row in batch.to_pylist():
            entity_id = UUID(row["l_entity"])
            one = found.setdefault(entity_id, Finding(entity_id))
            for name, prefix, side in (("left", "l_", spec.left), ("right", "r_", spec.right)):
                place = _place(row, prefix)
                one.seen[name].add(place)
                if (name, place) not in one.rows:
                    one.rows[name, place] = _shown(side, name, prefix, row)
    return found


def _place(row: Mapping[str, Any], prefix: str) -> str:
    """Where the row of a side lies: batch and row."""
    return f"{row[f'{prefix}_batch_id']}/{row[f'{prefix}_row']}"


def _shown(side: Side, name: str, prefix: str, row: Mapping[str, Any]) -> dict[str, Any]:
    values = [
        {"zh": one.zh, "en": one.en, "as": one.form, "value": masked_as(one.form, row[f"{prefix}{one.field}"])}
        for one in side.show
    ]
    return {
        "side": name,
        "table": side.table,
        "batch_id": row[f"{prefix}_batch_id"],
        "row": int(row[f"{prefix}_row"]),
        "values": values,
    }


def masked_as(form: str, value: str | None) -> str:
    """A value as evidence shows it: what names or reaches a person is masked."""
    text = value or ""
    if form == "yuan" and text.lstrip("-").isdigit():
        return f"{int(text) / 100:,.2f}"
    if form == "month" and len(text) >= 6:
        return f"{text[:4]}-{text[4:6]}"
    if form == "day":
        return text[:10]
    attribute = {"name": "name", "code": "code", "phone": "phone", "address": "address"}.get(form)
    return queries.masked(rules.Kind.PERSON, attribute, text) if attribute else text


def rules_about(session: Session, item_id: UUID) -> Sequence[UUID]:
    """The rules that look at an item."""
    known = session.execute(select(RuleRow.id, RuleRow.items).where(RuleRow.enabled.is_(True)))
    return [rule for rule, items in known if str(item_id) in items.values()]
