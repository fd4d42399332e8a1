"""Choosing passwords: checked against what is known of the person and the city; hashed outside write transactions."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Field
from zhengtong.kernel.settings import Settings
from zhengtong.office.identity.actions import hashing, sessions, throttling
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import passwords as rules
from zhengtong.office.identity.rules.sessions import Caller
from zhengtong.office.identity.tables import sign_in as tables
from zhengtong.office.identity.tables.organisation import Subject

_SAID = {
    rules.Weakness.SHORT: ("太短，至少 {least} 个字符。", "Too short: at least {least} characters."),
    rules.Weakness.LONG: ("太长，最多 {most} 个字符。", "Too long: at most {most} characters."),
    rules.Weakness.COMMON: (
        "太容易猜到：由常见的词、名字、日期或键盘顺序拼成。可用几个不相干的词，或一句只有您知道的话。",
        "Too easy to guess: made of common words, names, dates or keyboard runs. Use unrelated words or a sentence of your own.",
    ),
    rules.Weakness.CONTAINS_NAME: (
        "不能包含登录名、姓名或城市名。",
        "It must not contain the login name, your name or the city's name.",
    ),
}


def check(password: str, *, second_factor: bool, known: list[str]) -> None:
    """Raises PasswordTooWeak, with each reason beside the field, when the password will not do."""
    least = rules.LEAST_WITH_SECOND_FACTOR if second_factor else rules.LEAST_WITHOUT
    fields = [
        Field("password", *(text.format(least=least, most=rules.MOST) for text in _SAID[weakness]))
        for weakness in rules.weaknesses(password, second_factor=second_factor, known=known)
    ]
    if fields:
        raise errors.PasswordTooWeak(fields=fields)


def check_for(session: Session, subject: Subject, password: str, settings: Settings) -> None:
    """As `check`, for this subject in this city. Staff always have a second factor."""
    second_factor = subject.kind == "person" or queries.account(session, subject).has_second_factor
    known = [queries.login_of(subject), subject.name, settings.kernel.city, settings.kernel.city_en]
    check(password, second_factor=second_factor, known=known)


def set_password(session: Session, actor: Actor, subject: Subject, hash: str, *, now: datetime) -> None:
    """This will keep a new password's hash; a forced change is then done with."""
    kept = session.get(tables.Password, subject.id)
    if kept:
        kept.hash, kept.must_change, kept.changed_at = hash, False, now
    else:
        session.add(tables.Password(subject_id=subject.id, hash=hash, must_change=False, changed_at=now))
    tell_change(session, actor, subject, "password", "identity.password_changed")


def set_first_password(
    database: Database, password: str, caller: Caller, settings: Settings, *, now: datetime
) -> sessions.Issued:
    """This will set the password that a session of stage `set_up` still lacks, or must change.

    Raises StepLost, PasswordTooWeak, PasswordAsBefore.
    """
    limits = queries.limits_in(settings)
    with database.read() as session:
        _, subject = queries.setting_up(session, caller, limits=limits, now=now)
        check_for(session, subject, password, settings)
        kept = session.get(tables.Password, subject.id)
    if hashing.is_right(kept.hash if kept else None, password):
        raise errors.PasswordAsBefore()
    hash = hashing.hashed(password)
    with database.write() as session:
        row, subject = queries.setting_up(session, caller, limits=limits, now=now)
        set_password(session, sessions.actor_signing_in(subject, caller, row), subject, hash, now=now)
        return sessions.advance(session, row, subject, caller, limits=limits, now=now)


def change_password(
    database: Database,
    actor: Actor,
    current: str,
    new: str,
    caller: Caller,
    settings: Settings,
    *,
    now: datetime,
) -> None:
    """This will change one's password and end one's other sessions.

    Raises CurrentPasswordWrong, TooManyAttempts, PasswordTooWeak, PasswordAsBefore.
    """
    with database.write() as session:
        subject = session.get_one(Subject, actor.subject)
        buckets = throttling.begin_try(session, f"password:{subject.id}", caller, subject.id, now=now)
        kept = session.get(tables.Password, subject.id)
        before = kept.hash if kept else None
    if not hashing.is_right(before, current):
        _note_wrong(database, actor)
        raise errors.CurrentPasswordWrong()
    with database.read() as session:
        check_for(session, session.get_one(Subject, actor.subject), new, settings)
    if new == current:
        raise errors.PasswordAsBefore()
    hash = hashing.hashed(new)
    with database.write() as session:
        throttling.forgive(session, buckets, now=now)
        subject = session.get_one(Subject, actor.subject, with_for_update=True)
        kept = session.get(tables.Password, subject.id, populate_existing=True)
        if kept is None or kept.hash != before:
            raise errors.CurrentPasswordWrong()
        set_password(session, actor, subject, hash, now=now)
        sessions.end_all(session, subject.id, but=actor.session, now=now)


def _note_wrong(database: Database, actor: Actor) -> None:
    """A wrong present password may be somebody else's try at an open screen: the trail knows of it."""
    with database.write() as session:
        audit.record(session, actor, "identity.password_wrong", session.get_one(Subject, actor.subject))


def tell_change(session: Session, actor: Actor, subject: Subject, what: str, action: str, **after: str) -> None:
    """This will audit a change of a factor and tell its owner of it."""
    audit.record(session, actor, action, subject, after=after or None)
    sessions.announce_change(session, subject.id, what)
