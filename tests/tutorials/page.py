"""A tutorial as the tests read it: its blocks of code, run as they stand, and its words in bold, which the product's pages must bear."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "tutorials"
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.M | re.S)
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
OWN = re.compile(r"^export (\w+)=…", re.M)
LIMIT_S = 300


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code. `own`: the variables whose values the reader fills in (`export NAME=…`)."""

    language: str
    code: str

    @property
    def own(self) -> list[str]:
        return OWN.findall(self.code)

    def filled(self, values: Mapping[str, str]) -> str:
        """The code with the reader's own values in it. KeyError names a variable that nobody knows."""
        return OWN.sub(lambda found: f"export {found[1]}={shlex.quote(values[found[1]])}", self.code)


def blocks(page: str) -> list[Block]:
    """The blocks of a page of the tutorials, in order."""
    text = (DOCS / page).read_text("utf-8")
    return [Block(one[2], re.sub(f"^{one[1]}", "", one[3], flags=re.M)) for one in FENCE.finditer(text)]


def labels(page: str) -> set[str]:
    """The words in bold: what the reader is to press, to fill in or to see."""
    return set(BOLD.findall(FENCE.sub("", (DOCS / page).read_text("utf-8"))))


@dataclass
class Terminal:
    """One reader's terminal: what a block exports, the next one has."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "LANG": "zh_CN.UTF-8", "PYTHONUTF8": "1", **self.environment}

    def run(self, block: Block, values: Mapping[str, str] | None = None) -> str:
        """What the block prints. AssertionError with all that was said where it fails."""
        code = block.filled(values or {})
        told = self.folder / ".exported"
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", f"{code}\nenv -0 > {shlex.quote(str(told))}"]
        else:
            command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        if block.language == "sh":
            pairs = (one.partition("=") for one in told.read_text("utf-8").split("\0") if one)
            self.environment = {name: value for name, _, value in pairs}
            told.unlink()
        return done.stdout


def reader_at(folder: Path) -> Terminal:
    """The terminal of who has started the demo there, with the client from this checkout."""
    client = Path(__file__).parents[2] / "clients" / "python" / "src"
    key = folder / "data-demo.root.key"
    return Terminal(folder, {"ZT_CRYPTO__ROOT_KEY": str(key), "PYTHONPATH": str(client)})


def block_of(page: str, text: str) -> Block:
    """The page's block that says this; there is one."""
    [found] = [one for one in blocks(page) if text in one.code]
    return found
