"""Every row of a batch against the rules of its fields, in one scan; what passes as the lake's types, what does not with why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhengtong.data import standards
from zhengtong.data.intake.actions.landing import proofs
from zhengtong.data.intake.actions.landing.planning import ROW_COLUMN, FieldPlan, Plan
from zhengtong.data.intake.rules import Mode, casting, marking

if TYPE_CHECKING:
    import pyarrow as pa

    from zhengtong.engines.compute import Work

BITS = 60
REQUIRED, MISFIT = "required", "fit"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that broke rules: its place in the batch from 1, its text by field, and `|field:rule|` marks."""

    row: int
    values: dict[str, str | None]
    marks: str


@dataclass(frozen=True, slots=True)
class Judged:
    """`good`: typed rows with their place in `_row`; `repeated`: places left out because a later row has the same key."""

    good: "pa.Table"
    bad: list[BadRow] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


def by_field(rows: "pa.Table", plan: Plan) -> "pa.Table":
    """The text of each field and the row's place from 1: empty is absent; what databases write of days and truths is read as such."""
    import numpy
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for one in plan.fields:
        there = one.column and one.column in rows.column_names
        columns[one.name] = _said(rows[one.column], one.type) if there else pa.nulls(rows.num_rows, pa.string())
    columns[ROW_COLUMN] = pa.array(numpy.arange(1, rows.num_rows + 1))
    return pa.table(columns)


def judge(work: "Work", text: "pa.Table", plan: Plan) -> Judged:
    """This will judge the text of `by_field`; the last row of a key wins, unless rows are only added."""
    import pyarrow as pa
    import pyarrow.compute as pc

    broken = _broken(work, text, plan.fields)
    good, misfits = _typed(_chosen(text, _without(text.num_rows, broken)) if broken else text, plan)
    if misfits:
        wrong = pc.is_in(good[ROW_COLUMN], value_set=pa.array(sorted(misfits), pa.int64()))
        good = _chosen(good, ~wrong.to_numpy())
    bad = _bad_rows(text, broken | misfits, plan)
    if plan.mode is Mode.APPEND:
        return Judged(good, bad)
    last, repeated = _last_of_each_key(good, plan.keys)
    return Judged(last, bad, repeated)


def _said(text: "pa.ChunkedArray", kind: standards.Type) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    size = pc.binary_length(text)
    if pc.min(size).as_py() == 0:
        text = pc.if_else(pc.equal(size, 0), pa.scalar(None, pa.string()), text)
    if kind is standards.Type.DAY and (pc.max(size).as_py() or 0) >= len("2026-03-05 00:00"):
        midnight = pc.match_substring_regex(text, r"^\d{4}-\d{2}-\d{2}[T ]00:00(:00(\.0+)?)?$")
        if pc.any(midnight).as_py():
            text = pc.if_else(midnight, pc.utf8_slice_codeunits(text, 0, 10), text)
    if kind is standards.Type.TRUTH:
        lower = pc.utf8_lower(text)
        text = pc.if_else(pc.equal(lower, "true"), "1", pc.if_else(pc.equal(lower, "false"), "0", text))
    return text


def _broken(work: "Work", text: "pa.Table", fields: Sequence[FieldPlan]) -> dict[int, list[tuple[str, str]]]:
    """The rules that each bad row breaks, by its place from 1: most are proved on the columns themselves, the others in one scan."""
    tests = _tests(fields)
    if not tests or text.num_rows == 0:
        return {}
    found: dict[int, set[int]] = {}
    scanned: set[int] = set()
    before = 0
    for piece in text.to_batches():
        columns = proofs.Columns(piece)
        for number, (name, rule) in enumerate(tests):
            proved = columns.against(name, rule)
            if proved is None:
                scanned.add(number)
                continue
            for place in proved.tolist():
                found.setdefault(before + place + 1, set()).add(number)
        before += piece.num_rows
    for row, number in _scanned(work, text, tests, sorted(scanned)):
        found.setdefault(row, set()).add(number)
    return {
        row: marking.first_of_each((tests[number][0], _name(tests[number][1])) for number in sorted(numbers))
        for row, numbers in found.items()
    }


def _scanned(work: "Work", text: "pa.Table", tests: Sequence[Any], chosen: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each (row, number of a test) that does not pass, of the chosen tests, by one scan."""
    if not chosen:
        return
    import ibis

    table, masks = work.rows(text), {}
    for at in range(0, len(chosen), BITS):
        bits = [
            ibis.ifelse(
                _breaks(table[tests[one][0]], tests[one][1]), ibis.literal(1 << bit, "int64"), ibis.literal(0, "int64")
            )
            for bit, one in enumerate(chosen[at : at + BITS])
        ]
        masks[f"m{at // BITS}"] = sum(bits[1:], bits[0])
    judged = table.select(table[ROW_COLUMN], **masks)
    wrong = judged.filter(ibis.or_(*(judged[name] != 0 for name in masks)))
    for row in work.run(wrong).to_pylist():
        for place, one in enumerate(chosen):
            if row[f"m{place // BITS}"] >> place % BITS & 1:
                yield row[ROW_COLUMN], one


def _tests(fields: Sequence[FieldPlan]) -> list[tuple[str, "standards.FieldRule | None"]]:
    """Each test of the scan: a field and one of its rules (None: it must be there)."""
    tests: list[tuple[str, standards.FieldRule | None]] = []
    for one in fields:
        tests += [(one.name, None)] if one.needed else []
        tests += [(one.name, rule) for rule in one.rules]
    return tests


def _breaks(column: Any, rule: "standards.FieldRule | None") -> Any:
    return column.isnull() if rule is None else (~standards.passes(rule, column)).fill_null(False)


def _name(rule: "standards.FieldRule | None") -> str:
    if rule is None:
        return REQUIRED
    check = rule.parameters.get("check", "")
    return check if check in marking.KINDS else rule.kind


def _typed(sound: "pa.Table", plan: Plan) -> tuple["pa.Table", dict[int, list[tuple[str, str]]]]:
    """Sound rows as the lake's types, and those with values that do not fit, by their places from 1."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    misfits: dict[int, list[tuple[str, str]]] = {}
    for one in plan.fields:
        columns[one.name], wrong = casting.cast(sound[one.name], plan.schema.field(one.name).type)
        for place in wrong:
            misfits.setdefault(sound[ROW_COLUMN][place].as_py(), []).append((one.name, MISFIT))
    columns[ROW_COLUMN] = sound[ROW_COLUMN]
    return pa.table(columns), misfits


def _bad_rows(text: "pa.Table", broken: dict[int, list[tuple[str, str]]], plan: Plan) -> list[BadRow]:
    places = sorted(broken)
    named = text.select([one.name for one in plan.fields])
    rows = _chosen(named, ~_without(text.num_rows, broken)).to_pylist() if places else []
    return [BadRow(place, row, marking.marks(broken[place])) for place, row in zip(places, rows, strict=True)]


def _without(count: int, places: Any) -> Any:
    import numpy

    kept = numpy.ones(count, bool)
    if places:
        kept[numpy.fromiter(places, numpy.int64, len(places)) - 1] = False
    return kept


def _chosen(rows: "pa.Table", which: Any) -> "pa.Table":
    """The rows where `which` (numpy) is true: batch by batch, a good deal faster than the whole table at once."""
    import pyarrow as pa

    kept, at = [], 0
    for piece in rows.to_batches():
        kept.append(piece.filter(pa.array(which[at : at + piece.num_rows])))
        at += piece.num_rows
    return pa.Table.from_batches(kept, rows.schema)


def _last_of_each_key(good: "pa.Table", keys: Sequence[str]) -> tuple["pa.Table", list[int]]:
    """The last row of each key, and the places of the others."""
    import pyarrow.compute as pc

    last = good.group_by(list(keys)).aggregate([(ROW_COLUMN, "max")])
    if last.num_rows == good.num_rows:
        return good, []
    kept = pc.is_in(good[ROW_COLUMN], value_set=last[f"{ROW_COLUMN}_max"].combine_chunks())
    return _chosen(good, kept.to_numpy()), good[ROW_COLUMN].filter(pc.invert(kept)).to_pylist()
