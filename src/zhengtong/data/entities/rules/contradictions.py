"""A contradiction rule as an Ibis expression: two sides, joined by the being and by overlapping days. No SQL is written.

Days are whole numbers (20260305), so that dates, months and texts compare alike on every engine.
"""

from typing import TYPE_CHECKING, Any

from zhengtong.data.entities.rules.packs import RuleSpec, Side, Where

if TYPE_CHECKING:
    import ibis

FIRST, LAST = 0, 99999999
SUBJECT, FROM, TO = "_subject", "_from", "_to"
PLACE = ("_batch_id", "_row")


def sides(rule: RuleSpec, left: "ibis.Table", right: "ibis.Table", links: "ibis.Table") -> "ibis.Table":
    """One row for each pair of rows that contradict: `entity`, and both rows' places and shown fields (`l_…`, `r_…`).

    `left`, `right`: the lake's tables. `links`: what finds the being (`by`: code | row; `told`: the code as it is written, or the
    row's place by `place_of`) and the `entity`.
    """
    ours = _side(rule.left, left, links, "l_")
    theirs = _side(rule.right, right, links, "r_")
    by: list[Any] = [ours.l_entity == theirs.r_entity]
    if rule.overlap:
        by += [ours.l__from <= theirs.r__to, theirs.r__from <= ours.l__to]
    return ours.join(theirs, by)


def _side(side: Side, table: "ibis.Table", links: "ibis.Table", prefix: str) -> "ibis.Table":
    import ibis

    conditions = [_holds(table, one) for one in side.where]
    rows = table.filter(*conditions) if conditions else table
    first, last = _days(side, rows)
    known = links.filter(links.by == side.by).select("told", "entity")
    found_by = rows[side.subject].cast("string") if side.by == "code" else place_of(rows)
    told = rows.select(
        **{
            f"{prefix}{SUBJECT}": found_by,
            f"{prefix}_from": first,
            f"{prefix}_to": last,
            **{f"{prefix}{name}": rows[name].cast("string") for name in PLACE},
            **{f"{prefix}{shown.field}": rows[shown.field].cast("string") for shown in side.show},
        }
    )
    joined = told.join(known, told[f"{prefix}{SUBJECT}"] == known.told)
    kept = [name for name in told.columns if name != f"{prefix}{SUBJECT}"]
    return joined.select(*kept, **{f"{prefix}entity": ibis._.entity})


def place_of(rows: "ibis.Table") -> "ibis.StringValue":
    """A row's place in the lake as one text: batch and row."""
    text: Any = rows["_batch_id"] + "/" + rows["_row"].cast("string")
    return text


def _holds(table: "ibis.Table", where: Where) -> "ibis.BooleanValue":
    column: Any = table[where.field]
    if where.absent:
        return column.isnull()
    held = column.notnull()
    if where.is_in is not None:
        held = held & column.isin([_like(column, value) for value in where.is_in])
    if where.at_least is not None:
        held = held & (column.cast("int64") >= where.at_least)
    if where.at_most is not None:
        held = held & (column.cast("int64") <= where.at_most)
    return held


def _like(column: Any, value: str | int) -> str | int:
    return int(value) if column.type().is_integer() else str(value)


def _days(side: Side, rows: "ibis.Table") -> tuple[Any, Any]:
    """The first and the last day a row speaks of, as numbers; a row with no readable day speaks of none."""
    import ibis

    if side.month:
        month = _digits(rows[side.month], 6)
        return month * 100 + 1, month * 100 + 31
    if side.day:
        day = _digits(rows[side.day], 8)
        return day, day
    if side.after:
        return _digits(rows[side.after], 8) + 1, ibis.literal(LAST, type="int64")
    first = _digits(rows[side.since], 8) if side.since else ibis.literal(FIRST, type="int64")
    last = _digits(rows[side.until], 8).coalesce(LAST) if side.until else ibis.literal(LAST, type="int64")
    return first, last


def _digits(column: Any, size: int) -> Any:
    """A date, a number or a text as a number of that many digits; null where it is none."""
    kind = column.type()
    if kind.is_timestamp():
        column = column.date()
    text = column.cast("string").replace("-", "").replace("/", "").substr(0, size)
    return text.re_search(rf"^[0-9]{{{size}}}$").ifelse(text, None).cast("int64")
