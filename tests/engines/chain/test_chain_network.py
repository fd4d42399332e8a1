"""Four real validators: killed, altered, caught up, joined."""

import random
import shutil
import sqlite3
import time
import urllib.request
from hashlib import sha256
from json import load

import pytest

from tests.engines.chain import leveldb
from tests.engines.chain.conftest import chain_of, everything, made_network, put, settled, until
from zhengtong.engines.chain import ChainAway, NodeAltered
from zhengtong.kernel.db import Database, new_id

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]


def fresh(count, word="entry"):
    return [f"{word} {new_id()}".encode() for _ in range(count)]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Whoever hurts it mends it; node 4 is no validator and does not run yet."""
    made = made_network(tmp_path_factory.mktemp("hurt") / "chain", joining=1)
    yield made
    made.stop_all()


def sqlite_here(template, path):
    shutil.copy(template, path)
    return Database(f"sqlite:///{path}")


@pytest.fixture
def here(sqlite_template, tmp_path):
    database = sqlite_here(sqlite_template, tmp_path / "here.sqlite")
    yield database
    database.close()


@pytest.fixture
def elsewhere(sqlite_template, tmp_path):
    database = sqlite_here(sqlite_template, tmp_path / "elsewhere.sqlite")
    yield database
    database.close()


@pytest.fixture
def chain(network, here):
    opened = chain_of(network, here, resend_s=2, wait_s=0.5)
    settled(opened)
    yield opened
    opened.close()


@pytest.fixture
def mended(network):
    """Afterwards all four validators run again and are at one height."""
    yield
    for one in range(4):
        network.start(one)
    for one in range(4):
        network.ready(one)
    until(lambda: len({asked(network, one)["latest_app_hash"] for one in range(4)}) == 1)


def asked(network, one):
    with urllib.request.urlopen(f"{network.url(one)}/status", timeout=60) as answer:
        return load(answer)["result"]["sync_info"]


def rebuild(network, one):
    """What the how-to says: forget the node's data and its application's, keep its keys and what it signed last, start again."""
    network.stop(one)
    for path in (network.node_home(one) / "data").iterdir():
        if path.name != "priv_validator_state.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(network.app_home(one))
    network.start(one)
    network.ready(one)


def test_one_of_four_killed_and_the_work_goes_on_and_it_catches_up(network, chain, here, mended):
    before = len(everything(chain, here))
    network.stop(0, kill=True)
    entries = fresh(5)
    put(chain, here, entries)
    settled(chain)
    assert [one.entry for one in everything(chain, here, before)] == entries
    told = chain.status()
    assert not told.halted
    assert [one.alive for one in told.validators].count(False) == 1
    assert "silent" in {one.kind for one in chain.inspect(since=max(1, told.height - 3))}
    network.start(0)
    network.ready(0)
    own = chain_of(network, here, 0)
    until(lambda: own.status().app_hash == chain.status().app_hash)
    assert list(chain.inspect(since=told.height)) == []
    own.close()


def test_two_of_four_killed_and_it_halts_loses_nothing_and_goes_on(network, chain, here, mended):
    before = len(everything(chain, here))
    put(chain, here, settled_entries := fresh(3))
    settled(chain)
    for one in (0, 1):
        network.stop(one, kill=True)
    put(chain, here, waiting := fresh(4))
    end = time.monotonic() + 4
    while time.monotonic() < end:
        chain.carry()
        time.sleep(0.2)
    told = chain.status()
    assert (told.halted, told.waiting) == (True, 4)
    assert [one.entry for one in everything(chain, here, before)] == settled_entries
    for one in (0, 1):
        network.start(one)
    settled(chain)
    assert [one.entry for one in everything(chain, here, before)] == settled_entries + waiting
    assert not chain.status().halted


def test_none_that_answers_is_told_and_what_waits_is_kept(network, here):
    nowhere = chain_of(network, here, 4)
    put(nowhere, here, fresh(2))
    with pytest.raises(ChainAway, match="127.0.0.1"):
        nowhere.carry()
    assert nowhere.status().waiting == 2
    nowhere.close()


def test_an_application_killed_alone_is_played_again_from_its_node(network, chain, here, mended):
    put(chain, here, fresh(3))
    settled(chain)
    network.kill_app(2)
    until(lambda: not network.lives(2))
    put(chain, here, fresh(3))
    settled(chain)
    network.start(2)
    network.ready(2)
    own = chain_of(network, here, 2)
    until(lambda: own.status().app_hash == chain.status().app_hash)
    assert list(own.inspect()) == []
    own.close()


def test_a_node_whose_entries_were_altered_is_named_not_believed_and_rebuilt(network, chain, here, elsewhere, mended):
    put(chain, here, fresh(4))
    settled(chain)
    with sqlite3.connect(network.app_home(3) / "app.sqlite") as store:
        store.execute(
            "update entry set entry = ?, digest = ? where position = 2", (b"forged", sha256(b"forged").digest())
        )
    store.close()
    found = list(chain.inspect(since=chain.status().height))
    assert [(one.node, one.kind) for one in found] == [(network.url(3), "state")]
    assert "node3" in found[0].en
    gullible = chain_of(network, elsewhere, 3)
    with pytest.raises(NodeAltered, match=network.url(3)):
        gullible.carry()
    assert everything(gullible, elsewhere) == []
    gullible.close()
    rebuild(network, 3)
    until(lambda: list(chain.inspect(since=chain.status().height)) == [])


def test_a_node_whose_stored_block_was_altered_is_named_with_the_height(network, chain, here, mended):
    put(chain, here, [mark := f"altered-{new_id()}".encode()])
    settled(chain)
    height = everything(chain, here)[-1].height
    put(chain, here, fresh(1))
    settled(chain)
    network.stop(1)
    assert leveldb.alter(network.node_home(1) / "data" / "blockstore.db", mark, b"forgery" + mark[7:]) == 1
    network.start(1)
    network.ready(1)
    found = [one for one in chain.inspect(since=height) if one.kind == "block"]
    assert [(one.node, one.place) for one in found] == [(network.url(1), height)]
    rebuild(network, 1)
    until(lambda: list(chain.inspect(since=height)) == [])


def test_a_fresh_node_joins_by_a_snapshot_and_has_everything(network, chain, here):
    for _ in range(8):
        put(chain, here, fresh(2))
        settled(chain)
    with urllib.request.urlopen(f"{network.url(0)}/commit?height=2", timeout=60) as answer:
        trusted = load(answer)["result"]["signed_header"]["commit"]["block_id"]["hash"]
    servers = ",".join(network.url(one) for one in (0, 1))
    network.start(
        4,
        CMT_STATESYNC_ENABLE="true",
        CMT_STATESYNC_RPC_SERVERS=servers,
        CMT_STATESYNC_TRUST_HEIGHT="2",
        CMT_STATESYNC_TRUST_HASH=trusted,
        CMT_STATESYNC_TRUST_PERIOD="168h0m0s",
        CMT_STATESYNC_DISCOVERY_TIME="5s",
    )
    network.ready(4)
    until(lambda: not asked(network, 4)["catching_up"], seconds=90)
    joined = chain_of(network, here, 4)
    until(lambda: joined.status().app_hash == chain.status().app_hash)
    assert int(asked(network, 4)["earliest_block_height"]) > 2, "it did not join by a snapshot"
    everyone = chain_of(network, here, 0, 1, 2, 3, 4)
    assert list(everyone.inspect()) == []
    put(joined, here, entries := fresh(2))
    settled(joined)
    assert [one.entry for one in everything(chain, here)][-2:] == entries
    joined.close()
    everyone.close()
    network.stop(4)


def ended(network, one):
    """A node ends by itself when its application is gone; one that hangs meanwhile is ended, as who supervises it would."""
    try:
        until(lambda: not network.lives(one), seconds=20)
    except AssertionError:
        network.stop(one, kill=True)


def check_killed(network, chain, here, kills):
    """Somebody dies again and again while entries are submitted; in the end all are there, once, in one order, on every node."""
    dice, before, submitted = random.Random(kills), len(everything(chain, here)), []
    for _ in range(kills):
        put(chain, here, more := fresh(3))
        submitted += more
        chain.carry()
        one = dice.randrange(4)
        network.kill_app(one) if dice.random() < 0.4 else network.stop(one, kill=True)
        chain.carry()
        ended(network, one)
        network.start(one)
        network.ready(one)
    settled(chain, 180)
    found = [one.entry for one in everything(chain, here, before)]
    assert found == submitted or sorted(found) == sorted(submitted)
    assert [one.position for one in everything(chain, here)] == list(range(1, before + len(submitted) + 1))
    until(lambda: list(chain.inspect()) == [])


@pytest.mark.timeout(2400)
def test_nodes_killed_forty_times_lose_nothing_and_repeat_nothing(network, chain, here, mended):
    check_killed(network, chain, here, 40)
