"""Counting failed sign-ins. A try is counted before it is judged and forgiven when it was right, so that many at once gain nothing."""

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
    rows = _rows(session, list(wanted))
    counting = {
        bucket: row for bucket, row in rows.items() if throttling.still_counts(wanted[bucket], row.last_at, now)
    }
    for bucket, row in counting.items():
        if wait_s := throttling.left_s(wanted[bucket], row.failures, row.last_at, now):
            raise errors.TooManyAttempts(retry_after_s=wait_s, wait_s=wait_s)
    for bucket in wanted:
        _count(session, bucket, anew=bucket not in counting, now=now)
    return list(wanted)


def forgive(session: Session, buckets: list[str]) -> None:
    """This will clear the account's counts after a right answer; of the address only this one try is taken back."""
    for bucket, row in _rows(session, buckets).items():
        if bucket.startswith("address:"):
            row.failures = max(0, row.failures - 1)
        else:
            session.delete(row)


def forget_old(session: Session, *, now: datetime) -> None:
    """This will drop the counts that count no more."""
    longest = max(throttling.ACCOUNT.forget, throttling.ADDRESS.forget, timedelta(hours=1))
    session.execute(delete(tables.FailureCount).where(tables.FailureCount.last_at < now - longest))


def _count(session: Session, bucket: str, *, anew: bool, now: datetime) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(tables.FailureCount).values(bucket=bucket, failures=1, last_at=now)
    failures = 1 if anew else tables.FailureCount.failures + 1
    session.execute(
        statement.on_conflict_do_update(index_elements=["bucket"], set_={"failures": failures, "last_at": now})
    )


def _rows(session: Session, buckets: list[str]) -> dict[str, tables.FailureCount]:
    """In one order, so that two tries never wait for each other in a ring."""
    statement = select(tables.FailureCount).where(tables.FailureCount.bucket.in_(buckets))
    found = session.scalars(statement.order_by(tables.FailureCount.bucket).with_for_update())
    return {row.bucket: row for row in found}
