"""Freeze the shape of every event: tests/architecture/golden/<room.fact@1>.json, written once and never changed."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tools.told import ROOT, say
from zhengtong.kernel.events import Event

FOLDER = ROOT / "tests" / "architecture" / "golden"


def listed() -> dict[str, type[Event]]:
    """The events that the rooms say they announce, by type."""
    from zhengtong.app import CAPABILITIES

    return {kind.type: kind for room in CAPABILITIES for kind in room.events}


def defined() -> set[type[Event]]:
    """Every event class of the program."""
    listed()
    return {kind for kind in _below(Event) if kind.__module__.startswith("zhengtong.") and kind.type}


def _below(kind: type[Event]) -> set[type[Event]]:
    return {deeper for child in kind.__subclasses__() for deeper in (child, *_below(child))}


def shape(kind: type[Event]) -> dict[str, Any]:
    """The JSON schema of its payload, without what is only said about it."""
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    return {name: value for name, value in schema.items() if name not in ("description", "title")}


def main() -> int:
    """Write the missing files; a changed event is for the test to refuse. The exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, kind in listed().items():
        file: Path = FOLDER / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(shape(kind), indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
            say(f"已冻结 {name}。", f"Froze {name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
