"""Codes of a list: what a new edition adds, changes and ends, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from zhengtong.kernel.errors import Field

MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code: what it means, under which, and from when until when it is valid (both days included; None: open)."""

    code: str
    name_zh: str
    name_en: str = ""
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def key(self) -> tuple[str, date | None]:
        """What tells two rows apart: a code may come back with another meaning from another day."""
        return self.code, self.valid_from

    def is_valid(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


Key = tuple[str, date | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """How one set of codes becomes another."""

    added: tuple[CodeRow, ...]
    changed: tuple[tuple[CodeRow, CodeRow], ...]
    ended: tuple[CodeRow, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.ended)


def compare(before: Mapping[Key, CodeRow], after: Mapping[Key, CodeRow]) -> Difference:
    """What differs, in the order of the codes' own lists."""
    return Difference(
        tuple(row for key, row in after.items() if key not in before),
        tuple((before[key], row) for key, row in after.items() if key in before and before[key] != row),
        tuple(row for key, row in before.items() if key not in after),
    )


def code_faults(rows: Iterable[CodeRow]) -> list[Field]:
    """What is wrong with a list of codes, the first fifty: empty, twice, upside-down dates, unknown or circular parent."""
    listed = list(rows)
    parents = {row.code: row.parent for row in listed}
    spans: dict[str, list[CodeRow]] = {}
    faults: list[Field] = []
    for place, row in enumerate(listed, start=1):
        why = _row_fault(row, parents, spans.setdefault(row.code, []))
        spans[row.code].append(row)
        if why:
            faults.append(
                Field(f"rows.{place}", f"第 {place} 条 {row.code}：{why[0]}", f"Row {place} {row.code}: {why[1]}")
            )
        if len(faults) >= MOST_FAULTS:
            break
    return faults


def _row_fault(row: CodeRow, parents: Mapping[str, str], earlier: list[CodeRow]) -> tuple[str, str] | None:
    if not row.code or not row.name_zh:
        return "代码和名称不能为空。", "code and name are needed."
    if len(row.code) > 40 or len(row.name_zh) > 200 or len(row.name_en) > 200:
        return "代码最多 40 字，名称最多 200 字。", "a code has at most 40 characters, a name 200."
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        return "失效日期早于生效日期。", "it ends before it begins."
    if any(_overlap(row, other) for other in earlier):
        return "同一代码的有效期重叠。", "the same code is valid twice on one day."
    if row.parent and row.parent not in parents:
        return f"没有上级代码 {row.parent}。", f"there is no parent code {row.parent}."
    if _is_circular(row.code, parents):
        return "上级关系成环。", "its parents go in a circle."
    return None


def _overlap(one: CodeRow, other: CodeRow) -> bool:
    return (one.valid_from or date.min) <= (other.valid_to or date.max) and (other.valid_from or date.min) <= (
        one.valid_to or date.max
    )


def _is_circular(code: str, parents: Mapping[str, str]) -> bool:
    seen, above = {code}, parents[code]
    while above:
        if above in seen:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False
