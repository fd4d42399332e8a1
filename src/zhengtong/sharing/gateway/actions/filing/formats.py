"""The rows of a file as CSV, xlsx or Parquet; values exactly as they are."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from zhengtong.engines.files import Files

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "xlsx", "parquet")
ABOUT = b"zhengtong"


def shown(value: Any) -> str:
    """A value as text: what stands in the file, and what its row is known by when a leaked copy is read.

    >>> shown(None), shown(True), shown(date(2026, 3, 5))
    ('', 'true', '2026-03-05')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def written(rows: "pa.Table", form: str, files: Files, about: Mapping[str, str]) -> bytes:
    """The file's bytes. `about`: what a Parquet file says of itself in its metadata."""
    if form == "parquet":
        return _parquet(rows, about)
    texts = [[shown(value) for value in row.values()] for row in rows.to_pylist()]
    return _xlsx(rows.column_names, texts, files) if form == "xlsx" else _csv(rows.column_names, texts)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Plain CSV (RFC 4180, UTF-8): machines read it, so no value gets a mark against spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()


def _xlsx(columns: Sequence[str], rows: Sequence[Sequence[str]], files: Files) -> bytes:
    out = io.BytesIO()
    files.write_xlsx(out, columns, rows)
    return out.getvalue()


def _parquet(rows: "pa.Table", about: Mapping[str, str]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    out = io.BytesIO()
    marked = rows.replace_schema_metadata({ABOUT: json.dumps(dict(about), ensure_ascii=False).encode()})
    parquet.write_table(marked, pa.PythonFile(out, "w"), compression="zstd")
    return out.getvalue()
