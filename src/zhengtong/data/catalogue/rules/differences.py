"""How two versions of an item differ, and whether who uses it must change something."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhengtong.data.catalogue.rules.contents import METADATA, Content, FieldContent

ATTRIBUTES = tuple(one.name for one in dataclasses.fields(FieldContent) if one.name != "name")


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs: of the item, or of one of its fields. `breaking`: whoever reads the item must change something."""

    field: str
    what: str
    before: Any
    after: Any
    breaking: bool = False


def difference(before: Content, after: Content) -> list[Change]:
    """What differs, the item's own metadata first. A field is known by its name: another name is another field."""
    found = [
        Change("", name, getattr(before, name), getattr(after, name), _narrows_item(name, before, after))
        for name in METADATA
        if getattr(before, name) != getattr(after, name)
    ]
    if before.related != after.related:
        found.append(Change("", "related", list(before.related), list(after.related)))
    old, new = ({one.name: one for one in content.fields} for content in (before, after))
    found += [Change(name, "field", old[name].name_zh, None, breaking=True) for name in old if name not in new]
    found += [Change(name, "field", None, new[name].name_zh) for name in new if name not in old]
    for name in (name for name in old if name in new):
        found += _changes_of_field(name, old[name], new[name])
    kept_before = [name for name in old if name in new]
    if kept_before != [name for name in new if name in old]:
        found.append(Change("", "order", list(old), list(new)))
    return found


def is_breaking(changes: Sequence[Change]) -> bool:
    """True when one of the changes is."""
    return any(change.breaking for change in changes)


def _changes_of_field(name: str, old: FieldContent, new: FieldContent) -> list[Change]:
    return [
        Change(
            name, what, getattr(old, what), getattr(new, what), _narrows(what, getattr(old, what), getattr(new, what))
        )
        for what in ATTRIBUTES
        if getattr(old, what) != getattr(new, what)
    ]


def _narrows(what: str, old: Any, new: Any) -> bool:
    if what in ("type", "code_list", "is_key"):
        return True
    if what in ("length", "precision"):
        return new is not None and (old is None or new < old)
    return False


def _narrows_item(name: str, before: Content, after: Content) -> bool:
    if name == "share_type":
        order = ("unconditional", "conditional", "refused")
        return order.index(after.share_type) > order.index(before.share_type)
    return name in ("resource_type", "share_method")
