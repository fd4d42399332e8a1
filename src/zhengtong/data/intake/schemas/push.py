"""Pushes and uploads over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.intake.rules.words import RunState
from zhengtong.data.intake.schemas.words import In
from zhengtong.data.intake.tables import UploadState


class ReceiptOut(BaseModel):
    """What was pushed is kept and will land once. Keep it: the digest proves what was sent."""

    id: UUID
    source: str = Field(description="code of the source")
    key: str = Field(description="the Idempotency-Key")
    rows: int
    digest: str = Field(description="SM3 of the bytes that were sent, in hexadecimal")
    received_at: datetime
    repeated: bool = Field(description="true when this batch had been received before; it is not taken twice")
    run_id: UUID | None = Field(None, description="the run that lands it, once one has begun")
    state: RunState | None = Field(None, description="how that run stands")


class NewUpload(In):
    """A file that is going to be sent in pieces."""

    name: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
    size: int = Field(gt=0, description="bytes")
    digest: str = Field("", pattern=r"^([0-9a-f]{64})?$", description="SM3 of the file, where it is known beforehand")


class UploadOut(BaseModel):
    """How much of a file has been received."""

    id: UUID
    name: str
    size: int
    received: int = Field(description="bytes kept so far; send the next piece from here")
    digest: str = Field(description="SM3 of the whole file, once it is there")
    state: UploadState
    created_at: datetime
    expires_at: datetime
    piece_bytes: int = Field(description="largest piece")


class Uploads(BaseModel):
    """Uploads of one's own that are not finished or not used yet."""

    items: list[UploadOut]
