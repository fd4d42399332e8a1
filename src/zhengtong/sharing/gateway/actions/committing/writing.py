"""What a group leaves in the database, in one transaction: quotas, entries, the record of each call, the signed root."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring, Purpose, random
from zhengtong.engines.sealing import OPEN
from zhengtong.kernel.db import new_id
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway import errors, rules
from zhengtong.sharing.gateway.actions.committing.deciding import Decided, Group
from zhengtong.sharing.gateway.actions.committing.pending import Counter, Item, Outcome, masks_of
from zhengtong.sharing.gateway.tables import Call, Quota, SignedGroup

SALT = 16
ALIKE_KEPT = 4_000
COLUMNS = (
    *("agreement", "agreement_id", "item_id", "item_code", "operation", "system_id", "person_id", "consumer_id"),
    *("provider_id", "purpose", "policy", "code", "status", "receipt_id", "index", "case_number", "message_id", "rows"),
    *("about", "request_bytes", "response_bytes", "request_in", "request_out", "response_in", "response_out", "inputs"),
)
_SIGNED = insert(cast(Table, SignedGroup.__table__))
_QUOTA = cast(Table, Quota.__table__)
_COUNTED = ("day", "used_day", "used_total", "second", "used_second")
_COUNTERS = (
    select(_QUOTA.c.agreement_id, *(_QUOTA.c[name] for name in _COUNTED))
    .where(_QUOTA.c.agreement_id.in_(bindparam("wanted", expanding=True)))
    .order_by(_QUOTA.c.agreement_id)
    .with_for_update()
)
_RESERVE = (
    update(_QUOTA)
    .where(_QUOTA.c.agreement_id == bindparam("of"), *(_QUOTA.c[name] == bindparam(f"was_{name}") for name in _COUNTED))
    .values({name: bindparam(f"to_{name}") for name in _COUNTED})
)


@dataclass(frozen=True, slots=True)
class Tools:
    """What the writing needs beside the database."""

    crypto: Crypto
    keyring: Keyring
    origin: str
    subjects: ledger.SubjectKeys


class Moved(Exception):
    """A quota has moved since the group was decided."""


def counters(session: Session, agreement_ids: set[str]) -> dict[str, Counter]:
    """The quotas as they are kept, held until the transaction ends."""
    wanted = sorted(UUID(one) for one in agreement_ids)
    rows = session.execute(_COUNTERS, {"wanted": wanted})
    return {row[0].hex: Counter(row[1], row[2], row[3], row[4], row[5], kept=True) for row in rows}


def write_group(session: Session, group: Group, tools: Tools, held: ledger.Held) -> list[Outcome]:
    """This will keep the group. `held`: the ledger's head, as this transaction holds it. Raises Moved where a quota is not what it was decided on."""
    for agreement_id, after in group.after.items():
        _reserve(session, agreement_id, group.before[agreement_id], after)
    kept = [one for one in group.calls if one.leaves_entry]
    if not kept:
        return [Outcome(decision=one.decision, problem=one.problem) for one in group.calls]
    keys = _subject_keys(session, kept, tools, held)
    salts = random(SALT * len(kept))
    ground = _Ground(keys, group.at, tools)
    written = [_Written.of(one, ground, salts[SALT * place : SALT * place + SALT]) for place, one in enumerate(kept)]
    placed = ledger.append(session, [one.entry for one in written], now=group.at, held=held)
    ledger.load(session, Call, COLUMNS, [one.row(place.index) for one, place in zip(written, placed, strict=True)])
    uses = [(keys[token][0], one.entry.id) for one in written for token in one.subjects]
    ledger.note_uses(session, uses, size=held.frontier.size)
    head = ledger.sign_head(
        session, origin=tools.origin, keyring=tools.keyring, crypto=tools.crypto, now=group.at, held=held
    )
    session.execute(_SIGNED, {"size": head.size, "note": head.note, "at": group.at})
    outcomes = iter(one.outcome(place.index, head.note) for one, place in zip(written, placed, strict=True))
    return [
        next(outcomes) if one.leaves_entry else Outcome(decision=one.decision, problem=one.problem)
        for one in group.calls
    ]


def _reserve(session: Session, agreement_id: str, before: Counter, after: Counter) -> None:
    """Compare and set: whoever else has moved the quota meanwhile is not overwritten."""
    if after.used_total == before.used_total:
        return
    if not before.kept:
        session.execute(insert(_QUOTA), {"agreement_id": UUID(agreement_id), **_told(after)})
        return
    asked = {"of": UUID(agreement_id), **_told(before, "was_"), **_told(after, "to_")}
    changed: Any = session.execute(_RESERVE, asked)
    if changed.rowcount != 1:
        raise Moved


def _told(counter: Counter, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": getattr(counter, name) for name in _COUNTED}


def _subject_keys(
    session: Session, kept: Sequence[Decided], tools: Tools, held: ledger.Held
) -> Mapping[str, tuple[UUID, bytes]]:
    tokens = {token for one in kept if one.answer for token in one.answer.subjects}
    return tools.subjects.of(session, tokens, held=held) if tokens else {}


@dataclass(frozen=True, slots=True)
class _Alike:
    """What calls alike leave the same: the form of their entries, and the columns of their records."""

    said: rules.Said
    form: ledger.EntryForm
    row: tuple[Any, ...]


@functools.lru_cache(ALIKE_KEPT)
def _alike(
    asked: tuple[str, str, str],
    who: tuple[UUID | str, UUID | str, UUID | str],
    item: Item,
    decided: tuple[str, str, str],
    contract: tuple[str, int, str] | None,
    masks: tuple[tuple[str, str], ...] | None,
) -> _Alike:
    """`asked`: agreement, operation, purpose; `who`: department, system, person; `decided`: policy, outcome, code; `masks`: none where it
    was refused."""
    (agreement, operation, purpose), (policy, outcome, code) = asked, decided
    department, system, person = who
    said = rules.Said(agreement, item.code, operation, purpose, _hex(department), _hex(system), policy, "", outcome)
    if masks is None or contract is None:
        form = ledger.EntryForm("decision@1", ledger.CITY, rules.decision_body(said), ("inputs",))
    else:
        body = rules.receipt_body(said, contract=contract, fields=dict(masks), data=("", 0), answer="", subjects=())
        form = ledger.EntryForm("receipt@1", ledger.CITY, body, ("answer", "copy", "inputs", "rows", "subjects"))
    row = (
        agreement[:40],
        UUID(contract[0]) if contract else None,
        item.id,
        item.code[:40],
        operation,
        _id(system),
        _id(person),
        _id(department),
        item.provider_id,
        purpose,
        policy,
        code if masks is None else "",
        403 if masks is None else 200,
    )
    return _Alike(said, form, row)


@dataclass(slots=True)
class _Ground:
    """What the calls of a group are written with. `whole`: for what inputs begin with, the first receipt whose inputs are kept whole."""

    keys: Mapping[str, tuple[UUID, bytes]]
    at: datetime
    tools: Tools
    whole: dict[bytes, UUID] = field(default_factory=dict)

    def sealed(self, decision: agreements.Decision, receipt_id: UUID) -> tuple[str, bytes]:
        """The inputs' fingerprint, and they themselves under seal: whole once a group, then only what the call has not in common; that which
        calls alike have not in common tells nothing but the quota used, and is kept open."""
        inputs = kept = decision.inputs
        begin = b""
        for length in decision.shared:
            begin = inputs[:length]
            if whole := self.whole.get(begin):
                kept = rules.rest_of(inputs, length, whole)
                break
        else:
            self.whole.update(dict.fromkeys([inputs[:length] for length in decision.shared], receipt_id))
        is_open = kept is not inputs and len(begin) == decision.shared[0]
        sealed = OPEN + kept if is_open else self.tools.keyring.seal(Purpose.DATABASE, kept, receipt_id.bytes)
        return ledger.sm3_after(begin, inputs[len(begin) :]).hex(), sealed


@dataclass(slots=True)
class _Written:
    """A call with the entry that stands for it."""

    call: Decided
    alike: _Alike
    entry: ledger.Entry
    salt: bytes
    sealed: bytes
    subjects: tuple[str, ...]
    at: datetime

    @classmethod
    def of(cls, call: Decided, ground: _Ground, salt: bytes) -> "_Written":
        decision, request, answer, contract = call.decision, call.pending.request, call.answer, call.contract
        assert decision is not None
        keys, at, receipt_id, digest = ground.keys, ground.at, new_id(), ground.tools.crypto.sm3
        served = answer is not None and contract is not None
        alike = _alike(
            (request.agreement, request.operation, request.purpose),
            (request.department_id, request.system_id, request.person_id),
            call.pending.item,
            (decision.policy_version, decision.outcome, decision.code),
            (contract.id, contract.version, contract.provider) if contract else None,
            tuple(masks_of(decision).items()) if served else None,
        )
        inputs, sealed = ground.sealed(decision, receipt_id)
        subjects = answer.subjects if answer else ()
        if answer is None or contract is None:
            entry: ledger.Entry = alike.form.write(receipt_id, at, inputs)
        else:
            bound = answer.bound.digest if answer.bound else rules.answer_digest(digest, salt, answer.body)
            salt = answer.bound.salt if answer.bound else salt
            named = [ledger.subject_reference(keys[token][1], receipt_id) for token in subjects]
            if len(named) <= rules.MOST_SUBJECTS:
                entry = alike.form.write(receipt_id, at, bound, answer.copy, inputs, answer.rows, named)
            else:
                body = rules.receipt_body(
                    replace(alike.said, inputs=inputs),
                    contract=(contract.id, contract.version, contract.provider),
                    fields=masks_of(decision),
                    data=(answer.copy, answer.rows),
                    answer=bound,
                    subjects=named,
                )
                entry = ledger.Entry("receipt@1", receipt_id, at, ledger.CITY, body)
        return cls(call, alike, entry, salt, sealed, subjects, at)

    def row(self, index: int | None) -> tuple[Any, ...]:
        """The record of the call, in the order of COLUMNS."""
        pending, answer = self.call.pending, self.call.answer
        message = pending.message
        return (
            *self.alike.row,
            self.entry.id,
            index,
            pending.request.case_number,
            message.id,
            answer.rows if answer else 0,
            len(self.subjects),
            message.request_bytes,
            answer.size if answer else 0,
            message.request_in,
            message.request_out,
            message.response_in,
            self.at,
            self.sealed,
        )

    def outcome(self, index: int | None, head: str) -> Outcome:
        decision, answer = self.call.decision, self.call.answer
        assert decision is not None
        problem = None
        if answer is None:
            problem = errors.CallRefused(
                condition=decision.code, why=decision.why, remedy=decision.remedy, receipt=str(self.entry.id)
            )
        return Outcome(self.entry.id, decision, answer, problem, index, self.salt, head, self.at)


def _hex(one: UUID | str) -> str:
    return one.hex if isinstance(one, UUID) else one


def _id(one: UUID | str) -> UUID | None:
    return one if isinstance(one, UUID) else UUID(one) if one else None
