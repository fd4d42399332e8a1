"""A stamp remembers what a thing was made from, so that a second run need not make it again."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

SKIPPED = {"node_modules", "dist", "coverage", ".vite"}


def digest(paths: Iterable[Path], *facts: str) -> str:
    """SHA-256 over the names and bytes of these files (folders are walked), and over `facts`."""
    whole = hashlib.sha256("\0".join(facts).encode())
    for path in paths:
        for file in [path] if path.is_file() else _files(path):
            whole.update(f"\0{file.relative_to(path.parent).as_posix()}\0".encode())
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    """Every file below, in a fixed order, without what is built or installed."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in SKIPPED:
            yield from _files(entry)
        elif entry.is_file() and not entry.name.endswith((".tsbuildinfo", ".log")):
            yield entry


def read(file: Path) -> dict[str, str]:
    """The facts in this stamp; none when it is absent or torn."""
    try:
        facts = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def write(file: Path, **facts: str) -> None:
    """Write the stamp whole or not at all."""
    draft = file.with_name(file.name + ".part")
    draft.write_text(json.dumps(facts, indent=1), "utf-8")
    draft.replace(file)
