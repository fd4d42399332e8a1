"""The broker without a broker: a log in tables of our own database, SQLite or PostgreSQL.

An append takes the partition's counter row first, so that offsets are without gaps and become visible in order, whoever commits when.
Consumers of a group share partitions by a table of members with a lease; should two believe in one partition, the group's place lets
only one of them commit.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID
from zlib import crc32

from sqlalchemy import BigInteger, ForeignKey, Index, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhengtong.engines.broker import (
    BrokerSettings,
    Ends,
    Features,
    Log,
    Message,
    Partition,
    Received,
    StartAt,
    Subscription,
    TopicAbsent,
    checked_sizes,
    checked_topic,
)
from zhengtong.kernel import clock, wake
from zhengtong.kernel.db import Base, Database, Json, new_id

BELL = "broker"
PIECE = 2_000
TRIM, TRIM_EVERY_S = 5_000, 60.0
BEAT_S = 3.0
LEASE = timedelta(seconds=15)


class TopicRow(Base):
    """A topic."""

    __tablename__ = "broker_topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    partitions: Mapped[int]
    created_at: Mapped[datetime]


class PartitionRow(Base):
    """A lane of a topic: the offsets it holds."""

    __tablename__ = "broker_partition"

    topic_id: Mapped[int] = mapped_column(ForeignKey(TopicRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigInteger, default=0)
    next: Mapped[int] = mapped_column(BigInteger, default=0)


class MessageRow(Base):
    """A message in its place."""

    __tablename__ = "broker_message"

    topic_id: Mapped[int] = mapped_column(ForeignKey(TopicRow.id), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    key: Mapped[bytes]
    value: Mapped[bytes | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(Json)

    __table_args__ = ({"sqlite_with_rowid": False},)


class MemberRow(Base):
    """A consumer that is alive until its lease is over."""

    __tablename__ = "broker_member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    group: Mapped[str]
    topics: Mapped[list[str]]
    until: Mapped[datetime]

    __table_args__ = (Index(None, "group", "until"),)


class TableLog:
    """Topics as tables."""

    def __init__(self, chosen: BrokerSettings, database: Database, bell: wake.Wake) -> None:
        self._chosen, self._database, self._bell = chosen, database, bell
        self._known: dict[str, tuple[int, int]] = {}
        self._turn = count()
        self._trimmed: dict[Partition, float] = {}

    @property
    def features(self) -> Features:
        return Features(engine="in_process", over_machines=False)

    def create_topic(self, topic: str, *, partitions: int | None = None) -> None:
        checked_topic(topic)
        if topic in self._known or self._find(topic):
            return
        number = partitions or self._chosen.partitions
        try:
            with self._database.write() as session:
                row = TopicRow(name=topic, partitions=number, created_at=clock.now())
                session.add(row)
                session.flush()
                session.add_all(PartitionRow(topic_id=row.id, number=one) for one in range(number))
        except IntegrityError:  # another process made it in this moment
            self._topic(topic)

    def append(self, topic: str, messages: Sequence[Message]) -> None:
        topic_id, partitions = self._topic(topic)
        checked_sizes(topic, messages, self._chosen.max_message_bytes)
        for start in range(0, len(messages), PIECE):
            placed: dict[int, list[Message]] = defaultdict(list)
            loose = next(self._turn)
            for message in messages[start : start + PIECE]:
                placed[(crc32(message.key) if message.key else loose) % partitions].append(message)
            with self._database.write() as session:
                for number in sorted(placed):  # one order for all, so that two appends cannot wait for each other
                    self._append(session, topic_id, number, placed[number])
                    self._trim(session, topic_id, Partition(topic, number))
                wake.ring(session, BELL)

    def _append(self, session: Session, topic_id: int, number: int, messages: list[Message]) -> None:
        lane = update(PartitionRow).where(PartitionRow.topic_id == topic_id, PartitionRow.number == number)
        taken = lane.values(next=PartitionRow.next + len(messages)).returning(PartitionRow.next)
        first = session.execute(taken).scalar_one() - len(messages)
        now = clock.now()
        rows = [
            {
                "topic_id": topic_id,
                "partition": number,
                "offset": offset,
                "at": now,
                "key": message.key,
                "value": message.value,
                "headers": dict(message.headers) or None,
            }
            for offset, message in enumerate(messages, first)
        ]
        session.execute(insert(MessageRow), rows)

    def _trim(self, session: Session, topic_id: int, partition: Partition) -> None:
        """This will delete what is older than is kept: a bounded piece, and once a minute unless there is more."""
        if time.monotonic() - self._trimmed.get(partition, -TRIM_EVERY_S) < TRIM_EVERY_S:
            return
        lane = (PartitionRow.topic_id == topic_id, PartitionRow.number == partition.number)
        first = session.scalar(select(PartitionRow.first).where(*lane)) or 0
        rows = (
            MessageRow.topic_id == topic_id,
            MessageRow.partition == partition.number,
            MessageRow.offset.between(first, first + TRIM - 1),
        )
        old = MessageRow.at < clock.now() - timedelta(days=self._chosen.keep_days)
        last = session.scalar(select(func.max(MessageRow.offset)).where(*rows, old))
        if last is not None:
            session.execute(delete(MessageRow).where(*rows, MessageRow.offset <= last))
            session.execute(update(PartitionRow).where(*lane).values(first=last + 1))
        if last is None or last < first + TRIM - 1:
            self._trimmed[partition] = time.monotonic()

    def ends(self, topic: str) -> Mapping[Partition, Ends]:
        topic_id, _ = self._topic(topic)
        return self.lanes({topic_id: topic})

    def lanes(self, topics: Mapping[int, str]) -> dict[Partition, Ends]:
        """What the partitions of these topics (name by id) hold."""
        with self._database.read() as session:
            asked = select(PartitionRow).where(PartitionRow.topic_id.in_(topics)).order_by(PartitionRow.number)
            rows = session.scalars(asked)
            return {Partition(topics[row.topic_id], row.number): Ends(row.first, row.next) for row in rows}

    def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Received]:
        topic_id, _ = self._topic(partition.topic)
        row = MessageRow
        asked = (
            select(row.offset, row.at, row.value, row.key, row.headers)
            .where(row.topic_id == topic_id, row.partition == partition.number, row.offset >= offset)
            .order_by(row.offset)
            .limit(limit)
        )
        with self._database.read() as session:
            found = session.execute(asked).all()
        return [Received(partition, one[0], one[1], one[2], one[3], one[4] or {}) for one in found]

    def subscribe(self, group: str, topics: Sequence[str], start_at: StartAt) -> Subscription:
        by_id = {self._topic(topic)[0]: topic for topic in topics}
        return Member(self, self._database, self._bell, group=group, topics=by_id, start_at=start_at)

    def close(self) -> None:
        """Nothing is held open: the database is its owner's."""

    def _topic(self, topic: str) -> tuple[int, int]:
        found = self._known.get(topic) or self._find(topic)
        if found is None:
            raise TopicAbsent(topic=topic)
        return found

    def _find(self, topic: str) -> tuple[int, int] | None:
        with self._database.read() as session:
            row = session.scalar(select(TopicRow).where(TopicRow.name == topic))
        if row is None:
            return None
        self._known[topic] = row.id, row.partitions
        return self._known[topic]


class Member:
    """One consumer of a group, its share of the partitions, and where it is in each."""

    def __init__(
        self,
        log: TableLog,
        database: Database,
        bell: wake.Wake,
        *,
        group: str,
        topics: Mapping[int, str],
        start_at: StartAt,
    ) -> None:
        self._log, self._database, self._bell = log, database, bell
        self._group, self._topics, self._start_at = group, topics, start_at
        self._id = new_id()
        self._at: dict[Partition, int] = {}
        self._resting: set[Partition] = set()
        self._beaten = -BEAT_S
        self._turn = 0

    def take(self, limit: int, timeout_s: float) -> Sequence[Received]:
        until = time.monotonic() + timeout_s
        while True:
            if time.monotonic() - self._beaten >= BEAT_S:
                self._beat()
            seen = self._bell.seen(BELL)
            ends = self._log.lanes(self._topics)
            waiting = [one for one, at in self._at.items() if one not in self._resting and at < ends[one].next]
            if waiting:
                return self._take(waiting, limit)
            left = until - time.monotonic()
            if left <= 0:
                return []
            self._bell.wait(BELL, seen, min(left, BEAT_S, 0.5))

    def _take(self, waiting: list[Partition], limit: int) -> Sequence[Received]:
        """From one partition after another, so that none starves."""
        self._turn += 1
        partition = waiting[self._turn % len(waiting)]
        messages = self._log.read(partition, self._at[partition], limit)
        if messages:
            self._at[partition] = messages[-1].offset + 1
        return messages

    def rest(self, partition: Partition) -> None:
        self._resting.add(partition)

    def seek(self, partition: Partition, offset: int) -> None:
        self._resting.discard(partition)
        if partition in self._at:
            self._at[partition] = offset

    def note(self, partition: Partition, offset: int) -> None:
        """The place is in the table already."""

    def close(self) -> None:
        with self._database.write() as session:
            session.execute(delete(MemberRow).where(MemberRow.id == self._id))

    def _beat(self) -> None:
        """This will renew the lease, see who else is alive, and take our share of the partitions."""
        now = clock.now()
        with self._database.write() as session:
            session.execute(delete(MemberRow).where(MemberRow.group == self._group, MemberRow.until < now))
            names = sorted(self._topics.values())
            session.merge(MemberRow(id=self._id, group=self._group, topics=names, until=now + LEASE))
            session.flush()
            members = list(session.scalars(select(MemberRow).where(MemberRow.group == self._group)))
        self._beaten = time.monotonic()
        ends = self._log.lanes(self._topics)
        ours = set()
        for place, partition in enumerate(sorted(ends)):
            able = sorted(member.id for member in members if partition.topic in member.topics)
            if able[place % len(able)] == self._id:
                ours.add(partition)
        for partition in self._at.keys() - ours:
            del self._at[partition]
            self._resting.discard(partition)
        for partition in sorted(ours - self._at.keys()):
            self._at[partition] = self._start_at(partition, ends[partition])


def open_in_process(chosen: BrokerSettings, database: Database, bell: wake.Wake) -> Log:
    """This will keep topics in the database; `bell` wakes consumers of other processes."""
    return TableLog(chosen, database, bell)
