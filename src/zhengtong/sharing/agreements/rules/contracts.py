"""What the contract is decided on: the policy, agreements as Cedar entities, the snapshot of them, the call and the answer."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements.rules.states import Status
from zhengtong.sharing.agreements.rules.terms import LEVELS, RowRule, Terms, canonical


@dataclass(frozen=True, slots=True)
class Condition:
    """One policy in words: what it is called, why it refuses, what to do."""

    label: Words
    why: Words
    remedy: Words


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policies: parsed for Cedar, and each in words."""

    version: str
    parsed: Any = field(repr=False, compare=False)
    conditions: Mapping[str, Condition] = field(repr=False, compare=False)

    @classmethod
    def of(cls, version: str, text: str, conditions: Mapping[str, Any]) -> "Policy":
        """Parsed once. Raises ValueError when Cedar cannot read it."""
        import cedarpy

        return cls(version, cedarpy.PolicySet.from_str(text), {key: _condition(one) for key, one in conditions.items()})


@dataclass(frozen=True, slots=True)
class Contract:
    """One agreement as decisions see it. `inputs`: its part of the canonical inputs, made once a snapshot."""

    id: str
    number: str
    version: int
    status: Status
    provider: str
    consumers: tuple[str, ...]
    terms: Terms
    terms_digest: str
    inputs: bytes

    @classmethod
    def of(
        cls,
        *,
        id: str,
        number: str,
        version: int,
        status: Status,
        parties: tuple[str, Iterable[str]],
        terms: Terms,
        terms_digest: str,
    ) -> "Contract":
        """With its inputs prepared. `parties`: the provider, and the consumer with those it was merged into."""
        provider, consumers = parties[0], tuple(sorted(parties[1]))
        told = {
            "attributes": _attributes(status, consumers, terms),
            "digest": terms_digest,
            "id": id,
            "number": number,
            "version": version,
        }
        return cls(id, number, version, status, provider, consumers, terms, terms_digest, canonical(told))

    def entity(self) -> dict[str, Any]:
        """Its Cedar entity."""
        return entity_of(self.id, _attributes(self.status, self.consumers, self.terms))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What decisions are made on: every agreement as of `seq`, the catalogue's field levels by item, the working days, the policy."""

    seq: int
    policy: Policy
    contracts: Mapping[str, Contract]
    """By number, and by id in hex."""
    levels: Mapping[str, Mapping[str, str]]
    works: Callable[[date], bool] = field(repr=False, compare=False)
    """Whether a day is worked; False also for a year that is not known."""
    entities: Any = field(repr=False, compare=False)
    forms: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """Forms of calls made on this snapshot (rules/forms.py), each with what was evaluated."""
    moments: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)
    """Minutes since 1970 as the contract sees them."""

    @classmethod
    def of(
        cls,
        seq: int,
        policy: Policy,
        contracts: Iterable[Contract],
        *,
        levels: Mapping[str, Mapping[str, str]],
        works: Callable[[date], bool],
    ) -> "Snapshot":
        """With its entities parsed once."""
        import cedarpy

        found = list(contracts)
        entities = cedarpy.Entities.from_json_str(json.dumps([one.entity() for one in found]))
        named = {one.number: one for one in found} | {one.id: one for one in found}
        return cls(seq, policy, named, levels, works, entities)

    def find(self, agreement: str) -> Contract | None:
        """The agreement with this number or id."""
        return self.contracts.get(agreement)


class CallRequest(NamedTuple):
    """One call as the gateway sees it. Ids are UUIDs or text of them; `keys`: units of quota it takes, at least one; "" is none."""

    agreement: str
    item_id: UUID | str
    operation: str
    fields: tuple[str, ...]
    purpose: str
    department_id: UUID | str
    at: datetime
    case_number: str = ""
    system_id: UUID | str = ""
    person_id: UUID | str = ""
    post: UUID | str = ""
    second_factor_at: datetime | None = None
    address: str = ""
    keys: int = 1

    def __repr__(self) -> str:
        return f"CallRequest({self.agreement}, {self.operation}, {self.at.isoformat()})"


class Decision(NamedTuple):
    """The answer, in words too. `failed`: the conditions not met. `fields`: what to give, with masks; `rows`: which rows;
    `bands`: of generalised fields, the width of a band or `yes_no`, where the terms say so; `masks`: both as one, `general:100000`.

    `inputs`: canonical, to be sealed off-ledger; `outcome`: `allow` or `deny:` and the conditions, as `redecide` gives it again;
    `shared`: how many bytes the inputs begin with that other calls have in common with it, those most alike first (`Form.inputs_of`):
    beyond the first of them there is nothing but the quota used, whether it was a working day, and the policy's version.
    """

    allowed: bool
    code: str
    why: Words
    remedy: Words
    policy_version: str
    fields: Mapping[str, str]
    rows: tuple[RowRule, ...]
    inputs: bytes
    outcome: str = ""
    failed: tuple[str, ...] = ()
    bands: Mapping[str, str] = MappingProxyType({})
    masks: Mapping[str, str] = MappingProxyType({})
    shared: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"Decision({self.outcome}, policy {self.policy_version})"

    @property
    def zh(self) -> str:
        return self.why.zh

    @property
    def en(self) -> str:
        return self.why.en

    @property
    def remedy_zh(self) -> str:
        return self.remedy.zh

    @property
    def remedy_en(self) -> str:
        return self.remedy.en

    def inputs_digest(self, digest: Callable[[bytes], bytes]) -> str:
        """The fingerprint of the inputs in hex; `digest` is SM3."""
        return digest(self.inputs).hex()


def _attributes(status: Status, consumers: Iterable[str], terms: Terms) -> dict[str, Any]:
    return {
        "status": str(status),
        "consumers": [{"__entity": {"type": "Zhengtong::Department", "id": one}} for one in consumers],
        "systems": list(terms.systems),
        "persons": list(terms.persons),
        "posts": list(terms.posts),
        "items": list(terms.item_ids),
        "fields": sorted(
            f"{item}/{name}" for item, masks in terms.fields.items() for name in masks if gives(masks, name)
        ),
        "purposes": list(terms.purposes),
        "ways": list(terms.ways),
        "case_required": terms.case_required,
        "second_factor": terms.second_factor,
        "level": LEVELS.index(terms.level) + 1,
        "exception": bool(terms.exception.strip()),
        "workdays_only": terms.workdays_only,
        "opens": terms.opens,
        "closes": terms.closes,
        "valid_from": date.fromisoformat(terms.valid_from).toordinal(),
        "valid_to": date.fromisoformat(terms.valid_to).toordinal(),
        "daily_quota": terms.daily_quota,
        "total_quota": terms.total_quota,
        "max_rows": terms.max_rows,
    }


def entity_of(id: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An agreement's Cedar entity."""
    return {"uid": {"type": "Zhengtong::Agreement", "id": id}, "attrs": attributes, "parents": []}


def gives(masks: Mapping[str, str], name: str) -> bool:
    """True where the field is given at all."""
    return masks.get(name, "omit") != "omit"


def _condition(one: Mapping[str, Any]) -> Condition:
    why, remedy = one["why"], one["remedy"]
    return Condition(Words(one["zh"], one["en"]), Words(why["zh"], why["en"]), Words(remedy["zh"], remedy["en"]))
