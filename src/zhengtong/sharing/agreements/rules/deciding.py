"""The contract: may this call be answered? Cedar decides over agreements as entities; any error in evaluation is a refusal.

`decide` is a pure function of a frozen snapshot, the call and the counters; its canonical inputs hold all that it looked at, so
that `redecide` gives the same outcome from them alone, years later. Cedar sees of time the law day and the minute, and of the
counters whether something is left: so calls alike within a minute are one evaluation, which a snapshot remembers (Cedar has no
clock, no chance and no I/O: the same question has the same answer; rules/forms.py).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements.rules.contracts import (
    CallRequest,
    Contract,
    Decision,
    Policy,
    Snapshot,
    entity_of,
    gives,
)
from zhengtong.sharing.agreements.rules.forms import ERROR, as_hex, form_of, is_fresh, moment_of
from zhengtong.sharing.agreements.rules.states import STATUS_WORDS
from zhengtong.sharing.agreements.rules.terms import DAY_MINUTES, OPERATIONS, canonical

ALLOW, UNKNOWN, PARTY = "allow", "unknown", "party"


Names = Mapping[str, Words]


def decide(
    snapshot: Snapshot,
    request: CallRequest,
    *,
    used_today: int,
    used_total: int,
    purposes: Names | None = None,
    at: datetime | None = None,
) -> Decision:
    """This will decide one call. `used_*`: units of quota used before it (a unit is a key); `at`: when, the request's own time unless
    given. Never raises: an error is a refusal."""
    contract = snapshot.find(request.agreement)
    if contract is None:
        return _unknown(snapshot, request)
    moment = request.at if at is None else at
    form, (seconds, minute) = form_of(snapshot, contract, request, evaluate), moment_of(snapshot, moment)
    fresh = is_fresh(request, moment)
    inputs, shared = form.inputs_of(seconds, minute, fresh=fresh, today=used_today, total=used_total)
    failed = form.failed(minute, fresh=fresh, today=used_today, total=used_total)
    if not failed:
        return Decision(
            allowed=True,
            code=ALLOW,
            why=_ALLOWED,
            remedy=_NOTHING,
            policy_version=snapshot.policy.version,
            fields=form.fields,
            bands=form.bands,
            masks=form.masks,
            rows=form.rows,
            inputs=inputs,
            outcome=ALLOW,
            shared=shared,
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
    entities = cedarpy.Entities.from_json_str(json.dumps([entity_of(agreement["id"], attributes)]))
    context = _context(call, attributes["daily_quota"], attributes["total_quota"])
    return _outcome(evaluate(policy, entities, agreement["id"], call["department"], call["operation"], context))


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
        "refused_fields": ", ".join(name for name in request.fields if not gives(masks, name)),
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


_SEEN = ("day", "fields", "has_case", "item", "keys", "level", "minute", "person", "post", "purpose", "second_factor")


def _context(call: Mapping[str, Any], daily: int, total: int) -> dict[str, Any]:
    """What Cedar sees of a call. The counters stand in the inputs; here only whether they leave enough."""
    told = {name: call[name] for name in _SEEN}
    told["system"], told["workday"] = call["system"], call["workday"]
    told["way"] = OPERATIONS.get(call["operation"], call["operation"])
    told["daily_left"] = call["used_today"] + call["keys"] <= daily
    told["total_left"] = not total or call["used_total"] + call["keys"] <= total
    return told


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


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}" if minute < DAY_MINUTES else "24:00"
