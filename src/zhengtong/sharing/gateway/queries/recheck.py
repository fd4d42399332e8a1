"""Every past decision, decided again from its sealed inputs; and the ledger's entry compared with the record beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring, Purpose, SealBroken
from zhengtong.engines.sealing import OPEN
from zhengtong.kernel import errors as families
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.tables import Call

Verdict = Literal["same", "differs", "altered", "missing", "shredded"]
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rechecked:
    """One call. `verdict`: the same outcome again; another one (`differs`); the inputs are not those of the receipt, or do not open
    (`altered`); the ledger has no such entry (`missing`); its inputs are destroyed, so that it cannot be decided again (`shredded`)."""

    number: int
    receipt_id: UUID
    verdict: Verdict
    was: str = ""
    now: str = ""


def recheck(session: Session, keyring: Keyring, crypto: Crypto, *, after: int = 0) -> Iterator[Rechecked]:
    """This will decide every call beyond `after` again, in order. A call that was left out of the record is not found by it: the ledger's
    own verification finds those."""
    while rows := list(session.scalars(select(Call).where(Call.number > after).order_by(Call.number).limit(AT_ONCE))):
        for row in rows:
            yield recheck_one(session, keyring, crypto, row)
        after = rows[-1].number
        session.expunge_all()


def inputs_of(session: Session, keyring: Keyring, call: Call) -> bytes | None:
    """What the call was decided from, whole; None where that is destroyed. Raises SealBroken where it does not open."""
    if call.inputs is None:
        return None
    kept = _opened(keyring, call.inputs, call.receipt_id)
    told = rules.read_rest(kept)
    if told is None:
        return kept
    whole, shared, rest = told
    other = session.execute(select(Call.inputs, Call.receipt_id).where(Call.receipt_id == whole)).one_or_none()
    if other is None:
        raise SealBroken
    if other.inputs is None:
        return None
    return _opened(keyring, other.inputs, other.receipt_id)[:shared] + rest


def _opened(keyring: Keyring, inputs: bytes, receipt_id: UUID) -> bytes:
    if inputs.startswith(OPEN):
        return inputs.removeprefix(OPEN)
    return keyring.open(Purpose.DATABASE, inputs, receipt_id.bytes)


def recheck_one(session: Session, keyring: Keyring, crypto: Crypto, row: Call) -> Rechecked:
    """One call, decided again."""
    kept = ledger.find(session, row.receipt_id)
    if kept is None:
        return Rechecked(row.number, row.receipt_id, "missing")
    body = ledger.Entry.of(kept.entry).body
    was = str(body.get("outcome", ""))
    if row.inputs is None:
        return Rechecked(row.number, row.receipt_id, "shredded", was)
    try:
        inputs = inputs_of(session, keyring, row)
        if inputs is None:
            return Rechecked(row.number, row.receipt_id, "shredded", was)
        if crypto.sm3(inputs).hex() != body.get("inputs"):
            return Rechecked(row.number, row.receipt_id, "altered", was)
        now = agreements.redecide(inputs, str(body.get("policy", "")))
    except (SealBroken, ValueError, families.Problem):
        return Rechecked(row.number, row.receipt_id, "altered", was)
    return Rechecked(row.number, row.receipt_id, "same" if now == was else "differs", was, now)
