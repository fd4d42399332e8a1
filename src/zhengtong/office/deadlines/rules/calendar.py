"""Which days are worked: the State Council's yearly notice over the ordinary week. An unknown year is never guessed."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from zhengtong.office.deadlines import errors

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is to an office."""

    WORKDAY = "workday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def is_working(self) -> bool:
        return self in (DayKind.WORKDAY, DayKind.MAKE_UP)


class NamedDay(BaseModel):
    """A day that differs from the ordinary week."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: date
    name: str = Field(min_length=1, max_length=40)
    working: bool


class YearPlan(BaseModel):
    """One year's notice: the days off, the make-up days, and the paper that says so.

    A notice may name days of the neighbouring Decembers and Januaries (a make-up day before New Year).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: int = Field(ge=1980, le=2200)
    papers: tuple[str, ...] = Field(min_length=1)
    days: tuple[NamedDay, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _days_belong(self) -> "YearPlan":
        first, last = date(self.year - 1, 12, 20), date(self.year + 1, 1, 10)
        strangers = [day.date for day in self.days if not first <= day.date <= last]
        if strangers:
            raise ValueError(f"{strangers[0]} does not belong to {self.year}")
        dates = [day.date for day in self.days]
        if len(set(dates)) != len(dates):
            raise ValueError("a day is named twice")
        return self


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar and why it is worked or not."""

    date: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """The working days of the known years.

    >>> plan = YearPlan(year=2026, papers=("x",), days=(NamedDay(date=date(2026, 1, 1), name="元旦", working=False),))
    >>> WorkCalendar((plan,)).after(date(2025, 12, 31), 1)
    Traceback (most recent call last):
    zhengtong.office.deadlines.errors.YearUnknown: 还没有 2025 年的放假安排，算不出工作日；请管理员在“时限与日历”载入该年日历。
    >>> WorkCalendar((plan,)).after(date(2026, 1, 1), 1)
    datetime.date(2026, 1, 2)
    """

    plans: tuple[YearPlan, ...]
    _named: Mapping[date, NamedDay] = field(init=False, repr=False, compare=False)
    _blocks: tuple["_Block", ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.plans, key=lambda plan: plan.year)
        object.__setattr__(self, "_named", {day.date: day for plan in ordered for day in plan.days})
        object.__setattr__(self, "_blocks", tuple(self._block(run) for run in _runs(p.year for p in ordered)))

    @property
    def known_years(self) -> tuple[int, ...]:
        return tuple(sorted({plan.year for plan in self.plans}))

    def knows(self, year: int) -> bool:
        return any(plan.year == year for plan in self.plans)

    def day(self, when: date) -> Day:
        """What this day is. Raises YearUnknown."""
        self._block_of(when)
        return self._day(when)

    def days_of(self, year: int) -> list[Day]:
        """Every day of the year, in order. Raises YearUnknown."""
        self._block_of(date(year, 1, 1))
        length = date(year, 12, 31).timetuple().tm_yday
        return [self._day(date(year, 1, 1) + timedelta(days=n)) for n in range(length)]

    def is_working(self, when: date) -> bool:
        """True on working days. Raises YearUnknown."""
        return self.day(when).kind.is_working

    def after(self, when: date, count: int) -> date:
        """The `count`-th working day after `when`, which is itself not counted; before it for a negative count.

        Raises YearUnknown naming the first year that would have to be known.
        """
        block = self._block_of(when)
        at = bisect_right(block.days, when)
        if count < 0 and at and block.days[at - 1] == when:
            at -= 1
        index = at + count - (count > 0)
        if count == 0:
            return when
        if index < 0:
            raise errors.YearUnknown(year=block.first - 1)
        if index >= len(block.days):
            raise errors.YearUnknown(year=block.last + 1)
        return block.days[index]

    def on_or_after(self, when: date) -> date:
        """`when` if it is worked, else the next working day. Raises YearUnknown."""
        return when if self.is_working(when) else self.after(when, 1)

    def on_or_before(self, when: date) -> date:
        """`when` if it is worked, else the working day before it. Raises YearUnknown."""
        return when if self.is_working(when) else self.after(when, -1)

    def between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and with `until`; 0 when none. Raises YearUnknown."""
        if until <= after:
            return 0
        block = self._block_of(after)
        if until.year > block.last:
            raise errors.YearUnknown(year=block.last + 1)
        return bisect_right(block.days, until) - bisect_right(block.days, after)

    def _day(self, when: date) -> Day:
        named = self._named.get(when)
        if named:
            return Day(when, DayKind.MAKE_UP if named.working else DayKind.HOLIDAY, named.name)
        return Day(when, DayKind.WEEKEND if when.weekday() >= SATURDAY else DayKind.WORKDAY)

    def _block(self, run: tuple[int, int]) -> "_Block":
        start, length = date(run[0], 1, 1), (date(run[1], 12, 31) - date(run[0], 1, 1)).days + 1
        days = (start + timedelta(days=n) for n in range(length))
        return _Block(run[0], run[1], tuple(day for day in days if self._day(day).kind.is_working))

    def _block_of(self, when: date) -> "_Block":
        for block in self._blocks:
            if block.first <= when.year <= block.last:
                return block
        raise errors.YearUnknown(year=when.year)


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of neighbouring known years and all their working days, in order."""

    first: int
    last: int
    days: tuple[date, ...]


def _runs(years: Iterable[int]) -> list[tuple[int, int]]:
    ordered = sorted(set(years))
    if not ordered:
        return []
    breaks = [(a, b) for a, b in pairwise(ordered) if b != a + 1]
    firsts = [ordered[0], *(b for _, b in breaks)]
    lasts = [*(a for a, _ in breaks), ordered[-1]]
    return list(zip(firsts, lasts, strict=True))


def read_year(text: str) -> YearPlan:
    """This will check a calendar file (JSON: year, papers, days with date, name, working). Raises CalendarWrong.

    The files of the holiday-cn project (`isOffDay` instead of `working`) are taken as they are.
    """
    try:
        return YearPlan.model_validate(_ours(json.loads(text)))
    except json.JSONDecodeError as wrong:
        raise errors.CalendarWrong(
            why_zh=f"第 {wrong.lineno} 行不是 JSON", why_en=f"line {wrong.lineno} is not JSON"
        ) from wrong
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "days"
        why = f"{place}: {first['msg']}"
        raise errors.CalendarWrong(why_zh=why, why_en=why) from wrong


def _ours(content: Any) -> Any:
    if not isinstance(content, dict) or not isinstance(content.get("days"), list):
        return content
    days = [
        {"date": day.get("date"), "name": day.get("name"), "working": not day["isOffDay"]}
        if isinstance(day, dict) and isinstance(day.get("isOffDay"), bool)
        else day
        for day in content["days"]
    ]
    return {key: value for key, value in content.items() if not key.startswith("$")} | {"days": days}
