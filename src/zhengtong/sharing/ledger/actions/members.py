"""Who takes part: departments become members; witnesses are named and sent away; alarms are seen to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions import keys
from zhengtong.sharing.ledger.permissions import MANAGE
from zhengtong.sharing.ledger.queries.keys import member_of, present_key
from zhengtong.sharing.ledger.rules import Key, NoteWrong
from zhengtong.sharing.ledger.tables import LedgerAlarm, LedgerKey, LedgerWitness


def add_member(
    session: Session, actor: Actor, department_id: UUID, *, keyring: Keyring, crypto: Crypto, now: datetime
) -> LedgerKey:
    """This will make a department a member. Needs MANAGE. Raises MemberAlready, MemberUnknown."""
    require(actor, MANAGE, now=now)
    name = keys.name_of(session, department_id)
    if present_key(session, member_of(department_id)):
        raise errors.MemberAlready(name=name)
    key = keys.join(session, department_id, keyring=keyring, crypto=crypto, now=now)
    audit.record(session, actor, "ledger.member_added", keys.Place(department_id), after={"key": key.key_id}, at=now)
    return key


def add_witness(
    session: Session,
    actor: Actor,
    *,
    name: str,
    url: str,
    verifier_keys: Sequence[str],
    department_id: UUID | None,
    now: datetime,
) -> LedgerWitness:
    """This will have the witness asked to co-sign from the next checkpoint on. Needs MANAGE. Raises WitnessKnown, WitnessKeyWrong."""
    require(actor, MANAGE, now=now)
    url = url.rstrip("/")
    _check_keys(verifier_keys)
    if department_id:
        keys.name_of(session, department_id)
    if session.scalar(select(LedgerWitness.id).where(or_(LedgerWitness.name == name, LedgerWitness.url == url))):
        raise errors.WitnessKnown(name=name)
    told = [one.strip() for one in verifier_keys]
    row = LedgerWitness(id=new_id(), name=name, url=url, keys=told, department_id=department_id, added_at=now)
    session.add(row)
    session.flush()
    audit.record(session, actor, "ledger.witness_added", row, after={"url": url, "keys": told}, at=now)
    return row


def change_witness(session: Session, actor: Actor, witness: LedgerWitness, *, active: bool, now: datetime) -> None:
    """This will ask the witness again, or no more; what it co-signed stays. Needs MANAGE."""
    require(actor, MANAGE, now=now)
    before, witness.active = witness.active, active
    session.flush()
    audit.record(
        session, actor, "ledger.witness_changed", witness, before={"active": before}, after={"active": active}, at=now
    )


def see_alarm(session: Session, actor: Actor, alarm: LedgerAlarm, *, now: datetime) -> None:
    """This will note who has seen to the alarm; it stays, with its evidence. Needs MANAGE."""
    require(actor, MANAGE, now=now)
    alarm.seen_by, alarm.seen_at = actor.name, now
    session.flush()
    audit.record(session, actor, "ledger.alarm_seen", alarm, after={"kind": alarm.kind}, at=now)


def _check_keys(told: Sequence[str]) -> None:
    try:
        found = [Key.of(one) for one in told]
    except NoteWrong as wrong:
        raise errors.WitnessKeyWrong() from wrong
    if not found or not all(key.cosigns for key in found):
        raise errors.WitnessKeyWrong()
