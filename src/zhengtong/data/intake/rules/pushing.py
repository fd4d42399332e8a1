"""A pushed batch: what it must look like, and what is wrong with which row."""

from collections.abc import Sequence
from dataclasses import dataclass

from zhengtong.data.intake.rules import records
from zhengtong.kernel.errors import Field

TOLD = 50
NDJSON = ("application/x-ndjson", "application/jsonl")
TYPES = ("application/json", *NDJSON)


@dataclass(frozen=True, slots=True)
class Pushed:
    """The rows of a push, and the first faults: while there is one, none of it is kept."""

    rows: tuple[records.Record, ...]
    columns: tuple[str, ...]
    faults: tuple[Field, ...]
    faulty: int


def read_push(body: bytes, media_type: str, *, allowed: Sequence[str], required: Sequence[str]) -> Pushed:
    """The rows of `{"rows": [...]}`, of a list, or of one JSON object a line. Raises records.RecordWrong when it is none of them.

    >>> read_push(b'[{"a": 1}]', "application/json", allowed=["a"], required=["a", "b"]).faults[0].name
    'rows.0.b'
    """
    told = _lines(body) if media_type in NDJSON else _listed(body)
    rows: list[records.Record] = []
    faults: list[Field] = []
    faulty = 0
    for place, one in enumerate(told):
        row, found = _judged(place, one, allowed, required)
        rows.append(row)
        faulty += bool(found)
        faults += found[: TOLD - len(faults)]
    columns = dict.fromkeys(name for row in rows for name in row)
    return Pushed(tuple(rows), tuple(columns), tuple(faults), faulty)


def _lines(body: bytes) -> Sequence[object]:
    found: list[object] = []
    for line in body.split(b"\n"):
        if line.strip():
            try:
                found.append(records.parsed(line))
            except records.RecordWrong as wrong:
                found.append(wrong)
    return found


def _listed(body: bytes) -> Sequence[object]:
    told = records.parsed(body)
    if isinstance(told, dict) and set(told) == {"rows"}:
        told = told["rows"]
    if not isinstance(told, list):
        raise records.RecordWrong(records.NO_ROWS)
    return told


def _judged(
    place: int, one: object, allowed: Sequence[str], required: Sequence[str]
) -> tuple[records.Record, list[Field]]:
    try:
        if isinstance(one, records.RecordWrong):
            raise one
        row = records.flat(one)
    except records.RecordWrong as wrong:
        return {}, [Field(f"rows.{place}", wrong.why.zh, wrong.why.en)]
    found = [
        Field(f"rows.{place}.{name}", "必填。", "This is required.")
        for name in required
        if not (row.get(name) or "").strip()
    ]
    if allowed:
        known = set(allowed)
        found += [
            Field(f"rows.{place}.{name[:60]}", "不认识这一项。", "This field is not known.")
            for name in row
            if name not in known
        ]
    return row, found
