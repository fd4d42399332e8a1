"""The environment of this checkout: `.venv` from a lock, the project itself, the front end. A second run does nothing."""

import errno
import fcntl
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

from tools import frontend, packages, stamps
from tools.told import ROOT, RUN, Stop, say, stopped

VENV = ROOT / ".venv"
STAMP = VENV / ".zhengtong-stamp"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
NEWEST_LOCKED = (3, 14)


def main(args: list[str]) -> int:
    """Prepare for `run` or `dev`; say what was reused. The exit code."""
    profile = args[0] if args and args[0] in LOCKS else "run"
    try:
        _writable()
        with alone():
            reused = [name for name, fresh in (("env", prepare(profile)), ("web", frontend.prepare())) if not fresh]
    except Stop as stop:
        return stopped(stop)
    except OSError as error:
        return stopped(_folder_stop(error))
    if len(reused) == 2:
        say("沿用已有的环境（.venv）和前端。", "Reusing the environment (.venv) and the front end.")
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """One preparation at a time: a second `make` waits for the first and then finds everything there."""
    with (RUN / "bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个 make 正在准备环境，等它做完。", "Another make is preparing; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(profile: str) -> bool:
    """This will make `.venv` hold exactly the lock of `profile` and the project; False when it already does."""
    known = stamps.read(STAMP)
    if known.get("profile") == "dev":
        profile = "dev"
    made_from = stamps.digest([LOCKS[profile], ROOT / "pyproject.toml"], profile)
    if known.get("made_from") == made_from and (VENV / "bin" / "zhengtong").exists():
        return False
    if not _python_fits():
        say("建立 Python 环境 .venv。", "Making the Python environment .venv.")
        shutil.rmtree(VENV, ignore_errors=True)
        packages.run_uv("venv", "--quiet", "--python", _python(), str(VENV))
    say("按锁定版本安装依赖（首次约一分钟）。", "Installing the locked requirements (about a minute the first time).")
    python = str(VENV / "bin" / "python")
    packages.run_uv("pip", "sync", "--quiet", "--require-hashes", "--python", python, str(LOCKS[profile]))
    project = ("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    packages.run_uv("pip", "install", "--quiet", "--python", python, *project)
    stamps.write(STAMP, profile=profile, made_from=made_from)
    return True


def _python_fits() -> bool:
    """True when `.venv` already holds a Python that the project accepts."""
    try:
        version = next(
            line.split("=", 1)[1].strip()
            for line in (VENV / "pyvenv.cfg").read_text("utf-8").splitlines()
            if line.startswith("version_info") or line.startswith("version =")
        )
    except (OSError, StopIteration):
        return False
    fits = tuple(int(part) for part in version.split(".")[:2]) >= _oldest()
    return fits and (VENV / "bin" / "python").exists()


def _python() -> str:
    """The Python that started this, itself; never the one inside the environment about to be replaced."""
    if sys.version_info[:2] > NEWEST_LOCKED:
        found = ".".join(map(str, sys.version_info[:2]))
        say(f"Python {found} 尚未测试过，继续尝试。", f"Python {found} is untried; going on.")
    return sys._base_executable if hasattr(sys, "_base_executable") else sys.executable


def _oldest() -> tuple[int, ...]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        told: str = tomllib.load(file)["project"]["requires-python"]
    return tuple(int(part) for part in told.removeprefix(">=").split("."))


def _writable() -> None:
    """Raise OSError now, not half-way, when this folder cannot be written."""
    RUN.mkdir(exist_ok=True)
    probe = RUN / f"probe-{os.getpid()}"
    probe.touch()
    probe.unlink()


def _folder_stop(error: OSError) -> Stop:
    where = error.filename or str(ROOT)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Stop(
            f"没有写入权限：{where}。请把项目放到自己可写的文件夹里再试。",
            f"This cannot be written: {where}. Put the project into a folder of your own and try again.",
        )
    if error.errno == errno.ENOSPC:
        return Stop("磁盘已满，请腾出约 2 GB 再试。", "The disk is full; free about 2 GB and try again.")
    return Stop(f"准备环境失败：{error}。", f"Preparing the environment failed: {error}.")
