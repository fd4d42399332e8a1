"""The three hundred people who work for the city: their posts, titles and roles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from . import names, story
from .dice import Dice
from .government import Department, departments, offices_of

STAFF = 300
_Chair = tuple[str, str, tuple[str, ...]]  # department or office, title, roles
_PINNED = {"labour": ("0131",), "approval": ("0088",)}  # numbers of officers that the story mentions without a name


@dataclass(frozen=True, slots=True)
class Post:
    """One post: a department (or office) by key, title, role keys, and the days it lasts (`until` None: still held)."""

    department: str
    title: str
    roles: tuple[str, ...]
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff; the first post is the main one."""

    staff_number: str
    login: str
    name: str
    name_en: str
    sex: str
    phone: str
    email: str
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class _Seat:
    department: Department
    post: Post
    part: story.Part | None = None


@cache
def staff(seed: int) -> tuple[Person, ...]:
    """Everyone, by department, heads first. The people of the story keep their names and numbers."""
    dice = Dice("city", seed, "staff")
    seats = [seat for one in departments() if not one.parent for seat in _seats(dice, one)]
    numbers = _numbers(dice, seats)
    taken: set[str] = set()
    return tuple(_person(dice, seat, number, taken) for seat, number in zip(seats, numbers, strict=True))


def chief_data_officer(seed: int, department: str) -> Person:
    """The CDO of a department, by its key."""
    return next(
        person
        for person in staff(seed)
        if person.posts[0].department == department and "department_cdo" in person.posts[0].roles
    )


def _seats(dice: Dice, department: Department) -> Iterator[_Seat]:
    """The seats of a department, those of the story filled first where they belong."""
    cast = [part for part in story.CAST if part.department == department.key]
    for key, title, roles in _plan(department):
        part = next((one for one in cast if (one.title, one.office) == (title, key.partition("/")[2])), None)
        part = part if part and part.role in roles else None
        if part:
            cast.remove(part)
        since = date(dice.between(2014, 2025), dice.between(1, 12), dice.pick((1, 8, 15, 22)))
        yield _Seat(department, Post(key, title, roles, since), part)
    if cast:
        raise ValueError(f"no seat in {department.key} for {cast[0].name}")


def _plan(department: Department) -> list[_Chair]:
    """(department or office, title, roles) for each seat, as many as the department has staff."""
    key, worker = department.key, {"audit": "auditor", "data": "data_bureau"}.get(department.key, "officer")
    heads = {"government": "秘书长", "health": "主任"}.get(key, "局长")
    plan: list[_Chair] = [
        (key, heads, ("leader",)),
        (key, f"副{heads}", ("department_cdo",)),
        (key, f"副{heads}", ("leader",)),
    ]
    for office in offices_of(key):
        plan.append((office.key, "主任" if office.short_name.endswith("中心") else "科长", (worker,)))
    while len(plan) < department.staff:
        places = [office.key for office in offices_of(key)] or [key]
        plan.append((places[len(plan) % len(places)], "审计专员" if key == "audit" else "经办人", (worker,)))
    _give(plan, _sharing_seat(key, plan), "sharing_office")
    _give(plan, len(plan) - 1, "department_admin")
    if key == "data":
        running = [at for at, seat in enumerate(plan) if seat[0] == "data/运行保障科"]
        for at in running[:2]:
            plan[at] = (*plan[at][:2], ("administrator",))
    return plan


def _sharing_seat(key: str, plan: list[_Chair]) -> int:
    """The seat that keeps the department's sharing desk (共享工作机构): a data office's chief, else an officer."""
    office = {"tax": "数据科", "police": "信息通信科", "labour": "信息科", "data": "共享协调科"}.get(key)
    chiefs = (at for at, seat in enumerate(plan) if seat[:2] == (f"{key}/{office}", "科长"))
    return next(chiefs, len(plan) - 2)


def _give(plan: list[_Chair], at: int, role: str) -> None:
    place, title, roles = plan[at]
    plan[at] = (place, title, (*roles, role))


def _numbers(dice: Dice, seats: list[_Seat]) -> list[str]:
    """A staff number for each seat, 0001 to 0300, mixed; the story's are kept."""
    wanted = {at: seat.part.staff_number for at, seat in enumerate(seats) if seat.part}
    for key, pinned in _PINNED.items():
        free = [at for at, seat in enumerate(seats) if seat.department.key == key and not seat.part][-2:]
        wanted.update(zip(free, pinned, strict=False))
    pool = [number for n in range(1, len(seats) + 1) if (number := f"{n:04d}") not in wanted.values()]
    return [wanted.get(at) or pool.pop(dice.below(len(pool))) for at in range(len(seats))]


def _person(dice: Dice, seat: _Seat, number: str, taken: set[str]) -> Person:
    sex = seat.part.sex if seat.part else dice.pick(("male", "female"))
    family = names.surname_of(seat.part.name) if seat.part else names.surname(dice)
    drawn = names.given(dice, sex, dice.between(1967, 2001))
    name = seat.part.name if seat.part else family.zh + drawn
    name_en = names.in_english(family, name.removeprefix(family.zh))
    login = _login(name_en, number, taken)
    return Person(
        staff_number=number,
        login=login,
        name=name,
        name_en=name_en,
        sex=sex,
        phone=f"1699{int(number) * 4_567_891 % 10_000_000:07d}",
        email=f"{login}@{seat.department.key}.yunxi.example",
        posts=(seat.post, *_other_posts(dice, seat)),
    )


def _login(name_en: str, number: str, taken: set[str]) -> str:
    login = name_en.lower().replace(" ", "")
    login = login if login not in taken else f"{login}{int(number)}"
    taken.add(login)
    return login


def _other_posts(dice: Dice, seat: _Seat) -> tuple[Post, ...]:
    """Some also sit at the service hall for a while (派驻窗口), some held an earlier post."""
    key = seat.department.key
    if seat.part or key in ("government", "approval", "audit") or "officer" not in seat.post.roles:
        return ()
    if dice.chance(6):
        return (Post("approval/综合受理科", "派驻窗口经办人", ("officer",), date(2026, 1, 5), date(2027, 1, 4)),)
    if dice.chance(6):
        return (Post(key, "借调人员", ("officer",), date(2022, 3, 1), date(2024, 2, 29)),)
    return ()
