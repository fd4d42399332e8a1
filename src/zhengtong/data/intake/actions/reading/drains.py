"""Rounds of MQTT messages, kept as they came: a file grows and is synced before each acknowledgement, and is then handed on as an arrival.

A note beside it says which file is being written, so that whoever comes after a kill goes on with it: nothing acknowledged is lost,
nothing is taken twice.
"""

import base64
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import arriving, batching, mqtt
from zhengtong.data.intake.rules import cursors, kinds, records
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen

REMEMBERED = 2_000
ROUND = 1_000


class Drain:
    """The file of a source that is being written. `previous`: the arrival before, where what comes again may stand."""

    def __init__(self, data: Path, source_id: UUID, *, new_id: Callable[[], UUID], previous: UUID | None) -> None:
        self._note = arriving.folder_of(data, "drains") / f"{source_id.hex}.id"
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self.id, self.taken_up = _noted(self._note, new_id)
        self.path = arriving.kept_path(data, self.id)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(self.path)
        before = [] if previous is None else _marks(arriving.kept_path(data, previous))
        own = _marks(self.path)
        self._again = Counter([*before, *own][-REMEMBERED:])
        self.messages = _count(self.path)

    def keep(self, heard: Sequence[mqtt.Heard]) -> None:
        """This will write what is new among the messages, and return once it is on the disk."""
        with self.path.open("a", encoding="ascii") as file:
            for one in heard:
                mark = mqtt.mark_of(one.topic, one.payload)
                if one.again and self._again[mark] > 0:
                    self._again[mark] -= 1
                    continue
                file.write(json.dumps([one.topic, base64.b64encode(one.payload).decode()]) + "\n")
                self.messages += 1
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        """This will let the next round begin a new file; once the arrival stands in the database."""
        self._note.unlink(missing_ok=True)


def drain(line: mqtt.Line, into: Drain, *, most: int, idle_s: float, stop: Callable[[], bool]) -> None:
    """This will take what the broker holds, round by round, until nothing comes or `most` are kept."""
    while into.messages < most and not stop():
        heard = line.take(idle_s=idle_s, limit=ROUND)
        if not heard:
            return
        into.keep(heard)
        line.acknowledge(heard)


class MessagesReader:
    """Reads the rounds of messages that a run took."""

    keeps_place = False

    def __init__(self, told: kinds.Mqtt, paths: Sequence[Path], *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._told, self._paths, self._chunk_rows = told, paths, chunk_rows

    def columns(self) -> list[ColumnSeen]:
        found = dict.fromkeys(name for _, rows, _ in self._messages(0) for row in rows for name in row)
        return [ColumnSeen(name) for name in found]

    def total(self) -> int | None:
        return sum(_count(path) for path in self._paths)

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        known = [column.name for column in self.columns()]
        some = batching.Gathering(cursors.row_of(after), known)
        begun = int((after or {}).get("message", 0))
        left = limit if limit is not None else 2**62
        for number, rows, bad in self._messages(begun):
            some.take(rows[:left], bad, sum(batching.size_of(list(row.values())) for row in rows))
            left -= len(rows)
            if left <= 0 or some.is_full(self._chunk_rows):
                yield some.chunk(message=number)
            if left <= 0:
                return
        if some.count:
            yield some.chunk(message=number)

    def keys(self, columns: Sequence[str]) -> None:
        """Messages tell what came, not what there is."""
        return

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """The files are swept later."""

    def _messages(self, after: int) -> Iterator[tuple[int, list[records.Record], list[BadLine]]]:
        number = 0
        for path in self._paths:
            if not path.exists():
                raise errors.FileGone(name=path.stem)
            for topic, payload in _lines(path):
                number += 1
                if number > after:
                    yield number, *mqtt.rows_of(self._told, topic, payload, number)


def _noted(note: Path, new_id: Callable[[], UUID]) -> tuple[UUID, bool]:
    try:
        return UUID(note.read_text("ascii").strip()), True
    except (FileNotFoundError, ValueError):
        fresh = new_id()
        with note.open("w", encoding="ascii") as file:
            file.write(fresh.hex)
            file.flush()
            os.fsync(file.fileno())
        arriving.sync_folder(note.parent)
        return fresh, False


def _cut_torn_line(path: Path) -> None:
    """A line without its end was never synced, so never acknowledged: it comes again."""
    if not path.exists():
        path.touch()
        arriving.sync_folder(path.parent)
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        for line in file:
            topic, payload = json.loads(line)
            yield topic, base64.b64decode(payload)


def _marks(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [mqtt.mark_of(topic, payload) for topic, payload in _lines(path)][-REMEMBERED:]


def _count(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
