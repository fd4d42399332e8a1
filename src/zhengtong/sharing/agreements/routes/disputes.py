"""Disputes, wishes, supply and demand."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.sharing.agreements import actions, queries, schemas
from zhengtong.sharing.agreements.permissions import APPLY, READ
from zhengtong.sharing.agreements.routes.ground import routes
from zhengtong.sharing.agreements.tables import Dispute, Wish

Which = Annotated[schemas.DisputesWanted, Depends()]
Wished = Annotated[schemas.WishesWanted, Depends()]


@routes.get("/sharing/disputes", needs=READ)
def list_disputes(session: Session, actor: Actor, page: web.PageArgs, wanted: Which) -> web.Page[schemas.DisputeLine]:
    """Disputes, what changed last first."""
    found = web.paginate(
        session,
        queries.find_disputes(queries.desk(session, actor), wanted),
        page,
        sort={"-changed": Dispute.changed_at},
        key=Dispute.id,
        item=lambda one: one,
    )
    lines = queries.dispute_lines(session, found.items, now=clock.now())
    return web.Page[schemas.DisputeLine](items=lines, next=found.next, total=found.total)


@routes.post("/sharing/disputes", needs=READ, status=201)
def open_dispute(session: Session, actor: Actor, body: schemas.DisputeIn) -> schemas.DisputeOut:
    """Open a dispute about a refused application or an agreement."""
    dispute = actions.open_dispute(session, actor, body, now=clock.now())
    return _out(session, actor, dispute)


@routes.get("/sharing/disputes/{dispute_id}", needs=READ)
def read_dispute(session: Session, actor: Actor, dispute_id: UUID) -> schemas.DisputeOut:
    """One dispute with what was said."""
    return _out(session, actor, _find(session, actor, dispute_id))


@routes.post("/sharing/disputes/{dispute_id}/say", needs=READ)
def say(session: Session, actor: Actor, dispute_id: UUID, body: schemas.StopIn) -> schemas.DisputeOut:
    """Add words to a dispute."""
    dispute = _find(session, actor, dispute_id)
    actions.say(session, actor, dispute, said=body.said, now=clock.now())
    return _out(session, actor, dispute)


@routes.post("/sharing/disputes/{dispute_id}/further", needs=READ)
def go_further(session: Session, actor: Actor, dispute_id: UUID, body: schemas.StopIn) -> schemas.DisputeOut:
    """Take it to the next step: the authority, then arbitration."""
    dispute = _find(session, actor, dispute_id)
    actions.go_further(session, actor, dispute, said=body.said, now=clock.now())
    return _out(session, actor, dispute)


@routes.post("/sharing/disputes/{dispute_id}/settle", needs=READ)
def settle(session: Session, actor: Actor, dispute_id: UUID, body: schemas.DisputeSettle) -> schemas.DisputeOut:
    """Settle it, and have a refused application answered again where that follows."""
    dispute = _find(session, actor, dispute_id)
    actions.settle(session, actor, dispute, body, now=clock.now())
    return _out(session, actor, dispute)


@routes.get("/sharing/wishes", needs=READ)
def list_wishes(session: Session, actor: Actor, page: web.PageArgs, wanted: Wished) -> web.Page[schemas.WishOut]:
    """Data that departments need and do not find."""
    desk = queries.desk(session, actor)
    found = web.paginate(
        session,
        queries.find_wishes(desk, wanted, text=page.q),
        page,
        sort={"-changed": Wish.changed_at},
        key=Wish.id,
        item=lambda one: one,
    )
    lines = queries.wishes_out(session, desk, found.items)
    return web.Page[schemas.WishOut](items=lines, next=found.next, total=found.total)


@routes.post("/sharing/wishes", needs=APPLY, status=201)
def wish(session: Session, actor: Actor, body: schemas.WishIn) -> schemas.WishOut:
    """Put data that are needed and not listed on the list."""
    row = actions.wish(session, actor, body, now=clock.now())
    return queries.wishes_out(session, queries.desk(session, actor), [row])[0]


@routes.post("/sharing/wishes/{wish_id}/answer", needs=READ)
def answer_wish(session: Session, actor: Actor, wish_id: UUID, body: schemas.WishAnswer) -> schemas.WishOut:
    """Answer a wish: it will be listed, it is, or it cannot be had."""
    desk = queries.desk(session, actor)
    row = queries.get_wish(session, desk, wish_id)
    actions.answer_wish(session, actor, row, body, now=clock.now())
    session.flush()
    return queries.wishes_out(session, desk, [row])[0]


@routes.get("/sharing/supply", needs=READ)
def read_supply(session: Session, actor: Actor) -> list[schemas.SupplyLine]:
    """What each department supplies and asks for."""
    return queries.supply(session)


def _find(session: Session, actor: Actor, dispute_id: UUID) -> Dispute:
    return queries.get_dispute(session, queries.desk(session, actor), dispute_id)


def _out(session: Session, actor: Actor, dispute: Dispute) -> schemas.DisputeOut:
    session.flush()
    return queries.dispute_out(session, queries.desk(session, actor), dispute, now=clock.now())
