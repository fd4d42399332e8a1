"""A file is asked for, fetched, and forgotten when its days are over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose, random
from zhengtong.kernel import audit, jobs
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.kernel.settings import Settings
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange.arranging import Basis, party_of
from zhengtong.sharing.gateway.actions.filing.making import EXPIRED, MAKE_FILE, READY, WAITING, path_of
from zhengtong.sharing.gateway.tables import SentFile

MOST_DECOYS = 2_000


def ask_file(
    session: Session,
    actor: Actor,
    basis: Basis,
    form: str,
    *,
    decoys: Sequence[Mapping[str, Any]] = (),
    keyring: Keyring,
    now: datetime,
) -> SentFile:
    """This will have a file made for the basis' system. `decoys`: rows that both sides agreed on as such; each file holds its own choice.

    Raises AgreementNotYours, ItemNotServed.
    """
    party = party_of(session, actor, basis, now=now)
    file = SentFile(
        id=new_id(),
        agreement=party.agreement,
        item_id=party.item.id,
        item_code=party.item.number or party.item.code,
        item_name=party.item.name_zh,
        provider_id=party.provider_id,
        consumer_id=party.consumer_id,
        system_id=basis.system_id,
        purpose=basis.purpose,
        case_number=basis.case_number,
        format=form,
        state=WAITING,
        marks=[],
        decoys=[dict(one) for one in decoys[:MOST_DECOYS]],
        asked_at=now,
        asked_by_name=actor.name,
    )
    file.mark_key = keyring.seal(Purpose.CREDENTIALS, random(32), file.id.bytes)
    session.add(file)
    session.flush()
    after = {"agreement": file.agreement, "item": file.item_code, "format": form, "decoys": len(file.decoys)}
    audit.record(session, actor, "gateway.file_asked", file, after=after)
    jobs.enqueue(session, MAKE_FILE, key=f"file:{file.id}", file_id=str(file.id))
    return file


def content_of(session: Session, actor: Actor, file: SentFile, settings: Settings) -> bytes:
    """The sealed file; that it was fetched is kept. Raises FileNotReady."""
    path = path_of(settings, file.id)
    if file.state != READY or not path.exists():
        raise errors.FileNotReady()
    file.downloads += 1
    audit.record(session, actor, "gateway.file_fetched", file, after={"digest": file.digest})
    return path.read_bytes()


def expire_files(session: Session, *, now: datetime, settings: Settings) -> None:
    """This will delete files whose days are over. Their order's key stays, so that a leak is traced later too."""
    for file in session.scalars(select(SentFile).where(SentFile.state == READY, SentFile.expires_at <= now)):
        path_of(settings, file.id).unlink(missing_ok=True)
        file.state = EXPIRED
