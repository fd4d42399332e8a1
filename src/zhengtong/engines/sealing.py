"""Which columns are sealed, said beside them, so that one job can move them all to a new key.

    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed(Purpose.SUBJECTS, index="id_number_index"))

A sealed value begins with its version and the id of its key (`crypto/keyring.py`), so any binary column can be asked what still hangs on a
key, marked or not: a key is retired only where nothing does. What begins with OPEN instead its owner keeps unsealed: it says nothing that
other columns do not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData

VERSION, OPEN = b"\x01", b"\x00"
HEAD = len(VERSION) + 8
MARK = "sealed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """How a column is sealed: for which purpose (`crypto.Purpose`), with the bytes of which UUID column attached, and, where equal texts are
    found by a blind index, in which column that stands."""

    purpose: str
    attached: str
    index: str | None


def sealed(purpose: str, *, attached: str = "id", index: str | None = None) -> dict[str, Any]:
    """The `info` of a sealed column."""
    return {MARK: Sealed(purpose, attached, index)}


def head_of(key: str) -> bytes:
    """What every value begins with that this key has sealed."""
    return VERSION + bytes.fromhex(key)


def marked_columns(metadata: MetaData) -> Iterator[tuple[Column[Any], Sealed]]:
    """The columns that are marked, table by table."""
    for column in binary_columns(metadata):
        if MARK in column.info:
            yield column, column.info[MARK]


def binary_columns(metadata: MetaData) -> Iterator[Column[Any]]:
    """Every column that could hold a sealed value."""
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, LargeBinary))
