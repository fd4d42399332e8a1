"""A small city to run clocks in: a bureau with a section, a data bureau, and the people who are told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from zhengtong.kernel import events
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.jobs import Workers
from zhengtong.office import deadlines, identity
from zhengtong.office.deadlines.permissions import LOAD_CALENDAR


@dataclass(frozen=True)
class City:
    """Ids of departments and people."""

    tax: UUID
    section: UUID
    bureau: UUID
    officer: UUID
    cdo: UUID
    leader: UUID
    steerer: UUID


def plant(session: Session) -> City:
    """This will set the small city up."""
    city = City(*(new_id() for _ in range(7)))
    for role in ("officer", "department_cdo", "leader", "data_bureau"):
        if session.get(identity.Role, role) is None:
            session.add(identity.Role(key=role, zh=role, en=role, scope="own", builtin=True))
    session.flush()
    session.add(identity.RolePermission(role="data_bureau", permission=LOAD_CALENDAR.name))
    for key, parent, name in (
        (city.tax, None, "税务局"),
        (city.section, city.tax, "征管科"),
        (city.bureau, None, "数据管理局"),
    ):
        _department(session, key, parent, name)
    _person(session, city.officer, "沈若川", city.section, "officer")
    _person(session, city.cdo, "周以宁", city.tax, "department_cdo")
    _person(session, city.leader, "顾一舟", city.tax, "leader")
    _person(session, city.steerer, "李明", city.bureau, "data_bureau")
    session.flush()
    return city


def _department(session: Session, key: UUID, parent: UUID | None, name: str) -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    row = identity.Department(
        id=key, parent_id=parent, name_zh=name, name_en=f"{name} (en)", level="city", kind="bureau", created_at=made
    )
    session.add(row)
    session.flush()


def _person(session: Session, key: UUID, name: str, department: UUID, role: str) -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    session.add(identity.Person(id=key, name=name, login=f"{role}-{str(key)[-8:]}", created_at=made))
    session.flush()
    post = identity.Post(
        id=new_id(), person_id=key, department_id=department, title="岗位", from_on=date(2025, 1, 1), until_on=None
    )
    post.roles.append(identity.PostRole(role=role))
    session.add(post)
    session.flush()


@pytest.fixture
def city(session: Session) -> City:
    """The small city, in the test's own transaction."""
    return plant(session)


@pytest.fixture
def standing_city(database: Database) -> City:
    """The small city, committed."""
    database.listeners = events.by_type(deadlines.capability.listeners)
    with database.write() as session:
        return plant(session)


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Iterator[Workers]:
    """The program's own workers on the test's database; `drain()` runs what is due."""
    from zhengtong import app

    given = {
        "kernel": {"database": database_url, "data": tmp_path / "data"},
        "crypto": {"root_key": tmp_path / "keys" / "root.key"},
    }
    opened = app.open_city(app.load_settings(file=tmp_path / "none.toml", given=given))
    yield opened.workers
    opened.database.close()


@pytest.fixture
def start(session: Session, city: City) -> Callable[..., deadlines.Clock]:
    """`start("licence.decide", "2026-03-05T09:00+08:00")`: a clock of the section's officer."""

    def make(rule: str, at: str, *, limit: int | None = None, **duty: Any) -> deadlines.Clock:
        facts = {"department_id": city.section, "person_id": city.officer, **duty}
        about = deadlines.Duty(about=("case", new_id()), name="SL-1120-0316 何记豆花店", **facts)
        now = datetime.fromisoformat(at)
        clock = deadlines.start_clock(session, SYSTEM, rule=rule, duty=about, now=now, limit=limit)
        session.flush()
        return clock

    return make
