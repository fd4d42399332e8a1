"""Sources: who sees which, and how they are shown."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.permissions import READ, source_abilities
from zhengtong.data.intake.rules import Kind, RowState, kinds
from zhengtong.data.intake.tables import QuarantinedRow, Run, Source
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity

PLACED = (Kind.TOPIC,)


def visible_sources(actor: Actor) -> Select[Source]:
    """The sources of the departments whose sources the actor may see."""
    scope, statement = actor.scope(READ), select(Source)
    if scope.everywhere:
        return statement
    return (
        statement.where(Source.department_id.in_(scope.departments)) if scope.departments else statement.where(false())
    )


def find_sources(actor: Actor, wanted: schemas.WantedSources, *, text: str | None) -> Select[Source]:
    """Sources by name, pinyin, initials or code; by department, kind, state, item."""
    statement = visible_sources(actor)
    for name, value in wanted.model_dump().items():
        if value is not None:
            statement = statement.where(getattr(Source, name) == value)
    if text:
        named = or_(Source.name_zh.contains(text, autoescape=True), Source.name_en.icontains(text, autoescape=True))
        coded = Source.code.startswith(text.lower(), autoescape=True)
        statement = statement.where(or_(named, coded, identity.spelled(Source.spelling, text)))
    return statement


def get_source(session: Session, actor: Actor, source_id: UUID) -> Source:
    """The source, for one who may see it. Raises SourceNotFound."""
    found = session.scalar(visible_sources(actor).where(Source.id == source_id))
    if found is None:
        raise errors.SourceNotFound()
    return found


def item_ref(session: Session, item_id: UUID | None) -> schemas.ItemRef | None:
    """The item as others name it."""
    item = session.get(catalogue.Item, item_id) if item_id else None
    if item is None:
        return None
    code = item.number or item.code
    return schemas.ItemRef(id=item.id, code=code, name_zh=item.name_zh, name_en=item.name_en, state=item.state)


def source_line(session: Session, actor: Actor, source: Source) -> schemas.SourceLine:
    """A source in a list."""
    return schemas.SourceLine(**_line(session, actor, source))


def source_out(session: Session, actor: Actor, source: Source) -> schemas.SourceOut:
    """A source in full."""
    fields = catalogue.fields_of(session, source.item_id) if source.item_id else []
    mapped = [
        schemas.MappedField(
            field=one.name,
            name_zh=one.name_zh,
            type=one.type,
            needed=one.required or one.is_key,
            is_key=one.is_key,
            column=source.mapping.get(one.name, ""),
        )
        for one in fields
    ]
    return schemas.SourceOut(
        **_line(session, actor, source),
        settings=source.settings,
        secret_names=source.secret_names,
        secrets_wanted=list(kinds.SECRETS.get(source.kind, ())),
        on_drift=source.on_drift,
        most_bad_percent=source.most_bad_percent,
        removes=source.removes,
        columns=[schemas.ColumnOut(**one) for one in source.columns],
        fields=mapped,
        keeps_place=source.kind in PLACED or bool(source.settings.get("cursor") or source.settings.get("since_column")),
        created_at=source.created_at,
    )


def _line(session: Session, actor: Actor, source: Source) -> dict[str, Any]:
    last = session.scalar(select(Run).where(Run.source_id == source.id).order_by(Run.number.desc()).limit(1))
    waiting = (QuarantinedRow.source_id == source.id, QuarantinedRow.state == RowState.OPEN)
    return {
        "id": source.id,
        "code": source.code,
        "name_zh": source.name_zh,
        "name_en": source.name_en,
        "kind": source.kind,
        "state": source.state,
        "department": identity.DepartmentRef.of(session.get_one(identity.Department, source.department_id)),
        "item": item_ref(session, source.item_id),
        "mode": source.mode,
        "schedule": source.schedule,
        "next_at": source.next_at,
        "last_landed_at": source.last_landed_at,
        "last_run": schemas.RunBrief.model_validate(last, from_attributes=True) if last else None,
        "quarantined": session.scalar(select(func.count()).select_from(QuarantinedRow).where(*waiting)) or 0,
        "changed_at": source.changed_at,
        "version": source.version,
        "abilities": source_abilities(actor, source),
    }
