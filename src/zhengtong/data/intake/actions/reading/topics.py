"""Topics of messages: the place in each partition is kept with the batch, so that each message lands once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching
from zhengtong.data.intake.rules import cursors, kinds, records
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen
from zhengtong.engines.broker import Broker, BrokerAway, BrokerRefused, Ends, Log, Partition, Received, TopicAbsent
from zhengtong.kernel.errors import Words

AT_ONCE = 8_192
LOOKED_AT = 500
RAW = 2_000


class TopicReader:
    """Reads one topic from where the last batch ended to where it ended when the reading began."""

    keeps_place = True

    def __init__(self, told: kinds.Topic, log: Log | Broker, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._told, self._log, self._chunk_rows = told, log, chunk_rows
        self._ends: Mapping[Partition, Ends] | None = None
        self._columns: list[str] | None = None

    def columns(self) -> list[ColumnSeen]:
        """The fields of the newest messages of each partition."""
        if self._columns is None:
            found = list(self._told.columns)
            if self._told.form == "json" and not found:
                found = list(dict.fromkeys(name for one in self._newest() for name in one))
            self._columns = found
        return [ColumnSeen(name) for name in self._columns]

    def total(self) -> int | None:
        return sum(ends.next - ends.first for ends in self._bounds().values())

    def waiting(self, after: Mapping[str, Any] | None) -> int:
        """How many messages lie beyond the cursor."""
        return sum(self._bounds()[one].next - at for one, at in self._places(after).items())

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        """The messages after the cursor, partition by partition."""
        known = [column.name for column in self.columns()]
        places = self._places(after)
        some = batching.Gathering(cursors.row_of(after), known)
        left = limit if limit is not None else 2**62
        for partition in sorted(places):
            for message in self._messages(partition, places[partition]):
                rows, bad = self._rows_of(message, some.next)
                if some.count and some.count + len(rows) > self._chunk_rows:
                    yield some.chunk(offsets=_offsets(places))
                places[partition] = message.offset + 1
                some.take(rows[:left], bad, len(message.value or b""))
                left -= len(rows)
                if left <= 0 or some.is_full(self._chunk_rows):
                    yield some.chunk(offsets=_offsets(places))
                if left <= 0:
                    return
        if some.bytes or some.count:
            yield some.chunk(offsets=_offsets(places))

    def keys(self, columns: Sequence[str]) -> None:
        """A topic tells what came, not what there is."""
        return

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """The place is ours, kept with the batch."""

    def _rows_of(self, message: Received, place: int) -> tuple[list[records.Record], list[BadLine]]:
        try:
            return records.of_message(message.value, self._told.form, self._told.columns), []
        except records.RecordWrong as wrong:
            at = f"{message.partition.number}/{message.offset}"
            raw = (message.value or b"")[:RAW].decode("utf-8", "replace")
            return [], [BadLine(place, raw, f"{at} 号消息{wrong.why.zh}", f"message {at} {wrong.why.en}")]

    def _messages(self, partition: Partition, at: int) -> Iterator[Received]:
        until = self._bounds()[partition].next
        while at < until:
            with _told():
                found = self._log.read(partition, at, min(AT_ONCE, until - at))
            found = [message for message in found if at <= message.offset < until]
            if not found:  # what lay there was compacted away
                return
            yield from found
            at = found[-1].offset + 1

    def _bounds(self) -> Mapping[Partition, Ends]:
        """What each partition held when the reading began."""
        if self._ends is None:
            with _told():
                self._ends = self._log.ends(self._told.topic)
        return self._ends

    def _places(self, after: Mapping[str, Any] | None) -> dict[Partition, int]:
        kept = (after or {}).get("offsets", {})
        places = {}
        for partition, ends in self._bounds().items():
            first = ends.first if self._told.start == "earliest" or after is not None else ends.next
            at = int(kept.get(str(partition.number), first))
            if at < ends.first:
                raise errors.MessagesLost(
                    topic=partition.topic, partition=partition.number, offset=at, first=ends.first
                )
            places[partition] = min(at, ends.next)
        return places

    def _newest(self) -> Iterator[records.Record]:
        for partition, ends in self._bounds().items():
            for message in self._messages(partition, max(ends.first, ends.next - LOOKED_AT)):
                yield from self._rows_of(message, 0)[0]


def _offsets(places: Mapping[Partition, int]) -> dict[str, int]:
    return {str(partition.number): at for partition, at in places.items()}


@contextmanager
def _told() -> Iterator[None]:
    """The broker's failures as the source's."""
    try:
        yield
    except BrokerAway as failure:
        raise errors.SourceAway(why=failure.facts["reason"]) from failure
    except BrokerRefused as failure:
        raise errors.LoginRefused(reason=failure.facts["reason"]) from failure
    except TopicAbsent as failure:
        why = Words(failure.say("zh").rstrip("。"), failure.say("en").rstrip("."))
        raise errors.SourceRefused(why=why) from failure
