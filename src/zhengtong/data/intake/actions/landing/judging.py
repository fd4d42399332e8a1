"""Every row of a batch against the rules of its fields, in one scan; what passes as the lake's types, what does not with why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhengtong.data import standards
from zhengtong.data.intake.actions.landing.planning import ROW_COLUMN, FieldPlan, Plan
from zhengtong.data.intake.rules import Mode, casting, marking, proving

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
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for one in plan.fields:
        there = one.column and one.column in rows.column_names
        columns[one.name] = _said(rows[one.column], one.type) if there else pa.nulls(rows.num_rows, pa.string())
    columns[ROW_COLUMN] = pa.array(range(1, rows.num_rows + 1), pa.int64())
    return pa.table(columns)


def judge(work: "Work", text: "pa.Table", plan: Plan) -> Judged:
    """This will judge the text of `by_field`; the last row of a key wins, unless rows are only added."""
    import pyarrow as pa

    broken = _broken(work, text, plan.fields)
    typed, misfits = _typed(text, plan, {row - 1 for row in broken})
    for place, names in misfits.items():
        broken.setdefault(place + 1, []).extend((name, MISFIT) for name in names)
    bad = _bad_rows(text, broken, plan)
    kept = pa.array(_without(text.num_rows, broken))
    good = typed.filter(kept) if broken else typed
    if plan.mode is Mode.APPEND:
        return Judged(good, bad)
    last, repeated = _last_of_each_key(good, plan.keys)
    return Judged(last, bad, repeated)


def _said(text: "pa.ChunkedArray", kind: standards.Type) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = pc.equal(text, "")
    if pc.any(empty).as_py():
        text = pc.if_else(empty, pa.scalar(None, pa.string()), text)
    if kind is standards.Type.DAY:
        midnight = pc.match_substring_regex(text, r"^\d{4}-\d{2}-\d{2}[T ]00:00(:00(\.0+)?)?$")
        if pc.any(midnight).as_py():
            text = pc.if_else(midnight, pc.utf8_slice_codeunits(text, 0, 10), text)
    if kind is standards.Type.TRUTH:
        lower = pc.utf8_lower(text)
        text = pc.if_else(pc.equal(lower, "true"), "1", pc.if_else(pc.equal(lower, "false"), "0", text))
    return text


def _broken(work: "Work", text: "pa.Table", fields: Sequence[FieldPlan]) -> dict[int, list[tuple[str, str]]]:
    """The rules that each bad row breaks, by its place from 1: the costliest proved on the columns themselves, the others in one scan."""
    tests = _tests(fields)
    if not tests or text.num_rows == 0:
        return {}
    found: dict[int, set[int]] = {}
    scanned = []
    for number, (name, rule) in enumerate(tests):
        proved = _proved(text[name], rule)
        if proved is None:
            scanned.append(number)
            continue
        for row in proved:
            found.setdefault(row, set()).add(number)
    for row, number in _scanned(work, text, tests, scanned):
        found.setdefault(row, set()).add(number)
    return {
        row: marking.first_of_each((tests[number][0], _name(tests[number][1])) for number in sorted(numbers))
        for row, numbers in found.items()
    }


def _proved(column: "pa.ChunkedArray", rule: "standards.FieldRule | None") -> list[int] | None:
    """The places from 1 of values that break the rule; None for a rule that is left to the scan."""
    import numpy
    import pyarrow.compute as pc

    check = "" if rule is None else rule.parameters.get("check", "") if rule.kind == "check" else rule.kind
    of_day = rule is not None and rule.kind == "type" and rule.parameters["type"] is standards.Type.DAY
    if check not in ("social_credit_code", "id_number") and not of_day:
        return None
    values = column.combine_chunks()
    if check == "social_credit_code":
        right = proving.social_credit_codes(values)
    elif of_day:
        right = proving.days(values)
    else:
        right = proving.id_numbers(values, on=rule.parameters.get("on") if rule else None)
    there = pc.is_valid(values).to_numpy(zero_copy_only=False)
    places: list[int] = (numpy.flatnonzero(there & ~right) + 1).tolist()
    return places


def _scanned(work: "Work", text: "pa.Table", tests: Sequence[Any], chosen: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each (row, number of a test) that does not pass, of the chosen tests, by one scan."""
    import ibis

    if not chosen:
        return
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


def _typed(text: "pa.Table", plan: Plan, bad: set[int]) -> tuple["pa.Table", dict[int, list[str]]]:
    """All rows as the lake's types (whatever in the bad ones), and the places from 0 of values that do not fit, by field."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: dict[str, Any] = {}
    misfits: dict[int, list[str]] = {}
    sound = pa.array(_without(text.num_rows, {place + 1 for place in bad})) if bad else None
    for one in plan.fields:
        kind, column = plan.schema.field(one.name).type, text[one.name]
        if sound is not None and not pa.types.is_string(kind):
            column = pc.if_else(sound, column, pa.scalar(None, pa.string()))
        columns[one.name], wrong = casting.cast(column, kind)
        for place in wrong:
            misfits.setdefault(place, []).append(one.name)
    columns[ROW_COLUMN] = text[ROW_COLUMN]
    return pa.table(columns), misfits


def _bad_rows(text: "pa.Table", broken: dict[int, list[tuple[str, str]]], plan: Plan) -> list[BadRow]:
    import pyarrow as pa

    places = sorted(broken)
    rows = text.take(pa.array([place - 1 for place in places], pa.int64())).to_pylist() if places else []
    names = [one.name for one in plan.fields]
    return [
        BadRow(place, {name: row[name] for name in names}, marking.marks(broken[place]))
        for place, row in zip(places, rows, strict=True)
    ]


def _without(count: int, places: Any) -> Any:
    import numpy

    kept = numpy.ones(count, bool)
    if places:
        kept[[place - 1 for place in places]] = False
    return kept


def _last_of_each_key(good: "pa.Table", keys: Sequence[str]) -> tuple["pa.Table", list[int]]:
    """The last row of each key, and the places of the others."""
    import pyarrow.compute as pc

    last = good.group_by(list(keys)).aggregate([(ROW_COLUMN, "max")])
    if last.num_rows == good.num_rows:
        return good, []
    kept = pc.is_in(good[ROW_COLUMN], value_set=last[f"{ROW_COLUMN}_max"].combine_chunks())
    return good.filter(kept), good[ROW_COLUMN].filter(pc.invert(kept)).to_pylist()
