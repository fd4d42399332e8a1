"""Real processes: every test here calls the program as a person would, in a folder of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.births import births
from tests.cli.called import call
from tests.ports import free_port

STARTS_WITHIN_S = 200


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]


def environment(**more: str) -> dict[str, str]:
    """A bare one: no setting of the machine that runs the tests comes through."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
        if name in os.environ
    }
    return {**kept, "LANG": "C.UTF-8", "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **more}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `zhengtong …` to its end, in a process that has imported the program; `fresh`: in one that begins with nothing."""

    def run(*arguments: str, cwd: Path = tmp_path, stdin: str = "", fresh: bool = False, **more: str) -> Done:
        if fresh:
            done = subprocess.run(
                [sys.executable, "-m", "zhengtong", *arguments],
                cwd=cwd, env=environment(**more), input=stdin, capture_output=True, text=True, timeout=100, check=False,
            )  # fmt: skip
            return Done(done.returncode, done.stdout, done.stderr)
        with TemporaryDirectory() as folder:
            streams = (Path(folder, "in"), Path(folder, "out"), Path(folder, "err"))
            for stream, text in zip(streams, (stdin, "", ""), strict=True):
                stream.write_text(text, "utf-8")
            child = births.Process(target=call, args=(arguments, cwd, environment(**more), streams))
            child.start()
            child.join(100)
            if child.exitcode is None:
                child.kill()
                raise AssertionError(f"it did not end: {streams[1].read_text()}{streams[2].read_text()}")
            return Done(child.exitcode, streams[1].read_text("utf-8"), streams[2].read_text("utf-8"))

    return run


@dataclass
class Serving:
    """A running `zhengtong …`; its words are read as they come."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def wait(self) -> "Serving":
        """Until it answers."""
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/api/health/ready", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"it did not start: {self.said}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code after the signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout=100)

    def read(self) -> None:
        stream: Any = self.process.stdout
        for line in stream:
            self.lines.append(line.rstrip("\n"))


Start = Callable[..., Serving]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `zhengtong …` on a free port; stopped at the end of the test."""
    begun: list[Serving] = []

    def run(*arguments: str, port: int | None = None, cwd: Path = tmp_path, **more: str) -> Serving:
        port = port or free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "zhengtong", *arguments, "--port", str(port)],
            cwd=cwd, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        serving = Serving(process, port)
        begun.append(serving)
        threading.Thread(target=serving.read, daemon=True).start()
        return serving

    yield run
    for serving in begun:
        if serving.process.poll() is None:
            serving.process.kill()
        serving.process.wait(timeout=100)
