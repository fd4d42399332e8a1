"""What the tests of the ledger stand on: a city's log with some entries, keys, and a witness beside it."""

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong import engines
from zhengtong.engines.crypto import Crypto, CryptoSettings, Keyring
from zhengtong.engines.crypto.keyring import open_keyring
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import identity
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.actions.checkpoints import make_checkpoint
from zhengtong.sharing.ledger.tables import LedgerCheckpoint

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
ORIGIN = "zhengtong.990000.ledger"


@functools.cache
def crypto() -> Crypto:
    return engines.open_crypto(CryptoSettings())


def keyring(folder: Path) -> Keyring:
    return open_keyring(crypto(), folder / "keys" / "root.key", folder / "data")


def receipt(number: int = 0, *, at: datetime = NOW, **body: Any) -> ledger.Entry:
    return ledger.Entry("receipt@1", new_id(), at, "city", {"agreement_id": "a1", "number": number, **body})


def entry(type: str, by: str = "city", *, at: datetime = NOW, **body: Any) -> ledger.Entry:
    return ledger.Entry(type, new_id(), at, by, body)


def proposed(agreement: str = "a1", version: int = 1, **over: Any) -> ledger.Entry:
    terms = {"agreement_id": agreement, "number": "XY-2026-0001", "version": version, "terms_digest": f"d{version}"}
    terms |= {"valid_from": "2026-03-01", "valid_to": "2027-03-01", "provider": "tax", "consumer": "police"}
    return entry("agreement.proposed@1", "police", **{**terms, **over})


def countersigned(by: str, agreement: str = "a1", version: int = 1, **over: Any) -> ledger.Entry:
    seal = {"member": by, "key_id": "k", "custody": "platform", "signature": "00"}
    body = {"agreement_id": agreement, "version": version, "terms_digest": f"d{version}", "seal": seal}
    return entry("agreement.countersigned@1", by, **{**body, **over})


def moved(verb: str, agreement: str = "a1", **over: Any) -> ledger.Entry:
    return entry(f"agreement.{verb}@1", "tax", **{"agreement_id": agreement, "version": 1, "reason": "x", **over})


def department(session: Session, name: str = "税务局") -> UUID:
    row = identity.Department(
        id=new_id(), parent_id=None, name_zh=name, level=identity.Level.CITY, kind=identity.Kind.BUREAU, created_at=NOW
    )
    session.add(row)
    session.flush()
    return row.id


def fill(database: Database, counts: Iterable[int], folder: Path) -> list[LedgerCheckpoint]:
    """A log in batches of these sizes, a checkpoint after each."""
    made = []
    for count in counts:
        with database.write() as session:
            ledger.append(session, [receipt(number) for number in range(count)], now=NOW)
        with database.write() as session:
            made.append(checkpoint(session, folder))
    return made


def checkpoint(session: Session, folder: Path, now: datetime = NOW, origin: str = ORIGIN) -> LedgerCheckpoint:
    found = make_checkpoint(session, origin=origin, keyring=keyring(folder), crypto=crypto(), now=now)
    assert found is not None
    return found
