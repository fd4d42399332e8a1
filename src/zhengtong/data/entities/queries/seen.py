"""Records as they are compared: codes opened, columns made ready, and those that share a key."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.entities import rules
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.tables import Key, ModelRow, Record
from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel import assets
from zhengtong.office import identity

T = TypeVar("T")
AT_ONCE = 500
A_LIFE = 100  # years after birth at which a number is read, so that its validity does not change with the day


@dataclass(frozen=True, slots=True)
class Seen:
    """A record ready to be compared. `code`: its valid code's index, by which equal ones are found."""

    id: UUID
    kind: Kind
    mark: str
    code: str | None
    columns: Mapping[str, str]


def is_valid_code(kind: Kind, code: str) -> bool:
    """True where the code passes its check digit: only such a code makes two records one, or keeps them two."""
    if kind is Kind.FIRM:
        return identity.is_code(code)
    lived = code[6:10]
    return lived.isdigit() and 1800 < int(lived) < 2200 and _reads(code, date(int(lived) + A_LIFE, 12, 31))


def _reads(code: str, on: date) -> bool:
    return identity.read_id_number(code, on=on) is not None


def code_of(record: Record, keyring: Keyring) -> str:
    """The record's code number, opened. Mask it before it is shown."""
    if record.code_sealed is None:
        return str(record.values.get("code", ""))
    return keyring.open(Purpose.SUBJECTS, record.code_sealed, record.id.bytes).decode()


def seen(record: Record, keyring: Keyring) -> Seen:
    """The record, ready to be compared."""
    values = {**record.values, "code": code_of(record, keyring)}
    columns = rules.ready(record.kind, values, valid=record.code_index is not None)
    return Seen(record.id, record.kind, record.mark, record.code_index, columns)


def records_of(session: Session, ids: Collection[UUID]) -> list[Record]:
    """The live records with these ids."""
    found: list[Record] = []
    for some in chunks(ids):
        found += session.scalars(select(Record).where(Record.id.in_(some), Record.gone_at.is_(None)))
    return found


def chunks(things: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The things, `size` at a time."""
    held: list[T] = []
    for thing in things:
        held.append(thing)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def hashes(kind: Kind, columns: Mapping[str, str], keyring: Keyring) -> list[str]:
    """The record's blocking keys as they are kept: 16 hex digits, blind where they are made of a code number."""
    found = []
    for name in rules.KEYS[kind]:
        if not columns[name]:
            continue
        text = f"{kind}:{name}:{columns[name]}"
        blind = kind is Kind.PERSON and name.startswith("by_code")
        digest = keyring.blind_index(Purpose.SUBJECTS, text) if blind else hashlib.blake2b(text.encode()).hexdigest()
        found.append(digest[:16])
    return list(dict.fromkeys(found))


def sharing_keys(session: Session, wanted: Mapping[UUID, Collection[str]]) -> dict[UUID, set[UUID]]:
    """For each record (id → its hashes) the other records that share a key with it."""
    holders: dict[str, list[UUID]] = {}
    for some in chunks({one for held in wanted.values() for one in held}):
        for told, record_id in session.execute(select(Key.hash, Key.record_id).where(Key.hash.in_(some))):
            holders.setdefault(told, []).append(record_id)
    return {
        record_id: {other for one in held for other in holders.get(one, ()) if other != record_id}
        for record_id, held in wanted.items()
    }


@cache
def bundled_model(kind: Kind) -> rules.Model:
    """The model that came with this release (number 0)."""
    import json

    told: dict[str, Any] = json.loads(
        (assets.path("rules") / "entities" / f"model-{kind.value}.json").read_text("utf-8")
    )
    return rules.Model.of(told)


def model_in_use(session: Session, kind: Kind) -> rules.Model:
    """The model that scores: the one put in use, else the bundled one."""
    row = session.scalar(select(ModelRow).where(ModelRow.kind == kind, ModelRow.in_use.is_(True)))
    return rules.Model.of(row.content) if row else bundled_model(kind)
