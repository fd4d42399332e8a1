"""No SQL is built by joining strings: a value never becomes part of a statement."""

import ast
import re

from tests.architecture import tree

TAKES_SQL = {
    "text",
    "execute",
    "exec_driver_sql",
    "executescript",
    "executemany",
    "literal_column",
    "scalar",
    "scalars",
    "DDL",
}
SQL = re.compile(
    r"\s*(select\s.+?\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|alter\s+table\s|pragma\s|"
    r"(create|drop)\s+(table|index|trigger|view|database)\s)",
    re.IGNORECASE | re.DOTALL,
)
SENTENCES = {
    "f'SELECT {a} FROM t'": True,
    "'delete from ' + name": True,
    "f'Delete the demo data in {folder}?'": False,
    "f'Update failed: {why}'": False,
}
TRUSTED = {
    "src/zhengtong/engines/compute/duckdb.py": "names and file lists, quoted: DuckDB binds no parameters there; no values",
    "src/zhengtong/engines/search/__init__.py": "DDL of the index, over its own names",
    "src/zhengtong/engines/search/sqlite.py": "the index's own name; what is sought is bound",
    "src/zhengtong/kernel/db.py": "names of our own tables and a backup's path, quoted by the dialect",
    "src/zhengtong/kernel/wake.py": "LISTEN takes a name only: our own channel's",
    "src/zhengtong/kernel/audit.py": "triggers over names of our own tables",
}


def joined(node: ast.AST) -> bool:
    """True for a string made of pieces that are not all literal.

    >>> joined(ast.parse("f'select {x}'", mode="eval").body), joined(ast.parse("'a' 'b'", mode="eval").body)
    (True, False)
    """
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return _is_text(node.left) or _is_text(node.right)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("format", "join") and _is_text(called.value)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        or joined(node)
    )


def test_no_statement_is_handed_over_as_a_joined_string() -> None:
    found = [
        f"{tree.name(file)}:{node.lineno}"
        for file in tree.python_files("src", "migrations", "tools")
        for node in ast.walk(tree.parsed(file))
        if isinstance(node, ast.Call) and node.args and _called(node.func) in TAKES_SQL and joined(node.args[0])
    ]
    assert not [place for place in found if place.rpartition(":")[0] not in TRUSTED]


def test_no_joined_string_reads_like_sql() -> None:
    found = [
        f"{tree.name(file)}:{node.lineno}"
        for file in tree.python_files("src")
        for node in ast.walk(tree.parsed(file))
        if isinstance(node, ast.JoinedStr | ast.BinOp) and joined(node) and SQL.match(_read(node))
    ]
    assert not [place for place in found if place.rpartition(":")[0] not in TRUSTED]


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _read(node: ast.AST) -> str:
    """The string as it reads, each filled-in part as one letter."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_read(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _read(node.left) + (_read(node.right) if isinstance(node.op, ast.Add) else "")
    return str(node.value) if isinstance(node, ast.Constant) else "x"


def test_sql_is_told_from_prose() -> None:
    told = {source: bool(SQL.match(_read(ast.parse(source, mode="eval").body))) for source in SENTENCES}
    assert told == SENTENCES
