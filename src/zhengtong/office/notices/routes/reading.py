"""A person's own notices and preferences."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office.notices import actions, queries, rules, schemas
from zhengtong.office.notices.routes import shown
from zhengtong.office.notices.routes.ground import KindQuery, routes
from zhengtong.office.notices.tables import Notice, NoticeHabits


@routes.get("/notices", needs=web.SIGNED_IN)
def list_notices(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    unread: bool = False,
    kind: KindQuery = None,
    urgency: rules.Urgency | None = None,
) -> web.Page[schemas.NoticeOut]:
    """One's own notices, the newest first."""
    statement = queries.visible_notices(actor, unread=unread, kind=kind, urgency=urgency)
    return web.paginate(
        session, statement, page, sort={"-created_at": Notice.created_at}, key=Notice.id, item=shown.notice
    )


@routes.get("/notices/count", needs=web.SIGNED_IN)
def count_notices(session: Session, actor: Actor) -> schemas.CountOut:
    """How much is unread."""
    return shown.count(queries.count_of(session, actor.subject))


@routes.post("/notices/read", needs=web.SIGNED_IN)
def mark_notices_read(session: Session, actor: Actor, marking: schemas.Marking) -> schemas.Marked:
    """Mark some or all of one's notices as read."""
    ids = tuple(marking.ids) if marking.ids is not None else None
    which = actions.Which(ids, marking.kind, marking.until_seq)
    return shown.marked(actions.mark_read(session, actor, which, now=clock.now()))


@routes.post("/notices/unread", needs=web.SIGNED_IN)
def mark_notices_unread(session: Session, actor: Actor, unmarking: schemas.Unmarking) -> schemas.Marked:
    """Make some of one's notices unread again."""
    return shown.marked(actions.mark_unread(session, actor, unmarking.ids))


@routes.get("/notices/preferences", needs=web.SIGNED_IN)
def get_notice_preferences(session: Session, actor: Actor) -> schemas.HabitsOut:
    """How one wants to be told."""
    return _preferences(session, actor)


@routes.put("/notices/preferences", needs=web.SIGNED_IN)
def put_notice_preferences(
    session: Session, actor: Actor, wanted: schemas.HabitsIn, if_match: web.IfMatch = None
) -> schemas.HabitsOut:
    """Choose how one wants to be told."""
    kept = session.get(NoticeHabits, actor.subject)
    web.check_version(kept.version if kept else 0, if_match)
    choices = {each.kind: rules.Choice(each.mail, each.sms) for each in wanted.kinds}
    habits = rules.Habits(wanted.language, wanted.quiet_from, wanted.quiet_until, wanted.digest_hour, choices)
    actions.choose_habits(session, actor, habits, now=clock.now())
    return _preferences(session, actor)


@routes.get("/notices/{notice_id:uuid}", needs=web.SIGNED_IN)
def get_notice(session: Session, actor: Actor, notice_id: UUID) -> schemas.NoticeOut:
    """One of one's own notices."""
    return shown.notice(queries.get_notice(session, actor, notice_id))


@routes.put("/notices/{notice_id:uuid}/read", needs=web.SIGNED_IN)
def mark_notice_read(session: Session, actor: Actor, notice_id: UUID) -> schemas.NoticeOut:
    """Mark a notice as read."""
    found = queries.get_notice(session, actor, notice_id)
    actions.mark_read(session, actor, actions.Which(ids=(found.id,)), now=clock.now())
    session.refresh(found)
    return shown.notice(found)


@routes.delete("/notices/{notice_id:uuid}/read", needs=web.SIGNED_IN, status=200)
def mark_notice_unread(session: Session, actor: Actor, notice_id: UUID) -> schemas.NoticeOut:
    """Make a notice unread again."""
    found = queries.get_notice(session, actor, notice_id)
    actions.mark_unread(session, actor, [found.id])
    session.refresh(found)
    return shown.notice(found)


def _preferences(session: Session, actor: Actor) -> schemas.HabitsOut:
    kept = session.get(NoticeHabits, actor.subject)
    habits = queries.habits_of(session, actor.subject)
    return shown.preferences(habits, kept.version if kept else 0, queries.contact_of(session, actor.subject))
