"""What importing a list of people would do, row by row. A row is a person and one of their posts; nothing is deleted; an
empty cell leaves things as they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from zhengtong.kernel.errors import Field
from zhengtong.office.identity.rules import checks
from zhengtong.office.identity.rules.import_columns import Change, Outcome, RowPlan, read_date, read_list, too_long

PERSON_FIELDS = ("name", "login", "staff_number", "phone", "email")


@dataclass(frozen=True, slots=True)
class PostKnown:
    """A post that is not over."""

    department_id: UUID
    title: str
    roles: tuple[str, ...]
    until_on: date | None


@dataclass(frozen=True, slots=True)
class PersonKnown:
    """A person that the city has."""

    id: UUID
    name: str
    login: str
    staff_number: str | None
    phone: str | None
    email: str | None
    active: bool = True
    posts: tuple[PostKnown, ...] = ()


@dataclass(frozen=True, slots=True)
class CityWords:
    """The words that mean a department (all it could mean) or a role (its key)."""

    departments: Mapping[str, Sequence[UUID]]
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class City:
    """What a list of people is read against. `may_give(role, department)`: the importer may; `importer`: who that is."""

    people: Sequence[PersonKnown]
    words: CityWords
    may_give: Callable[[str, UUID], bool]
    importer: UUID | None = None


@dataclass(frozen=True, slots=True)
class PostWanted:
    """The post that a row asks for."""

    department_id: UUID
    title: str
    roles: tuple[str, ...] | None
    from_on: date | None
    until_on: date | None


def plan_people(rows: Sequence[tuple[int, Mapping[str, str]]], city: City) -> list[RowPlan]:
    """The plan of each row, in the file's order.

    A row means the person with its staff number, else with its login name. Several rows of one person must agree.
    """
    by_number = {one.staff_number: one for one in city.people if one.staff_number}
    by_login = {one.login: one for one in city.people}
    before: dict[str, tuple[int, Mapping[str, str]]] = {}
    plans = []
    for number, values in rows:
        present = person_meant(values, by_number, by_login)
        plans.append(_plan(number, values, present, city, by_login, before))
    return plans


def person_meant(
    values: Mapping[str, str], by_number: Mapping[str, PersonKnown], by_login: Mapping[str, PersonKnown]
) -> PersonKnown | None:
    """Whom a row means; None: somebody new."""
    number, login = values.get("staff_number", ""), values.get("login", "").lower()
    if number and number in by_number:
        return by_number[number]
    found = by_login.get(login)
    return None if found and number and found.staff_number else found


def wanted_post(values: Mapping[str, str], words: CityWords) -> tuple[PostWanted | None, list[Field]]:
    """The post that a row asks for (None: none), and what is wrong with it."""
    word, title = values.get("department", ""), values.get("title", "")
    if not word:
        needless = any(values.get(key) for key in ("title", "roles", "from_on", "until_on"))
        return None, [DEPARTMENT_MISSING] if needless else []
    fits = words.departments.get(word) or words.departments.get(word.upper()) or ()
    faults = [] if title else [TITLE_MISSING]
    if len(fits) != 1:
        faults.append(_department_fault(word, len(fits)))
    roles, unknown = _roles(values.get("roles", ""), words.roles)
    faults += [Field("roles", f"没有角色“{role}”。", f"There is no role “{role}”.") for role in unknown]
    from_on, until_on = (_date(key, values, faults) for key in ("from_on", "until_on"))
    if from_on and until_on and until_on < from_on:
        faults.append(checks.DATES_WRONG)
    if faults:
        return None, faults
    return PostWanted(fits[0], title, roles, from_on, until_on), []


DEPARTMENT_MISSING = Field("department", "填了岗位却没有部门。", "There is a post, but no department.")
TITLE_MISSING = Field("title", "请填写职务。", "Give the title.")
KEY_MISSING = Field(
    "login",
    "登录名和工号至少填一个，否则再次导入时认不出此人。",
    "Give a login name or a staff number, to know the person by.",
)
LOGIN_TAKEN = Field("login", "登录名已属于另一个人。", "The login name belongs to someone else.")
OWN_POST = Field("roles", "不能通过导入改动自己的岗位。", "One cannot change one's own posts by import.")


def _plan(
    number: int,
    values: Mapping[str, str],
    present: PersonKnown | None,
    city: City,
    by_login: Mapping[str, PersonKnown],
    before: dict[str, tuple[int, Mapping[str, str]]],
) -> RowPlan:
    wanted = _wanted(values, present)
    faults = too_long("people", values) + _person_faults(values, wanted, present, by_login)
    faults += _disagreement(number, values, before)
    post, post_faults = wanted_post(values, city.words)
    faults += post_faults
    changes: list[Change] = []
    if not faults:
        changes = [
            Change(key, getattr(present, key, None), wanted[key])
            for key in PERSON_FIELDS
            if _differs(key, wanted, present)
        ]
        post_changes = _post_changes(post, present)
        faults += _post_faults(post, post_changes, present, city)
        changes += post_changes
    if faults:
        return RowPlan(number, wanted["name"] or "", Outcome.ERROR, values, faults=tuple(faults))
    outcome = Outcome.ADD if present is None else Outcome.CHANGE if changes else Outcome.UNCHANGED
    return RowPlan(number, wanted["name"] or "", outcome, values, tuple(changes))


def _wanted(values: Mapping[str, str], present: PersonKnown | None) -> dict[str, Any]:
    wanted = {key: values.get(key) or (getattr(present, key) if present else None) for key in PERSON_FIELDS}
    return wanted | {"login": (wanted["login"] or "").lower() or None}


def _differs(key: str, wanted: Mapping[str, Any], present: PersonKnown | None) -> bool:
    return bool(wanted[key] != (getattr(present, key) if present else None))


def _person_faults(
    values: Mapping[str, str],
    wanted: Mapping[str, Any],
    present: PersonKnown | None,
    by_login: Mapping[str, PersonKnown],
) -> list[Field]:
    faults = []
    if not wanted["login"] and not wanted["staff_number"]:
        faults.append(KEY_MISSING)
    owner = by_login.get(wanted["login"] or "")
    if owner and (present is None or owner.id != present.id):
        faults.append(LOGIN_TAKEN)
    if present and not present.active:
        faults.append(
            Field("name", f"{present.name}已停用，请先恢复。", f"{present.name} is deactivated; reactivate first.")
        )
    return faults + checks.person_faults(
        name=values.get("name", "") or (present.name if present else ""),
        login=wanted["login"] or "proposed",
        phone=wanted["phone"],
        email=wanted["email"],
    )


def _disagreement(
    number: int, values: Mapping[str, str], before: dict[str, tuple[int, Mapping[str, str]]]
) -> list[Field]:
    """Rows of one person must say the same of the person; and not name one post twice."""
    keys = [f"{name}:{values[name].lower()}" for name in ("staff_number", "login") if values.get(name)]
    post = "/".join(values.get(key, "") for key in ("department", "title"))
    earlier = next((before[key] for key in keys if key in before), None)
    same = next((before[one] for key in keys if (one := f"{key}/{post}") in before), None)
    for key in keys:
        before.setdefault(key, (number, values))
        before.setdefault(f"{key}/{post}", (number, values))
    if earlier is None:
        return []
    first, said = earlier
    differing = [key for key in PERSON_FIELDS if values.get(key) and said.get(key) and values[key] != said[key]]
    faults = [Field(key, f"与第 {first} 行不一致。", f"Differs from row {first}.") for key in differing]
    if not faults and same:
        faults.append(Field("title", f"与第 {same[0]} 行重复。", f"The same as row {same[0]}."))
    return faults


def _post_changes(post: PostWanted | None, present: PersonKnown | None) -> list[Change]:
    if post is None:
        return []
    held = next((one for one in present.posts if _same(one, post)), None) if present else None
    if held is None:
        return [Change("post", None, {"title": post.title, "roles": list(post.roles or ())})]
    changes = []
    if post.roles is not None and set(post.roles) != set(held.roles):
        changes.append(Change("roles", sorted(held.roles), sorted(post.roles)))
    if post.until_on and post.until_on != held.until_on:
        changes.append(Change("until_on", held.until_on and held.until_on.isoformat(), post.until_on.isoformat()))
    return changes


def _post_faults(
    post: PostWanted | None, changes: Sequence[Change], present: PersonKnown | None, city: City
) -> list[Field]:
    if post is None or not changes:
        return []
    if present and present.id == city.importer:
        return [OWN_POST]
    held = next((one for one in present.posts if _same(one, post)), None) if present else None
    touched = {*(post.roles or ()), *(held.roles if held else ())}
    beyond = sorted(role for role in touched if not city.may_give(role, post.department_id))
    return [Field("roles", f"您不能授予角色“{role}”。", f"You cannot give the role “{role}”.") for role in beyond]


def _same(held: PostKnown, post: PostWanted) -> bool:
    return held.department_id == post.department_id and held.title == post.title


def _roles(text: str, labels: Mapping[str, str]) -> tuple[tuple[str, ...] | None, list[str]]:
    words = read_list(text)
    found = [labels.get(word) or labels.get(word.casefold()) for word in words]
    unknown = [word for word, role in zip(words, found, strict=True) if role is None]
    return (tuple(sorted({role for role in found if role})) if words else None), unknown


def _date(key: str, values: Mapping[str, str], faults: list[Field]) -> date | None:
    text = values.get(key, "")
    day = read_date(text) if text else None
    if text and day is None:
        faults.append(Field(key, f"“{text}”不是日期，如 2026-03-05。", f"“{text}” is no date such as 2026-03-05."))
    return day


def _department_fault(word: str, count: int) -> Field:
    if count:
        return Field(
            "department",
            f"有 {count} 个部门叫“{word}”，请用代码。",
            f"{count} departments are called “{word}”; give the code.",
        )
    return Field("department", f"没有叫“{word}”的部门。", f"There is no department “{word}”.")
