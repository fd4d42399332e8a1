"""What a person does with their own notices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Field
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.errors import NotWanted
from zhengtong.office.notices.tables import Delivery, Notice, NoticeHabits

MOST_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Which:
    """Which of one's own notices are meant; what is None does not limit."""

    ids: tuple[UUID, ...] | None = None
    kind: str | None = None
    until_seq: int | None = None


def mark_read(session: Session, actor: Actor, which: Which, *, now: datetime) -> list[UUID]:
    """This will mark the actor's unread notices as read, and return which they were (for the undo)."""
    statement = queries.visible_notices(actor, unread=True, kind=which.kind).with_only_columns(Notice.id)
    if which.ids is not None:
        statement = statement.where(Notice.id.in_(which.ids))
    if which.until_seq is not None:
        statement = statement.where(Notice.seq <= which.until_seq)
    return _set(session, actor, session.scalars(statement.limit(MOST_AT_ONCE)).all(), now)


def mark_unread(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[UUID]:
    """This will make the actor's read notices unread again, and return which they were."""
    statement = queries.visible_notices(actor).with_only_columns(Notice.id)
    statement = statement.where(Notice.id.in_(ids), Notice.read_at.is_not(None))
    return _set(session, actor, session.scalars(statement).all(), None)


def _set(session: Session, actor: Actor, ids: Sequence[UUID], read_at: datetime | None) -> list[UUID]:
    for start in range(0, len(ids), 500):
        few = ids[start : start + 500]
        session.execute(update(Notice).where(Notice.id.in_(few)).values(read_at=read_at))
    if ids:
        wake.ring(session, queries.topic(actor.subject))
    return list(ids)


def choose_habits(session: Session, actor: Actor, habits: rules.Habits, *, now: datetime) -> NoticeHabits:
    """This will keep how the actor wants to be told; what waits for a digest moves to the new hour.

    Choices that equal the kind's own are not kept, so that a later change of the kind reaches the person. Raises NotWanted.
    """
    if faults := _faults(habits):
        raise NotWanted(fields=faults)
    row = session.get(NoticeHabits, actor.subject)
    before = queries.habits_of(session, actor.subject)
    kept = {
        key: choice
        for key, choice in habits.choices.items()
        if choice != rules.choice_of(queries.kind(key), replace(habits, choices={}))
    }
    values = {
        "language": habits.language,
        "quiet_from": _clock(habits.quiet_from),
        "quiet_until": _clock(habits.quiet_until),
        "digest_hour": habits.digest_hour,
        "choices": {key: {"mail": choice.mail.value, "sms": choice.sms.value} for key, choice in kept.items()},
    }
    if row is None:
        row = NoticeHabits(subject_id=actor.subject, **values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    after = replace(habits, choices=kept)
    if before.digest_hour != habits.digest_hour:
        _move_digest(session, actor.subject, rules.next_hour(habits.digest_hour, now))
    if before != after:
        audit.record(session, actor, "notices.habits_changed", row, before=_told(before), after=_told(after), at=now)
    return row


def _move_digest(session: Session, subject_id: UUID, due_at: datetime) -> None:
    waiting = select(Delivery.id).where(Delivery.subject_id == subject_id, Delivery.state == rules.State.DIGEST)
    session.execute(update(Delivery).where(Delivery.id.in_(waiting)).values(due_at=due_at))


def _faults(habits: rules.Habits) -> list[Field]:
    faults = []
    if (habits.quiet_from is None) != (habits.quiet_until is None):
        faults.append(
            Field(
                "quiet_until",
                "免打扰的开始和结束要么都填，要么都不填。",
                "Give both ends of the quiet hours, or neither.",
            )
        )
    for key, choice in habits.choices.items():
        kind = queries.kinds().get(key)
        if kind is None:
            faults.append(Field(f"kinds.{key}", f"没有“{key}”这种消息。", f"There is no kind of notice {key}."))
        elif choice != rules.choice_of(kind, habits):
            faults.append(
                Field(
                    f"kinds.{key}", f"“{kind.name.zh}”的接收方式是固定的。", f"How “{kind.name.en}” goes out is fixed."
                )
            )
        elif kind.urgency is rules.Urgency.URGENT and choice.mail is rules.MailChoice.DIGEST:
            faults.append(
                Field(
                    f"kinds.{key}",
                    f"“{kind.name.zh}”是紧急消息，不能只进每日摘要。",
                    f"“{kind.name.en}” is urgent and cannot wait for the digest.",
                )
            )
    return faults


def _clock(moment: time | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None


def _told(habits: rules.Habits) -> dict[str, object]:
    return {
        "language": habits.language.value,
        "quiet": [_clock(habits.quiet_from), _clock(habits.quiet_until)],
        "digest_hour": habits.digest_hour,
        "choices": {key: [choice.mail.value, choice.sms.value] for key, choice in sorted(habits.choices.items())},
    }
