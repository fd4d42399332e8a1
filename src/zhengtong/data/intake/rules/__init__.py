"""What is true of sources, runs and rows. Pure."""

from zhengtong.data.intake.rules.kinds import Kind
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen, Cursor, Reader, SourceConfig
from zhengtong.data.intake.rules.words import (
    FINISHED,
    UNFINISHED,
    Asked,
    BatchKind,
    BatchState,
    Cause,
    Confidence,
    Mode,
    OnDrift,
    RowState,
    RunState,
    SourceState,
)

__all__ = [
    "CHUNK_ROWS",
    "FINISHED",
    "UNFINISHED",
    "Asked",
    "BadLine",
    "BatchKind",
    "BatchState",
    "Cause",
    "Chunk",
    "ColumnSeen",
    "Confidence",
    "Cursor",
    "Kind",
    "Mode",
    "OnDrift",
    "Reader",
    "RowState",
    "RunState",
    "SourceConfig",
    "SourceState",
]
