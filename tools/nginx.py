"""nginx for the grown city: the system's where it is installed, else Debian's package unpacked into .run, so that no service is started.

Standard library only.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tools.told import RUN, Stop, say

NGINX = "ZT_TEST_NGINX"
PACKAGE, HOME = "nginx", RUN / "nginx"
PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx")


def program() -> Path | None:
    """Where it is, if it is here."""
    found = shutil.which("nginx")
    known = [*([found] if found else []), *PLACES, str(HOME / "usr" / "sbin" / "nginx")]
    return next((Path(path) for path in known if os.access(path, os.X_OK)), None)


def fetch() -> Path:
    """The program, brought once. Raises Stop."""
    if known := program():
        return known
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Stop("请用系统的包管理器安装 nginx，再重试。", "Install nginx with your system's packages; try again.")
    say("取 nginx（约 1 MB，不作为系统服务安装）。", "Fetching nginx (about 1 MB, not installed as a service).")
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    with (RUN / "engines.log").open("ab") as log:
        subprocess.run(["apt-get", "download", "-qq", PACKAGE], stdout=log, stderr=log, cwd=HOME, check=False)  # noqa: S603, S607
        for package in HOME.glob(f"{PACKAGE}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, HOME], stdout=log, stderr=log, check=False)  # noqa: S603, S607
            package.unlink()
    if (found := program()) is None or not runs(found):
        shutil.rmtree(HOME, ignore_errors=True)
        raise Stop(
            "取 nginx 失败，请运行 sudo apt-get install nginx（详见 .run/engines.log）。",
            "Fetching nginx failed; run sudo apt-get install nginx (details: .run/engines.log).",
        )
    return found


def runs(path: Path) -> bool:
    """True when it starts on this machine: its libraries are here."""
    return subprocess.run([path, "-v"], capture_output=True, check=False).returncode == 0  # noqa: S603
