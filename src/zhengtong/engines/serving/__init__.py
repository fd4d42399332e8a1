"""Serving copies: the rows of an item, put so that they are found by key at once. The lake stays the truth; a copy can always be made again.

The promise: a copy is swapped in whole or not at all; a reader sees the one copy or the next, never a mixture, and is told which;
rows are numbered from 1 in the order given, which is the order of pages; values come out as they go over the wire (text, whole
numbers, truths; decimals, days and moments as text), the same from every adapter; a question that takes too long is stopped.
Adapters: `sqlite` (a file an item, in the data folder) and `postgres` (a schema of its own).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import Field as Setting
from pydantic import SecretStr, TypeAdapter

from zhengtong.kernel import errors, settings

INTEGER_MOST = 2**63 - 1
Op = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "prefix"]
OPS: tuple[Op, ...] = ("eq", "ne", "lt", "le", "gt", "ge", "in", "prefix")
_WHOLE = re.compile(r"-?\d{1,18}")


class ServingSettings(settings.Section):
    """Where the serving copies are."""

    engine: Literal["sqlite", "postgres"] = Setting(
        default="sqlite",
        description="服务副本引擎：sqlite 或 postgres | engine of the serving copies: sqlite or postgres",
    )
    url: SecretStr = Setting(
        default=SecretStr(""),
        description="postgres 的地址，空为业务库 | address for postgres; empty: the main database",
    )
    longest_s: float = Setting(
        default=5.0, gt=0, le=60, description="一次查询最长用时（秒） | longest time of one question (seconds)"
    )


class CopyAbsent(errors.Unavailable):
    zh = "数据项 {name} 还没有可供查询的副本；有数据落湖后会自动生成，请稍后再试。"
    en = "There is no copy of item {name} to ask yet; one is made once data have landed. Try again later."


class ServingAddressMissing(errors.Invalid):
    zh = "服务副本选了 postgres，而业务库是 SQLite；请在 serving.url 中填写 PostgreSQL 地址。"
    en = "The serving copies are to be in postgres while the main database is SQLite; give a PostgreSQL address in serving.url."


class QuestionTooSlow(errors.Unavailable):
    zh = "这次查询超过 {seconds} 秒，已停止；请缩小范围，或按关键字段查询。"
    en = "The question took more than {seconds} s and was stopped; narrow it, or ask by a key field."


class ValueUnfit(errors.Invalid):
    zh = "“{column}”的值不合其类型（{kind}）。"
    en = "The value for “{column}” does not fit its type ({kind})."


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DAY = "day"
    MOMENT = "moment"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `scale`: digits after the point of a decimal."""

    name: str
    kind: Kind
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: of what, which version of it, how its rows look. `data_at`: when the newest batch in it landed."""

    name: str
    version: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...]
    data_at: datetime | None
    made_at: datetime
    rows: int = 0

    def column(self, name: str) -> Column | None:
        for one in self.columns:
            if one.name == name:
                return one
        return None


COPY: TypeAdapter[Copy] = TypeAdapter(Copy)


class Condition(NamedTuple):
    """A column, an operation, and the value, already `fitted`; `in` has a tuple of them."""

    column: str
    op: Op
    value: Any


class Found(NamedTuple):
    """Rows of the copy that was asked: each the row's number, then the columns asked for."""

    copy: Copy
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Features:
    """`processes`: several processes may put and ask at once."""

    engine: str
    processes: bool


class Serving(Protocol):
    """See the module's promise."""

    features: Features

    def put(self, copy: Copy, rows: Iterable[Sequence[Any]]) -> Copy:
        """This will swap in a copy with these rows (values as Arrow gives them, in the columns' order); its count comes back."""

    def copy_of(self, name: str) -> Copy | None: ...

    def find(
        self, name: str, *, columns: Sequence[str], where: Sequence[Condition] = (), after: int = 0, limit: int = 100
    ) -> Found:
        """The rows that fit all conditions, those numbered beyond `after` first to last. Raises CopyAbsent, QuestionTooSlow."""

    def count(self, name: str, *, where: Sequence[Condition] = ()) -> int:
        """How many rows fit. Raises CopyAbsent, QuestionTooSlow."""

    def drop(self, name: str) -> None: ...

    def close(self) -> None: ...


def fitted(column: Column, value: Any) -> Any:
    """A value of a question as the column is compared: text, a whole number, a Decimal, a bool. Raises ValueUnfit.

    >>> fitted(Column("day", Kind.DAY), "2026-03-05"), fitted(Column("paid", Kind.DECIMAL, 2), "12.5")
    ('2026-03-05', Decimal('12.50'))
    """
    try:
        return _FITS[column.kind](column, value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        raise ValueUnfit(column=column.name, kind=column.kind.value) from None


def told(column: Column, value: Any) -> Any:
    """A value as Arrow gives it, in the form in which it goes over the wire; a Decimal stays one until it is written.

    >>> told(Column("day", Kind.DAY), date(2026, 3, 5))
    '2026-03-05'
    """
    if value is None or column.kind in (Kind.TEXT, Kind.INTEGER, Kind.TRUTH):
        return value
    if column.kind is Kind.DAY:
        return value.isoformat()
    if column.kind is Kind.MOMENT:
        return _moment(value)
    return Decimal(value).quantize(Decimal(1).scaleb(-column.scale))


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(_: Column, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value or len(value) > 2000:
        raise ValueError
    return value


def _whole(_: Column, value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > INTEGER_MOST:
        raise ValueError
    return value


def _decimal(column: Column, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > 40:
        raise ValueError
    number = Decimal(str(value))
    exact = number.quantize(Decimal(1).scaleb(-column.scale))
    if not number.is_finite() or exact != number:
        raise ValueError
    return exact


def _day(_: Column, value: Any) -> str:
    return date.fromisoformat(_text(_, value)).isoformat()


def _instant(_: Column, value: Any) -> str:
    moment = datetime.fromisoformat(_text(_, value))
    if moment.tzinfo is None:
        raise ValueError
    return _moment(moment)


def _truth(_: Column, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one kind of failure for all
    return value


_FITS = {
    Kind.TEXT: _text,
    Kind.INTEGER: _whole,
    Kind.DECIMAL: _decimal,
    Kind.DAY: _day,
    Kind.MOMENT: _instant,
    Kind.TRUTH: _truth,
}
