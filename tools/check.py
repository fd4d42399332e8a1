"""make check: everything that can be said about the code in under a minute, two lanes at a time, each step with its time."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools import frontend
from tools.told import ROOT, RUN, Stop, stopped

LANES = 2
LONG = ("前端类型", "结构", "前端规范", "类型")


@dataclass(frozen=True)
class Step:
    """One check: its name, its command, where it runs."""

    name: str
    command: Sequence[str]
    folder: Path = ROOT
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    step: Step
    code: int
    seconds: float
    printed: str


def main() -> int:
    """Run all steps, longest first; print each as it ends, and what failed at the foot. The exit code."""
    RUN.mkdir(exist_ok=True)
    began = time.monotonic()
    try:
        steps = sorted([*_python_steps(), *_web_steps()], key=lambda step: not step.name.startswith(LONG))
    except Stop as stop:
        return stopped(stop)
    failed = []
    with ThreadPoolExecutor(LANES) as lanes:
        for outcome in lanes.map(_run, steps):
            print(f"{'✗' if outcome.code else '✓'} {outcome.step.name:<42}{outcome.seconds:6.1f} s", flush=True)
            failed += [outcome] if outcome.code else []
    for outcome in failed:
        print(f"\n── {outcome.step.name}\n{outcome.printed.strip()}")
    total = time.monotonic() - began
    print(f"\n{'✗ 未通过' if failed else '✓ 全部通过'}  {len(steps) - len(failed)}/{len(steps)} passed, {total:.0f} s")
    return 1 if failed else 0


def _python_steps() -> list[Step]:
    python = sys.executable
    return [
        Step("类型 mypy --strict", (python, "-m", "mypy")),
        Step("结构 architecture tests", (python, "-m", "pytest", "-q", "-m", "not slow", "tests/architecture")),
        Step("导入 import contracts", (str(Path(python).parent / "lint-imports"), "--no-logo")),
        Step("格式 ruff format", (python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        Step("规范 ruff check", (python, "-m", "ruff", "check", "--quiet", ".")),
    ]


def _web_steps() -> list[Step]:
    if not (frontend.WEB / "package.json").exists():
        return []
    node = frontend.find_node()
    frontend.install(node)
    path, npm = frontend.path_with(node), frontend.npm(node)
    return [
        Step("接口 API client up to date", (sys.executable, "-m", "tools.api_client", "--check"), ROOT, path),
        *(
            Step(name, (*npm, "run", "--silent", script), frontend.WEB, path)
            for name, script in (
                ("前端类型 vue-tsc", "types"),
                ("前端规范 eslint", "lint"),
                ("前端文字 words in two languages", "words"),
                ("前端测试 vitest", "test"),
            )
        ),
    ]


def _run(step: Step) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own fixed commands
        step.command,
        cwd=step.folder,
        env={**os.environ, **step.extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(step, done.returncode, time.monotonic() - began, done.stdout)


if __name__ == "__main__":
    sys.exit(main())
