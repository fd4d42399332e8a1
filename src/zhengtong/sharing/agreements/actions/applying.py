"""The applicant's side: draft, submit, have it checked by the own sharing office, supplement, withdraw."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines
from zhengtong.sharing.agreements import errors, queries, rules, schemas
from zhengtong.sharing.agreements.actions import answering, keeping
from zhengtong.sharing.agreements.permissions import ANSWER, APPLY, CHECK, application_abilities
from zhengtong.sharing.agreements.rules import Kind, State
from zhengtong.sharing.agreements.tables import Agreement, Application

UNCONDITIONAL = "unconditional"


def draft(
    session: Session, actor: Actor, sent: schemas.ApplicationIn, *, body: UUID | None = None, now: datetime
) -> Application:
    """This will keep a draft of an application for the actor's department (`body`: for whom SYSTEM writes). Needs APPLY there.

    Raises ItemNotShared, OwnData, TermsWrong.
    """
    require(actor, APPLY, now=now)
    department_id = body if actor is SYSTEM and body else queries.own_body(session, actor)
    item = catalogue.get_item(session, sent.item_id)
    _check_item(item, department_id)
    application = Application(
        id=new_id(),
        number=keeping.number(session, "SQ", now=now),
        kind=Kind.NEW,
        state=State.CREATED,
        item_id=item.id,
        department_id=department_id,
        provider_id=item.department_id,
        unconditional=item.share_type == UNCONDITIONAL,
        created_by=actor.subject,
        created_by_name=actor.name,
        created_at=now,
        changed_at=now,
    )
    _fill(session, application, sent)
    session.add(application)
    session.flush()
    keeping.enter(session, actor, application.id, "draft", State.CREATED, now=now)
    audit.record(session, actor, "agreements.application_drafted", application, after={"item": item.code}, at=now)
    return application


def change_of(
    session: Session, actor: Actor, agreement: Agreement, sent: schemas.ChangeIn, *, now: datetime
) -> Application:
    """This will begin a change or renewal of an agreement as a draft with its terms. Needs APPLY of the consumer. Raises ChangePending."""
    require(actor, APPLY, now=now)
    if not queries.desk(session, actor).covers(APPLY, agreement.department_id):
        raise queries.not_a_party(session, agreement.provider_id, agreement.department_id)
    if pending := queries.pending_change(session, agreement.id):
        raise errors.ChangePending(number=agreement.number, application=pending.number)
    newest = queries.newest_terms(session, agreement)
    before = session.get(Application, newest.application_id) if newest.application_id else None
    told = dict(newest.terms)
    if sent.valid_to:
        told["valid_to"] = sent.valid_to.isoformat()
    application = Application(
        id=new_id(),
        number=keeping.number(session, "SQ", now=now),
        kind=Kind(sent.kind),
        state=State.CREATED,
        item_id=agreement.item_id,
        department_id=agreement.department_id,
        provider_id=agreement.provider_id,
        agreement_id=agreement.id,
        basis=before.basis if before else "",
        scene=before.scene if before else sent.said,
        responsible_name=before.responsible_name if before else "",
        responsible_id=before.responsible_id if before else None,
        terms=told,
        reasons=dict(before.reasons) if before else {},
        created_by=actor.subject,
        created_by_name=actor.name,
        created_at=now,
        changed_at=now,
    )
    session.add(application)
    session.flush()
    keeping.enter(session, actor, application.id, "draft", State.CREATED, keeping.Note(said=sent.said), now=now)
    return application


def revise(
    session: Session, actor: Actor, application: Application, sent: schemas.ApplicationIn, *, now: datetime
) -> None:
    """This will write a draft, or what was sent back, anew. Raises ApplicationElsewhere, TermsWrong."""
    able = application_abilities(queries.desk(session, actor), queries.course(), application, set())
    if not able["edit"] or sent.item_id != application.item_id:
        label = queries.course().states[application.state].label
        raise errors.ApplicationElsewhere(number=application.number, state=label, deed=Words("修改", "edit"))
    _fill(session, application, sent)
    application.changed_at = now
    session.flush()


def submit(session: Session, actor: Actor, application: Application, sent: schemas.SubmitIn, *, now: datetime) -> None:
    """This will submit it to the department's own sharing office, complete and warranted. Raises WarrantMissing, TermsWrong."""
    if not sent.warranted:
        raise errors.WarrantMissing()
    _check_terms(session, application, now=now)
    catalogue.refuse_secrets([application.basis, application.scene])
    application.warranted, application.submitted_at = True, now
    keeping.move(session, actor, application, "submit", said=sent.said, now=now)
    _start_check(session, actor, application, now=now)
    _tell_office(session, application, now=now)


def pass_on(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will pass it on to the provider, whose clock starts; what is shared unconditionally is authorised at once."""
    course = queries.course()
    keeping.end_clock(session, actor, application, now=now)
    if application.unconditional:
        if actor is not SYSTEM:
            keeping.check_may(session, actor, application, "pass")
        keeping.enter(session, actor, application.id, "pass", application.state, keeping.Note(said=said), now=now)
        application.granted = dict(application.terms)
        keeping.move(session, SYSTEM, application, "authorise", now=now)
        answering.propose(session, actor, application, now=now)
        return
    keeping.move(session, actor, application, "pass", said=said, now=now)
    keeping.start_clock(
        session, actor, application, course.clocks["conditional"], department_id=application.provider_id, now=now
    )
    keeping.tell(
        session,
        ANSWER,
        application.provider_id,
        "to_answer",
        link=queries.application_link(application),
        now=now,
        number=application.number,
        item=keeping.item_words(application),
        department=queries.name_of(session, application.department_id),
        due=queries.clock_words(session, application.clock_id, now=now),
    )


def send_back(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will send it back to who wrote it, saying what to mend."""
    keeping.move(session, actor, application, "send_back", said=said, now=now)
    keeping.end_clock(session, actor, application, now=now)
    answering.tell_author(session, application, "send_back", said=said, now=now)


def supplement(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will hand in what was missing; the provider's clock runs on."""
    _check_terms(session, application, now=now)
    keeping.move(session, actor, application, "supplement", said=said, now=now)
    clock = session.get(deadlines.Clock, application.clock_id) if application.clock_id else None
    if clock is not None and clock.status is deadlines.Status.STOPPED:
        deadlines.resume_clock(session, actor, clock.id, now=now, reason=said)
    keeping.tell(
        session,
        ANSWER,
        application.provider_id,
        "to_answer",
        link=queries.application_link(application),
        now=now,
        number=application.number,
        item=keeping.item_words(application),
        department=queries.name_of(session, application.department_id),
        due=queries.clock_words(session, application.clock_id, now=now),
    )


def withdraw(session: Session, actor: Actor, application: Application, *, said: str, now: datetime) -> None:
    """This will take it back; its clock ends without a verdict, and an agreement that was not signed yet ends with it."""
    keeping.move(session, actor, application, "withdraw", said=said, now=now)
    keeping.end_clock(session, actor, application, withdrawn=said, now=now)
    answering.drop_proposal(session, actor, application, said=said, now=now)


def _start_check(session: Session, actor: Actor, application: Application, *, now: datetime) -> None:
    """This will start the clock of the compliance check, where the rules in force here name one."""
    rule = queries.course().clocks["check"]
    if any(one.rule.id == rule for one in deadlines.rulebook(session)):
        keeping.start_clock(session, actor, application, rule, department_id=application.department_id, now=now)


def _fill(session: Session, application: Application, sent: schemas.ApplicationIn) -> None:
    terms = queries.terms_of(session, sent.terms)
    known = {name for masks in terms.fields.values() for name in masks}
    application.basis, application.scene = sent.basis, sent.scene
    application.responsible_id, application.responsible_name = sent.responsible_id, sent.responsible_name
    application.terms = terms.told()
    application.reasons = {name: said for name, said in sent.reasons.items() if name in known and said}


def _check_item(item: catalogue.Item, department_id: UUID) -> None:
    if not item.is_live:
        raise errors.ItemNotShared(item=item.name_zh)
    if item.department_id == department_id:
        raise errors.OwnData(item=item.name_zh)


def _check_terms(session: Session, application: Application, *, now: datetime) -> None:
    terms = rules.Terms.of(application.terms)
    faults = queries.faults(session, terms, application, now=now)
    if faults:
        raise errors.TermsWrong(count=len(faults), fields=faults)


def _tell_office(session: Session, application: Application, *, now: datetime) -> None:
    keeping.tell(
        session,
        CHECK,
        application.department_id,
        "to_check",
        link=queries.application_link(application),
        now=now,
        number=application.number,
        item=keeping.item_words(application),
        by=application.created_by_name,
    )
