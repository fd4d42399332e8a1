"""What a group leaves in the database, in one transaction: quotas, entries, the record of each call, the signed root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring, Purpose, random
from zhengtong.kernel.db import new_id
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway import errors, rules
from zhengtong.sharing.gateway.actions.committing.deciding import Decided, Group
from zhengtong.sharing.gateway.actions.committing.pending import Counter, Outcome, masks_of
from zhengtong.sharing.gateway.tables import Call, Quota, SignedGroup

SALT = 16
ALLOWED = "allow"


@dataclass(frozen=True, slots=True)
class Tools:
    """What the writing needs beside the database."""

    crypto: Crypto
    keyring: Keyring
    origin: str


class Moved(Exception):
    """A quota has moved since the group was decided."""


def counters(session: Session, agreement_ids: set[str]) -> dict[str, Counter]:
    """The quotas as they are kept, held until the transaction ends."""
    wanted = sorted(UUID(one) for one in agreement_ids)
    rows = session.execute(
        select(Quota.agreement_id, Quota.day, Quota.used_day, Quota.used_total, Quota.second, Quota.used_second)
        .where(Quota.agreement_id.in_(wanted))
        .order_by(Quota.agreement_id)
        .with_for_update()
    )
    return {row[0].hex: Counter(*row[1:], kept=True) for row in rows}


def write_group(session: Session, group: Group, tools: Tools) -> list[Outcome]:
    """This will keep the group. Raises Moved where a quota is not what it was decided on."""
    for agreement_id, after in group.after.items():
        _reserve(session, agreement_id, group.before[agreement_id], after)
    kept = [one for one in group.calls if one.leaves_entry]
    if not kept:
        return [Outcome(decision=one.decision, problem=one.problem) for one in group.calls]
    keys = _subject_keys(session, kept, tools)
    written = [_Written.of(one, keys, group.at, tools) for one in kept]
    placed = ledger.append(session, [one.entry for one in written], now=group.at)
    session.execute(insert(Call), [one.row(place.index) for one, place in zip(written, placed, strict=True)])
    uses = [(keys[token][0], one.entry.id) for one in written for token in one.subjects]
    ledger.note_uses(session, uses)
    head = ledger.sign_head(session, origin=tools.origin, keyring=tools.keyring, crypto=tools.crypto, now=group.at)
    session.execute(insert(SignedGroup).values(size=head.size, note=head.note, at=group.at))
    outcomes = iter(one.outcome(place.index, head.note) for one, place in zip(written, placed, strict=True))
    return [
        next(outcomes) if one.leaves_entry else Outcome(decision=one.decision, problem=one.problem)
        for one in group.calls
    ]


def _reserve(session: Session, agreement_id: str, before: Counter, after: Counter) -> None:
    """Compare and set: whoever else has moved the quota meanwhile is not overwritten."""
    row = Quota.agreement_id == UUID(agreement_id)
    values = {
        "day": after.day,
        "used_day": after.used_day,
        "used_total": after.used_total,
        "second": after.second,
        "used_second": after.used_second,
    }
    if after.used_total == before.used_total:
        return
    if not before.kept:
        session.execute(insert(Quota).values(agreement_id=UUID(agreement_id), **values))
        return
    same = (
        Quota.used_total == before.used_total,
        Quota.day == before.day,
        Quota.used_day == before.used_day,
        Quota.second == before.second,
        Quota.used_second == before.used_second,
    )
    changed: Any = session.execute(update(Quota).where(row, *same).values(values))
    if changed.rowcount != 1:
        raise Moved


def _subject_keys(session: Session, kept: Sequence[Decided], tools: Tools) -> Mapping[str, tuple[UUID, bytes]]:
    tokens = sorted({token for one in kept if one.answer for token in one.answer.subjects})
    return ledger.subject_keys(session, tokens, keyring=tools.keyring) if tokens else {}


@dataclass(frozen=True, slots=True)
class _Written:
    """A call with the entry that stands for it."""

    call: Decided
    entry: ledger.Entry
    salt: bytes
    sealed: bytes
    subjects: tuple[str, ...]
    at: datetime

    @classmethod
    def of(cls, call: Decided, keys: Mapping[str, tuple[UUID, bytes]], at: datetime, tools: Tools) -> "_Written":
        decision, request, answer, contract = call.decision, call.pending.request, call.answer, call.contract
        assert decision is not None
        receipt_id, salt = new_id(), random(SALT)
        said = rules.Said(
            agreement=request.agreement,
            item=call.pending.item.code,
            operation=request.operation,
            purpose=request.purpose,
            consumer=_hex(request.department_id),
            system=_hex(request.system_id),
            policy=decision.policy_version,
            inputs=tools.crypto.sm3(decision.inputs).hex(),
            outcome=decision.outcome,
        )
        subjects = answer.subjects if answer else ()
        if answer is None or contract is None:
            entry = ledger.Entry("decision@1", receipt_id, at, ledger.CITY, rules.decision_body(said))
        else:
            body = rules.receipt_body(
                said,
                contract=(contract.id, contract.version, contract.provider),
                fields=masks_of(decision),
                data=(answer.copy, answer.rows),
                answer=rules.answer_digest(tools.crypto.sm3, salt, answer.body),
                subjects=[ledger.subject_reference(keys[token][1], receipt_id) for token in subjects],
            )
            entry = ledger.Entry("receipt@1", receipt_id, at, ledger.CITY, body)
        sealed = tools.keyring.seal(Purpose.DATABASE, decision.inputs, receipt_id.bytes)
        return cls(call, entry, salt, sealed, subjects, at)

    def row(self, index: int | None) -> dict[str, Any]:
        """The record of the call."""
        pending, decision, answer = self.call.pending, self.call.decision, self.call.answer
        assert decision is not None
        request, message = pending.request, pending.message
        return {
            "receipt_id": self.entry.id,
            "index": index,
            "agreement": request.agreement[:40],
            "agreement_id": UUID(self.call.contract.id) if self.call.contract else None,
            "item_id": pending.item.id,
            "item_code": pending.item.code[:40],
            "operation": request.operation,
            "system_id": _id(request.system_id),
            "person_id": _id(request.person_id),
            "consumer_id": _id(request.department_id),
            "provider_id": pending.item.provider_id,
            "purpose": request.purpose,
            "case_number": request.case_number,
            "message_id": message.id,
            "policy": decision.policy_version,
            "code": "" if answer else decision.code,
            "status": 200 if answer else 403,
            "rows": answer.rows if answer else 0,
            "about": len(self.subjects),
            "request_bytes": message.request_bytes,
            "response_bytes": len(answer.body) if answer else 0,
            "request_in": message.request_in,
            "request_out": message.request_out,
            "response_in": message.response_in,
            "response_out": self.at,
            "inputs": self.sealed,
        }

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
