"""Leads: who may see them, how they are found, the board, one lead with its evidence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import errors, rules, schemas
from zhengtong.data.entities.permissions import READ_LEADS, lead_abilities
from zhengtong.data.entities.queries.registers import item_refs
from zhengtong.data.entities.rules import LIVE, RuleSpec
from zhengtong.data.entities.tables import Lead, LeadStep, RuleRow
from zhengtong.kernel.actor import Actor, Permission
from zhengtong.office import deadlines, identity

ABOUT = "entities.lead"
MOST_TOLD = 200


def visible_leads(actor: Actor) -> Select[Lead]:
    """The leads of the departments where the actor may see leads, and those given to the actor."""
    scope = actor.scope(READ_LEADS)
    statement = select(Lead)
    if scope.everywhere:
        return statement
    return statement.where(or_(Lead.department_id.in_(scope.departments), Lead.assigned_to == actor.subject))


def find_leads(actor: Actor, wanted: schemas.LeadsWanted, *, text: str | None) -> Select[Lead]:
    """Leads by number or name, by state, rule, department."""
    statement = visible_leads(actor)
    if wanted.state:
        statement = statement.where(Lead.state == wanted.state)
    if wanted.rule:
        statement = statement.where(Lead.rule_id.in_(select(RuleRow.id).where(RuleRow.code == wanted.rule)))
    if wanted.department:
        statement = statement.where(Lead.department_id == wanted.department)
    if wanted.mine:
        statement = statement.where(Lead.assigned_to == actor.subject)
    if wanted.live:
        statement = statement.where(Lead.state.in_(LIVE))
    if text:
        found = (Lead.number.contains(text.upper(), autoescape=True), Lead.name.contains(text, autoescape=True))
        statement = statement.where(or_(*found))
    return statement


def get_lead(session: Session, actor: Actor, lead_id: UUID) -> Lead:
    """The lead. Raises LeadNotFound."""
    found = session.scalar(visible_leads(actor).where(Lead.id == lead_id))
    if found is None:
        raise errors.LeadNotFound()
    return found


def lead_lines(session: Session, leads: Sequence[Lead], *, now: datetime) -> list[schemas.LeadLine]:
    """Leads in a list, with how their clocks stand."""
    known, departments = _rules_of(session, leads), _departments_of(session, leads)
    return [lead_line(session, one, known[one.rule_id], departments[one.department_id], now=now) for one in leads]


def lead_words(session: Session, leads: Sequence[Lead]) -> tuple[dict[UUID, str], dict[UUID, identity.Department]]:
    """What the leads' rules are called, and their departments."""
    titles = {key: str(row.content["zh"]) for key, row in _rules_of(session, leads).items()}
    return titles, _departments_of(session, leads)


def _rules_of(session: Session, leads: Sequence[Lead]) -> dict[UUID, RuleRow]:
    rows = select(RuleRow).where(RuleRow.id.in_({one.rule_id for one in leads}))
    return {row.id: row for row in session.scalars(rows)}


def _departments_of(session: Session, leads: Sequence[Lead]) -> dict[UUID, identity.Department]:
    asked = select(identity.Department).where(identity.Department.id.in_({one.department_id for one in leads}))
    return {one.id: one for one in session.scalars(asked)}


def lead_line(
    session: Session, lead: Lead, rule: RuleRow, department: identity.Department, *, now: datetime
) -> schemas.LeadLine:
    """One lead in a list."""
    names = ("id", "number", "kind", "entity_id", "name", "state", "assigned_name", "found_at", "changed_at")
    clock = next(iter(deadlines.clocks_about(session, (ABOUT, str(lead.id)))), None)
    left = deadlines.remaining(deadlines.state_of(clock), deadlines.calendar(session), now=now) if clock else None
    return schemas.LeadLine(
        **{name: getattr(lead, name) for name in names},
        rule=rule.code,
        title=schemas.EntityText(zh=rule.content["zh"], en=rule.content["en"]),
        department=identity.DepartmentRef.of(department),
        gone=lead.gone_at is not None,
        due_at=clock.due_at if clock else None,
        left=schemas.EntityText(zh=left.words.zh, en=left.words.en) if left else None,
        share=left.share if left else 0.0,
        tone=left.tone.value if left else "",
    )


def lead_out(session: Session, actor: Actor, lead: Lead, *, now: datetime) -> schemas.LeadOut:
    """One lead with its evidence and how it was followed up."""
    rule = session.get_one(RuleRow, lead.rule_id)
    spec = rules.kept_rule(rule.content)
    department = session.get_one(identity.Department, lead.department_id)
    steps = session.scalars(select(LeadStep).where(LeadStep.lead_id == lead.id).order_by(LeadStep.at, LeadStep.id))
    rows = [one for one in lead.evidence if "side" in one]
    return schemas.LeadOut(
        **lead_line(session, lead, rule, department, now=now).model_dump(),
        why=schemas.EntityText(zh=spec.why.zh, en=spec.why.en),
        evidence=_evidence(session, spec, rule.items, rows),
        rows_left_out=sum(one.get("left_out", 0) for one in lead.evidence),
        steps=[schemas.LeadStepOut(at=one.at, what=one.what, by=one.by_name, text=one.text) for one in steps],
        closed_at=lead.closed_at,
        reason=lead.reason,
        assigned_to=lead.assigned_to,
        version=lead.version,
        abilities=lead_abilities(actor, lead),
    )


def _evidence(
    session: Session, spec: RuleSpec, items: Mapping[str, str], rows: Sequence[Mapping[str, object]]
) -> list[schemas.LeadEvidence]:
    refs = item_refs(session, {UUID(item) for item in items.values()})
    titles = {"left": spec.left, "right": spec.right}
    return [
        schemas.LeadEvidence.model_validate(
            {
                "side": one["side"],
                "title": {"zh": titles[str(one["side"])].zh, "en": titles[str(one["side"])].en},
                "item": refs.get(UUID(items[str(one["table"])])) if str(one["table"]) in items else None,
                "batch_id": one["batch_id"],
                "row": one["row"],
                "values": [
                    {"label": {"zh": told["zh"], "en": told["en"]}, "value": told["value"]}
                    for told in one["values"]  # type: ignore[attr-defined]  # JSON that we wrote
                ],
            }
        )
        for one in rows
    ]


def board_out(session: Session, actor: Actor, *, now: datetime) -> schemas.LeadBoard:
    """How many leads stand where, of those the actor may see."""
    seen = visible_leads(actor).subquery()
    counted = select(seen.c.state, func.count()).group_by(seen.c.state)
    states: dict[rules.LeadState, int] = dict(session.execute(counted).all())
    by_rule: dict[UUID, dict[rules.LeadState, int]] = {}
    for rule, state, count in session.execute(
        select(seen.c.rule_id, seen.c.state, func.count()).group_by(seen.c.rule_id, seen.c.state)
    ):
        by_rule.setdefault(rule, {})[state] = count
    rows = session.scalars(select(RuleRow).where(RuleRow.id.in_(by_rule)).order_by(RuleRow.code))
    return schemas.LeadBoard(
        states={state: states.get(state, 0) for state in rules.LeadState},
        rules=[_board_rule(row, by_rule[row.id]) for row in rows],
        late=_late(session, actor, now),
    )


def followers(session: Session, permission: Permission, *, on: date, department_id: UUID) -> list[UUID]:
    """The active people of a department whose role holds the permission on that day; not administrators, who hold everything."""
    held = select(identity.RolePermission.role).where(
        identity.RolePermission.permission == permission.name, identity.RolePermission.role != "administrator"
    )
    asked = (
        select(identity.Post.person_id)
        .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
        .join(identity.Person, identity.Person.id == identity.Post.person_id)
        .where(identity.PostRole.role.in_(held), identity.Person.active, identity.Post.from_on <= on)
        .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
        .where(identity.Post.department_id == department_id)
    )
    return list(session.scalars(asked.distinct().limit(MOST_TOLD)))


def _late(session: Session, actor: Actor, now: datetime) -> int:
    """How many live leads are past their end."""
    past = select(deadlines.Clock.about_id).where(
        deadlines.Clock.about_kind == ABOUT,
        deadlines.Clock.due_at < now,
        deadlines.Clock.status.in_(deadlines.rules.LIVE),
    )
    ids = [UUID(one) for one in session.scalars(past.limit(10_000))]
    counted = visible_leads(actor).where(Lead.id.in_(ids), Lead.state.in_(LIVE)).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def _board_rule(row: RuleRow, states: Mapping[rules.LeadState, int]) -> schemas.LeadBoardRule:
    live = sum(states.get(state, 0) for state in LIVE)
    return schemas.LeadBoardRule(
        code=row.code,
        title=schemas.EntityText(zh=row.content["zh"], en=row.content["en"]),
        open=live,
        closed=sum(states.values()) - live,
        confirmed=states.get(rules.LeadState.CONFIRMED, 0),
    )
