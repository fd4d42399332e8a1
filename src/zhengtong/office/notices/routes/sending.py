"""The administrator's view of what left the page."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.engines import mail, sms
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.office.notices import actions, queries, rules, schemas
from zhengtong.office.notices.permissions import ADMINISTER, TEST_CHANNELS
from zhengtong.office.notices.routes import shown
from zhengtong.office.notices.routes.ground import KindQuery, routes
from zhengtong.office.notices.tables import Delivery, Notice


@routes.get("/notices/kinds", needs=ADMINISTER)
def list_notice_kinds() -> schemas.KindsOut:
    """Every kind of notice, how it reads, how it goes out."""
    return schemas.KindsOut(items=[shown.kind(known) for known in queries.kinds().values()])


@routes.get("/notices/deliveries", needs=ADMINISTER)
def list_deliveries(
    session: Session,
    page: web.PageArgs,
    state: rules.State | None = None,
    channel: rules.Channel | None = None,
    kind: KindQuery = None,
    person: UUID | None = None,
) -> web.Page[schemas.DeliveryOut]:
    """What left the page, or failed to, the newest first."""
    statement = queries.deliveries(state=state, channel=channel, kind=kind, person=person)
    return web.paginate(
        session,
        statement,
        page,
        sort={"-queued_at": Delivery.queued_at, "due_at": Delivery.due_at},
        key=Delivery.id,
        item=lambda row: _shown(session, row),
    )


@routes.get("/notices/{notice_id:uuid}/deliveries", needs=ADMINISTER)
def get_notice_record(session: Session, notice_id: UUID) -> schemas.RecordOut:
    """What became of one notice: in the page, and on every way out of it."""
    about = queries.any_notice(session, notice_id)
    rows = queries.deliveries_of(session, notice_id)
    names = queries.names_of(session, [about.subject_id])
    return schemas.RecordOut(
        notice=shown.recorded(about, names), deliveries=[shown.delivery(row, about, names) for row in rows]
    )


@routes.post("/notices/deliveries/{delivery_id}/retry", needs=ADMINISTER)
def retry_delivery(session: Session, actor: Actor, delivery_id: UUID) -> schemas.DeliveryOut:
    """Send a failed letter again."""
    row = actions.send_again(session, actor, queries.get_delivery(session, delivery_id), now=clock.now())
    return _shown(session, row)


@routes.post("/notices/deliveries/retry", needs=ADMINISTER)
def retry_deliveries(session: Session, actor: Actor, retrying: schemas.Retrying) -> schemas.Marked:
    """Send failed letters again; those that have not failed are left alone."""
    done = []
    for each in dict.fromkeys(retrying.ids):
        row = queries.get_delivery(session, each)
        if row.state is rules.State.FAILED:
            actions.send_again(session, actor, row, now=clock.now())
            done.append(each)
    return shown.marked(done)


@routes.get("/notices/channels", needs=ADMINISTER)
def list_channels(session: Session, by_mail: web.Given[mail.Mail], by_sms: web.Given[sms.Sms]) -> schemas.ChannelsOut:
    """Each way out of the page: how much waits, failed, and went today."""
    midnight = rules.next_hour(0, clock.now()) - timedelta(days=1)
    rows = []
    for channel, engine in ((rules.Channel.MAIL, by_mail), (rules.Channel.SMS, by_sms)):
        waiting, failed, sent = queries.tally(session, channel, since=midnight)
        rows.append(
            schemas.ChannelOut(
                channel=channel,
                adapter=engine.features.engine,
                delivers=engine.features.delivers,
                waiting=waiting,
                failed=failed,
                sent_today=sent,
            )
        )
    return schemas.ChannelsOut(items=rows)


@routes.post("/notices/test-mail", needs=TEST_CHANNELS)
def send_test_mail(
    database: Database,
    actor: Actor,
    asked: schemas.TestMailIn,
    by_mail: web.Given[mail.Mail],
    chosen: web.Given[Settings],
) -> schemas.TestMailOut:
    """Send a test mail now and tell what the server said."""
    sent = actions.send_test_mail(database, actor, by_mail, chosen, to=asked.to, now=clock.now())
    return schemas.TestMailOut(target=rules.masked(sent.to), message_id=sent.message_id)


def _shown(session: Session, row: Delivery) -> schemas.DeliveryOut:
    about = session.get_one(Notice, row.notice_id)
    return shown.delivery(row, about, queries.names_of(session, [row.subject_id]))
