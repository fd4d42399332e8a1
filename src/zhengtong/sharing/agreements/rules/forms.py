"""Calls that are alike but for when they come and what was used before them: what is the same of them is made once a snapshot.

Left to each call are the moment (day, minute, working day), the age of the second factor, and the counters; they reach the evaluation
and the inputs as they are. A form belongs to one snapshot and is never used with another (ADR 0020).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from zhengtong.sharing.agreements.rules.contracts import CallRequest, Contract, Snapshot, gives
from zhengtong.sharing.agreements.rules.terms import (
    LEVELS,
    OPERATIONS,
    RowRule,
    canonical,
    level_after,
    mask_kind,
    strictest,
)

STEP_UP_LASTS = timedelta(minutes=10)
UNLISTED_LEVEL = "core"
ERROR = "error"
REMEMBERED, MINUTES_KEPT = 20_000, 64
_EAST, _DAY_S, _EPOCH_DAY = 8 * 3600, 86_400, date(1970, 1, 1).toordinal()
"""Asia/Shanghai has had no other offset since 1991."""
Evaluate = Callable[[Mapping[str, Any]], tuple[str, ...]]
_SEEN = ("fields", "has_case", "item", "keys", "level", "person", "post", "purpose", "system")


@dataclass(frozen=True, slots=True)
class Moment:
    """A minute as the contract sees it."""

    day: int
    minute: int
    workday: bool


@dataclass(slots=True)
class Form:
    """What calls alike have in common: the masks and rows they get, the parts of their canonical inputs, and what was evaluated."""

    contract: Contract
    item: str
    fields: Mapping[str, str]
    bands: Mapping[str, str]
    masks: Mapping[str, str]
    rows: tuple[RowRule, ...]
    seen: Mapping[str, Any]
    inputs: tuple[bytes, bytes, bytes, bytes, bytes, bytes]
    evaluate: Evaluate = field(repr=False)
    known: dict[tuple[Moment, bool, bool, bool], tuple[str, ...]] = field(default_factory=dict)

    def failed(self, at: Moment, *, fresh: bool, today: int, total: int) -> tuple[str, ...]:
        """The conditions not met; none: allowed. An evaluation that erred is not remembered."""
        terms, keys = self.contract.terms, self.seen["keys"]
        daily_left = today + keys <= terms.daily_quota
        total_left = not terms.total_quota or total + keys <= terms.total_quota
        asked = (at, fresh, daily_left, total_left)
        found = self.known.get(asked)
        if found is None:
            found = self.evaluate(
                {
                    **self.seen,
                    "day": at.day,
                    "minute": at.minute,
                    "workday": at.workday,
                    "second_factor": fresh,
                    "daily_left": daily_left,
                    "total_left": total_left,
                }
            )
            if len(self.known) >= MINUTES_KEPT:
                self.known.clear()
            if found != (ERROR,):
                self.known[asked] = found
        return found

    def inputs_of(
        self, seconds: int, at: Moment, *, fresh: bool, today: int, total: int
    ) -> tuple[bytes, tuple[int, int]]:
        """The canonical inputs of one call: all that was looked at; no values of the data, no name, no address. And how many bytes of them
        calls have in common: those alike of the same second, and all under the contract's present state."""
        begin, until_minute, until_factor, until_used, middle, end = self.inputs
        alike = b"%b%d,%b%d,%b%b%b" % (
            begin,
            seconds,
            b'"day":%d,%b' % (at.day, until_minute),
            at.minute,
            until_factor,
            b"true" if fresh else b"false",
            until_used,
        )
        inputs = b"%b%d%b%d,%b%b" % (
            alike,
            today,
            middle,
            total,
            b'"workday":true' if at.workday else b'"workday":false',
            end,
        )
        return inputs, (len(alike), len(begin))


def form_of(snapshot: Snapshot, contract: Contract, request: CallRequest, evaluate: Callable[..., Any]) -> Form:
    """The form of a call under a contract. `evaluate(agreement, department, operation, context)` asks Cedar."""
    has_case = bool(request.case_number and request.case_number.strip())
    key = (
        contract.id,
        request.item_id,
        request.operation,
        request.fields,
        request.purpose,
        request.department_id,
        request.system_id,
        request.person_id,
        request.post,
        request.keys,
        has_case,
    )
    found = snapshot.forms.get(key)
    if found is None:
        found = _made(snapshot, contract, request, has_case, evaluate)
        if len(snapshot.forms) >= REMEMBERED:
            snapshot.forms.clear()
        snapshot.forms[key] = found
    return found


def moment_of(snapshot: Snapshot, at: datetime) -> tuple[int, Moment]:
    """The whole second of a time, and its minute in the city."""
    since = at - _BEGAN
    seconds = since.days * _DAY_S + since.seconds
    minute = seconds // 60
    found = snapshot.moments.get(minute)
    if found is None:
        days, left = divmod(seconds + _EAST, _DAY_S)
        day = days + _EPOCH_DAY
        found = Moment(day, left // 60, snapshot.works(date.fromordinal(day)))
        if len(snapshot.moments) >= MINUTES_KEPT:
            snapshot.moments.clear()
        snapshot.moments[minute] = found
    return seconds, found


_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


def is_fresh(request: CallRequest, at: datetime) -> bool:
    """True where the second factor was shown shortly before."""
    shown = request.second_factor_at
    return shown is not None and timedelta() <= at - shown <= STEP_UP_LASTS


def as_hex(one: UUID | str) -> str:
    """An id as the terms write it."""
    return one.hex if isinstance(one, UUID) else one.replace("-", "")


def _made(
    snapshot: Snapshot, contract: Contract, request: CallRequest, has_case: bool, evaluate: Callable[..., Any]
) -> Form:
    item, department = as_hex(request.item_id), as_hex(request.department_id)
    told = _told(snapshot, contract, request, item, has_case)
    masks = contract.terms.fields.get(item, {})
    given = {name: masks[name] for name in request.fields if gives(masks, name)}
    fields = {name: mask_kind(mask) for name, mask in given.items()}
    bands = {name: mask.partition(":")[2] for name, mask in given.items() if ":" in mask}
    seen = {name: told[name] for name in _SEEN}
    seen["way"] = OPERATIONS.get(request.operation, request.operation)
    policy, entities, agreement, operation = snapshot.policy, snapshot.entities, contract.id, request.operation
    return Form(
        contract,
        item,
        fields,
        bands,
        {name: f"{mask}:{bands[name]}" if name in bands else mask for name, mask in fields.items()},
        tuple(one for one in contract.terms.rows if one.item in ("", item)),
        seen,
        _parts(contract, snapshot.policy.version, {**told, "department": department, "operation": operation}),
        lambda context: evaluate(policy, entities, agreement, department, operation, context),
    )


def _told(snapshot: Snapshot, contract: Contract, request: CallRequest, item: str, has_case: bool) -> dict[str, Any]:
    """What is looked at of such calls."""
    levels, masks = snapshot.levels.get(item, {}), contract.terms.fields.get(item, {})
    given = [
        level_after(levels.get(name, UNLISTED_LEVEL), masks[name]) for name in request.fields if gives(masks, name)
    ]
    return {
        "fields": [f"{item}/{name}" for name in request.fields],
        "has_case": has_case,
        "item": item,
        "keys": request.keys,
        "level": LEVELS.index(strictest(given)) + 1,
        "person": as_hex(request.person_id),
        "post": as_hex(request.post),
        "purpose": request.purpose,
        "system": as_hex(request.system_id),
    }


def _parts(contract: Contract, policy: str, told: Mapping[str, Any]) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]:
    """The canonical inputs but for the moment and the counters; keys stand in their order."""

    def some(*names: str) -> bytes:
        return canonical({name: told[name] for name in names})[1:-1]

    return (
        b'{"agreement":%b,"call":{"at":' % contract.inputs,
        some("department", "fields", "has_case", "item", "keys", "level") + b',"minute":',
        some("operation", "person", "post", "purpose") + b',"second_factor":',
        b"," + some("system") + b',"used_today":',
        b',"used_total":',
        b'},"policy":"%b"}' % policy.encode(),
    )
