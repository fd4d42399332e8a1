"""Lineage of columns: read from SQL, and what it means for levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from sqlglot import exp

COPY, COMPUTE, AGGREGATE = "copy", "compute", "aggregate"
HOWS = (COPY, COMPUTE, AGGREGATE)
OUTSIDE = "out:"
DIALECTS = ("duckdb", "postgres", "mysql", "oracle", "spark", "hive", "sqlite", "tsql", "clickhouse", "doris")
MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class Edge:
    """A field made from another. An item is named by its id; a source outside by its name."""

    from_item: UUID | str
    from_field: str
    to_item: UUID | str
    to_field: str
    how: str = COMPUTE

    @property
    def source(self) -> str:
        return node_key(self.from_item)

    @property
    def target(self) -> str:
        return node_key(self.to_item)


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of a table that goes into a derived column."""

    table: str
    column: str
    how: str


@dataclass(frozen=True, slots=True)
class Derived:
    """One column that a query makes, and all that goes into it."""

    column: str
    origins: tuple[Origin, ...]


class SqlNotRead(Exception):
    """The text is no query that can be read: `reason` says where it stops."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Lowered:
    """A field whose level is lower than that of what it was made from."""

    item: str
    field: str
    level: str
    least: str
    because: tuple[str, str]


def node_key(item: UUID | str) -> str:
    """The item's id in hex, or the outside name with its mark.

    >>> node_key("market.company")
    'out:market.company'
    """
    return item.hex if isinstance(item, UUID) else f"{OUTSIDE}{item}"[:300]


def tables_in(sql: str, *, dialect: str = "duckdb") -> list[str]:
    """The tables that the query reads, as written, without its own common tables. Raises SqlNotRead."""
    query = _query(sql, dialect)
    return list(dict.fromkeys(_table_name(one) for one in _tables(query)))


def derived_columns(sql: str, schema: Mapping[str, Sequence[str]], *, dialect: str = "duckdb") -> tuple[Derived, ...]:
    """What each column of the query is made from: through common tables, subqueries, joins, unions and stars.

    `schema`: the columns of each table that `tables_in` named; a star over a table that is not there cannot be opened.
    Raises SqlNotRead. Columns that only filter, join or order are not counted as sources.
    """
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    query = _query(sql, dialect)
    known = _renamed(query, schema)
    try:
        whole = qualify(query, schema=known, dialect=dialect, validate_qualify_columns=False)
        names = [one.alias_or_name for one in whole.selects]
        if "*" in names:
            raise SqlNotRead("* 的来源表不在目录里，请写出列名 | the table behind * is not known; name its columns")
        if len(names) > MOST_COLUMNS:
            raise SqlNotRead(f"{len(names)} > {MOST_COLUMNS}")
        scope = build_scope(whole)
        return tuple(
            Derived(name, _origins(lineage(f'"{name}"', whole, known, dialect=dialect, scope=scope))) for name in names
        )
    except SqlglotError as wrong:
        raise SqlNotRead(_first_line(wrong)) from wrong


def _query(sql: str, dialect: str) -> "exp.Query":
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = [one for one in sqlglot.parse(sql, dialect=dialect) if one is not None]
    except SqlglotError as wrong:
        raise SqlNotRead(_first_line(wrong)) from wrong
    if len(statements) != 1:
        raise SqlNotRead("要一条查询语句 | one query is wanted")
    statement: Any = statements[0]
    if isinstance(statement, exp.Create | exp.Insert):
        statement = statement.expression
    if isinstance(statement, exp.Subquery):
        statement = statement.unnest()
    if not isinstance(statement, exp.Query) or isinstance(statement, exp.Table):
        raise SqlNotRead("只接受 SELECT、CREATE VIEW/TABLE AS、INSERT … SELECT | a SELECT is wanted")
    return statement.copy()


def _tables(query: "exp.Query") -> list["exp.Table"]:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    found = []
    for scope in traverse_scope(query):
        found += [one for one in scope.sources.values() if isinstance(one, exp.Table)]
    return found


def _table_name(table: "exp.Table") -> str:
    return ".".join(part.name for part in table.parts)


def _renamed(query: "exp.Query", schema: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The columns of each table, as sqlglot wants them; tables get names of one part, so that all nest equally deep.

    A table that nobody knows gets the columns that the query takes from it: those with its alias, and those without one
    that no other table of the same FROM has.
    """
    from sqlglot import exp

    known = {key.casefold(): dict.fromkeys(columns, "text") for key, columns in schema.items()}
    guessed = _guessed(query, known)
    found: dict[str, Any] = {}
    for at, table in enumerate(_tables(query)):
        whole, alias = _table_name(table), table.alias or table.name
        name = f"{at}\u0000{whole}"
        found[name] = known.get(whole.casefold()) or guessed.get(id(table)) or {"": "text"}
        table.set("this", exp.to_identifier(name, quoted=True))
        table.set("db", None)
        table.set("catalog", None)
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def _guessed(query: "exp.Query", known: Mapping[str, Mapping[str, str]]) -> dict[int, dict[str, str]]:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    guessed: dict[int, dict[str, str]] = {}
    for scope in traverse_scope(query):
        sources = {name: one for name, (_, one) in scope.selected_sources.items()}
        unknown = {
            name: one
            for name, one in sources.items()
            if isinstance(one, exp.Table) and _table_name(one).casefold() not in known
        }
        if unknown and any(isinstance(one, exp.Star) for one in getattr(scope.expression, "selects", ())):
            raise SqlNotRead("* 的来源表不在目录里，请写出列名 | the table behind * is not known; name its columns")
        taken = {name for one in sources.values() for name in _has(one, known)}
        joins = scope.expression.args.get("joins") or []
        shared = {one.name for join in joins for one in join.args.get("using") or []}
        for name, table in unknown.items():
            columns = shared | {one.name for one in scope.columns if one.table == name}
            if len(unknown) == 1:
                columns |= {one.name for one in scope.columns if not one.table and one.name not in taken}
            guessed[id(table)] = dict.fromkeys(columns, "text")
    return guessed


def _has(source: Any, known: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    from sqlglot import exp

    if isinstance(source, exp.Table):
        return known.get(_table_name(source).casefold(), {})
    return [one.alias_or_name for one in getattr(source.expression, "selects", ())]


def _origins(root: Any) -> tuple[Origin, ...]:
    from sqlglot import exp

    found: dict[tuple[str, str], str] = {}

    def walk(node: Any, how: str) -> None:
        how = _worse(how, _how(node.expression))
        if not node.downstream and isinstance(node.source, exp.Table):
            table = node.source.name.rpartition("\u0000")[2]
            column = exp.to_column(node.name).name if node.name else ""
            key = (table, column)
            found[key] = _worse(found.get(key, COPY), how)
        for below in node.downstream:
            walk(below, how)

    walk(root, COPY)
    return tuple(Origin(table, column, how) for (table, column), how in sorted(found.items()))


def _how(expression: Any) -> str:
    from sqlglot import exp

    plain = expression.unalias() if isinstance(expression, exp.Alias) else expression
    if isinstance(plain, exp.Column | exp.Table | exp.Query):
        return COPY
    return AGGREGATE if plain.find(exp.AggFunc) else COMPUTE


def _worse(one: str, other: str) -> str:
    return max(one, other, key=HOWS.index)


def _first_line(wrong: Exception) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", str(wrong)).strip().splitlines()[0][:300]


def too_low(
    edges: Iterable[tuple[tuple[str, str], tuple[str, str]]],
    levels: Mapping[tuple[str, str], str],
    ladder: Sequence[str],
) -> list[Lowered]:
    """The fields that are declared lower than the strictest of what they are made from (就高从严, GB/T 43697).

    `edges`: (source, target), each (item, field). A count or a sum may truly be lower: it is a warning, for a person to weigh.

    >>> too_low([(("a", "x"), ("b", "y"))], {("a", "x"): "2", ("b", "y"): "1"}, ["1", "2"])
    [Lowered(item='b', field='y', level='1', least='2', because=('a', 'x'))]
    """
    strictest: dict[tuple[str, str], tuple[int, tuple[str, str]]] = {}
    for source, target in edges:
        if source in levels and target in levels:
            rank = ladder.index(levels[source])
            if rank > strictest.get(target, (-1, source))[0]:
                strictest[target] = (rank, source)
    return [
        Lowered(target[0], target[1], levels[target], ladder[rank], source)
        for target, (rank, source) in sorted(strictest.items())
        if rank > ladder.index(levels[target])
    ]
