"""Ten rows, nothing kept: what a source gives, how its columns probably map, what would be quarantined."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import schemas
from zhengtong.data.intake.actions.landing import collecting, judging, planning
from zhengtong.data.intake.actions.reading import open_reader
from zhengtong.data.intake.queries import reasons
from zhengtong.data.intake.rules import ColumnSeen, Mode, OnDrift, SourceConfig, mapping, masking
from zhengtong.engines.compute import Compute
from zhengtong.kernel.given import Givens
from zhengtong.office import identity

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLED, SHOWN = 1000, 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What a source gave at a look."""

    columns: list[ColumnSeen]
    rows: "pa.Table"
    unreadable: list[tuple[str, str]]
    total: int | None
    took_ms: int

    def values(self, column: str) -> list[str | None]:
        """The column's values; none where it gave no such column."""
        found: list[str | None] = self.rows[column].to_pylist() if column in self.rows.column_names else []
        return found


def look(config: SourceConfig, givens: Givens) -> Sample:
    """The columns and up to a thousand rows of the source as it is now. Raises SourceRefused, SourceAway."""
    import pyarrow as pa

    begun = time.monotonic()
    with open_reader(config, givens) as reader:
        columns, total = reader.columns(), reader.total()
        chunks = []
        with closing(reader.chunks(None, limit=SAMPLED)) as reading:  # type: ignore[type-var]
            for chunk in reading:
                chunks.append(chunk)
                if sum(one.rows.num_rows for one in chunks) >= SAMPLED:
                    break
    took = int((time.monotonic() - begun) * 1000)
    if not chunks:
        empty = pa.table({one.name: pa.array([], pa.string()) for one in columns})
        return Sample(columns, empty, [], total, took)
    batch = collecting.batch_of(chunks)
    return Sample(columns, batch.rows, [(one.why_zh, one.why_en) for one in batch.bad], total, took)


def matches(session: Session, sample: Sample, fields: Sequence[catalogue.Field]) -> list[schemas.MappingProposal]:
    """The column each field is probably read from."""
    names = [mapping.FieldName(one.name, one.name_zh, identity.spelling(one.name_zh)) for one in fields]
    named = {one.name: one.name_zh for one in fields}
    return [
        schemas.MappingProposal(
            field=one.field,
            name_zh=named[one.field],
            column=one.column,
            sure=one.sure,
            why=schemas.WordsOut(zh=one.zh, en=one.en),
        )
        for one in mapping.propose([column.name for column in sample.columns], names)
    ]


def plan_of(
    session: Session, fields: list[catalogue.Field], chosen: Mapping[str, str], *, today: date
) -> planning.Plan:
    """A plan that lands nothing: to judge a sample by."""
    nobody = UUID(int=0)
    return planning.Plan(
        source_id=nobody,
        run_id=nobody,
        code="",
        item_id=nobody,
        item_code="",
        table="",
        schema=planning.lake_schema(fields),
        fields=planning.field_plans(session, fields, chosen, today=today),
        keys=(),
        mode=Mode.APPEND,
        removes=False,
        replay=False,
        on_drift=OnDrift.CONTINUE,
        accepted=(),
        most_bad_percent=100,
        allowed=frozenset(),
    )


def judged(sample: Sample, plan: planning.Plan, compute: Compute) -> tuple[int, list[schemas.ReasonOut]]:
    """How many rows of the sample would be quarantined, and why."""
    with compute.session() as work:
        found = judging.judge(work, judging.by_field(sample.rows, plan), plan)
    names = {one.name: one.name_zh for one in plan.fields}
    return len(found.bad), reasons.counted([bad.marks for bad in found.bad], names)


def shown(sample: Sample, *, full: bool) -> list[list[str | None]]:
    """The first ten rows by column, masked unless they may be seen in full."""
    rows = [list(row.values()) for row in sample.rows.slice(0, SHOWN).to_pylist()]
    return rows if full else [[masking.mask(value) for value in row] for row in rows]
