"""At whose hand a business system calls: it names a member of its department's staff, under its seal.

That they are staff there today is looked up; when they showed a second factor is their department's word, as it is for what happens in
its own systems (decision 0025).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from zhengtong.kernel import clock
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Field
from zhengtong.office import identity
from zhengtong.sharing.gateway.errors import CallMalformed

BELIEVED = timedelta(seconds=60)
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Hand:
    """A member of staff and the posts they hold in the caller's department; `factor_at` by this city's clock."""

    person_id: UUID
    posts: tuple[UUID, ...]
    factor_at: datetime | None = None


class Hands:
    """Who was found stays known for a minute, in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[UUID, str], tuple[datetime, UUID, tuple[UUID, ...]]] = {}

    def find(self, department_id: UUID, person: str, factor_at: datetime | None, *, now: datetime) -> Hand:
        """`factor_at`: by the caller's clock. Raises CallMalformed where the department has nobody of that name."""
        until, person_id, posts = self._known.get((department_id, person), (now, None, ()))
        if person_id is None or until <= now:
            with self._database.read() as session:
                found = identity.staff_called(session, person, department_id, on=identity.law_day(now))
            if not found:
                raise _nobody()
            person_id, posts = found[0].person_id, tuple(one.id for one in found)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[department_id, person] = (now + BELIEVED, person_id, posts)
        return Hand(person_id, posts, factor_at + (now - clock.outside(now)) if factor_at else None)


def _nobody() -> CallMalformed:
    zh = "本部门没有这位在岗人员：填其登录名或工号。"
    en = "The department has no such member of staff today: give their login or staff number."
    return CallMalformed(fields=[Field("X-Zhengtong-Person", zh, en)])
