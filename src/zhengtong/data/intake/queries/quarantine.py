"""Quarantined rows: who sees which, and how, masked unless they may be seen in full."""

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.permissions import row_abilities
from zhengtong.data.intake.queries.reasons import names_of, reason, reasons_of
from zhengtong.data.intake.queries.sources import visible_sources
from zhengtong.data.intake.rules import BatchState, marking, masking
from zhengtong.data.intake.tables import Batch, QuarantinedRow, Source
from zhengtong.kernel.actor import Actor

MOST_AT_ONCE = 100_000


def visible_rows(actor: Actor) -> Select[QuarantinedRow]:
    """The rows of batches that landed, of sources the actor may see."""
    sources = visible_sources(actor).with_only_columns(Source.id)
    statement = select(QuarantinedRow).join(Batch, Batch.id == QuarantinedRow.batch_id)
    return statement.where(QuarantinedRow.source_id.in_(sources), Batch.state == BatchState.LANDED)


def find_rows(actor: Actor, wanted: schemas.WantedRows) -> Select[QuarantinedRow]:
    """Rows by source, run, batch, item, state, and what they break."""
    statement = visible_rows(actor)
    for name in ("source_id", "run_id", "batch_id", "item_id", "state"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(QuarantinedRow, name) == value)
    if wanted.field or wanted.rule:
        mark = f"|{wanted.field}:" if wanted.field else ":"
        mark += f"{wanted.rule}|" if wanted.rule else ""
        statement = statement.where(QuarantinedRow.marks.contains(mark, autoescape=True))
    return statement


def get_row(session: Session, actor: Actor, row_id: UUID) -> QuarantinedRow:
    """The row, for one who may see it. Raises RowNotFound."""
    found = session.scalar(visible_rows(actor).where(QuarantinedRow.id == row_id))
    if found is None:
        raise errors.RowNotFound()
    return found


def chosen_rows(actor: Actor, chosen: schemas.Chosen) -> Select[QuarantinedRow]:
    """The rows that were chosen, in the order in which they came. Raises NoRowChosen."""
    if chosen.all is None and not chosen.ids:
        raise errors.NoRowChosen()
    statement = find_rows(actor, chosen.all) if chosen.all else visible_rows(actor)
    if chosen.ids:
        statement = statement.where(QuarantinedRow.id.in_(chosen.ids))
    return statement.order_by(QuarantinedRow.id).limit(MOST_AT_ONCE)


def summary(session: Session, actor: Actor, wanted: schemas.WantedRows) -> schemas.SummaryOut:
    """How many rows there are, by what they break; the fields, where all are of one item."""
    rows = find_rows(actor, wanted)
    items = list(
        session.scalars(rows.with_only_columns(QuarantinedRow.item_id, maintain_column_froms=True).distinct().limit(2))
    )
    return schemas.SummaryOut(
        rows=session.scalar(select(func.count()).select_from(rows.subquery())) or 0,
        reasons=reasons_of(session, rows),
        fields=shown_fields(session, items[0]) if len(items) == 1 else [],
    )


def shown_fields(session: Session, item_id: UUID) -> list[schemas.ShownField]:
    """The item's fields as columns of a table."""
    fields = catalogue.fields_of(session, item_id)
    return [schemas.ShownField(name=one.name, name_zh=one.name_zh, key=one.is_key) for one in fields]


def row_line(session: Session, actor: Actor, row: QuarantinedRow, *, full: bool = False) -> schemas.RowLine:
    """A row as the actor may see it; `full` only for who may, and asked for it."""
    source = session.get_one(Source, row.source_id)
    names = names_of(session, [row.item_id])
    shown = (lambda value: value) if full else masking.mask
    return schemas.RowLine(
        id=row.id,
        source=schemas.SourceRef.model_validate(source, from_attributes=True),
        run_id=row.run_id,
        batch_id=row.batch_id,
        place=row.place,
        state=row.state,
        reasons=[
            reason(field, names.get((row.item_id, field), field), rule, 1) for field, rule in marking.read(row.marks)
        ],
        values={name: shown(value) for name, value in row.values.items()},
        mended={name: shown(value) for name, value in row.mended.items()},
        raw=shown(row.raw),
        why=schemas.WordsOut(**row.why) if row.why else None,
        masked=not full,
        at=row.at,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name,
        reason=row.reason,
        abilities=row_abilities(actor, source, row),
    )
