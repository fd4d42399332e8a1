"""Checkpoints: a root that the city signs for good, put before the witnesses, who co-sign it or show why they do not."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import clock, wake
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.sharing.ledger.actions.appending import TOPIC, hold
from zhengtong.sharing.ledger.actions.signing import sign_head
from zhengtong.sharing.ledger.events import AlarmRaised
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.queries.checkpoints import latest
from zhengtong.sharing.ledger.queries.verifying import verifier
from zhengtong.sharing.ledger.rules import Key, Note, NoteWrong, notes
from zhengtong.sharing.ledger.rules.witnessing import Asked
from zhengtong.sharing.ledger.tables import LedgerAlarm, LedgerCheckpoint, LedgerCosignature, LedgerWitness

FORK, LOST_TAIL, CLOCK, ALTERED = "fork", "lost_tail", "clock", "altered"


def make_checkpoint(
    session: Session, *, origin: str, keyring: Keyring, crypto: Crypto, now: datetime
) -> LedgerCheckpoint | None:
    """This will sign the log as it stands, for stock verifiers too; None when nothing came since the last."""
    hold(session)
    head, last = trees.head(session), latest(session)
    if not head.size or (last and last.size == head.size):
        return None
    signed = sign_head(session, origin=origin, keyring=keyring, crypto=crypto, now=now, stock=True)
    made = LedgerCheckpoint(size=signed.size, root=signed.root, state_hash=signed.state, note=signed.note, at=now)
    session.add(made)
    session.flush()
    wake.ring(session, TOPIC)
    return made


def question(session: Session, checkpoint: LedgerCheckpoint, old: int) -> Asked:
    """What a witness that has seen `old` entries is asked."""
    return Asked(old, trees.consistency(session, old, checkpoint.size), Note.of(checkpoint.note))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness said: an HTTP status and a body; status 0, it could not be reached (`body`: why)."""

    status: int
    body: str


def take_answer(
    session: Session,
    witness: LedgerWitness,
    checkpoint: LedgerCheckpoint,
    asked: Asked,
    answer: Answer,
    *,
    crypto: Crypto,
    now: datetime,
    clock_s: int,
) -> bool:
    """This will keep a co-signature that holds, or what was wrong; True where the witness is to be asked again at once."""
    witness.tried_at = now
    if answer.status == 200:
        _take_lines(session, witness, checkpoint, answer.body, crypto=crypto, now=now, clock_s=clock_s)
        return False
    if answer.status == 409 and answer.body.strip().isdigit():
        return _other_size(session, witness, checkpoint, asked, int(answer.body), now)
    if answer.status == 422:
        told = f"{witness.name} refused checkpoint {checkpoint.number}: it does not continue what the witness has seen"
        raise_alarm(session, FORK, told, {"shown": checkpoint.note, "kept": answer.body}, witness=witness, now=now)
        witness.trouble = told
        return False
    witness.trouble = (answer.body if not answer.status else f"HTTP {answer.status}: {answer.body}").strip()[:400]
    return False


def _other_size(
    session: Session, witness: LedgerWitness, checkpoint: LedgerCheckpoint, asked: Asked, size: int, now: datetime
) -> bool:
    if size > checkpoint.size:
        told = f"{witness.name} has co-signed {size} entries; here there are {checkpoint.size}: the last ones are gone"
        raise_alarm(session, LOST_TAIL, told, {"shown": checkpoint.note, "size": str(size)}, witness=witness, now=now)
        witness.trouble = told
        return False
    witness.size = size
    return size != asked.old


def _take_lines(
    session: Session,
    witness: LedgerWitness,
    checkpoint: LedgerCheckpoint,
    body: str,
    *,
    crypto: Crypto,
    now: datetime,
    clock_s: int,
) -> None:
    try:
        lines = [notes.line_of(one) for one in body.splitlines() if one]
        note = Note(Note.of(checkpoint.note).text, tuple(lines))
        held = notes.verified(note, [Key.of(one) for one in witness.keys], verifier(crypto))
    except NoteWrong as wrong:
        witness.trouble = f"its signature was not taken: {wrong}"[:400]
        return
    off = [int(one.seconds - clock.outside(now).timestamp()) for one in held if one.seconds is not None]
    late = [one for one in off if abs(one) > clock_s]
    if not off or late:
        witness.trouble = f"its clock is off by {late[0]} s" if late else "its signature bears no key of its own"
        if late:
            told = f"{witness.name}: its clock is off by {late[0]} s; its signature was not counted"
            raise_alarm(session, CLOCK, told, {"shown": checkpoint.note, "answer": body}, witness=witness, now=now)
        return
    names = {(one.key.name, one.key.id) for one in held}
    kept = "".join(str(line) for line in lines if (line.name, line.key_id) in names)
    row = session.get(LedgerCosignature, (checkpoint.number, witness.id))
    if row is None:
        session.add(LedgerCosignature(checkpoint=checkpoint.number, witness_id=witness.id, lines=kept, at=now))
    witness.size, witness.seen_at, witness.trouble = checkpoint.size, now, ""
    session.flush()
    wake.ring(session, TOPIC)


def raise_alarm(
    session: Session,
    kind: str,
    told: str,
    evidence: dict[str, str],
    *,
    witness: LedgerWitness | None = None,
    now: datetime,
) -> LedgerAlarm:
    """This will keep the alarm with its evidence and announce it; the same one is not raised twice while it is unseen."""
    witness_id: UUID | None = witness.id if witness else None
    same = (LedgerAlarm.kind == kind, LedgerAlarm.told == told[:400], LedgerAlarm.seen_at.is_(None))
    row = session.scalar(select(LedgerAlarm).where(*same))
    if row is None:
        shown = json.dumps(evidence, ensure_ascii=False)
        row = LedgerAlarm(id=new_id(), kind=kind, witness_id=witness_id, told=told[:400], evidence=shown, at=now)
        session.add(row)
        session.flush()
        announce(session, AlarmRaised(row.id, kind, row.told, now))
        wake.ring(session, TOPIC)
    return row
