"""How the columns of a source have changed since they were accepted: added, gone, of another type, and what looks renamed. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from zhengtong.data.intake.rules.reading import ColumnSeen

ALIKE = 0.6


class Change(StrEnum):
    """What happened to a column."""

    ADDED = "added"
    GONE = "gone"
    RETYPED = "retyped"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Drift:
    """One change. `before`, `after`: the type of a column (retyped, added), the names of one that looks renamed. `field`: of the item, if mapped."""

    column: str
    change: Change
    before: str = ""
    after: str = ""
    field: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def drift(before: Sequence[ColumnSeen], after: Sequence[ColumnSeen], mapping: Mapping[str, str]) -> list[Drift]:
    """What has changed, gone columns first. A type counts only where both times one was told.

    >>> drift([ColumnSeen("uscc"), ColumnSeen("addr")], [ColumnSeen("uscc"), ColumnSeen("addr_new")], {"address": "addr"})
    [Drift(column='addr', change=<Change.RENAMED: 'renamed'>, before='addr', after='addr_new', field='address')]
    """
    old, new = {one.name: one.type for one in before}, {one.name: one.type for one in after}
    fields = {column: name for name, column in mapping.items() if column}
    gone = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    found = []
    for name in gone:
        successor = _successor(name, added, list(old), list(new))
        if successor:
            added.remove(successor)
            found.append(Drift(name, Change.RENAMED, name, successor, fields.get(name, "")))
        else:
            found.append(Drift(name, Change.GONE, field=fields.get(name, "")))
    for name, kind in new.items():
        if name in old and old[name] and kind and old[name] != kind:
            found.append(Drift(name, Change.RETYPED, old[name], kind, fields.get(name, "")))
    return found + [Drift(name, Change.ADDED, after=new[name]) for name in added]


def _successor(name: str, added: Sequence[str], old: Sequence[str], new: Sequence[str]) -> str:
    """The added column that a gone one has probably become: alike by name, or in its very place between the same neighbours."""
    alike = difflib.get_close_matches(name.lower(), [one.lower() for one in added], n=1, cutoff=ALIKE)
    if alike:
        return next(one for one in added if one.lower() == alike[0])
    place = old.index(name)
    before, after = old[place - 1 : place], old[place + 1 : place + 2]
    for one in added:
        at = new.index(one)
        if before and after and new[at - 1 : at] == before and new[at + 1 : at + 2] == after:
            return one
    return ""


def stops(found: Sequence[Drift], *, pauses: bool, needed: Mapping[str, bool]) -> bool:
    """True when a run must not go on: by the source's policy, or because a column is gone that a needed field is read from.

    Only an added column, where the source goes on over changes, never stops a run.
    """
    if not found:
        return False
    lost = any(one.change in (Change.GONE, Change.RENAMED) and needed.get(one.field, False) for one in found)
    return pauses or lost


def words(one: Drift) -> tuple[str, str]:
    """The change in both languages."""
    return {
        Change.ADDED: (f"新增列 {one.column}", f"column {one.column} is new"),
        Change.GONE: (f"少了列 {one.column}", f"column {one.column} is gone"),
        Change.RETYPED: (
            f"列 {one.column} 的类型由 {one.before} 变为 {one.after}",
            f"column {one.column} was {one.before} and is {one.after}",
        ),
        Change.RENAMED: (
            f"列 {one.before} 似已改名为 {one.after}",
            f"column {one.before} seems to have become {one.after}",
        ),
    }[one.change]
