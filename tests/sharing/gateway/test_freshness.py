"""Where validators decide on the contracts, the gateway serves on a fresh head only; and its copies are made again after a restoration."""

from sqlalchemy import func, select

from tests.sharing.gateway.place import Place
from tests.sharing.gateway.test_exactness import wanted
from zhengtong import app
from zhengtong.kernel.jobs.queue import JobRow
from zhengtong.sharing import gateway, ledger
from zhengtong.sharing.gateway.actions import copying
from zhengtong.sharing.gateway.errors import HeadStale


def test_without_a_fresh_head_nothing_is_served_and_nothing_is_receipted(place: Place) -> None:
    city = place.city
    watch = gateway.HeadWatch(city.database, city.engines.chain, within_s=30)
    city.gateway.watch = watch
    (outcome,) = city.gateway.settle([wanted(place)])
    assert isinstance(outcome.problem, HeadStale)
    with city.database.read() as session:
        before = ledger.head(session).size
    watch.look()
    (outcome,) = city.gateway.settle([wanted(place)])
    assert outcome.problem is None
    with city.database.read() as session:
        assert ledger.head(session).size > before


def test_a_city_on_a_chain_of_validators_does_not_serve_before_it_has_seen_them(place: Place) -> None:
    known = place.city.settings
    given = {
        "kernel": {"data": known.kernel.data, "database": known.kernel.database},
        "crypto": {"root_key": place.city.settings.kernel.data.parent / "keys" / "root.key"},
        "chain": {"engine": "cometbft", "nodes": "http://127.0.0.1:1"},
    }
    other = app.open_city(app.load_settings(file=known.kernel.data / "none.toml", given=given))
    try:
        (outcome,) = other.gateway.settle([wanted(place)])
        assert isinstance(outcome.problem, HeadStale)
    finally:
        other.close()
    assert place.city.watch is None


def test_after_a_restoration_every_copy_is_made_again(place: Place) -> None:
    with place.city.database.write() as session:
        assert gateway.copy_all_anew(session) == 1
    with place.city.database.read() as session:
        assert session.scalar(select(gateway.ServingCopy.lake_version)) == -1
        asked = select(func.count()).select_from(JobRow).where(JobRow.name == "gateway.make_copy")
        assert session.scalar(asked) == 1


def test_a_copy_is_asked_for_again_after_one_was_made_and_once_while_one_waits(place: Place) -> None:
    """The second batch of an item is served as the first one was."""
    city, asked = place.city, []
    for _ in range(2):
        for _ in range(2):
            with city.database.write() as session:
                copying.ask_copy(session, place.item)
        with city.database.read() as session:
            copies = select(JobRow.state).where(JobRow.name == copying.MAKE_COPY.name)
            asked.append(list(session.scalars(copies).all()).count("waiting"))
        city.workers.drain()
    assert asked == [1, 1]
