"""What stands on the ledger: typed entries, each type with the fields it must have; never edited, `@2` is added."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from zhengtong.sharing.ledger.rules.canonical import NotCanonical, canonical, read

CITY = "city"
_MEMBER = {"member": str, "key_id": str, "public": str, "custody": str}
_AGREEMENT = {"agreement_id": str, "version": int, "reason": str}
_TERMS = {"agreement_id": str, "number": str, "version": int, "terms_digest": str, "valid_from": str, "valid_to": str}
_TEXT = {"text_digest": str}

TYPES: Mapping[str, Mapping[str, type]] = {
    "member.joined@1": {**_MEMBER, "name": str},
    "member.key_rotated@1": {**_MEMBER, "replaces": str},
    "member.key_revoked@1": {"member": str, "key_id": str, "reason": str},
    "member.left@1": {"member": str, "reason": str},
    "item.version@1": {"item_id": str, "code": str, "version": int, "digest": str, "level": str, "share_type": str},
    "batch.landed@1": {"batch_id": str, "item_id": str, "digest": str, "rows": int, "table": str, "version": int, "files": dict},
    "agreement.proposed@1": {**_TERMS, "provider": str, "consumer": str},
    "agreement.countersigned@1": {"agreement_id": str, "version": int, "terms_digest": str, "seal": dict},
    "agreement.changed@1": _TERMS,
    "agreement.proposed@2": {**_TERMS, **_TEXT, "provider": str, "consumer": str},
    "agreement.countersigned@2": {"agreement_id": str, "version": int, "terms_digest": str, **_TEXT, "seal": dict},
    "agreement.changed@2": {**_TERMS, **_TEXT},
    "agreement.suspended@1": _AGREEMENT,
    "agreement.resumed@1": _AGREEMENT,
    "agreement.ended@1": _AGREEMENT,
    "decision@1": {},
    "receipt@1": {},
    "points.moved@1": {"account": str, "points": int, "reason": str},
    "audit.head@1": {"seq": int, "digest": str},
    "anchor@1": {"digest": str},
}  # fmt: skip
CONSENSUS = ("member.", "agreement.", "points.")
"""What a chain of several validators orders one by one; the rest is anchored by root."""

UNLISTED = ("receipt@1", "decision@1")
"""Types that are many: not listed by what they are about."""
ABOUT = ("agreement_id", "item_id", "member", "account")


class EntryWrong(ValueError):
    """The entry cannot stand on the ledger; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `by`: the member that says so (a department's id in hex) or "city"; `body`: its facts, never personal data."""

    type: str
    id: UUID
    at: datetime
    by: str
    body: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """The canonical bytes that the leaf is made of. Raises EntryWrong."""
        check(self)
        try:
            body = canonical(dict(self.body))
        except NotCanonical as wrong:
            raise EntryWrong(f"{self.type}: {wrong}") from None
        head = f'{{"at":"{instant(self.at)}","body":'
        tail = f',"by":"{self.by}","id":"{self.id}","type":"{self.type}"}}'
        return head.encode() + body + tail.encode()

    @classmethod
    def of(cls, data: bytes) -> "Entry":
        """Read back. Raises EntryWrong for anything that is not a canonical entry of a known type."""
        try:
            told = read(data)
            entry = cls(told["type"], UUID(told["id"]), read_instant(told["at"]), told["by"], told["body"])
        except (NotCanonical, KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise EntryWrong(f"not an entry: {wrong}") from None
        if entry.to_bytes() != data:
            raise EntryWrong("not an entry: it has other fields beside at, body, by, id, type")
        return entry

    @property
    def about(self) -> str:
        """The agreement, item, member or account that it is about; "" for receipts and the like, which are many."""
        if self.type in UNLISTED:
            return ""
        return next((str(self.body[name]) for name in ABOUT if name in self.body), "")

    @property
    def needs_consensus(self) -> bool:
        return self.type.startswith(CONSENSUS)


def check(entry: Entry) -> None:
    """Raises EntryWrong unless the type is known and its fields are there and of their kind."""
    fields = TYPES.get(entry.type)
    if fields is None:
        raise EntryWrong(f"there is no type of entry {entry.type!r}")
    if not entry.by.isalnum() or not entry.by.isascii():
        raise EntryWrong(f"{entry.type} is by a member, or by the city, not by {entry.by!r}")
    body = entry.body
    for name, kind in fields.items():
        if type(body.get(name)) is not kind:
            raise EntryWrong(f"{entry.type} needs {name} ({kind.__name__}), not {body.get(name)!r}")


@functools.lru_cache(4096)
def instant(at: datetime) -> str:
    """A time as it stands on the ledger: UTC to the microsecond.

    >>> instant(datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    '2026-03-05T01:00:00.000000Z'
    """
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def read_instant(text: str) -> datetime:
    """Read back. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or instant(at) != text:
        raise ValueError(f"{text} is not a UTC time to the microsecond")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Written(Entry):
    """An entry of a form, its bytes made already; `body` is empty, for the bytes have it."""

    data: bytes = b""

    def to_bytes(self) -> bytes:
        return self.data


class EntryForm:
    """Receipts or decisions that are alike but for some values of their body: the rest is written once.

    `write` gives the bytes that `Entry.to_bytes` gives of the same entry.
    """

    def __init__(self, type: str, by: str, body: Mapping[str, Any], given: Collection[str]) -> None:
        """`body`: what is the same; `given`: the names that each entry gives. Raises EntryWrong."""
        if type not in UNLISTED:
            raise EntryWrong(f"{type} changes the state or is about something; it has no form")
        whole = {**body, **dict.fromkeys(given, "")}
        check(Entry(type, UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC), by, whole))
        self._type, self._by, self.given = type, by, tuple(sorted(given))
        body_of = [
            _literal(canonical(name)) + b":%b" if name in given else _literal(canonical({name: whole[name]})[1:-1])
            for name in sorted(whole)
        ]
        tail = f'}},"by":"{by}","id":"%b","type":"{type}"}}'.encode()
        self._form = b'{"at":"%b","body":{' + b",".join(body_of) + tail

    def write(self, id: UUID, at: datetime, *values: Any) -> Written:
        """The entry with these values, in the order of `given`. Raises EntryWrong."""
        if len(values) != len(self.given):
            raise EntryWrong(f"{self._type} needs {', '.join(self.given)}")
        try:
            told = [canonical(value) for value in values]
        except NotCanonical as wrong:
            raise EntryWrong(f"{self._type}: {wrong}") from None
        data = self._form % (instant(at).encode(), *told, str(id).encode())
        return Written(self._type, id, at, self._by, _NO_BODY, data)


def _literal(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")


_NO_BODY: Mapping[str, Any] = MappingProxyType({})
