"""Agreements: see, sign, change, suspend, resume, end, correct, put on paper."""

from io import BytesIO
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import actions, queries, schemas
from zhengtong.sharing.agreements.permissions import APPLY, READ, SIGN
from zhengtong.sharing.agreements.queries import paper, proofs, sheets
from zhengtong.sharing.agreements.routes.ground import XLSX, download, routes
from zhengtong.sharing.agreements.settings import AgreementsSettings
from zhengtong.sharing.agreements.tables import Agreement

Which = Annotated[schemas.AgreementsWanted, Depends()]
Version = Annotated[int | None, Query(ge=1, lt=2**31, description="of the terms; the newest where none is named")]


@routes.get("/sharing/agreements", needs=READ)
def list_agreements(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Which
) -> web.Page[schemas.AgreementLine]:
    """Agreements, what changed last first; by what they need, state, department, item, number or words."""
    now, desk = clock.now(), queries.desk(session, actor)
    found = web.paginate(
        session,
        queries.find_agreements(desk, wanted, text=page.q, on=identity.law_day(now)),
        page,
        sort={"-changed": Agreement.changed_at, "number": Agreement.number, "ends": Agreement.valid_to},
        key=Agreement.id,
        item=lambda one: one,
    )
    lines = queries.agreement_lines(session, found.items, now=now)
    return web.Page[schemas.AgreementLine](items=lines, next=found.next, total=found.total)


@routes.get("/sharing/agreements/export", needs=READ)
def export_agreements(session: Session, actor: Actor, files: Given[Files], wanted: Which) -> Response:
    """The agreements as a table (xlsx)."""
    now, desk = clock.now(), queries.desk(session, actor)
    found = queries.find_agreements(desk, wanted, text=None, on=identity.law_day(now))
    rows = session.scalars(found.order_by(Agreement.number).limit(sheets.MOST))
    columns, cells = sheets.agreements(queries.agreement_lines(session, rows, now=now))
    out = BytesIO()
    files.write_xlsx(out, columns, cells, sheet="共享协议")
    return download(out.getvalue(), "共享协议.xlsx", XLSX)


@routes.get("/sharing/agreements/{agreement_id}", needs=READ)
def read_agreement(session: Session, actor: Actor, agreement_id: UUID, number: Version = None) -> schemas.AgreementOut:
    """One agreement: parties and seals, terms in words and for machines, text, what was done. `number`: an earlier version."""
    desk = queries.desk(session, actor)
    found = queries.get_visible_agreement(session, desk, agreement_id)
    return queries.agreement_out(session, desk, found, number=number, now=clock.now())


@routes.get("/sharing/agreements/{agreement_id}/pdf", needs=READ)
def print_agreement(
    session: Session, actor: Actor, agreement_id: UUID, settings: Given[Settings], number: Version = None
) -> Response:
    """The agreement on paper (PDF), with its seals and a QR code."""
    desk, now = queries.desk(session, actor), clock.now()
    found = queries.get_visible_agreement(session, desk, agreement_id)
    told = queries.agreement_out(session, desk, found, number=number, now=now)
    fonts = settings.of(AgreementsSettings).fonts
    content = paper.pdf(told, address=settings.kernel.address, fonts=fonts, at=now)
    return download(content, f"{found.number}.pdf", "application/pdf")


@routes.get("/sharing/agreements/{agreement_id}/proof", needs=READ)
def prove_agreement(session: Session, actor: Actor, agreement_id: UUID, settings: Given[Settings]) -> Response:
    """All that the ledger says of the agreement, as a file that anybody can verify offline."""
    found = _find(session, actor, agreement_id)
    needed = settings.of(ledger.Ledger).witnesses_needed
    content = proofs.proof_of(session, found, origin=ledger.origin_of(settings), needed=needed)
    return download(content, f"{found.number}-proof.jsonl", "application/x-ndjson")


@routes.post("/sharing/agreements/{agreement_id}/sign", needs=SIGN)
def sign(
    session: Session,
    actor: Actor,
    agreement_id: UUID,
    body: schemas.SignIn,
    keyring: Given[Keyring],
    crypto: Given[Crypto],
) -> schemas.AgreementOut:
    """Sign the newest version with the own department's SM2 key."""
    found = _find(session, actor, agreement_id)
    actions.sign(session, actor, found, checklist=body.checklist, keyring=keyring, crypto=crypto, now=clock.now())
    return _out(session, actor, found)


@routes.post("/sharing/agreements/{agreement_id}/suspend", needs=READ)
def suspend(session: Session, actor: Actor, agreement_id: UUID, body: schemas.StopIn) -> schemas.AgreementOut:
    """Suspend it: calls are refused from the next commit on."""
    found = _find(session, actor, agreement_id)
    actions.suspend(session, actor, found, said=body.said, now=clock.now())
    return _out(session, actor, found)


@routes.post("/sharing/agreements/{agreement_id}/resume", needs=READ)
def resume(session: Session, actor: Actor, agreement_id: UUID, body: schemas.StopIn) -> schemas.AgreementOut:
    """Let a suspended agreement hold again."""
    found = _find(session, actor, agreement_id)
    actions.resume(session, actor, found, said=body.said, now=clock.now())
    return _out(session, actor, found)


@routes.post("/sharing/agreements/{agreement_id}/end", needs=READ)
def end(session: Session, actor: Actor, agreement_id: UUID, body: schemas.StopIn) -> schemas.AgreementOut:
    """End it for good."""
    found = _find(session, actor, agreement_id)
    actions.end(session, actor, found, said=body.said, now=clock.now())
    return _out(session, actor, found)


@routes.post("/sharing/agreements/{agreement_id}/changes", needs=APPLY, status=201)
def begin_change(session: Session, actor: Actor, agreement_id: UUID, body: schemas.ChangeIn) -> schemas.ApplicationOut:
    """Begin a change or a renewal: a draft with the terms in force."""
    found, now = _find(session, actor, agreement_id), clock.now()
    application = actions.change_of(session, actor, found, body, now=now)
    session.refresh(application, ["item"])
    return queries.application_out(session, queries.desk(session, actor), application, now=now)


@routes.post("/sharing/agreements/{agreement_id}/corrections", needs=APPLY, status=201)
def correct(session: Session, actor: Actor, agreement_id: UUID, body: schemas.CorrectionIn) -> schemas.TicketRef:
    """Ask the owner to correct a value; the ticket's limit is the law's."""
    ticket = actions.correct(session, actor, _find(session, actor, agreement_id), body, now=clock.now())
    return schemas.TicketRef(id=ticket.id, number=ticket.number)


def _find(session: Session, actor: Actor, agreement_id: UUID) -> Agreement:
    return queries.get_visible_agreement(session, queries.desk(session, actor), agreement_id)


def _out(session: Session, actor: Actor, agreement: Agreement) -> schemas.AgreementOut:
    session.flush()
    return queries.agreement_out(session, queries.desk(session, actor), agreement, now=clock.now())
