"""Kept things as they go over the wire."""

from collections.abc import Mapping, Sequence
from datetime import time
from uuid import UUID

from zhengtong.kernel.errors import Words
from zhengtong.office.notices import actions, queries, rules, schemas
from zhengtong.office.notices.tables import Broadcast, Delivery, Notice

GONE = Words("已停用的通知", "A kind no longer in use")


def notice(row: Notice) -> schemas.NoticeOut:
    """A notice for its reader."""
    reads = queries.rendered(row)
    return schemas.NoticeOut(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        kind_name=kind_name(row.kind),
        urgency=row.urgency,
        title=reads.title,
        body=reads.body,
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def kind_name(key: str) -> Words:
    """What a kind is called."""
    known = queries.kinds().get(key)
    return known.name if known else GONE


def count(counted: queries.Count) -> schemas.CountOut:
    """How much is unread."""
    return schemas.CountOut(unread=counted.unread, urgent=counted.urgent, last_seq=counted.last_seq)


def marked(ids: Sequence[UUID]) -> schemas.Marked:
    """Which notices changed."""
    return schemas.Marked(marked=len(ids), ids=list(ids))


def preferences(habits: rules.Habits, version: int, contact: queries.Contact) -> schemas.HabitsOut:
    """How somebody wants to be told, every kind in its present state."""
    return schemas.HabitsOut(
        version=version,
        language=habits.language,
        quiet_from=_clock(habits.quiet_from),
        quiet_until=_clock(habits.quiet_until),
        digest_hour=habits.digest_hour,
        mail_address=rules.masked(contact.mail) if contact.mail else None,
        phone=rules.masked(contact.phone) if contact.phone else None,
        kinds=[_wanted(kind, rules.choice_of(kind, habits)) for kind in queries.kinds().values()],
    )


def _wanted(kind: rules.Kind, choice: rules.Choice) -> schemas.KindWanted:
    locked = schemas.Locked(mail=rules.Channel.MAIL in kind.locked, sms=rules.Channel.SMS in kind.locked)
    return schemas.KindWanted(
        kind=kind.key,
        name=kind.name,
        room=kind.room,
        urgency=kind.urgency,
        mail=choice.mail,
        sms=choice.sms,
        locked=locked,
    )


def _clock(moment: time | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None


def delivery(row: Delivery, about: Notice, names: Mapping[UUID, str]) -> schemas.DeliveryOut:
    """A delivery for an administrator."""
    return schemas.DeliveryOut(
        id=row.id,
        notice_id=row.notice_id,
        kind=about.kind,
        kind_name=kind_name(about.kind),
        person=named(row.subject_id, names),
        channel=row.channel,
        state=row.state,
        state_name=actions.STATES[row.state],
        reason=Words(row.reason_zh, row.reason_en or row.reason_zh) if row.reason_zh else None,
        target=row.target,
        attempts=row.attempts,
        repeats=row.repeats,
        queued_at=row.queued_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        message_id=row.message_id,
        abilities=schemas.DeliveryAbilities(retry=row.state is rules.State.FAILED),
    )


def recorded(row: Notice, names: Mapping[UUID, str]) -> schemas.RecordedNotice:
    """A notice for an administrator: not what it said."""
    return schemas.RecordedNotice(
        id=row.id,
        kind=row.kind,
        kind_name=kind_name(row.kind),
        person=named(row.subject_id, names),
        created_at=row.created_at,
        read_at=row.read_at,
        withdrawn_at=row.withdrawn_at,
    )


def named(subject: UUID, names: Mapping[UUID, str]) -> schemas.Named:
    """Somebody, by name."""
    return schemas.Named(id=subject, name=names.get(subject, ""))


def broadcast(
    row: Broadcast, reached: tuple[int, int], names: Mapping[UUID, str], *, may_withdraw: bool
) -> schemas.BroadcastOut:
    """An announcement with whom it reached."""
    return schemas.BroadcastOut(
        id=row.id,
        title=row.title,
        body=row.body,
        link=row.link,
        urgency=row.urgency,
        audience=row.audience,
        sender=row.sender,
        by=named(row.by_id, names),
        at=row.created_at,
        state=row.state,
        people=row.people,
        told=reached[0],
        read=reached[1],
        withdrawn_reason=row.withdrawn_reason,
        abilities=schemas.BroadcastAbilities(withdraw=may_withdraw and row.state != "withdrawn"),
    )


def kind(known: rules.Kind) -> schemas.KindOut:
    """A kind with its template and an example."""
    example = rules.render(known, known.example)
    return schemas.KindOut(
        kind=known.key,
        name=known.name,
        room=known.room,
        urgency=known.urgency,
        mail=known.mail,
        sms=known.sms,
        parameters={name: wanted.value for name, wanted in known.parameters.items()},
        title=known.title,
        body=known.body,
        example=schemas.Example(title=example.title, body=example.body),
    )
