"""Quarantined rows as a table that the source's department can work from."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.permissions import REVEAL
from zhengtong.data.intake.queries.quarantine import MOST_AT_ONCE
from zhengtong.data.intake.rules import marking, masking
from zhengtong.data.intake.tables import QuarantinedRow, Source
from zhengtong.engines.files import Files
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database

HEAD = ("编号", "数据源", "源中位置", "状态", "原因")


def export(
    database: Database,
    actor: Actor,
    wanted: schemas.WantedRows,
    files: Files,
    out: BinaryIO,
    *,
    full: bool,
    form: str = "csv",
    now: datetime,
) -> None:
    """This will write up to a hundred thousand rows, masked unless `full`, which needs REVEAL at each source. Audited."""
    with database.read() as session:
        rows = queries.find_rows(actor, wanted).order_by(QuarantinedRow.id).limit(MOST_AT_ONCE)
        of = rows.with_only_columns(QuarantinedRow.source_id, maintain_column_froms=True).order_by(None).limit(None)
        sources = {one.id: one for one in session.scalars(select(Source).where(Source.id.in_(of.distinct())))}
        for source in sources.values() if full else ():
            require(actor, REVEAL, source, now=now)
        fields = queries.summary(session, actor, wanted).fields
        names = [one.name for one in fields]
        head, cells = [*HEAD, *(one.name_zh for one in fields)], _cells(session, rows, sources, names, full)
        write = files.write_xlsx if form == "xlsx" else files.write_csv
        count = write(out, head, cells)
    with database.write() as session:
        for source in list(sources.values())[:1]:
            told = {"rows": count, "full": full, "sources": len(sources)}
            audit.record(session, actor, "intake.rows_exported", source, after=told, at=now)


def _cells(
    session: Session, rows: Select[QuarantinedRow], sources: dict[UUID, Source], names: list[str], full: bool
) -> Iterator[list[object]]:
    for row in session.scalars(rows.execution_options(yield_per=1000)):
        said = {**row.values, **row.mended}
        why = "；".join(
            f"{name} {marking.KINDS.get(rule, (rule, rule))[0]}".strip() for name, rule in marking.read(row.marks)
        )
        values = [said.get(name) for name in names]
        shown = values if full else [masking.mask(value) for value in values]
        yield [
            str(row.id),
            sources[row.source_id].name_zh,
            row.place,
            row.state.value,
            why,
            *(one or "" for one in shown),
        ]
