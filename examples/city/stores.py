"""The bureaus' own stores, each of its own shape: market's database, the police's CSV drops, civil affairs' service.

Tax keeps a topic; whoever shows the city appends `tax_messages` to it with the broker at hand.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .bureaus import Kept, Row

COMPANY = (
    *("uscc", "name", "status", "legal_person", "legal_person_id", "address", "registered_on", "ended_on"),
    *("capital_fen", "industry", "phone", "updated_at"),
)
RELIEF = ("case_id", "id_number", "name", "kind", "monthly_fen", "from_date", "to_date", "address", "phone")
RESIDENT = {
    "公民身份号码": "id_number",
    "姓名": "name",
    "性别": "sex",
    "民族": "nationality",
    "出生日期": "birth_date",
    "户籍地址": "address",
    "区划": "division",
    "联系电话": "phone",
    "变动日期": "changed_on",
}
PAYMENTS, WAGES = "tax.payments", "tax.wages"
_NUMBERS = ("capital_fen", "monthly_fen", "changed_no")


def make_table(connection: Any, table: str, columns: Sequence[str], key: str) -> None:
    """This will make a bureau's table by a DB-API connection (SQLite or PostgreSQL)."""
    shapes = ", ".join(f"{name} {'BIGINT' if name in _NUMBERS else 'TEXT'}" for name in columns)
    connection.cursor().execute(f"CREATE TABLE {table} ({shapes}, PRIMARY KEY ({key}))")


def put(connection: Any, table: str, columns: Sequence[str], key: str, rows: Iterable[Row], *, mark: str = "?") -> None:
    """This will insert the rows, or put them in place of those with their key. `mark` is the driver's placeholder."""
    names, marks = ", ".join(columns), ", ".join([mark] * len(columns))
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {changes}"  # noqa: S608
    connection.cursor().executemany(statement, [[row[name] for name in columns] for row in rows])
    connection.commit()


def drop(folder: Path, name: str, rows: Iterable[Row]) -> Path:
    """This will leave a file of residents as the police's system does: GB18030, every cell quoted, CRLF, and whole at once."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(RESIDENT)
    for row in rows:
        writer.writerow(["" if row[field] is None else row[field] for field in RESIDENT.values()])
    folder.mkdir(parents=True, exist_ok=True)
    part, path = folder / f".{name}.part", folder / name
    part.write_bytes(text.getvalue().encode("gb18030"))
    return part.replace(path)


def tax_messages(kept: Kept) -> Iterator[tuple[str, str, bytes]]:
    """The tax bureau's messages: topic, key, JSON."""
    for row in kept.payments:
        yield PAYMENTS, str(row["uscc"] or row["payment_id"]), message(row)
    for row in kept.wages:
        yield WAGES, str(row["id_number"]), message(row)


def message(row: Row) -> bytes:
    """A row as the tax bureau sends it."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
