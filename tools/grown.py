"""make grown: the demo city as deploy/postgres-kafka has it, on this machine: PostgreSQL, Kafka, Spark, four validators, two application
processes behind nginx, a worker; each started from what `make engines` installed, with a folder and ports of its own.

python -m tools.grown up|down|status|erase [--folder F] [--port N]      (safe to repeat: `up` starts what does not run)
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from tools import cometbft, kafka, nginx, ports, postgres, spark
from tools.processes import Process
from tools.told import ROOT, RUN, Stop, say, stopped

DEPLOY = ROOT / "deploy" / "postgres-kafka"
HOME, PORT = RUN / "grown", 8700
OURS = str(ROOT / ".venv" / "bin" / "zhengtong")
APPLICATIONS = ("app1", "app2")
SERVERS = ("postgres", "kafka", "chain")
BEATING = {**cometbft.RESTFUL, "CMT_CONSENSUS_CREATE_EMPTY_BLOCKS_INTERVAL": "1s"}
READY_S = 900
QUICK_JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # Spark on a few rows: it is at work before it could be optimised
)
NGINX_CONF = """daemon off;
pid {home}/nginx.own.pid;
error_log {home}/nginx.log warn;
worker_processes 2;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {home}/upstream.conf;
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;
        include {locations};
    }}
}}
"""


def main(args: list[str]) -> int:
    """Start, stop, tell or delete. The exit code."""
    asked = argparse.ArgumentParser(prog="make grown ARGS=…", description="长大的云溪市 · the grown city of Yunxi")
    asked.add_argument("command", nargs="?", default="up", choices=("up", "down", "status", "erase"))
    asked.add_argument("--folder", type=Path, default=HOME, help="数据放在哪里 · where its data are")
    asked.add_argument("--port", type=int, default=PORT, help="入口端口 · the port of the front")
    told = asked.parse_args(args)
    city = Grown(told.folder.absolute(), port=told.port)
    try:
        {"up": city.up, "down": city.down, "status": city.status, "erase": city.erase}[told.command]()
    except Stop as wrong:
        return stopped(wrong)
    if told.command == "up":
        city.welcome()
    return 0


class Grown:
    """A grown city in a folder. Its parts: postgres, kafka, chain (four validators), city (the demo's bureaus and witnesses),
    app1, app2, worker, nginx."""

    def __init__(self, home: Path, *, port: int = 0) -> None:
        """`port`: of the front, on the first start; 0: any that is free."""
        self.home, self._port = home, port

    @property
    def address(self) -> str:
        return f"http://localhost:{self.ports['nginx']}"

    @property
    def config(self) -> Path:
        return self.home / "zhengtong.toml"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @cached_property
    def ports(self) -> dict[str, int]:
        """Given once, and kept."""
        note = self.home / "ports.json"
        if not note.exists():
            if self._port and not ports.is_free(self._port):
                raise Stop(
                    f"端口 {self._port} 已被占用，请换一个：make grown ARGS='up --port 8701'。",
                    f"Port {self._port} is in use; take another: make grown ARGS='up --port 8701'.",
                )
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            names = (*APPLICATIONS, "city", "nginx")
            given = dict(zip(names, ports.free(len(names)), strict=True))
            note.write_text(json.dumps({**given, "nginx": self._port or given["nginx"]}), "utf-8")
        kept: dict[str, int] = json.loads(note.read_text("utf-8"))
        return kept

    @cached_property
    def network(self) -> cometbft.Network:
        return cometbft.Network(self.home / "chain", cometbft.PROGRAM, cometbft.OURS, more=BEATING)

    @property
    def _postgres(self) -> Path:
        return postgres.home_in(self.home, mark=str(self.home))

    def secrets(self) -> dict[str, str]:
        """What does not stand in the settings file; empty before the first start."""
        note = self.home / "secrets.env"
        lines = note.read_text("utf-8").splitlines() if note.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def process(self, name: str) -> Process:
        """One of its own programs: city, app1, app2, worker, nginx."""
        logs, listen = self.home / "log", ("--port", str(self.ports.get(name, 0)))
        if name == "nginx":
            program = str(nginx.program() or "nginx")
            conf = str(self.home / "nginx" / "nginx.conf")
            return Process(
                logs, name, (program, "-p", str(self.home / "nginx"), "-c", conf, "-e", str(logs / "nginx.log"))
            )
        commands: Mapping[str, tuple[str, ...]] = {"city": ("demo", *listen), "worker": ("work",)}
        command = (OURS, *commands.get(name, ("run", *listen)))
        workers = {"ZT_KERNEL__WORKERS": "2"} if name == "worker" else {}
        own = {"ZT_CONFIG": str(self.config), "JDK_JAVA_OPTIONS": QUICK_JAVA, **self.secrets(), **workers}
        return Process(logs, name, command, own, cwd=self.home)

    def up(self) -> None:
        """This will start what does not run, and wait until the city answers at its front. Raises Stop."""
        needed()
        _ = self.ports
        _together(lambda: self.start("postgres"), lambda: self.start("kafka"), lambda: self.start("chain"))
        self._furnish()
        self.start("city")
        _together(*(lambda name=name: self.start(name) for name in (*APPLICATIONS, "worker")))
        self.start("nginx")

    def start(self, part: str) -> None:
        """This will start one part unless it runs, and wait until it answers. Raises Stop."""
        if part == "postgres":
            self._keep_secret(postgres.start(self._postgres, database="zhengtong"))
        elif part == "kafka":
            kafka.start(self.home / "kafka")
        elif part == "chain":
            self.network.start_all()
        else:
            process = self.process(part)
            process.start()
            if part in self.ports:
                _until_ready(process, f"http://127.0.0.1:{self.ports[part]}")

    def kill(self, part: str) -> None:
        """This will end one part without a word, as a power cut would; `chain`: its last validator."""
        if part == "postgres":
            postgres.stop(self._postgres, kill=True)
        elif part == "kafka":
            kafka.stop(self.home / "kafka", kill=True)
        elif part == "chain":
            self.network.stop(cometbft.VALIDATORS - 1, kill=True)
        else:
            self.process(part).stop(kill=True)

    def down(self) -> None:
        """This will stop all of it; its data stay."""
        if not (self.home / "ports.json").exists():
            return
        self.process("nginx").stop()
        _together(*(self.process(name).stop for name in ("city", *APPLICATIONS, "worker")))
        stops: list[Callable[[], object]] = [lambda: postgres.stop(self._postgres)]
        stops.append(lambda: kafka.stop(self.home / "kafka"))
        if (self.home / "chain" / "ports.json").exists():
            stops.append(self.network.stop_all)
        _together(*stops)
        say("已停止，数据还在。", "Stopped; its data stay.")

    def erase(self) -> None:
        """This will stop all of it and delete its data."""
        self.down()
        postgres.remove(self._postgres)
        shutil.rmtree(self.home, ignore_errors=True)
        say("数据已清空。", "Its data are gone.")

    def status(self) -> None:
        """One line a part."""
        for name, runs in self.running().items():
            say(f"{name:<9}{'运行中  running' if runs else '未启动  not running'}", "")

    def running(self) -> dict[str, bool]:
        """Which parts run."""
        if not (self.home / "ports.json").exists():
            return dict.fromkeys((*SERVERS, "city", *APPLICATIONS, "worker", "nginx"), False)
        broker, chain = self.home / "kafka", self.home / "chain" / "ports.json"
        return {
            "postgres": postgres.running(self._postgres) is not None,
            "kafka": bool(kafka.address(broker)) and kafka.answers(kafka.address(broker)),
            "chain": chain.exists() and all(self.network.answers(one) for one in range(cometbft.VALIDATORS)),
            **{name: self.process(name).pid is not None for name in ("city", *APPLICATIONS, "worker", "nginx")},
        }

    def welcome(self) -> None:
        """Where it is, and how to sign in."""
        demo = json.loads((self.data / "demo.json").read_text("utf-8"))
        names = "、".join(one["login"] for one in demo["accounts"])
        print(f"\n  {self.address}\n\n  登录名 logins    {names}\n  密码 password    {demo['password']}")
        print(f"  验证码 code      .venv/bin/zhengtong demo --data {self.data} code 登录名 LOGIN")
        print("  停止 stop        make grown ARGS=down        清空 erase  make grown ARGS=erase\n", flush=True)

    def _keep_secret(self, url: str) -> None:
        note = self.home / "secrets.env"
        note.touch(0o600)
        note.write_text(f"ZT_KERNEL__DATABASE={url}\n", "utf-8")

    def _furnish(self) -> None:
        """The operator's files, with this machine's addresses in place of the examples'."""
        import tomli_w

        told = self.data / "demo.json"
        if told.exists() and json.loads(told.read_text("utf-8"))["state"] == "loading":
            raise Stop(
                "上次载入没有完成，请先清空：make grown ARGS=erase。",
                "The last load was cut short; delete it first: make grown ARGS=erase.",
            )
        settings = tomllib.loads((DEPLOY / "zhengtong.toml").read_text("utf-8"))
        for section, values in self._own().items():
            settings[section] = {**settings.get(section, {}), **values}
        for key in ("ca_file", "user", "replicas"):
            settings["broker"].pop(key)
        self.config.write_text(tomli_w.dumps(settings), "utf-8")
        self.furnish_front()

    def _own(self) -> dict[str, dict[str, Any]]:
        nodes = ",".join(self.network.url(one) for one in range(cometbft.VALIDATORS))
        quiet = {"log": "json", "log_level": "WARNING", "demo": True, "city_code": "990100"}
        return {
            "kernel": {**quiet, "data": str(self.data), "public_url": self.address},
            "crypto": {"root_key": str(self.home / "root.key")},
            "broker": {"servers": kafka.address(self.home / "kafka"), "security": "plaintext"},
            "compute": {"memory_mb": 1024, "shuffle_partitions": 1, "jars": str(spark.fetch())},
            "chain": {"nodes": nodes},
            "intake": {"folders": [str(self.data / "bureaus")], "networks": ["127.0.0.0/8"]},
        }

    def furnish_front(self) -> None:
        """This will write the configuration of its nginx."""
        home = self.home / "nginx"
        home.mkdir(parents=True, exist_ok=True)
        upstream = (DEPLOY / "nginx-upstream.conf").read_text("utf-8")
        for example, name in zip(("8601", "8602"), APPLICATIONS, strict=True):
            upstream = upstream.replace(f"127.0.0.1:{example} ", f"127.0.0.1:{self.ports[name]} ")
        (home / "upstream.conf").write_text(upstream, "utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        written = NGINX_CONF.format(
            home=home, port=self.ports["nginx"], locations=DEPLOY / "nginx-locations.conf", user=user
        )
        (home / "nginx.conf").write_text(written, "utf-8")


def needed() -> None:
    """Raises Stop where something is not installed."""
    postgres.program("initdb")
    missing = [name for name, there in (("Kafka", kafka.JARS.exists()), ("CometBFT", cometbft.PROGRAM.exists()),
               ("Spark", spark.JARS.exists()), ("nginx", nginx.program() is not None)) if not there]  # fmt: skip
    if missing:
        names = "、".join(missing)
        raise Stop(f"还没有 {names}，请先运行 make engines。", f"{names} is not here; run make engines first.")


def _together(*steps: Callable[[], object]) -> None:
    """This will do all at once, and raise what the first that failed raised."""
    with ThreadPoolExecutor(len(steps)) as threads:
        for done in [threads.submit(step) for step in steps]:
            done.result()


def _until_ready(process: Process, address: str) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        asked = f"{address}/api/health/ready"
        with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own
            if answer.status == 200:
                return
        process.check()
        time.sleep(0.1)
    raise Stop(f"{process.name} 没有应答，详见 {process.log}。", f"{process.name} does not answer; see {process.log}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
