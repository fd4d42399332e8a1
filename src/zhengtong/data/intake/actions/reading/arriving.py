"""What was sent to us, kept on disk before it is acknowledged: rows of pushes and messages, one JSON line each."""

import itertools
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching
from zhengtong.data.intake.rules import cursors, records
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen


def folder_of(data: Path, kind: str) -> Path:
    """Where arrivals of a kind (`uploads`, `kept`) lie."""
    return data / "intake" / kind


def kept_path(data: Path, arrival_id: UUID | str) -> Path:
    """The file of one push or round of messages."""
    return folder_of(data, "kept") / f"{UUID(str(arrival_id)).hex}.jsonl"


def keep_rows(path: Path, rows: Iterable[records.Record], bad: Sequence[BadLine] = ()) -> None:
    """This will write the rows and what could not be one, and return once they are on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="replace") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        for one in bad:
            file.write(json.dumps([one.raw, one.why_zh, one.why_en], ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """This will make new names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_mb(folder: Path) -> int:
    """What is left on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free // 2**20


class KeptReader:
    """Reads the pushes, or rounds of messages, that a run took, one after another."""

    keeps_place = False

    def __init__(self, paths: Sequence[Path], columns: Sequence[str], *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._paths, self._told, self._chunk_rows = paths, columns, chunk_rows

    def columns(self) -> list[ColumnSeen]:
        """As told; else all that the rows have."""
        found = self._told or dict.fromkeys(name for one in self._lines() if isinstance(one, dict) for name in one)
        return [ColumnSeen(name) for name in found]

    def total(self) -> int | None:
        return sum(1 for _ in self._lines())

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        known = [column.name for column in self.columns()]
        skipped, left = cursors.row_of(after), limit if limit is not None else 2**62
        some = batching.Gathering(skipped, known)
        for one in itertools.islice(self._lines(), skipped, None):
            if isinstance(one, dict):
                some.take([one], (), batching.size_of(list(one.values())))
            else:
                some.take([], [BadLine(some.next, *one)], 0)
            if some.is_full(min(self._chunk_rows, left)):
                left -= some.count
                yield some.chunk()
                if left <= 0:
                    return
        if some.count:
            yield some.chunk()

    def keys(self, columns: Sequence[str]) -> None:
        """A push tells what came, not what there is."""
        return

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """The files are swept later: a run may be looked into."""

    def _lines(self) -> Iterator[Any]:
        for path in self._paths:
            try:
                with path.open(encoding="utf-8") as file:
                    yield from map(json.loads, file)
            except FileNotFoundError as gone:
                raise errors.FileGone(name=path.stem) from gone
