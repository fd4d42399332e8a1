"""A real Kafka broker (KRaft) for the tests: its jars by Maven's or Ivy's own defaults, one small process on loopback.

Standard library only. `start(home)` twice is one broker; a test that kills it makes one of its own in a folder of its own.
"""

import base64
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from tools import ports
from tools.told import ROOT, RUN, Stop, say

KAFKA = "ZT_TEST_KAFKA"
VERSION, LOGGING = "4.3.0", "2.25.4"
PACKAGES = {"default-jre-headless": "Java", "maven": "Maven"}
PROGRAMS = {"default-jre-headless": "java", "maven": "mvn"}
HOME, JARS = RUN / "kafka", RUN / f"kafka-jars-{VERSION}"
HEAP = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
READY_S, STOP_S = 90, 20
POM = f"""<project><modelVersion>4.0.0</modelVersion><groupId>zhengtong</groupId><artifactId>engines</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>{LOGGING}</version></dependency>
</dependencies></project>
"""
PLAIN = {
    "listeners": "BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
    "advertised.listeners": "BROKER://127.0.0.1:{port}",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": "1@127.0.0.1:{controller}",
    "process.roles": "broker,controller",
    "node.id": "1",
    "log.dirs": "{home}/data",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}


def installed(package: str) -> bool:
    """True when the package's program is here, or is not needed any more."""
    return shutil.which(PROGRAMS[package]) is not None or (package == "maven" and _whole(JARS))


def start(home: Path = HOME, *, more: Mapping[str, str] | None = None) -> str:
    """This will start the broker of this folder unless it runs, and wait until it answers; its host:port.

    `more`: further properties, with {port}, {inner} (a second listener, in clear), {controller} and {home} filled in. What the folder was made with is kept.
    """
    known = address(home)
    if known and answers(_plain(home)):
        return known
    jars = fetch()
    stop(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not known:
        _format(home, jars, more or {})
    _run(home, jars)
    return _ready(home)


def stop(home: Path = HOME, *, kill: bool = False) -> None:
    """This will end the broker of this folder (and no other); its messages stay. `kill`: without a word, as a power cut would."""
    pid = _pid(home)
    if pid is None:
        return
    os.kill(pid, signal.SIGKILL if kill else signal.SIGTERM)
    until = time.monotonic() + STOP_S
    while _pid(home) is not None:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def remove(home: Path = HOME) -> None:
    """This will stop the broker and delete its messages."""
    stop(home)
    shutil.rmtree(home, ignore_errors=True)


def address(home: Path = HOME) -> str:
    """Where the broker of this folder listens; empty when there is none."""
    try:
        return (home / "address").read_text("utf-8").strip()
    except FileNotFoundError:
        return ""


def _plain(home: Path) -> str:
    """Where it listens in clear, to be asked whether it is ready."""
    return (home / "plain").read_text("utf-8").strip()


def answers(server: str) -> bool:
    """True when a Kafka broker says its versions there (request ApiVersions, version 0), in clear."""
    host, _, port = server.rpartition(":")
    asked = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection((host, int(port)), timeout=2) as line:
            line.sendall(struct.pack(">i", len(asked)) + asked)
            told = line.recv(10)
    except (OSError, ValueError):
        return False
    return len(told) == 10 and struct.unpack(">iih", told)[1:] == (1, 0)


def fetch() -> Path:
    """The broker's jars, brought once."""
    if _whole(JARS):
        return JARS
    say(f"取 Kafka {VERSION}（约 45 MB）。", f"Fetching Kafka {VERSION} (about 45 MB).")
    shutil.rmtree(JARS, ignore_errors=True)
    JARS.mkdir(parents=True)
    command = _maven() or ivy("org.apache.kafka", "kafka_2.13", VERSION, f"{JARS}/[artifact]-[revision].[ext]")
    if command is None:
        raise Stop("没有 Maven，请安装 maven 后重试。", "Maven is not here; install maven and try again.")
    with (RUN / "engines.log").open("ab") as log:
        done = subprocess.run(command, stdout=log, stderr=log, cwd=JARS, check=False)  # noqa: S603 - our own command
    if done.returncode or not list(JARS.glob("kafka_*.jar")):
        shutil.rmtree(JARS, ignore_errors=True)
        raise Stop("取 Kafka 失败，详见 .run/engines.log。", "Fetching Kafka failed; see .run/engines.log.")
    (JARS / "whole").touch()
    return JARS


def _whole(jars: Path) -> bool:
    return (jars / "whole").exists()


def _maven() -> list[str] | None:
    mvn = shutil.which("mvn")
    if mvn is None:
        return None
    (JARS / "pom.xml").write_text(POM, "utf-8")
    return [mvn, "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"]


def ivy(group: str, artifact: str, version: str, pattern: str) -> list[str] | None:
    """The command that has the Ivy of PySpark bring this and what it needs, by Ivy's own defaults; None without PySpark."""
    found = sorted(ROOT.glob(".venv/lib/python*/site-packages/pyspark/jars/ivy-*.jar"))
    if not found:
        return None
    what = ("-dependency", group, artifact, version, "-confs", "default", "-types", "jar", "bundle")
    return [_java(), "-jar", str(found[-1]), "-cache", str(RUN / "ivy"), *what, "-retrieve", pattern]


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise Stop("没有 Java，请安装 Java 17 或更新版本。", "Java is not here; install Java 17 or newer.")
    return java


def _format(home: Path, jars: Path, more: Mapping[str, str]) -> None:
    """Write the settings and prepare the folder for a new cluster of one."""
    port, controller, inner = ports.free(3)
    values = {"port": port, "controller": controller, "inner": inner, "home": home}
    properties = {name: value.format(**values) for name, value in {**PLAIN, **more}.items()}
    text = "".join(f"{name}={value}\n" for name, value in properties.items())
    (home / "server.properties").write_text(text, "utf-8")
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = (*HEAP, "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format", "-t", cluster)
    with (home / "log").open("ab") as log:
        command = [_java(), *tool, "-c", str(home / "server.properties")]
        done = subprocess.run(command, stdout=log, stderr=log, cwd=home, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise Stop(f"Kafka 无法准备目录，详见 {home}/log。", f"Kafka cannot prepare its folder; see {home}/log.")
    plain = values["inner"] if "{inner}" in more.get("listeners", "") else port
    (home / "plain").write_text(f"127.0.0.1:{plain}", "utf-8")
    (home / "address").write_text(f"127.0.0.1:{port}", "utf-8")


def _run(home: Path, jars: Path) -> None:
    command = [_java(), *HEAP, "-cp", f"{jars}/*", "kafka.Kafka", str(home / "server.properties")]
    with (home / "log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, start_new_session=True
        )
    (home / "pid").write_text(str(child.pid), "utf-8")
    while _pid(home) is None and child.poll() is None:  # it has no command line yet
        time.sleep(0.01)


def _ready(home: Path) -> str:
    where, until = address(home), time.monotonic() + READY_S
    while not answers(_plain(home)):
        if _pid(home) is None or time.monotonic() > until:
            raise Stop(f"Kafka 没有启动成功，详见 {home}/log。", f"Kafka did not start; see {home}/log.")
        time.sleep(0.2)
    return where


def _pid(home: Path) -> int | None:
    """The process of this folder's broker, if it lives: never another that has its number now."""
    try:
        pid = int((home / "pid").read_text("utf-8"))
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(home / "server.properties").encode() in line else None
