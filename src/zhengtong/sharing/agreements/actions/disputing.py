"""Disputes in three steps: the sides talk, the authority coordinates, the government of this level decides; each with its clock."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.sharing.agreements import errors, queries, rules, schemas
from zhengtong.sharing.agreements.actions import keeping
from zhengtong.sharing.agreements.events import DisputeMoved
from zhengtong.sharing.agreements.permissions import ANSWER, APPLY, READ, SUPERVISE
from zhengtong.sharing.agreements.rules import State, Step
from zhengtong.sharing.agreements.tables import Application, Dispute


def open_dispute(session: Session, actor: Actor, sent: schemas.DisputeIn, *, now: datetime) -> Dispute:
    """This will open a dispute about a refused application, or an agreement that the actor's department is a party of.

    Raises NothingToDispute, NotAParty.
    """
    require(actor, READ, now=now)
    desk = queries.desk(session, actor)
    mine, other = _sides(session, desk, sent)
    dispute = Dispute(
        id=new_id(),
        number=keeping.number(session, "ZY", now=now),
        application_id=sent.application_id,
        agreement_id=sent.agreement_id,
        department_id=mine,
        against_id=other,
        title=sent.title,
        step=Step.TALK,
        opened_at=now,
        changed_at=now,
    )
    session.add(dispute)
    session.flush()
    _step(session, actor, dispute, "open", said=sent.said, now=now)
    return dispute


def say(session: Session, actor: Actor, dispute: Dispute, *, said: str, now: datetime) -> None:
    """This will add words to a dispute. Needs to be of either side, or the authority."""
    _check_live(dispute)
    _check_may(session, actor, dispute, "say")
    keeping.enter(session, actor, dispute.id, "say", dispute.step, keeping.Note(said=said), now=now)


def go_further(session: Session, actor: Actor, dispute: Dispute, *, said: str, now: datetime) -> None:
    """This will take it to the next step: from talks to the authority, from there to arbitration. Needs to be of either side."""
    _check_may(session, actor, dispute, "go_further")
    following = rules.NEXT_STEP.get(dispute.step)
    if following is None:
        raise errors.DisputeElsewhere(number=dispute.number, step=rules.STEP_WORDS[dispute.step])
    dispute.step = following
    _step(session, actor, dispute, "go_further", said=said, now=now)


def settle(session: Session, actor: Actor, dispute: Dispute, sent: schemas.DisputeSettle, *, now: datetime) -> None:
    """This will settle it: in talks by who opened it, later by the authority (SUPERVISE, step-up). `reopen`: it is answered again."""
    _check_live(dispute)
    _check_may(session, actor, dispute, "settle")
    if dispute.step is not Step.TALK:
        require(actor, SUPERVISE, now=now)
    at = dispute.step
    dispute.step, dispute.outcome, dispute.closed_at, dispute.changed_at = Step.CLOSED, sent.outcome, now, now
    dispute.settled_at_step = at.value
    keeping.end_clock(session, actor, dispute, now=now)
    keeping.enter(
        session,
        actor,
        dispute.id,
        "settle",
        Step.CLOSED,
        keeping.Note(said=sent.outcome, facts={"at": at.value}),
        now=now,
    )
    audit.record(session, actor, "agreements.dispute_settled", dispute, after={"outcome": sent.outcome}, at=now)
    if sent.reopen and dispute.application_id:
        _reopen(session, actor, dispute, sent.outcome, now=now)
    session.flush()
    announce(session, DisputeMoved(dispute.id, dispute.number, Step.CLOSED.value, now))
    _tell(session, dispute, now=now)


def _reopen(session: Session, actor: Actor, dispute: Dispute, said: str, *, now: datetime) -> None:
    application = session.get_one(Application, dispute.application_id)
    if application.state is not State.REFUSED:
        return
    keeping.move(session, SYSTEM, application, "reopen", said=said, facts={"dispute": dispute.number}, now=now)
    rule = queries.course().clocks["conditional"]
    keeping.start_clock(session, actor, application, rule, department_id=application.provider_id, now=now)


def _sides(session: Session, desk: queries.Desk, sent: schemas.DisputeIn) -> tuple[UUID, UUID]:
    if sent.application_id:
        application = queries.get_application(session, desk, sent.application_id)
        parties = (application.department_id, application.provider_id)
    elif sent.agreement_id:
        agreement = queries.get_visible_agreement(session, desk, sent.agreement_id)
        parties = (agreement.department_id, agreement.provider_id)
    else:
        raise errors.NothingToDispute()
    if desk.body not in parties:
        raise queries.not_a_party(session, parties[1], parties[0])
    other = parties[1] if desk.body == parties[0] else parties[0]
    return desk.body, other


def _check_live(dispute: Dispute) -> None:
    if dispute.step is Step.CLOSED:
        raise errors.DisputeElsewhere(number=dispute.number, step=rules.STEP_WORDS[dispute.step])


def _check_may(session: Session, actor: Actor, dispute: Dispute, deed: str) -> None:
    if actor is SYSTEM or queries.dispute_abilities(queries.desk(session, actor), dispute)[deed]:
        return
    if dispute.step is Step.CLOSED:
        _check_live(dispute)
    raise queries.not_a_party(session, dispute.against_id, dispute.department_id)


def _step(session: Session, actor: Actor, dispute: Dispute, deed: str, *, said: str, now: datetime) -> None:
    dispute.changed_at = now
    rule = queries.course().clocks[dispute.step.value]
    keeping.start_clock(session, actor, dispute, rule, department_id=dispute.against_id, now=now)
    keeping.enter(session, actor, dispute.id, deed, dispute.step, keeping.Note(said=said), now=now)
    audit.record(session, actor, "agreements.dispute_moved", dispute, after={"step": dispute.step.value}, at=now)
    announce(session, DisputeMoved(dispute.id, dispute.number, dispute.step.value, now))
    _tell(session, dispute, now=now)


def _tell(session: Session, dispute: Dispute, *, now: datetime) -> None:
    places = [(APPLY, dispute.department_id), (ANSWER, dispute.against_id)]
    if dispute.step in (Step.BUREAU, Step.ARBITRATION):
        places.append((SUPERVISE, None))  # type: ignore[arg-type]
    for permission, place in places:
        keeping.tell(
            session,
            permission,
            place,
            "dispute",
            link=f"/sharing/disputes/{dispute.id}",
            now=now,
            number=dispute.number,
            title=dispute.title,
            step=rules.STEP_WORDS[dispute.step],
        )
