"""Uploads as runs and trials take them."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.tables import Upload, UploadState
from zhengtong.kernel.actor import Actor


def upload_of(session: Session, actor: Actor, upload_id: UUID) -> Upload:
    """An upload that has come whole, of the actor's own. Raises UploadNotFound."""
    upload = session.get(Upload, upload_id)
    if (
        upload is None
        or upload.created_by != actor.subject
        or upload.state not in (UploadState.WHOLE, UploadState.USED)
    ):
        raise errors.UploadNotFound()
    return upload


def what_of(upload: Upload) -> dict[str, Any]:
    """What a run is told of an upload."""
    return {"upload": str(upload.id), "name": upload.name}
