"""With what a thread is read, and what hangs on the end by which it was entered."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.rules import Kind
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.given import Givens
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.sharing import agreements, gateway, ledger


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, in which transaction, with which keys."""

    session: Session
    actor: Actor
    settings: Settings
    keyring: Keyring
    crypto: Crypto
    now: datetime

    @classmethod
    def of(cls, session: Session, actor: Actor, givens: Givens, *, now: datetime) -> "Reading":
        """With the city's own keys and settings."""
        return cls(session, actor, givens[Settings], givens[Keyring], givens[Crypto], now)

    @property
    def origin(self) -> str:
        return ledger.origin_of(self.settings)

    @property
    def needed(self) -> int:
        return self.settings.of(ledger.Ledger).witnesses_needed


@dataclass(frozen=True, slots=True)
class Focus:
    """One path through the city: the things themselves, whoever may see them. `body`: what the call's entry says on the ledger.

    `lake_version`: the lake's version that the call was answered from. `person`: who asks about their own data.
    """

    kind: Kind
    id: str
    batch: intake.Batch | None = None
    item: catalogue.Item | None = None
    version: int | None = None
    field: str = ""
    lake_version: int | None = None
    agreement: agreements.Agreement | None = None
    terms_version: int | None = None
    call: gateway.Call | None = None
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    person: gateway.Person | None = None


def body_of(row: ledger.LedgerEntry | None) -> Mapping[str, Any]:
    """What an entry says; nothing where its bytes can no more be read."""
    try:
        body = json.loads(row.entry)["body"] if row else {}
    except (ValueError, KeyError, TypeError):
        return {}
    return body if isinstance(body, dict) else {}


def parties(reading: Reading, ids: Iterable[UUID | None]) -> list[schemas.ThreadParty]:
    """Departments by name, in the order asked for."""
    wanted = [one for one in ids if one]
    place = identity.Department
    rows = reading.session.scalars(select(place).where(place.id.in_(wanted)))
    found = {one.id: one for one in rows}
    return [
        schemas.ThreadParty(
            id=one.id, name_zh=one.name_zh, name_en=one.name_en or one.name_zh, short_name=one.short_name
        )
        for one in (found[id] for id in dict.fromkeys(wanted) if id in found)
    ]


def words(zh: str, en: str) -> schemas.ThreadWords:
    return schemas.ThreadWords(zh=zh, en=en)


def fact(zh: str, en: str, value: object, value_en: object = None) -> schemas.ThreadFact:
    """A fact; its value is told alike in both languages unless `value_en` is given."""
    return schemas.ThreadFact(zh=zh, en=en, value=words(str(value), str(value if value_en is None else value_en)))


def item_words(item: catalogue.Item) -> schemas.ThreadWords:
    return words(item.name_zh, item.name_en or item.name_zh)
