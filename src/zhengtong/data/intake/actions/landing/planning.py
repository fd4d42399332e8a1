"""What a run needs to know before it reads: the item, its fields and rules, the mapping, the table. Loaded once a slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, standards
from zhengtong.data.intake import errors
from zhengtong.data.intake.rules import Cause, ColumnSeen, Mode, OnDrift
from zhengtong.data.intake.tables import Run, Source

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_COLUMN, ROW_COLUMN = "_batch_id", "_row"


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of the item: the source's column it is read from ("" none), and the rules its text must pass."""

    name: str
    name_zh: str
    column: str
    type: standards.Type
    needed: bool
    rules: tuple[standards.FieldRule, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one slice of a run works by."""

    source_id: UUID
    run_id: UUID
    code: str
    item_id: UUID
    item_code: str
    table: str
    schema: "pa.Schema"
    fields: tuple[FieldPlan, ...]
    keys: tuple[str, ...]
    mode: Mode
    removes: bool
    replay: bool
    on_drift: OnDrift
    accepted: tuple[ColumnSeen, ...]
    most_bad_percent: int
    allowed: frozenset[str]
    """What a person has allowed this run after it stopped: `bad`, `gone`, `drift`."""

    @property
    def writer(self) -> str:
        """The name under which this source marks its writes."""
        return f"intake/{self.source_id}"

    @property
    def mapped(self) -> dict[str, str]:
        """Column of the source by field, where there is one."""
        return {field.name: field.column for field in self.fields if field.column}


def plan(session: Session, run: Run, *, today: date) -> Plan:
    """What the run works by. Raises SourceNotReady, ItemUnknown, ModeNeedsKey."""
    source = session.get_one(Source, run.source_id)
    if source.item_id is None or not source.mapping:
        raise errors.SourceNotReady(code=source.code)
    item, fields = catalogue.get_item(session, source.item_id), catalogue.fields_of(session, source.item_id)
    keys = tuple(field.name for field in fields if field.is_key)
    if source.mode is not Mode.APPEND and not keys:
        raise errors.ModeNeedsKey(code=item.code)
    replay = run.cause is Cause.REPLAY
    return Plan(
        source_id=source.id,
        run_id=run.id,
        code=source.code,
        item_id=item.id,
        item_code=item.code,
        table=item.table,
        schema=lake_schema(fields),
        fields=field_plans(session, fields, {} if replay else source.mapping, today=today, own=replay),
        keys=keys,
        mode=source.mode,
        removes=source.removes,
        replay=replay,
        on_drift=source.on_drift,
        accepted=tuple(ColumnSeen(one["name"], one.get("type", "")) for one in source.columns),
        most_bad_percent=100 if replay else source.most_bad_percent,
        allowed=frozenset(run.what.get("allowed", ())),
    )


def field_plans(
    session: Session, fields: list[catalogue.Field], mapping: Mapping[str, str], *, today: date, own: bool = False
) -> tuple[FieldPlan, ...]:
    """The fields with their rules on this day; `own`: each is read from a column of its own name."""
    return tuple(
        _field_plan(session, field, field.name if own else mapping.get(field.name, ""), today) for field in fields
    )


def _field_plan(session: Session, field: catalogue.Field, column: str, today: date) -> FieldPlan:
    definition = catalogue.definition_of_field(session, field)
    codes = None
    if definition.code_list:
        valid = session.scalars(standards.valid_codes(definition.code_list, on=today))
        codes = frozenset(one.code for one in valid)
    found = standards.field_rules(definition, codes=codes, on=today)
    return FieldPlan(
        name=field.name,
        name_zh=field.name_zh,
        column=column,
        type=field.type,
        needed=field.required or field.is_key,
        rules=tuple(rule for rule in found if rule.kind != "required"),
    )


def lake_schema(fields: list[catalogue.Field]) -> "pa.Schema":
    """The table's columns: the fields, then the batch and the row's place in it."""
    import pyarrow as pa

    schema = catalogue.arrow_schema(fields)
    for name, kind in ((BATCH_COLUMN, pa.string()), (ROW_COLUMN, pa.int64())):
        if name not in schema.names:
            schema = schema.append(pa.field(name, kind))
    return schema


def is_known(plan: Plan, name: str) -> bool:
    """True for a column that was accepted with the mapping."""
    return any(one.name == name for one in plan.accepted)
