"""Where people send files, in pieces that may be sent again."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from zhengtong.data.intake.actions.reading import uploads
from zhengtong.data.intake.permissions import RUN
from zhengtong.data.intake.routes.room import routes
from zhengtong.data.intake.schemas.push import NewUpload, UploadOut, Uploads
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Upload
from zhengtong.engines.crypto import Crypto
from zhengtong.engines.files import FilesSettings
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given

PIECE_TYPE = "application/octet-stream"


async def _bytes(request: Request) -> bytes | None:
    """The body; None where it is of another type, which is told after who asks is known."""
    right = request.headers.get("content-type", "").partition(";")[0] == PIECE_TYPE
    return await request.body() if right else None


Bytes = Annotated[bytes | None, Depends(_bytes)]
Offset = Annotated[int, Query(ge=0, description="where this piece begins: `received` of the upload")]


@routes.post("/intake/uploads", needs=RUN, status=201)
def begin_upload(session: Session, actor: Actor, body: NewUpload, settings: Given[Settings]) -> UploadOut:
    """Begin to send a file."""
    upload = uploads.begin(
        session,
        actor,
        body,
        data=settings.kernel.data,
        limits=settings.of(Intake),
        most_bytes=settings.of(FilesSettings).max_bytes,
        now=clock.now(),
    )
    return _out(upload)


@routes.get("/intake/uploads", needs=RUN)
def list_uploads(session: Session, actor: Actor) -> Uploads:
    """One's own uploads that are not finished or not used yet."""
    return Uploads(items=[_out(one) for one in uploads.own_uploads(session, actor, now=clock.now())])


@routes.get("/intake/uploads/{upload_id}", needs=RUN)
def read_upload(session: Session, actor: Actor, upload_id: UUID) -> UploadOut:
    """How much of a file has been received."""
    return _out(uploads.get_upload(session, actor, upload_id, now=clock.now()))


@routes.patch("/intake/uploads/{upload_id}", needs=RUN)
def add_upload_piece(
    database: Database,
    actor: Actor,
    upload_id: UUID,
    offset: Offset,
    piece: Bytes,
    settings: Given[Settings],
    crypto: Given[Crypto],
) -> UploadOut:
    """Send the next piece (application/octet-stream, 2 MB at most)."""
    if piece is None:
        raise web.WrongMediaType()
    if len(piece) > uploads.PIECE_BYTES:
        raise web.TooLarge(limit_mb=uploads.PIECE_BYTES // 2**20)
    data, now = settings.kernel.data, clock.now()
    return _out(
        uploads.add_piece(database, actor, upload_id, offset=offset, piece=piece, data=data, crypto=crypto, now=now)
    )


@routes.delete("/intake/uploads/{upload_id}", needs=RUN)
def give_up_upload(session: Session, actor: Actor, upload_id: UUID, settings: Given[Settings]) -> None:
    """Give an upload up; what was sent is deleted."""
    uploads.give_up(session, actor, upload_id, data=settings.kernel.data, now=clock.now())


def _out(upload: Upload) -> UploadOut:
    return UploadOut(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        received=upload.received,
        digest=upload.digest,
        state=upload.state,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        piece_bytes=uploads.PIECE_BYTES,
    )
