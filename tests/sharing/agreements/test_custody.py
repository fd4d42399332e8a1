"""A department that keeps its own key: from the proposal to an agreement in force, its seal made by `zhengtong signer` on its own machine."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn

from tests.engines.chain.conftest import COMETBFT, FAST
from tests.sharing.agreements.place import Place, plant
from tools import cometbft
from zhengtong import app
from zhengtong.cli import signer
from zhengtong.cli.errors import CityAway
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.actions import keys
from zhengtong.sharing.ledger.jobs import following

WITHIN_S = 120
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(params=["local_log", pytest.param("cometbft", marks=pytest.mark.soak)])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of each chain; four validators of this test's own, with the ledger's rules."""
    if request.param == "local_log":
        yield {"engine": "local_log"}
        return
    if not COMETBFT:
        pytest.skip("no CometBFT here: run `make engines`")
    network = cometbft.Network(tmp_path / "chain", Path(COMETBFT), cometbft.OURS, more=FAST)
    network.start_all()
    yield {"engine": "cometbft", "nodes": network.url(0), "wait_s": "2"}
    network.stop_all()


@pytest.fixture
def place(database_url: str, chain: dict[str, str], tmp_path: Path, clock_at_now: datetime) -> Iterator[Place]:
    given = {
        "kernel": {"database": database_url, "data": tmp_path / "data"},
        "crypto": {"root_key": tmp_path / "keys" / "root.key"},
        "chain": chain,
    }
    city = app.open_city(app.load_settings(file=tmp_path / "none.toml", given=given))
    city.follow()
    yield plant(city)
    city.close()


@pytest.fixture
def url(place: Place) -> Iterator[str]:
    """The city served on a real socket, for the signer."""
    server = uvicorn.Server(uvicorn.Config(place.client.app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def settled(place: Place, true: Callable[[], object]) -> None:
    """The city's jobs done until it is so."""

    def now_so() -> object:
        with place.city.database.write() as session:  # the city's timer would
            jobs.enqueue(session, following.FOLLOW, key=following.FOLLOW.name)
        place.drain()
        return true()

    until(now_so)


def test_the_departments_own_signer_brings_the_agreement_into_force(place: Place, url: str, tmp_path: Path) -> None:
    tax, folder = place.ids["tax"], tmp_path / "signer"
    crypto, ring = place.city.engines.crypto, place.city.engines.keyring
    own = signer._key(folder, crypto)
    with place.city.database.write() as session:
        keys.rotate_key(session, SYSTEM, tax, public=own.public.point, keyring=ring, crypto=crypto, now=place.at)
    agreement = f"/agreements/{place.agreed()['agreement_id']}"
    one = place.get("tax_cdo", agreement)
    waiting = place.do("tax_cdo", f"{agreement}/sign", {"checklist": one["to_confirm"]})
    assert waiting["status"] == "proposed"
    with pytest.raises(CityAway):  # another machine, another key
        signer.run(url, tax, tmp_path / "stranger", once=True, yes=True)

    signer.run(url, tax, folder, once=True, yes=True)
    settled(place, lambda: len([s for s in place.get("cdo", agreement)["seals"] if s["index"] is not None]) == 1)
    assert place.get("cdo", agreement)["status"] == "proposed"
    place.do("cdo", f"{agreement}/sign", {"checklist": place.get("cdo", agreement)["to_confirm"]})
    settled(place, lambda: place.get("cdo", agreement)["status"] == "in_force")

    with place.city.database.read() as session:
        contract = ledger.contract(session, agreement.rpartition("/")[2])
        assert contract
        assert contract.status == ledger.IN_FORCE
        custody = {member: seal["custody"] for member, seal in contract.seals.items()}
        kept = keys.present_key(session, ledger.member_of(tax))
        assert kept
        assert kept.sealed is None
    assert custody == {ledger.member_of(tax): "department", ledger.member_of(place.ids["labour"]): "platform"}


@pytest.mark.parametrize("chain", ["local_log"], indirect=True)
def test_what_the_officer_does_not_sign_stays_a_proposal(
    place: Place, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tax, folder = place.ids["tax"], tmp_path / "signer"
    crypto, ring = place.city.engines.crypto, place.city.engines.keyring
    own = signer._key(folder, crypto)
    with place.city.database.write() as session:
        keys.rotate_key(session, SYSTEM, tax, public=own.public.point, keyring=ring, crypto=crypto, now=place.at)
    agreement = f"/agreements/{place.agreed()['agreement_id']}"
    place.do("tax_cdo", f"{agreement}/sign", {"checklist": place.get("tax_cdo", agreement)["to_confirm"]})
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    signer.run(url, tax, folder, once=True, yes=False)
    place.drain()
    with place.city.database.read() as session:
        contract = ledger.contract(session, agreement.rpartition("/")[2])
        assert contract
        assert not contract.seals
    assert place.get("tax_cdo", agreement)["status"] == "proposed"
