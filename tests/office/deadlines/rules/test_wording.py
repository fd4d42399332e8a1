"""What the reader sees: words, bar, tone."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.rules import LAW_ZONE, Clock, Tone, WorkCalendar

RULES = assets.path("rules")
CALENDAR = WorkCalendar(
    tuple(rules.read_year(file.read_text("utf-8")) for file in sorted((RULES / "calendar").glob("*.json")))
)
BOOK = rules.RuleBook((rules.read_pack((RULES / "deadlines" / "cn-national-2025.yaml").read_text("utf-8")),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE)


def started(when: str, rule_id: str, limit: int | None = None) -> Clock:
    rule = BOOK.rule(rule_id).rule
    return rules.start(rule, CALENDAR, started_at=at(when), now=at(when), limit=limit).clock


@pytest.mark.parametrize(
    ("rule_id", "now", "zh", "en", "tone", "share"),
    [
        (
            "licence.decide",
            "2026-11-02 11:00",
            "还剩 20 个工作日，11 月 30 日 24:00 前",
            "20 working days left, by the end of 30 Nov",
            Tone.CALM,
            0.0,
        ),
        (
            "licence.decide",
            "2026-11-13 11:00",
            "还剩 11 个工作日，11 月 30 日 24:00 前",
            "11 working days left, by the end of 30 Nov",
            Tone.CALM,
            0.45,
        ),
        (
            "licence.decide",
            "2026-11-26 11:00",
            "还剩 2 个工作日，11 月 30 日 24:00 前",
            "2 working days left, by the end of 30 Nov",
            Tone.SOON,
            0.9,
        ),
        ("licence.decide", "2026-11-30 09:00", "今天 24:00 前", "due today, by 24:00", Tone.SOON, 1.0),
        ("licence.decide", "2026-11-30 13:00", "今天 24:00 前", "due today, by 24:00", Tone.LATE, 1.0),
        ("licence.decide", "2026-12-01 00:00", "已超期 1 个工作日", "overdue by 1 working day", Tone.LATE, 1.0),
        ("licence.decide", "2026-12-04 10:00", "已超期 4 个工作日", "overdue by 4 working days", Tone.LATE, 1.0),
        ("emergency.acknowledge", "2026-11-02 10:01", "还剩 4 分钟", "4 min left", Tone.CALM, 0.2),
        ("emergency.acknowledge", "2026-11-02 10:04", "还剩 1 分钟", "1 min left", Tone.SOON, 0.8),
        ("emergency.acknowledge", "2026-11-02 10:15", "已超期 10 分钟", "overdue by 10 min", Tone.LATE, 1.0),
        ("security.report_flaw", "2026-11-02 13:30", "还剩 20 小时 30 分", "20 h 30 min left", Tone.CALM, 0.1458),
        (
            "rating.invite",
            "2026-11-03 10:00",
            "还剩 2 个自然日，11 月 5 日 24:00 前",
            "2 calendar days left, by the end of 5 Nov",
            Tone.CALM,
            0.3333,
        ),
    ],
)
def test_a_running_clock_in_words(rule_id: str, now: str, zh: str, en: str, tone: Tone, share: float) -> None:
    found = rules.remaining(started("2026-11-02 10:00", rule_id), CALENDAR, now=at(now))
    assert (found.words.zh, found.words.en, found.tone, found.share) == (zh, en, tone, share)


def test_overdue_since_the_weekend_names_no_working_day() -> None:
    clock = started("2026-11-19 10:00", "rating.contact_bad")
    assert rules.remaining(clock, CALENDAR, now=at("2026-11-21 10:00")).words.zh == "已超期"


def test_a_stopped_clock_says_why_and_what_is_left() -> None:
    clock = started("2026-11-02 10:00", "licence.decide")
    held = rules.stop(clock, CALENDAR, at=at("2026-11-05 09:00"), ground="hearing", reason="依申请").clock
    found = rules.remaining(held, CALENDAR, now=at("2026-11-20 09:00"))
    assert (found.words.zh, found.tone, found.left) == ("已停表：听证所需时间；还剩 17 个工作日", Tone.STOPPED, 17)
    assert found.words.en == "stopped: the time a hearing needs; 17 working days left"


def test_an_unknown_end_says_for_which_calendar_it_waits() -> None:
    found = rules.remaining(started("2026-12-25 10:00", "licence.decide"), CALENDAR, now=at("2026-12-26 10:00"))
    assert (found.words.zh, found.tone, found.left) == ("到期日待定：等 2027 年日历载入", Tone.UNKNOWN, None)


@pytest.mark.parametrize(
    ("met", "zh", "tone"), [("2026-11-04 10:00", "按时办结", Tone.DONE), ("2026-12-04 10:00", "超期办结", Tone.LATE)]
)
def test_an_ended_clock_says_how_it_ended(met: str, zh: str, tone: Tone) -> None:
    clock = rules.meet(started("2026-11-02 10:00", "licence.decide"), CALENDAR, at=at(met)).clock
    found = rules.remaining(clock, CALENDAR, now=at("2026-12-30 10:00"))
    assert (found.words.zh, found.tone) == (zh, tone)


MOMENTS = st.datetimes(datetime(2026, 11, 2, 10), datetime(2027, 3, 1), timezones=st.just(LAW_ZONE))  # noqa: DTZ001 - the bounds are naive by contract


@given(
    MOMENTS,
    MOMENTS,
    st.sampled_from(["licence.decide", "emergency.acknowledge", "security.report_flaw", "rating.invite"]),
)
def test_the_bar_never_runs_back_and_what_is_left_never_grows(a: datetime, b: datetime, rule_id: str) -> None:
    clock = started("2026-11-02 10:00", rule_id)
    early = rules.remaining(clock, CALENDAR, now=min(a, b))
    late = rules.remaining(clock, CALENDAR, now=max(a, b))
    assert 0.0 <= early.share <= late.share <= 1.0
    assert early.left is not None
    assert late.left is not None
    assert early.left >= late.left
    assert early.words.zh
    assert early.words.en
