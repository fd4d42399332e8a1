"""Items as they are served: which fields, whose, from which copy. Remembered until a copy is swapped, for five seconds at most."""

import threading
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.sharing.gateway.rules import Field, keys_of
from zhengtong.sharing.gateway.tables import ServingCopy

TOPIC = "gateway.copies"
KEPT_S, MOST_KEPT = 5.0, 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """An item as it is served. `fields` empty: there is no copy of it yet."""

    item_id: UUID
    code: str
    name_zh: str
    name_en: str
    provider_id: UUID
    live: bool
    fields: tuple[Field, ...]
    keys: frozenset[str]
    subjects: tuple[Field, ...]
    data_at: datetime | None
    made_at: datetime | None

    @property
    def copy(self) -> str:
        """The copy's name among the serving copies."""
        return self.item_id.hex

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


def plan_of(session: Session, code: str) -> Plan | None:
    """The item of this code as it is served; None where there is none."""
    item = session.scalar(select(catalogue.Item).where(catalogue.Item.code == code))
    if item is None:
        item = session.scalar(select(catalogue.Item).where(catalogue.Item.number == code))
    if item is None:
        return None
    row = session.get(ServingCopy, item.id)
    fields = tuple(Field.of(one) for one in row.fields) if row else ()
    return Plan(
        item_id=item.id,
        code=item.code,
        name_zh=item.name_zh,
        name_en=item.name_en,
        provider_id=item.department_id,
        live=item.is_live,
        fields=fields,
        keys=frozenset(keys_of(fields)),
        subjects=tuple(one for one in fields if one.subject),
        data_at=row.data_at if row else None,
        made_at=row.made_at if row else None,
    )


class Plans:
    """Plans by code, for many threads."""

    def __init__(self, database: Database, wake: Wake) -> None:
        self._database, self._wake = database, wake
        self._kept: dict[str, tuple[Plan | None, float, int]] = {}
        self._lock = threading.Lock()

    def at_hand(self, code: str, *, monotonic: float) -> tuple[bool, Plan | None]:
        """Whether it is remembered, and what."""
        kept = self._kept.get(code)
        if kept is None or kept[1] < monotonic or kept[2] != self._wake.seen(TOPIC):
            return False, None
        return True, kept[0]

    @property
    def epoch(self) -> int:
        """Another one when plans may have changed."""
        return self._wake.seen(TOPIC)

    def forget(self) -> None:
        """This will have all read anew."""
        with self._lock:
            self._kept.clear()

    def find(self, code: str, *, monotonic: float) -> Plan | None:
        """The plan, read where it is not remembered."""
        known, plan = self.at_hand(code, monotonic=monotonic)
        if known:
            return plan
        seen = self._wake.seen(TOPIC)
        with self._database.read() as session:
            plan = plan_of(session, code)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[code] = (plan, monotonic + KEPT_S, seen)
        return plan
