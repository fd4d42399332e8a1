"""Source and receiver compared, row by row, at the version that the receiver has."""

from collections.abc import Iterator
from hashlib import blake2b
from uuid import UUID

from zhengtong.engines.lake import Lake
from zhengtong.kernel import errors as families
from zhengtong.kernel import jobs
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange import running
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving, leaving
from zhengtong.sharing.gateway.actions.exchange.reading import whole
from zhengtong.sharing.gateway.actions.exchange.target import DatabaseTable, said
from zhengtong.sharing.gateway.rules import exchanging
from zhengtong.sharing.gateway.rules.exchanging import ROW, Reconciled

AT_ONCE = 65_536
WIDTH = 16


def reconcile(run: jobs.Run, *, exchange_id: str) -> None:
    """This will compare and keep the report. Only a database can be read back, and no receipt is needed: nothing leaves."""
    ready = running.prepared(run, UUID(exchange_id))
    if ready is None:
        return
    try:
        receiver = running.receiver_of(run, ready.exchange)
        if not isinstance(receiver, DatabaseTable):
            return
        report = compared(run.given(Lake), ready.table, receiver, ready.how)
    except families.Problem as problem:
        running.note(run, ready.exchange.id, trouble=running.told(problem), tried_at=run.now())
        return
    running.note(run, ready.exchange.id, reconciled=report.told(), reconciled_at=run.now())


def compared(lake: Lake, table: str, receiver: DatabaseTable, how: Leaving) -> Reconciled:
    """The report. Raises NothingLanded where the receiver has no version yet."""
    place = receiver.place()
    if place.version < 0:
        raise errors.NothingLanded(item=table)
    source = dict(_source(lake, table, place.version, how))
    target = {name: _digest(values) for name, values in receiver.rows(how.shape)}
    return exchanging.reconciled(source, target)


def _source(lake: Lake, table: str, version: int, how: Leaving) -> Iterator[tuple[str, bytes]]:
    columns = how.shape.columns
    for chunk in whole(lake, table, version, how, AT_ONCE):
        for row in leaving(chunk.came, how).to_pylist():
            yield row[ROW], _digest([said(column, row[column.name]) for column in columns])


def _digest(values: list[str]) -> bytes:
    """Compares two copies in one program's memory; nothing rests on it elsewhere."""
    return blake2b("\x1f".join(values).encode(), digest_size=WIDTH).digest()


RECONCILE = jobs.Job("gateway.reconcile_exchange", reconcile, steps=True, retries=2)
