"""The source tree as the architecture tests see it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "zhengtong"
GROUPS = ("insight", "services", "sharing", "collaboration", "data", "office")
PLANNED = {
    "insight": ("home", "thread", "tour", "oversight", "mining", "foresight", "twin"),
    "services": ("hall", "emergency"),
    "sharing": ("ledger", "agreements", "gateway", "privacy", "incentives", "opendata", "federation"),
    "collaboration": ("spaces", "messages", "documents", "meetings", "tasks"),
    "data": ("standards", "catalogue", "intake", "quality", "entities"),
    "office": ("identity", "notices", "deadlines", "workflow", "operations"),
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps or would keep; all of them when this is no repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    names = told.stdout.decode().split("\0") if told.returncode == 0 else [str(f) for f in ROOT.rglob("*")]
    return tuple(path for name in sorted(set(names)) if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """The Python files below these folders (of the repository)."""
    roots = [ROOT / folder for folder in folders]
    return [file for file in tracked() if file.suffix == ".py" and any(file.is_relative_to(root) for root in roots)]


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), filename=str(file))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in the file, nested ones too."""
    return (node for node in ast.walk(parsed(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def rooms() -> list[Path]:
    """Every room's folder."""
    folders = (entry for group in GROUPS if (PACKAGE / group).is_dir() for entry in sorted((PACKAGE / group).iterdir()))
    return [folder for folder in folders if (folder / "__init__.py").exists()]


def name(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(ROOT).as_posix()


def code_lines(file: Path) -> int:
    """Lines that are code: not blank, not a comment, not a docstring."""
    quoted: set[int] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            quoted.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(file.read_text("utf-8").splitlines(), 1)
    return sum(1 for at, line in lines if at not in quoted and line.strip() and not line.lstrip().startswith("#"))
