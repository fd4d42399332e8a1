"""What the doctor finds: one line a check, with the remedy where something is wrong. Texts are `中文 | English`."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from zhengtong.cli import words

Mark = Literal["ok", "note", "wrong"]
SIGNS = {"ok": "✓", "note": "!", "wrong": "✗"}
_STYLES = {"ok": "green", "note": "yellow", "wrong": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check stands, what was found and, unless all is well, what to do. A `note` does not make it fail."""

    mark: Mark
    found: str
    remedy: str = ""


def ok(found: str) -> Finding:
    return Finding("ok", found)


def note(found: str, remedy: str) -> Finding:
    return Finding("note", found, remedy)


def wrong(found: str, remedy: str = "") -> Finding:
    return Finding("wrong", found, remedy)


Named = tuple[str, Finding]


def as_json(findings: list[Named]) -> str:
    rows = [{"check": words.half(name), **asdict(_told(one))} for name, one in findings]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def show(findings: list[Named]) -> None:
    """This will print the table and, below it, the verdict in one sentence."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in ("检查 | check", "结果 | found", "办法 | remedy"):
        table.add_column(words.half(heading), overflow="fold")
    for name, finding in findings:
        one = _told(finding)
        table.add_row(
            Text(SIGNS[one.mark], style=_STYLES[one.mark]), words.half(name), Text(one.found), Text(one.remedy)
        )
    Console().print(table)
    bad = sum(one.mark == "wrong" for _, one in findings)
    if bad:
        words.tell(f"\n{bad} 项需要处理。", f"\n{bad} to mend.")
    else:
        words.tell("\n一切就绪。", "\nAll is well.")


def _told(one: Finding) -> Finding:
    return Finding(one.mark, words.half(one.found), words.half(one.remedy))
