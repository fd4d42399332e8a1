"""Counting failed sign-ins. A try is counted before it is judged and forgiven when it was right, so that many at once gain nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import throttling
from zhengtong.office.identity.rules.sessions import Caller
from zhengtong.office.identity.tables import sign_in as tables


def begin_try(session: Session, name: str, caller: Caller, subject_id: UUID | None, *, now: datetime) -> list[str]:
    """This will count one try for the name as failed, in each bucket it belongs to; returns the buckets.

    Raises TooManyAttempts, with the seconds to wait, when any of them must still wait; nothing is counted then.
    """
    device = queries.known_device(session, caller.device, subject_id)
    known_address = subject_id is not None and queries.signed_in_from(session, subject_id, caller.address, now=now)
    wanted = dict(
        throttling.buckets(name, caller.address, device=str(device.id) if device else None, known_address=known_address)
    )
    rows = _rows(session, wanted, now=now)
    for bucket, row in rows.items():
        if not throttling.still_counts(wanted[bucket], row.last_at, now):
            row.failures = 0
        if wait_s := throttling.left_s(wanted[bucket], row.failures, row.last_at, now):
            raise errors.TooManyAttempts(retry_after_s=wait_s, wait_s=wait_s)
    for row in rows.values():
        row.failures, row.last_at = row.failures + 1, now
    return list(wanted)


def forgive(session: Session, buckets: list[str], *, now: datetime) -> None:
    """This will clear the account's counts after a right answer; of the address only this one try is taken back."""
    for bucket, row in _rows(session, buckets, now=now).items():
        row.failures = max(0, row.failures - 1) if bucket.startswith("address:") else 0


def forget_old(session: Session, *, now: datetime) -> None:
    """This will drop the counts that count no more."""
    longest = max(throttling.ACCOUNT.forget, throttling.ADDRESS.forget, timedelta(hours=1))
    session.execute(delete(tables.FailureCount).where(tables.FailureCount.last_at < now - longest))


def _rows(session: Session, buckets: Iterable[str], *, now: datetime) -> dict[str, tables.FailureCount]:
    """The counts, each made where it was missing and locked, in one order: two tries never wait for each other in a ring."""
    wanted = sorted(buckets)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    missing = insert(tables.FailureCount).values([{"bucket": b, "failures": 0, "last_at": now} for b in wanted])
    session.execute(missing.on_conflict_do_nothing())
    statement = select(tables.FailureCount).where(tables.FailureCount.bucket.in_(wanted))
    found = session.scalars(statement.order_by(tables.FailureCount.bucket).with_for_update())
    return {row.bucket: row for row in found}
