"""Where the next reading begins: kept as JSON with each batch, so that a run that was cut off goes on from there.

A cursor has a place (`value`, `key`, `skip`, `page`, `offsets`, `arrival`) and `row`, the rows read before it in its run.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

MOST_SEEN = 50_000
DIGEST_BYTES = 8
Value = int | float | Decimal | str | date | datetime


def told(value: Any) -> list[Any]:
    """A typed value as JSON.

    >>> told(Decimal("1.50")), told(date(2026, 3, 5)), told(7)
    (['decimal', '1.50'], ['date', '2026-03-05'], ['int', '7'])
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str | date):
        raise TypeError(f"{type(value).__name__} has no order to go on from")
    if isinstance(value, date):
        return ["moment" if isinstance(value, datetime) else "date", value.isoformat()]
    return [type(value).__name__.lower(), repr(value) if isinstance(value, float) else str(value)]


def value_of(kept: Sequence[Any]) -> Value:
    """What `told` kept."""
    kind, text = kept
    readers: Mapping[str, Any] = {
        "int": int,
        "float": float,
        "decimal": Decimal,
        "str": str,
        "date": date.fromisoformat,
        "moment": datetime.fromisoformat,
    }
    value: Value = readers[kind](text)
    return value


def lowered(value: Value, overlap: float) -> Value:
    """The value less the overlap: seconds for times (also those written as text), units for numbers.

    >>> lowered("2026-03-05 10:00:00", 3600), lowered(100, 5), lowered("20260305", 0)
    ('2026-03-05 09:00:00', 95, '20260305')
    """
    if not overlap:
        return value
    if isinstance(value, datetime):
        return value - timedelta(seconds=overlap)
    if isinstance(value, date):
        return value - timedelta(days=-(-int(overlap) // 86_400))
    if isinstance(value, str):
        return _lowered_text(value, overlap)
    if isinstance(value, float):
        return value - overlap
    return value - (Decimal(str(overlap)) if isinstance(value, Decimal) else -(-int(overlap) // 1))


def _lowered_text(text: str, overlap: float) -> str:
    """Raises ValueError for text that is no ISO 8601 time."""
    if len(text) == 10:
        return str(lowered(date.fromisoformat(text), overlap))
    lower = datetime.fromisoformat(text) - timedelta(seconds=overlap)
    written = lower.isoformat(text[10], timespec="microseconds" if "." in text else "seconds")
    return written.replace("+00:00", "Z") if text.endswith("Z") else written


def digest(row: Iterable[str | None]) -> bytes:
    """Tells one row from another, in eight bytes."""
    text = "\x1f".join("\x00" if value is None else value for value in row)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def packed(seen: Iterable[bytes]) -> str:
    """Digests as text.

    >>> unpacked(packed([b"12345678", b"abcdefgh"])) == frozenset([b"12345678", b"abcdefgh"])
    True
    """
    return base64.b64encode(b"".join(sorted(seen))).decode()


def unpacked(text: str) -> frozenset[bytes]:
    """The digests."""
    raw = base64.b64decode(text)
    return frozenset(raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES))


def order_of(text: str) -> tuple[int, Decimal | str]:
    """How values of a text column compare: numbers as numbers, all else as text.

    >>> order_of("9") < order_of("10"), order_of("2026-03-05") < order_of("2026-03-06")
    (True, True)
    """
    try:
        number = Decimal(text)
    except ArithmeticError:
        return 1, text
    return (0, number) if number.is_finite() else (1, text)


def row_of(cursor: Mapping[str, Any] | None) -> int:
    """The rows read before this cursor in its run."""
    return int((cursor or {}).get("row", 0))
