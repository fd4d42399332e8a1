"""make test, make soak: pytest on what is here, saying which engines are not."""

import os
import subprocess
import sys

from tools import engines, kafka
from tools.told import ROOT, say

CHOSEN = {"test": "not soak", "soak": "soak"}


def main(args: list[str]) -> int:
    """Run pytest with the engines that answer; the exit code. Further arguments go to pytest."""
    kind, given = args[0], args[1:]
    told = engines.live()
    if engines.browser():
        told.setdefault(engines.CHROMIUM, engines.browser() or "")
    _say_skipped({**told, **os.environ})
    tail = ["-p", "no:cacheprovider"] if os.environ.get("CI") else []
    lanes = [] if kind == "soak" else ["-n", "2", "--dist", "loadscope"]
    command = [sys.executable, "-m", "pytest", "-q", "-m", CHOSEN[kind], *lanes, *tail, *given]
    return subprocess.call(command, cwd=ROOT, env={**told, **os.environ})  # noqa: S603 - pytest


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
