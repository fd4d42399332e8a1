"""Rows of the lake as they leave: only the agreed columns, masked, each under the name its receiver knows it by."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhengtong.engines import serving
from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.exchanging import ROW, Shape, shape_of
from zhengtong.sharing.gateway.rules.masks import Write, changer

if TYPE_CHECKING:
    import pyarrow as pa

BATCH, NUMBER = "_batch_id", "_row"
NAME_BYTES = 16
Keyed = Callable[[bytes], bytes]
Blocks = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Leaving:
    """How an item's rows leave under an agreement. `keyed`: the receiver's own digest of a batch's number, under which `blocks` enciphers
    its rows' numbers; `rows`: which of them, as an Arrow expression (None: all)."""

    fields: Sequence[Field]
    masks: Mapping[str, str]
    pseudonym: Write
    keyed: Keyed
    blocks: Blocks
    rows: Any = None

    @property
    def shape(self) -> Shape:
        return shape_of(self.fields, self.masks)

    @property
    def needed(self) -> list[str]:
        """The source's columns that are read."""
        named = (one.name for one in self.fields if one.subject)
        return list(dict.fromkeys((*(one.name for one in self.shape.columns), *named, BATCH, NUMBER)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for their receiver, and the same as CSV without a header: texts quoted where they must be, absent values empty. The receipt is
    over the CSV, and PostgreSQL takes it."""

    table: "pa.Table"
    csv: bytes

    @classmethod
    def of(cls, table: "pa.Table") -> "Rows":
        from pyarrow import csv

        out = io.BytesIO()
        csv.write_csv(table, out, csv.WriteOptions(include_header=False, quoting_style="needed"))
        return cls(table, out.getvalue())

    @property
    def count(self) -> int:
        return int(self.table.num_rows)


def leaving(rows: "pa.Table", how: Leaving) -> "pa.Table":
    """The rows for their receiver: ROW, then the shape's columns; in the order of ROW, which tells nothing of the source's own."""
    import pyarrow as pa

    by_name = {one.name: one for one in how.fields}
    made = [names(rows, how)]
    for column in how.shape.columns:
        values = rows[column.name]
        mask = how.masks[column.name]
        made.append(values if mask == "full" else _masked(values, by_name[column.name], mask, how.pseudonym))
    return pa.table(made, names=[ROW, *(one.name for one in how.shape.columns)]).sort_by(ROW)


def names(rows: "pa.Table", how: Leaving) -> "pa.Array":
    """The receiver's name of each row, 32 hex digits: its number, enciphered (SM4) under a key of the batch that brought it and of this
    receiver, so that receivers cannot match theirs and none learns the order. Rows of a batch are named in one go."""
    import numpy
    import pyarrow as pa

    brought = rows[BATCH].combine_chunks().dictionary_encode()
    batches = brought.indices.to_numpy()
    order = numpy.argsort(batches, kind="stable")
    numbers = numpy.zeros((rows.num_rows, 2), ">i8")
    numbers[:, 1] = rows[NUMBER].to_numpy()[order]
    ends = numpy.searchsorted(batches[order], numpy.arange(len(brought.dictionary)), side="right")
    told, begun = [], 0
    for batch, end in zip(brought.dictionary.to_pylist(), ends.tolist(), strict=True):
        told.append(how.blocks(how.keyed(batch.encode())[:NAME_BYTES], numbers[begun:end].tobytes()))
        begun = end
    named = numpy.empty(rows.num_rows, f"S{2 * NAME_BYTES}")
    named[order] = numpy.frombuffer(b"".join(told).hex().encode(), named.dtype)
    return pa.array(named).cast(pa.string())


def subjects(rows: "pa.Table", how: Leaving) -> set[str]:
    """The persons' and firms' numbers that the rows are about, agreed to be given or not."""
    import pyarrow.compute as pc

    named = [one.name for one in how.fields if one.subject and one.name in rows.column_names]
    return {value for name in named for value in pc.unique(rows[name]).to_pylist() if value}


def _masked(values: Any, field: Field, mask: str, pseudonym: Write) -> "pa.Array":
    import pyarrow as pa

    column = serving.Column(field.name, serving.Kind(field.kind.value), field.scale)
    change = changer(mask, field.kind, pseudonym)
    kind = pa.bool_() if mask.endswith(":yes_no") else pa.string()
    if change is None:
        return pa.nulls(len(values), kind)
    known = values.combine_chunks().dictionary_encode()
    told = known.dictionary.to_pylist()
    if field.kind in (Kind.DAY, Kind.MOMENT, Kind.DECIMAL):
        told = [str(serving.told(column, value)) for value in told]
    return pa.array(map(change, told), kind).take(known.indices)


def condition(rules: Sequence[Any], known: Sequence[Field]) -> Any:
    """The agreement's row rules as an Arrow expression; None for all rows. A rule over a field that is not there lets nothing through."""
    import pyarrow.compute as pc

    by_name, found = {one.name: one for one in known}, None
    for rule in rules:
        field = by_name.get(rule.field)
        one = pc.scalar(False) if field is None else _one(field, rule.op, rule.value)
        found = one if found is None else found & one
    return found


def _one(field: Field, op: str, value: Any) -> Any:
    import pyarrow.compute as pc

    place, kind = pc.field(field.name), arrow_type(field)
    if op == "in":
        import pyarrow as pa

        return place.isin(pa.array([_native(field, one) for one in value], kind))
    if op == "prefix":
        return pc.starts_with(place, str(value))
    given = pc.scalar(_native(field, value)).cast(kind)
    compared = {"eq": place == given, "ne": place != given, "lt": place < given, "le": place <= given}
    return (compared | {"gt": place > given, "ge": place >= given})[op]


def _native(field: Field, value: Any) -> Any:
    """A rule's value as Arrow holds it."""
    from datetime import date, datetime
    from decimal import Decimal

    column = serving.Column(field.name, serving.Kind(field.kind.value), field.scale)
    fitted = serving.fitted(column, value)
    if field.kind is Kind.DAY:
        return date.fromisoformat(fitted)
    if field.kind is Kind.MOMENT:
        return datetime.fromisoformat(fitted.replace("Z", "+00:00"))
    return Decimal(fitted) if field.kind is Kind.DECIMAL else fitted


def arrow_type(field: Field) -> Any:
    """How the lake keeps the field."""
    import pyarrow as pa

    plain: dict[Kind, Any] = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.DAY: pa.date32(),
        Kind.MOMENT: pa.timestamp("us", tz="UTC"),
        Kind.TRUTH: pa.bool_(),
    }
    return pa.decimal128(38, field.scale) if field.kind is Kind.DECIMAL else plain[field.kind]
