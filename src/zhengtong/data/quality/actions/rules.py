"""What can be done with rules: follow the standards, write one's own, adjust, switch, end. Every version is kept."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import errors, queries, rules, schemas
from zhengtong.data.quality.permissions import EDIT_RULES, REVEAL
from zhengtong.data.quality.rules import Rule
from zhengtong.data.quality.tables import QualityRule, QualityRuleVersion
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.office import identity


def follow_standards(session: Session, item: catalogue.Item, *, now: datetime) -> int:
    """This will have the item's derived rules say what its standards say now; returns how many were added, changed or ended.

    What somebody adjusted (severity, weight, least rate, off) stays adjusted.
    """
    wanted = rules.derive(queries.standards_of(session, item.id), queries.pack())
    statement = select(QualityRule).where(QualityRule.item_id == item.id, QualityRule.mark.is_not(None))
    held = {row.mark or "": row for row in session.scalars(statement)}
    changes = 0
    for mark, rule in wanted.items():
        row = held.get(mark)
        if row is None:
            _add(session, SYSTEM, item.id, rule, mark=mark, now=now)
        elif not _follow(session, row, rule, now):
            continue
        changes += 1
    for mark, row in held.items():
        if mark not in wanted and row.ended_at is None:
            row.ended_at, row.changed_at = now, now
            changes += 1
    if changes:
        audit.record(session, SYSTEM, "quality.standards_followed", item, after={"changes": changes}, at=now)
    return changes


def add_rule(
    session: Session, actor: Actor, item: catalogue.Item, sent: schemas.QualityRuleIn, *, now: datetime
) -> QualityRule:
    """This will keep a rule of the department's own and measure by it from the next batch on. Needs EDIT_RULES of the item.

    Raises RuleWrong.
    """
    require(actor, EDIT_RULES, item, now=now)
    rule = _checked(session, item.id, sent.to_rule())
    row = _add(session, actor, item.id, rule, mark=None, now=now)
    audit.record(session, actor, "quality.rule_added", row, after=rule.told(), at=now)
    return row


def prepare_trial(
    session: Session, actor: Actor, item: catalogue.Item, sent: schemas.QualityRuleIn, *, now: datetime
) -> queries.Tried:
    """This will check a rule and read what trying it needs; nothing is kept. Needs EDIT_RULES. Raises RuleWrong, NoData."""
    require(actor, EDIT_RULES, item, now=now)
    queries.check_measurable(item)
    one = queries.Kept(None, 0, _checked(session, item.id, sent.to_rule()))
    subject = queries.subject(session, item, today=identity.law_day(now), only=(one,))
    return queries.Tried(subject, one, queries.shown_fields(catalogue.fields_of(session, item.id), one.rule))


def note_reveal(
    session: Session, actor: Actor, item: catalogue.Item, rule_id: UUID, *, purpose: str, now: datetime
) -> None:
    """This will write down who looks at whole failing rows, and what for. Needs REVEAL of the item."""
    require(actor, REVEAL, item, now=now)
    audit.record(
        session, actor, "quality.samples_revealed", item, after={"rule": str(rule_id), "purpose": purpose}, at=now
    )


def change_rule(
    session: Session, actor: Actor, row: QualityRule, sent: schemas.QualityRuleIn, *, now: datetime
) -> QualityRule:
    """This will make the rule's next version. Needs EDIT_RULES of the item. Raises RuleWrong, RuleFromStandard."""
    require(actor, EDIT_RULES, catalogue.get_item(session, row.item_id), now=now)
    if row.mark is not None:
        raise errors.RuleFromStandard(name=row.name_zh)
    _put(session, actor, row, _checked(session, row.item_id, sent.to_rule()), now=now)
    return row


def adjust_rule(
    session: Session, actor: Actor, row: QualityRule, sent: schemas.RuleAdjustment, *, now: datetime
) -> QualityRule:
    """This will set how grave a rule is, its weight and least rate; what it asks stays. Needs EDIT_RULES. Raises RuleWrong."""
    require(actor, EDIT_RULES, catalogue.get_item(session, row.item_id), now=now)
    before = Rule.of(row.content)
    told = replace(before, severity=sent.severity, weight=sent.weight, threshold=sent.threshold)
    row.adjusted = True
    _put(session, actor, row, _checked(session, row.item_id, told), now=now)
    return row


def switch_rule(
    session: Session, actor: Actor, row: QualityRule, *, on: bool, reason: str, now: datetime
) -> QualityRule:
    """This will switch the rule on or off, with a reason. Needs EDIT_RULES of the item."""
    require(actor, EDIT_RULES, catalogue.get_item(session, row.item_id), now=now)
    if row.on != on:
        row.on = on
        _keep_version(session, actor, row, now=now, reason=reason)
        deed = "quality.rule_switched_on" if on else "quality.rule_switched_off"
        audit.record(session, actor, deed, row, after={"on": on, "reason": reason}, at=now)
    return row


def end_rule(session: Session, actor: Actor, row: QualityRule, *, now: datetime) -> None:
    """This will measure by the rule no more; its history stays. Needs EDIT_RULES of the item. Raises RuleFromStandard."""
    require(actor, EDIT_RULES, catalogue.get_item(session, row.item_id), now=now)
    if row.mark is not None:
        raise errors.RuleFromStandard(name=row.name_zh)
    row.ended_at, row.changed_at = now, now
    audit.record(session, actor, "quality.rule_ended", row, before=row.content, at=now)


def _follow(session: Session, row: QualityRule, rule: Rule, now: datetime) -> bool:
    before = Rule.of(row.content)
    if row.adjusted:
        rule = replace(rule, severity=before.severity, weight=before.weight, threshold=before.threshold)
    back = row.ended_at is not None
    if rule == before and not back:
        return False
    row.ended_at = None
    _write(row, SYSTEM, rule, now)
    _keep_version(session, SYSTEM, row, now=now)
    return True


def _checked(session: Session, item_id: UUID, rule: Rule) -> Rule:
    faults = queries.rule_faults(session, item_id, rule)
    if faults:
        raise errors.RuleWrong(count=len(faults), fields=faults)
    return rule


def _add(session: Session, actor: Actor, item_id: UUID, rule: Rule, *, mark: str | None, now: datetime) -> QualityRule:
    row = QualityRule(id=new_id(), item_id=item_id, mark=mark, on=True, adjusted=False)
    _write(row, actor, rule, now)
    session.add(row)
    session.flush()
    session.add(_version(row, actor, 1, now, ""))
    return row


def _put(session: Session, actor: Actor, row: QualityRule, rule: Rule, *, now: datetime) -> None:
    changes = rules.difference(Rule.of(row.content), rule)
    if not changes:
        return
    _write(row, actor, rule, now)
    _keep_version(session, actor, row, now=now)
    audit.record(
        session,
        actor,
        "quality.rule_changed",
        row,
        before={name: _plain(old) for name, old, _ in changes},
        after={name: _plain(new) for name, _, new in changes},
        at=now,
    )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _write(row: QualityRule, actor: Actor, rule: Rule, now: datetime) -> None:
    row.form, row.dimension, row.severity = rule.form, rule.dimension, rule.severity
    row.name_zh, row.name_en, row.content = rule.name_zh[:200], rule.name_en[:300], rule.told()
    row.changed_at, row.changed_by, row.changed_by_name = now, actor.subject, actor.name


def _keep_version(session: Session, actor: Actor, row: QualityRule, *, now: datetime, reason: str = "") -> None:
    row.changed_at, row.changed_by, row.changed_by_name = now, actor.subject, actor.name
    session.flush()
    session.add(_version(row, actor, row.version, now, reason))


def _version(row: QualityRule, actor: Actor, number: int, now: datetime, reason: str) -> QualityRuleVersion:
    return QualityRuleVersion(
        rule_id=row.id,
        number=number,
        content=row.content,
        on=row.on,
        at=now,
        by=actor.subject,
        by_name=actor.name,
        reason=reason,
    )
