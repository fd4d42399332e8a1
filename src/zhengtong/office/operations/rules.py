"""How the engine room reads: states as words, arguments without secrets, schedules as sentences, alarms from measurements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhengtong.kernel.errors import Words
from zhengtong.kernel.logs import mask

_SECRET = re.compile(r"(?i)password|secret|token|cookie|authorization|private|totp|recovery|code|phone|mail|address")
LONGEST_SHOWN = 500
_SPANS = {"s": ("秒", "second"), "m": ("分钟", "minute"), "h": ("小时", "hour"), "d": ("天", "day")}


class JobState(StrEnum):
    """Where a job stands. `retrying` waits after a failure."""

    WAITING = "waiting"
    RETRYING = "retrying"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


STATES: Mapping[JobState, Words] = {
    JobState.WAITING: Words("等待中", "Waiting"),
    JobState.RETRYING: Words("等待重试", "Waiting to be tried again"),
    JobState.RUNNING: Words("运行中", "Running"),
    JobState.DONE: Words("已完成", "Done"),
    JobState.DEAD: Words("多次重试后失败", "Failed for good"),
    JobState.CANCELLED: Words("已取消", "Cancelled"),
}


class Level(StrEnum):
    """How bad an alarm is; the worst is the health of the whole."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person should look at, and where."""

    code: str
    level: Level
    text: Words
    link: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured for the alarms. Sizes in bytes, ages in seconds."""

    dead_jobs: int
    oldest_waiting_s: float | None
    workers: int
    disk_free: int
    disk_total: int
    wal: int | None
    engines_down: tuple[str, ...] = ()
    missing_years: tuple[int, ...] = ()
    alone: bool = True
    """No other process can work the jobs (SQLite)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a measurement is an alarm."""

    queue_age_s: int
    disk_free_share: float
    wal_mb: int


def state_of(state: str, attempts: int) -> JobState:
    """The job's state as a person sees it.

    >>> state_of("waiting", 0), state_of("waiting", 2)
    (<JobState.WAITING: 'waiting'>, <JobState.RETRYING: 'retrying'>)
    """
    return JobState.RETRYING if state == "waiting" and attempts else JobState(state)


def hidden(value: Any, name: str = "") -> Any:
    """The value as an administrator may see it: by name what may be secret, by form what is personal.

    >>> hidden({"to": "13800138000", "token": "abc", "rows": [1]})
    {'to': '138********', 'token': '***', 'rows': [1]}
    """
    if isinstance(value, Mapping):
        return {key: hidden(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner, name) for inner in value]
    if _SECRET.search(name) and value not in (None, "", False, True):
        return "***"
    if isinstance(value, str):
        shown = mask(value)
        return shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 1] + "…"
    return value


def schedule(every: str, cron: str) -> Words:
    """A timer's schedule as words.

    >>> schedule("5m", "").en, schedule("", "20 3 * * *").zh
    ('every 5 minutes', '每天 03:20')
    """
    if every:
        count, (zh, en) = int(every[:-1]), _SPANS[every[-1]]
        return Words(f"每 {count} {zh}", f"every {count} {en}{'s' if count > 1 else ''}")
    minute, hour, *rest = cron.split()
    if rest == ["*", "*", "*"] and minute.isdigit() and hour.isdigit():
        at = f"{int(hour):02}:{int(minute):02}"
        return Words(f"每天 {at}", f"daily at {at}")
    if rest == ["*", "*", "*"] and minute.isdigit() and hour == "*":
        return Words(f"每小时第 {minute} 分", f"hourly at minute {minute}")
    return Words(f"按计划 {cron}（北京时间）", f"by the schedule {cron} (Beijing time)")


def alarms(measured: Measured, limits: Limits) -> list[Alarm]:
    """What a person should look at, the worst first."""
    found = [*_queue_alarms(measured, limits), *_machine_alarms(measured, limits)]
    if measured.missing_years:
        years = "、".join(str(year) for year in measured.missing_years)
        text = Words(f"{years} 年工作日历尚未载入", f"The working-day calendar of {years} has not been loaded")
        found.append(Alarm("calendar-missing", Level.WARN, text, "/deadlines/calendar"))
    return sorted(found, key=lambda alarm: alarm.level is not Level.BAD)


def worst(found: list[Alarm]) -> Level:
    """The health that these alarms mean."""
    levels = {alarm.level for alarm in found}
    return Level.BAD if Level.BAD in levels else Level.WARN if levels else Level.OK


def _queue_alarms(measured: Measured, limits: Limits) -> list[Alarm]:
    found = []
    if measured.dead_jobs:
        count = measured.dead_jobs
        text = Words(
            f"{count} 个任务多次重试后失败", f"{count} {'job has' if count == 1 else 'jobs have'} failed for good"
        )
        found.append(Alarm("dead-jobs", Level.BAD, text, "/operations/jobs?state=dead"))
    late = measured.oldest_waiting_s is not None and measured.oldest_waiting_s > limits.queue_age_s
    if late and measured.oldest_waiting_s is not None:
        age = round(measured.oldest_waiting_s)
        text = Words(f"最早的任务已等待 {age} 秒", f"The oldest due job has waited for {age} seconds")
        found.append(Alarm("queue-old", Level.WARN, text, "/operations/jobs?state=waiting"))
    if not measured.workers and (measured.alone or late):
        text = Words("没有进程在做后台任务", "No process works the jobs")
        found.append(Alarm("no-workers", Level.WARN, text, "/operations/health"))
    return found


def _machine_alarms(measured: Measured, limits: Limits) -> list[Alarm]:
    found = []
    if measured.disk_free < measured.disk_total * limits.disk_free_share:
        left = measured.disk_free // 2**20
        text = Words(f"磁盘只剩 {left:,} MB", f"Only {left:,} MB of the disk are free")
        found.append(Alarm("disk-full", Level.BAD, text, "/operations/health"))
    if measured.wal is not None and measured.wal > limits.wal_mb * 2**20:
        size = measured.wal // 2**20
        text = Words(f"数据库日志已达 {size:,} MB", f"The database's log has grown to {size:,} MB")
        found.append(Alarm("wal-large", Level.WARN, text, "/operations/health"))
    for name in measured.engines_down:
        text = Words(f"引擎 {name} 不可用", f"The engine {name} does not answer")
        found.append(Alarm(f"engine-{name}", Level.BAD, text, "/operations/health"))
    return found
