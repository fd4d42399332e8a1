"""Prepare this checkout so that `.venv/bin/zhengtong` runs: environment, locked requirements, front end.

python3 tools/bootstrap.py run | dev | engines start|stop|status      (standard library only; must parse on an old Python, to be able to say so)
"""

import os
import subprocess
import sys

OLDEST = (3, 11)
NAMES = ("python3.13", "python3.12", "python3.11", "python3.14", "python3", "python")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is slow to import


def fitting_python():
    # type: () -> str | None
    """The first Python on PATH that is new enough and really starts."""
    ask = "import sys; sys.exit(sys.version_info[:2] < (%d, %d))" % OLDEST  # noqa: UP031
    for name in NAMES:
        try:
            if subprocess.call([name, "-c", ask], stderr=subprocess.DEVNULL) == 0:  # noqa: S603
                return name
        except OSError:
            continue
    return None


def main():
    # type: () -> int
    """Hand over to tools/environment.py, on a Python that fits."""
    if sys.version_info[:2] < OLDEST:
        python = fitting_python()
        if python is None:
            sys.stderr.write(
                "需要 Python 3.11 或更新版本，当前为 {0}。请安装后重试，或用 make PYTHON=/路径/python3.11 指定。\n"
                "Python 3.11 or newer is needed, this is {0}. Install one, or name it: make PYTHON=/path/to/python3.11\n"
                "".format(".".join(str(part) for part in sys.version_info[:3]))
            )
            return 1
        os.execvp(python, [python, *sys.argv])  # noqa: S606
    sys.path.insert(0, ROOT)
    if sys.argv[1:2] == ["engines"]:
        from tools import engines

        return engines.main(sys.argv[2:])
    from tools import environment

    return environment.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
