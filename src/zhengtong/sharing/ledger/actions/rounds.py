"""Checkpoints are made every ten minutes and put before every witness that has not signed the newest one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import jobs
from zhengtong.kernel.given import Given
from zhengtong.kernel.settings import Settings
from zhengtong.sharing.ledger.actions import checkpoints
from zhengtong.sharing.ledger.queries import checkpoints as kept
from zhengtong.sharing.ledger.queries.keys import origin_of
from zhengtong.sharing.ledger.settings import Ledger
from zhengtong.sharing.ledger.tables import LedgerWitness

TRIES = 3


def checkpoint(
    session: Session, *, now: datetime, settings: Given[Settings], keyring: Given[Keyring], crypto: Given[Crypto]
) -> None:
    """This will sign the log as it stands and have the witnesses asked."""
    origin = origin_of(settings)
    if checkpoints.make_checkpoint(session, origin=origin, keyring=keyring, crypto=crypto, now=now):
        jobs.enqueue(session, COSIGN, key=COSIGN.name)


def remind(session: Session, *, now: datetime) -> None:
    """This will have the witnesses asked whose signature the newest checkpoint lacks."""
    last = kept.latest(session)
    if last is None:
        return
    signed = {row.witness_id for row in kept.cosignatures(session, [last.number])[last.number]}
    if any(one.id not in signed for one in kept.witnesses(session)):
        jobs.enqueue(session, COSIGN, key=COSIGN.name)


def cosign(run: jobs.Run) -> None:
    """This will put the newest checkpoint before each witness that has not signed it; one that is away keeps nobody waiting long."""
    with run.read() as session:
        last = kept.latest(session)
        signed = {row.witness_id for row in kept.cosignatures(session, [last.number])[last.number]} if last else set()
        waiting = [one.id for one in kept.witnesses(session) if one.id not in signed]
    for witness_id in waiting if last else []:
        for _ in range(TRIES):
            if not _ask(run, witness_id, last.number if last else 0):
                break


def _ask(run: jobs.Run, witness_id: UUID, number: int) -> bool:
    chosen = run.given(Settings).of(Ledger)
    with run.read() as session:
        witness = session.get_one(LedgerWitness, witness_id)
        row = kept.get_checkpoint(session, number)
        asked = checkpoints.question(session, row, min(witness.size, row.size))
    answer = post(f"{witness.url}/add-checkpoint", asked.to_text(), timeout_s=chosen.witness_timeout_s)
    with run.write() as session:
        return checkpoints.take_answer(
            session,
            session.get_one(LedgerWitness, witness_id),
            kept.get_checkpoint(session, number),
            asked,
            answer,
            crypto=run.given(Crypto),
            now=run.now(),
            clock_s=chosen.witness_clock_s,
        )


def post(url: str, text: str, *, timeout_s: float) -> checkpoints.Answer:
    """The witness's answer; one that cannot be reached is told as status 0."""
    import httpx

    try:
        answered = httpx.post(url, content=text.encode(), timeout=timeout_s, follow_redirects=False)
        return checkpoints.Answer(answered.status_code, answered.text[:20_000])
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        return checkpoints.Answer(0, f"{type(away).__name__}: {away}"[:400])


CHECKPOINT = jobs.Job("ledger.checkpoint", checkpoint, retries=3)
COSIGN = jobs.Job("ledger.cosign", cosign, retries=3, steps=True)
REMIND = jobs.Job("ledger.remind", remind, retries=1)
