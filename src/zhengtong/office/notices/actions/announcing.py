"""Announce to many: an administrator's words to everyone in some departments or roles; withdrawn when they were wrong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.actions.telling import checked_link, ring, tell
from zhengtong.office.notices.errors import AlreadyWithdrawn, AudienceEmpty, AudienceOutOfReach
from zhengtong.office.notices.permissions import BROADCAST
from zhengtong.office.notices.tables import Broadcast, Delivery, Notice

KIND = "notices.broadcast"
AT_A_TIME = 500
STOPPED_ZH, STOPPED_EN = "通知已撤回", "The announcement was withdrawn"


@dataclass(frozen=True, slots=True)
class Words:
    """What an announcement says."""

    title: str
    body: str
    link: str | None = None
    urgency: rules.Urgency = rules.Urgency.NORMAL


def preview(session: Session, actor: Actor, audience: rules.Audience, *, now: datetime) -> int:
    """How many people an audience is. Raises PermissionMissing, AudienceOutOfReach."""
    return len(_people(session, actor, audience, now))


def broadcast(session: Session, actor: Actor, words: Words, audience: rules.Audience, *, now: datetime) -> Broadcast:
    """This will tell everyone of the audience, by a job that follows. Raises AudienceEmpty, AudienceOutOfReach."""
    people = _people(session, actor, audience, now)
    if not people:
        raise AudienceEmpty()
    department = session.get(identity.Department, actor.department) if actor.department else None
    row = Broadcast(
        id=new_id(),
        by_id=actor.subject,
        department_id=actor.department,
        title=words.title,
        body=words.body,
        sender=f"{department.name_zh} {actor.name}" if department else actor.name,
        link=checked_link(words.link),
        urgency=words.urgency,
        audience={
            "everyone": audience.everyone,
            "departments": [str(each) for each in audience.departments],
            "with_below": audience.with_below,
            "roles": list(audience.roles),
        },
        people=len(people),
        created_at=now,
    )
    session.add(row)
    session.flush()
    after = {"title": row.title, "audience": row.audience, "people": row.people, "urgency": row.urgency.value}
    audit.record(session, actor, "notices.broadcast", row, after=after, at=now)
    jobs.enqueue(session, SPREAD, broadcast_id=str(row.id))
    return row


def withdraw(session: Session, actor: Actor, row: Broadcast, *, reason: str, now: datetime) -> Broadcast:
    """This will take an announcement out of every list, and stop the letters that have not left yet."""
    require(actor, BROADCAST, row if row.department_id else None, now=now)
    if row.state == "withdrawn":
        raise AlreadyWithdrawn()
    audit.record(
        session,
        actor,
        "notices.broadcast_withdrawn",
        row,
        before={"state": row.state},
        after={"reason": reason},
        at=now,
    )
    row.state, row.withdrawn_at, row.withdrawn_reason = "withdrawn", now, reason
    theirs = select(Notice.id).where(Notice.mark == queries.mark_of(row.id))
    waiting = Delivery.state.in_((rules.State.QUEUED, rules.State.DIGEST))
    stopped = {"state": rules.State.SKIPPED, "reason_zh": STOPPED_ZH, "reason_en": STOPPED_EN}
    session.execute(update(Delivery).where(Delivery.notice_id.in_(theirs), waiting).values(stopped))
    ring(session, session.scalars(select(Notice.subject_id).where(Notice.mark == queries.mark_of(row.id))).all())
    session.execute(update(Notice).where(Notice.mark == queries.mark_of(row.id)).values(withdrawn_at=now))
    return row


def spread(run: jobs.Run, *, broadcast_id: str) -> None:
    """The job behind an announcement: tells its people some hundreds at a time, each once however often it is begun anew."""
    with run.read() as session:
        row = session.get_one(Broadcast, UUID(broadcast_id))
        people = queries.people_of(session, audience_of(row), on=identity.law_day(row.created_at))
    for start in range(run.kept.get("told", 0), len(people), AT_A_TIME):
        if run.stopping:
            raise jobs.Stopping
        with run.write() as session:
            if session.get_one(Broadcast, row.id, with_for_update=True).state == "withdrawn":
                return
            _tell(session, row, people[start : start + AT_A_TIME], run.now())
            run.kept["told"] = start + AT_A_TIME
    with run.write() as session:
        sending = Broadcast.state == "sending"
        session.execute(update(Broadcast).where(Broadcast.id == row.id, sending).values(state="sent"))


SPREAD = jobs.Job("notices.spread", spread, steps=True)


def audience_of(row: Broadcast) -> rules.Audience:
    """The audience as it was kept."""
    kept = row.audience
    departments = tuple(UUID(each) for each in kept["departments"])
    return rules.Audience(kept["everyone"], departments, kept["with_below"], tuple(kept["roles"]))


def _tell(session: Session, row: Broadcast, people: list[UUID], now: datetime) -> None:
    tell(
        session,
        to=people,
        kind=KIND,
        parameters={"title": row.title, "body": row.body, "sender": row.sender},
        link=row.link,
        unique=queries.mark_of(row.id),
        urgency=row.urgency,
        now=now,
    )


def _people(session: Session, actor: Actor, audience: rules.Audience, now: datetime) -> list[UUID]:
    require(actor, BROADCAST, now=now)
    scope = actor.scope(BROADCAST)
    if not scope.everywhere:
        meant = queries.departments_of(session, audience)
        if audience.everyone or not meant or not meant <= scope.departments:
            raise AudienceOutOfReach()
    elif not audience.everyone and not audience.departments and not audience.roles:
        raise AudienceEmpty()
    return queries.people_of(session, audience, on=identity.law_day(now))
