"""How the engine room reads: secrets hidden, schedules as sentences, alarms when they are due and not before."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.office.operations import rules
from zhengtong.office.operations.rules import JobState, Level, Limits, Measured

WELL = Measured(dead_jobs=0, oldest_waiting_s=None, workers=2, disk_free=50 * 2**30, disk_total=100 * 2**30, wal=2**20)
LIMITS = Limits(queue_age_s=300, disk_free_share=0.1, wal_mb=256)
json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("change", "code", "level"),
    [
        ({"dead_jobs": 1}, "dead-jobs", Level.BAD),
        ({"oldest_waiting_s": 300.1}, "queue-old", Level.WARN),
        ({"workers": 0}, "no-workers", Level.WARN),
        ({"disk_free": 9 * 2**30}, "disk-full", Level.BAD),
        ({"wal": 257 * 2**20}, "wal-large", Level.WARN),
        ({"engines_down": ("mail",)}, "engine-mail", Level.BAD),
        ({"missing_years": (2027,)}, "calendar-missing", Level.WARN),
    ],
)
def test_each_trouble_raises_its_alarm_and_sets_the_health(change, code, level):
    found = rules.alarms(replace(WELL, **change), LIMITS)
    assert [(one.code, one.level) for one in found] == [(code, level)]
    assert rules.worst(found) is level
    assert found[0].text.zh
    assert found[0].text.en
    assert found[0].link.startswith("/")


@pytest.mark.parametrize(
    "change",
    [{}, {"oldest_waiting_s": 300.0}, {"disk_free": 10 * 2**30}, {"wal": None}, {"workers": 0, "alone": False}],
)
def test_what_is_within_its_limits_raises_none(change):
    assert rules.alarms(replace(WELL, **change), LIMITS) == []
    assert rules.worst([]) is Level.OK


def test_where_another_process_may_work_none_is_missed_before_jobs_wait_too_long():
    found = rules.alarms(replace(WELL, workers=0, alone=False, oldest_waiting_s=301.0), LIMITS)
    assert {one.code for one in found} == {"queue-old", "no-workers"}


def test_the_worst_alarm_comes_first():
    found = rules.alarms(replace(WELL, workers=0, dead_jobs=2, missing_years=(2027,)), LIMITS)
    assert [one.level for one in found] == [Level.BAD, Level.WARN, Level.WARN]
    assert rules.worst(found) is Level.BAD


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ({"password": "hunter2"}, {"password": "***"}),
        ({"Authorization": ["a", "b"]}, {"Authorization": ["***", "***"]}),
        ({"deep": {"totp_secret": "x", "n": 1}}, {"deep": {"totp_secret": "***", "n": 1}}),
        ({"note": "call 13800138000"}, {"note": "call 138********"}),
        ({"id": "11010519491231002X"}, {"id": "1101**************"}),
        ({"code": "", "token": None}, {"code": "", "token": None}),
        ({"rows": [1, 2.5, True]}, {"rows": [1, 2.5, True]}),
    ],
)
def test_secrets_and_personal_numbers_are_hidden(kept, shown):
    assert rules.hidden(kept) == shown


@given(json)
def test_what_is_hidden_keeps_its_shape_and_hiding_again_changes_nothing(value):
    once = rules.hidden(value)
    assert type(once) is type(value)
    assert rules.hidden(once) == once


@given(json, st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_a_mobile_number_is_never_shown_whole(value, number):
    assert number not in str(rules.hidden({"args": [value, f"call {number}."]})["args"][1])


@pytest.mark.parametrize(
    ("every", "cron", "zh", "en"),
    [
        ("30s", "", "每 30 秒", "every 30 seconds"),
        ("1h", "", "每 1 小时", "every 1 hour"),
        ("", "5 8 * * *", "每天 08:05", "daily at 08:05"),
        ("", "0 * * * *", "每小时第 0 分", "hourly at minute 0"),
        ("", "0 8 * * 1", "按计划 0 8 * * 1（北京时间）", "by the schedule 0 8 * * 1 (Beijing time)"),
    ],
)
def test_a_schedule_reads_as_words(every, cron, zh, en):
    words = rules.schedule(every, cron)
    assert (words.zh, words.en) == (zh, en)


def test_every_state_has_its_words():
    assert set(rules.STATES) == set(JobState)


def test_every_job_timer_listener_and_event_has_a_name_in_both_languages() -> None:
    from zhengtong import app
    from zhengtong.office.operations import queries

    work = {one.name for room in app.CAPABILITIES for one in (*room.jobs, *room.timers, *room.listeners)}
    wanted = work | {event.type for room in app.CAPABILITIES for event in room.events}
    named = queries.known_names()
    assert len(wanted) > 150
    assert wanted - set(named) == set()
    assert {type(word) for words in named.values() for word in (words.zh, words.en)} == {str}
    assert all(words.zh and words.en for words in named.values())
    assert queries.label_of("somebody.else").zh == "somebody.else"
