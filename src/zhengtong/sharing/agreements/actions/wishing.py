"""Data that is needed and not listed: a wish, its answer; and wrong values, which go to their owner as correction tickets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, quality
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements import errors, queries, rules, schemas
from zhengtong.sharing.agreements.actions import keeping
from zhengtong.sharing.agreements.permissions import ANSWER, APPLY, SUPERVISE, agreement_abilities
from zhengtong.sharing.agreements.tables import Agreement, Wish

ANSWERS = {
    "accepted": Words("将编目", "it will be listed"),
    "listed": Words("已在目录", "it is listed"),
    "declined": Words("不能提供", "it cannot be had"),
}


def wish(session: Session, actor: Actor, sent: schemas.WishIn, *, body: UUID | None = None, now: datetime) -> Wish:
    """This will put data that a department needs, and does not find, on the list. Needs APPLY."""
    require(actor, APPLY, now=now)
    catalogue.refuse_secrets([sent.title, sent.wanted])
    row = Wish(
        id=new_id(),
        number=keeping.number(session, "XQ", now=now),
        department_id=body if actor is SYSTEM and body else queries.own_body(session, actor),
        provider_id=sent.provider_id,
        title=sent.title,
        wanted=sent.wanted,
        purpose=sent.purpose,
        state="open",
        created_by=actor.subject,
        created_by_name=actor.name,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    keeping.enter(session, actor, row.id, "wish", row.state, now=now)
    audit.record(session, actor, "agreements.wished", row, after={"title": row.title}, at=now)
    permission = ANSWER if row.provider_id else SUPERVISE
    keeping.tell(
        session,
        permission,
        row.provider_id,
        "wish",
        link="/sharing/wishes",
        now=now,
        number=row.number,
        title=row.title,
        department=queries.name_of(session, row.department_id),
    )
    return row


def answer_wish(session: Session, actor: Actor, row: Wish, sent: schemas.WishAnswer, *, now: datetime) -> None:
    """This will answer a wish. Needs ANSWER of the department it is towards, or SUPERVISE. Raises WishElsewhere, NotYourStep, SayWhy."""
    if actor is not SYSTEM and not queries.wish_abilities(queries.desk(session, actor), row)["answer"]:
        if row.state in ("listed", "declined"):
            raise errors.WishElsewhere()
        raise errors.NotYourStep(deed=Words("答复需求", "answer a wish"), who=keeping.WHO["provider"])
    if sent.answer == "declined" and len(sent.said) < rules.SHORTEST_REASON:
        raise errors.SayWhy(deed=ANSWERS["declined"])
    if sent.answer == "listed":
        row.item_id = catalogue.get_item(session, sent.item_id).id if sent.item_id else row.item_id
    row.state, row.answer, row.changed_at = sent.answer, sent.said, now
    keeping.enter(session, actor, row.id, sent.answer, row.state, keeping.Note(said=sent.said), now=now)
    audit.record(session, actor, "agreements.wish_answered", row, after={"answer": sent.answer}, at=now)
    keeping.tell(
        session,
        APPLY,
        row.department_id,
        "wish_answered",
        link="/sharing/wishes",
        now=now,
        also=keeping.person(session, row.created_by),
        number=row.number,
        title=row.title,
        answer=ANSWERS[sent.answer],
        said=sent.said,
    )


def correct(
    session: Session, actor: Actor, agreement: Agreement, sent: schemas.CorrectionIn, *, now: datetime
) -> quality.Ticket:
    """This will ask the owner to correct a value that was served under the agreement; its limit is the law's. Needs APPLY of the consumer."""
    desk = queries.desk(session, actor)
    if not agreement_abilities(desk, agreement, set())["correct"]:
        raise queries.not_a_party(session, agreement.provider_id, agreement.department_id)
    if sent.item_id.hex not in queries.newest_terms(session, agreement).terms["item_ids"]:
        raise errors.ItemNotShared(item=catalogue.get_item(session, sent.item_id).name_zh)
    evidence = {"rows": sent.rows, "evidence": sent.evidence, "agreement": agreement.number}
    facts = {name: value for name, value in evidence.items() if value}
    ticket = quality.open_ticket(
        session, actor, item_id=sent.item_id, title=sent.title, reason=sent.reason, evidence=facts, now=now
    )
    keeping.enter(
        session,
        actor,
        agreement.id,
        "correct",
        agreement.status,
        keeping.Note(said=sent.title, facts={"ticket": ticket.number}),
        now=now,
    )
    return ticket
