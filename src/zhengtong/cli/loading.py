"""Loading the sample city through the rooms' own actions, as an administrator would: checked, audited, announced."""

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from types import ModuleType
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong import app
from zhengtong.cli import words
from zhengtong.data import standards
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import deadlines, identity

BATCH = 200
RULE_PACK = "yunxi-sample"
T = TypeVar("T")


def load(city: app.City, sample: ModuleType, size: str) -> dict[str, UUID]:
    """This will put the sample city's departments, staff, residents and firms in place; returns staff ids by login.

    Committed in batches of two hundred; a load that was cut short is begun anew by `zhengtong demo`.
    """
    loading = _Loading(city, sample)
    wanted = sample.SIZES[size]
    loading.departments()
    loading.staff()
    loading.chief_data_officers()
    loading.residents(wanted)
    loading.firms(wanted)
    with city.database.write() as session:
        deadlines.put_bundled_pack(session, SYSTEM, RULE_PACK, now=clock.now())
        for pack in ("national", RULE_PACK):
            standards.put_bundled(session, SYSTEM, pack, now=clock.now())
    return loading.people


class _Loading:
    def __init__(self, city: app.City, sample: ModuleType) -> None:
        self._city = city
        self._sample = sample
        self._departments: dict[str, UUID] = {}
        self.people: dict[str, UUID] = {}

    def departments(self) -> None:
        self._each("部门 | departments", self._sample.departments(), self._department)

    def staff(self) -> None:
        self._each("工作人员 | staff", self._sample.staff(self._sample.SEED), self._person)

    def chief_data_officers(self) -> None:
        bureaus = [one for one in self._sample.departments() if not one.parent]
        self._each("首席数据官 | chief data officers", bureaus, self._chief_data_officer)

    def residents(self, wanted: Any) -> None:
        found = self._sample.residents(self._sample.SEED, wanted.residents)
        self._each("居民 | residents", found, self._resident)

    def firms(self, wanted: Any) -> None:
        found = self._sample.firms(self._sample.SEED, wanted.firms, wanted.residents)
        self._each("企业 | firms", found, self._firm)

    def _each(self, name: str, things: Iterable[T], put: Callable[[Session, T, datetime], None]) -> None:
        done, rest = 0, iter(things)
        while batch := list(islice(rest, BATCH)):
            with self._city.database.write() as session:
                for thing in batch:
                    put(session, thing, clock.now())
            done += len(batch)
            self._progress(f"  {words.half(name)}  {done:,}", last=False)
        self._progress(f"  {words.half(name)}  {done:,}", last=True)

    def _progress(self, line: str, *, last: bool) -> None:
        """On a terminal the line grows in place; elsewhere only its end is kept."""
        terminal = sys.stdout.isatty()
        if terminal or last:
            print(f"\r{line}" if terminal else line, end="\n" if last else "", flush=True)

    def _department(self, session: Session, one: Any, now: datetime) -> None:
        new = identity.NewDepartment(
            parent_id=self._departments.get(one.parent),
            name_zh=one.name,
            name_en=one.name_en,
            short_name=one.short_name,
            code=one.code or None,
            level=one.level,
            kind=one.kind,
            position=len(self._departments),
        )
        self._departments[one.key] = identity.add_department(session, SYSTEM, new, now=now).id

    def _person(self, session: Session, one: Any, now: datetime) -> None:
        posts = [
            identity.NewPost(
                department_id=self._departments[post.department],
                title=post.title,
                roles=list(post.roles),
                from_on=post.since,
                until_on=post.until,
            )
            for post in one.posts
        ]
        new = identity.NewPerson(
            name=one.name,
            login=one.login,
            phone=one.phone,
            email=one.email,
            staff_number=one.staff_number,
            post=posts[0],
        )
        person = identity.add_person(session, SYSTEM, new, now=now)
        for post in posts[1:]:
            identity.give_post(session, SYSTEM, person, post, now=now)
        self.people[one.login] = person.id

    def _chief_data_officer(self, session: Session, one: Any, now: datetime) -> None:
        officer = self._sample.chief_data_officer(self._sample.SEED, one.key)
        department = session.get_one(identity.Department, self._departments[one.key])
        identity.change_department(session, SYSTEM, department, {"cdo_id": self.people[officer.login]}, now=now)

    def _resident(self, session: Session, one: Any, now: datetime) -> None:
        new = identity.NewResident(name=one.name, id_number=one.id_number, phone=one.phone)
        identity.register_resident(session, SYSTEM, new, self._city.engines.keyring, now=now)

    def _firm(self, session: Session, one: Any, now: datetime) -> None:
        new = identity.NewFirm(name=one.name, code=one.code, legal_person=one.legal_person_name, phone=one.phone)
        identity.register_firm(session, SYSTEM, new, now=now)
