"""What can be done with correction tickets. Each deed leaves an entry that cannot be altered, and moves the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import errors, queries, rules, schemas
from zhengtong.data.quality.events import TicketAnswered, TicketClosed, TicketOpened
from zhengtong.data.quality.permissions import EXTEND, RAISE, may
from zhengtong.data.quality.queries import ABOUT, clock_words
from zhengtong.data.quality.rules import Deed, Ending, State
from zhengtong.data.quality.tables import QualityRule, Ticket, TicketCounter, TicketEntry
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, PermissionMissing, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.kernel.events import announce
from zhengtong.office import deadlines, identity, notices


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that failed, where and how far."""

    rule: QualityRule
    judged: int
    passed: int
    batch_id: UUID | None
    measurement_id: UUID

    def told(self) -> dict[str, Any]:
        batch = str(self.batch_id) if self.batch_id else ""
        return {
            "judged": self.judged,
            "passed": self.passed,
            "batch_id": batch,
            "measurement_id": str(self.measurement_id),
            "rule_version": self.rule.version,
        }


def open_ticket(
    session: Session,
    actor: Actor,
    *,
    item_id: UUID,
    title: str,
    reason: str,
    evidence: dict[str, Any] | None = None,
    now: datetime,
) -> Ticket:
    """This will ask the item's department for a correction and start its clock. Needs RAISE, or SYSTEM for rooms above.

    Raises OwnItem, ItemNotFound.
    """
    require(actor, RAISE, now=now)
    item = catalogue.get_item(session, item_id)
    if actor is not SYSTEM and actor.department == item.department_id:
        raise errors.OwnItem()
    ticket = _new(session, actor, item, title=title, reason=reason, now=now)
    session.add(ticket)
    session.flush()
    _begin(session, actor, ticket, item, evidence or {}, now=now)
    return ticket


def accept(session: Session, actor: Actor, ticket: Ticket, *, said: str, now: datetime) -> None:
    """This will tell that the owner looks into it. Needs ANSWER of the owner. Raises TicketElsewhere."""
    _do(session, actor, ticket, Deed.ACCEPT, said=said, now=now)


def answer(session: Session, actor: Actor, ticket: Ticket, sent: schemas.TicketAnswer, *, now: datetime) -> None:
    """This will report back: corrected, or refused with the reason; the clock is met. Needs ANSWER of the owner.

    A refusal of what a rule found closes the ticket; a person who asked confirms, or asks again. Raises TicketElsewhere.
    """
    deed = Deed.CORRECT if sent.answer == "corrected" else Deed.REFUSE
    _do(session, actor, ticket, deed, said=sent.said, now=now)
    ticket.answered_at = now
    _meet(session, actor, ticket, now=now)
    announce(session, TicketAnswered(ticket.id, ticket.number, ticket.item_id, sent.answer, now))
    if ticket.rule_id is not None and deed is Deed.REFUSE:
        _do(session, SYSTEM, ticket, Deed.CONFIRM, said="", now=now)
        return
    if ticket.rule_id is None:
        outcome = Words("已更正", "corrected") if deed is Deed.CORRECT else Words("不予更正", "refused")
        known = select(identity.Subject.id).where(identity.Subject.id == ticket.raised_by)
        _tell(
            session,
            list(session.scalars(known)),
            "quality.ticket_answered",
            ticket,
            now,
            answer=outcome,
            said=sent.said,
        )


def confirm(session: Session, actor: Actor, ticket: Ticket, *, said: str, now: datetime) -> None:
    """This will close an answered ticket. Needs to be who asked. Raises TicketElsewhere."""
    _do(session, actor, ticket, Deed.CONFIRM, said=said, now=now)


def reopen(session: Session, actor: Actor, ticket: Ticket, *, said: str, now: datetime) -> None:
    """This will ask again, with a new clock. Needs to be who asked (of a rule's ticket: the owner). Raises TicketElsewhere."""
    _do(session, actor, ticket, Deed.REOPEN, said=said, now=now)
    _again(session, actor, ticket, now=now)


def withdraw(session: Session, actor: Actor, ticket: Ticket, *, said: str, now: datetime) -> None:
    """This will take the question back; its clock ends without a verdict. Needs to be who asked. Raises TicketElsewhere."""
    _do(session, actor, ticket, Deed.WITHDRAW, said=said, now=now)


def extend(session: Session, actor: Actor, ticket: Ticket, sent: schemas.TicketExtension, *, now: datetime) -> None:
    """This will give the owner further working days, with the authority's consent. Needs EXTEND. Raises TicketElsewhere."""
    require(actor, EXTEND, ticket, now=now)
    facts = {"by": sent.by, "approval": sent.approval}
    _do(session, actor, ticket, Deed.EXTEND, said=sent.said, facts=facts, now=now)
    if ticket.clock_id:
        deadlines.extend_clock(
            session, actor, ticket.clock_id, by=sent.by, reason=sent.said, approval=sent.approval, now=now
        )


def remark(session: Session, actor: Actor, ticket: Ticket, *, said: str, now: datetime) -> None:
    """This will add words to the ticket. Needs to be of either side. Raises TicketElsewhere."""
    _do(session, actor, ticket, Deed.REMARK, said=said, now=now)


def note_failure(session: Session, item: catalogue.Item, finding: Finding, *, now: datetime) -> None:
    """This will ask for a correction of what a rule found: by a new ticket, by one closed lately opened again, or on the live one.

    What the owner refused with a reason is not asked again of the same version of the rule within that time.
    """
    last = session.scalar(
        select(Ticket)
        .where(Ticket.rule_id == finding.rule.id)
        .order_by(Ticket.opened_at.desc(), Ticket.id.desc())
        .limit(1)
    )
    window = timedelta(days=queries.pack().correction.reopen_within_days)
    late = last is not None and last.closed_at is not None and now - last.closed_at > window
    if last is None or late:
        _open_by_rule(session, item, finding, now=now)
        return
    if last.outcome is Ending.REFUSED and last.rule_version == finding.rule.version:
        return
    last.judged, last.passed, last.rule_version = finding.judged, finding.passed, finding.rule.version
    before = last.state
    _do(session, SYSTEM, last, Deed.FAIL, said="", facts=finding.told(), now=now)
    if before in (State.CLOSED, State.CORRECTED):
        _again(session, SYSTEM, last, now=now)


def note_pass(session: Session, ticket: Ticket, *, facts: dict[str, Any], now: datetime) -> None:
    """This will close the ticket of a rule that a batch passes again."""
    if rules.after(ticket.state, Deed.PASS) is None:
        return
    ticket.judged, ticket.passed = facts["judged"], facts["passed"]
    _do(session, SYSTEM, ticket, Deed.PASS, said="", facts=facts, now=now)


def live_by_rule(session: Session, item_id: UUID) -> dict[UUID, Ticket]:
    """The live tickets that rules of the item caused, by rule."""
    statement = select(Ticket).where(Ticket.item_id == item_id, Ticket.rule_id.is_not(None))
    found = session.scalars(statement.where(Ticket.state.in_(rules.LIVE)))
    return {one.rule_id: one for one in found if one.rule_id}


def move_department(session: Session, *, before: UUID, after: UUID) -> None:
    """This will hand the live tickets of a department to the one it was merged into."""
    for ticket in session.scalars(select(Ticket).where(Ticket.department_id == before)):
        ticket.department_id = after


def _open_by_rule(session: Session, item: catalogue.Item, finding: Finding, *, now: datetime) -> None:
    failed = finding.judged - finding.passed
    title = f"{finding.rule.name_zh}：{failed:,} / {finding.judged:,} 不合格"
    ticket = _new(session, SYSTEM, item, title=title[:200], reason="", now=now)
    ticket.rule_id, ticket.rule_version = finding.rule.id, finding.rule.version
    ticket.judged, ticket.passed = finding.judged, finding.passed
    session.add(ticket)
    session.flush()
    _begin(session, SYSTEM, ticket, item, finding.told(), now=now)


def _new(session: Session, actor: Actor, item: catalogue.Item, *, title: str, reason: str, now: datetime) -> Ticket:
    return Ticket(
        id=new_id(),
        number=_number(session, identity.law_day(now).year),
        item_id=item.id,
        department_id=item.department_id,
        state=State.OPEN,
        title=title,
        reason=reason,
        raised_by=actor.subject,
        raised_by_name=actor.name,
        raised_department_id=actor.department,
        opened_at=now,
        reopened=0,
    )


def _number(session: Session, year: int) -> str:
    counter = session.get(TicketCounter, year, with_for_update=True)
    if counter is None:
        counter = TicketCounter(year=year, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return f"JH-{year}-{counter.last:04d}"


def _begin(
    session: Session, actor: Actor, ticket: Ticket, item: catalogue.Item, facts: dict[str, Any], *, now: datetime
) -> None:
    _start_clock(session, actor, ticket, item, now=now)
    _enter(session, actor, ticket, Deed.OPEN, said=ticket.reason, facts=facts, now=now)
    audit.record(session, actor, "quality.ticket_opened", ticket, after={"item": item.code}, at=now)
    _tell_owner(session, ticket, item, now=now)
    announce(
        session,
        TicketOpened(ticket.id, ticket.number, item.id, ticket.department_id, ticket.rule_id is not None, 0, now),
    )


def _again(session: Session, actor: Actor, ticket: Ticket, *, now: datetime) -> None:
    item = catalogue.get_item(session, ticket.item_id)
    ticket.reopened += 1
    ticket.outcome, ticket.closed_at, ticket.answered_at = Ending.NONE, None, None
    _start_clock(session, actor, ticket, item, now=now)
    _tell_owner(session, ticket, item, now=now)
    told = TicketOpened(
        ticket.id,
        ticket.number,
        item.id,
        ticket.department_id,
        ticket.rule_id is not None,
        ticket.reopened,
        now,
    )
    announce(session, told)


def _start_clock(session: Session, actor: Actor, ticket: Ticket, item: catalogue.Item, *, now: datetime) -> None:
    duty = deadlines.Duty(
        about=(ABOUT, ticket.id),
        name=f"{ticket.number} {item.name_zh}",
        department_id=ticket.department_id,
        link=_link(ticket),
    )
    clock = deadlines.start_clock(session, actor, rule=queries.pack().correction.clock, duty=duty, now=now)
    session.flush()
    ticket.clock_id = clock.id


def _do(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    deed: Deed,
    *,
    said: str,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    before, state = ticket.state, rules.after(ticket.state, deed)
    if state is None:
        raise errors.TicketElsewhere(number=ticket.number, state=Words(*rules.STATE_WORDS[before]))
    if actor is not SYSTEM and not may(actor, deed, ticket):
        raise PermissionMissing(permission=Words(*rules.DEED_WORDS[deed]))
    ticket.state = state
    if state is State.CLOSED:
        _close(session, actor, ticket, before, deed, now=now)
    _enter(session, actor, ticket, deed, said=said, facts=facts or {}, now=now)
    if actor is not SYSTEM:
        after = {"deed": deed.value, "state": state.value}
        audit.record(
            session, actor, "quality.ticket_changed", ticket, before={"state": before.value}, after=after, at=now
        )
    session.flush()


def _close(session: Session, actor: Actor, ticket: Ticket, before: State, deed: Deed, *, now: datetime) -> None:
    ticket.outcome, ticket.closed_at = rules.outcome_after(before, deed), now
    late = _end_clock(session, actor, ticket, withdrawn=deed is Deed.WITHDRAW, now=now)
    told = TicketClosed(ticket.id, ticket.number, ticket.item_id, ticket.department_id, ticket.outcome.value, late, now)
    announce(session, told)
    if deed is Deed.PASS:
        to = queries.keepers(session, ticket.department_id, on=identity.law_day(now))
        _tell(session, to, "quality.ticket_passed", ticket, now)


def _end_clock(session: Session, actor: Actor, ticket: Ticket, *, withdrawn: bool, now: datetime) -> bool:
    clock = session.get(deadlines.Clock, ticket.clock_id) if ticket.clock_id else None
    if clock is None:
        return False
    if not clock.status.is_live:
        return clock.status is deadlines.Status.MET_LATE
    if withdrawn:
        deadlines.withdraw_clock(session, actor, clock.id, reason=ticket.number, now=now)
        return False
    met = deadlines.meet_clock(session, actor, clock.id, now=now)
    return met.status is deadlines.Status.MET_LATE


def _meet(session: Session, actor: Actor, ticket: Ticket, *, now: datetime) -> None:
    clock = session.get(deadlines.Clock, ticket.clock_id) if ticket.clock_id else None
    if clock is not None and clock.status.is_live:
        deadlines.meet_clock(session, actor, clock.id, now=now)


def _enter(
    session: Session, actor: Actor, ticket: Ticket, deed: Deed, *, said: str, facts: dict[str, Any], now: datetime
) -> None:
    session.add(
        TicketEntry(
            id=new_id(),
            ticket_id=ticket.id,
            at=now,
            deed=deed.value,
            state=ticket.state,
            by=actor.subject,
            by_name=actor.name,
            department_id=actor.department,
            said=said,
            facts=facts,
        )
    )


def _tell_owner(session: Session, ticket: Ticket, item: catalogue.Item, *, now: datetime) -> None:
    to = queries.keepers(session, ticket.department_id, on=identity.law_day(now))
    due = clock_words(session, ticket.clock_id, now=now)
    mark = f"quality:{ticket.id}:{ticket.reopened}"
    _tell(session, to, "quality.ticket_opened", ticket, now, mark=mark, item=Words(item.name_zh, item.name_en), due=due)


def _tell(
    session: Session, to: list[UUID], kind: str, ticket: Ticket, now: datetime, *, mark: str | None = None, **more: Any
) -> None:
    parameters = {"number": ticket.number, "title": ticket.title, **more}
    notices.tell(session, to=to, kind=kind, parameters=parameters, now=now, link=_link(ticket), unique=mark)


def _link(ticket: Ticket) -> str:
    return f"/quality/tickets/{ticket.id}"
