"""How many entries a second four validators order, with our application behind them and with CometBFT's own, in the same run.

`python -m benchmarks.chain` (after `make engines`) prints the figures and writes benchmarks/results/chain-<date>.json. Four nodes on this one
machine, each as heavy as it would be alone, and the sender beside them: the figures are for the ratios. `kvstore` is CometBFT's own
example, in memory and inside the node's process; ours is a process of its own behind a socket that keeps every entry on disk before the
block is committed. `ledger` is ours with the ledger's rules, each entry an anchor.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import _machine
from tools import cometbft
from zhengtong.engines import open_chain, open_chain_application
from zhengtong.engines.chain import ChainSettings
from zhengtong.engines.chain.cometbft.rpc import Node
from zhengtong.kernel.db import Base, Database, new_id

COUNT, BYTES, PATIENCE_S = 4_000, 250, 180
SETTINGS = {"CMT_MEMPOOL_SIZE": "50000", "CMT_CONSENSUS_TIMEOUT_COMMIT": "200ms"}
Made = Callable[[int], bytes]


def plain(state: bytes, entry: bytes) -> bytes:
    """Every entry will do and means nothing."""
    return state


def ledger(state: bytes, entry: bytes) -> bytes:
    """The ledger's own rules."""
    from zhengtong.sharing import ledger as room

    return room.apply_bytes(state, entry)


def serve(args: Sequence[str]) -> None:
    """The application in a process of its own: app RULE --home X --listen host:port."""
    asked = argparse.ArgumentParser()
    asked.add_argument("rule")
    asked.add_argument("--home", type=Path)
    asked.add_argument("--listen")
    given = asked.parse_args(args)
    host, _, port = given.listen.partition(":")
    rule = {"plain": plain, "ledger": ledger}[given.rule]
    if rule is ledger:
        from zhengtong.sharing import ledger as room  # noqa: F401 - not while a node waits
    server = open_chain_application(rule, given.home, host=host, port=int(port), snapshot_every=0)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    server.serve_forever()
    server.server_close()


def pair(number: int) -> bytes:
    """An entry that kvstore takes: key=value."""
    return f"{new_id().hex}={number:0{BYTES - 33}d}".encode()


def anchor(number: int) -> bytes:
    """An entry of the ledger, about as long."""
    from zhengtong.sharing import ledger as room

    body = {"digest": f"{number:064x}", "size": number}
    return room.Entry("anchor@1", new_id(), datetime.now(UTC), room.CITY, body).to_bytes()


def counted(node: Node, since: int) -> tuple[int, int]:
    """How many entries stand in the blocks after `since`, and in how many blocks."""
    top, entries, first = int(node.ask("status")["sync_info"]["latest_block_height"]), 0, since + 1
    for low in range(first, top + 1, 20):
        told = node.ask("blockchain", minHeight=low, maxHeight=min(low + 19, top))
        entries += sum(int(one["num_txs"]) for one in told["block_metas"])
    return entries, top - since


def measured(network: cometbft.Network, make: Made) -> dict[str, Any]:
    """Entries a second from the first that is sent until the last stands in a block, and how long one alone takes."""
    nodes = [Node(network.url(one), timeout_s=60) for one in range(4)]
    alone = sorted(_one(nodes[0], make) for _ in range(8))
    since = int(nodes[0].ask("status")["sync_info"]["latest_block_height"])
    entries = [make(number) for number in range(COUNT)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(4) as many:
        sent = many.map(lambda one: list(nodes[one].send(entries[one::4])), range(4))
        kept = sum(one.kept for part in sent for one in part)
    handed_over = time.perf_counter() - begun
    until = time.monotonic() + PATIENCE_S
    while (found := counted(nodes[0], since))[0] < kept:
        if time.monotonic() > until:
            raise SystemExit(f"only {found[0]} of {kept} were ordered")
        time.sleep(0.05)
    took = time.perf_counter() - begun
    return {
        "entries": kept,
        "blocks": found[1],
        "handed over/s": round(kept / handed_over),
        "ordered/s": round(kept / took),
        "one alone, median (ms)": round(alone[4] * 1000),
        "memory of nodes and applications (MB)": round(network.memory_mb()),
    }


def _one(node: Node, make: Made) -> float:
    begun = time.perf_counter()
    before = int(node.ask("status")["sync_info"]["latest_block_height"])
    list(node.send([make(int(begun * 1000))]))
    while not counted(node, before)[0]:
        time.sleep(0.01)
    return time.perf_counter() - begun


def followed(network: cometbft.Network, folder: Path) -> int:
    """Entries a second that the city takes in from the nodes, proved and kept in its own table."""
    database = Database(f"sqlite:///{folder / 'city.sqlite'}")
    Base.metadata.create_all(database.engine)
    chain = open_chain(ChainSettings(engine="cometbft", nodes=network.url(0)), database)
    begun = time.perf_counter()
    taken = chain.carry()
    took = time.perf_counter() - begun
    chain.close()
    database.close()
    return round(taken / took)


def main() -> None:
    """Measure, print and keep."""
    program = Path(os.environ.get(cometbft.COMETBFT, "") or cometbft.PROGRAM)
    if not program.exists():
        raise SystemExit("CometBFT is not here: run make engines")
    figures: dict[str, Any] = {}
    ours = [sys.executable, "-m", "benchmarks.chain", "app"]
    kinds: list[tuple[str, list[str] | None, Made]] = [
        ("kvstore", None, pair),
        ("plain", [*ours, "plain"], pair),
        ("ledger", [*ours, "ledger"], anchor),
    ]
    for name, app, make in kinds:
        with tempfile.TemporaryDirectory() as folder:
            network = cometbft.Network(Path(folder) / "chain", program, app, more=SETTINGS)
            try:
                network.start_all()
                print(f"{name} …", flush=True)
                figures[name] = measured(network, make)
                if app:
                    figures[name]["taken in by a follower/s"] = followed(network, Path(folder))
            finally:
                network.stop_all()
    for name in ("plain", "ledger"):
        figures[name]["of kvstore (ratio)"] = round(figures[name]["ordered/s"] / figures["kvstore"]["ordered/s"], 2)
    _machine.keep("chain", figures)


if __name__ == "__main__":
    serve(sys.argv[2:]) if sys.argv[1:2] == ["app"] else main()
