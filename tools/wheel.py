"""make wheel: the sdist and the wheel, both with the built front end, into dist/."""

import shutil
import sys
from pathlib import Path

from tools import packages
from tools.told import ROOT, RUN, Stop, say, stopped

DIST = ROOT / "dist"


def build(into: Path = DIST) -> Path:
    """This will build both and return the wheel. Raises Stop."""
    RUN.mkdir(exist_ok=True)
    shutil.rmtree(into, ignore_errors=True)
    packages.call([sys.executable, "-m", "hatchling", "build", "--directory", str(into)], "hatchling")
    return next(into.glob("zhengtong-*.whl"))


def main() -> int:
    """Build and say where. The exit code."""
    try:
        wheel = build()
    except Stop as stop:
        return stopped(stop)
    size = wheel.stat().st_size / 2**20
    say(f"dist/{wheel.name}，{size:.1f} MB。", f"dist/{wheel.name}, {size:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
