"""Why rows wait in quarantine, counted and in words."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import schemas
from zhengtong.data.intake.rules import marking
from zhengtong.data.intake.tables import QuarantinedRow


def reasons_of(session: Session, rows: Select[QuarantinedRow]) -> list[schemas.ReasonOut]:
    """The rules that the rows break, the most frequent first. A row that breaks two counts in both."""
    wanted = rows.with_only_columns(
        QuarantinedRow.item_id, QuarantinedRow.marks, func.count(), maintain_column_froms=True
    )
    counts: Counter[tuple[UUID, str, str]] = Counter()
    for item_id, marks, count in session.execute(
        wanted.order_by(None).group_by(QuarantinedRow.item_id, QuarantinedRow.marks)
    ):
        for field, rule in marking.read(marks):
            counts[item_id, field, rule] += count
    names = names_of(session, {item_id for item_id, _, _ in counts})
    return [
        reason(field, names.get((item_id, field), field), rule, count)
        for (item_id, field, rule), count in counts.most_common()
    ]


def counted(marks: Iterable[str], names: dict[str, str]) -> list[schemas.ReasonOut]:
    """As `reasons_of`, for rows that are not kept."""
    counts = Counter(pair for one in marks for pair in marking.read(one))
    return [reason(field, names.get(field, field), rule, count) for (field, rule), count in counts.most_common()]


def reason(field: str, field_zh: str, rule: str, rows: int) -> schemas.ReasonOut:
    """One rule in words."""
    zh, en = marking.KINDS.get(rule, (rule, rule))
    return schemas.ReasonOut(
        field=field,
        field_zh=field_zh,
        rule=rule,
        zh=f"{field_zh}{zh}" if field else zh,
        en=f"{field} {en}" if field else en,
        rows=rows,
    )


def names_of(session: Session, item_ids: Iterable[UUID]) -> dict[tuple[UUID, str], str]:
    """The 中文 names of fields, by item and name."""
    ids: list[Any] = list(item_ids)
    if not ids:
        return {}
    field = catalogue.Field
    found = session.execute(select(field.item_id, field.name, field.name_zh).where(field.item_id.in_(ids)))
    return {(item_id, name): name_zh for item_id, name, name_zh in found}
