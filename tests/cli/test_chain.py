"""`zhengtong chain`: the genesis, the application behind a node, how the chain stands, the nodes compared."""

import base64
import json
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools import cometbft
from zhengtong.cli import ordering
from zhengtong.cli.errors import AddressWrong, FileThere
from zhengtong.engines.chain.cometbft.rpc import Node
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Invalid
from zhengtong.sharing import ledger

from .conftest import Command

COMETBFT = os.environ.get(cometbft.COMETBFT, "")
KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(4)]
VOTERS = [f"{name}={key}" for name, key in zip(("税务局", "公安局", "民政局", "数据局"), KEYS, strict=True)]


def test_a_genesis_names_every_voter_and_is_not_written_over(command: Command, tmp_path: Path) -> None:
    done = command("chain", "genesis", *VOTERS, "--chain-id", "yunxi-1", "--lang", "en")
    assert done.code == 0, done.err
    assert "4 validators, 1 may be away" in done.out
    told = json.loads((tmp_path / "genesis.json").read_text("utf-8"))
    assert [one["name"] for one in told["validators"]] == ["税务局", "公安局", "民政局", "数据局"]
    assert [one["pub_key"]["value"] for one in told["validators"]] == KEYS
    with pytest.raises(FileThere):
        ordering.genesis(VOTERS, chain_id="other", out=tmp_path / "genesis.json")
    assert json.loads((tmp_path / "genesis.json").read_text("utf-8")) == told


@pytest.mark.parametrize(
    ("voters", "says"),
    [
        (["tax"], "write name=key"),
        (["tax=", "police=x"], "write name=key"),
        ([VOTERS[0], VOTERS[0]], "once for each department"),
        ([f"tax={KEYS[0]}", f"police={KEYS[0]}"], "given twice"),
        (["tax=AAAA"], "44 characters"),
        (["tax=not a key"], "44 characters"),
    ],
)
def test_voters_that_cannot_be_are_told(tmp_path: Path, voters: list[str], says: str) -> None:
    with pytest.raises(Invalid) as told:
        ordering.genesis(voters, chain_id="x", out=tmp_path / "genesis.json")
    assert says in told.value.say("en")
    assert not (tmp_path / "genesis.json").exists()


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(AddressWrong, match="127.0.0.1:26658"):
        ordering.serve(tmp_path, "somewhere", snapshot_every=0)


def test_looking_at_a_city_that_does_not_stand_makes_nothing(command: Command, tmp_path: Path) -> None:
    done = command("chain", "status", "--lang", "en")
    assert (done.code, "zhengtong migrate" in done.err) == (1, True), done.err
    assert not (tmp_path / "data").exists()


def test_the_local_log_has_nothing_to_complain_of(command: Command) -> None:
    assert command("migrate").code == 0
    told = json.loads(command("chain", "status", "--json").out)
    assert (told["engine"], told["count"], told["halted"]) == ("local_log", 0, False)
    done = command("chain", "check", "--lang", "en")
    assert (done.code, "agree" in done.out) == (0, True), done.err


def forge_first(path: Path) -> None:
    """This will alter the node's first entry, once that stands in a block."""
    altered, end = 0, time.monotonic() + 60
    store = sqlite3.connect(path, timeout=30)
    while not altered and time.monotonic() < end:
        with store:
            altered = store.execute("update entry set entry = ? where position = 1", (b"forged",)).rowcount
        time.sleep(0 if altered else 0.1)
    store.close()
    assert altered, "the entry never stood in a block"


@pytest.mark.slow
@pytest.mark.skipif(not COMETBFT, reason="no CometBFT here: run `make engines`")
def test_the_program_stands_behind_a_node_with_the_ledgers_own_rules(command: Command, tmp_path: Path) -> None:
    app = (sys.executable, "-m", "zhengtong", "chain", "app")
    network = cometbft.Network(tmp_path / "net", Path(COMETBFT), app, validators=1)
    network.start_all()
    try:
        node, now = Node(network.url(0), timeout_s=10), datetime(2026, 3, 5, 1, tzinfo=UTC)
        anchor = ledger.Entry("anchor@1", new_id(), now, ledger.CITY, {"digest": "ab" * 32, "size": 1}).to_bytes()
        sent = list(node.send([anchor, b"no entry"]))
        assert sent[0].kept
        assert "not an entry" in sent[1].refused
        settings = {"ZT_CHAIN__ENGINE": "cometbft", "ZT_CHAIN__NODES": network.url(0)}
        assert command("migrate").code == 0
        told = json.loads(command("chain", "status", "--json", **settings).out)
        assert [(one["name"], one["alive"]) for one in told["validators"]] == [("node0", True)]
        assert command("chain", "check", **settings).code == 0
        forge_first(network.app_home(0) / "app.sqlite")
        done = command("chain", "check", "--lang", "en", **settings)
        assert (done.code, "Entry 1 of the node node0 was altered" in done.err) == (1, True), done.err
        node.close()
    finally:
        network.stop_all()
