"""Countersigning: both departments' SM2 seals over the fingerprints of terms and text; with the second one the version is in force."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors, queries, rules
from zhengtong.sharing.agreements.actions import answering, keeping
from zhengtong.sharing.agreements.events import AgreementEnded, AgreementInForce
from zhengtong.sharing.agreements.permissions import APPLY, SIGN, signs_for
from zhengtong.sharing.agreements.rules import State, Status
from zhengtong.sharing.agreements.tables import Agreement, AgreementSeal, AgreementTerms, Application


def sign(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    *,
    checklist: list[str],
    keyring: Keyring,
    crypto: Crypto,
    side: UUID | None = None,
    now: datetime,
) -> AgreementSeal:
    """This will seal the newest terms with the actor's department's key. Needs SIGN there, and step-up (`side`: for whom SYSTEM signs).

    Where the department keeps its key itself, its signer is asked, and the seal stands when it has signed.
    Raises NotAParty, SignedAlready, AgreementElsewhere, TextAltered, ChecklistOpen, KeyRevoked.
    """
    require(actor, SIGN, now=now)
    department_id = side if actor is SYSTEM else signs_for(queries.desk(session, actor), agreement)
    if department_id is None:
        raise queries.not_a_party(session, agreement.provider_id, agreement.department_id)
    written = queries.newest_terms(session, agreement)
    _check_open(session, agreement, department_id)
    _check_text(session, agreement, written)
    _check_points(agreement, written, department_id, checklist)
    payload = queries.seal_payload(written)
    waits = ledger.custody_of(session, department_id) == "department"
    if waits and ledger.signed_there(session, department_id, payload) is None:
        ledger.ask_signer(session, actor, department_id, payload, about=_about(agreement, written), now=now)
        return _keep(session, actor, agreement, written, department_id, checklist, now=now)
    seal = ledger.seal(session, actor, department_id, payload, keyring=keyring, crypto=crypto, now=now)
    row = _keep(session, actor, agreement, written, department_id, checklist, now=now)
    _stand(session, actor, agreement, written, row, seal, now=now)
    return row


def signed_by_signer(session: Session, department_id: UUID, digest: str, *, now: datetime) -> None:
    """This will take the seal that a department's own signer has given."""
    waiting = select(AgreementSeal).where(AgreementSeal.digest == digest, AgreementSeal.signature == "")
    row = session.scalar(waiting.where(AgreementSeal.department_id == department_id))
    if row is None:
        return
    agreement = queries.get_agreement(session, row.agreement_id)
    written = session.get_one(AgreementTerms, (row.agreement_id, row.number))
    payload = queries.seal_payload(written)
    seal = ledger.signed_there(session, department_id, payload)
    if seal is None or agreement.terms_version != row.number or agreement.status is Status.ENDED:
        return
    _stand(session, SYSTEM, agreement, written, row, seal, now=now)


def _about(agreement: Agreement, written: AgreementTerms) -> str:
    return f"{agreement.number} v{written.number} {agreement.item.name_zh} {written.digest[:16]}"


def _check_open(session: Session, agreement: Agreement, department_id: UUID) -> None:
    if agreement.status is Status.ENDED or agreement.in_force == agreement.terms_version:
        raise errors.AgreementElsewhere(number=agreement.number, status=rules.STATUS_WORDS[agreement.status])
    if department_id in queries.signed(session, agreement):
        raise errors.SignedAlready(number=agreement.number, version=agreement.terms_version)


def _check_text(session: Session, agreement: Agreement, written: AgreementTerms) -> None:
    """Raises TextAltered where the text is no longer the one that was proposed on the ledger."""
    there = ledger.contract(session, agreement.id)
    if there is None or there.version != written.number:
        return
    if there.text_digest != queries.text_facts(written).get("text_digest", ""):
        raise errors.TextAltered(number=agreement.number)


def _check_points(agreement: Agreement, written: AgreementTerms, department_id: UUID, confirmed: list[str]) -> None:
    """The consumer confirms its points with its seal; the provider has, with its answer."""
    if department_id == agreement.department_id:
        answering.check_points(queries.points(personal=written.personal, by="consumer"), confirmed)
    else:
        left = queries.points(personal=written.personal, by="provider")
        answering.check_points(left, [*written.checklist, *confirmed])


def _keep(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    written: AgreementTerms,
    department_id: UUID,
    checklist: list[str],
    *,
    now: datetime,
) -> AgreementSeal:
    """The seal's row: new, or that of a request that waited."""
    place = (AgreementSeal.agreement_id == agreement.id, AgreementSeal.number == written.number)
    row = session.scalar(select(AgreementSeal).where(*place, AgreementSeal.department_id == department_id))
    if row is None:
        row = AgreementSeal(
            id=new_id(), agreement_id=agreement.id, number=written.number, department_id=department_id, by=actor.subject
        )
        session.add(row)
    payload = queries.seal_payload(written)
    row.digest, row.by, row.by_name, row.at = ledger.sm3(payload).hex(), actor.subject, actor.name, now
    row.checklist = sorted(set(checklist))
    session.flush()
    return row


def _stand(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    written: AgreementTerms,
    row: AgreementSeal,
    seal: ledger.Seal,
    *,
    now: datetime,
) -> None:
    row.key_id, row.custody, row.signature, row.at = seal.key_id, seal.custody, seal.signature, now
    body: dict[str, Any] = {
        "agreement_id": str(agreement.id),
        "version": written.number,
        "terms_digest": written.digest,
        "seal": seal.told(),
    } | (text := queries.text_facts(written))
    kind = f"agreement.countersigned@{2 if text else 1}"
    row.entry_id, waits = keeping.put_on_ledger(session, kind, seal.member, body, now=now)
    facts = {"version": written.number, "key": seal.key_id, "custody": seal.custody}
    keeping.enter(
        session,
        actor,
        agreement.id,
        "countersign",
        agreement.status,
        keeping.Note(facts=facts, entry_id=row.entry_id),
        now=now,
    )
    audit.record(session, actor, "agreements.signed", agreement, after={"version": written.number}, at=now)
    agreement.awaits, agreement.changed_at = waits, now
    session.flush()
    follow(session, agreement, now=now)


def follow(session: Session, agreement: Agreement, *, now: datetime) -> None:
    """This will take over what the ledger says of the agreement: with both seals its newest version is in force."""
    there = ledger.contract(session, agreement.id)
    if there is None:
        return
    agreement.awaits = there.version != agreement.terms_version or ledger.awaited(session, str(agreement.id))
    status = Status(there.status)
    if status is not agreement.status and status is not Status.IN_FORCE:
        agreement.status = status
    holds = queries.in_force_version(there) if status is not Status.PROPOSED else None
    if status in (Status.IN_FORCE, Status.SUSPENDED) and holds != agreement.in_force and holds:
        _into_force(session, agreement, holds, status, now=now)


def _into_force(session: Session, agreement: Agreement, holds: int, status: Status, *, now: datetime) -> None:
    written = session.get_one(AgreementTerms, (agreement.id, holds))
    written.in_force_at = now
    agreement.status, agreement.in_force, agreement.changed_at = status, holds, now
    agreement.valid_from = date.fromisoformat(written.terms["valid_from"])
    agreement.valid_to = date.fromisoformat(written.terms["valid_to"])
    agreement.reminded_on = None
    session.flush()
    keeping.enter(session, SYSTEM, agreement.id, "in_force", status, keeping.Note(facts={"version": holds}), now=now)
    announce(
        session,
        AgreementInForce(
            agreement.id,
            agreement.number,
            holds,
            [UUID(one) for one in written.terms["item_ids"]],
            agreement.provider_id,
            agreement.department_id,
            now,
        ),
    )
    keeping.tell(
        session,
        APPLY,
        agreement.department_id,
        "in_force",
        link=queries.agreement_link(agreement),
        now=now,
        number=agreement.number,
        item=keeping.item_words(agreement),
        version=str(holds),
    )
    _go_on(session, written, agreement, now=now)
    _end_predecessor(session, agreement, now=now)


def _go_on(session: Session, written: AgreementTerms, agreement: Agreement, *, now: datetime) -> None:
    """Its application goes on; where the item has data already, they are provided from now."""
    application = session.get(Application, written.application_id) if written.application_id else None
    if application is None or application.state is not State.AGREED:
        return
    keeping.move(session, SYSTEM, application, "sign", now=now)
    item = session.get_one(catalogue.Item, agreement.item_id)
    if item.last_batch_at is not None:
        answering.provide(session, SYSTEM, application, now=now)


def _end_predecessor(session: Session, agreement: Agreement, *, now: datetime) -> None:
    """An agreement that was handed over ends when its successor holds."""
    before = session.get(Agreement, agreement.succeeds_id) if agreement.succeeds_id else None
    if before is None or before.status is Status.ENDED:
        return
    body = {"agreement_id": str(before.id), "version": before.terms_version, "reason": agreement.number}
    entry_id, waits = keeping.put_on_ledger(session, "agreement.ended@1", ledger.CITY, body, now=now)
    before.status, before.reason, before.awaits, before.changed_at = Status.ENDED, agreement.number, waits, now
    facts = {"by": "platform", "successor": agreement.number}
    keeping.enter(
        session,
        SYSTEM,
        before.id,
        "end",
        Status.ENDED,
        keeping.Note(said=agreement.number, facts=facts, entry_id=entry_id),
        now=now,
    )
    announce(session, AgreementEnded(before.id, before.number, "platform", now))
