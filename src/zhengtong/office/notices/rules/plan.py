"""When and how a notice goes out: a person's choices by kind, quiet hours, and the daily digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from zhengtong.office.notices.rules.kinds import CITY_TIME, Channel, Kind, MailChoice, SmsChoice, Urgency


class State(StrEnum):
    """Where a delivery stands. `digest`: waits for the day's digest. `skipped`: not needed any more, with its reason."""

    QUEUED = "queued"
    DIGEST = "digest"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class LetterLanguage(StrEnum):
    """In which language a person's letters are written."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Choice:
    """How one person wants one kind."""

    mail: MailChoice
    sms: SmsChoice


@dataclass(frozen=True, slots=True)
class Habits:
    """How one person wants to be told. Quiet hours are times of the city's day and may cross midnight."""

    language: LetterLanguage = LetterLanguage.ZH
    quiet_from: time | None = time(22)
    quiet_until: time | None = time(7)
    digest_hour: int = 8
    choices: Mapping[str, Choice] = field(default_factory=dict)


DEFAULT_HABITS = Habits()


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an announcement is for: everyone, or these departments; and of those only these roles, when some are named."""

    everyone: bool = False
    departments: tuple[UUID, ...] = ()
    with_below: bool = True
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to be made."""

    channel: Channel
    state: State
    due_at: datetime


def choice_of(kind: Kind, habits: Habits) -> Choice:
    """The person's choice where one was made and the kind allows it, the kind's own otherwise."""
    chosen = habits.choices.get(kind.key)
    return Choice(
        mail=chosen.mail if chosen and Channel.MAIL not in kind.locked else kind.mail,
        sms=chosen.sms if chosen and Channel.SMS not in kind.locked else kind.sms,
    )


def is_quiet(habits: Habits, at: datetime) -> bool:
    """True within the person's quiet hours: from `quiet_from` (included) until `quiet_until` (not included)."""
    begin, end = habits.quiet_from, habits.quiet_until
    if begin is None or end is None or begin == end:
        return False
    here = at.astimezone(CITY_TIME).time()
    return begin <= here < end if begin < end else here >= begin or here < end


def quiet_ends(habits: Habits, at: datetime) -> datetime:
    """`at` itself outside quiet hours; within them, the moment they end."""
    return _next(habits.quiet_until, at) if is_quiet(habits, at) and habits.quiet_until else at


def next_hour(hour: int, at: datetime) -> datetime:
    """The next time the city's clocks show `hour`:00, strictly after `at`."""
    return _next(time(hour), at)


def _next(moment: time, at: datetime) -> datetime:
    here = at.astimezone(CITY_TIME)
    there = here.replace(hour=moment.hour, minute=moment.minute, second=moment.second, microsecond=0)
    return (there if there > here else there + timedelta(days=1)).astimezone(at.tzinfo)


def plan(kind: Kind, habits: Habits, urgency: Urgency, now: datetime) -> tuple[Planned, ...]:
    """The deliveries of one notice to one person. Urgent ones never wait."""
    choice = choice_of(kind, habits)
    urgent = urgency is Urgency.URGENT
    due = now if urgent else quiet_ends(habits, now)
    planned = []
    if choice.mail is MailChoice.AT_ONCE or (urgent and choice.mail is MailChoice.DIGEST):
        planned.append(Planned(Channel.MAIL, State.QUEUED, due))
    elif choice.mail is MailChoice.DIGEST:
        planned.append(Planned(Channel.MAIL, State.DIGEST, next_hour(habits.digest_hour, now)))
    if choice.sms is SmsChoice.AT_ONCE:
        planned.append(Planned(Channel.SMS, State.QUEUED, due))
    return tuple(planned)
