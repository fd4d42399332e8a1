"""The chain from the command line: serve what stands behind a node, tell how the chain stands, compare its nodes."""

import json
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from zhengtong import engines
from zhengtong.cli import holding, opening, schema, words
from zhengtong.cli.errors import AddressWrong, FileThere, TablesOlder, VoterUnreadable
from zhengtong.engines.chain import Chain, ChainSettings, Status, Validator
from zhengtong.kernel import clock, logs
from zhengtong.kernel.db import Database

Given = Mapping[str, Any]


def serve(home: Path, listen: str, *, snapshot_every: int) -> int:
    """This will serve one node until it is told to end. Raises AddressWrong, AddressTaken."""
    from zhengtong.sharing import ledger

    logs.set_up("json", "INFO")
    host, _, port = listen.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdigit():
        raise AddressWrong(address=listen)
    server = engines.open_chain_application(
        ledger.apply_bytes, home, host=host, port=int(port), snapshot_every=snapshot_every
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    words.tell(
        f"节点应用在 {host}:{port} 等候 CometBFT，数据在 {home}。",
        f"The application waits for CometBFT at {host}:{port}, its data are in {home}.",
    )
    try:
        server.serve_forever()
    finally:
        server.server_close()
    if server.failed is None:
        return 0
    words.complain(
        words.say(
            f"节点应用停止，以免与他人不一致：{server.failed}",
            f"Stopped rather than to differ from the others: {server.failed}",
        )
    )
    return 1


def genesis(voters: Sequence[str], *, chain_id: str, out: Path) -> None:
    """This will write the document and say what comes next. Raises VoterUnreadable, VoterKeyWrong, FileThere."""
    keys = {}
    for voter in voters:
        name, _, key = voter.partition("=")
        if not name or not key or name in keys:
            raise VoterUnreadable(voter=voter)
        keys[name] = key
    told = json.dumps(engines.chain_genesis(chain_id, keys, at=clock.now()), ensure_ascii=False, indent=2)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(told + "\n")
    except FileExistsError:
        raise FileThere(file=out) from None
    words.tell(
        f"已写好 {out}：{len(keys)} 个验证者，可以少 {(len(keys) - 1) // 3} 个。请把它放到每个节点的 config/genesis.json。",
        f"Wrote {out}: {len(keys)} validators, {(len(keys) - 1) // 3} may be away. Put it into each node's config/genesis.json.",
    )


def status(config: Path | None, given: Given, *, as_json: bool) -> int:
    """This will tell how the chain stands; 1 when it is halted."""
    with _opened(config, given) as chain:
        found = chain.status()
    if as_json:
        print(json.dumps(asdict(found), default=str, ensure_ascii=False, indent=2))
    else:
        _tell(found)
    return 1 if found.halted else 0


def check(config: Path | None, given: Given, *, since: int, as_json: bool) -> int:
    """This will compare the nodes; 1 when something is wrong."""
    with _opened(config, given) as chain:
        found = chain.inspect(since=since)
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return 1 if found else 0
    for one in found:
        words.complain(words.say(one.zh, one.en))
    if not found:
        words.tell("各节点的区块、记录与状态一致。", "The nodes agree on blocks, entries and state.")
    return 1 if found else 0


def _tell(found: Status) -> None:
    words.tell(
        f"{found.engine}：已取 {found.count} 条，落后 {found.behind} 条，待定序 {found.waiting} 条。",
        f"{found.engine}: {found.count} entries taken in, {found.behind} behind, {found.waiting} wait.",
    )
    if found.height is not None:
        words.tell(f"第 {found.height} 块，{found.at or '—'}。", f"Block {found.height}, {found.at or '-'}.")
    for one in found.validators:
        words.tell(f"  {one.name}  权重 {one.power}  {_alive(one)}", f"  {one.name}  power {one.power}  {_alive(one)}")
    if found.halted:
        words.complain(
            words.say(
                "链已停摆：应答的验证者不足三分之二。记录都在，恢复节点后自动继续。",
                "The chain is halted: not more than two thirds of the validators answer. Nothing is lost; it goes on when they are back.",
            )
        )


def _alive(one: Validator) -> str:
    return words.say("在线", "alive") if one.alive else words.say("离线", "away")


@contextmanager
def _opened(config: Path | None, given: Given) -> Iterator[Chain]:
    """The chain as this city's database knows it. Raises TablesOlder; looking at one that does not stand makes nothing."""
    settings = opening.chosen(config, given)
    file = make_url(settings.kernel.database_url).database
    if holding.is_sqlite(settings.kernel) and file and not Path(file).exists():
        raise TablesOlder()
    database = Database(settings.kernel.database_url)
    database.check()
    if not schema.shape(database).is_newest:
        raise TablesOlder()
    chain = engines.open_chain(settings.of(ChainSettings), database)
    try:
        yield chain
    finally:
        chain.close()
        database.close()
