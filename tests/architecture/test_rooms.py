"""Every room has the same files, keeps to them, and leaves the edges to the kernel."""

import ast
from pathlib import Path

import pytest

from tests.architecture import tree

FILES = {
    "__init__", "tables", "actions", "queries", "schemas", "routes", "permissions",
    "rules", "errors", "events", "jobs", "settings",
}  # fmt: skip
REFUSED = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers", "lib", "core"}
EDGES = {
    "src/zhengtong/kernel/jobs/workers.py": "the job",
    "src/zhengtong/kernel/wake.py": "the engine loop that listens",
    "src/zhengtong/kernel/db.py": "whatever a driver raises means: the database cannot be reached",
    "src/zhengtong/kernel/web/site.py": "the request",
    "src/zhengtong/kernel/web/problems.py": "the request",
    "src/zhengtong/cli/__init__.py": "the command",
    "src/zhengtong/engines/broker/consuming.py": "the engine loop, and its handler",
    "src/zhengtong/engines/compute/spark.py": "the JVM and its driver raise what they like when they do not come up",
    "src/zhengtong/data/catalogue/rules/dcat.py": "a parser may fail in any way on foreign text; it is told",
    "src/zhengtong/engines/broker/kafka.py": "a callback of the driver's thread: raised again by take()",
    "src/zhengtong/sharing/gateway/actions/committing/committer.py": "the committer's loop: no receipt, no data",
    "src/zhengtong/sharing/gateway/actions/committing/deciding.py": "one answer of a group: refused alone, and logged",
    "src/zhengtong/sharing/gateway/routes/door.py": "the request",
    "src/zhengtong/sharing/gateway/routes/crossing.py": "a group of requests: nobody else would tell them",
    "src/zhengtong/sharing/gateway/routes/front/desk.py": "the request",
}
ROOMS = tree.rooms()


def test_there_are_rooms() -> None:
    assert ROOMS


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_has_only_the_agreed_files(room: Path) -> None:
    entries = {entry.stem for entry in room.iterdir() if entry.name != "__pycache__"}
    assert entries <= FILES


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_was_drawn_in_the_house(room: Path) -> None:
    assert room.name in tree.PLANNED[room.parent.name]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_face_says_what_the_room_is_and_names_its_capability(room: Path) -> None:
    face = tree.parsed(room / "__init__.py")
    targets = {
        target.id
        for node in face.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    assert ast.get_docstring(face)
    assert "capability" in targets


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_tests_mirror_the_room(room: Path) -> None:
    mirror = tree.ROOT / "tests" / room.parent.name / room.name
    assert list(mirror.rglob("test_*.py"))


def test_nothing_is_called_utils_or_helpers() -> None:
    files = tree.python_files("src", "tools", "tests", "examples", "benchmarks")
    assert not [tree.name(file) for file in files if {file.stem, *file.parent.parts} & REFUSED]


def test_rooms_leave_the_transaction_to_the_edge() -> None:
    found = [
        f"{tree.name(file)}:{node.lineno}"
        for group in tree.GROUPS
        for file in tree.python_files(f"src/zhengtong/{group}")
        for node in ast.walk(tree.parsed(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback")
    ]
    assert not found


def test_everything_is_caught_only_at_the_named_edges() -> None:
    found = {
        tree.name(file)
        for file in tree.python_files("src")
        for node in ast.walk(tree.parsed(file))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _lets_rise(node)
    }
    assert found <= set(EDGES)


def _lets_rise(handler: ast.ExceptHandler) -> bool:
    """True when it only tidies up and raises the same thing again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in kinds
    )


def test_the_kernel_knows_no_room() -> None:
    words = {room for rooms in tree.PLANNED.values() for room in rooms} | set(tree.GROUPS) - {"data", "services"}
    words -= {"tasks", "home", "thread", "documents", "messages"}
    found = {
        f"{tree.name(file)}: {part}"
        for file in tree.python_files("src/zhengtong/kernel")
        for node in ast.walk(tree.parsed(file))
        for part in _names(node)
        if part in words
    }
    assert not found


def _names(node: ast.AST) -> list[str]:
    """The words an identifier, import or attribute is made of."""
    told = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        told = node.name
    if isinstance(node, ast.ImportFrom):
        told = node.module
    return str(told).lower().replace(".", "_").split("_") if told else []
