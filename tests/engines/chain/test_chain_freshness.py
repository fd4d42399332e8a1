"""A gateway that follows four validators: what they decide is in force here at once; without a fresh head nothing is served."""

import shutil
import time

import pytest

from tests.sharing.ledger import ground
from tools import cometbft
from zhengtong.kernel.db import Database
from zhengtong.sharing import gateway, ledger
from zhengtong.sharing.gateway.errors import HeadStale

from .conftest import COMETBFT, FAST, chain_of, put, settled, until

WITHIN_S = 4
BEATING = {**FAST, "CMT_CONSENSUS_CREATE_EMPTY_BLOCKS_INTERVAL": "400ms"}
OURS, THEIRS = 0, 1

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def beating(tmp_path_factory):
    """Four validators with the ledger's own rules, which make blocks also when nothing happens."""
    if not COMETBFT:
        pytest.skip("no CometBFT here: run `make engines`")
    home = tmp_path_factory.mktemp("beating") / "chain"
    network = cometbft.Network(home, cometbft.Path(COMETBFT), cometbft.OURS, more=BEATING)
    network.start_all()
    yield network
    network.stop_all()


@pytest.fixture
def sides(beating, sqlite_template, tmp_path):
    """Our database and the other side's, each with its own node."""
    opened = []
    for name, node in (("ours", OURS), ("theirs", THEIRS)):
        shutil.copy(sqlite_template, tmp_path / f"{name}.sqlite")
        database = Database(f"sqlite:///{tmp_path / f'{name}.sqlite'}")
        opened.append((database, chain_of(beating, database, node, timeout_s=2)))
    yield opened
    for database, chain in opened:
        chain.close()
        database.close()


@pytest.fixture
def watch(sides):
    """Our gateway's watch, at work."""
    database, chain = sides[0]
    made = gateway.HeadWatch(database, chain, within_s=WITHIN_S)
    made.start()
    yield made
    made.stop()


def status(database, agreement):
    with database.read() as session:
        found = ledger.contract(session, agreement)
    return found.status if found else ""


def test_what_is_suspended_elsewhere_is_suspended_here_and_no_job_is_needed_for_it(sides, watch, capsys):
    (ours, _), (theirs, chain) = sides
    agreed = [ground.proposed("s1"), ground.countersigned("police", "s1"), ground.countersigned("tax", "s1")]
    for entry in agreed:
        put(chain, theirs, [entry.to_bytes()])
        settled(chain)
    until(lambda: status(ours, "s1") == ledger.IN_FORCE)
    put(chain, theirs, [ground.moved("suspended", "s1").to_bytes()])
    began = time.monotonic()
    settled(chain)
    until(lambda: status(ours, "s1") == ledger.SUSPENDED)
    with capsys.disabled():
        print(f"\nsuspended at the other gateway {time.monotonic() - began:.2f} s after it was handed to the chain")
    until(lambda: watch() is None)


def test_a_gateway_whose_node_is_cut_off_refuses_until_it_is_back(beating, watch):
    until(lambda: watch() is None)
    beating.stop(OURS, kill=True)
    until(lambda: isinstance(watch(), HeadStale))
    beating.start(OURS)
    beating.ready(OURS)
    until(lambda: watch() is None, seconds=120)


def test_when_the_chain_has_halted_a_node_that_answers_is_not_enough(beating, watch):
    until(lambda: watch() is None)
    for one in (2, 3):
        beating.stop(one, kill=True)
    until(lambda: isinstance(watch(), HeadStale))
    assert beating.answers(OURS)
    for one in (2, 3):
        beating.start(one)
    until(lambda: watch() is None, seconds=180)


def test_before_the_first_look_nothing_is_served(sides):
    database, chain = sides[0]
    made = gateway.HeadWatch(database, chain, within_s=WITHIN_S)
    assert isinstance(made(), HeadStale)
