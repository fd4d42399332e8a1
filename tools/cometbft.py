"""Four validators of CometBFT on loopback, each with our application behind it: for the tests, and to try the chain out.

Standard library only. The program is built once by Go. A `Network` is a folder: a node's files in node0 … , its application's in app0 … ,
the ports it was given in ports.json. What a folder started is known by its folder in the command line, and nothing else is ever ended.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools import golang, ports
from tools.told import ROOT, RUN, Stop, say

COMETBFT, CHAIN = "ZT_TEST_COMETBFT", "ZT_TEST_CHAIN"
MODULE, VERSION = "github.com/cometbft/cometbft/cmd/cometbft", "v0.38.25"
PROGRAM, HOME = RUN / f"cometbft-{VERSION}" / "cometbft", RUN / "chain"
OURS = (str(ROOT / ".venv" / "bin" / "zhengtong"), "chain", "app")
VALIDATORS, KINDS = 4, ("rpc", "p2p", "app")
READY_S, STOP_S = 120, 15
QUIET = {
    "CMT_LOG_LEVEL": "error",
    "CMT_P2P_ADDR_BOOK_STRICT": "false",
    "CMT_P2P_ALLOW_DUPLICATE_IP": "true",
    "CMT_P2P_PEX": "false",
    "CMT_CONSENSUS_CREATE_EMPTY_BLOCKS": "false",
    "CMT_TX_INDEX_INDEXER": "null",
    "GOMEMLIMIT": "128MiB",
}

# Peers look every 100 ms by themselves whether one of them lacks something: four nodes at rest then cost a quarter of a processor.
RESTFUL = {"CMT_CONSENSUS_PEER_GOSSIP_SLEEP_DURATION": "400ms", "CMT_CONSENSUS_PEER_QUERY_MAJ23_SLEEP_DURATION": "10s"}


def build() -> Path:
    """The program, built once. Raises Stop."""
    if not PROGRAM.exists():
        say(f"编译 CometBFT {VERSION}（几分钟）。", f"Building CometBFT {VERSION} (a few minutes).")
        golang.install(f"{MODULE}@{VERSION}", PROGRAM)
    return PROGRAM


def start() -> dict[str, str]:
    """This will build CometBFT, start four validators unless they run, and say where they are. Raises Stop."""
    network = Network(HOME, build(), OURS, more=RESTFUL)
    told = {COMETBFT: str(PROGRAM), CHAIN: ",".join(network.url(one) for one in range(VALIDATORS))}
    if not all(network.answers(one) for one in range(VALIDATORS)):
        network.stop_all()
        network.start_all()
    return told


def remove() -> None:
    """This will end the validators that start() started and delete what they agreed upon."""
    if HOME.exists():
        Network(HOME, PROGRAM, OURS).stop_all()
        shutil.rmtree(HOME, ignore_errors=True)


def answers(urls: str) -> bool:
    """True when every node of these answers."""
    return all(_asked(url) for url in urls.split(","))


class Network:
    """Validators 0 … , and further nodes that may join. `app`: the command of the application, to which --home and --listen are added;
    none: CometBFT's own kvstore, inside the node."""

    def __init__(
        self,
        home: Path,
        program: Path,
        app: Sequence[str] | None,
        *,
        validators: int = VALIDATORS,
        joining: int = 0,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.home, self._program, self._app, self._more = home, program, app, dict(more or {})
        self.validators, self.all = validators, range(validators + joining)
        if not (home / "ports.json").exists():
            self._prepare(joining)
        self._ports: dict[str, list[int]] = json.loads((home / "ports.json").read_text("utf-8"))
        self._ids: list[str] = json.loads((home / "ids.json").read_text("utf-8"))

    def url(self, one: int) -> str:
        """Where this node is asked."""
        return f"http://127.0.0.1:{self._ports['rpc'][one]}"

    def app_home(self, one: int) -> Path:
        """What its application keeps."""
        return self.home / f"app{one}"

    def node_home(self, one: int) -> Path:
        """What the node itself keeps."""
        return self.home / f"node{one}"

    def start_all(self) -> None:
        """This will start the validators and wait until they answer. Raises Stop."""
        for one in range(self.validators):
            self._start_app(one)
        for one in range(self.validators):
            self.start(one)
        for one in range(self.validators):
            self.ready(one)

    def start(self, one: int, **more: str) -> None:
        """This will start a node and its application; `more` are further settings of the node (CMT_…). Raises Stop."""
        self._start_app(one)
        self._app_ready(one)
        peers = ",".join(
            f"{self._ids[other]}@127.0.0.1:{self._ports['p2p'][other]}"
            for other in range(self.validators)
            if other != one
        )
        chosen = {
            "CMT_PROXY_APP": f"tcp://127.0.0.1:{self._ports['app'][one]}" if self._app is not None else "kvstore",
            "CMT_RPC_LADDR": f"tcp://127.0.0.1:{self._ports['rpc'][one]}",
            "CMT_P2P_LADDR": f"tcp://127.0.0.1:{self._ports['p2p'][one]}",
            "CMT_P2P_PERSISTENT_PEERS": peers,
            "CMT_MONIKER": f"node{one}",
        }
        self._run(
            "node", one, [str(self._program), "start", "--home", str(self.node_home(one))], chosen | self._more | more
        )

    def _start_app(self, one: int) -> None:
        if self._app is not None:
            listen = f"127.0.0.1:{self._ports['app'][one]}"
            self._run("app", one, [*self._app, "--home", str(self.app_home(one)), "--listen", listen], {})

    def _app_ready(self, one: int) -> None:
        """A node that finds nobody listening pauses for three seconds."""
        until = time.monotonic() + READY_S
        while self._app is not None:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._ports["app"][one]), timeout=2),
            ):
                return
            if time.monotonic() > until or self._pid("app", one) is None:
                raise Stop(
                    f"节点 {one} 的应用没有启动成功，详见 {self.home}/app{one}.log。",
                    f"The application of node {one} did not start; see {self.home}/app{one}.log.",
                )
            time.sleep(0.05)

    def stop(self, one: int, *, kill: bool = False) -> None:
        """This will end a node and its application; `kill`: without a word, as a power cut would."""
        self._end("node", one, kill=kill)
        self._end("app", one, kill=kill)

    def kill_app(self, one: int) -> None:
        """This will end the application alone, without a word: its node ends by itself then."""
        self._end("app", one, kill=True)

    def stop_all(self) -> None:
        for one in self.all:
            for kind in ("node", "app"):
                self._signal(kind, one, signal.SIGTERM)
        for one in self.all:
            self.stop(one)

    def ready(self, one: int) -> None:
        """This will wait until the node answers. Raises Stop."""
        until = time.monotonic() + READY_S
        while not self.answers(one):
            if time.monotonic() > until or not self.lives(one):
                raise Stop(
                    f"CometBFT 节点 {one} 没有启动成功，详见 {self.home}/node{one}.log。",
                    f"The CometBFT node {one} did not start; see {self.home}/node{one}.log.",
                )
            time.sleep(0.1)

    def answers(self, one: int) -> bool:
        return _asked(self.url(one)) is not None

    def lives(self, one: int) -> bool:
        return self._pid("node", one) is not None

    def memory_mb(self) -> float:
        """What the nodes and their applications hold in memory together."""
        pids = [self._pid(kind, one) for one in self.all for kind in ("node", "app")]
        lines = [Path(f"/proc/{pid}/statm").read_text("ascii").split() for pid in pids if pid]
        return sum(int(line[1]) for line in lines) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _prepare(self, joining: int) -> None:
        """Keys, genesis and ports, once."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True, mode=0o700)
        counts = ["--v", str(self.validators), "--n", str(joining)]
        command = [str(self._program), "testnet", *counts, "--o", str(self.home), "--populate-persistent-peers=false"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise Stop(f"cometbft testnet 失败：{done.stderr[-300:]}", f"cometbft testnet failed: {done.stderr[-300:]}")
        ids = []
        for one in self.all:
            asked = [str(self._program), "show-node-id", "--home", str(self.node_home(one))]
            told = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
            ids.append(told.stdout.strip())
        free = iter(ports.free(len(KINDS) * len(self.all)))
        given = {kind: [next(free) for _ in self.all] for kind in KINDS}
        (self.home / "ids.json").write_text(json.dumps(ids), "utf-8")
        (self.home / "ports.json").write_text(json.dumps(given), "utf-8")

    def _run(self, kind: str, one: int, command: Sequence[str], settings: Mapping[str, str]) -> None:
        if self._pid(kind, one) is not None:
            return
        with (self.home / f"{kind}{one}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                env={**os.environ, **QUIET, **settings}, cwd=ROOT,
            )  # fmt: skip
        while child.poll() is None and not Path(f"/proc/{child.pid}/cmdline").read_bytes():
            time.sleep(0.01)  # it has begun, and its command line is not there yet
        (self.home / f"{kind}{one}.pid").write_text(str(child.pid), "ascii")

    def _end(self, kind: str, one: int, *, kill: bool) -> None:
        self._signal(kind, one, signal.SIGKILL if kill else signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while self._pid(kind, one) is not None:
            if time.monotonic() > until:
                self._signal(kind, one, signal.SIGKILL)
            time.sleep(0.05)

    def _signal(self, kind: str, one: int, number: signal.Signals) -> None:
        pid = self._pid(kind, one)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _pid(self, kind: str, one: int) -> int | None:
        """The process of this folder's node or application, if it lives: never another that has its number now."""
        try:
            pid = int((self.home / f"{kind}{one}.pid").read_text("ascii"))
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.home / f"{kind}{one}").encode() in line else None


def _asked(url: str) -> Any:
    """What the node says of itself; None when it does not answer."""
    try:
        with urllib.request.urlopen(f"{url}/status", timeout=2) as answer:  # noqa: S310 - loopback, our own address
            return json.load(answer)["result"]
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return None


if __name__ == "__main__":
    print(build(), file=sys.stdout)
