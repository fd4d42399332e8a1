"""Announcements by administrators."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office.notices import actions, queries, schemas
from zhengtong.office.notices.permissions import BROADCAST
from zhengtong.office.notices.routes import shown
from zhengtong.office.notices.routes.ground import routes
from zhengtong.office.notices.tables import Broadcast


@routes.post("/notices/broadcasts/preview", needs=BROADCAST)
def preview_broadcast(session: Session, actor: Actor, asked: schemas.AudienceAsked) -> schemas.PeopleOut:
    """How many people an announcement would reach."""
    return schemas.PeopleOut(people=actions.preview(session, actor, asked.audience.meant(), now=clock.now()))


@routes.post("/notices/broadcasts", needs=BROADCAST, status=201)
def create_broadcast(session: Session, actor: Actor, wanted: schemas.BroadcastIn) -> schemas.BroadcastOut:
    """Announce to everyone in some departments or roles."""
    words = actions.Words(wanted.title, wanted.body, wanted.link, wanted.urgency)
    row = actions.broadcast(session, actor, words, wanted.audience.meant(), now=clock.now())
    return _shown(session, actor, row)


@routes.get("/notices/broadcasts", needs=BROADCAST)
def list_broadcasts(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.BroadcastOut]:
    """Announcements from one's own reach, the newest first."""
    return web.paginate(
        session,
        queries.visible_broadcasts(actor),
        page,
        sort={"-created_at": Broadcast.created_at},
        key=Broadcast.id,
        item=lambda row: _shown(session, actor, row),
    )


@routes.get("/notices/broadcasts/{broadcast_id}", needs=BROADCAST)
def get_broadcast(session: Session, actor: Actor, broadcast_id: UUID) -> schemas.BroadcastOut:
    """One announcement."""
    return _shown(session, actor, queries.get_broadcast(session, actor, broadcast_id))


@routes.post("/notices/broadcasts/{broadcast_id}/withdraw", needs=BROADCAST)
def withdraw_broadcast(
    session: Session, actor: Actor, broadcast_id: UUID, wanted: schemas.Withdrawal
) -> schemas.BroadcastOut:
    """Take an announcement back."""
    row = queries.get_broadcast(session, actor, broadcast_id)
    return _shown(session, actor, actions.withdraw(session, actor, row, reason=wanted.reason, now=clock.now()))


def _shown(session: Session, actor: Actor, row: Broadcast) -> schemas.BroadcastOut:
    names = queries.names_of(session, [row.by_id])
    reached = queries.reached(session, row.id)
    return shown.broadcast(row, reached, names, may_withdraw=actor.may(BROADCAST, row.department_id))
