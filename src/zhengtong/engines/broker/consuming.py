"""Consumers whose place moves in the transaction of their effects: the one way to read, over every log.

Table `broker_offset` holds where each group goes on. A batch is handled in one transaction that first moves the place from where this
consumer believes it to be: two consumers of one partition (a group being shared out anew, a process that hung) cannot both succeed.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import Counter
from sqlalchemy import BigInteger, ColumnElement, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhengtong.engines.broker import (
    DEAD,
    Broker,
    BrokerSettings,
    Ends,
    Features,
    Handler,
    Log,
    Message,
    Partition,
    PlaceUnknown,
    Poison,
    Received,
    Start,
    StartAt,
    Subscription,
    as_words,
    gone,
)
from zhengtong.kernel import clock, errors, logs
from zhengtong.kernel.db import Base, Database

WAIT_S, LOOK_S = 0.5, 1.0
PASSING = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 30.0
log = logs.get("broker")
HANDLED = Counter("zhengtong_broker_handled_total", "Messages that took effect", ["group", "topic"])
LAID_ASIDE = Counter("zhengtong_broker_dead_total", "Messages laid into a dead-letter topic", ["group", "topic"])


class OffsetRow(Base):
    """Where a group goes on in a partition."""

    __tablename__ = "broker_offset"

    group: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime]


class _Moved(Exception):
    """Somebody else has moved the place of this partition: what we did is rolled back."""


class Consuming:
    """The broker of an installation: a log, and consumers over our database."""

    def __init__(self, inner: Log, database: Database, chosen: BrokerSettings) -> None:
        self._log, self._database, self._chosen = inner, database, chosen

    @property
    def features(self) -> Features:
        return self._log.features

    def create_topic(self, topic: str, *, partitions: int | None = None) -> None:
        self._log.create_topic(topic, partitions=partitions)

    def append(self, topic: str, messages: Sequence[Message]) -> None:
        self._log.append(topic, messages)

    def ends(self, topic: str) -> Mapping[Partition, Ends]:
        return self._log.ends(topic)

    def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Received]:
        return self._log.read(partition, offset, limit)

    def subscribe(self, group: str, topics: Sequence[str], start_at: StartAt) -> Subscription:
        return self._log.subscribe(group, topics, start_at)

    def close(self) -> None:
        self._log.close()

    def consumer(
        self, group: str, topics: Sequence[str], handler: Handler, *, start: Start = "earliest"
    ) -> "TableConsumer":
        return TableConsumer(
            self._log, self._database, self._chosen, group=group, topics=topics, handler=handler, start=start
        )

    def places(self, session: Session, group: str) -> Mapping[Partition, int]:
        return _places(session, group)

    def replay(self, session: Session, group: str, partition: Partition, offset: int) -> None:
        moved = update(OffsetRow).where(*_is(group, partition)).values(offset=offset, moved_at=clock.now())
        if session.execute(moved).rowcount != 1:  # type: ignore[attr-defined]
            raise PlaceUnknown(group=group, topic=partition.topic, partition=partition.number)


class TableConsumer:
    """One consumer of a group; one thread runs it."""

    def __init__(
        self,
        inner: Log,
        database: Database,
        chosen: BrokerSettings,
        *,
        group: str,
        topics: Sequence[str],
        handler: Handler,
        start: Start,
    ) -> None:
        self._log, self._database, self._chosen = inner, database, chosen
        self._group, self._topics, self._handler, self._start = group, tuple(topics), handler, start
        self._at: dict[Partition, int] = {}
        self._resting: dict[Partition, float] = {}
        self._failures: dict[Partition, tuple[int, int]] = {}
        self._looked = 0.0

    def run(self, stop: threading.Event) -> None:
        failed = 0
        while not stop.is_set():
            try:
                self._run(stop)
            except Exception as failure:
                if not _passing(failure):
                    raise
                failed = min(failed + 1, 10)
                log.warning("broker.away", group=self._group, reason=as_words(failure))
                stop.wait(_pause_s(failed))

    def drain(self, *, idle_s: float = 1.0) -> int:
        handled, quiet_since = 0, time.monotonic()
        taken = self._log.subscribe(self._group, self._topics, self._start_at)
        try:
            while time.monotonic() - quiet_since < idle_s:
                done = self._turn(taken, min(idle_s, WAIT_S))
                handled += done
                if done or self._resting:
                    quiet_since = time.monotonic()
        finally:
            taken.close()
        return handled

    def _run(self, stop: threading.Event) -> None:
        taken = self._log.subscribe(self._group, self._topics, self._start_at)
        try:
            while not stop.is_set():
                self._turn(taken, WAIT_S)
        finally:
            taken.close()

    def _turn(self, taken: Subscription, timeout_s: float) -> int:
        """This will handle one round of messages; returns how many are settled."""
        self._end_rests(taken)
        if time.monotonic() - self._looked > LOOK_S:
            self._look_again(taken)
        by_partition: dict[Partition, list[Received]] = defaultdict(list)
        for message in taken.take(self._chosen.batch, timeout_s):
            by_partition[message.partition].append(message)
        return sum(self._settle(taken, partition, some) for partition, some in by_partition.items())

    def _settle(self, taken: Subscription, partition: Partition, messages: list[Received]) -> int:
        """This will handle them at once; or, where that fails, one by one, so that only what is wrong stays behind."""
        messages = [message for message in messages if message.offset >= self._at.get(partition, 0)]
        if not messages or partition in self._resting:
            return 0
        failure = self._attempt(taken, partition, messages)
        if failure is None:
            return len(messages)
        if isinstance(failure, _Moved):
            return 0
        if _passing(failure):
            self._rest(taken, partition, messages[0], failure, counts=False)
            return 0
        for settled, message in enumerate(messages):
            failure = self._attempt(taken, partition, [message]) if len(messages) > 1 else failure
            if failure is None:
                continue
            if isinstance(failure, _Moved) or not self._lay_aside(taken, message, failure):
                return settled
        return len(messages)

    def _attempt(self, taken: Subscription, partition: Partition, messages: list[Received]) -> Exception | None:
        """This will handle and commit; or roll back and return why."""
        following = messages[-1].offset + 1
        try:
            with self._database.write() as session:
                self._move(session, partition, following)
                self._handler(session, messages)
        except _Moved as moved:
            self._go_back(taken, partition)
            return moved
        except Exception as failure:  # noqa: BLE001 - the edge of a handler: whatever it raises is kept and told
            return failure
        self._at[partition] = following
        self._failures.pop(partition, None)
        taken.note(partition, following)
        HANDLED.labels(self._group, partition.topic).inc(len(messages))
        return None

    def _move(self, session: Session, partition: Partition, offset: int) -> None:
        believed = (*_is(self._group, partition), OffsetRow.offset == self._at.get(partition, -1))
        moved = session.execute(update(OffsetRow).where(*believed).values(offset=offset, moved_at=clock.now()))
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise _Moved

    def _lay_aside(self, taken: Subscription, message: Received, failure: Exception) -> bool:
        """This will lay the message into the dead-letter topic once its tries are over; False: it is to be tried again."""
        partition = message.partition
        tries = self._failures.get(partition, (message.offset, 0))
        count = tries[1] + 1 if tries[0] == message.offset else 1
        if _passing(failure):
            self._rest(taken, partition, message, failure, counts=False)
            return False
        self._failures[partition] = (message.offset, count)
        if count < self._chosen.tries and not isinstance(failure, Poison):
            self._rest(taken, partition, message, failure, counts=True)
            return False
        self._bury(message, failure)
        if self._skip(partition, message.offset + 1):
            return True
        self._go_back(taken, partition)
        return False

    def _bury(self, message: Received, failure: Exception) -> None:
        topic, number = message.partition
        told = {
            **message.headers,
            "zt-group": self._group,
            "zt-origin": f"{topic}/{number}/{message.offset}",
            "zt-error": logs.mask(f"{type(failure).__name__}: {as_words(failure)}"),
            "zt-at": clock.now().isoformat(),
        }
        self._log.create_topic(topic + DEAD, partitions=1)
        self._log.append(topic + DEAD, [Message(message.value, message.key, told)])
        LAID_ASIDE.labels(self._group, topic).inc()
        log.error("broker.laid_aside", group=self._group, origin=told["zt-origin"], error=told["zt-error"])

    def _skip(self, partition: Partition, offset: int) -> bool:
        try:
            with self._database.write() as session:
                self._move(session, partition, offset)
        except _Moved:
            return False
        self._at[partition] = offset
        self._failures.pop(partition, None)
        return True

    def _rest(
        self, taken: Subscription, partition: Partition, message: Received, failure: Exception, *, counts: bool
    ) -> None:
        count = self._failures.get(partition, (0, 0))[1] if counts else PASSING
        self._resting[partition] = time.monotonic() + _pause_s(count)
        taken.rest(partition)
        told = {"topic": partition.topic, "partition": partition.number, "offset": message.offset}
        log.warning("broker.tried", group=self._group, failure=as_words(failure), passing=not counts, **told)

    def _end_rests(self, taken: Subscription) -> None:
        over = [partition for partition, until in self._resting.items() if until <= time.monotonic()]
        for partition in over:
            del self._resting[partition]
            taken.seek(partition, self._at[partition])

    def _look_again(self, taken: Subscription) -> None:
        """This will go on from the kept places where they differ from ours: a replay, or another consumer."""
        self._looked = time.monotonic()
        with self._database.read() as session:
            kept = _places(session, self._group)
        for partition, offset in self._at.items():
            if kept.get(partition, offset) != offset:
                self._at[partition] = kept[partition]
                if partition not in self._resting:
                    taken.seek(partition, kept[partition])

    def _go_back(self, taken: Subscription, partition: Partition) -> None:
        """This will go on from the kept place, even where it is the one we believed in: what we hold lies beyond it."""
        self._look_again(taken)
        taken.seek(partition, self._at[partition])

    def _start_at(self, partition: Partition, ends: Ends) -> int:
        """The kept place, made for a new group. Raises MessagesGone when the partition does not reach it."""
        first = ends.first if self._start == "earliest" else ends.next
        offset = self._kept(partition)
        if offset is None:
            try:
                with self._database.write() as session:
                    session.add(_row(self._group, partition, first))
                offset = first
            except IntegrityError:  # another consumer of the group was first
                offset = self._kept(partition)
        if offset is not None and not ends.first <= offset <= ends.next:
            ends = self._log.ends(partition.topic)[partition]  # the place may have moved on since they were looked at
        if offset is None or not ends.first <= offset <= ends.next:
            raise gone(self._group, partition, offset, ends)
        self._at[partition] = offset
        self._resting.pop(partition, None)
        return offset

    def _kept(self, partition: Partition) -> int | None:
        with self._database.read() as session:
            return session.scalar(select(OffsetRow.offset).where(*_is(self._group, partition)))


def open_consuming(inner: Log, database: Database, chosen: BrokerSettings) -> Broker:
    """This will have the log read by consumers whose place is kept in the database."""
    return Consuming(inner, database, chosen)


def _is(group: str, partition: Partition) -> tuple[ColumnElement[bool], ...]:
    return (OffsetRow.group == group, OffsetRow.topic == partition.topic, OffsetRow.partition == partition.number)


def _row(group: str, partition: Partition, offset: int) -> OffsetRow:
    return OffsetRow(
        group=group, topic=partition.topic, partition=partition.number, offset=offset, moved_at=clock.now()
    )


def _places(session: Session, group: str) -> dict[Partition, int]:
    rows = session.scalars(select(OffsetRow).where(OffsetRow.group == group))
    return {Partition(row.topic, row.partition): row.offset for row in rows}


def _passing(failure: Exception) -> bool:
    """True for what is nobody's message's fault: a broker or database that is away, a deadlock. Tried without end."""
    if isinstance(failure, DBAPIError):
        return isinstance(failure, OperationalError | InterfaceError) or failure.connection_invalidated
    return isinstance(failure, errors.Unavailable)


def _pause_s(count: int) -> float:
    longest: float = min(FIRST_PAUSE_S * 2**count, LONGEST_PAUSE_S)
    return longest * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries
