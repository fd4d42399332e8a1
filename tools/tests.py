"""make test, make soak: pytest on what is here, saying which engines are not."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import cometbft, engines, kafka, s3, spark
from tools.told import ROOT, RUN, say

# One lane more than there are cores: browsers, killed processes and servers are waited for a third of the time.
MANY = min(max(os.cpu_count() or 1, 1) + 1, 6)
LANES = ("-n", str(MANY), "--dist", "loadscope", "--no-loadscope-reorder")  # the order is tests/lanes.py's
DEAREST = ("--durations", "25", "--durations-min", "5")
CHOSEN = {"test": "not soak", "soak": "soak"}
NAMES = {
    "PostgreSQL": engines.POSTGRES,
    "Kafka": kafka.KAFKA,
    "CometBFT": cometbft.CHAIN,
    "Spark": spark.SPARK,
    "S3": s3.S3,
    "Chromium": engines.CHROMIUM,
}
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own in it
ENOUGH = 8 * 2**30


def main(args: list[str]) -> int:
    """Run pytest with the engines that answer; the exit code. Further arguments go to pytest."""
    kind, given = args[0], args[1:]
    told = engines.live()
    if engines.browser():
        told.setdefault(engines.CHROMIUM, engines.browser() or "")
    _say_skipped({**told, **os.environ})
    tail = ["-p", "no:cacheprovider"] if os.environ.get("CI") else []
    # The tests start hundreds of processes; where nothing compiled is kept, each would compile the program anew.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with _in_memory() as where:
        command = [sys.executable, "-m", "pytest", "-q", "-m", CHOSEN[kind], *LANES, *DEAREST, *where, *tail, *given]
        return subprocess.call(command, cwd=ROOT, env={"PYTHONPYCACHEPREFIX": str(RUN / "compiled"), **told, **kept})  # noqa: S603 - pytest


@contextmanager
def _in_memory() -> Iterator[list[str]]:
    """pytest's option to keep the tests' folders in memory, where there is enough: they wait for the disk else."""
    fit = MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if not fit or shutil.disk_usage(MEMORY).free < ENOUGH:
        yield []
        return
    folder = Path(tempfile.mkdtemp(prefix="zhengtong-tests-", dir=MEMORY))
    try:
        yield ["--basetemp", str(folder / "tests")]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say_skipped(told: dict[str, str]) -> None:
    """Which adapters the tests will not see, and how to bring them."""
    missing = [name for name, key in NAMES.items() if key not in told]
    if missing:
        names = "、".join(missing)
        say(
            f"没有 {names}，相关测试会跳过；make engines 可装好并启动。",
            f"Skipped for want of {', '.join(missing)}; see make engines.",
        )
    else:
        say(f"测试在 SQLite、{'、'.join(NAMES)} 上运行。", f"Testing on SQLite, {', '.join(NAMES)}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
