"""How items stand: lists, one item with its rules and history, and what others ask of it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import errors, rules, schemas
from zhengtong.data.quality.permissions import EDIT_RULES, item_abilities, rule_abilities
from zhengtong.data.quality.queries.packs import pack
from zhengtong.data.quality.queries.subjects import check_words, column_of, columns_of, rules_of
from zhengtong.data.quality.queries.tickets import departments_of, item_ref, items_of
from zhengtong.data.quality.rules import Columns, Rule
from zhengtong.data.quality.tables import Measurement, QualityRule, QualityRuleVersion, Result, Standing, Ticket
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity

HISTORY = 60


def visible_item(session: Session, actor: Actor, item_id: UUID) -> catalogue.Item:
    """The item, for one who may see it in the catalogue. Raises ItemUnseen."""
    found = session.scalar(catalogue.visible_items(actor).where(catalogue.Item.id == item_id))
    if found is None:
        raise errors.ItemUnseen()
    return found


def find_standings(actor: Actor, wanted: schemas.Wanted, *, text: str | None) -> Select[Standing]:
    """How the items stand that the actor may see; by grade, department, failing rules, name or code."""
    seen = catalogue.visible_items(actor)
    if wanted.department:
        seen = seen.where(catalogue.Item.department_id == wanted.department)
    if text:
        seen = seen.where(_named(text))
    statement = select(Standing).where(Standing.item_id.in_(seen.with_only_columns(catalogue.Item.id)))
    if wanted.grade:
        statement = statement.where(Standing.grade == wanted.grade)
    return statement.where(Standing.failing > 0) if wanted.failing else statement


def standing_lines(session: Session, standings: Iterable[Standing]) -> list[schemas.QualityLine]:
    """Items in a list, names and tickets read at once."""
    found = list(standings)
    ids = {one.item_id for one in found}
    items = items_of(session, ids)
    live = select(Ticket.item_id, func.count()).where(Ticket.item_id.in_(ids), Ticket.state.in_(rules.LIVE))
    tickets = {row[0]: row[1] for row in session.execute(live.group_by(Ticket.item_id))} if ids else {}
    return [
        schemas.QualityLine(
            item=items[one.item_id],
            score=points(one.score),
            before=points(one.before),
            grade=one.grade,
            rows=one.rows,
            judged=one.judged,
            passed=one.passed,
            failing=one.failing,
            measured_at=one.at,
            open_tickets=tickets.get(one.item_id, 0),
        )
        for one in found
    ]


def item_out(session: Session, actor: Actor, item: catalogue.Item) -> schemas.ItemQuality:
    """The quality of one item."""
    statement = select(Measurement).where(Measurement.item_id == item.id)
    history = list(session.scalars(statement.order_by(Measurement.at.desc(), Measurement.id.desc()).limit(HISTORY)))
    live = select(func.count()).select_from(Ticket)
    tickets = session.scalar(live.where(Ticket.item_id == item.id, Ticket.state.in_(rules.LIVE)))
    return schemas.ItemQuality(
        item=item_ref(item, departments_of(session, {item.department_id})),
        has_data=item.last_batch_at is not None,
        latest=measurement_out(history[0]) if history else None,
        history=[measurement_out(one) for one in history],
        rules=rule_outs(session, actor, item, latest=history[0] if history else None),
        open_tickets=tickets or 0,
        abilities=item_abilities(actor, item.department_id),
    )


def item_rules(session: Session, actor: Actor, item: catalogue.Item) -> schemas.ItemQualityRules:
    """The rules of an item and the fields they may use."""
    return schemas.ItemQualityRules(
        rules=rule_outs(session, actor, item, latest=latest_of(session, item.id)),
        fields=[
            schemas.QualityRuleField(name=one.name, name_zh=one.name_zh, type=one.type, is_key=one.is_key)
            for one in columns_of(session, item.id).values()
        ],
        abilities=item_abilities(actor, item.department_id),
    )


def latest_of(session: Session, item_id: UUID) -> Measurement | None:
    """The item's latest measurement."""
    statement = select(Measurement).where(Measurement.item_id == item_id)
    return session.scalar(statement.order_by(Measurement.at.desc(), Measurement.id.desc()).limit(1))


def standing_of(session: Session, item_id: UUID) -> Standing | None:
    """How the item stands, for rooms above; None when it was never measured."""
    return session.get(Standing, item_id)


def grade_of(session: Session, item_id: UUID) -> rules.Grade | None:
    """The item's grade; None when it was never measured."""
    standing = standing_of(session, item_id)
    return next((one for one in pack().grades if standing and one.key == standing.grade), None)


def versions_of(session: Session, row: QualityRule) -> schemas.QualityRuleVersions:
    """Every version of a rule, newest first."""
    statement = select(QualityRuleVersion).where(QualityRuleVersion.rule_id == row.id)
    found = session.scalars(statement.order_by(QualityRuleVersion.number.desc()))
    return schemas.QualityRuleVersions(
        items=[
            schemas.QualityRuleVersionOut(
                number=one.number, content=one.content, on=one.on, at=one.at, by=one.by_name, reason=one.reason
            )
            for one in found
        ]
    )


def measurement_out(row: Measurement) -> schemas.MeasurementOut:
    """One measurement."""
    names = ("id", "at", "cause", "batch_id", "rows", "batch_rows", "judged", "passed", "grade", "table_version")
    return schemas.MeasurementOut(
        **{name: getattr(row, name) for name in names},
        engine=row.engine,
        took_ms=row.took_ms,
        score=points(row.score),
        batch_score=points(row.batch_score),
        dimensions=[
            schemas.QualityDimension(key=rules.Dimension(key), **{**told, "score": points(told["score"])})
            for key, told in row.dimensions.items()
        ],
    )


def rule_outs(
    session: Session, actor: Actor, item: catalogue.Item, *, latest: Measurement | None
) -> list[schemas.QualityRuleOut]:
    """The item's rules with what they found last, the failing first."""
    rows = rules_of(session, item.id)
    results = _results(session, latest)
    live = select(Ticket.rule_id, Ticket.id).where(Ticket.item_id == item.id, Ticket.state.in_(rules.LIVE))
    tickets = {rule: ticket for rule, ticket in session.execute(live) if rule}
    columns = {one.name: column_of(one) for one in catalogue.fields_of(session, item.id)}
    others = items_of(session, {UUID(row.content["item"]) for row in rows if row.content.get("item")})
    edits = actor.scope(EDIT_RULES).covers(item.department_id)
    found = [
        _rule_out(row, results.get(row.id), columns, others, ticket=tickets.get(row.id), edits=edits) for row in rows
    ]
    return sorted(found, key=lambda one: (not one.failing, not one.on))


def rule_out(session: Session, actor: Actor, item: catalogue.Item, row: QualityRule) -> schemas.QualityRuleOut:
    """One rule with what it found last."""
    return next(one for one in rule_outs(session, actor, item, latest=latest_of(session, item.id)) if one.id == row.id)


def points(hundredths: int | None) -> float | None:
    """Hundredths of a point as points."""
    return None if hundredths is None else hundredths / 100


def _results(session: Session, latest: Measurement | None) -> dict[UUID, Result]:
    if latest is None:
        return {}
    found = session.scalars(select(Result).where(Result.measurement_id == latest.id))
    return {one.rule_id: one for one in found}


def _rule_out(
    row: QualityRule,
    result: Result | None,
    columns: Columns,
    others: Mapping[UUID, schemas.QualityItem],
    *,
    ticket: UUID | None,
    edits: bool,
) -> schemas.QualityRuleOut:
    rule = Rule.of(row.content)
    other = others.get(UUID(rule.item)) if rule.item else None
    zh, en = rules.say(rule, columns, other=other.name_zh if other else "", check=check_words(rule))
    known = pack()
    failing = result is not None and rules.asks_correction(rules.Outcome(rule, result.judged, result.passed), known)
    names = ("judged", "passed", "batch_judged", "batch_passed")
    return schemas.QualityRuleOut(
        id=row.id,
        own=row.mark is None,
        on=row.on,
        form=rule.form,
        fields=list(rule.fields),
        dimension=rule.dimension,
        severity=rule.severity,
        weight=rule.weight,
        name_zh=rule.name_zh,
        name_en=rule.name_en or rule.name_zh,
        threshold=rule.threshold,
        ticket_below=rule.threshold or f"{known.severities[rule.severity].ticket_below:f}",
        content=row.content,
        says_zh=zh,
        says_en=en,
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by_name,
        **{name: getattr(result, name) if result else None for name in names},
        failing=failing and row.on,
        has_rows=rules.has_rows(rule),
        ticket_id=ticket,
        abilities=rule_abilities(edits, row),
    )


def _named(text: str) -> ColumnElement[bool]:
    item = catalogue.Item
    coded = or_(item.code.startswith(text, autoescape=True), item.number == text.upper())
    return or_(item.name_zh.contains(text, autoescape=True), coded, identity.spelled(item.spelling, text))


def check_measurable(item: catalogue.Item) -> None:
    """Raises NoData when no batch of the item has landed yet."""
    if item.last_batch_at is None:
        raise errors.NoData(item=item.name_zh)
