"""Files that leave: made in a temporary file, sent from there, so that a long list needs no memory."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import quote

from fastapi.responses import StreamingResponse

IN_MEMORY_BYTES = 1_000_000
PIECE_BYTES = 64_000


def spooled() -> BinaryIO:
    """A place to write to: memory at first, a temporary file once it grows."""
    return cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))  # closed once sent


def csv_of(written: BinaryIO, name: str) -> StreamingResponse:
    """What was written, as a CSV download of this name."""
    written.seek(0)
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(written), media_type="text/csv; charset=utf-8", headers=headers)


def _pieces(written: BinaryIO) -> Iterator[bytes]:
    with written:
        while piece := written.read(PIECE_BYTES):
            yield piece
