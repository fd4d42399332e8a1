"""Correction tickets: who sees which, how they stand, and the shapes that go out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import errors, rules, schemas
from zhengtong.data.quality.permissions import ANSWER, RAISE, READ, ticket_abilities
from zhengtong.data.quality.queries.subjects import check_words
from zhengtong.data.quality.rules import Rule, State
from zhengtong.data.quality.tables import QualityRule, Ticket, TicketEntry
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines, identity

ABOUT = "quality.ticket"
PRIVATE = ("rows", "evidence")


def visible_tickets(actor: Actor) -> Select[Ticket]:
    """All for who reads quality everywhere; else those of the departments one answers or asks for, and one's own."""
    statement = select(Ticket)
    if actor.scope(READ).everywhere and actor.scope(ANSWER).everywhere:
        return statement
    answers = Ticket.department_id.in_(actor.scope(READ).departments | actor.scope(ANSWER).departments)
    own = Ticket.raised_by == actor.subject if actor.kind == "person" else false()
    asked = Ticket.raised_department_id == actor.department if actor.may(RAISE) and actor.department else false()
    everywhere = true() if actor.scope(READ).everywhere else false()
    return statement.where(or_(everywhere, answers, own, asked)) if actor.may(READ) else statement.where(own)


def find_tickets(actor: Actor, wanted: schemas.TicketsWanted, *, text: str | None, now: datetime) -> Select[Ticket]:
    """Visible tickets by how they stand, by department, by item, by number or title."""
    statement = visible_tickets(actor).where(_which(actor, wanted.which, now))
    if wanted.department:
        statement = statement.where(Ticket.department_id == wanted.department)
    if wanted.item:
        statement = statement.where(Ticket.item_id == wanted.item)
    if text:
        named = or_(
            Ticket.title.contains(text, autoescape=True), Ticket.number.startswith(text.upper(), autoescape=True)
        )
        items = select(catalogue.Item.id).where(
            or_(catalogue.Item.name_zh.contains(text, autoescape=True), catalogue.Item.code == text)
        )
        statement = statement.where(or_(named, Ticket.item_id.in_(items)))
    return statement


def get_ticket(session: Session, actor: Actor, ticket_id: UUID) -> Ticket:
    """The ticket, when the actor may see it. Raises TicketNotFound."""
    found = session.scalar(visible_tickets(actor).where(Ticket.id == ticket_id))
    if found is None:
        raise errors.TicketNotFound()
    return found


def overdue(now: datetime) -> ColumnElement[bool]:
    """True of tickets whose clock has run out unanswered."""
    status = deadlines.Clock.status
    late = or_(
        status == deadlines.Status.OVERDUE, and_(status == deadlines.Status.RUNNING, deadlines.Clock.due_at <= now)
    )
    return and_(Ticket.state.in_(rules.WAITS), Ticket.clock_id.in_(select(deadlines.Clock.id).where(late)))


def soon(now: datetime) -> ColumnElement[bool]:
    """True of tickets inside the rule's warning, not yet over."""
    clock = deadlines.Clock
    warned = and_(clock.status == deadlines.Status.RUNNING, clock.due_at > now, or_(clock.warned, clock.next_at <= now))
    return and_(Ticket.state.in_(rules.WAITS), Ticket.clock_id.in_(select(clock.id).where(warned)))


def clock_words(session: Session, clock_id: UUID | None, *, now: datetime) -> Words:
    """Until when it must be answered, in words."""
    clock = session.get(deadlines.Clock, clock_id) if clock_id else None
    if clock is None:
        return Words("待定", "unknown")
    return deadlines.remaining(deadlines.state_of(clock), deadlines.calendar(session), now=now).words


def lines(session: Session, tickets: Iterable[Ticket], *, now: datetime) -> list[schemas.TicketLine]:
    """Tickets in a list, with their items, departments and clocks read at once."""
    found = list(tickets)
    items = items_of(session, {one.item_id for one in found})
    wanted = {one.department_id for one in found} | {one.raised_department_id for one in found} - {None}
    departments = departments_of(session, {key for key in wanted if key})
    clocks = _clocks(session, [one.clock_id for one in found if one.clock_id], now)
    return [_line(one, items, departments, clocks) for one in found]


def ticket_out(session: Session, actor: Actor, ticket: Ticket, *, now: datetime) -> schemas.TicketOut:
    """One ticket with its evidence. Row keys and evidence are for the two departments alone."""
    line = lines(session, [ticket], now=now)[0]
    abilities = ticket_abilities(actor, ticket)
    rule = session.get(QualityRule, ticket.rule_id) if ticket.rule_id else None
    statement = select(TicketEntry).where(TicketEntry.ticket_id == ticket.id)
    entries = list(session.scalars(statement.order_by(TicketEntry.at, TicketEntry.id)))
    departments = departments_of(session, {one.department_id for one in entries if one.department_id})
    inside = actor.scope(ANSWER).covers(ticket.department_id) or (
        actor.department is not None and actor.department == ticket.raised_department_id
    )
    return schemas.TicketOut(
        **line.model_dump(),
        version=ticket.version,
        reason=ticket.reason,
        rule_id=ticket.rule_id,
        rule_says=_says(session, rule) if rule else None,
        entries=[_entry(one, departments, inside) for one in entries],
        next=_next(ticket),
        abilities=abilities,
    )


def departments_of(session: Session, ids: set[UUID]) -> dict[UUID, schemas.QualityDepartment]:
    """Departments by id, as others name them."""
    if not ids:
        return {}
    found = session.scalars(select(identity.Department).where(identity.Department.id.in_(ids)))
    return {
        one.id: schemas.QualityDepartment(id=one.id, name_zh=one.name_zh, name_en=one.name_en or one.name_zh)
        for one in found
    }


def items_of(session: Session, ids: set[UUID]) -> dict[UUID, schemas.QualityItem]:
    """Items by id, as lists name them."""
    if not ids:
        return {}
    found = list(session.scalars(select(catalogue.Item).where(catalogue.Item.id.in_(ids))))
    departments = departments_of(session, {one.department_id for one in found})
    return {one.id: item_ref(one, departments) for one in found}


def item_ref(item: catalogue.Item, departments: Mapping[UUID, schemas.QualityDepartment]) -> schemas.QualityItem:
    """An item, by name."""
    return schemas.QualityItem(
        id=item.id,
        code=item.number or item.code,
        name_zh=item.name_zh,
        name_en=item.name_en or item.name_zh,
        department=departments[item.department_id],
    )


def _which(actor: Actor, which: str, now: datetime) -> ColumnElement[bool]:
    answers = actor.scope(ANSWER)
    reach = true() if answers.everywhere else Ticket.department_id.in_(answers.departments)
    asked = Ticket.raised_by == actor.subject
    if actor.department:
        asked = or_(asked, and_(Ticket.raised_department_id == actor.department, Ticket.rule_id.is_(None)))
    return {
        "all": true(),
        "live": Ticket.state.in_(rules.LIVE),
        "to_answer": and_(Ticket.state.in_(rules.WAITS), reach),
        "mine": asked,
        "overdue": overdue(now),
        "closed": Ticket.state == State.CLOSED,
    }[which]


def _clocks(session: Session, ids: list[UUID], now: datetime) -> dict[UUID, schemas.TicketClock]:
    if not ids:
        return {}
    known = deadlines.calendar(session)
    found = {}
    for clock in session.scalars(select(deadlines.Clock).where(deadlines.Clock.id.in_(ids))):
        state = deadlines.rules.settle(deadlines.state_of(clock), known, now=now).clock
        stands = deadlines.remaining(state, known, now=now)
        found[clock.id] = schemas.TicketClock(
            words=schemas.BothLanguages(zh=stands.words.zh, en=stands.words.en),
            share=stands.share,
            tone=stands.tone.value,
            due_at=clock.due_at,
            verified=state.rule.verified,
            source=state.rule.source,
            article=state.rule.article,
        )
    return found


def _line(
    one: Ticket,
    items: Mapping[UUID, schemas.QualityItem],
    departments: Mapping[UUID, schemas.QualityDepartment],
    clocks: Mapping[UUID, schemas.TicketClock],
) -> schemas.TicketLine:
    names = ("id", "number", "title", "state", "outcome", "opened_at", "closed_at", "judged", "passed", "reopened")
    return schemas.TicketLine(
        **{name: getattr(one, name) for name in names},
        item=items[one.item_id],
        by_rule=one.rule_id is not None,
        raised_by=one.raised_by_name,
        raised_department=departments.get(one.raised_department_id) if one.raised_department_id else None,
        department=departments[one.department_id],
        clock=clocks.get(one.clock_id) if one.clock_id else None,
    )


def _entry(one: TicketEntry, departments: Mapping[UUID, schemas.QualityDepartment], inside: bool) -> schemas.TicketDeed:
    facts = one.facts if inside else {name: value for name, value in one.facts.items() if name not in PRIVATE}
    return schemas.TicketDeed(
        at=one.at,
        deed=rules.Deed(one.deed),
        state=one.state,
        by=one.by_name,
        department=departments.get(one.department_id) if one.department_id else None,
        said=one.said,
        facts=facts,
    )


def _says(session: Session, row: QualityRule) -> schemas.BothLanguages:
    rule = Rule.of(row.content)
    columns = {one.name: rules.Column(one.name, one.name_zh, "C") for one in catalogue.fields_of(session, row.item_id)}
    other = session.get(catalogue.Item, UUID(rule.item)) if rule.item else None
    zh, en = rules.say(rule, columns, other=other.name_zh if other else "", check=check_words(rule))
    return schemas.BothLanguages(zh=zh, en=en)


def _next(ticket: Ticket) -> schemas.BothLanguages:
    zh, en = {
        State.OPEN: ("轮到数据提供部门核实", "The providing department looks into it"),
        State.ACCEPTED: ("数据提供部门正在核实", "The providing department is looking into it"),
        State.CORRECTED: ("下一批数据合格后自动办结", "It closes when the next batch passes")
        if ticket.rule_id
        else ("请提出方确认已经更正", "Who asked confirms that it is mended"),
        State.REFUSED: ("请提出方确认，或说明理由再次提出", "Who asked confirms, or asks again with a reason"),
        State.CLOSED: ("已办结", "Closed"),
    }[ticket.state]
    return schemas.BothLanguages(zh=zh, en=en)
