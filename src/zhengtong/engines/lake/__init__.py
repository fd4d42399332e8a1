"""The lake: tables of columns that remember every version of themselves.

The promise: a write is whole or not at all, and kept once it returns; a write that bears a mark (who, which number) lands once however
often it is tried; writers of one table queue, so that none fails for another; a table's shape changes on purpose only; every version
can be read again until it is vacuumed, never sooner than seven days. Tables are Delta Lake, so that DuckDB here and Spark elsewhere
read and write the same ones. Adapter: `delta`, on a local folder or at an s3:// or hdfs:// URL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field as Setting
from pydantic import SecretStr

from zhengtong.kernel import errors, settings

if TYPE_CHECKING:
    import pyarrow as pa

SHORTEST_KEPT = timedelta(days=7)


class LakeSettings(settings.Section):
    """Where the lake lies."""

    url: str = Setting(
        default="",
        description="数据湖位置：空为数据目录下 lake，或 s3://、hdfs:// | place of the lake; empty: lake in the data folder",
    )
    endpoint: str = Setting(default="", description="S3 服务地址，空为默认 | S3 endpoint; empty: the default one")
    region: str = Setting(default="us-east-1", description="S3 区域 | S3 region")
    access_key: SecretStr = Setting(default=SecretStr(""), description="S3 访问账号 | S3 access key")
    secret_key: SecretStr = Setting(default=SecretStr(""), description="S3 访问密钥 | S3 secret key")
    tries: int = Setting(
        default=20, ge=1, le=100, description="写冲突时的重试次数 | tries of a write that meets another"
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """Who writes, and the number of this write: numbers of one writer grow; one already there is not written again."""

    writer: str
    number: int


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a version: its path within the table, its URI, its size in bytes and its rows."""

    path: str
    uri: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a table: when it was made, by what operation, how many rows it brought."""

    version: int
    at: datetime
    operation: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Features:
    """What this lake can do. `one_writer_over_processes`: writers of all processes queue; else they retry."""

    time_travel: bool = True
    one_writer_over_processes: bool = True


class Lake(Protocol):
    """See the module's promise. Rows are anything that streams Arrow (a pyarrow Table or RecordBatchReader)."""

    features: Features

    def exists(self, table: str) -> bool: ...

    def tables(self) -> list[str]:
        """The names of all tables."""

    def store(self) -> Any:
        """The files themselves, a pyarrow FileSystem at the lake's root: for a backup."""

    def create(self, table: str, schema: "pa.Schema", *, partition_by: Sequence[str] = ()) -> None:
        """This will make an empty table. Raises TableThere."""

    def append(self, table: str, rows: Any, *, mark: Mark | None = None) -> int:
        """This will add the rows and return the version; nothing when the mark is there. Raises ShapeChanged, TableAbsent."""

    def merge(self, table: str, rows: Any, *, keys: Sequence[str], mark: Mark | None = None) -> int:
        """This will put the rows in place of those with the same keys, and add the others; returns the version."""

    def remove(self, table: str, rows: Any, *, keys: Sequence[str], mark: Mark | None = None) -> int:
        """This will take out the rows whose keys are among `rows`; returns the version."""

    def evolve(self, table: str, schema: "pa.Schema") -> int:
        """This will add the schema's new columns, on purpose; returns the version. Raises ShapeChanged on any other change."""

    def version(self, table: str) -> int: ...

    def mark_of(self, table: str, writer: str) -> int | None:
        """The highest number this writer has written into the table."""

    def schema(self, table: str, *, version: int | None = None) -> "pa.Schema": ...

    def read(self, table: str, *, version: int | None = None, columns: Sequence[str] | None = None) -> "pa.Table": ...

    def dataset(self, table: str, *, version: int | None = None) -> Any:
        """The rows as an Arrow data set: scanned by pieces, only the columns and rows that are asked for. Raises VersionGone."""

    def files(self, table: str, *, version: int | None = None) -> list[DataFile]: ...

    def fingerprints(
        self, table: str, digest: Callable[[bytes], bytes], *, version: int | None = None, since: int | None = None
    ) -> dict[str, str]:
        """The digest of each file of a version, in hexadecimal, by its path; with `since` only of those that version had not."""

    def history(self, table: str, *, limit: int = 100) -> list[Change]: ...

    def compact(self, table: str) -> int:
        """This will join small files into larger ones; returns the version."""

    def vacuum(self, table: str, *, keep: timedelta = SHORTEST_KEPT) -> int:
        """This will delete files that no version of the last `keep` needs; returns how many. Raises KeepsTooShort."""

    def options(self) -> Mapping[str, str]:
        """What another reader of the same store needs (credentials included)."""

    def uri(self, table: str) -> str: ...


class TableAbsent(errors.NotFound):
    zh = "数据湖里没有表 {table}。"
    en = "The lake has no table {table}."


class TableThere(errors.Conflict):
    zh = "数据湖里已有表 {table}。"
    en = "The lake has a table {table} already."


class TableName(errors.Invalid):
    zh = "表名 {table} 不合规；只用小写字母、数字、下划线和斜线。"
    en = "The table name {table} is not allowed; use small letters, digits, underscores and slashes only."


class ShapeChanged(errors.Conflict):
    zh = "数据与表 {table} 的结构不一致：{reason}。请先确认结构变更。"
    en = "The data do not fit the shape of table {table}: {reason}. Confirm the change of shape first."


class TableUnsupported(errors.Conflict):
    zh = "表 {table} 用了 {features}，不能安全读取；请在 Spark 中执行 REORG TABLE … APPLY (PURGE) 并关闭该特性。"
    en = "Table {table} uses {features} and cannot be read safely; run REORG TABLE … APPLY (PURGE) in Spark and turn it off."


class VersionGone(errors.NotFound):
    zh = "表 {table} 没有版本 {version}，或已清理。"
    en = "Table {table} has no version {version}, or it was vacuumed."


class KeepsTooShort(errors.Invalid):
    zh = "旧版本至少保留 7 天。"
    en = "Old versions are kept for seven days at least."


class LakeAway(errors.Unavailable):
    zh = "数据湖暂时不可用：{reason}。"
    en = "The lake is away: {reason}."
