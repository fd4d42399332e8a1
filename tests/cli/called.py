"""A command in a process that has imported the program already: its folder, environment and streams are its own."""

import os
import sys
from pathlib import Path


def call(arguments: tuple[str, ...], cwd: Path, environment: dict[str, str], streams: tuple[Path, Path, Path]) -> None:
    """This will be `zhengtong …` to its end, with its exit code."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR), number)
    opened = [open(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")]  # noqa: SIM115
    sys.stdin, sys.stdout, sys.stderr = opened
    from zhengtong.cli import main

    main(list(arguments))
