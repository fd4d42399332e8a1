"""DuckDB in this process: one instance with one memory limit, a connection and an in-memory catalogue of its own for each work.

No extension is used (they would have to be fetched): files of a local lake are read by DuckDB itself, those of a remote one by
delta-rs, as an Arrow data set into which DuckDB pushes columns and filters.
"""

import functools
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.types as kinds

from zhengtong.engines.compute import (
    CHUNK_ROWS,
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

PLAIN = {
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.binary(): "BLOB",
}


class _Connection:
    """A connection under the names that Ibis 12 knows; DuckDB 2 has renamed two."""

    def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def execute(self, *asked: Any) -> "_Connection":
        self._inner.execute(*asked)
        return self

    def fetch_arrow_table(self) -> pa.Table:
        return self._inner.to_arrow_table()


class DuckWork:
    """A connection; see the port."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables
        self._versions: dict[str, int] = {}
        self._seen: set[str] = set()
        self._names = itertools.count(1)

    @functools.cached_property
    def _ibis(self) -> Any:
        import ibis

        return ibis.duckdb.from_connection(_Connection(self._connection))

    def table(self, name: str, *, version: int | None = None) -> "ibis.Table":
        if version is None:
            if name not in self._versions:
                self._versions[name] = self._tables.version(name)
            version = self._versions[name]
        view = f"{name}@{version}"
        if view not in self._seen:
            self._view(view, name, version)
            self._seen.add(view)
        return named_table(self._ibis, view, self._tables.schema(name, version=version))

    def rows(self, rows: pa.Table | pa.RecordBatchReader, *, name: str | None = None) -> "ibis.Table":
        name = name or f"rows_{next(self._names)}"
        if isinstance(rows, pa.Table):
            rows = without_nulls(rows)
            self._connection.register(name, rows)
            return named_table(self._ibis, name, rows.schema)
        self._connection.register("arriving", rows)
        self._connection.execute(f"CREATE TABLE {_quoted(name)} AS SELECT * FROM arriving")  # noqa: S608 - quoted
        self._connection.unregister("arriving")
        return named_table(self._ibis, name, rows.schema)

    def run(self, expr: "ibis.Expr") -> pa.Table:
        return self._ibis.to_pyarrow(expr.as_table())

    def stream(self, expr: "ibis.Table", *, chunk_rows: int = CHUNK_ROWS) -> pa.RecordBatchReader:
        schema = expr.schema().to_pyarrow()
        pieces = self._ibis._to_duckdb_relation(expr).to_arrow_reader(chunk_rows)
        return pa.RecordBatchReader.from_batches(schema, (piece.cast(schema) for piece in pieces))

    def linker(self) -> Any:
        try:
            from splink import DuckDBAPI
        except ModuleNotFoundError as absent:
            raise LinkageAbsent() from absent
        return DuckDBAPI(connection=self._connection)

    def _view(self, view: str, name: str, version: int) -> None:
        schema = self._tables.schema(name, version=version)
        if "://" in self._tables.uri(name):
            self._connection.register(view, self._tables.dataset(name, version=version))
            return
        uris = [file.uri for file in self._tables.files(name, version=version)]
        query = _read_files(self._connection, uris, schema) if uris else _nothing(schema)
        self._connection.execute(f"CREATE TEMP VIEW {_quoted(view)} AS {query}")


class DuckCompute:
    """One DuckDB for the whole program."""

    features = Features("duckdb", over_machines=False)

    def __init__(self, chosen: ComputeSettings, tables: Tables, temp: Path) -> None:
        temp.mkdir(parents=True, exist_ok=True)
        limits: dict[str, Any] = {"threads": chosen.threads} if chosen.threads else {}
        self._root = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{chosen.memory_mb}MB",
                "temp_directory": str(temp),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": False,
                **limits,
            },
        )
        self._tables = tables
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    @contextmanager
    def session(self) -> Iterator[Work]:
        with self._lock:
            connection = self._root.cursor()
        catalogue = f"work_{next(self._numbers)}"
        connection.execute(f"ATTACH ':memory:' AS {catalogue}")
        try:
            connection.execute(f"USE {catalogue}")
            yield DuckWork(connection, self._tables)
        finally:
            connection.close()
            with self._lock:
                self._root.execute(f"DETACH {catalogue}")

    def close(self) -> None:
        self._root.close()


def open_duckdb(chosen: ComputeSettings, tables: Tables, data: Path) -> DuckCompute:
    """DuckDB over the lake's tables; its temporary files lie in the data folder unless set otherwise."""
    return DuckCompute(chosen, tables, (chosen.temp or data / "compute").absolute())


def _read_files(connection: duckdb.DuckDBPyConnection, uris: Sequence[str], schema: pa.Schema) -> str:
    """The files as one table of this shape: columns that came later are null in older files, and in all when none has them."""
    listed = ", ".join("'" + uri.replace("'", "''") + "'" for uri in uris)
    source = f"read_parquet([{listed}], union_by_name=true, hive_partitioning=true, hive_types_autocast=false)"
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608
    columns = [
        f"CAST({_quoted(field.name) if field.name in there else 'NULL'} AS {_kind(field.type)}) AS {_quoted(field.name)}"
        for field in schema
    ]
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608 - names quoted


def _nothing(schema: pa.Schema) -> str:
    columns = ", ".join(f"CAST(NULL AS {_kind(field.type)}) AS {_quoted(field.name)}" for field in schema)
    return f"SELECT {columns} WHERE false"


def _kind(kind: pa.DataType) -> str:
    if kinds.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if kinds.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        return f"{_kind(kind.value_type)}[]"
    if kinds.is_struct(kind):
        return f"STRUCT({', '.join(f'{_quoted(field.name)} {_kind(field.type)}' for field in kind)})"
    return PLAIN[kind]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
