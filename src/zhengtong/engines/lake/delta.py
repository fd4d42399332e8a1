"""Delta Lake by delta-rs, on a local folder or an object store.

Concurrent merges into one Delta table fail for each other (measured: 27 of 40), so writers queue: threads on a lock, processes of one
machine on a lock file, and what still collides on a remote store is tried again after a jittered pause.
"""

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds
from deltalake import ColumnProperties, CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError, TableNotFoundError
from deltalake.schema import Schema

from zhengtong.engines.lake import (
    SHORTEST_KEPT,
    Change,
    DataFile,
    Features,
    KeepsTooShort,
    LakeAway,
    LakeSettings,
    Mark,
    ShapeChanged,
    TableAbsent,
    TableName,
    TableThere,
    TableUnsupported,
    VersionGone,
)

NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z0-9_]+)*")
UNSAFE = {"deletionVectors", "columnMapping"}
CONFIGURATION = {"delta.enableDeletionVectors": "false"}
PAUSE_S, LONGEST_PAUSE_S = 0.02, 1.0
MOST_HELD = 16
WANTED = {"path", "size_bytes", "num_records"}
SAMPLE = 1 << 13
LOG = "_delta_log"
FIRST_ENTRY = f"{LOG}/00000000000000000000.json"


class DeltaLake:
    """A lake whose tables are Delta tables under one root."""

    def __init__(self, root: str, *, storage: Mapping[str, str], tries: int) -> None:
        self._root = root.rstrip("/")
        self._storage = dict(storage)
        self._tries = tries
        self._local = "://" not in root
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._written: dict[str, tuple[tuple[int, int], DeltaTable]] = {}
        self.features = Features(one_writer_over_processes=self._local)

    def options(self) -> Mapping[str, str]:
        return dict(self._storage)

    def uri(self, table: str) -> str:
        if not NAME.fullmatch(table):
            raise TableName(table=table)
        return f"{self._root}/{table}"

    def exists(self, table: str) -> bool:
        return bool(DeltaTable.is_deltatable(self.uri(table), self._storage))

    def tables(self) -> list[str]:
        return sorted(_tables_below(self.store(), ""))

    def store(self) -> Any:
        from deltalake.fs import DeltaStorageHandler
        from pyarrow import fs

        if not self._local:
            return fs.PyFileSystem(_writing(DeltaStorageHandler)(self._root, self._storage))
        Path(self._root).mkdir(parents=True, exist_ok=True)
        return fs.SubTreeFileSystem(self._root, fs.LocalFileSystem())

    def create(self, table: str, schema: pa.Schema, *, partition_by: Sequence[str] = ()) -> None:
        with self._alone(table):
            if self.exists(table):
                raise TableThere(table=table)
            if self._local:
                Path(self.uri(table)).mkdir(parents=True, exist_ok=True)
            DeltaTable.create(
                self.uri(table),
                Schema.from_arrow(schema),
                partition_by=list(partition_by),
                configuration=CONFIGURATION,
                storage_options=self._storage,
            )

    def append(self, table: str, rows: Any, *, mark: Mark | None = None) -> int:
        def write(found: DeltaTable) -> None:
            how = _without_vain_dictionaries(rows)
            write_deltalake(found, rows, mode="append", commit_properties=_commit(mark), writer_properties=how)

        return self._write(table, write, mark)

    def merge(self, table: str, rows: Any, *, keys: Sequence[str], mark: Mark | None = None) -> int:
        def write(found: DeltaTable) -> None:
            merging = found.merge(
                rows, _same(keys), source_alias="new", target_alias="old", commit_properties=_commit(mark)
            )
            merging.when_matched_update_all().when_not_matched_insert_all().execute()

        return self._write(table, write, mark)

    def remove(self, table: str, rows: Any, *, keys: Sequence[str], mark: Mark | None = None) -> int:
        def write(found: DeltaTable) -> None:
            merging = found.merge(
                rows, _same(keys), source_alias="new", target_alias="old", commit_properties=_commit(mark)
            )
            merging.when_matched_delete().execute()

        return self._write(table, write, mark)

    def evolve(self, table: str, schema: pa.Schema) -> int:
        def write(found: DeltaTable) -> None:
            there = {field.name: field for field in _arrow(found)}
            changed = [f.name for f in schema if f.name in there and there[f.name].type != f.type]
            gone = [name for name in there if name not in schema.names]
            if changed or gone:
                raise ShapeChanged(table=table, reason=f"{', '.join(changed + gone)}")
            new = [f for f in Schema.from_arrow(schema).fields if f.name not in there]
            if new:
                found.alter.add_columns(new)

        return self._write(table, write, None)

    def version(self, table: str) -> int:
        return int(self._open(table).version())

    def mark_of(self, table: str, writer: str) -> int | None:
        return self._open(table).transaction_version(writer)

    def schema(self, table: str, *, version: int | None = None) -> pa.Schema:
        return _arrow(self._open(table, version))

    def read(self, table: str, *, version: int | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        found = self._open(table, version)
        with self._away():
            return found.to_pyarrow_table(columns=list(columns) if columns is not None else None)

    def dataset(self, table: str, *, version: int | None = None) -> Any:
        found = self._open(table, version)
        with self._away():
            return found.to_pyarrow_dataset()

    def files(self, table: str, *, version: int | None = None) -> list[DataFile]:
        found = self._open(table, version)
        told = pa.table(found.get_add_actions(flatten=True))
        # Its times would make Arrow import pandas.
        actions = told.select([one for one in told.column_names if one in WANTED]).to_pylist()
        return [
            DataFile(path, f"{self.uri(table)}/{path}", one["size_bytes"], one.get("num_records") or 0)
            for path, one in sorted(
                ((unquote(one["path"]), one) for one in actions), key=lambda told: told[0]
            )  # the log has them as URLs
        ]

    def fingerprints(
        self, table: str, digest: Callable[[bytes], bytes], *, version: int | None = None, since: int | None = None
    ) -> dict[str, str]:
        from deltalake.fs import DeltaStorageHandler
        from pyarrow import fs

        store = fs.PyFileSystem(DeltaStorageHandler(self.uri(table), self._storage))
        prints = {}
        before = {file.path for file in self.files(table, version=since)} if since is not None else set()
        for file in self.files(table, version=version):
            if file.path in before:
                continue
            with store.open_input_stream(file.path) as stream:
                prints[file.path] = digest(stream.read()).hex()
        return prints

    def history(self, table: str, *, limit: int = 100) -> list[Change]:
        rows = self._open(table).history(limit)
        return [
            Change(
                int(row["version"]),
                datetime.fromtimestamp(row["timestamp"] / 1000, UTC),
                row["operation"],
                row.get("operationMetrics", {}),
            )
            for row in rows
        ]

    def compact(self, table: str) -> int:
        return self._write(table, lambda found: found.optimize.compact(), None)

    def vacuum(self, table: str, *, keep: timedelta = SHORTEST_KEPT) -> int:
        if keep < SHORTEST_KEPT:
            raise KeepsTooShort()
        with self._alone(table), self._away():
            found = self._open(table)
            return len(found.vacuum(retention_hours=int(keep.total_seconds() // 3600), dry_run=False))

    def _open(self, table: str, version: int | None = None) -> DeltaTable:
        with self._away():
            try:
                found = DeltaTable(self.uri(table), version=version, storage_options=self._storage)
            except TableNotFoundError:
                raise TableAbsent(table=table) from None
            except DeltaError as failure:
                if version is not None and "version" in str(failure).lower():
                    raise VersionGone(table=table, version=version) from failure
                raise
        _guard(table, found)
        return found

    def _opened_to_write(self, table: str) -> DeltaTable:
        """The table at its newest version: the one written last, brought up to date, where it still is the same table."""
        birth = _birth(self.uri(table)) if self._local else None
        kept, found = self._written.pop(table, (None, None))
        if found is None or birth is None or birth != kept:
            found = self._open(table)
        else:
            with self._away():
                found.update_incremental()
            _guard(table, found)
        if birth is not None:
            self._written[table] = birth, found
            for other in list(self._written)[:-MOST_HELD]:
                self._written.pop(other, None)
        return found

    def _write(self, table: str, write: Callable[[DeltaTable], object], mark: Mark | None) -> int:
        with self._alone(table):
            for turn in range(self._tries):
                found = self._opened_to_write(table)
                there = found.transaction_version(mark.writer) if mark else None
                if mark and there is not None and there >= mark.number:
                    return int(found.version())
                try:
                    with self._away(but=CommitFailedError):
                        write(found)
                    return int(found.version())
                except SchemaMismatchError as mismatch:
                    raise ShapeChanged(table=table, reason=_first_line(mismatch)) from mismatch
                except CommitFailedError:
                    if turn == self._tries - 1:
                        raise
                    time.sleep(random.uniform(0.5, 1.5) * min(PAUSE_S * 2**turn, LONGEST_PAUSE_S))  # noqa: S311
            raise AssertionError("unreachable")

    @contextmanager
    def _alone(self, table: str) -> Iterator[None]:
        with self._locks[table]:
            if not self._local:
                yield
                return
            import fcntl

            path = Path(self._root) / ".writing" / f"{self.uri(table).removeprefix(self._root)[1:].replace('/', '.')}"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    @contextmanager
    def _away(self, but: type[Exception] | tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """A store that cannot be reached is Unavailable, not a bug."""
        try:
            yield
        except but:
            raise
        except OSError as failure:
            raise LakeAway(reason=_first_line(failure)) from failure


def open_delta(chosen: LakeSettings, data: Path) -> DeltaLake:
    """The lake as set: in the data folder, or at the URL with the store's credentials."""
    if "://" not in chosen.url:
        root = Path(chosen.url) if chosen.url else data / "lake"
        return DeltaLake(str(root.absolute()), storage={}, tries=chosen.tries)
    storage = {
        "AWS_REGION": chosen.region,
        "AWS_ACCESS_KEY_ID": chosen.access_key.get_secret_value(),
        "AWS_SECRET_ACCESS_KEY": chosen.secret_key.get_secret_value(),
        "AWS_ENDPOINT_URL": chosen.endpoint,
        "AWS_ALLOW_HTTP": "true" if chosen.endpoint.startswith("http://") else "",
        "aws_conditional_put": "etag",
    }
    given = {key: value for key, value in storage.items() if value} if chosen.url.startswith("s3://") else {}
    return DeltaLake(chosen.url, storage=given, tries=chosen.tries)


def _writing(handler: Any) -> Any:
    """The handler with a stream that can be written to: its own wants bytes, and Arrow gives it buffers."""

    class Bytes:
        def __init__(self, out: Any) -> None:
            self._out = out

        def write(self, data: Any) -> int:
            return int(self._out.write(bytes(data)) or 0)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._out, name)

    class Store(handler):  # type: ignore[misc]  # a class of the driver's, imported where it is used
        def open_output_stream(self, path: str, metadata: Any = None) -> Any:
            return pa.PythonFile(Bytes(self._handler.open_output_stream(path, metadata)), mode="w")

    return Store


def _tables_below(store: Any, folder: str) -> Iterator[str]:
    """The folders that hold a log, without looking into them."""
    from pyarrow import fs

    below = [one for one in store.get_file_info(fs.FileSelector(folder)) if one.type == fs.FileType.Directory]
    names = [one.path.strip("/").rpartition("/")[2] for one in below]
    if folder and LOG in names:
        yield folder
        return
    for name in names:
        if not name.startswith("."):
            yield from _tables_below(store, f"{folder}/{name}" if folder else name)


def _birth(uri: str) -> tuple[int, int] | None:
    """What tells a table from another made later in its place; None where the log no longer says it."""
    try:
        first = (Path(uri) / FIRST_ENTRY).stat()
    except OSError:
        return None
    return first.st_ino, first.st_mtime_ns


def _guard(table: str, found: DeltaTable) -> None:
    protocol = found.protocol()
    unsafe = UNSAFE & set(protocol.reader_features or ())
    if protocol.min_reader_version == 2:
        unsafe.add("columnMapping")
    if unsafe:
        raise TableUnsupported(table=table, features="、".join(sorted(unsafe)))


def _arrow(found: DeltaTable) -> pa.Schema:
    return pa.schema(found.schema().to_arrow())


def _commit(mark: Mark | None) -> CommitProperties:
    return CommitProperties(
        app_transactions=[Transaction(mark.writer, mark.number)] if mark else None, max_commit_retries=0
    )


def _without_vain_dictionaries(rows: Any) -> WriterProperties:
    """No dictionary for columns whose values hardly come twice: it would be begun and given up, at 40% of the time to write."""
    vain: list[str] = []
    if isinstance(rows, pa.Table) and rows.num_rows >= SAMPLE:
        some = rows.slice(0, SAMPLE)
        flat = [field.name for field in rows.schema if not kinds.is_nested(field.type)]
        vain = [name for name in flat if pc.count_distinct(some[name]).as_py() > SAMPLE * 7 // 8]
    plain = ColumnProperties(dictionary_enabled=False)
    return WriterProperties(compression="SNAPPY", column_properties=dict.fromkeys(vain, plain))


def _same(keys: Sequence[str]) -> str:
    if not keys or not all(re.fullmatch(r"[A-Za-z_]\w*", key) for key in keys):
        raise ValueError(f"not column names: {keys}")
    return " AND ".join(f"old.`{key}` = new.`{key}`" for key in keys)


def _first_line(failure: BaseException) -> str:
    return str(failure).strip().splitlines()[0][:300]
