"""Applications: apply, check, answer, supplement, withdraw."""

from io import BytesIO
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.web import Given
from zhengtong.office import identity
from zhengtong.sharing.agreements import actions, queries, schemas
from zhengtong.sharing.agreements.permissions import ANSWER, APPLY, CHECK, READ
from zhengtong.sharing.agreements.queries import sheets
from zhengtong.sharing.agreements.routes.ground import XLSX, download, routes
from zhengtong.sharing.agreements.tables import Application

Which = Annotated[schemas.ApplicationsWanted, Depends()]


@routes.get("/sharing/words", needs=READ)
def read_words(session: Session, actor: Actor) -> schemas.ContractWords:
    """The vocabulary of sharing: purposes, masks, states, the checklist, the contract's conditions."""
    return queries.vocabulary()


@routes.get("/sharing/items/{item_id}/offer", needs=READ)
def read_offer(session: Session, actor: Actor, item_id: UUID) -> schemas.Offer:
    """What can be asked of an item, what similar grants gave, and how long the answer takes."""
    item = catalogue.get_item(session, item_id)
    return queries.offer(session, item, queries.own_body(session, actor))


@routes.get("/sharing/items/{item_id}/grants", needs=READ)
def read_grants(session: Session, actor: Actor, item_id: UUID) -> list[schemas.AgreementLine]:
    """The agreements on an item that the actor may see."""
    wanted = schemas.AgreementsWanted(which="live", item=item_id)
    desk, now = queries.desk(session, actor), clock.now()
    found = queries.find_agreements(desk, wanted, text=None, on=identity.law_day(now))
    return queries.agreement_lines(session, session.scalars(found.limit(100)), now=now)


@routes.post("/sharing/applications/preview", needs=APPLY)
def preview(session: Session, actor: Actor, body: schemas.ApplicationIn) -> schemas.PreviewOut:
    """What the contract would allow, in words; its level; advice; what is to be mended."""
    return queries.preview(session, actor, body, now=clock.now())


@routes.get("/sharing/applications", needs=READ)
def list_applications(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Which
) -> web.Page[schemas.ApplicationLine]:
    """Applications, what changed last first; by how they stand for the reader, state, department, item, number or words."""
    now = clock.now()
    found = web.paginate(
        session,
        queries.find_applications(queries.desk(session, actor), wanted, text=page.q, now=now),
        page,
        sort={"-changed": Application.changed_at, "number": Application.number},
        key=Application.id,
        item=lambda one: one,
    )
    lines = queries.application_lines(session, found.items, now=now)
    return web.Page[schemas.ApplicationLine](items=lines, next=found.next, total=found.total)


@routes.get("/sharing/applications/export", needs=READ)
def export_applications(session: Session, actor: Actor, files: Given[Files], wanted: Which) -> Response:
    """The applications as a table (xlsx)."""
    now = clock.now()
    found = queries.find_applications(queries.desk(session, actor), wanted, text=None, now=now)
    rows = session.scalars(found.order_by(Application.number).limit(sheets.MOST))
    columns, cells = sheets.applications(queries.application_lines(session, rows, now=now))
    out = BytesIO()
    files.write_xlsx(out, columns, cells, sheet="共享申请")
    return download(out.getvalue(), "共享申请.xlsx", XLSX)


@routes.post("/sharing/applications", needs=APPLY, status=201)
def draft(session: Session, actor: Actor, body: schemas.ApplicationIn) -> schemas.ApplicationOut:
    """Keep a draft of an application."""
    now = clock.now()
    application = actions.draft(session, actor, body, now=now)
    session.refresh(application, ["item"])
    return _out(session, actor, application)


@routes.get("/sharing/applications/{application_id}", needs=READ)
def read_application(session: Session, actor: Actor, application_id: UUID) -> schemas.ApplicationOut:
    """One application with everything that was said and done."""
    return _out(session, actor, _find(session, actor, application_id))


@routes.put("/sharing/applications/{application_id}", needs=APPLY)
def revise(
    session: Session, actor: Actor, application_id: UUID, body: schemas.ApplicationIn, if_match: web.IfMatch = None
) -> schemas.ApplicationOut:
    """Write a draft, or what was sent back, anew."""
    application = _find(session, actor, application_id)
    web.check_version(application.version, if_match)
    actions.revise(session, actor, application, body, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/submit", needs=APPLY)
def submit(session: Session, actor: Actor, application_id: UUID, body: schemas.SubmitIn) -> schemas.ApplicationOut:
    """Submit it to the own sharing office, warranted."""
    application = _find(session, actor, application_id)
    actions.submit(session, actor, application, body, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/pass", needs=CHECK)
def pass_on(session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn) -> schemas.ApplicationOut:
    """Pass it on to the provider; what is shared unconditionally is authorised at once."""
    application = _find(session, actor, application_id)
    actions.pass_on(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/send-back", needs=CHECK)
def send_back(session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn) -> schemas.ApplicationOut:
    """Send it back to who wrote it."""
    application = _find(session, actor, application_id)
    actions.send_back(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/answer", needs=ANSWER)
def answer(session: Session, actor: Actor, application_id: UUID, body: schemas.AnswerIn) -> schemas.ApplicationOut:
    """Agree, agree in part, or refuse with the legal basis."""
    application = _find(session, actor, application_id)
    actions.answer(session, actor, application, body, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/ask-supplement", needs=ANSWER)
def ask_supplement(
    session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn
) -> schemas.ApplicationOut:
    """Ask once for everything that is missing."""
    application = _find(session, actor, application_id)
    actions.ask_supplement(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/supplement", needs=APPLY)
def supplement(session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn) -> schemas.ApplicationOut:
    """Hand in what was missing."""
    application = _find(session, actor, application_id)
    actions.supplement(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/provide", needs=ANSWER)
def provide(session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn) -> schemas.ApplicationOut:
    """Say that the data can be used."""
    application = _find(session, actor, application_id)
    actions.provide(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


@routes.post("/sharing/applications/{application_id}/withdraw", needs=APPLY)
def withdraw(session: Session, actor: Actor, application_id: UUID, body: schemas.SaidIn) -> schemas.ApplicationOut:
    """Take it back."""
    application = _find(session, actor, application_id)
    actions.withdraw(session, actor, application, said=body.said, now=clock.now())
    return _out(session, actor, application)


def _find(session: Session, actor: Actor, application_id: UUID) -> Application:
    return queries.get_application(session, queries.desk(session, actor), application_id)


def _out(session: Session, actor: Actor, application: Application) -> schemas.ApplicationOut:
    session.flush()
    return queries.application_out(session, queries.desk(session, actor), application, now=clock.now())
