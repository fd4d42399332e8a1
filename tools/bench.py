"""make bench: every workload in benchmarks/, one after another; each prints its figures, the machine and the date. The readmes' table follows."""

import os
import subprocess
import sys

from tools import engines, measured
from tools.told import ROOT, say


def main(args: list[str]) -> int:
    """Run the named workloads, or all. The exit code: how many failed."""
    found = sorted(file.stem for file in (ROOT / "benchmarks").glob("[a-z]*.py"))
    failed = 0
    for name in [one for one in args if one in found] or found:
        say(f"—— {name}", "")
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        failed += bool(subprocess.call(command, cwd=ROOT, env={**engines.live(), **os.environ}))  # noqa: S603 - ours
    measured.main([])
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
