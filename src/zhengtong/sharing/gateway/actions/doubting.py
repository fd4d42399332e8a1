"""Questions and objections about a use: raised by whom it concerns, answered by the department that looked, in its time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office import deadlines, identity, notices
from zhengtong.sharing.gateway import errors, schemas
from zhengtong.sharing.gateway.events import DoubtAnswered, DoubtRaised
from zhengtong.sharing.gateway.permissions import ANSWER
from zhengtong.sharing.gateway.queries.names import names_of
from zhengtong.sharing.gateway.queries.uses import Person, calls_about, doubt_out, is_shown
from zhengtong.sharing.gateway.tables import Doubt

CLOCK, ABOUT = "sharing.personal_question", "doubt"
"""A person's question has a clock of its own (个人信息保护法 art. 50)."""
BEFORE = "sharing.correction"
"""The clock of correction requests, where the rule pack in force is older than the other."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A person whose uses were found for them, as the trail names them."""

    id: UUID
    name: str


def raise_doubt(
    session: Session, actor: Actor, person: Person, receipt_id: UUID, sent: schemas.DoubtIn, *, now: datetime
) -> schemas.DoubtOut:
    """This will ask the department that used the data, and start its clock. Raises UseNotYours, DoubtOpen."""
    mine = [one for one in calls_about(session, person) if one.receipt_id == receipt_id and is_shown(one, now=now)]
    if not mine:
        raise errors.UseNotYours()
    call = mine[0]
    of_mine = select(Doubt).where(Doubt.receipt_id == receipt_id, Doubt.subject_id == person.id, Doubt.state == "open")
    if waiting := session.scalar(of_mine):
        raise errors.DoubtOpen(number=waiting.number)
    doubt = Doubt(
        id=new_id(),
        number=_number(session, now),
        kind=sent.kind,
        state="open",
        subject_id=person.id,
        subject_name=person.name,
        receipt_id=receipt_id,
        department_id=call.consumer_id,
        said=sent.said,
        asked_at=now,
    )
    session.add(doubt)
    session.flush()
    _start_clock(session, actor, doubt, now=now)
    audit.record(session, actor, "gateway.doubt_raised", doubt, after={"kind": doubt.kind}, at=now)
    announce(session, DoubtRaised(doubt.id, doubt.number, doubt.kind, doubt.department_id, receipt_id, now))
    return doubt_out(doubt, names_of(session, departments=[doubt.department_id]))


def answer_doubt(
    session: Session, actor: Actor, doubt: Doubt, sent: schemas.DoubtAnswerIn, *, now: datetime
) -> schemas.DoubtOut:
    """This will answer; the clock is met and the person told. Needs ANSWER of the department. Raises DoubtAnswered."""
    require(actor, ANSWER, doubt, now=now)
    if doubt.state != "open":
        raise errors.DoubtAnswered(number=doubt.number)
    doubt.state, doubt.outcome, doubt.answer = "answered", sent.outcome, sent.said
    doubt.answered_at, doubt.answered_by_name = now, actor.name
    if doubt.clock_id:
        deadlines.meet_clock(session, actor, doubt.clock_id, now=now)
    audit.record(session, actor, "gateway.doubt_answered", doubt, after={"outcome": sent.outcome}, at=now)
    announce(session, DoubtAnswered(doubt.id, doubt.number, doubt.department_id, sent.outcome, now))
    notices.tell(
        session,
        to=[doubt.subject_id],
        kind="gateway.doubt_answered",
        parameters={"number": doubt.number, "said": sent.said},
        link="/my-data",
        now=now,
    )
    return doubt_out(doubt, names_of(session, departments=[doubt.department_id]))


def visible_doubts(actor: Actor, *, state: str | None = None) -> Select[Doubt]:
    """Those asked of the departments whose questions the actor answers, or oversees."""
    reach, statement = actor.scope(ANSWER), select(Doubt)
    if state:
        statement = statement.where(Doubt.state == state)
    if reach.everywhere:
        return statement
    return statement.where(or_(Doubt.department_id.in_(reach.departments), Doubt.subject_id == actor.subject))


def get_doubt(session: Session, actor: Actor, doubt_id: UUID) -> Doubt:
    """One of them. Raises DoubtNotFound."""
    found = session.scalar(visible_doubts(actor).where(Doubt.id == doubt_id))
    if found is None:
        raise errors.DoubtNotFound()
    return found


def doubt_line(session: Session, actor: Actor, doubt: Doubt) -> schemas.DoubtOut:
    """One for the department's list."""
    names = names_of(session, departments=[doubt.department_id])
    return doubt_out(doubt, names, can_answer=actor.may(ANSWER, doubt.department_id))


def _number(session: Session, now: datetime) -> str:
    """XW-2026-0001: gaps are allowed, the table refuses doubles."""
    year = identity.law_day(now).year
    count = session.scalar(select(func.count()).where(Doubt.number.startswith(f"XW-{year}-"))) or 0
    return f"XW-{year}-{count + 1:04d}"


def _start_clock(session: Session, actor: Actor, doubt: Doubt, *, now: datetime) -> None:
    duty = deadlines.Duty(
        about=(ABOUT, doubt.id), name=doubt.number, department_id=doubt.department_id, link="/sharing/doubts"
    )
    known = any(one.rule.id == CLOCK for one in deadlines.rulebook(session))
    clock = deadlines.start_clock(session, actor, rule=CLOCK if known else BEFORE, duty=duty, now=now)
    session.flush()
    doubt.clock_id, doubt.due_at = clock.id, clock.due_at
