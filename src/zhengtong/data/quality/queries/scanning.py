"""The scan: through the compute engine, in one piece of work, outside of any transaction."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from zhengtong.data import standards
from zhengtong.data.quality import rules
from zhengtong.data.quality.queries.subjects import Kept, Subject
from zhengtong.data.quality.rules import Count, Form, Given, Rule
from zhengtong.engines.compute import Compute, Work
from zhengtong.engines.lake import Lake, TableAbsent, VersionGone

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = Count(0, 0)
SAMPLED = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan found, rule by rule in the subject's order."""

    rows: int
    batch_rows: int
    counts: tuple[Count, ...]
    table_version: int
    engine: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Row:
    """A failing row: where it lies, and the values of the asked fields as text."""

    batch_id: str
    row: int
    values: tuple[str | None, ...]


def scan(
    compute: Compute,
    lake: Lake,
    subject: Subject,
    *,
    now: datetime,
    batches: Sequence[UUID] = (),
    version: int | None = None,
) -> Found:
    """This will measure the table at a version (the newest, when it is gone or none is given) and the batches within it, as one."""
    begun = time.monotonic()
    version, readable = _version(lake, subject.table, version)
    rows, batch_rows, found = 0, 0, dict[int, Count]()
    if readable:
        with compute.session() as work:
            table = work.table(subject.table, version=version)
            rows, batch_rows, found = _counted(work, _as_one(table, batches), subject, batches)
    counts = tuple(
        _of_item(one.rule, subject, readable, now) if one.rule.form in rules.OF_ITEM else found.get(place, NOTHING)
        for place, one in enumerate(subject.rules)
    )
    took = int((time.monotonic() - begun) * 1000)
    return Found(rows, batch_rows, counts, version, compute.features.engine, took)


def failing_rows(
    compute: Compute,
    lake: Lake,
    subject: Subject,
    one: Kept,
    *,
    fields: tuple[str, ...],
    limit: int = SAMPLED,
) -> tuple[int, list[Row]]:
    """How many rows fail the rule now, and the first of them by batch and row, with these fields."""
    version, readable = _version(lake, subject.table, None)
    if not readable:
        return 0, []
    with compute.session() as work:
        table = work.table(subject.table, version=version)
        given = _given(work, subject)
        if not _can(one.rule, table, given):
            return 0, []
        failing = rules.failing(table, one.rule, given)
        count = work.run(failing.count()).column(0)[0].as_py()
        shown = failing.select(rules.BATCH, rules.ROW, *fields).order_by(rules.BATCH, rules.ROW).limit(limit)
        found = work.run(shown).to_pylist()
    return count, [Row(str(row[rules.BATCH]), int(row[rules.ROW]), _texts(row, fields)) for row in found]


@contextmanager
def judged_rows(compute: Compute, lake: Lake, subject: Subject) -> "Iterator[tuple[ir.Table | None, list[Rule]]]":
    """Each row of the table as its verdicts r0, r1 … (1, 0, or nothing) by the rules that come with it, within the work."""
    version, readable = _version(lake, subject.table, None)
    if not readable:
        yield None, []
        return
    with compute.session() as work:
        table, given = work.table(subject.table, version=version), _given(work, subject)
        chosen = [one.rule for one in subject.rules if rules.has_rows(one.rule) and _can(one.rule, table, given)]
        yield (rules.verdicts(table, chosen, given) if chosen else None), chosen


def _as_one(table: "ir.Table", batches: Sequence[UUID]) -> "ir.Table":
    """The rows of the earlier batches as rows of the last."""
    import ibis

    if len(batches) < 2:
        return table
    *earlier, last = map(str, batches)
    batch = table[rules.BATCH]
    return table.mutate(**{rules.BATCH: ibis.ifelse(batch.isin(earlier), ibis.literal(last), batch)})


def _counted(
    work: Work, table: "ir.Table", subject: Subject, batches: Sequence[UUID]
) -> tuple[int, int, dict[int, Count]]:
    given = _given(work, subject)
    places = [place for place, one in enumerate(subject.rules) if _can(one.rule, table, given)]
    chosen = [subject.rules[place].rule for place in places]
    batch = str(batches[-1]) if batches else ""
    row = work.run(rules.plan(table, chosen, given, batch=batch)).to_pylist()[0]
    counts = rules.counts_of(row, chosen, given)
    return counts.rows, counts.batch_rows, dict(zip(places, counts.rules, strict=True))


def _version(lake: Lake, table: str, wanted: int | None) -> tuple[int, bool]:
    with suppress(TableAbsent):
        if wanted is not None:
            with suppress(VersionGone):
                lake.schema(table, version=wanted)
                return wanted, True
        return lake.version(table), True
    return 0, False


def _given(work: Work, subject: Subject) -> Given:
    import pyarrow as pa

    few = {key: codes for key, codes in subject.codes.items() if len(codes) <= rules.FEW_CODES}
    many = {
        key: work.rows(pa.table({"code": pa.array(codes, pa.string())}))
        for key, codes in subject.codes.items()
        if len(codes) > rules.FEW_CODES
    }
    items: dict[str, Any] = {}
    for key, name in subject.others.items():
        with suppress(TableAbsent):
            items[key] = work.table(name)
    return Given(subject.columns, subject.today, partial(_named, subject.today), _fits, few, many, items)


def _named(today: date, check: str, column: Any) -> Any:
    return standards.expression(check, column, on=today)


def _fits(pattern: str, column: Any) -> Any:
    return standards.passes(
        standards.FieldRule("pattern", {"pattern": pattern, "type": standards.Type.TEXT}, "", ""), column
    )


def _can(rule: Rule, table: "ir.Table", given: Given) -> bool:
    """False for a rule of the item itself, and while a field or the other item's table is not there."""
    if rule.form in rules.OF_ITEM:
        return False
    known = set(table.columns)
    if rule.form is Form.EXPRESSION:
        return rules.expression_fault(rule.expression, given.columns) is None and known >= set(
            rules.names_in(rules.parse(rule.expression))
        )
    if not known >= set(rule.columns):
        return False
    if rule.form not in rules.ACROSS:
        return True
    other = given.items.get(rule.item)
    needed = {*rule.item_fields, rule.item_value} - {""}
    return other is not None and set(other.columns) >= needed


def _of_item(rule: Rule, subject: Subject, readable: bool, now: datetime) -> Count:
    if rule.form is Form.ACCESS:
        return Count(1, int(readable))
    return NOTHING if subject.due_at is None else Count(1, int(now <= subject.due_at))


def _texts(row: Mapping[str, Any], fields: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(None if row[name] is None else str(row[name]) for name in fields)
