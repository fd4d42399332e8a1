"""Serving copies made from the lake: in order, whole, swapped in when they are ready; the old one serves until then."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines import lake as lakes
from zhengtong.engines.lake import Lake
from zhengtong.engines.serving import Column, Copy, Serving
from zhengtong.engines.serving import Kind as Held
from zhengtong.kernel import errors as families
from zhengtong.kernel import jobs, wake
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway.queries.plans import TOPIC
from zhengtong.sharing.gateway.rules import Field, Kind, keys_of, kind_of
from zhengtong.sharing.gateway.tables import ServingCopy

ROWS_AT_ONCE, NEVER = 16_384, -1
LIVE = (ledger.IN_FORCE, ledger.SUSPENDED)
_SUBJECTS = {"id_number": "resident", "social_credit_code": "firm"}


@dataclass(frozen=True, slots=True)
class Source:
    """An item as it is to be copied."""

    item_id: UUID
    item_version: int
    table: str
    fields: tuple[Field, ...]
    data_at: datetime | None


def source_of(session: Session, item_id: UUID) -> Source | None:
    """What to copy; None for an item that is not in force."""
    item = catalogue.get_item(session, item_id)
    if item.in_force is None or not item.is_live:
        return None
    fields = tuple(_field(session, one) for one in catalogue.fields_of(session, item_id))
    return Source(item.id, item.in_force, item.table, fields, item.last_batch_at)


def is_wanted(session: Session, item_id: UUID) -> bool:
    """True for an item that some agreement serves, and for one that has a copy already."""
    live = select(agreements.Agreement.id).where(
        agreements.Agreement.item_id == item_id, agreements.Agreement.status.in_(LIVE)
    )
    return session.get(ServingCopy, item_id) is not None or session.scalar(live.limit(1)) is not None


def make_copy(run: jobs.Run, *, item_id: str) -> None:
    """This will copy the lake's present version of the item and swap it in. Nothing happens where that is served already."""
    wanted = UUID(item_id)
    with run.read() as session:
        source = source_of(session, wanted)
        before = session.get(ServingCopy, wanted)
    lake, serving = run.given(Lake), run.given(Serving)
    if source is None:
        serving.drop(wanted.hex)
        with run.write() as session:
            forget_copy(session, wanted)
        return
    began = time.monotonic()
    try:
        version = lake.version(source.table)
        if before and (before.item_version, before.lake_version) == (source.item_version, version):
            return
        made = put_copy(lake, serving, source, version, now=run.now())
    except (lakes.TableAbsent, lakes.LakeAway) as away:
        with run.write() as session:
            note_trouble(session, source, away, now=run.now())
        return
    with run.write() as session:
        note_copy(session, source, version, made, seconds=time.monotonic() - began)


def put_copy(lake: Lake, serving: Serving, source: Source, version: int, *, now: datetime) -> Copy:
    """This will copy a version of the lake's table; a field that the table has not is empty."""
    there = set(lake.schema(source.table, version=version).names)
    columns = tuple(Column(one.name, Held(one.kind), one.scale) for one in source.fields if one.name in there)
    indexed = tuple(name for name in keys_of(source.fields) if name in there)
    copy = Copy(source.item_id.hex, f"{source.item_version}.{version}", columns, indexed, source.data_at, now)
    return serving.put(copy, _rows(lake, source, version, [one.name for one in columns]))


def note_copy(session: Session, source: Source, version: int, made: Copy, *, seconds: float) -> None:
    """This will keep what is served now, and have every process look at it."""
    row = session.get(ServingCopy, source.item_id)
    if row is None:
        row = ServingCopy(item_id=source.item_id)
        session.add(row)
    row.item_version, row.lake_table, row.lake_version = source.item_version, source.table, version
    row.fields = [one.to_dict() for one in source.fields]
    row.rows, row.data_at, row.made_at, row.seconds, row.trouble = made.rows, made.data_at, made.made_at, seconds, None
    wake.ring(session, TOPIC)


def note_trouble(session: Session, source: Source, trouble: families.Problem, *, now: datetime) -> None:
    """This will keep why no copy could be made; the one before still serves."""
    row = session.get(ServingCopy, source.item_id)
    told = {"zh": trouble.say("zh"), "en": trouble.say("en"), "at": now.isoformat()}
    if row is not None:
        row.trouble = told


def forget_copy(session: Session, item_id: UUID) -> None:
    """This will note that the item is served no more."""
    row = session.get(ServingCopy, item_id)
    if row is not None:
        session.delete(row)
        wake.ring(session, TOPIC)


def ask_copy(session: Session, item_id: UUID) -> None:
    """This will have the item copied; asked twice before it begins, it is done once."""
    key = f"gateway.copy:{item_id}"
    waits = select(jobs.JobRow.seq).where(jobs.JobRow.key == key, jobs.JobRow.state == jobs.WAITING)
    if session.scalar(waits.limit(1)) is None:
        jobs.enqueue(session, MAKE_COPY, key=key, item_id=str(item_id))


def copy_all_anew(session: Session) -> int:
    """This will have every copy made again from the lake: after a restoration, which brings none; returns how many."""
    kept = list(session.scalars(select(ServingCopy)))
    for row in kept:
        row.lake_version = NEVER
        ask_copy(session, row.item_id)
    return len(kept)


def _rows(lake: Lake, source: Source, version: int, names: list[str]) -> Iterator[tuple[Any, ...]]:
    scanner = lake.dataset(source.table, version=version).scanner(columns=names, batch_size=ROWS_AT_ONCE)
    for batch in scanner.to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _field(session: Session, one: catalogue.Field) -> Field:
    told = catalogue.definition_of_field(session, one)
    kind = kind_of(one.type.value, one.precision)
    return Field(
        name=one.name,
        name_zh=one.name_zh,
        kind=kind,
        level=one.level.value,
        key=one.is_key,
        subject=_SUBJECTS.get(told.check, ""),
        scale=(one.precision or 0) if kind is Kind.DECIMAL else 0,
        meaning=one.meaning,
    )


MAKE_COPY = jobs.Job("gateway.make_copy", make_copy, steps=True, retries=5)
