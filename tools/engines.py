"""make engines: install the real servers from the system's packages, start private ones for the tests, say where they are.

python3 -m tools.engines start|stop|status      (standard library only; safe to repeat)
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import cometbft, environment, kafka, nginx, postgres, s3, spark
from tools.told import ROOT, RUN, Stop, say, stopped

ENV = RUN / "engines.env"
PACKAGES = {"postgresql": "PostgreSQL", "chromium": "Chromium", "fonts-noto-cjk": "Noto CJK"}
POSTGRES = "ZT_TEST_POSTGRES_URL"
CHROMIUM = "ZT_TEST_CHROMIUM"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(args: list[str]) -> int:
    """Start, stop or tell. The exit code."""
    command = args[0] if args else "start"
    try:
        RUN.mkdir(exist_ok=True)
        {"start": start, "stop": stop, "status": status}[command]()
    except (Stop, KeyError) as wrong:
        return stopped(wrong if isinstance(wrong, Stop) else Stop("用法：start | stop | status", "usage: see above"))
    return 0


def start() -> None:
    """Install what is missing, start what does not run, and write .run/engines.env."""
    _install([package for package in PACKAGES if not _installed(package)])
    _install([package for package in kafka.PACKAGES if not kafka.installed(package)])
    _prepare()
    found = {
        POSTGRES: _start_postgres(),
        CHROMIUM: browser() or "",
        kafka.KAFKA: _start_kafka(),
        spark.SPARK: _fetch_spark(),
        nginx.NGINX: _fetch_nginx(),
        **_start_s3(),
        **_start_chain(),
    }
    ENV.write_text("".join(f"{name}={value}\n" for name, value in found.items() if value), "utf-8")
    ENV.chmod(0o600)
    status()


def stop() -> None:
    """Stop the servers that start() started; their folders go too."""
    _stop_postgres()
    kafka.remove()
    s3.remove()
    cometbft.remove()
    ENV.unlink(missing_ok=True)


def status() -> None:
    """One line an engine."""
    told = live()
    postgres, chromium = told.get(POSTGRES, ""), browser()
    where = postgres.rpartition("@")[2] or "未启动，请运行 make engines  not started; run make engines"
    say(f"PostgreSQL：{where}", "")
    broker = told.get(kafka.KAFKA, "未启动，请运行 make engines  not started; run make engines")
    say(f"Kafka：{broker}", "")
    say(f"S3：{told.get(s3.S3, '未启动，S3 测试将跳过  not started, its tests will be skipped')}", "")
    say(f"Spark：{told.get(spark.SPARK, '没有，Spark 测试将跳过  absent, its tests will be skipped')}", "")
    say(f"CometBFT：{told.get(cometbft.CHAIN, '没有，联盟链测试将跳过  absent, its tests will be skipped')}", "")
    say(
        f"nginx：{told.get(nginx.NGINX, '没有，长大的城市不能在本机试用  absent, the grown city cannot be tried here')}",
        "",
    )
    say(f"Chromium：{chromium or '没有，浏览器测试将跳过  absent, browser tests will be skipped'}", "")


def live() -> dict[str, str]:
    """The engines that really answer now, as environment variables for the tests."""
    if not ENV.exists():
        return {}
    lines = (line.partition("=") for line in ENV.read_text("utf-8").splitlines())
    told = {name: value for name, _, value in lines if value}
    if POSTGRES in told and not postgres.answers(told[POSTGRES]):
        del told[POSTGRES]
    if kafka.KAFKA in told and not kafka.answers(told[kafka.KAFKA]):
        del told[kafka.KAFKA]
    if s3.S3 in told and not s3.answers(told[s3.S3]):
        for name in (s3.S3, s3.BUCKET, s3.KEY, s3.SECRET):
            told.pop(name, None)
    if cometbft.COMETBFT in told and not Path(told[cometbft.COMETBFT]).exists():
        del told[cometbft.COMETBFT]
    if cometbft.CHAIN in told and not cometbft.answers(told[cometbft.CHAIN]):
        del told[cometbft.CHAIN]
    if nginx.NGINX in told and not Path(told[nginx.NGINX]).exists():
        del told[nginx.NGINX]
    if spark.SPARK in told and not Path(told[spark.SPARK], "whole").exists():
        del told[spark.SPARK]
    return told


def browser() -> str | None:
    """The Chromium on this machine."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _installed(package: str) -> bool:
    if package == "postgresql":
        return postgres.installed()
    if package == "chromium":
        return browser() is not None
    told = subprocess.run(["dpkg", "-s", package], capture_output=True, check=False)  # noqa: S603, S607
    return told.returncode == 0


def _install(packages: list[str]) -> None:
    """apt-get install, as root or by sudo; without either, one sentence."""
    if not packages:
        return
    names = " ".join(packages)
    apt, root = shutil.which("apt-get"), os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]
    if not apt or not (root or shutil.which("sudo")):
        raise Stop(
            f"请用系统的包管理器安装：{names}，再重试。", f"Install with your system's packages: {names}; try again."
        )
    say(f"安装 {names}。", f"Installing {names}.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (RUN / "engines.log").open("ab") as log:
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            done = subprocess.run([*sudo, apt, *step], stdout=log, stderr=log, env=quiet, check=False)  # noqa: S603
            if done.returncode:
                raise Stop(
                    f"安装失败，请手工运行 sudo apt-get install {names}（详见 .run/engines.log）。",
                    f"Installing failed; run sudo apt-get install {names} (details: .run/engines.log).",
                )


def _postgres_home() -> Path:
    return postgres.home_in(RUN, mark=str(ROOT))


def _start_postgres() -> str:
    """The URL of a private cluster on a free loopback port, with a password of its own; one that does not answer is made anew."""
    known = live().get(POSTGRES)
    if known:
        return known
    _stop_postgres()
    return postgres.start(_postgres_home(), database=f"{postgres.USER}_test")


def _stop_postgres() -> None:
    if postgres.remove(_postgres_home()):
        say("PostgreSQL 已停止。", "PostgreSQL stopped.")


def _prepare() -> None:
    """The environment, where there is none yet: PySpark says which jars it wants, and our own program stands behind the chain's nodes."""
    if not Path(cometbft.OURS[0]).exists():
        with environment.alone():
            environment.prepare("dev")


def _start_kafka() -> str:
    """Its address; without it the others still serve, and the tests that need it say that they are skipped."""
    try:
        return kafka.start()
    except Stop as absent:
        say(f"没有 Kafka，其余照常。{absent}", "Going on without Kafka.")
        return ""


def _start_s3() -> dict[str, str]:
    """Where it is; without it the others still serve."""
    try:
        return s3.start()
    except Stop as absent:
        say(f"没有 S3，其余照常。{absent}", "Going on without S3.")
        return {}


def _start_chain() -> dict[str, str]:
    """Where its four validators are; without them the others still serve. What stands behind them is our own program."""
    try:
        return cometbft.start()
    except Stop as absent:
        say(f"没有联盟链，其余照常。{absent}", "Going on without the chain.")
        return {cometbft.COMETBFT: str(cometbft.PROGRAM)} if cometbft.PROGRAM.exists() else {}


def _fetch_nginx() -> str:
    """Its program; only the grown city needs it."""
    try:
        return str(nginx.fetch())
    except Stop as absent:
        say(f"没有 nginx，其余照常。{absent}", "Going on without nginx.")
        return ""


def _fetch_spark() -> str:
    """The folder of its jars; without it the others still serve."""
    try:
        return str(spark.fetch())
    except Stop as absent:
        say(f"没有 Spark，其余照常。{absent}", "Going on without Spark.")
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
