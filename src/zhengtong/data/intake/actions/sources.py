"""Sources as people connect, change, map, rest and retire them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.actions import credentials
from zhengtong.data.intake.permissions import CONNECT, RUN
from zhengtong.data.intake.rules import UNFINISHED, Kind, Mode, SourceState, kinds, schedules
from zhengtong.data.intake.tables import Run, Source
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Field
from zhengtong.office import identity


def add_source(session: Session, actor: Actor, new: schemas.NewSource, keyring: Keyring, *, now: datetime) -> Source:
    """This will connect a source, as a draft until it is mapped. Needs CONNECT in its department.

    Raises SourceCodeTaken, SourceWrong, ScheduleWrong, SecretMarking.
    """
    require(actor, CONNECT, new, now=now)
    catalogue.refuse_secrets([new.name_zh, new.name_en])
    settings = _settings(new.kind, new.settings)
    source = Source(
        id=new_id(),
        code=_code(session, new.code),
        name_zh=new.name_zh,
        name_en=new.name_en,
        spelling=identity.spelling(new.name_zh),
        kind=new.kind,
        department_id=new.department_id,
        state=SourceState.DRAFT,
        settings=settings,
        mapping={},
        columns=[],
        mode=Mode.APPEND,
        on_drift=new.on_drift,
        most_bad_percent=new.most_bad_percent,
        schedule=new.schedule,
        next_at=_next(new.schedule, now),
        created_at=now,
        created_by=actor.subject,
        changed_at=now,
    )
    _keep_secrets(source, new.secrets, keyring)
    session.add(source)
    session.flush()
    audit.record(session, actor, "intake.source_added", source, after=_told(source), at=now)
    return source


def change_source(
    session: Session, actor: Actor, source: Source, change: schemas.SourceChange, *, now: datetime
) -> None:
    """This will change how a source is read and run; other settings mean other columns, so they are looked at anew. Needs CONNECT.

    Raises SourceRetired, SourceWrong, ScheduleWrong.
    """
    _changeable(session, actor, source, now)
    before, given = _told(source), change.model_dump(exclude_unset=True)
    if "settings" in given:
        settings = _settings(source.kind, given.pop("settings") or {})
        if settings != source.settings:
            source.settings, source.cursor = settings, None
    for name, value in given.items():
        if value is not None:
            setattr(source, name, value)
    if change.name_zh:
        source.spelling = identity.spelling(change.name_zh)
    if change.schedule is not None:
        source.next_at = _next(change.schedule, now)
    source.changed_at = now
    after = _told(source)
    changed = [name for name in after if after[name] != before[name]]
    audit.record(
        session,
        actor,
        "intake.source_changed",
        source,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        at=now,
    )


def put_secrets(
    session: Session, actor: Actor, source: Source, secrets: Mapping[str, str], keyring: Keyring, *, now: datetime
) -> None:
    """This will keep these secrets in place of the former; they are never shown. Needs CONNECT. Raises SourceWrong, SourceRetired."""
    _changeable(session, actor, source, now)
    before = list(source.secret_names)
    _keep_secrets(source, secrets, keyring)
    source.changed_at = now
    names = {"before": {"secrets": before}, "after": {"secrets": source.secret_names}}
    audit.record(session, actor, "intake.secrets_replaced", source, at=now, **names)


def map_source(session: Session, actor: Actor, source: Source, new: schemas.MappingIn, *, now: datetime) -> None:
    """This will say into which item the source flows and how; a draft becomes active. Needs CONNECT there and at the item's department.

    Raises ItemUnknown, MappingWrong, ModeNeedsKey, SourceBusy.
    """
    _changeable(session, actor, source, now)
    item = _item_for(session, actor, new.item_id)
    fields = catalogue.fields_of(session, item.id)
    check_mapping(fields, new.mapping, [one.name for one in new.columns])
    if new.mode is not Mode.APPEND and not any(field.is_key for field in fields):
        raise errors.ModeNeedsKey(code=item.code)
    if source.item_id != item.id and _is_busy(session, source):
        raise errors.SourceBusy(code=source.code)
    before = {"item": str(source.item_id or ""), "mode": source.mode, "mapping": source.mapping}
    source.item_id, source.mode, source.removes = item.id, new.mode, new.removes
    source.mapping = {name: column for name, column in new.mapping.items() if column}
    if new.columns:
        source.columns = [one.model_dump() for one in new.columns]
    if source.state is SourceState.DRAFT:
        source.state = SourceState.ACTIVE
        source.next_at = _next(source.schedule, now)
    source.changed_at = now
    after = {"item": str(item.id), "mode": new.mode, "mapping": source.mapping}
    audit.record(session, actor, "intake.source_mapped", source, before=before, after=after, at=now)


def set_resting(session: Session, actor: Actor, source: Source, resting: bool, *, now: datetime) -> None:
    """This will keep the schedule from running the source, or let it again. Needs RUN. Raises SourceRetired, SourceNotReady."""
    require(actor, RUN, source, now=now)
    if source.state is SourceState.RETIRED:
        raise errors.SourceRetired(code=source.code)
    if source.state is SourceState.DRAFT:
        raise errors.SourceNotReady(code=source.code)
    source.state = SourceState.RESTING if resting else SourceState.ACTIVE
    source.next_at = None if resting else _next(source.schedule, now)
    source.changed_at = now
    audit.record(session, actor, "intake.source_rested" if resting else "intake.source_woken", source, at=now)


def retire_source(session: Session, actor: Actor, source: Source, *, now: datetime) -> None:
    """This will end a source for good; its secrets are forgotten, its runs and batches stay. Needs CONNECT. Raises SourceBusy."""
    _changeable(session, actor, source, now)
    if _is_busy(session, source):
        raise errors.SourceBusy(code=source.code)
    source.state, source.next_at, source.sealed, source.secret_names = SourceState.RETIRED, None, None, []
    source.changed_at = now
    audit.record(session, actor, "intake.source_retired", source, at=now)


def read_anew(session: Session, actor: Actor, source: Source, *, now: datetime) -> None:
    """This will have the next run read everything from the beginning. Needs RUN. Raises SourceBusy."""
    require(actor, RUN, source, now=now)
    if _is_busy(session, source):
        raise errors.SourceBusy(code=source.code)
    source.cursor, source.changed_at = None, now
    audit.record(session, actor, "intake.source_read_anew", source, at=now)


def note_columns(session: Session, source: Source, columns: Sequence[schemas.ColumnOut]) -> None:
    """This will keep the columns as they were seen last in a trial of a draft."""
    if source.state is SourceState.DRAFT:
        source.columns = [one.model_dump() for one in columns]


def _changeable(session: Session, actor: Actor, source: Source, now: datetime) -> None:
    require(actor, CONNECT, source, now=now)
    if source.state is SourceState.RETIRED:
        raise errors.SourceRetired(code=source.code)


def _is_busy(session: Session, source: Source) -> bool:
    unfinished = (Run.source_id == source.id, Run.state.in_(UNFINISHED))
    return session.scalar(select(Run.id).where(*unfinished).limit(1)) is not None


def _item_for(session: Session, actor: Actor, item_id: UUID) -> catalogue.Item:
    """The item, for one who may bring data into it: who may connect sources in its department."""
    item = session.get(catalogue.Item, item_id)
    if item is None or item.state is catalogue.State.DELETED or not actor.may(CONNECT, item.department_id):
        raise errors.ItemUnknown(code=item.code if item else item_id)
    return item


def check_mapping(fields: Sequence[catalogue.Field], mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raises MappingWrong with each fault at its field: unknown, needed and unmapped, no such column."""
    known = {field.name: field for field in fields}
    faults = [
        Field(f"mapping.{name}", f"数据项没有字段 {name}。", f"The item has no field {name}.")
        for name in mapping
        if name not in known
    ]
    for name, field in known.items():
        column = mapping.get(name, "")
        if not column and (field.required or field.is_key):
            faults.append(
                Field(
                    f"mapping.{name}",
                    f"必填字段“{field.name_zh}”还没有对应的列。",
                    f"The needed field {name} has no column.",
                )
            )
        if column and columns and column not in columns:
            faults.append(Field(f"mapping.{name}", f"数据源没有列 {column}。", f"The source has no column {column}."))
    if not any(mapping.values()):
        faults.append(Field("mapping", "至少对应一列。", "Map one column at least."))
    if faults:
        raise errors.MappingWrong(fields=faults)


def _settings(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, checked, as they are kept. Raises SourceWrong with each fault at its place."""
    try:
        return kinds.read_source({**told, "kind": kind}).model_dump(mode="json", exclude={"kind"})
    except ValidationError as wrong:
        faults = []
        for one in wrong.errors(include_input=False, include_url=False, include_context=False):
            place = ".".join(str(part) for part in one["loc"][1:]) or "settings"
            zh, _, en = one["msg"].removeprefix("Value error, ").partition(" | ")
            faults.append(Field(f"settings.{place}", zh, en or zh))
        raise errors.SourceWrong(fields=faults) from None


def _keep_secrets(source: Source, secrets: Mapping[str, str], keyring: Keyring) -> None:
    known = kinds.SECRETS.get(source.kind, ())
    faults = [
        Field(f"secrets.{name}", f"这类数据源没有“{name}”这项凭据。", f"This kind of source has no secret {name}.")
        for name in secrets
        if name not in known
    ]
    if faults:
        raise errors.SourceWrong(fields=faults)
    credentials.seal(source, secrets, keyring)


def _code(session: Session, given: str) -> str:
    if not given:
        number = (session.scalar(select(func.count()).select_from(Source)) or 0) + 1
        while session.scalar(select(Source.id).where(Source.code == f"s-{number:04d}")):
            number += 1
        return f"s-{number:04d}"
    if session.scalar(select(Source.id).where(Source.code == given)):
        raise errors.SourceCodeTaken(code=given)
    return given


def _next(schedule: str, now: datetime) -> datetime | None:
    try:
        return schedules.next_time(schedule, now)
    except ValueError:
        raise errors.ScheduleWrong(schedule=schedule) from None


def _told(source: Source) -> dict[str, Any]:
    """What the audit trail keeps of a source; no secret is among it."""
    names = ("name_zh", "name_en", "settings", "schedule", "on_drift", "most_bad_percent")
    return {"code": source.code, "kind": source.kind, **{name: getattr(source, name) for name in names}}
