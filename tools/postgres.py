"""A PostgreSQL cluster of one's own on loopback, from the system's binaries: for the tests, and for the grown city.

Standard library only. A cluster is a folder: its port and its password stay with it, so that a stopped or killed one comes back where it was.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
import zlib
from pathlib import Path

from tools import ports
from tools.told import RUN, Stop

USER = "zhengtong"
DURABLE = "fsync=on -c max_connections=200 -c shared_buffers=128MB"
READY_S = 60


def program(name: str) -> Path:
    """One of the newest server's programs. Raises Stop."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if not found:
        raise Stop("没有找到 PostgreSQL，请运行 make engines。", "PostgreSQL is not here; run make engines.")
    return found[0] / name


def installed() -> bool:
    """True when a server's programs are here."""
    return bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def home_in(folder: Path, *, mark: str) -> Path:
    """The cluster's folder in this one, or in that of the server's own user when it cannot enter; `mark`: what it is known by there."""
    if os.geteuid() != 0:
        return folder / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    reach = subprocess.run(["runuser", "-u", "postgres", "--", "test", "-x", str(folder)], check=False)  # noqa: S603, S607
    elsewhere = Path("/var/lib/postgresql") / f"zhengtong-{zlib.crc32(mark.encode())}"
    return folder / "postgres" if reach.returncode == 0 else elsewhere


def start(home: Path, *, database: str) -> str:
    """This will start the cluster of this folder unless it runs, made at first use; the URL of this database in it. Raises Stop."""
    if not (home / "data" / "PG_VERSION").exists():
        _make(home)
    if running(home) is None or not answers(_url(home, database)):
        _run(home)
    login = {**os.environ, "PGPASSWORD": _word(home)}
    to = ("-h", "127.0.0.1", "-p", str(_port(home)), "-U", USER)
    asked = [str(program("psql")), *to, "-Atc", f"select 1 from pg_database where datname = '{database}'", "postgres"]  # noqa: S608 - our own name
    there = subprocess.run(asked, env=login, check=True, capture_output=True, text=True)  # noqa: S603
    if not there.stdout.strip():
        subprocess.run([program("createdb"), *to, database], env=login, check=True)  # noqa: S603
    return _url(home, database)


def stop(home: Path, *, kill: bool = False) -> bool:
    """This will end the cluster of this folder (and no other); its tables stay. `kill`: without a word, as a power cut would.
    True when there was one."""
    pid = running(home)
    if pid is None:
        return False
    if kill:
        os.kill(pid, signal.SIGKILL)
        while _lives(pid):
            time.sleep(0.02)
    else:
        _as_owner(home, program("pg_ctl"), "-D", str(home / "data"), "-m", "fast", "-w", "stop")
    return True


def remove(home: Path) -> bool:
    """This will end the cluster and delete its tables; True when it ran."""
    ran = stop(home)
    shutil.rmtree(home, ignore_errors=True)
    return ran


def running(home: Path) -> int | None:
    """The server's process; None where the machine was switched off under it and only its note of itself was left."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((home / "data" / "postmaster.pid").read_text("ascii").split()[0])
        return pid if _lives(pid) else None
    return None


def answers(url: str) -> bool:
    """True when something listens at the URL's address."""
    host, _, port = url.rpartition("@")[2].partition("/")[0].partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except OSError:
        return False


def _make(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700, parents=True)
    (home / "password").write_text(secrets.token_urlsafe(18), "utf-8")
    _give_to_server(home)
    _as_owner(home, program("initdb"), "-D", str(home / "data"), "-U", USER, "-E", "UTF8", "--locale=C.UTF-8",
              "-A", "scram-sha-256", "--pwfile", str(home / "password"))  # fmt: skip


def _run(home: Path) -> None:
    """A server that was killed leaves its children for a moment, and they its memory: it is tried again until they are gone. A new one is
    given its port here, and another where somebody else was quicker."""
    log, until, is_new = str(home / "log"), time.monotonic() + READY_S, not (home / "port").exists()
    while True:
        if is_new:
            (home / "port").write_text(str(ports.free(1)[0]), "utf-8")
        options = f"-c listen_addresses=127.0.0.1 -c port={_port(home)} -c unix_socket_directories='' -c {DURABLE}"
        try:
            _as_owner(home, program("pg_ctl"), "-D", str(home / "data"), "-l", log, "-o", options, "-w", "start")
        except Stop:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def _url(home: Path, database: str) -> str:
    return f"postgresql+psycopg://{USER}:{_word(home)}@127.0.0.1:{_port(home)}/{database}"


def _word(home: Path) -> str:
    return (home / "password").read_text("utf-8")


def _port(home: Path) -> int:
    return int((home / "port").read_text("utf-8"))


def _lives(pid: int) -> bool:
    """False also for one that has ended and is not yet waited for."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _give_to_server(home: Path) -> None:
    """PostgreSQL refuses to run as root: its files belong to the user of Debian's package then."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        for path in (home, *home.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)


def _as_owner(home: Path, what: Path, *args: str) -> None:
    change = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with (RUN / "engines.log").open("ab") as log:
        done = subprocess.run([*change, what, *args], stdout=log, stderr=log, cwd=home, check=False)  # noqa: S603
    if done.returncode:
        raise Stop(f"{what.name} 失败，详见 .run/engines.log。", f"{what.name} failed; see .run/engines.log.")
