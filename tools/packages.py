"""uv, from PyPI: found, or installed into .run/uv; and the one place that calls it and explains its failures."""

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.told import ROOT, RUN, Stop, say

VERSION = "0.13.8"
FOLDER = RUN / "uv" / VERSION
LOG = RUN / "bootstrap.log"
NO_NETWORK = re.compile(
    r"dns error|error sending request|failed to (fetch|connect)|connection (refused|reset|timed out)|timed out|"
    r"network is unreachable|name or service not known|temporary failure in name resolution|NewConnectionError|"
    r"no matching distribution found for uv|certificate|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|SELF_SIGNED_CERT",
    re.IGNORECASE,
)
NO_COMPILER = re.compile(
    r"command '?[^'\n]*(gcc|cc|clang|g\+\+)'? failed|unable to find a compiler|linker .* not found|"
    r"(cargo|rustc|gcc|cc|g\+\+): (command )?not found|rust toolchain|requires rust|rust package manager|"
    r"no such file or directory: '[^']*(gcc|cc|clang|g\+\+|c\+\+|rustc|cargo)'|"
    r"could not find the compiler|cmake_(c|cxx)_compiler not set|no cmake_(c|cxx)_compiler could be found|unknown compiler\(s\)",
    re.IGNORECASE,
)
WHEELS = ("/usr/share/python-wheels", "/usr/share/pip-wheels")


def uv() -> Path:
    """The uv of this checkout, installed on first use; the system's own where pip is nowhere to be found."""
    own = FOLDER / "bin" / "uv"
    if own.exists():
        return own
    say("从 PyPI 取得 uv。", "Getting uv from PyPI.")
    for pip in _pips():
        shutil.rmtree(FOLDER, ignore_errors=True)
        call([*pip, "install", "--quiet", "--target", str(FOLDER), f"uv=={VERSION}"], "uv")
        return own
    found = shutil.which("uv")
    if found:
        return Path(found)
    raise Stop(
        "这个 Python 没有 pip。请先运行 sudo apt install python3-pip（或安装 uv），再重试。",
        "This Python has no pip. Run sudo apt install python3-pip (or install uv) and try again.",
    )


def _pips() -> Iterable[list[str]]:
    """Ways to start pip, best first: its module, ensurepip's bundled wheel, Debian's wheel."""
    if subprocess.call([sys.executable, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0:
        yield [sys.executable, "-m", "pip"]
    bundled = Path(os.__file__).parent / "ensurepip" / "_bundled"
    for folder in (bundled, *map(Path, WHEELS)):
        for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
            yield [sys.executable, f"{wheel}/pip"]


def run_uv(*args: str) -> None:
    """Call uv here. Its mirror is the one pip is told to use, unless uv has been told otherwise."""
    call([str(uv()), *args], "uv", _mirror())


def _mirror() -> dict[str, str]:
    """pip's index and links for uv (which reads no pip.conf), and the system's certificates."""
    told = {"UV_SYSTEM_CERTS": "1"}
    index = os.environ.get("PIP_INDEX_URL") or _pip_setting("index-url")
    links = os.environ.get("PIP_FIND_LINKS") or _pip_setting("find-links")
    if index:
        told["UV_DEFAULT_INDEX"] = index
    if links:
        told["UV_FIND_LINKS"] = ",".join(links.split())
    return {name: value for name, value in told.items() if name not in os.environ}


def _pip_setting(name: str) -> str:
    """What pip.conf says, read without starting pip."""
    import configparser

    home = Path(os.environ.get("HOME", "/"))
    files = (
        os.environ.get("PIP_CONFIG_FILE", ""),
        home / ".config/pip/pip.conf",
        home / ".pip/pip.conf",
        "/etc/pip.conf",
    )
    for file in files:
        parser = configparser.RawConfigParser()
        if file and parser.read(file) and parser.has_option("global", name):
            return parser.get("global", name)
    return ""


def call(command: list[str], what: str, extra: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command quietly; keep what it printed in .run/bootstrap.log and turn a failure into one sentence."""
    done = subprocess.run(  # noqa: S603 - our own fixed commands
        command,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **(extra or {})},
        capture_output=True,
        text=True,
        errors="replace",
    )
    printed = done.stdout + done.stderr
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{printed}\n")
    if done.returncode:
        raise explained(what, printed)


def explained(what: str, printed: str) -> Stop:
    """The sentence for a failed installation: no network, no compiler, no room, or the log."""
    log = LOG.relative_to(ROOT)
    if os.strerror(errno.ENOSPC).lower() in printed.lower():
        return Stop("磁盘已满，请腾出约 2 GB 再试。", "The disk is full; free about 2 GB and try again.")
    if NO_COMPILER.search(printed):
        return Stop(
            f"{what}：有一个包没有现成的安装包，而本机没有编译器。请运行 sudo apt install build-essential，"
            f"或换用 Python 3.11–3.13。详见 {log}。",
            f"{what}: a package has no ready wheel and this machine has no compiler. Run sudo apt install "
            f"build-essential, or use Python 3.11–3.13. Details: {log}.",
        )
    if NO_NETWORK.search(printed):
        mirror = "npm config set registry …" if what.startswith("npm") else "pip config set global.index-url …"
        return Stop(
            f"{what}：连不上软件包仓库。请检查网络、代理或证书；内网请设好镜像：{mirror}。详见 {log}。",
            f"{what}: the package index cannot be reached. Check network, proxy or certificates; inside a closed network "
            f"set a mirror: {mirror}. Details: {log}.",
        )
    lines = [line.strip() for line in printed.splitlines() if line.strip()] or ["?"]
    told = next((line for line in lines if "error" in line.lower() and not line.endswith(":")), lines[-1])
    return Stop(f"{what} 失败：{told}。详见 {log}。", f"{what} failed: {told} Details: {log}.")
