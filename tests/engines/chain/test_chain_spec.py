"""What a chain promises, on each adapter over each database."""

import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.engines.chain.conftest import everything, put, settled
from zhengtong.engines.chain import ChainOther, EntryTooLarge, HeadRow, app_hash, extended
from zhengtong.kernel.db import Database, new_id


def fresh(count, word="entry"):
    """Entries that nobody has submitted before."""
    return [f"{word} {new_id()}".encode() for _ in range(count)]


@pytest.fixture
def another(sqlite_template, tmp_path):
    """The database of somebody else."""
    shutil.copy(sqlite_template, tmp_path / "another.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'another.sqlite'}")
    yield database
    database.close()


def test_positions_begin_at_one_and_have_no_gaps(chain, database):
    for size in (1, 3, 7):
        put(chain, database, fresh(size))
        settled(chain)
    found = everything(chain, database)
    assert len(found) >= 11
    assert [one.position for one in found] == list(range(1, len(found) + 1))


def test_the_features_say_whether_an_entry_waits_for_others(chain, database, engine):
    placed = put(chain, database, fresh(1))
    assert chain.features.name == engine
    assert (placed is None) == chain.features.consensus


def test_entries_of_one_call_stand_in_the_order_they_were_given(chain, database):
    before, entries = len(everything(chain, database)), fresh(20)
    put(chain, database, entries)
    settled(chain)
    assert [one.entry for one in everything(chain, database, before)] == entries


def test_the_same_bytes_twice_are_one_entry(chain, database):
    before, (once, twice) = len(everything(chain, database)), fresh(2)
    put(chain, database, [once, twice, twice])
    put(chain, database, [twice])
    settled(chain)
    again = put(chain, database, [twice, once])
    settled(chain)
    assert [one.entry for one in everything(chain, database, before)] == [once, twice]
    assert [one.position for one in again] == [before + 2, before + 1]


def test_what_is_rolled_back_was_never_submitted(chain, database):
    before, (lost, kept) = everything(chain, database), fresh(2)
    with pytest.raises(RuntimeError, match="never mind"), database.write() as session:
        chain.submit(session, [lost])
        raise RuntimeError("never mind")
    put(chain, database, [kept])
    settled(chain)
    assert [one.entry for one in everything(chain, database, len(before))] == [kept]


def test_a_page_is_no_longer_than_asked_and_the_next_one_goes_on(chain, database):
    before, entries = len(everything(chain, database)), fresh(7)
    put(chain, database, entries)
    settled(chain)
    pages, after = [], before
    with database.read() as session:
        while page := chain.follow(session, after, 3):
            pages.append([one.entry for one in page])
            after = page[-1].position
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == entries


def test_every_entry_has_a_time_about_now(chain, database):
    put(chain, database, fresh(1))
    settled(chain)
    newest = everything(chain, database)[-1]
    assert newest.at is not None
    assert abs(datetime.now(UTC) - newest.at) < timedelta(minutes=5)
    assert (newest.height is not None) == chain.features.consensus


def test_an_entry_that_is_too_large_is_refused_before_anything_is_kept(open_it, database):
    chain = open_it(max_entry_bytes=1024)
    small = fresh(1)
    with pytest.raises(EntryTooLarge, match="1024"):
        put(chain, database, [*small, b"x" * 1025])
    settled(chain)
    assert small[0] not in {one.entry for one in everything(chain, database)}


def test_binary_and_empty_looking_entries_come_back_as_they_were(chain, database):
    before = len(everything(chain, database))
    entries = [b"\0", bytes(range(256)) + new_id().bytes, b" \n" + new_id().bytes, b"\xff" * 50_000 + new_id().bytes]
    known = {one.entry for one in everything(chain, database)}
    put(chain, database, entries)
    settled(chain)
    assert [one.entry for one in everything(chain, database, before)] == [one for one in entries if one not in known]


def test_whoever_opens_it_anew_finds_everything(open_it, chain, database):
    put(chain, database, fresh(5))
    settled(chain)
    anew = open_it()
    assert everything(anew, database) == everything(chain, database)
    more = fresh(1)
    put(anew, database, more)
    settled(anew)
    assert everything(chain, database)[-1].entry == more[0]


def test_the_head_is_what_all_entries_together_come_to(chain, database):
    put(chain, database, fresh(9))
    settled(chain)
    digest = bytes(32)
    found = everything(chain, database)
    for one in found:
        digest = extended(digest, one.entry)
    with database.read() as session:
        head = session.get(HeadRow, 1)
    assert (head.count, head.digest) == (len(found), digest)
    assert len({app_hash(len(found), digest, bytes(32)), app_hash(len(found) + 1, digest, bytes(32))}) == 2


def test_many_submitting_at_once_leave_no_gap_and_lose_nothing(chain, database):
    before = len(everything(chain, database))
    entries = [fresh(5, f"thread {number}") for number in range(4)]

    def submit(mine):
        for one in mine:
            put(chain, database, [one])

    threads = [threading.Thread(target=submit, args=(mine,)) for mine in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    settled(chain)
    found = everything(chain, database)
    assert [one.position for one in found] == list(range(1, len(found) + 1))
    assert sorted(one.entry for one in found[before:]) == sorted(one for mine in entries for one in mine)


def test_a_database_follows_one_chain_only(chain, database):
    put(chain, database, fresh(1))
    settled(chain)
    with database.write() as session:
        session.get(HeadRow, 1).chain = "quite another"
    with pytest.raises(ChainOther, match="quite another"):
        put(chain, database, fresh(1))
        settled(chain)


def test_nothing_is_suspicious_about_a_chain_that_was_left_alone(chain, database):
    put(chain, database, fresh(3))
    settled(chain)
    assert list(chain.inspect()) == []


def test_the_status_counts_what_is_here(chain, database):
    put(chain, database, fresh(2))
    settled(chain)
    found = chain.status()
    assert (found.count, found.behind, found.waiting, found.halted) == (len(everything(chain, database)), 0, 0, False)
    assert len(found.app_hash) == 64


@pytest.mark.parametrize("engine", ["cometbft"], indirect=True)
class TestAgreed:
    """What only several nodes promise."""

    def test_every_follower_sees_the_same_order(self, open_it, chain, database, another):
        other = open_it(another)
        for word in ("ours", "theirs"):
            put(chain, database, fresh(5, word))
            put(other, another, fresh(5, word))
        settled(chain)
        settled(other)
        settled(chain)
        assert everything(chain, database) == everything(other, another)

    def test_the_same_entry_of_two_submitters_has_one_position(self, open_it, chain, database, another):
        other, shared = open_it(another), fresh(1)
        put(chain, database, shared)
        put(other, another, shared)
        settled(chain)
        settled(other)
        assert [one.entry for one in everything(other, another)].count(shared[0]) == 1
        assert everything(chain, database) == everything(other, another)[: len(everything(chain, database))]

    def test_an_entry_is_counted_as_waiting_until_it_has_its_position(self, chain, database):
        put(chain, database, fresh(3))
        assert chain.status().waiting == 3
        settled(chain)
        assert chain.status().waiting == 0

    def test_what_the_application_refuses_is_told_and_keeps_nothing_else_from_its_place(self, chain, database):
        before = len(everything(chain, database))
        good, bad = fresh(1), fresh(1, "no")
        put(chain, database, [*bad, *good])
        settled(chain)
        with database.read() as session:
            told = list(chain.refused(session))
        assert [(one.entry, one.reason) for one in told] == [(bad[0], "it said no")]
        assert [one.entry for one in everything(chain, database, before)] == good
        with database.write() as session:
            chain.forget(session, told[0].digest)
        with database.read() as session:
            assert list(chain.refused(session)) == []

    def test_four_validators_are_named_and_alive(self, chain):
        found = chain.status().validators
        assert sorted(one.name for one in found) == ["node0", "node1", "node2", "node3"]
        assert all(one.alive and one.power == 1 for one in found)

    def test_a_long_order_is_taken_in_over_several_pages_by_whoever_comes_late(self, open_it, chain, database, another):
        put(chain, database, [f"{new_id()} ".encode() + bytes(200_000) for _ in range(25)])
        settled(chain)
        late = open_it(another)
        assert settled(late) == len(everything(chain, database))
        assert everything(late, another) == everything(chain, database)
