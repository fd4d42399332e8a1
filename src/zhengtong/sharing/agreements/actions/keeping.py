"""What every deed shares: it is checked against the table, entered, audited, announced and told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, Permission
from zhengtong.kernel.db import Base, new_id
from zhengtong.kernel.errors import Words
from zhengtong.kernel.events import announce
from zhengtong.office import deadlines, identity, notices
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors, queries, rules
from zhengtong.sharing.agreements.events import ApplicationMoved
from zhengtong.sharing.agreements.permissions import does
from zhengtong.sharing.agreements.tables import Agreement, Application, Deed, NumberCounter

WHO = {
    "applicant": Words("申请部门", "the applicant"),
    "office": Words("本部门共享工作机构", "the department's own sharing office"),
    "provider": Words("数据提供部门", "the provider"),
    "bureau": Words("数据主管部门", "the data authority"),
    "platform": Words("平台", "the platform"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """What is written down with a deed: words, facts, its entry on the ledger."""

    said: str = ""
    facts: Mapping[str, Any] | None = None
    entry_id: UUID | None = None


def number(session: Session, prefix: str, *, now: datetime) -> str:
    """The next number of its kind this year: SQ-2026-0874."""
    key = f"{prefix}-{identity.law_day(now).year}"
    counter = session.get(NumberCounter, key, with_for_update=True)
    if counter is None:
        counter = NumberCounter(key=key, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return f"{key}-{counter.last:04d}"


def count_from(session: Session, prefix: str, last: int, *, now: datetime) -> None:
    """This will let the numbers of a kind go on after `last` this year, as in a city that numbered elsewhere before."""
    key = f"{prefix}-{identity.law_day(now).year}"
    counter = session.get(NumberCounter, key, with_for_update=True)
    if counter is None:
        session.add(NumberCounter(key=key, last=last))
    else:
        counter.last = max(counter.last, last)
    session.flush()


def move(
    session: Session,
    actor: Actor,
    application: Application,
    deed: str,
    *,
    said: str = "",
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """This will do one deed of the table on an application. SYSTEM does what is the platform's, and what others would do in the demo.

    Raises ApplicationElsewhere, NotYourStep, SayWhy.
    """
    course = queries.course()
    known, before = course.deeds[deed], application.state
    if actor is not SYSTEM:
        check_may(session, actor, application, deed)
    state = rules.step(course, before, deed, done=queries.done(session, application.id))
    if state is None:
        label = course.states[before].label
        raise errors.ApplicationElsewhere(number=application.number, state=label, deed=known.label)
    if rules.reason_lacks(known, said):
        raise errors.SayWhy(deed=known.label)
    application.state, application.changed_at = state, now
    enter(session, actor, application.id, deed, state, Note(said=said, facts=facts), now=now)
    told = {"state": before.value}, {"deed": deed, "state": state.value}
    audit.record(session, actor, "agreements.application_moved", application, before=told[0], after=told[1], at=now)
    session.flush()
    announce(
        session,
        ApplicationMoved(
            application.id,
            application.number,
            application.item_id,
            application.department_id,
            application.provider_id,
            deed,
            state.value,
            now,
        ),
    )


def check_may(session: Session, actor: Actor, application: Application, deed: str) -> None:
    """Raises NotYourStep unless the actor may do the deed."""
    known = queries.course().deeds[deed]
    if not does(queries.desk(session, actor), known.who, application):
        raise errors.NotYourStep(deed=known.label, who=WHO[known.who])


def enter(
    session: Session,
    actor: Actor,
    about: UUID,
    deed: str,
    state: str,
    note: Note | None = None,
    *,
    now: datetime,
) -> None:
    """This will write down one deed."""
    told = note or Note()
    session.add(
        Deed(
            id=new_id(),
            about=about,
            at=now,
            deed=deed,
            state=str(state),
            by=actor.subject,
            by_name=actor.name,
            department_id=actor.department,
            said=told.said,
            facts=dict(told.facts or {}),
            entry_id=told.entry_id,
        )
    )


def put_on_ledger(session: Session, type: str, by: str, body: Mapping[str, Any], *, now: datetime) -> tuple[UUID, bool]:
    """This will append one entry; its id, and whether it waits for consensus."""
    entry = ledger.Entry(type, new_id(), now, by, body)
    (placed,) = ledger.append(session, [entry], now=now)
    return entry.id, placed.index is None


def start_clock(session: Session, actor: Actor, one: Base, rule: str, *, department_id: UUID, now: datetime) -> None:
    """This will start the clock of an application or a dispute, ending the one it had."""
    end_clock(session, actor, one, now=now)
    told: Any = one
    if told.number.startswith("ZY"):
        kind, page, about = "dispute", "disputes", told.title
    else:
        kind, page, about = "application", "applications", session.get_one(catalogue.Item, told.item_id).name_zh
    duty = deadlines.Duty(
        about=(f"agreements.{kind}", told.id),
        name=f"{told.number} {about}"[:200],
        department_id=department_id,
        link=f"/sharing/{page}/{told.id}",
    )
    told.clock_id = deadlines.start_clock(session, actor, rule=rule, duty=duty, now=now).id
    session.flush()


def end_clock(session: Session, actor: Actor, one: Base, *, withdrawn: str = "", now: datetime) -> None:
    """This will end its clock: met, or withdrawn for the reason."""
    told: Any = one
    clock = session.get(deadlines.Clock, told.clock_id) if told.clock_id else None
    if clock is None or not clock.status.is_live:
        return
    if withdrawn:
        deadlines.withdraw_clock(session, actor, clock.id, reason=withdrawn, now=now)
    else:
        deadlines.meet_clock(session, actor, clock.id, now=now)


def tell(
    session: Session,
    permission: Permission,
    department_id: UUID | None,
    kind: str,
    *,
    link: str,
    now: datetime,
    also: Iterable[UUID] = (),
    **parameters: Any,
) -> None:
    """This will tell who holds the permission in the department, and others by id."""
    to = [*queries.holders(session, permission, department_id, on=identity.law_day(now)), *also]
    notices.tell(session, to=to, kind=f"agreements.{kind}", parameters=parameters, now=now, link=link)


def person(session: Session, subject: UUID) -> list[UUID]:
    """The one who can be told; nobody for SYSTEM."""
    return list(session.scalars(select(identity.Subject.id).where(identity.Subject.id == subject)))


def item_words(one: Application | Agreement) -> Words:
    """The item, by name."""
    return Words(one.item.name_zh, one.item.name_en or one.item.name_zh)
