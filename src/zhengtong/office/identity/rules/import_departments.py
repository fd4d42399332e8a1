"""What importing a list of departments would do, row by row. Nothing is deleted; an empty cell leaves things as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhengtong.kernel.errors import Field
from zhengtong.office.identity.rules import checks
from zhengtong.office.identity.rules.import_columns import (
    Change,
    Outcome,
    RowPlan,
    read_kind,
    read_level,
    too_long,
)
from zhengtong.office.identity.rules.organisation import Kind, Level

DEPARTMENT_FIELDS = ("name_zh", "name_en", "short_name", "code", "level", "kind", "position")


@dataclass(frozen=True, slots=True)
class DepartmentKnown:
    """A department that the city has."""

    id: UUID
    parent_id: UUID | None
    name_zh: str
    name_en: str
    short_name: str
    code: str | None
    level: str
    kind: str
    position: int
    closed: bool = False


def plan_departments(rows: Sequence[tuple[int, Mapping[str, str]]], known: Sequence[DepartmentKnown]) -> list[RowPlan]:
    """The plan of each row, in the file's order.

    A row means the department with its code, else the one of its name under its parent. A parent is named by code, name
    or short name, and may stand in the file itself, before or after; without one it is the topmost department.
    """
    return _Planner(rows, known).plan()


class _Planner:
    """Reads a file against what the city has."""

    def __init__(self, rows: Sequence[tuple[int, Mapping[str, str]]], known: Sequence[DepartmentKnown]) -> None:
        self.rows = rows
        self.by_code = {one.code: one for one in known if one.code}
        self.open = [one for one in known if not one.closed]
        self.names = {one.id: one.name_zh for one in known}
        self.root = next((one for one in self.open if one.parent_id is None), None)
        self.words: dict[str, list[DepartmentKnown]] = {}
        for one in self.open:
            for word in {one.name_zh, one.short_name, one.code or ""} - {""}:
                self.words.setdefault(word, []).append(one)
        self.in_file: dict[str, list[int]] = {}
        for place, (_, values) in enumerate(rows):
            for word in {values.get("name_zh", ""), values.get("short_name", ""), values.get("code", "").upper()} - {
                ""
            }:
                self.in_file.setdefault(word, []).append(place)
        self.ringed = _ringed([next(iter(self.in_file.get(values.get("parent", ""), ())), None) for _, values in rows])
        self.seen: dict[tuple[str, str], int] = {}

    def plan(self) -> list[RowPlan]:
        return [self._row(place, number, values) for place, (number, values) in enumerate(self.rows)]

    def _row(self, place: int, number: int, values: Mapping[str, str]) -> RowPlan:
        name = values.get("name_zh", "")
        parent, faults = self._parent(place, values.get("parent", ""))
        faults += too_long("departments", values)
        present = self._present(values, parent)
        faults += self._faults(values, present) + self._double(number, values, parent)
        if present and present.closed:
            faults.append(Field("code", f"“{present.name_zh}”已撤销。", f"“{present.name_zh}” is closed."))
        if faults:
            return RowPlan(number, name, Outcome.ERROR, values, faults=tuple(faults))
        if present is None:
            told = [Change(key, None, value) for key, value in wanted_department(values, None).items() if value]
            told.append(Change("parent", None, parent))
            return RowPlan(number, name, Outcome.ADD, values, tuple(told))
        changes = self._changes(values, present, parent)
        return RowPlan(number, name, Outcome.CHANGE if changes else Outcome.UNCHANGED, values, tuple(changes))

    def _parent(self, place: int, word: str) -> tuple[str, list[Field]]:
        """The parent's name as the row would have it."""
        if not word:
            return (self.root.name_zh if self.root else ""), []
        fits = self.words.get(word) or self.words.get(word.upper()) or []
        if len(fits) == 1:
            return fits[0].name_zh, []
        in_file = [other for other in self.in_file.get(word, ()) if other != place]
        if not fits and len(in_file) == 1 and place not in self.ringed:
            return self.rows[in_file[0]][1].get("name_zh", ""), []
        if len(fits) > 1 or len(in_file) > 1:
            zh, en = (
                f"有几个部门叫“{word}”，请改用统一社会信用代码。",
                f"Several departments are called “{word}”; give the code.",
            )
        else:
            zh, en = f"没有叫“{word}”的上级部门。", f"There is no department “{word}” to be the parent."
        return "", [Field("parent", zh, en)]

    def _present(self, values: Mapping[str, str], parent: str) -> DepartmentKnown | None:
        if found := self.by_code.get(values.get("code", "").upper()):
            return found
        same = [one for one in self.words.get(values.get("name_zh", ""), ()) if one.name_zh == values.get("name_zh")]
        return next((one for one in same if self._above(one) == parent), None)

    def _above(self, one: DepartmentKnown) -> str:
        return self.names.get(one.parent_id, "") if one.parent_id else ""

    def _faults(self, values: Mapping[str, str], present: DepartmentKnown | None) -> list[Field]:
        faults = []
        if (word := values.get("level", "")) and read_level(word) is None:
            faults.append(Field("level", f"不认识的级别“{word}”。", f"“{word}” is no level."))
        if (word := values.get("kind", "")) and read_kind(word) is None:
            faults.append(Field("kind", f"不认识的类别“{word}”。", f"“{word}” is no kind."))
        if (word := values.get("position", "")) and not (word.isascii() and word.isdigit() and int(word) <= 100_000):
            faults.append(
                Field("position", "排序应为 0 到 100000 的整数。", "The order is a whole number from 0 to 100000.")
            )
        wanted = wanted_department(values, present)
        return faults + checks.department_faults(
            name_zh=wanted["name_zh"], code=wanted["code"], kind=Kind(wanted["kind"])
        )

    def _double(self, number: int, values: Mapping[str, str], parent: str) -> list[Field]:
        keys = [("name", f"{parent}/{values.get('name_zh', '')}"), ("code", values.get("code", "").upper())]
        faults = []
        for key in keys:
            if key[1] and (first := self.seen.setdefault(key, number)) != number:
                faults.append(Field("name_zh", f"与第 {first} 行重复。", f"The same as row {first}."))
                break
        return faults

    def _changes(self, values: Mapping[str, str], present: DepartmentKnown, parent: str) -> list[Change]:
        wanted = wanted_department(values, present)
        changes = [
            Change(key, getattr(present, key), wanted[key])
            for key in DEPARTMENT_FIELDS
            if getattr(present, key) != wanted[key]
        ]
        if values.get("parent") and self._above(present) != parent:
            changes.append(Change("parent", self._above(present), parent))
        return changes


def wanted_department(values: Mapping[str, str], present: DepartmentKnown | None) -> dict[str, Any]:
    """The department as the row would have it (its parent apart); what the row leaves empty stays, or gets the usual value."""
    usual = {"level": Level.CITY.value, "kind": (Kind.SECTION if values.get("parent") else Kind.BUREAU).value}
    wanted: dict[str, Any] = {}
    for key in DEPARTMENT_FIELDS:
        was = getattr(present, key) if present else usual.get(key, 0 if key == "position" else "")
        wanted[key] = _read(key, values.get(key, ""), was)
    return wanted | {"code": wanted["code"] or None}


def _read(key: str, word: str, was: Any) -> Any:
    if not word:
        return was
    if key == "level":
        return read_level(word) or was
    if key == "kind":
        return read_kind(word) or was
    if key == "position":
        return int(word) if word.isascii() and word.isdigit() else was
    return word.upper() if key == "code" else word


def parents_first(rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[tuple[int, Mapping[str, str]]]:
    """The rows in an order in which no department comes before its parent.

    >>> [number for number, _ in parents_first([(2, {"name_zh": "乙科", "parent": "甲局"}), (3, {"name_zh": "甲局"})])]
    [3, 2]
    """
    places = {
        values.get(key, ""): place
        for place, (_, values) in enumerate(rows)
        for key in ("code", "short_name", "name_zh")
    }
    ordered: list[tuple[int, Mapping[str, str]]] = []
    done: set[int] = set()
    for place in range(len(rows)):
        chain: dict[int, None] = {}
        at: int | None = place
        while at is not None and at not in done and at not in chain:
            chain[at] = None
            at = places.get(rows[at][1].get("parent") or "\0")
        ordered += [rows[one] for one in reversed(chain)]
        done |= set(chain)
    return ordered


def _ringed(parents: Sequence[int | None]) -> set[int]:
    """The places from which following parents never ends."""
    ends: dict[int, bool] = {}
    for place in range(len(parents)):
        chain: dict[int, None] = {}
        at: int | None = place
        while at is not None and at not in ends and at not in chain:
            chain[at] = None
            at = parents[at]
        ended = at is None or ends.get(at, False)
        ends |= dict.fromkeys(chain, ended)
    return {place for place, ended in ends.items() if not ended}
