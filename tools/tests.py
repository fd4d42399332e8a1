"""make test, make soak: pytest on what is here, saying which engines are not."""

import os
import subprocess
import sys

from tools import engines, kafka
from tools.told import ROOT, RUN, say

LANES = ("-n", "2", "--dist", "loadscope")
CHOSEN = {"test": "not soak", "soak": "soak"}


def main(args: list[str]) -> int:
    """Run pytest with the engines that answer; the exit code. Further arguments go to pytest."""
    kind, given = args[0], args[1:]
    told = engines.live()
    if engines.browser():
        told.setdefault(engines.CHROMIUM, engines.browser() or "")
    _say_skipped({**told, **os.environ})
    tail = ["-p", "no:cacheprovider"] if os.environ.get("CI") else []
    command = [sys.executable, "-m", "pytest", "-q", "-m", CHOSEN[kind], *LANES, *tail, *given]
    # The tests start hundreds of processes; where nothing compiled is kept, each would compile the program anew.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.call(command, cwd=ROOT, env={"PYTHONPYCACHEPREFIX": str(RUN / "compiled"), **told, **kept})  # noqa: S603 - pytest


def _say_skipped(told: dict[str, str]) -> None:
    """Which adapters the tests will not see, and how to bring them."""
    missing = [
        name
        for name, key in (("PostgreSQL", engines.POSTGRES), ("Kafka", kafka.KAFKA), ("Chromium", engines.CHROMIUM))
        if key not in told
    ]
    if missing:
        names = "、".join(missing)
        say(
            f"没有 {names}，相关测试会跳过；make engines 可装好并启动。",
            f"Skipped for want of {', '.join(missing)}; see make engines.",
        )
    else:
        say(
            "测试在 SQLite、PostgreSQL、Kafka 和 Chromium 上运行。",
            "Testing on SQLite, PostgreSQL, Kafka and Chromium.",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
