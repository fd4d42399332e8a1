"""Files that people send in pieces, over broken lines and restarts; whole only when every byte is there and its SM3 is right."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import arriving, table_files
from zhengtong.data.intake.permissions import RUN
from zhengtong.data.intake.schemas.push import NewUpload
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Upload, UploadState
from zhengtong.engines import files
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database, new_id

PIECE_BYTES = 2 << 20
USED_KEPT = timedelta(days=7)
LIVE = (UploadState.OPEN, UploadState.WHOLE)


def path_of(data: Path, upload_id: UUID) -> Path:
    """Where an upload's bytes lie."""
    return arriving.folder_of(data, "uploads") / upload_id.hex


def begin(
    session: Session,
    actor: Actor,
    new: NewUpload,
    *,
    data: Path,
    limits: Intake,
    most_bytes: int,
    now: datetime,
) -> Upload:
    """This will make room for a file. Needs RUN. `most_bytes`: what is read of files at all. Raises UploadFormat, UploadTooLarge, UploadsTooMany, DiskLow."""
    require(actor, RUN, now=now)
    size, name = new.size, new.name.replace("\\", "/").rpartition("/")[2].strip()
    if Path(name).suffix.lower() not in files.READS:
        raise errors.UploadFormat(name=name, known=" ".join(files.READS))
    if size > most_bytes:
        raise errors.UploadTooLarge(name=name, size_mb=-(-size // 2**20), limit_mb=most_bytes // 2**20)
    mine = select(func.count()).where(Upload.created_by == actor.subject, Upload.state == UploadState.OPEN)
    if (count := session.scalar(mine) or 0) >= limits.uploads_open:
        raise errors.UploadsTooMany(count=count)
    free = arriving.free_mb(arriving.folder_of(data, "uploads"))
    if free - size // 2**20 < limits.free_mb:
        raise errors.DiskLow(free_mb=free, least_mb=limits.free_mb)
    upload = Upload(
        id=new_id(),
        name=name,
        size=size,
        digest=new.digest,
        state=UploadState.OPEN,
        received=0,
        department_id=actor.department,
        created_by=actor.subject,
        created_at=now,
        expires_at=now + timedelta(hours=limits.upload_hours),
    )
    session.add(upload)
    session.flush()
    return upload


def add_piece(
    database: Database,
    actor: Actor,
    upload_id: UUID,
    *,
    offset: int,
    piece: bytes,
    data: Path,
    crypto: Crypto,
    now: datetime,
) -> Upload:
    """This will keep one piece, and find the file whole with its last. Only for who began the upload.

    A piece that was kept before a broken line may be sent again from the offset that is told. Raises UploadElsewhere, UploadBroken.
    """
    path = path_of(data, upload_id)
    with _alone(path):
        with database.read() as session:
            upload = get_upload(session, actor, upload_id, now=now)
        if upload.state is not UploadState.OPEN or offset != upload.received or offset + len(piece) > upload.size:
            raise errors.UploadElsewhere(received=upload.received)
        _write(path, offset, piece)
        received = offset + len(piece)
        found = table_files.sm3_of(path, crypto) if received == upload.size else ""
        broken = bool(found and upload.digest and found != upload.digest)
        state = UploadState.EXPIRED if broken else UploadState.WHOLE if found else UploadState.OPEN
        with database.write() as session:
            upload = session.get_one(Upload, upload_id)
            upload.received, upload.state, upload.digest = received, state, found or upload.digest
        if broken:
            path.unlink(missing_ok=True)
            raise errors.UploadBroken(name=upload.name)
    return upload


def get_upload(session: Session, actor: Actor, upload_id: UUID, *, now: datetime) -> Upload:
    """One's own upload that has not expired. Raises UploadNotFound."""
    upload = session.get(Upload, upload_id)
    if (
        upload is None
        or upload.created_by != actor.subject
        or upload.state is UploadState.EXPIRED
        or upload.expires_at <= now
    ):
        raise errors.UploadNotFound()
    return upload


def own_uploads(session: Session, actor: Actor, *, now: datetime) -> list[Upload]:
    """One's own that are not finished or not used yet, newest first."""
    mine = select(Upload).where(Upload.created_by == actor.subject, Upload.state.in_(LIVE), Upload.expires_at > now)
    return list(session.scalars(mine.order_by(Upload.created_at.desc()).limit(100)))


def give_up(session: Session, actor: Actor, upload_id: UUID, *, data: Path, now: datetime) -> None:
    """This will drop an upload; its bytes are swept."""
    upload = get_upload(session, actor, upload_id, now=now)
    if upload.state in LIVE:
        upload.state = UploadState.EXPIRED
        path_of(data, upload.id).unlink(missing_ok=True)


def forget_expired(session: Session, *, now: datetime) -> list[UUID]:
    """This will mark what nobody finished or used in time; the ids whose bytes may go."""
    late = Upload.expires_at <= now
    session.execute(update(Upload).where(Upload.state.in_(LIVE), late).values(state=UploadState.EXPIRED))
    given_up = and_(Upload.state == UploadState.EXPIRED, late)
    used = and_(Upload.state == UploadState.USED, Upload.expires_at <= now - USED_KEPT)
    return list(session.scalars(select(Upload.id).where(or_(given_up, used))))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer of a file at a time, over processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, offset: int, piece: bytes) -> None:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(offset)  # what a broken line left behind was never told as kept
        file.seek(offset)
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())
