"""Whole registers as columns, for the engine that compares them at once."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.entities import rules
from zhengtong.data.entities.queries.seen import chunks, seen
from zhengtong.data.entities.rules import Kind, splinking
from zhengtong.data.entities.tables import Record
from zhengtong.engines.crypto import Keyring

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 2_000


def as_rows(kind: Kind, columns: Iterable[Mapping[str, str]], *, first: int = 0) -> "pa.Table":
    """Records by their ready columns, numbered from `first`; what is not said is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    told, nothing = list(columns), pa.scalar(None, pa.string())
    sides = {name: pa.array(map(itemgetter(name), told), pa.string()) for name in rules.columns_of(kind)}
    said = {name: pc.if_else(pc.equal(pc.binary_length(side), 0), nothing, side) for name, side in sides.items()}
    return pa.table({splinking.ID: pa.array(range(first, first + len(told)), type=pa.int64()), **said})


def all_ready(session: Session, keyring: Keyring, kind: Kind) -> "tuple[list[UUID], list[str | None], list[pa.Table]]":
    """All live records: ids, valid codes, and their ready columns in pieces."""
    ids: list[UUID] = []
    codes: list[str | None] = []
    tables: list[pa.Table] = []
    live = select(Record).where(Record.kind == kind, Record.gone_at.is_(None)).order_by(Record.id)
    for some in chunks(session.scalars(live.execution_options(yield_per=PIECE)), PIECE):
        ready = [seen(one, keyring) for one in some]
        tables.append(as_rows(kind, [one.columns for one in ready], first=len(ids)))
        ids += [one.id for one in ready]
        codes += [one.code for one in ready]
        for one in some:
            session.expunge(one)
    return ids, codes, tables or [as_rows(kind, [])]
