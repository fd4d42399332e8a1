"""Names for ids, read once for a whole list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.errors import Words
from zhengtong.office import identity
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import schemas

NOBODY = ("", "")


@dataclass(frozen=True, slots=True)
class Names:
    """Departments, systems and items by id."""

    departments: Mapping[UUID, tuple[str, str, str]]
    subjects: Mapping[UUID, str]
    items: Mapping[UUID, tuple[str, str]]

    def place(self, department_id: UUID | None) -> schemas.SharePlace | None:
        if department_id is None or department_id not in self.departments:
            return None
        zh, en, short = self.departments[department_id]
        return schemas.SharePlace(id=department_id, name_zh=zh, name_en=en, short_name=short)

    def item(self, item_id: UUID | None) -> tuple[str, str]:
        return self.items.get(item_id, NOBODY) if item_id else NOBODY

    def subject(self, subject_id: UUID | None) -> str:
        return self.subjects.get(subject_id, "") if subject_id else ""


def names_of(
    session: Session,
    *,
    departments: Iterable[UUID | None] = (),
    subjects: Iterable[UUID | None] = (),
    items: Iterable[UUID | None] = (),
) -> Names:
    """The names that a list needs."""
    place, one, item = identity.Department, identity.Subject, catalogue.Item
    columns = (place.id, place.name_zh, place.name_en, place.short_name)
    places = select(*columns).where(place.id.in_({d for d in departments if d}))
    people = select(one.id, one.name).where(one.id.in_({s for s in subjects if s}))
    things = select(item.id, item.name_zh, item.name_en).where(item.id.in_({i for i in items if i}))
    return Names(
        {id: (zh, en or zh, short) for id, zh, en, short in session.execute(places)},
        dict(list(session.execute(people))),
        {id: (zh, en or zh) for id, zh, en in session.execute(things)},
    )


def purpose_words(code: str) -> dict[str, str]:
    """A purpose in words."""
    found = agreements.purposes().get(code) or Words(code or "未注明用途", code or "no purpose given")
    return {"zh": found.zh, "en": found.en}


def condition_words(code: str) -> dict[str, str] | None:
    """A condition of the contract in words; None for none."""
    if not code:
        return None
    found = agreements.policy().conditions.get(code)
    return {"zh": found.label.zh, "en": found.label.en} if found else {"zh": code, "en": code}
