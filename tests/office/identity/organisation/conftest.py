"""A founded city with two bureaus, and ways to put people into it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, actor_with
from zhengtong.kernel.actor import SYSTEM, Actor, Permission
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.kernel.events import EventRow
from zhengtong.office import identity
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import departments, people, posts
from zhengtong.office.identity.tables import Department, Person, Post

PERMISSIONS = identity.capability.permissions


def code(number: int) -> str:
    """A valid code of an invented department."""
    first = f"11990100{number:09d}"
    return first + rules.code_check(first)


@dataclass
class City:
    """What a test does in the city; `session` is its one transaction."""

    session: Session
    now: datetime
    administrator: Actor = field(init=False)
    root: Department = field(init=False)

    def __post_init__(self) -> None:
        identity.found_city(self.session, name_zh="云溪市", name_en="Yunxi", permissions=PERMISSIONS, now=self.now)
        root = queries.root_department(self.session)
        assert root
        self.root = root
        self.tax = self.department("云溪市税务局", 1)
        self.social = self.department("云溪市人社局", 2)
        self.section = self.department("征管科", None, parent=self.tax, kind=rules.Kind.SECTION)
        chief = self.person("李明", self.root, rules.ADMINISTRATOR)
        self.chief = chief
        self.administrator = self.actor(chief)

    def department(
        self, name: str, number: int | None, *, parent: Department | None = None, kind: rules.Kind = rules.Kind.BUREAU
    ) -> Department:
        new = schemas.NewDepartment(
            parent_id=parent.id if parent else None,
            name_zh=name,
            short_name=name.removeprefix("云溪市"),
            code=code(number) if number else None,
            level=rules.Level.CITY,
            kind=kind,
        )
        return departments.add_department(self.session, SYSTEM, new, now=self.now)

    def person(self, name: str, department: Department | None = None, *roles: str, title: str = "科员") -> Person:
        person = people.add_person(self.session, SYSTEM, schemas.NewPerson(name=name), now=self.now)
        if department:
            self.post(person, department, *roles, title=title)
        return person

    def post(self, person: Person, department: Department, *roles: str, title: str = "科员", **dates: Any) -> Post:
        new = schemas.NewPost(department_id=department.id, title=title, roles=list(roles), **dates)
        return posts.give_post(self.session, SYSTEM, person, new, now=self.now)

    def actor(self, person: Person, *, now: datetime | None = None) -> Actor:
        """The person as they are signed in, in their first posting, with a fresh second factor."""
        self.session.flush()
        on = rules.law_day(now or self.now)
        postings = queries.postings_of(self.session, person.id, on=on)
        posting = postings[0] if postings else None
        return Actor(
            subject=person.id,
            kind="person",
            name=person.name,
            post=posting.post.id if posting else None,
            department=posting.post.department_id if posting else None,
            second_factor_at=now or self.now,
            grants=queries.grants_of(self.session, person, posting, on=on),
        )

    def audited(self, action: str) -> list[Audit]:
        self.session.flush()
        return list(self.session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.seq)))

    def announced(self, event: type[Any]) -> list[dict[str, Any]]:
        self.session.flush()
        found = self.session.scalars(select(EventRow).where(EventRow.type == event.type).order_by(EventRow.seq))
        return [row.payload for row in found]


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City(session, now)


@dataclass
class Door:
    """The site over a committed city; `as_(permissions…)` is a client who holds them."""

    database: Database
    client_for: Callable[..., Any]
    ids: dict[str, UUID]

    def as_(self, *permissions: Permission, who: str | None = None, **facts: Any) -> Any:
        facts = {"now": NOW, **({"subject": self.ids[who]} if who else {}), **facts}
        return self.client_for(actor_with(*permissions, **facts))

    def as_administrator(self) -> Any:
        return self.as_(*PERMISSIONS, who="chief")

    def nobody(self) -> Any:
        return self.client_for(None)


@pytest.fixture
def door(database: Database, client_for: Callable[..., Any], clock_at_now: datetime) -> Door:
    with database.write() as session:
        city = City(session, clock_at_now)
        shen = city.person("沈若川", city.tax, rules.OFFICER)
        ids = {
            "chief": city.chief.id,
            "root": city.root.id,
            "tax": city.tax.id,
            "social": city.social.id,
            "section": city.section.id,
            "shen": shen.id,
            "shen_post": queries.posts_of(session, shen.id)[0].id,
        }
    return Door(database, client_for, ids)
