"""When departments merge, their applications move and their agreements pass to a successor, without a gap."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import new_id
from zhengtong.sharing.agreements import queries, rules
from zhengtong.sharing.agreements.actions import answering, keeping, stopping
from zhengtong.sharing.agreements.rules import State, Status
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms, Application, Dispute, Wish

MOVABLE = (State.CREATED, State.CHECKING, State.ANSWERING, State.SUPPLEMENTING, State.SENT_BACK, State.REFUSED)


def hand_over(session: Session, before: UUID, after: UUID, *, now: datetime) -> None:
    """This will move what is open to the department that `before` was merged into, and propose a successor to each live agreement.

    The old agreement holds for both until the successor is signed; then it ends. An agreement between the two merged ones just ends.
    """
    _move_applications(session, before, after, now=now)
    for row in session.scalars(select(Wish).where(Wish.department_id == before)):
        row.department_id = after
    for row in session.scalars(select(Wish).where(Wish.provider_id == before)):
        row.provider_id = after
    for dispute in session.scalars(select(Dispute).where(Dispute.department_id == before)):
        dispute.department_id = after
    for dispute in session.scalars(select(Dispute).where(Dispute.against_id == before)):
        dispute.against_id = after
    party = (Agreement.provider_id == before) | (Agreement.department_id == before)
    for agreement in session.scalars(select(Agreement).where(party, Agreement.status != Status.ENDED)).all():
        _succeed(session, agreement, before, after, now=now)


def _move_applications(session: Session, before: UUID, after: UUID, *, now: datetime) -> None:
    found = select(Application).where(Application.state.in_(MOVABLE))
    either = (Application.department_id == before) | (Application.provider_id == before)
    for one in session.scalars(found.where(either)).all():
        if one.department_id == before:
            one.department_id = after
        if one.provider_id == before:
            one.provider_id = after
        keeping.enter(
            session, SYSTEM, one.id, "hand_over", one.state, keeping.Note(facts=_told(before, after)), now=now
        )
        if one.provider_id == one.department_id:
            keeping.move(session, SYSTEM, one, "withdraw", said="双方已合并 | the two were merged", now=now)
            keeping.end_clock(session, SYSTEM, one, withdrawn="merged", now=now)


def _succeed(session: Session, agreement: Agreement, before: UUID, after: UUID, *, now: datetime) -> None:
    provider = after if agreement.provider_id == before else agreement.provider_id
    consumer = after if agreement.department_id == before else agreement.department_id
    if provider == consumer:
        _end_inside(session, agreement, now=now)
        return
    newest = queries.newest_terms(session, agreement)
    old = session.get(Application, newest.application_id) if newest.application_id else None
    successor = Agreement(
        id=new_id(),
        number=keeping.number(session, "XY", now=now),
        status=Status.PROPOSED,
        item_id=agreement.item_id,
        provider_id=provider,
        department_id=consumer,
        succeeds_id=agreement.id,
        terms_version=1,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        created_at=now,
        changed_at=now,
    )
    session.add(successor)
    session.flush()
    session.refresh(successor, ["item"])
    written = answering.write_terms(session, successor, rules.Terms.of(newest.terms), old, now=now)
    answering.tell_ledger(session, SYSTEM, successor, written, new=True, now=now)
    keeping.enter(
        session,
        SYSTEM,
        agreement.id,
        "hand_over",
        agreement.status,
        keeping.Note(facts={"successor": successor.number}),
        now=now,
    )
    answering.tell_signers(session, successor, now=now)
    of = select(AgreementTerms.application_id).where(AgreementTerms.agreement_id == agreement.id)
    held = (State.AGREED, State.PROVIDING, State.FINISHED)
    for one in session.scalars(select(Application).where(Application.id.in_(of), Application.state.in_(held))).all():
        keeping.move(session, SYSTEM, one, "hand_over", facts={"successor": successor.number}, now=now)
        keeping.end_clock(session, SYSTEM, one, withdrawn=successor.number, now=now)


def _end_inside(session: Session, agreement: Agreement, *, now: datetime) -> None:
    stopping.end(session, SYSTEM, agreement, said="双方已合并 | the two were merged", now=now)


def _told(before: UUID, after: UUID) -> dict[str, str]:
    return {"from": str(before), "to": str(after)}
