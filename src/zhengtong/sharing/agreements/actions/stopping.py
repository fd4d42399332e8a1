"""Suspend, resume, end: by either side or the authority, with a reason, on the ledger in the same transaction; and what time ends."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.events import announce
from zhengtong.office import identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors, queries, rules
from zhengtong.sharing.agreements.actions import keeping
from zhengtong.sharing.agreements.events import AgreementEnded, AgreementResumed, AgreementSuspended
from zhengtong.sharing.agreements.permissions import APPLY, STOP, SUPERVISE, side_of
from zhengtong.sharing.agreements.rules import Side, State, Status
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms, Application

LIVE = (Status.IN_FORCE, Status.SUSPENDED)


def suspend(session: Session, actor: Actor, agreement: Agreement, *, said: str, now: datetime) -> None:
    """This will suspend an agreement: refused from the next commit of every gateway on. Needs STOP of a side, or SUPERVISE; step-up."""
    side = _side(session, actor, agreement, now=now)
    _check(agreement, Status.IN_FORCE)
    _move(session, actor, agreement, "suspend", Status.SUSPENDED, side, said=said, now=now)
    agreement.stopped_by = side
    announce(session, AgreementSuspended(agreement.id, agreement.number, side, now))


def resume(session: Session, actor: Actor, agreement: Agreement, *, said: str, now: datetime) -> None:
    """This will let it hold again. Only who suspended it can. Raises StoppedByAnother."""
    side = _side(session, actor, agreement, now=now)
    _check(agreement, Status.SUSPENDED)
    if agreement.stopped_by not in ("", side):
        raise errors.StoppedByAnother(side=rules.SIDE_WORDS[Side(agreement.stopped_by)])
    _move(session, actor, agreement, "resume", Status.IN_FORCE, side, said=said, now=now)
    agreement.stopped_by = ""
    announce(session, AgreementResumed(agreement.id, agreement.number, side, now))


def end(session: Session, actor: Actor, agreement: Agreement, *, said: str, now: datetime) -> None:
    """This will end it for good, whatever it stands at; its application is void. Needs STOP of a side, or SUPERVISE; step-up."""
    side = _side(session, actor, agreement, now=now)
    if agreement.status is Status.ENDED:
        _check(agreement, Status.IN_FORCE)
    _end(session, actor, agreement, side, said=said, now=now)


def sweep(session: Session, *, now: datetime) -> None:
    """This will end what is past its last day, drop proposals that nobody signed, and remind of what ends soon. Once a day."""
    today, course = identity.law_day(now), queries.course()
    over = select(Agreement).where(Agreement.status.in_(LIVE), Agreement.valid_to < today)
    for agreement in session.scalars(over).all():
        _end(session, SYSTEM, agreement, "platform", said="到期 | its term is over", now=now)
    old = now - timedelta(days=course.proposal_lapses_days)
    unsigned = select(Agreement).where(Agreement.status == Status.PROPOSED, Agreement.changed_at < old)
    for agreement in session.scalars(unsigned).all():
        _end(session, SYSTEM, agreement, "platform", said="逾期未签署 | not signed in time", now=now)
    soon = today + timedelta(days=course.renew_before_days)
    ending = select(Agreement).where(
        Agreement.status.in_(LIVE), Agreement.valid_to <= soon, Agreement.reminded_on.is_(None)
    )
    for agreement in session.scalars(ending).all():
        agreement.reminded_on = today
        keeping.tell(
            session,
            APPLY,
            agreement.department_id,
            "ends_soon",
            link=queries.agreement_link(agreement),
            now=now,
            number=agreement.number,
            item=keeping.item_words(agreement),
            day=agreement.valid_to.isoformat(),
        )


def _end(session: Session, actor: Actor, agreement: Agreement, by: str, *, said: str, now: datetime) -> None:
    _move(session, actor, agreement, "end", Status.ENDED, by, said=said, now=now)
    announce(session, AgreementEnded(agreement.id, agreement.number, by, now))
    of = select(AgreementTerms.application_id).where(AgreementTerms.agreement_id == agreement.id)
    held = (State.AGREED, State.PROVIDING, State.FINISHED)
    found = session.scalars(select(Application).where(Application.id.in_(of), Application.state.in_(held)))
    for application in found.all():
        keeping.move(session, SYSTEM, application, "void", said=said, now=now)
        keeping.end_clock(session, SYSTEM, application, withdrawn=said, now=now)


def _side(session: Session, actor: Actor, agreement: Agreement, *, now: datetime) -> Side:
    side = Side.BUREAU if actor is SYSTEM else side_of(queries.desk(session, actor), STOP, agreement)
    if side is None:
        raise queries.not_a_party(session, agreement.provider_id, agreement.department_id)
    require(actor, SUPERVISE if side is Side.BUREAU else STOP, now=now)
    return side


def _check(agreement: Agreement, wanted: Status) -> None:
    if agreement.status is not wanted:
        raise errors.AgreementElsewhere(number=agreement.number, status=rules.STATUS_WORDS[agreement.status])


def _move(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    deed: str,
    status: Status,
    by: str,
    *,
    said: str,
    now: datetime,
) -> None:
    before = agreement.status
    parties = {Side.PROVIDER: agreement.provider_id.hex, Side.CONSUMER: agreement.department_id.hex}
    member = parties.get(Side(by), ledger.CITY) if by in tuple(Side) else ledger.CITY
    kind = {"suspend": "suspended", "resume": "resumed", "end": "ended"}[deed]
    body = {"agreement_id": str(agreement.id), "version": agreement.terms_version, "reason": said}
    entry_id, waits = keeping.put_on_ledger(session, f"agreement.{kind}@1", member, body, now=now)
    agreement.status, agreement.reason, agreement.awaits, agreement.changed_at = status, said, waits, now
    keeping.enter(
        session,
        actor,
        agreement.id,
        deed,
        status,
        keeping.Note(said=said, facts={"by": by}, entry_id=entry_id),
        now=now,
    )
    audit.record(
        session,
        actor,
        f"agreements.{kind}",
        agreement,
        before={"status": before.value},
        after={"status": status.value, "by": by, "reason": said},
        at=now,
    )
    session.flush()
    _tell(session, agreement, by, said=said, now=now)


def _tell(session: Session, agreement: Agreement, by: str, *, said: str, now: datetime) -> None:
    for department_id in (agreement.provider_id, agreement.department_id):
        keeping.tell(
            session,
            APPLY,
            department_id,
            "moved",
            link=queries.agreement_link(agreement),
            now=now,
            number=agreement.number,
            item=keeping.item_words(agreement),
            status=rules.STATUS_WORDS[agreement.status],
            by=rules.SIDE_WORDS[Side(by)] if by in tuple(Side) else keeping.WHO["platform"],
            said=said,
        )
