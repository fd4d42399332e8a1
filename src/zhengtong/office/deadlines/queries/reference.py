"""The calendar and the rules as they hold here: what is bundled, under what was loaded in this city."""

import hashlib
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import assets
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.errors import PackNotFound
from zhengtong.office.deadlines.tables import CalendarYear, Layer, RulePack

NATIONAL = "cn-national-2025"
T = TypeVar("T")
_built: dict[tuple[str, ...], object] = {}
_lock = Lock()
_KEPT = 8


def digest_of(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def bundled_years() -> tuple[rules.YearPlan, ...]:
    """The years that came with this release."""
    files = sorted((assets.path("rules") / "calendar").glob("cn-*.json"))
    return tuple(rules.read_year(file.read_text("utf-8")) for file in files)


@cache
def bundled_packs() -> dict[str, str]:
    """The texts of the rule packs that came with this release, by name."""
    files = sorted((assets.path("rules") / "deadlines").glob("*.yaml"))
    return {file.stem: file.read_text("utf-8") for file in files}


def bundled_pack(name: str) -> str:
    """The text of a bundled rule pack. Raises PackNotFound."""
    try:
        return bundled_packs()[name]
    except KeyError:
        raise PackNotFound(pack=name) from None


def calendar(session: Session) -> rules.WorkCalendar:
    """The working days as they are known here: the bundled years, loaded years instead of them, the city's own days on top."""
    rows = loaded_years(session)
    return _once(("calendar", *(f"{row.layer}:{row.digest}" for row in rows)), lambda: _calendar(rows))


def loaded_years(session: Session) -> list[CalendarYear]:
    """The years loaded here that hold, in order."""
    holding = select(CalendarYear).where(CalendarYear.replaced_at.is_(None))
    return list(session.scalars(holding.order_by(CalendarYear.year, CalendarYear.layer)))


def _calendar(rows: list[CalendarYear]) -> rules.WorkCalendar:
    national = {plan.year: plan for plan in bundled_years()}
    national |= {row.year: rules.YearPlan.model_validate(row.content) for row in rows if row.layer is Layer.NATIONAL}
    own = [rules.YearPlan.model_validate(row.content) for row in rows if row.layer is Layer.CITY]
    return rules.WorkCalendar((*national.values(), *(plan for plan in own if plan.year in national)))


def rulebook(session: Session) -> rules.RuleBook:
    """The rules as they hold here: the national pack, then the packs put in force, later ones on top."""
    rows = packs_in_force(session)
    return _once(("rules", *(row.digest for row in rows)), lambda: _rulebook(rows))


def packs_in_force(session: Session) -> list[RulePack]:
    """The packs put in force here, in the order in which they override."""
    return list(session.scalars(select(RulePack).where(RulePack.retired_at.is_(None)).order_by(RulePack.position)))


def _rulebook(rows: list[RulePack]) -> rules.RuleBook:
    put = [parsed(row.text) for row in rows]
    base = [] if any(pack.pack == NATIONAL for pack in put) else [parsed(bundled_pack(NATIONAL))]
    return rules.RuleBook(tuple(sorted([*base, *put], key=lambda pack: not pack.national)))


@cache
def parsed(text: str) -> rules.Pack:
    """The pack of this text, read once. Raises PackWrong."""
    return rules.read_pack(text)


def _once(key: tuple[str, ...], build: Callable[[], T]) -> T:
    found = _built.get(key)
    if found is None:
        found = build()
        with _lock:
            while len(_built) >= _KEPT:
                _built.pop(next(iter(_built)))
            _built[key] = found
    return found  # type: ignore[return-value]  # the key names the kind of what is kept
