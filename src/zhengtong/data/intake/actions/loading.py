"""One file into an item, from the command line or by another room: the columns are matched by their names."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.actions import runs, sources, trying, uploaded
from zhengtong.data.intake.actions.reading import arriving
from zhengtong.data.intake.rules import Cause, Kind, Mode, OnDrift, SourceConfig
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Run, Source, Upload, UploadState
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.given import Givens
from zhengtong.kernel.settings import Settings

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Into:
    """Where a file goes: the item by its code, how its rows land, and which column a field is read from where names do not tell."""

    item_code: str
    mode: Mode | None = None
    mapping: tuple[tuple[str, str], ...] = ()


def load_file(database: Database, actor: Actor, file: Path, into: Into, givens: Givens, *, now: datetime) -> Run:
    """This will copy the file, match its columns to the item's fields and put a run in the queue. Needs CONNECT and RUN there.

    Rows of an item with a key replace those of the same key, unless `mode` says otherwise. Raises ItemUnknown, FileUnreadable,
    ColumnsUnmatched, SourceRefused.
    """
    upload_id = new_id()
    with database.read() as session:
        item = catalogue.item_by_code(session, into.item_code)
        if item is None:
            raise errors.ItemUnknown(code=into.item_code)
        fields = catalogue.fields_of(session, item.id)
    config = SourceConfig(Kind.UPLOAD, {}, what={"upload": str(upload_id), "name": file.name})
    size = keep(file, upload_id, givens)
    sample = trying.look(config, givens)
    with database.write() as session:
        matched = {one.field: one.column for one in trying.matches(session, sample, fields)} | dict(into.mapping)
        _check(fields, matched)
        source = _source_for(session, actor, item, givens[Keyring], now)
        mode = into.mode or (Mode.UPSERT if any(field.is_key for field in fields) else Mode.APPEND)
        columns = [schemas.ColumnOut(name=one.name, type=one.type) for one in sample.columns]
        mapped = schemas.MappingIn(item_id=item.id, mode=mode, mapping=matched, columns=columns)
        sources.map_source(session, actor, source, mapped, now=now)
        upload = Upload(
            id=upload_id,
            name=file.name[:255],
            size=size,
            received=size,
            state=UploadState.USED,
            department_id=source.department_id,
            created_by=actor.subject,
            created_at=now,
            expires_at=now + timedelta(hours=givens[Settings].of(Intake).upload_hours),
        )
        session.add(upload)
        what = uploaded.what_of(upload)
        return runs.start_run(session, actor, source.id, cause=Cause.UPLOAD, what=what, now=now)


def keep(file: Path, upload_id: UUID, givens: Givens) -> int:
    """This will copy a file to where uploads lie; its bytes. No digest is taken of it, which would take as long as judging its rows: those
    of the batches prove what was read. Raises FileUnreadable.
    """
    folder = arriving.folder_of(givens[Settings].kernel.data, "uploads")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("rb") as source, (folder / upload_id.hex).open("wb") as copy:
            shutil.copyfileobj(source, copy, PIECE)
            copy.flush()
            os.fsync(copy.fileno())
            return copy.tell()
    except OSError as failure:
        raise errors.FileUnreadable(path=file, reason=failure.strerror or type(failure).__name__) from failure


def _check(fields: Sequence[catalogue.Field], matched: dict[str, str]) -> None:
    missing = [one.name_zh for one in fields if (one.required or one.is_key) and not matched.get(one.name)]
    if missing:
        raise errors.ColumnsUnmatched(columns="、".join(missing))


def _source_for(session: Session, actor: Actor, item: catalogue.Item, keyring: Keyring, now: datetime) -> Source:
    """The item's own source of files; made on first use."""
    code = f"file-{(item.number or item.code).lower().replace('/', '-')}"
    found = session.scalar(select(Source).where(Source.code == code))
    if found is not None:
        return found
    new = schemas.NewSource(
        code=code,
        name_zh=f"{item.name_zh[:90]}（文件）",
        department_id=item.department_id,
        kind=Kind.UPLOAD,
        on_drift=OnDrift.CONTINUE,
    )
    return sources.add_source(session, actor, new, keyring, now=now)
