"""The order in our own tables: what an administrator of the database changes is found."""

import pytest
from sqlalchemy import delete, update

from tests.engines.chain.conftest import put
from zhengtong.engines import open_chain
from zhengtong.engines.chain import ChainSettings, EntryRow, NodesUnset

pytestmark = pytest.mark.both_databases
ENTRIES = [f"entry {number}".encode() for number in range(6)]


@pytest.fixture
def chain(database):
    opened = open_chain(ChainSettings(), database)
    put(opened, database, ENTRIES)
    return opened


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (update(EntryRow).where(EntryRow.position == 3).values(entry=b"altered"), None),
        (delete(EntryRow).where(EntryRow.position == 3), 3),
        (delete(EntryRow).where(EntryRow.position == 6), None),
        (update(EntryRow).where(EntryRow.position == 6).values(position=7), 6),
    ],
)
def test_an_entry_that_was_altered_or_deleted_is_found(chain, database, change, place):
    assert chain.inspect() == []
    with database.write() as session:
        session.execute(change)
    [found] = chain.inspect()
    assert (found.kind, found.place) == ("entries", place)
    assert found.zh
    assert found.en


def test_it_is_never_halted_and_carries_nothing(chain):
    assert chain.carry() == 0
    assert not chain.status().halted
    assert chain.status().validators == ()


def test_a_chain_of_nodes_without_a_node_says_what_to_set(database):
    with pytest.raises(NodesUnset, match="26657"):
        open_chain(ChainSettings(engine="cometbft", nodes=" , "), database)
