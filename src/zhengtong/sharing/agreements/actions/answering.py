"""The provider's side: agree, agree in part, ask once for supplements, refuse with its legal basis; then the agreement is proposed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from zhengtong.kernel.actor import SYSTEM, Actor
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors, queries, rules, schemas
from zhengtong.sharing.agreements.actions import keeping
from zhengtong.sharing.agreements.permissions import CHECK, SIGN
from zhengtong.sharing.agreements.rules import Status
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms, Application

SUPPLEMENT = "supplement"


def answer(session: Session, actor: Actor, application: Application, sent: schemas.AnswerIn, *, now: datetime) -> None:
    """This will answer an application within its clock. Needs ANSWER of the provider.

    Raises MoreThanAsked, TermsWrong, BasisInsufficient, ChecklistOpen, SayWhy, ApplicationElsewhere.
    """
    if sent.answer == "refuse":
        _refuse(session, actor, application, sent, now=now)
        return
    granted = _granted(session, application, sent, now=now)
    _check_points(granted, application, sent, session)
    application.granted, application.checklist = granted.told(), sorted(set(sent.checklist))
    facts = {"given": _size(granted), "asked": _size(rules.Terms.of(application.terms))}
    keeping.move(session, actor, application, sent.answer, said=sent.said, facts=facts, now=now)
    application.answered_at = now
    keeping.end_clock(session, actor, application, now=now)
    propose(session, actor, application, now=now)
    tell_author(session, application, sent.answer, said=sent.said, now=now)


def ask_supplement(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will ask once for all that is missing; the clock stops where its rule allows it. Needs ANSWER of the provider."""
    keeping.move(session, actor, application, "ask_supplement", said=said, now=now)
    clock = session.get(deadlines.Clock, application.clock_id) if application.clock_id else None
    if clock is not None and any(one["id"] == SUPPLEMENT for one in clock.terms.content.get("stops", ())):
        deadlines.stop_clock(session, actor, clock.id, ground=SUPPLEMENT, reason=said, now=now)
    tell_author(session, application, "ask_supplement", said=said, now=now)


def provide(session: Session, actor: Actor, application: Application, *, said: str = "", now: datetime) -> None:
    """This will say that the data can be used; the provision's clock is met."""
    keeping.move(session, actor, application, "provide", said=said, now=now)
    keeping.end_clock(session, actor, application, now=now)


def propose(session: Session, actor: Actor, application: Application, *, now: datetime) -> Agreement:
    """This will write the agreement, or its next version, from the granted terms, and put the proposal on the ledger."""
    terms = rules.Terms.of(application.granted or application.terms)
    agreement = session.get(Agreement, application.agreement_id) if application.agreement_id else None
    is_new = agreement is None
    if agreement is None:
        agreement = Agreement(
            id=new_id(),
            number=keeping.number(session, "XY", now=now),
            status=Status.PROPOSED,
            item_id=application.item_id,
            provider_id=application.provider_id,
            department_id=application.department_id,
            terms_version=1,
            created_at=now,
            valid_from=date.fromisoformat(terms.valid_from),
            valid_to=date.fromisoformat(terms.valid_to),
            changed_at=now,
        )
        session.add(agreement)
        session.flush()
        session.refresh(agreement, ["item"])
        application.agreement_id = agreement.id
    else:
        agreement.terms_version += 1
        agreement.changed_at = now
    written = write_terms(session, agreement, terms, application, now=now)
    tell_ledger(session, actor, agreement, written, new=is_new, now=now)
    rule = queries.course().clocks["provide"]
    keeping.start_clock(session, SYSTEM, application, rule, department_id=application.provider_id, now=now)
    tell_signers(session, agreement, now=now)
    return agreement


def write_terms(
    session: Session, agreement: Agreement, terms: rules.Terms, application: Application | None, *, now: datetime
) -> AgreementTerms:
    """This will keep the next version of the terms with its text."""
    digest = rules.terms_digest(terms, ledger.sm3)
    personal = queries.is_personal(session, terms)
    row = AgreementTerms(
        agreement_id=agreement.id,
        number=agreement.terms_version,
        application_id=application.id if application else None,
        terms=terms.told(),
        digest=digest,
        text=queries.write_text(session, agreement, terms, application, digest=digest, personal=personal),
        checklist=list(application.checklist) if application else [],
        personal=personal,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def tell_ledger(
    session: Session, actor: Actor, agreement: Agreement, written: AgreementTerms, *, new: bool, now: datetime
) -> None:
    """This will put the proposal, or the change, on the ledger."""
    body: dict[str, Any] = {
        "agreement_id": str(agreement.id),
        "number": agreement.number,
        "version": written.number,
        "terms_digest": written.digest,
        "valid_from": written.terms["valid_from"],
        "valid_to": written.terms["valid_to"],
    }
    parties = {"provider": agreement.provider_id.hex, "consumer": agreement.department_id.hex}
    text = queries.text_facts(written)
    kind = f"agreement.{'proposed' if new else 'changed'}@{2 if text else 1}"
    body |= (parties if new else {}) | text
    entry_id, waits = keeping.put_on_ledger(session, kind, agreement.provider_id.hex, body, now=now)
    agreement.awaits = waits
    deed = "propose" if new else "change"
    facts = {"version": written.number, "digest": written.digest}
    keeping.enter(
        session, actor, agreement.id, deed, agreement.status, keeping.Note(facts=facts, entry_id=entry_id), now=now
    )


def drop_proposal(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will end an agreement that was proposed for an application that is taken back."""
    agreement = session.get(Agreement, application.agreement_id) if application.agreement_id else None
    if agreement is None or agreement.status is not Status.PROPOSED:
        return
    body = {"agreement_id": str(agreement.id), "version": agreement.terms_version, "reason": said}
    entry_id, waits = keeping.put_on_ledger(session, "agreement.ended@1", agreement.department_id.hex, body, now=now)
    agreement.status, agreement.reason, agreement.changed_at, agreement.awaits = Status.ENDED, said, now, waits
    keeping.enter(
        session,
        actor,
        agreement.id,
        "end",
        Status.ENDED,
        keeping.Note(said=said, facts={"by": "consumer"}, entry_id=entry_id),
        now=now,
    )


def tell_author(session: Session, application: Application, deed: str, *, said: str, now: datetime) -> None:
    """This will tell who applied, and their sharing office, how it was answered."""
    keeping.tell(
        session,
        CHECK,
        application.department_id,
        "answered",
        link=queries.application_link(application),
        now=now,
        also=keeping.person(session, application.created_by),
        number=application.number,
        item=keeping.item_words(application),
        answer=queries.course().deeds[deed].label,
        said=said,
    )


def tell_signers(session: Session, agreement: Agreement, *, now: datetime) -> None:
    """This will tell those who sign for either side that an agreement waits for them."""
    for department_id in (agreement.provider_id, agreement.department_id):
        keeping.tell(
            session,
            SIGN,
            department_id,
            "to_sign",
            link=queries.agreement_link(agreement),
            now=now,
            number=agreement.number,
            item=keeping.item_words(agreement),
            provider=queries.name_of(session, agreement.provider_id),
            consumer=queries.name_of(session, agreement.department_id),
        )


def _refuse(session: Session, actor: Actor, application: Application, sent: schemas.AnswerIn, *, now: datetime) -> None:
    course = queries.course()
    basis = course.bases.get(sent.refusal_basis)
    if basis is None or not basis.suffices or len(sent.refusal_law.strip()) < rules.SHORTEST_REASON:
        label = basis.label if basis else Words(sent.refusal_basis or "未填", sent.refusal_basis or "none")
        raise errors.BasisInsufficient(basis=label, source=course.refusal_source)
    facts = {"basis": sent.refusal_basis, "law": sent.refusal_law}
    keeping.move(session, actor, application, "refuse", said=sent.said, facts=facts, now=now)
    application.refusal_basis, application.refusal_law, application.answered_at = (
        sent.refusal_basis,
        sent.refusal_law,
        now,
    )
    keeping.end_clock(session, actor, application, now=now)
    tell_author(session, application, "refuse", said=sent.said, now=now)


def _granted(session: Session, application: Application, sent: schemas.AnswerIn, *, now: datetime) -> rules.Terms:
    wanted = rules.Terms.of(application.terms)
    if sent.answer == "agree" or sent.terms is None:
        return wanted
    granted = queries.terms_of(session, sent.terms)
    if not rules.narrower(wanted, granted):
        raise errors.MoreThanAsked()
    faults = queries.faults(session, granted, application, now=now)
    if faults:
        raise errors.TermsWrong(count=len(faults), fields=faults)
    return granted


def _check_points(granted: rules.Terms, application: Application, sent: schemas.AnswerIn, session: Session) -> None:
    wanted = queries.points(personal=queries.is_personal(session, granted), by="provider")
    check_points(wanted, sent.checklist)


def check_points(wanted: list[str], confirmed: list[str]) -> None:
    """Raises ChecklistOpen unless every point is confirmed."""
    left = [one for one in wanted if one not in confirmed]
    if left:
        said = [queries.point_words(one) for one in left]
        points = Words("；".join(one.zh for one in said), "; ".join(one.en for one in said))
        raise errors.ChecklistOpen(count=len(left), points=points)


def _size(terms: rules.Terms) -> dict[str, int]:
    return {"fields": sum(len(one) for one in terms.fields.values()), "daily_quota": terms.daily_quota}
