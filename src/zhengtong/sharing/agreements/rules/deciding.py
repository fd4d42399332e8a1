"""The contract: may this call be answered? Cedar decides over agreements as entities; any error in evaluation is a refusal.

`decide` is a pure function of a frozen snapshot, the call and the counters; its canonical inputs hold all that it looked at, so
that `redecide` gives the same outcome from them alone, years later. Cedar sees of time the law day and the minute, and of the
counters whether something is left: so calls alike within a minute are one evaluation, which a snapshot remembers (Cedar has no
clock, no chance and no I/O: the same question has the same answer).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements.rules.states import STATUS_WORDS, Status
from zhengtong.sharing.agreements.rules.terms import (
    DAY_MINUTES,
    LEVELS,
    OPERATIONS,
    RowRule,
    Terms,
    canonical,
    level_after,
    mask_kind,
    strictest,
)

CITY_TIME = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other offset since 1991
STEP_UP_LASTS = timedelta(minutes=10)
ALLOW, UNKNOWN, ERROR, PARTY = "allow", "unknown", "error", "party"
UNLISTED_LEVEL = "core"
REMEMBERED = 20_000


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
    inputs: bytes = field(repr=False)

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
        return _entity(self.id, _attributes(self.status, self.consumers, self.terms))


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
    known: dict[tuple[Any, ...], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    """Evaluations made on this snapshot, by the whole question."""

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


@dataclass(frozen=True, slots=True)
class CallRequest:
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
    address: str = field(default="", repr=False)
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, in words too. `failed`: the conditions not met. `fields`: what to give, with masks; `rows`: which rows;
    `bands`: of generalised fields, the width of a band or `yes_no`, where the terms say so.

    `inputs`: canonical, to be sealed off-ledger; `outcome`: `allow` or `deny:` and the conditions, as `redecide` gives it again.
    """

    allowed: bool
    code: str
    why: Words
    remedy: Words
    policy_version: str
    fields: Mapping[str, str]
    rows: tuple[RowRule, ...]
    inputs: bytes = field(repr=False)
    outcome: str = ""
    failed: tuple[str, ...] = ()
    bands: Mapping[str, str] = field(default_factory=dict)

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


Names = Mapping[str, Words]


def decide(
    snapshot: Snapshot, request: CallRequest, *, used_today: int, used_total: int, purposes: Names | None = None
) -> Decision:
    """This will decide one call. `used_*`: units of quota used before it (a unit is a key). Never raises: an error is a refusal."""
    contract = snapshot.find(request.agreement)
    if contract is None:
        return _unknown(snapshot, request)
    call = _call(snapshot, contract, request, used_today, used_total)
    inputs = b'{"agreement":%b,"call":%b,"policy":"%b"}' % (
        contract.inputs,
        canonical(call),
        snapshot.policy.version.encode(),
    )
    failed = _remembered(snapshot, contract, call)
    if not failed:
        item = as_hex(request.item_id)
        masks = contract.terms.fields[item]
        return Decision(
            allowed=True,
            code=ALLOW,
            why=_ALLOWED,
            remedy=_NOTHING,
            policy_version=snapshot.policy.version,
            fields={name: mask_kind(masks[name]) for name in request.fields},
            bands={name: masks[name].partition(":")[2] for name in request.fields if ":" in masks[name]},
            rows=tuple(one for one in contract.terms.rows if one.item in ("", item)),
            inputs=inputs,
            outcome=ALLOW,
        )
    why, remedy = explain(
        snapshot.policy, failed[0], facts_of(contract, request, used_today, used_total, purposes or {})
    )
    return _refused(snapshot.policy, failed, why, remedy, inputs)


def evaluate(
    policy: Policy, entities: Any, agreement: str, department: str, operation: str, context: Mapping[str, Any]
) -> tuple[str, ...]:
    """The conditions that are not met, in the pack's order; none: allowed. An error, or an answer that cannot be read, is `error`."""
    import cedarpy

    asked = {
        "principal": f'Zhengtong::Department::"{department}"',
        "action": f'Zhengtong::Action::"{operation}"',
        "resource": f'Zhengtong::Agreement::"{agreement}"',
        "context": context,
    }
    try:
        answer = cedarpy.is_authorized(asked, policy.parsed, entities)
    except (ValueError, TypeError, RuntimeError):
        return (ERROR,)
    told = answer.diagnostics
    if told.errors:
        return (ERROR,)
    if answer.allowed:
        return ()
    named = set(told.id_annotations_by_reason.values())
    failed = tuple(key for key in policy.conditions if key in named)
    if len(failed) != len(told.reasons):
        return (ERROR,)
    return failed or (PARTY,)


def redecide(policy: Policy, inputs: bytes) -> str:
    """The outcome from the canonical inputs alone. Raises ValueError when they are not inputs of this policy's version."""
    told = json.loads(inputs)
    if told["policy"] != policy.version:
        raise ValueError(f"decided under policy {told['policy']}, not {policy.version}")
    call, agreement = told["call"], told["agreement"]
    if agreement is None:
        return f"deny:{UNKNOWN}"
    import cedarpy

    attributes = agreement["attributes"]
    entities = cedarpy.Entities.from_json_str(json.dumps([_entity(agreement["id"], attributes)]))
    context = _context(call, attributes["daily_quota"], attributes["total_quota"])
    return _outcome(evaluate(policy, entities, agreement["id"], call["department"], call["operation"], context))


def as_hex(one: UUID | str) -> str:
    """An id as the terms write it."""
    return one.hex if isinstance(one, UUID) else one.replace("-", "")


def explain(policy: Policy, key: str, facts: Mapping[str, Any]) -> tuple[Words, Words]:
    """Why a condition refuses, and what to do, with the facts set in."""
    one = policy.conditions[key]
    return Words(one.why.zh.format(**facts), one.why.en.format(**facts)), one.remedy


def facts_of(
    contract: Contract, request: CallRequest, used_today: int, used_total: int, purposes: Names
) -> dict[str, Any]:
    """What the words of the conditions may name."""
    terms, masks = contract.terms, contract.terms.fields.get(as_hex(request.item_id), {})
    said = {code: purposes.get(code, Words(code, code)) for code in {*terms.purposes, request.purpose}}
    days = Words("工作日 ", "working days ") if terms.workdays_only else Words("", "")
    span = f"{_clock(terms.opens)}–{_clock(terms.closes)}"
    return {
        "agreement": contract.number,
        "status": STATUS_WORDS[contract.status].zh,
        "status_en": STATUS_WORDS[contract.status].en,
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "purpose": said[request.purpose].zh,
        "purpose_en": said[request.purpose].en,
        "purposes": "、".join(said[one].zh for one in terms.purposes),
        "purposes_en": ", ".join(said[one].en for one in terms.purposes),
        "ways": "、".join(WAY_WORDS[one].zh for one in terms.ways),
        "ways_en": ", ".join(WAY_WORDS[one].en for one in terms.ways),
        "refused_fields": ", ".join(name for name in request.fields if not _given(masks, name)),
        "hours": days.zh + span,
        "hours_en": days.en + span,
        "used_today": used_today,
        "daily_quota": terms.daily_quota,
        "used_total": used_total,
        "total_quota": terms.total_quota,
        "max_rows": terms.max_rows,
        "keys": request.keys,
    }


WAY_WORDS = {
    "api": Words("接口查询", "look-up by interface"),
    "relay": Words("接口转发", "relay of the provider's interface"),
    "table": Words("库表交换", "table exchange"),
    "file": Words("文件下载", "files"),
}
_ALLOWED = Words("合约的每个条件都满足。", "Every condition of the contract is met.")
_NOTHING = Words("", "")


def _remembered(snapshot: Snapshot, contract: Contract, call: Mapping[str, Any]) -> tuple[str, ...]:
    context = _context(call, contract.terms.daily_quota, contract.terms.total_quota)
    asked = (contract.id, call["department"], call["operation"])
    key = (*asked, *(tuple(one) if type(one) is list else one for one in context.values()))
    failed = snapshot.known.get(key)
    if failed is None:
        failed = evaluate(snapshot.policy, snapshot.entities, *asked, context)
        if len(snapshot.known) >= REMEMBERED:
            snapshot.known.clear()
        if failed != (ERROR,):
            snapshot.known[key] = failed
    return failed


def _call(snapshot: Snapshot, contract: Contract, request: CallRequest, today: int, total: int) -> dict[str, Any]:
    """All that is looked at of the call, as the inputs keep it: no values of the data, no name, no address."""
    local, item = request.at.astimezone(CITY_TIME), as_hex(request.item_id)
    levels, masks = snapshot.levels.get(item, {}), contract.terms.fields.get(item, {})
    given = [level_after(levels.get(name, UNLISTED_LEVEL), masks.get(name, "full")) for name in request.fields]
    shown = request.second_factor_at
    fresh = shown is not None and timedelta() <= request.at - shown <= STEP_UP_LASTS
    return {
        "at": int(request.at.timestamp()),
        "day": local.toordinal(),
        "department": as_hex(request.department_id),
        "fields": [f"{item}/{name}" for name in request.fields],
        "has_case": bool(request.case_number.strip()),
        "item": item,
        "keys": request.keys,
        "level": LEVELS.index(strictest(given)) + 1,
        "minute": local.hour * 60 + local.minute,
        "operation": request.operation,
        "person": as_hex(request.person_id),
        "post": as_hex(request.post),
        "purpose": request.purpose,
        "second_factor": fresh,
        "system": as_hex(request.system_id),
        "used_today": today,
        "used_total": total,
        "workday": snapshot.works(local.date()),
    }


_SEEN = ("day", "fields", "has_case", "item", "keys", "level", "minute", "person", "post", "purpose", "second_factor")


def _context(call: Mapping[str, Any], daily: int, total: int) -> dict[str, Any]:
    """What Cedar sees of a call. The counters stand in the inputs; here only whether they leave enough."""
    told = {name: call[name] for name in _SEEN}
    told["system"], told["workday"] = call["system"], call["workday"]
    told["way"] = OPERATIONS.get(call["operation"], call["operation"])
    told["daily_left"] = call["used_today"] + call["keys"] <= daily
    told["total_left"] = not total or call["used_total"] + call["keys"] <= total
    return told


def _attributes(status: Status, consumers: Iterable[str], terms: Terms) -> dict[str, Any]:
    return {
        "status": str(status),
        "consumers": [{"__entity": {"type": "Zhengtong::Department", "id": one}} for one in consumers],
        "systems": list(terms.systems),
        "persons": list(terms.persons),
        "posts": list(terms.posts),
        "items": list(terms.item_ids),
        "fields": sorted(
            f"{item}/{name}" for item, masks in terms.fields.items() for name in masks if _given(masks, name)
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


def _entity(id: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": "Zhengtong::Agreement", "id": id}, "attrs": attributes, "parents": []}


def _given(masks: Mapping[str, str], name: str) -> bool:
    return masks.get(name, "omit") != "omit"


def _unknown(snapshot: Snapshot, request: CallRequest) -> Decision:
    call = {"agreement": request.agreement, "department": as_hex(request.department_id), "operation": request.operation}
    inputs = canonical({"agreement": None, "call": call, "policy": snapshot.policy.version})
    why, remedy = explain(snapshot.policy, UNKNOWN, {"agreement": request.agreement})
    return _refused(snapshot.policy, (UNKNOWN,), why, remedy, inputs)


def _refused(policy: Policy, failed: tuple[str, ...], why: Words, remedy: Words, inputs: bytes) -> Decision:
    return Decision(
        allowed=False,
        code=failed[0],
        why=why,
        remedy=remedy,
        policy_version=policy.version,
        fields={},
        rows=(),
        inputs=inputs,
        outcome=_outcome(failed),
        failed=failed,
    )


def _outcome(failed: tuple[str, ...]) -> str:
    return f"deny:{','.join(failed)}" if failed else ALLOW


def _condition(one: Mapping[str, Any]) -> Condition:
    why, remedy = one["why"], one["remedy"]
    return Condition(Words(one["zh"], one["en"]), Words(why["zh"], why["en"]), Words(remedy["zh"], remedy["en"]))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}" if minute < DAY_MINUTES else "24:00"
