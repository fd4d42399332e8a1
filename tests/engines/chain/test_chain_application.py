"""The application behind a node, asked as a node asks: blocks, restarts, snapshots, and a store that somebody altered."""

import json
import sqlite3
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.chain import counting
from zhengtong.engines import chain
from zhengtong.engines.chain.cometbft import application, messages, wire
from zhengtong.engines.chain.cometbft.store import Store


class Asked:
    """An application in a folder, asked as CometBFT would."""

    def __init__(self, home, apply=counting.apply, **more):
        self.home, self.store = home, Store(home)
        self.app = application.Application(apply, self.store, **{"snapshot_every": 0, **more})
        self.height = self.app.handle("info", {})["last_block_height"] if self.info() else 0
        if not self.height:
            self.app.handle("init_chain", {"chain_id": "test", "app_state_bytes": b""})

    def info(self):
        return self.app.handle("info", {}).get("last_block_height", 0)

    def finalize(self, *txs):
        request = {"txs": list(txs), "height": self.height + 1, "time": {"seconds": 1_700_000_000, "nanos": 5}}
        return self.app.handle("finalize_block", request)

    def block(self, *txs):
        answer = self.finalize(*txs)
        self.app.handle("commit", {})
        self.height += 1
        return answer

    def check(self, tx, again=False):
        return self.app.handle("check_tx", {"tx": tx, "type": int(again)}).get("code", 0)

    def query(self, path, data=b""):
        return self.app.handle("query", {"path": path, "data": data, "height": 0})

    def entries(self, after=0, limit=1000):
        told = self.query("/entries", json.dumps({"after": after, "limit": limit}).encode())["value"]
        return [one["entry"] for one in wire.decode(application.ENTRIES, told)["entries"]]

    def reread(self):
        return json.loads(self.app.reread()["value"])

    def close(self):
        self.store.close()


@pytest.fixture
def asked(tmp_path):
    opened = Asked(tmp_path / "one")
    yield opened
    opened.close()


def test_entries_get_positions_over_the_blocks(asked):
    asked.block(b"1", b"2")
    answer = asked.block(b"3")
    assert answer["tx_results"][0]["data"] == (3).to_bytes(8, "big")
    assert asked.entries() == [b"1", b"2", b"3"]
    assert json.loads(asked.query("/state")["value"]) == {"entries": 3, "sum": 6}


def test_an_entry_seen_before_or_refused_gets_no_position(asked):
    asked.block(b"1")
    answer = asked.block(b"1", b"no", b"2", b"2")
    assert [one.get("code", 0) for one in answer["tx_results"]] == [
        messages.DUPLICATE, messages.REFUSED, messages.OK, messages.DUPLICATE,
    ]  # fmt: skip
    assert asked.entries() == [b"1", b"2"]
    assert answer["tx_results"][0]["data"] == (1).to_bytes(8, "big")
    assert asked.query("/entry", sha256(b"2").digest())["value"] == b"2"


def test_what_waits_is_checked_upon_what_waits_before_it(tmp_path):
    asked = Asked(tmp_path, counting.once_per_word)
    assert asked.check(b"close gate") == messages.REFUSED
    assert [asked.check(b"open gate"), asked.check(b"close gate")] == [messages.OK, messages.OK]
    asked.block(b"open door")
    assert asked.check(b"close gate") == messages.REFUSED, "a new block forgets what merely waited"
    assert asked.check(b"close door") == messages.OK


def test_what_has_waited_over_a_block_waits_on_unless_it_is_ordered(tmp_path):
    asked = Asked(tmp_path, counting.once_per_word)
    asked.block(b"open gate")
    assert asked.check(b"open gate", again=True) == messages.DUPLICATE
    assert asked.check(b"close door", again=True) == messages.OK, "the block will judge it"
    assert asked.block(b"close door")["tx_results"][0]["code"] == messages.REFUSED


def test_a_bug_in_the_rule_is_not_taken_for_a_refusal(asked):
    with pytest.raises(KeyError):
        asked.block(b"boom")


def test_a_block_that_was_not_committed_is_as_if_it_had_not_been(asked, tmp_path):
    first = asked.block(b"1")["app_hash"]
    torn = asked.finalize(b"2")["app_hash"]
    asked.close()
    again = Asked(tmp_path / "one")
    assert (again.height, again.app.handle("info", {})["last_block_app_hash"]) == (1, first)
    assert again.block(b"2")["app_hash"] == torn
    again.close()
    asked.store = Store(tmp_path / "one")


def test_a_block_out_of_turn_is_refused(asked):
    asked.block(b"1")
    asked.height = 5
    with pytest.raises(application.Differs, match="6 does not follow 1"):
        asked.finalize(b"2")


def test_a_proposal_leaves_out_what_was_ordered_and_what_does_not_fit(asked):
    asked.block(b"1")
    request = {"txs": [b"1", b"2", b"2", b"x" * 100, b"3"], "max_tx_bytes": 60}
    assert asked.app.handle("prepare_proposal", request)["txs"] == [b"2"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([b"1", b"2", b"3", b"no", b"17", b"word"]), max_size=5), max_size=6), st.data()
)
def test_the_same_blocks_give_the_same_hash_wherever_and_however_often_restarted(tmp_path_factory, blocks, data):
    ones, others = Asked(tmp_path_factory.mktemp("ones")), Asked(tmp_path_factory.mktemp("others"))
    for block in blocks:
        mine = ones.block(*block)
        if data.draw(st.booleans()):
            others.finalize(*block)
            others.close()
            others = Asked(others.home)
        assert others.block(*block) == mine
    assert ones.entries() == others.entries()
    assert ones.reread() == others.reread()
    ones.close()
    others.close()


def test_the_app_hash_covers_order_and_state(tmp_path):
    hashes = set()
    for number, txs in enumerate(([b"1", b"2"], [b"2", b"1"], [b"1"], [b"1", b"2", b"a"])):
        hashes.add(Asked(tmp_path / str(number)).block(*txs)["app_hash"])
    assert len(hashes) == 4
    state = sha256(b'{"entries": 1, "sum": 1}').digest()
    assert chain.app_hash(1, chain.extended(chain.START, b"1"), state) in hashes


def test_who_votes_follows_the_state(tmp_path):
    members = {b"": {b"a" * 32: 1}, b"x": {b"a" * 32: 1, b"b" * 32: 2}, b"xx": {b"b" * 32: 2}}
    asked = Asked(tmp_path, lambda state, entry: state + b"x", members=lambda state: members[state])
    joined = asked.block(b"first")["validator_updates"]
    left = asked.block(b"second")["validator_updates"]
    assert joined == [{"pub_key": {"ed25519": b"b" * 32}, "power": 2}]
    assert left == [{"pub_key": {"ed25519": b"a" * 32}, "power": 0}]
    assert asked.block()["validator_updates"] == []


def test_a_question_that_is_not_known_is_told_what_there_is(asked):
    answer = asked.query("/secrets")
    assert answer["code"] == messages.NO_SUCH
    assert "/entries" in answer["log"]


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("update entry set entry = x'39' where position = 2", 2),
        ("delete from entry where position = 3", 3),
        ("update entry set entry = x'39', digest = x'00' where position = 1", 1),
    ],
)
def test_a_row_that_was_altered_is_found_by_its_position(asked, statement, first):
    asked.block(b"1", b"2")
    asked.block(b"3", b"4")
    assert asked.reread()["wrong"] is None
    alter(asked.home, statement)
    assert asked.reread()["wrong"] == first


def test_a_row_that_was_altered_with_its_digest_no_longer_comes_to_the_signed_hash(asked):
    agreed = asked.block(b"1", b"2")["app_hash"].hex()
    assert asked.reread()["app_hash"] == agreed
    alter(asked.home, "update entry set entry = ?, digest = ? where position = 2", b"9", sha256(b"9").digest())
    assert asked.reread()["wrong"] is None
    assert asked.reread()["app_hash"] != agreed


def test_a_state_that_was_altered_no_longer_comes_to_the_signed_hash(asked):
    agreed = asked.block(b"1")["app_hash"].hex()
    alter(asked.home, "update head set state = ?", b'{"entries": 1, "sum": 99}')
    assert asked.reread()["app_hash"] != agreed


def alter(home, statement, *values):
    with sqlite3.connect(home / "app.sqlite") as connection:
        connection.execute(statement, values)
    connection.close()


def restored(source, target, *, spoil=None, app_hash=None):
    """What the application says to each chunk of the newest snapshot of `source`."""
    offered = source.app.handle("list_snapshots", {})["snapshots"][0]
    signed = app_hash or next(one for one in [source.app.handle("info", {})["last_block_app_hash"]])
    answers = [target.app.handle("offer_snapshot", {"snapshot": offered, "app_hash": signed})["result"]]
    for number in range(offered["chunks"]):
        asked_for = {"height": offered["height"], "format": offered["format"], "chunk": number}
        body = source.app.handle("load_snapshot_chunk", asked_for)["chunk"]
        body = spoil(number, body) if spoil else body
        answers.append(
            target.app.handle("apply_snapshot_chunk", {"index": number, "chunk": body, "sender": "peer"})["result"]
        )
    return answers


@pytest.fixture
def grown(tmp_path):
    """An application with some chunks of entries and a snapshot of its newest block."""
    source = Asked(tmp_path / "grown", snapshot_every=2)
    for height in range(6):
        source.block(*[f"{height} {number} ".encode() * 20_000 for number in range(6)])
    yield source
    source.close()


def test_a_snapshot_makes_a_fresh_application_the_same(grown, tmp_path):
    target = Asked(tmp_path / "fresh")
    answers = restored(grown, target)
    assert len(answers) > 3
    assert set(answers) == {messages.ACCEPT}
    assert target.entries() == grown.entries()
    assert target.app.handle("info", {}) == grown.app.handle("info", {})
    target.height = grown.height
    assert target.block(b"5") == grown.block(b"5")
    assert target.reread() == grown.reread()
    target.close()


def test_two_nodes_offer_the_same_snapshot_though_they_took_others_before(grown, tmp_path):
    other = Asked(tmp_path / "other", snapshot_every=3)
    for height in range(6):
        other.block(*[f"{height} {number} ".encode() * 20_000 for number in range(6)])
    offered, ours = (one.app.handle("list_snapshots", {})["snapshots"] for one in (other, grown))
    assert [one["height"] for one in ours] == [6, 4]
    assert [one["height"] for one in offered] == [6, 3]
    assert offered[0] == ours[0]
    other.close()


def test_old_chunks_are_deleted_and_new_snapshots_share_what_did_not_change(grown):
    named = grown.app.handle("list_snapshots", {})["snapshots"]
    digests = {one["metadata"][at : at + 32].hex() for one in named for at in range(0, len(one["metadata"]), 32)}
    assert {file.name for file in grown.store.chunks.iterdir()} == digests
    assert len(digests) < sum(one["chunks"] for one in named)


def test_a_spoilt_chunk_is_asked_for_again_and_its_sender_left(grown, tmp_path):
    target = Asked(tmp_path / "fresh")
    answers = restored(grown, target, spoil=lambda number, body: body[:-1] if number == 1 else body)
    assert answers[:3] == [messages.ACCEPT, messages.ACCEPT, messages.RETRY]
    target.close()


def test_a_snapshot_of_another_history_is_refused_and_leaves_nothing(grown, tmp_path):
    target = Asked(tmp_path / "fresh")
    answers = restored(grown, target, app_hash=b"x" * 32)
    assert answers[-1] == messages.REJECT_SNAPSHOT
    target.close()
    again = Asked(tmp_path / "fresh")
    assert again.entries() == []
    assert again.info() == 0
    again.close()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"format": 2}, messages.REJECT_FORMAT),
        ({"hash": b"x"}, messages.REJECT),
        ({"chunks": 1}, messages.REJECT),
        ({"chunks": 0, "metadata": b""}, messages.REJECT),
    ],
)
def test_a_snapshot_that_contradicts_itself_is_not_begun(grown, tmp_path, change, answer):
    target = Asked(tmp_path / "fresh")
    offered = grown.app.handle("list_snapshots", {})["snapshots"][0] | change
    assert target.app.handle("offer_snapshot", {"snapshot": offered, "app_hash": b"h"})["result"] == answer
    target.close()


def test_a_restoration_that_was_cut_off_begins_from_nothing(grown, tmp_path):
    target = Asked(tmp_path / "fresh")
    offered = grown.app.handle("list_snapshots", {})["snapshots"][0]
    target.app.handle("offer_snapshot", {"snapshot": offered, "app_hash": b"h" * 32})
    body = grown.app.handle("load_snapshot_chunk", {"height": 6, "format": 1, "chunk": 0})["chunk"]
    target.app.handle("apply_snapshot_chunk", {"index": 0, "chunk": body, "sender": ""})
    assert target.store.entries(0, 10)
    target.close()
    again = Asked(tmp_path / "fresh")
    assert again.entries() == []
    again.close()
