"""The broker: topics of messages that wait for whoever needs them.

The promise: `append` returns once every message is kept; messages of one key stay in order; a topic is read by groups, each at its own
pace, and the consumers of a group share its partitions. A handler's effects in our database and the group's place in the topic are one
transaction (table `broker_offset`), so that a message takes effect once, whoever is killed and whenever; what the broker itself
believes about our place is a hint. A message that cannot be handled is laid into the topic `<topic>.dead` and the next ones pass. A
consumer that falls behind holds no more than a bounded number of messages in memory. Adapters: `in_process` (tables of our database) and
`kafka`; both are read through `consuming`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, Self

from pydantic import Field as Setting
from pydantic import SecretStr, model_validator
from sqlalchemy.orm import Session

from zhengtong.kernel import errors, settings

DEAD = ".dead"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class BrokerSettings(settings.Section):
    """Where messages wait."""

    engine: Literal["in_process", "kafka"] = Setting(
        default="in_process",
        description="消息引擎：in_process（本库的表）或 kafka | in_process (our own tables) or kafka",
    )
    servers: str = Setting(
        default="", description="Kafka 地址，主机:端口，逗号分隔 | Kafka servers, host:port, separated by commas"
    )
    security: Literal["plaintext", "tls"] = Setting(
        default="tls",
        description="传输加密；不加密仅限本机，或另设 insecure | transport; plaintext on loopback only, or with insecure",
    )
    insecure: bool = Setting(
        default=False, description="允许在网络上不加密地连 Kafka | allow plaintext Kafka over the network"
    )
    ca_file: Path | None = Setting(
        default=None, description="服务器证书的 CA 文件 | CA file of the servers' certificate"
    )
    certificate_file: Path | None = Setting(default=None, description="客户端证书 | our certificate, for mutual TLS")
    key_file: Path | None = Setting(default=None, description="客户端证书的私钥 | the key of our certificate")
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Setting(
        default="SCRAM-SHA-512", description="登录方式（SASL） | way to sign in (SASL)"
    )
    user: str = Setting(default="", description="Kafka 用户名，空为不登录 | Kafka user; empty: no sign-in")
    password: SecretStr = Setting(default=SecretStr(""), description="Kafka 口令 | Kafka password")
    replicas: int = Setting(
        default=0, ge=0, le=9, description="新主题的副本数，0 为集群默认 | replicas of a new topic; 0: the cluster's"
    )
    partitions: int = Setting(default=4, ge=1, le=1000, description="新主题的分区数 | partitions of a new topic")
    keep_days: int = Setting(default=7, ge=1, le=3650, description="消息保留天数 | days a message is kept")
    max_message_bytes: int = Setting(
        default=1_000_000, ge=1_000, le=50_000_000, description="一条消息的上限（字节）| largest message, bytes"
    )
    timeout_s: float = Setting(
        default=30, gt=0, le=600, description="等 Kafka 确认的时限（秒）| time limit of an answer from Kafka, seconds"
    )
    buffer_kb: int = Setting(
        default=16_384, ge=64, description="每个消费者预取的上限（KB）| most a consumer reads ahead, kB"
    )
    batch: int = Setting(
        default=500, ge=1, le=100_000, description="一次处理的条数上限 | most messages handled at once"
    )
    tries: int = Setting(
        default=5, ge=1, le=100, description="一条消息失败几次后进死信 | tries of a message before it is laid aside"
    )

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.engine == "kafka" and not self.servers:
            raise ValueError("broker.servers 未填 | broker.servers is empty")
        if self.engine == "kafka" and self.security == "plaintext" and not self.insecure and not self._all_here():
            raise ValueError(
                "broker.security = plaintext 仅限本机；确需在网络上不加密，请设 insecure = true"
                " | plaintext is for this machine only; set insecure = true if it must be"
            )
        return self

    def _all_here(self) -> bool:
        return all(one.strip().rpartition(":")[0] in LOOPBACK for one in self.servers.split(","))


class Message(NamedTuple):
    """What is appended. `value` None says "deleted" to those who read by key; without a key, any partition will do."""

    value: bytes | None
    key: bytes = b""
    headers: Mapping[str, str] = {}


class Partition(NamedTuple):
    """One of the ordered lanes of a topic."""

    topic: str
    number: int


class Received(NamedTuple):
    """A message in its place: `partition` and `offset` name it for good."""

    partition: Partition
    offset: int
    at: datetime
    value: bytes | None
    key: bytes
    headers: Mapping[str, str]


class Ends(NamedTuple):
    """What a partition holds: offsets from `first` to before `next`."""

    first: int
    next: int


@dataclass(frozen=True, slots=True)
class Features:
    """What an adapter does. `over_machines`: the messages outlive this machine's disk when the cluster has replicas."""

    engine: str
    over_machines: bool


Start = Literal["earliest", "latest"]
Handler = Callable[[Session, Sequence[Received]], None]
StartAt = Callable[[Partition, Ends], int]


class Subscription(Protocol):
    """A consumer's membership in a group: it is given partitions, and others take them over when it is gone."""

    def take(self, limit: int, timeout_s: float) -> Sequence[Received]:
        """Up to `limit` messages, in order in each partition; none when nothing came in time. Raises BrokerAway, MessagesGone."""

    def rest(self, partition: Partition) -> None:
        """This will give nothing of the partition until `seek`."""

    def seek(self, partition: Partition, offset: int) -> None:
        """This will go on from `offset`."""

    def note(self, partition: Partition, offset: int) -> None:
        """This will tell the broker how far we are, for those who watch it; nobody relies on it."""

    def close(self) -> None:
        """This will leave the group, so that others take over at once."""


class Log(Protocol):
    """What an adapter is. None of it may be called inside a write transaction."""

    @property
    def features(self) -> Features: ...

    def create_topic(self, topic: str, *, partitions: int | None = None) -> None:
        """This will make the topic unless it is there. Raises TopicName."""

    def append(self, topic: str, messages: Sequence[Message]) -> None:
        """This will keep the messages, in order for each key. When it raises, the first of them may have been kept.
        Raises TopicAbsent, MessageTooLarge (then none is kept), BrokerAway."""

    def ends(self, topic: str) -> Mapping[Partition, Ends]:
        """What each partition holds. Raises TopicAbsent."""

    def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` messages from `offset`, for looking; nobody's place changes. Raises TopicAbsent."""

    def subscribe(self, group: str, topics: Sequence[str], start_at: StartAt) -> Subscription:
        """This will join the group. `start_at` is asked for the offset whenever a partition is given to us. Raises TopicAbsent."""

    def close(self) -> None: ...


class Consumer(Protocol):
    """Reads topics for a group and has each message take effect once."""

    def run(self, stop: threading.Event) -> None:
        """This will handle messages until `stop` is set, through restarts of the broker and the database. Raises MessagesGone."""

    def drain(self, *, idle_s: float = 1.0) -> int:
        """This will handle what there is and return how many, once nothing has come for `idle_s`."""


class Broker(Log, Protocol):
    """The log, and the consumers that commit with their effects."""

    def consumer(self, group: str, topics: Sequence[str], handler: Handler, *, start: Start = "earliest") -> Consumer:
        """A consumer whose `handler(session, messages)` gets messages of one partition, in order, inside the transaction that also
        moves the group's place. `start`: where a new group begins. Several may run, in threads and processes."""

    def places(self, session: Session, group: str) -> Mapping[Partition, int]:
        """The offset each partition of the group goes on from."""

    def replay(self, session: Session, group: str, partition: Partition, offset: int) -> None:
        """This will have the group go on from `offset`, forward or back; running consumers notice. Raises PlaceUnknown."""


class Poison(Exception):
    """A handler raises it for a message that can never be handled: it is laid aside at once, without further tries."""


class TopicAbsent(errors.NotFound):
    zh = "没有消息主题 {topic}。"
    en = "There is no topic {topic}."


class TopicName(errors.Invalid):
    zh = "主题名 {topic} 不合规；只用字母、数字、点、下划线和连字符，最多 240 个字。"
    en = "The topic name {topic} is not allowed; use letters, digits, dots, underscores and hyphens, 240 at most."


class PlaceUnknown(errors.NotFound):
    zh = "消费组 {group} 还没有读过 {topic} 的 {partition} 号分区。"
    en = "The group {group} has not read partition {partition} of {topic} yet."


class MessageTooLarge(errors.Invalid):
    zh = "发往 {topic} 的消息有 {size} 字节，超过上限 {limit}；请拆分，或把内容存为文件、只发地址。"
    en = "A message for {topic} has {size} bytes, the most is {limit}; split it, or store the content and send its place."


class MessagesGone(errors.Conflict):
    zh = "消费组 {group} 应从 {topic} 分区 {partition} 的 {offset} 读起，但现存 {first} 至 {next}；请决定从何处继续（replay）。"
    en = "The group {group} goes on from {offset} in partition {partition} of {topic}, which holds {first} to {next}; decide where to go on (replay)."


class BrokerAway(errors.Unavailable):
    zh = "消息服务暂时不可用：{reason}。"
    en = "The broker is away: {reason}."


class BrokerRefused(errors.Refused):
    zh = "消息服务拒绝了我们：{reason}。请核对账号和权限。"
    en = "The broker refuses us: {reason}. Check the account and its rights."


def checked_topic(topic: str) -> str:
    """The name itself. Raises TopicName."""
    if (
        not 0 < len(topic) <= 240
        or topic in (".", "..")
        or not all(c.isascii() and (c.isalnum() or c in "._-") for c in topic)
    ):
        raise TopicName(topic=topic)
    return topic


def checked_sizes(topic: str, messages: Sequence[Message], limit: int) -> None:
    """Raises MessageTooLarge for the first that is."""
    for message in messages:
        size = len(message.key) + len(message.value or b"")
        size += sum(len(name) + len(value.encode()) for name, value in message.headers.items())
        if size > limit:
            raise MessageTooLarge(topic=topic, size=size, limit=limit)


def as_words(failure: Any) -> str:
    """A failure as one line for a person."""
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0][:300]


def gone(group: str, partition: Partition, offset: int | None, ends: Ends) -> MessagesGone:
    """The error that says so."""
    topic, number = partition
    return MessagesGone(group=group, topic=topic, partition=number, offset=offset, first=ends.first, next=ends.next)
