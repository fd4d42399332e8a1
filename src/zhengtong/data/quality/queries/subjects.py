"""What is measured: an item's table, its fields and what their standards ask, its rules, and what these look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, standards
from zhengtong.data.quality import errors, rules
from zhengtong.data.quality.rules import Column, Columns, Form, Rule
from zhengtong.data.quality.tables import QualityRule
from zhengtong.kernel.errors import Field


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as it is kept. One that is being tried has no id."""

    id: UUID | None
    version: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a measurement needs of the database: the scan itself runs outside of any transaction."""

    item_id: UUID
    table: str
    columns: Columns
    rules: tuple[Kept, ...]
    codes: Mapping[str, tuple[str, ...]]
    others: Mapping[str, str]
    due_at: datetime | None
    today: date


def columns_of(session: Session, item_id: UUID) -> dict[str, Column]:
    """The fields that rules may use, by name."""
    return {one.name: column_of(one) for one in catalogue.fields_of(session, item_id)}


def column_of(field: catalogue.Field) -> Column:
    """A field as rules see it."""
    return Column(field.name, field.name_zh, field.type.value, field.is_key, field.required, field.precision)


def standards_of(session: Session, item_id: UUID) -> list[rules.Standard]:
    """The fields with what their data elements ask."""
    found = []
    for field in catalogue.fields_of(session, item_id):
        told = catalogue.definition_of_field(session, field)
        check = standards.CHECKS.get(told.check)
        claim = (check and check.claim) or rules.PASSES
        found.append(
            rules.Standard(
                column=column_of(field),
                length=told.length,
                code_list=told.code_list,
                check=told.check,
                claim=claim,
                pattern=told.pattern,
                least=told.least,
                most=told.most,
            )
        )
    return found


def check_words(rule: Rule) -> tuple[str, str]:
    """What the rule's named check asks of a value."""
    known = standards.CHECKS.get(rule.check)
    zh, en = (known.zh, known.en) if known else (rule.check, rule.check)
    return (known and known.claim) or (f"是正确的{zh}", f"is a valid {en}")


def rules_of(session: Session, item_id: UUID, *, on_only: bool = False) -> list[QualityRule]:
    """The item's rules in use, those of its standards first."""
    statement = select(QualityRule).where(QualityRule.item_id == item_id, QualityRule.ended_at.is_(None))
    if on_only:
        statement = statement.where(QualityRule.on)
    return list(session.scalars(statement.order_by(QualityRule.mark.is_(None), QualityRule.id)))


def get_rule(session: Session, rule_id: UUID) -> QualityRule:
    """The rule, whoever asks. Raises QualityRuleNotFound."""
    found = session.get(QualityRule, rule_id)
    if found is None or found.ended_at is not None:
        raise errors.QualityRuleNotFound()
    return found


def kept(row: QualityRule) -> Kept:
    """The rule as a scan takes it."""
    return Kept(row.id, row.version, Rule.of(row.content))


def subject(session: Session, item: catalogue.Item, *, today: date, only: tuple[Kept, ...] | None = None) -> Subject:
    """The item as it is measured; with `only`, by these rules alone."""
    chosen = only or tuple(kept(row) for row in rules_of(session, item.id, on_only=True))
    return Subject(
        item_id=item.id,
        table=item.table,
        columns=columns_of(session, item.id),
        rules=chosen,
        codes={key: _codes(session, key, today) for key in {one.rule.code_list for one in chosen} - {""}},
        others={key: _table(session, key) for key in {one.rule.item for one in chosen} - {""}},
        due_at=item.due_at,
        today=today,
    )


def rule_faults(session: Session, item_id: UUID, rule: Rule) -> list[Field]:
    """What is wrong with a rule of the item, each at its field."""
    columns = columns_of(session, item_id)
    other = columns_of(session, UUID(rule.item)) if rule.item and _is_item(session, rule.item) else None
    faults = rules.rule_faults(rule, columns, other)
    if rule.form is Form.PATTERN and not faults and (why := standards.pattern_fault(rule.pattern)):
        faults.append(Field("pattern", *why))
    if rule.form is Form.CODES and not faults and not _is_list(session, rule.code_list):
        faults.append(Field("code_list", "没有这个代码表。", "There is no such code list."))
    if rule.form is Form.EXPRESSION and (wrong := rules.expression_fault(rule.expression, columns)):
        faults.append(wrong)
    return faults


def _codes(session: Session, key: str, today: date) -> tuple[str, ...]:
    codes = standards.valid_codes(key, on=today).with_only_columns(standards.Code.code)
    return tuple(session.scalars(codes.order_by(standards.Code.code)))


def _is_list(session: Session, key: str) -> bool:
    found = session.scalar(select(standards.CodeList.id).where(standards.CodeList.key == key))
    return found is not None


def _is_item(session: Session, key: str) -> bool:
    return session.get(catalogue.Item, UUID(key)) is not None


def _table(session: Session, key: str) -> str:
    found = session.get(catalogue.Item, UUID(key))
    return found.table if found else ""
