"""The figures of the home page and what is told of the day: which there are, what they are called, how a period is cut. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from zhengtong.kernel.errors import Words

SLICES = 12


class Figure(StrEnum):
    """Each a share: `good` of `whole`. SERVED alone is a count of calls; its `good` are the rows they gave."""

    SHARED = "shared"
    ON_TIME = "on_time"
    AGREED = "agreed"
    SERVED = "served"
    CLEAN = "clean"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Said:
    """A figure in words. `parts` names {good} and {whole}; `link`: the page with the rows behind it."""

    label: Words
    parts: Words
    link: str


SAID: Mapping[Figure, Said] = {
    Figure.SHARED: Said(
        Words("数据共享率", "Data shared"),
        Words("已发布 {whole} 项 · 可共享 {good}", "{good} of {whole} published items may be shared"),
        "/catalogue",
    ),
    Figure.ON_TIME: Said(
        Words("按时办结率", "Done in time"),
        Words("办结 {whole} 件 · 按时 {good}", "{good} of {whole} duties done in time"),
        "/deadlines?which=ended",
    ),
    Figure.AGREED: Said(
        Words("申请同意率", "Requests agreed to"),
        Words("答复 {whole} 件 · 同意 {good}", "{good} of {whole} answered requests agreed to"),
        "/sharing/applications",
    ),
    Figure.SERVED: Said(
        Words("对外供数", "Calls answered"),
        Words("给出 {good} 行", "{good} rows given"),
        "/sharing/calls",
    ),
    Figure.CLEAN: Said(
        Words("入湖合格率", "Rows accepted"),
        Words("送来 {whole} 行 · 合格 {good}", "{good} of {whole} delivered rows accepted"),
        "/intake/runs",
    ),
    Figure.PASSED: Said(
        Words("质量检核通过率", "Checks passed"),
        Words("检核 {whole} 次 · 通过 {good}", "{good} of {whole} checks passed"),
        "/quality",
    ),
}


class Kind(StrEnum):
    """What is told of the day."""

    LANDED = "landed"
    HELD_BACK = "held_back"
    SERVED = "served"
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    RUN_FAILED = "run_failed"
    TICKET = "ticket"
    LEAD = "lead"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    ENDED = "ended"
    DOUBT = "doubt"
    ALARM = "alarm"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Telling:
    """What a happening is called, and its colour on the line. `many`, `list`: of several at once, and the page with all of them."""

    words: Words
    tone: str
    many: Words | None = None
    list: str = ""


TOLD: Mapping[Kind, Telling] = {
    Kind.LANDED: Telling(
        Words("数据入湖：{name}", "Data landed: {name}"),
        "green",
        Words("数据入湖 {count} 批：{name} 等", "{count} batches landed: {name} and others"),
        "/intake/runs",
    ),
    Kind.HELD_BACK: Telling(
        Words("拦下 1 行待修正：{name}", "1 row held back: {name}"),
        "amber",
        Words("拦下 {count} 行待修正：{name} 等", "{count} rows held back: {name} and others"),
        "/intake/quarantine",
    ),
    Kind.SERVED: Telling(
        Words("按协议 {name} 供数 1 次", "1 call answered under {name}"),
        "brand",
        Words("供数 {count} 次：{name} 等协议", "{count} calls answered: {name} and others"),
        "/sharing/calls",
    ),
    Kind.ASKED: Telling(Words("收到申请 {name}", "Request {name} came in"), "brand"),
    Kind.AGREED: Telling(Words("申请 {name} 已同意", "Request {name} agreed to"), "green"),
    Kind.REFUSED: Telling(Words("申请 {name} 已拒绝，写明了依据", "Request {name} refused, with its ground"), "amber"),
    Kind.PUBLISHED: Telling(
        Words("目录发布：{name}", "Published: {name}"),
        "brand",
        Words("目录发布 {count} 项：{name} 等", "{count} published: {name} and others"),
        "/catalogue",
    ),
    Kind.WITHDRAWN: Telling(Words("目录撤回：{name}", "Withdrawn: {name}"), "amber"),
    Kind.RUN_FAILED: Telling(Words("汇聚失败：{name}", "Intake failed: {name}"), "red"),
    Kind.TICKET: Telling(
        Words("校核工单 {name}", "Correction ticket {name}"),
        "amber",
        Words("校核工单 {count} 件：{name} 等", "{count} correction tickets: {name} and others"),
        "/quality/tickets",
    ),
    Kind.LEAD: Telling(
        Words("发现线索 {name}", "Lead {name} found"),
        "amber",
        Words("发现线索 {count} 条：{name} 等", "{count} leads found: {name} and others"),
        "/leads",
    ),
    Kind.IN_FORCE: Telling(Words("协议 {name} 生效", "Agreement {name} in force"), "green"),
    Kind.SUSPENDED: Telling(Words("协议 {name} 暂停", "Agreement {name} suspended"), "red"),
    Kind.RESUMED: Telling(Words("协议 {name} 恢复", "Agreement {name} resumed"), "green"),
    Kind.ENDED: Telling(Words("协议 {name} 终止", "Agreement {name} ended"), "amber"),
    Kind.DOUBT: Telling(Words("个人疑问 {name}", "Question {name} by the person concerned"), "amber"),
    Kind.ALARM: Telling(Words("账本告警：{name}", "Ledger alarm: {name}"), "red"),
    Kind.EXPIRED: Telling(Words("超期：{name}", "Overdue: {name}"), "red"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A period up to today and the one before it, each cut into slices of `step` days."""

    first: date
    last: date
    step: int

    @classmethod
    def of(cls, days: int, today: date) -> "Period":
        """The last `days` days, today among them."""
        return cls(today - timedelta(days=days - 1), today, -(-days // SLICES))

    @property
    def before(self) -> date:
        """The first day of the period before."""
        return self.first - (self.last - self.first) - timedelta(days=1)


def trend(by_day: Mapping[date, tuple[int, int]], period: Period, *, count: bool) -> list[float]:
    """One value a slice: the share (0–1), or the count of `whole`; slices without anything are left out of shares.

    >>> trend({date(2026, 3, 1): (1, 2), date(2026, 3, 2): (1, 1)}, Period(date(2026, 3, 1), date(2026, 3, 2), 1), count=False)
    [0.5, 1.0]
    """
    slices: dict[int, list[int]] = {}
    for day, (good, whole) in by_day.items():
        if period.first <= day <= period.last:
            at = slices.setdefault((day - period.first).days // period.step, [0, 0])
            at[0] += good
            at[1] += whole
    if count:
        most = (period.last - period.first).days // period.step + 1
        return [float(slices.get(at, [0, 0])[1]) for at in range(most)]
    return [slices[at][0] / slices[at][1] for at in sorted(slices) if slices[at][1]]


def total(by_day: Mapping[date, tuple[int, int]], first: date, last: date) -> tuple[int, int]:
    """The sums from one day to another, both included."""
    chosen: Sequence[tuple[int, int]] = [pair for day, pair in by_day.items() if first <= day <= last]
    return sum(good for good, _ in chosen), sum(whole for _, whole in chosen)
