"""What the entries make together: a pure function from one state and one entry to the next.

Only what is small is state: members and their keys, agreements, the newest version of each item, points. Receipts, decisions and batches
are leaves and change nothing here. Replaying the whole log gives the same state, whose hash stands in every checkpoint.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhengtong.sharing.ledger.rules.canonical import canonical
from zhengtong.sharing.ledger.rules.entries import Entry, EntryWrong
from zhengtong.sharing.ledger.rules.tree import Digest

Value = Mapping[str, Any]
Place = tuple[str, str]
Read = Callable[[str, str], Value | None]
MEMBERS, CONTRACTS, ITEMS, POINTS = "members", "contracts", "items", "points"
PROPOSED, IN_FORCE, SUSPENDED, ENDED = "proposed", "in_force", "suspended", "ended"
TEXT = ("text_digest",)


@dataclass(frozen=True, slots=True)
class ContractState:
    """An agreement as the ledger knows it. `seals`: the sides that have signed the present version, by member."""

    agreement_id: str
    number: str
    version: int
    terms_digest: str
    status: str
    valid_from: str
    valid_to: str
    provider: str
    consumer: str
    seals: Mapping[str, Value]
    was: Value | None = None
    """The version still in force while a changed one waits for its seals."""
    text_digest: str = ""
    """Of the text that is read and signed; "" where only the terms were (`@1`)."""


@dataclass(frozen=True, slots=True)
class State:
    """All of it; `seq` counts the entries that changed an agreement."""

    members: Mapping[str, Value] = field(default_factory=dict)
    contracts: Mapping[str, Value] = field(default_factory=dict)
    items: Mapping[str, Value] = field(default_factory=dict)
    points: Mapping[str, Value] = field(default_factory=dict)
    seq: int = 0

    def get(self, section: str, key: str) -> Value | None:
        found: Value | None = getattr(self, section).get(key)
        return found

    @property
    def item_versions(self) -> Mapping[str, Value]:
        return self.items

    def to_bytes(self) -> bytes:
        names = (MEMBERS, CONTRACTS, ITEMS, POINTS)
        return canonical({"seq": self.seq, **{name: dict(getattr(self, name)) for name in names}})

    @classmethod
    def of(cls, data: bytes) -> "State":
        return cls(**json.loads(data)) if data else cls()


def apply(state: State, entry: Entry) -> State:
    """The state after the entry. Raises EntryWrong when it cannot follow on this state."""
    changed = effects(state.get, entry)
    sections = {name: {**getattr(state, name)} for name, _ in changed}
    for (name, key), value in changed.items():
        sections[name][key] = dict(value)
    held = {name: sections.get(name, getattr(state, name)) for name in (MEMBERS, CONTRACTS, ITEMS, POINTS)}
    return State(**held, seq=state.seq + entry.type.startswith("agreement."))


def apply_bytes(state: bytes, entry: bytes) -> bytes:
    """`apply` over bytes, for a chain that knows neither. Raises EntryWrong."""
    return apply(State.of(state), Entry.of(entry)).to_bytes()


def effects(read: Read, entry: Entry) -> Mapping[Place, Value]:
    """What the entry changes: new values by section and key. Raises EntryWrong."""
    change = CHANGES.get(entry.type)
    return change(read, entry) if change else {}


def state_hash(digest: Digest, seq: int, parts: Mapping[Place, bytes]) -> bytes:
    """The hash of a state from the digests of its values, by section and key: only what changed is computed again."""
    told = [f"{section}\0{key}\0{parts[section, key].hex()}" for section, key in sorted(parts)]
    return digest("\n".join([str(seq), *told]).encode())


def value_hash(digest: Digest, value: Value) -> bytes:
    """The digest of one value of the state."""
    return digest(canonical(value))


def hash_of(digest: Digest, state: State) -> bytes:
    """The hash of a whole state."""
    sections = {name: getattr(state, name) for name in (MEMBERS, CONTRACTS, ITEMS, POINTS)}
    parts = {(name, key): value_hash(digest, value) for name, held in sections.items() for key, value in held.items()}
    return state_hash(digest, state.seq, parts)


def contract_of(agreement_id: str, value: Value) -> ContractState:
    """One agreement of the state."""
    return ContractState(agreement_id=agreement_id, **value)


def _joined(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body = entry.body
    before = read(MEMBERS, body["member"])
    _need(before is None or bool(before["left"]), entry, "it is a member already")
    key = {"public": body["public"], "custody": body["custody"], "revoked": False}
    keys = {**(before["keys"] if before else {}), body["key_id"]: key}
    return {(MEMBERS, body["member"]): {"name": body["name"], "key_id": body["key_id"], "keys": keys, "left": False}}


def _key_rotated(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body, member = entry.body, _member(read, entry)
    _need(member["key_id"] in ("", body["replaces"]), entry, f"its key is {member['key_id']}, not {body['replaces']}")
    _need(body["key_id"] not in member["keys"], entry, "the key was its own before")
    key = {"public": body["public"], "custody": body["custody"], "revoked": False}
    return {
        (MEMBERS, body["member"]): {**member, "key_id": body["key_id"], "keys": {**member["keys"], body["key_id"]: key}}
    }


def _key_revoked(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body, member = entry.body, _member(read, entry)
    _need(body["key_id"] in member["keys"], entry, f"it has no key {body['key_id']}")
    keys = {**member["keys"], body["key_id"]: {**member["keys"][body["key_id"]], "revoked": True}}
    present = "" if member["key_id"] == body["key_id"] else member["key_id"]
    return {(MEMBERS, body["member"]): {**member, "key_id": present, "keys": keys}}


def _left(read: Read, entry: Entry) -> Mapping[Place, Value]:
    return {(MEMBERS, entry.body["member"]): {**_member(read, entry), "left": True, "key_id": ""}}


def _item(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body = entry.body
    before = read(ITEMS, body["item_id"])
    if before and before["version"] >= body["version"]:
        return {}
    names = ("code", "version", "digest", "level", "share_type")
    return {(ITEMS, body["item_id"]): {name: body[name] for name in names}}


def _proposed(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body = entry.body
    _need(read(CONTRACTS, body["agreement_id"]) is None, entry, "it was proposed before")
    names = ("number", "version", "terms_digest", "valid_from", "valid_to", "provider", "consumer")
    value = {name: body[name] for name in names} | _text(entry)
    return {(CONTRACTS, body["agreement_id"]): {**value, "status": PROPOSED, "seals": {}, "was": None}}


def _countersigned(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body, contract = entry.body, _contract(read, entry)
    _need(contract["status"] != ENDED, entry, "it has ended")
    _same_version(contract, entry)
    _need(body["terms_digest"] == contract["terms_digest"], entry, "these are not the terms that were proposed")
    _need(_text(entry) == _text_of(contract), entry, "this is not the text that was proposed")
    _need(entry.by in (contract["provider"], contract["consumer"]), entry, f"{entry.by} is no side of it")
    seals = {**contract["seals"], entry.by: body["seal"]}
    whole = {contract["provider"], contract["consumer"]} <= set(seals)
    status = IN_FORCE if whole and contract["status"] == PROPOSED else contract["status"]
    was = None if whole else contract["was"]
    return {(CONTRACTS, body["agreement_id"]): {**contract, "seals": seals, "status": status, "was": was}}


def _changed(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body, contract = entry.body, _contract(read, entry)
    _need(contract["status"] != ENDED, entry, "it has ended")
    _need(body["version"] == contract["version"] + 1, entry, f"its version is {contract['version']}")
    names = ("version", "terms_digest", "valid_from", "valid_to")
    was = contract["was"] or {name: contract[name] for name in (*names, "seals")} | _text_of(contract)
    kept = {name: value for name, value in contract.items() if name not in TEXT}
    new = {name: body[name] for name in names} | _text(entry)
    in_force = contract["status"] != PROPOSED
    return {(CONTRACTS, body["agreement_id"]): {**kept, **new, "seals": {}, "was": was if in_force else None}}


def _suspended(read: Read, entry: Entry) -> Mapping[Place, Value]:
    return _moved(read, entry, {IN_FORCE}, SUSPENDED)


def _resumed(read: Read, entry: Entry) -> Mapping[Place, Value]:
    return _moved(read, entry, {SUSPENDED}, IN_FORCE)


def _ended(read: Read, entry: Entry) -> Mapping[Place, Value]:
    return _moved(read, entry, {PROPOSED, IN_FORCE, SUSPENDED}, ENDED)


def _points(read: Read, entry: Entry) -> Mapping[Place, Value]:
    body = entry.body
    before = read(POINTS, body["account"]) or {"points": 0}
    return {(POINTS, body["account"]): {"points": before["points"] + body["points"]}}


CHANGES: Mapping[str, Callable[[Read, Entry], Mapping[Place, Value]]] = {
    "member.joined@1": _joined,
    "member.key_rotated@1": _key_rotated,
    "member.key_revoked@1": _key_revoked,
    "member.left@1": _left,
    "item.version@1": _item,
    "agreement.proposed@1": _proposed,
    "agreement.countersigned@1": _countersigned,
    "agreement.changed@1": _changed,
    "agreement.proposed@2": _proposed,
    "agreement.countersigned@2": _countersigned,
    "agreement.changed@2": _changed,
    "agreement.suspended@1": _suspended,
    "agreement.resumed@1": _resumed,
    "agreement.ended@1": _ended,
    "points.moved@1": _points,
}


def _moved(read: Read, entry: Entry, before: set[str], after: str) -> Mapping[Place, Value]:
    contract = _contract(read, entry)
    _need(contract["status"] in before, entry, f"it is {contract['status']}")
    return {(CONTRACTS, entry.body["agreement_id"]): {**contract, "status": after}}


def _text(entry: Entry) -> dict[str, Any]:
    """What an entry says of the text; nothing for those of the first form, which bind the terms alone."""
    return _text_of(entry.body) if entry.type.endswith("@2") else {}


def _text_of(value: Value) -> dict[str, Any]:
    return {name: value[name] for name in TEXT if name in value}


def _same_version(contract: Value, entry: Entry) -> None:
    _need(entry.body["version"] == contract["version"], entry, f"its version is {contract['version']}")


def _contract(read: Read, entry: Entry) -> Value:
    found = read(CONTRACTS, entry.body["agreement_id"])
    if found is None:
        raise EntryWrong(f"{entry.type}: there is no agreement {entry.body['agreement_id']}")
    return found


def _member(read: Read, entry: Entry) -> Value:
    found = read(MEMBERS, entry.body["member"])
    if found is None or found["left"]:
        raise EntryWrong(f"{entry.type}: {entry.body['member']} is no member")
    return found


def _need(right: bool, entry: Entry, why: str) -> None:
    if not right:
        raise EntryWrong(f"{entry.type} of {entry.about or entry.id}: {why}")
