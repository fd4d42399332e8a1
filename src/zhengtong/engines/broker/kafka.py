"""The broker as a Kafka cluster, by confluent-kafka (librdkafka).

Keys choose the partition as Kafka's own Java clients do (murmur2), so that other programs' messages of one key lie beside ours. Reading
never trusts the offsets committed in Kafka: each assignment starts where our database says.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from zhengtong.engines.broker import (
    BrokerAway,
    BrokerRefused,
    BrokerSettings,
    Ends,
    Features,
    Log,
    Message,
    MessageTooLarge,
    Partition,
    Received,
    StartAt,
    Subscription,
    TopicAbsent,
    as_words,
    checked_sizes,
    checked_topic,
    gone,
)
from zhengtong.kernel import logs
from zhengtong.kernel.errors import Problem

NOTE_S = 1.0
HEADROOM_BYTES = 65_536
DAY_MS = 86_400_000
ABSENT = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
}
LEADERLESS = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE}
TOO_LARGE = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE}
log = logs.get("broker")


class Kafka:
    """A cluster, its topics, one idempotent producer."""

    def __init__(self, chosen: BrokerSettings) -> None:
        self._chosen = chosen
        self._common = _common(chosen, self._said)
        self._opening = threading.Lock()
        self._producer: Producer | None = None
        self._admin: AdminClient | None = None
        self._known: set[str] = set()
        self._last: KafkaError | None = None

    @property
    def features(self) -> Features:
        return Features(engine="kafka", over_machines=True)

    def create_topic(self, topic: str, *, partitions: int | None = None) -> None:
        if checked_topic(topic) in self._known or self._partitions(topic):
            return
        new = NewTopic(
            topic,
            num_partitions=partitions or self._chosen.partitions,
            replication_factor=self._chosen.replicas or -1,
            config={
                "retention.ms": str(self._chosen.keep_days * DAY_MS),
                "max.message.bytes": str(self._chosen.max_message_bytes + HEADROOM_BYTES),
            },
        )
        made = self._open_admin().create_topics([new], operation_timeout=self._chosen.timeout_s)[topic]
        try:
            made.result(self._chosen.timeout_s)
        except KafkaException as failure:
            if failure.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise self.problem(failure.args[0], topic) from failure

    def append(self, topic: str, messages: Sequence[Message]) -> None:
        self._must_be(topic)
        checked_sizes(topic, messages, self._chosen.max_message_bytes)
        producer, tally = self._open_producer(), _Tally(len(messages))
        for message in messages:
            self._produce(producer, topic, message, tally)
        while tally.left:
            producer.poll(0.05)
        if tally.error is not None:
            if tally.error.fatal():
                self._producer = None
            raise self.problem(tally.error, topic)

    def _produce(self, producer: Producer, topic: str, message: Message, tally: "_Tally") -> None:
        headers: dict[str, str | bytes | None] = {**message.headers}
        while True:
            try:
                producer.produce(
                    topic, message.value, message.key or None, headers=headers or None, on_delivery=tally.landed
                )
            except BufferError:  # librdkafka's queue is full: wait for answers
                producer.poll(0.05)
            except KafkaException as failure:
                tally.landed(failure.args[0], None)
                return
            else:
                return

    def ends(self, topic: str) -> Mapping[Partition, Ends]:
        self._must_be(topic)
        looker = self._looker()
        try:
            return {
                Partition(topic, number): self.ends_of(looker, TopicPartition(topic, number))
                for number in self._partitions(topic)
            }
        finally:
            looker.close()

    def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Received]:
        self._must_be(partition.topic)
        looker, found = self._looker(), list[Received]()
        until = time.monotonic() + self._chosen.timeout_s
        try:
            ends = self.ends_of(looker, TopicPartition(*partition))
            looker.assign([TopicPartition(*partition, max(offset, ends.first))])
            while len(found) < limit and time.monotonic() < until:
                if max(offset, ends.first) >= ends.next or (found and found[-1].offset + 1 >= ends.next):
                    break
                for message in looker.consume(limit - len(found), 0.2):
                    if (error := message.error()) is not None:
                        raise self.problem(error, partition.topic)
                    found.append(_received(message, partition))
        finally:
            looker.close()
        return found[:limit]

    def subscribe(self, group: str, topics: Sequence[str], start_at: StartAt) -> Subscription:
        for topic in topics:
            self._must_be(topic)
        settings = {
            **self._common,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": 10_000,
            "heartbeat.interval.ms": 3_000,
            "fetch.queue.backoff.ms": 10,  # a full second by default: the queue would run dry
            "queued.max.messages.kbytes": self._chosen.buffer_kb,
            "isolation.level": "read_committed",
        }
        return Membership(self, Consumer(settings), group=group, topics=topics, start_at=start_at)

    def close(self) -> None:
        with self._opening:
            if self._producer is not None:
                self._producer.flush(self._chosen.timeout_s)
            self._producer = self._admin = None  # their threads end with them

    def _open_admin(self) -> AdminClient:
        with self._opening:
            self._admin = self._admin or AdminClient(self._common)
            return self._admin

    def _open_producer(self) -> Producer:
        with self._opening:
            if self._producer is None:
                settings = {
                    **self._common,
                    "enable.idempotence": True,
                    "acks": "all",
                    "linger.ms": 2,
                    "compression.type": "zstd",
                    "partitioner": "murmur2_random",
                    "delivery.timeout.ms": round(self._chosen.timeout_s * 1000),
                    "message.max.bytes": self._chosen.max_message_bytes + HEADROOM_BYTES,
                }
                self._producer = Producer(settings)
            return self._producer

    def _looker(self) -> Consumer:
        """A consumer of no group."""
        return Consumer({**self._common, "group.id": "zhengtong-look", "enable.auto.commit": False})

    def ends_of(self, consumer: Consumer, place: TopicPartition) -> Ends:
        """What a partition holds, asked of the cluster; while its leader is being chosen, asked again."""
        until = time.monotonic() + self._chosen.timeout_s
        while True:
            try:
                return Ends(*consumer.get_watermark_offsets(place, timeout=self._chosen.timeout_s, cached=False))
            except KafkaException as failure:
                if failure.args[0].code() not in LEADERLESS or time.monotonic() > until:
                    raise self.problem(failure.args[0], place.topic) from failure
                time.sleep(0.1)

    def _must_be(self, topic: str) -> None:
        """Raises TopicAbsent at once, where librdkafka would wait for the topic."""
        if topic not in self._known and not self._partitions(topic):
            raise TopicAbsent(topic=topic)

    def _partitions(self, topic: str) -> list[int]:
        try:
            told = self._open_admin().list_topics(topic, timeout=self._chosen.timeout_s).topics[topic]
        except KafkaException as failure:
            raise self.problem(failure.args[0], topic) from failure
        if told.error is not None and told.error.code() not in ABSENT | LEADERLESS:
            raise self.problem(told.error, topic)
        if told.partitions:
            self._known.add(topic)
        return sorted(told.partitions)

    def _said(self, error: KafkaError) -> None:
        """librdkafka reconnects by itself; what it says is logged when it changes, and told with what fails."""
        if self._last is None or error.str() != self._last.str():
            log.warning("broker.kafka", code=error.name(), said=error.str())
        self._last = error

    def problem(self, error: KafkaError, topic: str) -> Problem:
        """The error as one of ours."""
        self._known.discard(topic)
        if self._admin is not None:
            self._admin.poll(0)  # hears why: a password, a certificate
        why, self._last = self._last or error, None
        if error.code() in ABSENT:
            return TopicAbsent(topic=topic)
        if {error.code(), why.code()} & REFUSED:
            return BrokerRefused(reason=as_words(why.str()))
        if error.code() in TOO_LARGE:
            limit = self._chosen.max_message_bytes
            return MessageTooLarge(topic=topic, size=f"> {limit}", limit=limit)
        return BrokerAway(reason=as_words(why.str()))


class Membership:
    """One consumer of a group. librdkafka fetches ahead up to its bound and keeps the membership alive."""

    def __init__(
        self, kafka: Kafka, consumer: Consumer, *, group: str, topics: Sequence[str], start_at: StartAt
    ) -> None:
        self._kafka, self._consumer, self._group, self._start_at = kafka, consumer, group, start_at
        self._ours: dict[tuple[str | None, int | None], Partition] = {}
        self._failure: Exception | None = None
        self._noted: dict[Partition, int] = {}
        self._noted_at = 0.0
        consumer.subscribe(list(topics), on_assign=self._given, on_revoke=self._taken, on_lost=self._taken)

    def take(self, limit: int, timeout_s: float) -> Sequence[Received]:
        messages = self._consumer.consume(1, timeout_s)
        if messages and limit > 1:
            messages += self._consumer.consume(limit - 1, 0)
        self._tell()
        if self._failure is not None:
            raise self._failure
        found = []
        for message in messages:
            if (error := message.error()) is not None:
                self._fails(error, message)
            elif (partition := self._ours.get((message.topic(), message.partition()))) is not None:
                found.append(_received(message, partition))
        return found

    def rest(self, partition: Partition) -> None:
        if partition in self._ours:
            self._consumer.pause([TopicPartition(*partition)])

    def seek(self, partition: Partition, offset: int) -> None:
        if partition not in self._ours:
            return
        place = TopicPartition(*partition, offset)
        self._consumer.incremental_unassign([place])
        self._consumer.incremental_assign([place])  # works at once, where seek() waits for a fetch to have begun
        self._consumer.resume([place])

    def note(self, partition: Partition, offset: int) -> None:
        self._noted[partition] = offset

    def close(self) -> None:
        self._tell(at_once=True)
        self._consumer.close()

    def _tell(self, *, at_once: bool = False) -> None:
        """Kafka's own idea of our place: for those who watch its lag."""
        noted = [TopicPartition(*one, offset) for one, offset in self._noted.items() if one in self._ours]
        if not noted or (not at_once and time.monotonic() - self._noted_at < NOTE_S):
            return
        self._noted.clear()
        self._noted_at = time.monotonic()
        try:
            self._consumer.commit(offsets=noted, asynchronous=True)
        except KafkaException as failure:
            log.info("broker.not_noted", group=self._group, reason=as_words(failure))

    def _fails(self, error: KafkaError, message: Any) -> None:
        """What passes is logged; what does not is raised."""
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            place = TopicPartition(message.topic(), message.partition())
            ends = self._kafka.ends_of(self._consumer, place)
            raise gone(self._group, Partition(place.topic, place.partition), message.offset(), ends)
        problem = self._kafka.problem(error, message.topic() or "")
        if not isinstance(problem, BrokerAway) or error.fatal():
            raise problem
        log.warning("broker.kafka", code=error.name(), said=error.str())

    def _given(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Partitions are ours from where our database says; a failure is kept for `take`, callbacks cannot raise."""
        starts = []
        try:
            for place in places:
                ends = self._kafka.ends_of(consumer, place)
                starts.append(
                    TopicPartition(
                        place.topic, place.partition, self._start_at(Partition(place.topic, place.partition), ends)
                    )
                )
        except Exception as failure:  # noqa: BLE001 - raised again by take()
            self._failure = failure
            starts = []
        consumer.incremental_assign(starts)
        if starts:
            consumer.resume(starts)
        for one in starts:
            self._ours[one.topic, one.partition] = Partition(one.topic, one.partition)

    def _taken(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        for place in places:
            self._ours.pop((place.topic, place.partition), None)


class _Tally:
    """Counts the answers to one append; they may come in any thread that polls."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.error: KafkaError | None = None
        self._lock = threading.Lock()

    def landed(self, error: KafkaError | None, message: Any) -> None:
        with self._lock:
            self.left -= 1
            self.error = self.error or error


def open_kafka(chosen: BrokerSettings) -> Log:
    """This will speak to the cluster; nothing is connected before the first use."""
    return Kafka(chosen)


def _common(chosen: BrokerSettings, said: Callable[[KafkaError], None]) -> dict[str, Any]:
    protocol = ("SASL_" if chosen.user else "") + ("SSL" if chosen.security == "tls" else "PLAINTEXT")
    settings: dict[str, Any] = {
        "bootstrap.servers": chosen.servers,
        "client.id": "zhengtong",
        "security.protocol": protocol,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 2_000,
        "error_cb": said,
        "log_level": 2,  # what librdkafka would write to standard error comes by error_cb
    }
    if chosen.user:
        settings |= {"sasl.mechanism": chosen.mechanism, "sasl.username": chosen.user}
        settings["sasl.password"] = chosen.password.get_secret_value()
    files = (
        ("ssl.ca.location", chosen.ca_file),
        ("ssl.certificate.location", chosen.certificate_file),
        ("ssl.key.location", chosen.key_file),
    )
    if chosen.security == "tls":
        settings |= {name: str(file) for name, file in files if file}
    return settings


def _received(message: Any, partition: Partition) -> Received:
    headers = message.headers()
    return Received(
        partition,
        message.offset(),
        _instant(message.timestamp()[1]),
        message.value(),
        message.key() or b"",
        {name: (value or b"").decode("utf-8", "replace") for name, value in headers} if headers else {},
    )


@lru_cache(maxsize=1024)
def _instant(ms: int) -> datetime:
    """The time of `ms` since 1970; messages of one append share it."""
    return datetime.fromtimestamp(ms / 1000, UTC)
