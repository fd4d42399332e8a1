"""Rotating the root key: what older keys have sealed moves to the new one, and nothing hangs on a key that goes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings, Keyring
from zhengtong.kernel import jobs, settings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.office import identity, operations
from zhengtong.office.identity.actions import registers
from zhengtong.office.identity.permissions import REGISTER_RESIDENTS
from zhengtong.office.identity.rules import id_check
from zhengtong.office.identity.schemas import NewResident
from zhengtong.office.operations.jobs import SEAL_AGAIN

pytestmark = pytest.mark.both_databases
MANY = 230
Ring = Callable[[], Keyring]


@pytest.fixture
def open_ring(tmp_path: Path) -> Ring:
    """Opens the same root key file, as each process does for itself."""
    chosen = settings.load(
        engines.SECTIONS,
        file=tmp_path / "none.toml",
        environment={},
        given={"kernel": {"data": tmp_path / "data"}, "crypto": {"root_key": tmp_path / "root.key"}},
    )
    return lambda: engines.open_keyring(chosen, engines.open_crypto(chosen.of(CryptoSettings)))


def number_of(n: int) -> str:
    head = f"99010219900101{n:03d}"
    return head + id_check(head)


@pytest.fixture
def residents(database: Database, open_ring: Ring) -> int:
    ring, clerk = open_ring(), actor_with(REGISTER_RESIDENTS)
    with database.write() as session:
        for n in range(MANY):
            new = NewResident(name="何小满", id_number=number_of(n), phone="19900001234")
            registers.register_resident(session, clerk, new, ring, now=NOW)
    return MANY


@pytest.mark.parametrize("index", [False, True])
def test_after_a_rotation_every_value_moves_and_still_opens(
    database: Database, open_ring: Ring, residents: int, index: bool
) -> None:
    ring = open_ring()
    old, new = ring.current, ring.rotate(index=index)
    assert operations.seal_again(database, ring) == residents
    assert operations.seal_again(database, ring) == 0
    with database.read() as session:
        assert operations.sealed_under(session, [old, new]) == {old: 0, new: residents}
        for n in (0, MANY - 1):
            found = identity.resident_by_number(session, number_of(n), ring)
            assert found is not None
            assert identity.id_number_of(found, ring) == number_of(n)
    if index:
        ring.retire(old)
        with database.read() as session:
            assert identity.resident_by_number(session, number_of(7), open_ring()) is not None


def test_a_process_that_was_there_before_follows_a_rotation(open_ring: Ring) -> None:
    serving, other = open_ring(), open_ring()
    new = other.rotate(index=True)
    assert (serving.current, serving.index) == (new, new)
    assert set(serving.known) == set(other.known)


def test_cut_short_it_goes_on_where_it_was(database: Database, open_ring: Ring, residents: int) -> None:
    ring = open_ring()
    ring.rotate()

    def has_moved_some() -> bool:
        with database.read() as session:
            return operations.sealed_under(session, [ring.current])[ring.current] > 0

    first = operations.seal_again(database, ring, stop=has_moved_some)
    assert 0 < first < residents
    assert operations.seal_again(database, ring) == residents - first


def test_the_nightly_job_does_the_same(database: Database, open_ring: Ring, residents: int) -> None:
    ring = open_ring()
    old = ring.current
    ring.rotate()
    with database.write() as session:
        jobs.enqueue(session, SEAL_AGAIN)
    registry = jobs.Registry({SEAL_AGAIN.name: SEAL_AGAIN}, {})
    jobs.Workers(database, registry, Wake(database), givens={Keyring: ring}, threads=0).drain()
    with database.read() as session:
        assert session.scalars(select(jobs.JobRow.state)).all() == [jobs.DONE]
        assert operations.sealed_under(session, [old]) == {old: 0}
