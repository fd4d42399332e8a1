"""make lock: resolve every requirement for all systems and Pythons we promise, with hashes and without any index's address."""

import sys

from tools import packages
from tools.told import ROOT, RUN, Stop, say, stopped

PLAIN = (
    "--universal",
    "--generate-hashes",
    "--python-version=3.11",
    "--no-annotate",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
)
# What is tested first, with every extra; what is shipped is a part of it, at the same versions.
LOCKS = {
    "requirements-dev.lock": ("pyproject.toml", "--all-extras", "--group=dev", "--group=docs", "--group=bench"),
    "requirements.lock": ("pyproject.toml", "--group=build", "--constraint=requirements-dev.lock"),
    "requirements-node.lock": ("tools/node.in",),
}


def main() -> int:
    """Write the three locks; `make lock UPGRADE=--upgrade` also takes newer versions. The exit code."""
    RUN.mkdir(exist_ok=True)
    try:
        for name, chosen in LOCKS.items():
            packages.run_uv("pip", "compile", *chosen, *PLAIN, *sys.argv[1:], "--output-file", str(ROOT / name))
            say(f"已写好 {name}。", f"Wrote {name}.")
    except Stop as stop:
        return stopped(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
