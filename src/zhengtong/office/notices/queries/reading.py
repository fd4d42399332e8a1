"""A person's own notices, and how they want to be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office import identity
from zhengtong.office.notices import rules
from zhengtong.office.notices.errors import NoticeNotFound
from zhengtong.office.notices.tables import Notice, NoticeCount, NoticeHabits

CHUNK = 500
EVERYONE = "notices"


@dataclass(frozen=True, slots=True)
class Count:
    """How much is unread, and the last number given."""

    unread: int
    urgent: int
    last_seq: int


@cache
def kinds() -> Mapping[str, rules.Kind]:
    """Every kind of notice, by key."""
    return rules.load_kinds(assets.path("rules") / "notices")


def kind(key: str) -> rules.Kind:
    """The kind. Raises KindUnknown."""
    try:
        return kinds()[key]
    except KeyError:
        raise rules.KindUnknown(f"no kind of notice is called {key}; see rules/notices") from None


def rendered(notice: Notice) -> rules.Rendered:
    """The notice as it reads now; one of a kind that is gone says so."""
    known = kinds().get(notice.kind)
    if known is None:
        gone = Words(f"（已停用的通知：{notice.kind}）", f"(a kind of notice no longer in use: {notice.kind})")
        return rules.Rendered(gone, gone, gone)
    return rules.render(known, notice.parameters)


def spoken(notice: Notice, language: rules.LetterLanguage) -> dict[str, str]:
    """The notice as parameters of a text message: its whole sentence as `text`, and each value by its name."""
    known = kinds().get(notice.kind)
    values = rules.sms_values(known, notice.parameters, language) if known else {}
    return {**values, "text": rules.sms_text(rendered(notice), language)}


def topic(subject_id: UUID) -> str:
    """What rings when a person's notices change."""
    return f"notices:{subject_id}"


def own(subject_id: UUID) -> ColumnElement[bool]:
    """A person's notices, but for those withdrawn."""
    return and_(Notice.subject_id == subject_id, Notice.withdrawn_at.is_(None))


def visible_notices(
    actor: Actor, *, unread: bool = False, kind: str | None = None, urgency: rules.Urgency | None = None
) -> Select[Notice]:
    """The actor's own notices."""
    statement = select(Notice).where(own(actor.subject))
    if unread:
        statement = statement.where(Notice.read_at.is_(None))
    if kind:
        statement = statement.where(Notice.kind == kind)
    if urgency:
        statement = statement.where(Notice.urgency == urgency)
    return statement


def get_notice(session: Session, actor: Actor, notice_id: UUID) -> Notice:
    """One of the actor's own. Raises NoticeNotFound."""
    notice = session.scalar(visible_notices(actor).where(Notice.id == notice_id))
    if notice is None:
        raise NoticeNotFound()
    return notice


def count_of(session: Session, subject_id: UUID) -> Count:
    """Unread notices and the last number."""
    urgent = func.count().filter(Notice.urgency == rules.Urgency.URGENT)
    unread = session.execute(
        select(func.count(), urgent).where(own(subject_id), Notice.read_at.is_(None)),
    ).one()
    last = session.scalar(select(NoticeCount.last).where(NoticeCount.subject_id == subject_id))
    return Count(unread[0], unread[1], last or 0)


def notices_after(session: Session, subject_id: UUID, seq: int, *, limit: int) -> list[Notice]:
    """A person's notices after a number, in order."""
    statement = select(Notice).where(own(subject_id), Notice.seq > seq).order_by(Notice.seq).limit(limit)
    return list(session.scalars(statement))


def habits_of(session: Session, subject_id: UUID) -> rules.Habits:
    """How a person wants to be told."""
    return habits_of_many(session, [subject_id]).get(subject_id, rules.DEFAULT_HABITS)


def habits_of_many(session: Session, subjects: Iterable[UUID]) -> dict[UUID, rules.Habits]:
    """The habits of those who chose some; the others have the default ones."""
    asked = list(subjects)
    found: dict[UUID, rules.Habits] = {}
    for start in range(0, len(asked), CHUNK):
        statement = select(*NoticeHabits.__table__.columns)
        statement = statement.where(NoticeHabits.subject_id.in_(asked[start : start + CHUNK]))
        found |= {row.subject_id: _habits(row) for row in session.execute(statement)}
    return found


def _habits(row: Row[Any]) -> rules.Habits:
    return rules.Habits(
        language=row.language,
        quiet_from=time.fromisoformat(row.quiet_from) if row.quiet_from else None,
        quiet_until=time.fromisoformat(row.quiet_until) if row.quiet_until else None,
        digest_hour=row.digest_hour,
        choices={
            key: rules.Choice(rules.MailChoice(chosen["mail"]), rules.SmsChoice(chosen["sms"]))
            for key, chosen in row.choices.items()
        },
    )


def names_of(session: Session, subjects: Iterable[UUID]) -> dict[UUID, str]:
    """Names of subjects, by id."""
    asked = list(set(subjects))
    statement = select(identity.Subject.id, identity.Subject.name).where(identity.Subject.id.in_(asked))
    return {row[0]: row[1] for row in session.execute(statement)}
