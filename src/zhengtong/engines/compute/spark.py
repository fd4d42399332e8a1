"""Spark, in this process's own JVM (local[*]) or on a cluster (spark://…): the same expressions, the same Delta tables.

One JVM a process: Spark has one context only, so every open engine of the process shares it and the last one to close ends it. Each
work has a session of its own. Answers come as Arrow, never through pandas, which would turn numbers with gaps into floats.
"""

import importlib.util
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as datasets
import pyarrow.parquet as parquet
from pyspark.sql import SparkSession

from zhengtong.engines.compute import (
    CHUNK_ROWS,
    ComputeAway,
    ComputeSettings,
    Features,
    LinkageAbsent,
    Tables,
    Work,
    named_table,
    without_nulls,
)

if TYPE_CHECKING:
    import ibis
    from pyspark.sql import DataFrame

PACKAGES = "io.delta:delta-spark_4.0_2.13:4.4.0"
REMOTE_PACKAGES = "org.apache.hadoop:hadoop-aws:3.4.1"
FIXED = {
    "spark.app.name": "zhengtong",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
}
QUIET = """status = error
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
"""
S3_OPTIONS = {
    "AWS_ENDPOINT_URL": "fs.s3a.endpoint",
    "AWS_REGION": "fs.s3a.endpoint.region",
    "AWS_ACCESS_KEY_ID": "fs.s3a.access.key",
    "AWS_SECRET_ACCESS_KEY": "fs.s3a.secret.key",
}


class SparkWork:
    """A Spark session; see the port."""

    def __init__(self, session: SparkSession, tables: Tables, folder: Path) -> None:
        import ibis

        self._session, self._tables, self._folder = session, tables, folder
        self._ibis: Any = ibis.pyspark.connect(session)
        self._versions: dict[str, int] = {}
        self._seen: set[str] = set()
        self._names = itertools.count(1)

    def table(self, name: str, *, version: int | None = None) -> "ibis.Table":
        if version is None:
            if name not in self._versions:
                self._versions[name] = self._tables.version(name)
            version = self._versions[name]
        schema = self._tables.schema(name, version=version)  # refused there, when it cannot be read safely
        view = f"{name.replace('/', '__')}__{version}"
        if view not in self._seen:
            where = self._tables.uri(name).replace("s3://", "s3a://", 1)
            read = self._session.read.format("delta").option("versionAsOf", version).load(where)
            read.createOrReplaceTempView(view)
            self._seen.add(view)
        return named_table(self._ibis, view, schema)

    def rows(self, rows: pa.Table | pa.RecordBatchReader, *, name: str | None = None) -> "ibis.Table":
        name = name or f"rows_{next(self._names)}"
        rows = without_nulls(rows) if isinstance(rows, pa.Table) else rows
        if self._here():
            self._from_file(rows).createOrReplaceTempView(name)
        else:  # a file here is nothing to the machines of a cluster
            whole = rows if isinstance(rows, pa.Table) else rows.read_all()
            self._session.createDataFrame(whole).createOrReplaceTempView(name)
        return named_table(self._ibis, name, rows.schema)

    def run(self, expr: "ibis.Expr") -> pa.Table:
        table = expr.as_table()
        return self._frame(table).toArrow().cast(table.schema().to_pyarrow())

    def stream(self, expr: "ibis.Table", *, chunk_rows: int = CHUNK_ROWS) -> pa.RecordBatchReader:
        schema = expr.schema().to_pyarrow()
        if not self._here():
            return self.run(expr).to_reader(max_chunksize=chunk_rows)
        target = self._folder / f"answer_{next(self._names)}"
        self._frame(expr).write.parquet(str(target))
        found = datasets.dataset(str(target), schema=schema, format="parquet")
        return pa.RecordBatchReader.from_batches(schema, found.to_batches(batch_size=chunk_rows))

    def linker(self) -> Any:
        try:
            from splink import SparkAPI
        except ModuleNotFoundError as absent:
            raise LinkageAbsent() from absent
        return SparkAPI(spark_session=self._session)  # type: ignore[no-untyped-call]  # splink's own

    def _here(self) -> bool:
        """True when all work is done on this machine, so that a file here can be read by it."""
        return (self._session.sparkContext.master or "").startswith("local")

    def _frame(self, table: "ibis.Table") -> "DataFrame":
        self._ibis._run_pre_execute_hooks(table)
        return self._session.sql(self._ibis.compile(table))

    def _from_file(self, rows: pa.Table | pa.RecordBatchReader) -> "DataFrame":
        target = self._folder / f"rows_{next(self._names)}.parquet"
        reader = rows.to_reader() if isinstance(rows, pa.Table) else rows
        with parquet.ParquetWriter(target, reader.schema, compression="lz4") as writer:
            for batch in reader:
                writer.write_batch(batch)
        return self._session.read.parquet(str(target))


class SparkCompute:
    """The process's Spark; see the module."""

    def __init__(self, chosen: ComputeSettings, tables: Tables, temp: Path) -> None:
        temp.mkdir(parents=True, exist_ok=True)
        self._tables, self._temp = tables, temp
        self.features = Features("spark", over_machines=not chosen.master.startswith("local"))
        self._root = _context.take(_options(chosen, tables, temp))

    @contextmanager
    def session(self) -> Iterator[Work]:
        folder = Path(tempfile.mkdtemp(prefix="work_", dir=self._temp))
        session = self._root.newSession()
        try:
            yield SparkWork(session, self._tables, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        _context.give_back()


class _Context:
    """The one JVM of the process, and how many use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._session: SparkSession | None = None

    def take(self, options: Mapping[str, str]) -> SparkSession:
        with self._lock:
            if self._session is None:
                self._session = _start(options)
            self._users += 1
            return self._session

    def give_back(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._session is not None:
                self._session.stop()
                self._session = None


_context = _Context()


def open_spark(chosen: ComputeSettings, tables: Tables, data: Path) -> SparkCompute:
    """Spark over the lake's tables. Raises ComputeAway when it cannot start (no Java, no master, no jars)."""
    return SparkCompute(chosen, tables, (chosen.temp or data / "compute").absolute())


def _start(options: Mapping[str, str]) -> SparkSession:
    os.environ.setdefault("SPARK_LOCAL_IP", options["spark.driver.bindAddress"])
    builder = SparkSession.builder
    for key, value in options.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except Exception as failure:  # py4j and pyspark raise what they like when the JVM does not come up
        raise ComputeAway(reason=f"Spark：{_first_line(failure)}") from failure


def _options(chosen: ComputeSettings, tables: Tables, temp: Path) -> dict[str, str]:
    master = f"local[{chosen.threads}]" if chosen.master == "local[*]" and chosen.threads else chosen.master
    jars = sorted(str(jar) for jar in chosen.jars.glob("*.jar")) if chosen.jars else []
    remote = tables.uri("any").startswith("s3://")
    brought = {} if jars else {"spark.jars.packages": _packages(remote=remote)}
    quiet = temp / "log4j2.properties"
    quiet.write_text(QUIET, "utf-8")
    hadoop = {S3_OPTIONS[key]: value for key, value in tables.options().items() if key in S3_OPTIONS}
    if remote:
        hadoop |= {"fs.s3a.path.style.access": "true", "fs.s3a.connection.ssl.enabled": _ssl(tables.options())}
    return {
        **FIXED,
        **brought,
        "spark.jars": ",".join([*jars, *_linkage_jars()]),
        "spark.driver.extraJavaOptions": f"-Duser.timezone=UTC -Dlog4j2.configurationFile={quiet.as_uri()}",
        **{f"spark.hadoop.{key}": value for key, value in hadoop.items()},
        "spark.master": master,
        "spark.driver.host": chosen.address,
        "spark.driver.bindAddress": chosen.address,
        "spark.driver.memory": f"{chosen.memory_mb}m",
        "spark.sql.shuffle.partitions": str(chosen.shuffle_partitions),
        "spark.local.dir": str(temp),
        "spark.sql.warehouse.dir": str(temp / "warehouse"),
        **chosen.options,
    }


def _linkage_jars() -> list[str]:
    """Splink's likeness functions for Spark, where splink is installed."""
    if importlib.util.find_spec("splink") is None:
        return []
    from splink.backends.spark import similarity_jar_location

    return [similarity_jar_location()]


def _packages(*, remote: bool) -> str:
    return f"{PACKAGES},{REMOTE_PACKAGES}" if remote else PACKAGES


def _ssl(options: Mapping[str, str]) -> str:
    return "false" if options.get("AWS_ENDPOINT_URL", "").startswith("http://") else "true"


def _first_line(failure: BaseException) -> str:
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0][:300]
