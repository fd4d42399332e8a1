"""The chain under test: a table of our own database, and four real validators of CometBFT where the program is there."""

import os
import sys
import time
from pathlib import Path

import pytest

from tools import cometbft
from zhengtong.engines import open_chain
from zhengtong.engines.chain import ChainSettings

COMETBFT = os.environ.get(cometbft.COMETBFT, "")
APP = (sys.executable, "-m", "tests.engines.chain.app")
FAST = {
    "CMT_CONSENSUS_TIMEOUT_COMMIT": "100ms",
    "CMT_CONSENSUS_TIMEOUT_PROPOSE": "1s",
    "CMT_CONSENSUS_PEER_GOSSIP_SLEEP_DURATION": "20ms",
}


def until(true, seconds=60):
    """Waits until it is so; a machine under load may take long."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


def settled(chain, seconds=90):
    """Carries until nothing waits and nothing is behind; how many were taken in."""
    taken = 0

    def done():
        nonlocal taken
        taken += chain.carry()
        found = chain.status()
        return not found.waiting and not found.behind

    until(done, seconds)
    return taken


def put(chain, database, entries):
    with database.write() as session:
        return chain.submit(session, entries)


def everything(chain, database, after=0):
    with database.read() as session:
        return list(chain.follow(session, after, 100_000))


def made_network(home, **more):
    """Four validators of this test's own, running."""
    if not COMETBFT:
        pytest.skip("no CometBFT here: run `make engines`")
    network = cometbft.Network(home, Path(COMETBFT), APP, more=FAST, **more)
    network.start_all()
    return network


def chain_of(network, database, *nodes, **more):
    urls = ",".join(network.url(one) for one in nodes or range(network.validators))
    return open_chain(ChainSettings(engine="cometbft", nodes=urls, **{"timeout_s": 5, "wait_s": 1, **more}), database)


@pytest.fixture(scope="module")
def shared_network(tmp_path_factory):
    """Four validators for a module's tests that do not hurt them; their order grows from test to test. They are busy even at rest."""
    network = made_network(tmp_path_factory.mktemp("shared") / "chain")
    yield network
    network.stop_all()


@pytest.fixture(params=["local_log", "cometbft"])
def engine(request):
    return request.param


@pytest.fixture
def open_it(engine, database, request):
    """`open_it(another_database)`: the chain as somebody with that database sees it."""
    opened = []

    def make(where=database, **more):
        if engine == "cometbft":
            opened.append(chain_of(request.getfixturevalue("shared_network"), where, **more))
        else:
            opened.append(open_chain(ChainSettings(**more), where))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def chain(open_it):
    """Caught up with whatever was ordered before this test."""
    opened = open_it()
    settled(opened)
    return opened
