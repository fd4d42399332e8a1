"""When and how a notice goes out: quiet hours, digest, urgency, choices."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.office.notices import rules
from zhengtong.office.notices.rules import Channel, Choice, Habits, MailChoice, SmsChoice, State, Urgency

KINDS = rules.load_kinds(assets.path("rules") / "notices")
NORMAL, SECURITY, DIGESTED = (
    KINDS["operations.dead_letters"],
    KINDS["identity.new_device"],
    KINDS["identity.posts_changed"],
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


def beijing(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 5, hour, minute, tzinfo=rules.CITY_TIME).astimezone(UTC)


@pytest.mark.parametrize(
    ("begin", "end", "hour", "minute", "quiet"),
    [
        (22, 7, 21, 59, False),
        (22, 7, 22, 0, True),
        (22, 7, 0, 0, True),
        (22, 7, 6, 59, True),
        (22, 7, 7, 0, False),
        (12, 14, 13, 0, True),
        (12, 14, 14, 0, False),
        (9, 9, 9, 0, False),
    ],
)
def test_quiet_hours_may_cross_midnight(begin, end, hour, minute, quiet):
    habits = Habits(quiet_from=time(begin), quiet_until=time(end))
    assert rules.is_quiet(habits, beijing(hour, minute)) is quiet


def test_without_quiet_hours_it_is_never_quiet():
    assert not rules.is_quiet(Habits(quiet_from=None, quiet_until=None), beijing(3))


@given(begin=times, end=times, at=moments)
def test_quiet_hours_end_within_a_day_and_not_in_quiet_hours(begin, end, at):
    habits = Habits(quiet_from=begin, quiet_until=end)
    ends = rules.quiet_ends(habits, at)
    assert at <= ends < at + timedelta(days=1, seconds=1)
    assert not rules.is_quiet(habits, ends)
    assert (ends == at) == (not rules.is_quiet(habits, at))


@given(hour=st.integers(0, 23), at=moments)
def test_the_next_hour_lies_ahead_within_a_day(hour, at):
    found = rules.next_hour(hour, at)
    assert at < found <= at + timedelta(days=1)
    assert found.astimezone(rules.CITY_TIME).timetz().replace(tzinfo=None) == time(hour)


def planned(kind, habits, now, urgency=None):
    return [(one.channel, one.state, one.due_at) for one in rules.plan(kind, habits, urgency or kind.urgency, now)]


def test_a_normal_notice_goes_at_once_by_day_and_waits_by_night():
    day, night = beijing(10), beijing(23)
    assert planned(NORMAL, Habits(), day) == [(Channel.MAIL, State.QUEUED, day)]
    assert planned(NORMAL, Habits(), night) == [(Channel.MAIL, State.QUEUED, beijing(7) + timedelta(days=1))]


@given(begin=times, end=times, at=moments, mail=st.sampled_from(MailChoice), sms=st.sampled_from(SmsChoice))
def test_an_urgent_notice_never_waits(begin, end, at, mail, sms):
    habits = Habits(quiet_from=begin, quiet_until=end, choices={NORMAL.key: Choice(mail, sms)})
    found = rules.plan(NORMAL, habits, Urgency.URGENT, at)
    assert all(one.due_at == at and one.state is State.QUEUED for one in found)
    assert len(found) == (mail is not MailChoice.NEVER) + (sms is not SmsChoice.NEVER)


def test_what_is_digested_waits_for_the_chosen_hour():
    now = beijing(10)
    assert planned(DIGESTED, Habits(digest_hour=17), now) == [(Channel.MAIL, State.DIGEST, beijing(17))]
    assert planned(DIGESTED, Habits(digest_hour=9), now) == [
        (Channel.MAIL, State.DIGEST, beijing(9) + timedelta(days=1))
    ]


def test_what_is_not_wanted_does_not_leave_the_page():
    never = Habits(choices={NORMAL.key: Choice(MailChoice.NEVER, SmsChoice.NEVER)})
    assert planned(NORMAL, never, beijing(10)) == []


def test_what_the_city_has_fixed_cannot_be_chosen_away():
    never = Habits(choices={SECURITY.key: Choice(MailChoice.NEVER, SmsChoice.AT_ONCE)})
    assert rules.choice_of(SECURITY, never) == Choice(MailChoice.AT_ONCE, SmsChoice.AT_ONCE)
    free = replace(SECURITY, locked=frozenset())
    assert rules.choice_of(free, never).mail is MailChoice.NEVER
