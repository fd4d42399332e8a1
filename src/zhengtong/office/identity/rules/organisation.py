"""What is true of departments, posts and stand-ins, whoever asks."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


class Level(StrEnum):
    """Which level of the city a department belongs to."""

    CITY = "city"
    DISTRICT = "district"
    TOWN = "town"


class Kind(StrEnum):
    """What kind of body a department is."""

    GOVERNMENT = "government"
    BUREAU = "bureau"
    INSTITUTION = "institution"
    SECTION = "section"
    OTHER = "other"


class RoleScope(StrEnum):
    """How far a role's permissions reach from the department of the post."""

    OWN = "own"
    OWN_AND_BELOW = "own_and_below"
    CITY = "city"


LEVELS = {Level.CITY: ("市级", "City"), Level.DISTRICT: ("区县级", "District"), Level.TOWN: ("镇街级", "Town")}
KINDS = {
    Kind.GOVERNMENT: ("人民政府", "Government"),
    Kind.BUREAU: ("工作部门", "Bureau"),
    Kind.INSTITUTION: ("事业单位", "Public institution"),
    Kind.SECTION: ("内设科室", "Section"),
    Kind.OTHER: ("其他", "Other"),
}
SCOPES = {
    RoleScope.OWN: ("本部门", "Own department"),
    RoleScope.OWN_AND_BELOW: ("本部门及下级", "Own department and below"),
    RoleScope.CITY: ("全市", "The whole city"),
}


def law_day(now: datetime) -> date:
    """The date in the city at this moment.

    >>> from datetime import UTC
    >>> law_day(datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
    datetime.date(2026, 11, 21)
    """
    return now.astimezone(CITY_TIME).date()


def needs_code(kind: Kind) -> bool:
    """True where a body must have a unified social credit code: all but sections and others."""
    return kind not in (Kind.SECTION, Kind.OTHER)


def is_current(from_on: date, until_on: date | None, on: date) -> bool:
    """True when `on` lies within the dates, both days included; no end means no end.

    >>> is_current(date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 31))
    True
    """
    return from_on <= on and (until_on is None or on <= until_on)


def overlaps(a: tuple[date, date | None], b: tuple[date, date | None]) -> bool:
    """True when two spans of days, ends included, share a day."""
    return (a[1] is None or b[0] <= a[1]) and (b[1] is None or a[0] <= b[1])


def below(parents: Mapping[UUID, UUID | None], department_id: UUID) -> frozenset[UUID]:
    """The department and all below it; `parents` gives each department's parent."""
    children: dict[UUID | None, list[UUID]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found: set[UUID] = set()
    waiting = [department_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(children.get(one, ()))
    return frozenset(found)


def makes_a_ring(parents: Mapping[UUID, UUID | None], department_id: UUID, new_parent_id: UUID | None) -> bool:
    """True when hanging the department under the new parent would make it its own ancestor."""
    return new_parent_id is not None and new_parent_id in below(parents, department_id)


def path_of(parents: Mapping[UUID, UUID | None], department_id: UUID) -> list[UUID]:
    """The department and those above it, the root first."""
    path: list[UUID] = []
    one: UUID | None = department_id
    while one is not None and one not in path:
        path.append(one)
        one = parents.get(one)
    return path[::-1]


def is_blank(text: str | None) -> bool:
    """True for nothing but white space."""
    return not (text or "").strip()


def body_of(parents: Mapping[UUID, UUID | None], department_id: UUID) -> UUID:
    """The body a department belongs to: the one just below the topmost (the topmost itself for itself)."""
    path = path_of(parents, department_id)
    return path[min(1, len(path) - 1)]
