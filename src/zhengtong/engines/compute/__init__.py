"""Compute: one way to ask the lake, on one machine or on many.

The promise: an expression (Ibis) gives the same rows on every engine, in UTC, with the same types; a piece of work sees each table at
one version from its first look on; its temporary tables are its own and end with it; work that is larger than memory goes on, slower,
in the temporary folder. Pieces of work may run in several threads, each with a session of its own. Adapters: `duckdb` (here) and
`spark` (here or on a cluster). Tables that a Delta reader could read wrongly (deletion vectors, mapped columns) are refused by the lake.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import Field as Setting

from zhengtong.kernel import errors, settings

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

CHUNK_ROWS = 65_536


class ComputeSettings(settings.Section):
    """What works through the lake's rows."""

    engine: Literal["duckdb", "spark"] = Setting(
        default="duckdb", description="计算引擎：duckdb（本机）或 spark | duckdb (this machine) or spark"
    )
    master: str = Setting(
        default="local[*]",
        pattern=r"^(local(\[(\*|\d+)\])?|spark://.+|yarn|k8s://.+)$",
        description="Spark 主节点：local[*] 或 spark://主机:7077 | Spark master: local[*] or spark://host:7077",
    )
    memory_mb: int = Setting(
        default=2048, ge=256, description="内存上限（MB），超出部分写入临时目录 | memory limit, MB; beyond it, on disk"
    )
    threads: int = Setting(default=0, ge=0, le=1024, description="线程数，0 为全部处理器 | threads; 0: all processors")
    temp: Path | None = Setting(
        default=None,
        description="临时目录，空为数据目录下 compute | temporary folder; empty: compute in the data folder",
    )
    shuffle_partitions: int = Setting(
        default=4, ge=1, le=10_000, description="Spark 洗牌分区数 | partitions of a Spark shuffle"
    )
    jars: Path | None = Setting(
        default=None,
        description="Spark 的 Delta 组件目录，空为首次使用时下载 | folder of Delta's jars; empty: fetched on first use",
    )
    options: dict[str, str] = Setting(
        default={}, description='其他 Spark 属性，例如 {"spark.executor.memory": "8g"} | further Spark properties'
    )
    address: str = Setting(
        default="127.0.0.1", description="Spark 集群连回本机所用的地址 | address at which a Spark cluster reaches us"
    )


@dataclass(frozen=True, slots=True)
class Features:
    """Which engine it is, and whether other machines work too."""

    engine: str
    over_machines: bool


class File(Protocol):
    """A data file of a table's version."""

    @property
    def uri(self) -> str: ...


class Tables(Protocol):
    """What compute needs of the lake."""

    def version(self, table: str) -> int: ...

    def schema(self, table: str, *, version: int | None = None) -> "pa.Schema": ...

    def files(self, table: str, *, version: int | None = None) -> Sequence[File]: ...

    def dataset(self, table: str, *, version: int | None = None) -> Any: ...

    def uri(self, table: str) -> str: ...

    def options(self) -> Mapping[str, str]: ...


class Work(Protocol):
    """One piece of work, in one thread."""

    def table(self, name: str, *, version: int | None = None) -> "ibis.Table":
        """A table of the lake; without a version, the newest at the work's first look. Raises TableAbsent, VersionGone,
        TableUnsupported."""

    def rows(self, rows: "pa.Table | pa.RecordBatchReader", *, name: str | None = None) -> "ibis.Table":
        """These rows as a table of the work. A reader is read to its end at once, into the work's memory or its folder."""

    def run(self, expr: "ibis.Expr") -> "pa.Table":
        """The answer; one column and one row for a scalar. For answers that fit into memory."""

    def stream(self, expr: "ibis.Table", *, chunk_rows: int = CHUNK_ROWS) -> "pa.RecordBatchReader":
        """The answer by pieces. Read it to the end, or leave it, before the work is asked again."""

    def linker(self) -> Any:
        """Splink's database API on this engine. Raises DriverAbsent when splink is not installed."""


class Compute(Protocol):
    """See the module's promise."""

    @property
    def features(self) -> Features: ...

    def session(self) -> AbstractContextManager[Work]: ...

    def close(self) -> None: ...


class ComputeAway(errors.Unavailable):
    zh = "计算引擎暂时不可用：{reason}。"
    en = "The compute engine is away: {reason}."


class LinkageAbsent(errors.Unavailable):
    zh = "实体比对需要另行安装：pip install 'zhengtong[link]'。"
    en = "Linkage needs: pip install 'zhengtong[link]'."


def named_table(backend: Any, name: str, schema: "pa.Schema") -> "ibis.Table":
    """A table that the backend knows by this name, with the types that the lake says it has: engines tell them in ways of their own."""
    import ibis
    from ibis.expr import operations

    shape = ibis.Schema.from_pyarrow(schema)
    return operations.DatabaseTable(name, schema=shape, source=backend, namespace=operations.Namespace()).to_expr()


def without_nulls(rows: "pa.Table") -> "pa.Table":
    """Columns of no type (all null) as text: an engine must know what they are."""
    import pyarrow as pa

    return rows.cast(pa.schema([f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in rows.schema]))
