"""Failing rows as people see them: keys and sensitive fields masked, unless whole values were asked for by who may."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, standards
from zhengtong.data.quality import errors, rules, schemas
from zhengtong.data.quality.queries.items import visible_item
from zhengtong.data.quality.queries.packs import pack
from zhengtong.data.quality.queries.scanning import Row, failing_rows, scan
from zhengtong.data.quality.queries.subjects import Kept, Subject, get_rule, kept
from zhengtong.data.quality.rules import Rule
from zhengtong.engines.compute import Compute
from zhengtong.engines.lake import Lake
from zhengtong.kernel.actor import Actor

TRIED = 10
OPEN = (standards.Level.GENERAL_1,)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that is tried: what a scan needs, and the fields to show of failing rows."""

    subject: Subject
    rule: Kept
    fields: list[catalogue.Field]


def sampled(
    session: Session, actor: Actor, item_id: UUID, rule_id: UUID
) -> tuple[catalogue.Item, Kept, list[catalogue.Field]]:
    """The item, the rule and the fields to show of its failing rows. Raises ItemNotFound, QualityRuleNotFound, RuleHasNoRows."""
    item = visible_item(session, actor, item_id)
    row = get_rule(session, rule_id)
    if row.item_id != item.id:
        raise errors.QualityRuleNotFound()
    one = kept(row)
    if not rules.has_rows(one.rule):
        raise errors.RuleHasNoRows(name=row.name_zh)
    return item, one, shown_fields(catalogue.fields_of(session, item.id), one.rule)


def trial(compute: Compute, lake: Lake, tried: Tried, *, now: datetime) -> schemas.QualityTrialOut:
    """What the rule would find now, with some failing rows, masked."""
    found = scan(compute, lake, tried.subject, now=now)
    count, one = found.counts[0], tried.rule
    rows: list[Row] = []
    if count.failed and rules.has_rows(one.rule):
        names = tuple(field.name for field in tried.fields)
        _, rows = failing_rows(compute, lake, tried.subject, one, fields=names, limit=TRIED)
    outcome = rules.Outcome(one.rule, count.judged, count.passed)
    return schemas.QualityTrialOut(
        rows=found.rows,
        judged=count.judged,
        passed=count.passed,
        asks_correction=rules.asks_correction(outcome, pack()),
        samples=samples_out(None, count.failed, tried.fields, rows),
        took_ms=found.took_ms,
    )


def shown_fields(fields: list[catalogue.Field], rule: Rule) -> list[catalogue.Field]:
    """The key fields and those that the rule reads, in the item's order."""
    read = {*rule.columns}
    if rule.expression:
        read |= rules.names_in(rules.parse(rule.expression))
    return [one for one in fields if one.is_key or one.name in read]


def is_masked(field: catalogue.Field) -> bool:
    """True for keys and for whatever is above the lowest level."""
    return field.is_key or field.level not in OPEN


def samples_out(
    rule_id: UUID | None, failed: int, fields: list[catalogue.Field], found: list[Row], *, whole: bool = False
) -> schemas.FailingRowsOut:
    """Some of the failing rows."""
    hidden = [is_masked(one) and not whole for one in fields]
    return schemas.FailingRowsOut(
        rule_id=rule_id,
        failed=failed,
        fields=[
            schemas.FailingField(name=one.name, name_zh=one.name_zh, masked=mask)
            for one, mask in zip(fields, hidden, strict=True)
        ],
        rows=[
            schemas.FailingRow(batch_id=one.batch_id, row=one.row, values=_masked(one.values, hidden)) for one in found
        ],
    )


def _masked(values: tuple[str | None, ...], hidden: list[bool]) -> list[str | None]:
    return [rules.masked(value) if mask else value for value, mask in zip(values, hidden, strict=True)]
