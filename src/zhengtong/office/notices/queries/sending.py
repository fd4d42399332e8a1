"""The record of what left the page: seen by administrators, who see that something was sent, never what it said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from zhengtong.office import identity
from zhengtong.office.notices import rules
from zhengtong.office.notices.errors import DeliveryNotFound, NoticeNotFound
from zhengtong.office.notices.tables import Delivery, Notice


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a subject can be reached outside the page."""

    active: bool
    mail: str | None
    phone: str | None


def contact_of(session: Session, subject_id: UUID) -> Contact:
    """Where a subject can be reached; residents and firms by telephone only."""
    subject = session.get_one(identity.Subject, subject_id)
    return Contact(subject.active, getattr(subject, "email", None), getattr(subject, "phone", None))


def letter_of(session: Session, letter_id: UUID) -> list[tuple[Delivery, Notice]]:
    """The deliveries that go as one letter, oldest notice first."""
    statement = select(Delivery, Notice).join(Notice, Notice.id == Delivery.notice_id)
    return [
        (row[0], row[1])
        for row in session.execute(statement.where(Delivery.letter_id == letter_id).order_by(Notice.id))
    ]


def deliveries(
    *,
    state: rules.State | None = None,
    channel: rules.Channel | None = None,
    kind: str | None = None,
    person: UUID | None = None,
) -> Select[Delivery]:
    """Delivery records, for an administrator."""
    statement = select(Delivery).join(Notice, Notice.id == Delivery.notice_id)
    for column, wanted in (
        (Delivery.state, state),
        (Delivery.channel, channel),
        (Notice.kind, kind),
        (Delivery.subject_id, person),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return statement


def get_delivery(session: Session, delivery_id: UUID) -> Delivery:
    """Raises DeliveryNotFound."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise DeliveryNotFound()
    return delivery


def any_notice(session: Session, notice_id: UUID) -> Notice:
    """A notice of anyone, for its delivery record. Raises NoticeNotFound."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NoticeNotFound()
    return notice


def deliveries_of(session: Session, notice_id: UUID) -> list[Delivery]:
    """The deliveries of one notice."""
    return list(session.scalars(select(Delivery).where(Delivery.notice_id == notice_id).order_by(Delivery.id)))


def tally(session: Session, channel: rules.Channel, *, since: datetime) -> tuple[int, int, int]:
    """How many of a channel wait, have failed, and were sent since."""
    waits = Delivery.state.in_((rules.State.QUEUED, rules.State.DIGEST, rules.State.SENDING))
    sent = and_(Delivery.state == rules.State.SENT, Delivery.sent_at >= since)
    counted = session.execute(
        select(
            func.count().filter(waits),
            func.count().filter(Delivery.state == rules.State.FAILED),
            func.count().filter(sent),
        ).where(Delivery.channel == channel)
    ).one()
    return counted[0], counted[1], counted[2]
