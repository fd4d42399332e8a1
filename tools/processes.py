"""A program in the background, known by its folder: what a folder started is found again by it, and nothing else is ever ended.

Standard library only.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.told import Stop

STOP_S = 30


@dataclass(frozen=True)
class Process:
    """One of a folder's programs. Its output goes to `<name>.log` there, its number to `<name>.pid`."""

    home: Path
    name: str
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: Path | None = None

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Its number, if it lives: never that of another program that has the number now."""
        try:
            pid, born = (int(part) for part in self._note.read_text("ascii").split())
        except (OSError, ValueError):
            return None
        return pid if _born(pid) == born else None

    def start(self) -> None:
        """This will start it unless it runs."""
        if self.pid is not None:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command
                list(self.command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.cwd or self.home,
                env={**os.environ, **self.settings}, start_new_session=True,
            )  # fmt: skip
        self._note.write_text(f"{child.pid} {_born(child.pid) or 0}", "ascii")

    def stop(self, *, kill: bool = False) -> None:
        """This will end it, and wait until it has ended. `kill`: without a word, as a power cut would."""
        number = signal.SIGKILL if kill else signal.SIGTERM
        until = time.monotonic() + STOP_S
        while (pid := self.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            for _ in range(100):
                if self.pid is None:
                    return
                time.sleep(0.05)
            if time.monotonic() > until:
                number = signal.SIGKILL

    def check(self) -> None:
        """Raises Stop where it has ended by itself, with its last words."""
        if self.pid is None:
            said = self.log.read_text("utf-8", "replace").strip().splitlines()[-3:] if self.log.exists() else []
            raise Stop(
                f"{self.name} 没有启动成功，详见 {self.log}。{' '.join(said)}",
                f"{self.name} did not start; see {self.log}.",
            )

    @property
    def _note(self) -> Path:
        return self.home / f"{self.name}.pid"


def _born(pid: int) -> int | None:
    """When it was started, in ticks since the machine was; None for one that has ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if told[0] == "Z" else int(told[19])
