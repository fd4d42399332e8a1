"""make size: install the core (no extras) into an empty environment; write how long it took and how large it is.

docs/reference/install-size.md and .en.md; refuses more than 700 MB.
"""

import os
import platform
import re
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tools import packages, wheel
from tools.told import ROOT, RUN, Stop, say, stopped

LIMIT_MB = 700
LARGEST = 8
PAGE = ROOT / "docs" / "reference"


def main() -> int:
    """Measure twice: with an empty cache and with a warm one. The exit code."""
    RUN.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            built = wheel.build(place / "dist")
            cold = _install(built, place / "cold", place / "cache")
            warm = _install(built, place / "warm", place / "cache")
            sizes = _sizes(place / "warm")
    except Stop as stop:
        return stopped(stop)
    whole = sum(sizes.values())
    _write(cold, warm, sizes)
    say(
        f"内核安装 {whole:.0f} MB，冷 {cold:.0f} s，热 {warm:.0f} s。",
        f"The core: {whole:.0f} MB, {cold:.0f} s cold, {warm:.0f} s warm.",
    )
    return 0 if whole <= LIMIT_MB else 1


def _install(built: Path, into: Path, cache: Path) -> float:
    """Seconds to install the wheel and its locked requirements into a new environment."""
    os.environ["UV_CACHE_DIR"] = str(cache)
    os.environ["UV_LINK_MODE"] = "copy"
    began = time.monotonic()
    packages.run_uv("venv", "--quiet", "--python", sys.executable, str(into))
    python = str(into / "bin" / "python")
    constraint = ("--constraint", str(ROOT / "requirements.lock"))
    packages.run_uv("pip", "install", "--quiet", "--python", python, *constraint, str(built))
    return time.monotonic() - began


def _sizes(environment: Path) -> dict[str, float]:
    """MB of each top folder of what was installed."""
    home = next(environment.glob("lib/python*/site-packages"))
    found: dict[str, float] = {}
    for file in home.rglob("*"):
        if file.is_file() and not file.is_symlink():
            top = re.sub(r"([.-][\d.]+)?\.(dist-info|libs|so|py)$", "", file.relative_to(home).parts[0])
            found[top] = found.get(top, 0) + file.stat().st_size / 2**20
    return found


def _write(cold: float, warm: float, sizes: dict[str, float]) -> None:
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:LARGEST]
    day, machine = datetime.now(UTC).date().isoformat(), f"{os.cpu_count()} × {platform.machine()}, {platform.system()}"
    facts = f"{sum(sizes.values()):.0f} MB", f"{cold:.0f} s", f"{warm:.0f} s"
    python = platform.python_version()
    zh = f"""# 安装的时间和大小

由 `make size` 测得：把 wheel 与锁定的依赖（不含 extra）装进空环境，上限 {LIMIT_MB} MB。{day}，{machine}，Python {python}；机器同时有别的工作，时间只看量级，且取决于网络。

| | |
|---|---|
| 大小 | {facts[0]} |
| 首次（要下载） | {facts[1]} |
| 再次（已有缓存） | {facts[2]} |

## 最大的几个

| 包 | MB |
|---|---|
"""
    en = f"""# Time and size of an installation

Measured by `make size`: the wheel and its locked requirements (no extras) into an empty environment, {LIMIT_MB} MB at most. {day}, {machine}, Python {python}; the machine was doing other work as well: take the times as an order of magnitude, and they depend on the network.

| | |
|---|---|
| Size | {facts[0]} |
| First time (downloads) | {facts[1]} |
| Again (cached) | {facts[2]} |

## The largest

| Package | MB |
|---|---|
"""
    rows = "".join(f"| {name} | {size:.0f} |\n" for name, size in largest)
    (PAGE / "install-size.md").write_text(zh + rows, "utf-8")
    (PAGE / "install-size.en.md").write_text(en + rows, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
