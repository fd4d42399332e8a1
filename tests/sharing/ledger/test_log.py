"""The log in the database: gapless, durable, provable; the state that the entries make stands beside it."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.sharing.ledger.ground import (
    NOW,
    ORIGIN,
    checkpoint,
    countersigned,
    crypto,
    entry,
    fill,
    keyring,
    moved,
    proposed,
    receipt,
)
from zhengtong.kernel.db import Database, new_id
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.queries import exports, trees
from zhengtong.sharing.ledger.rules import tree
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerPending, LedgerSubject, LedgerTile

pytestmark = pytest.mark.both_databases
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_09", max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc_", max_size=5), JSON, max_size=5))
def test_an_entry_read_back_is_the_same_bytes(body: dict[str, object]) -> None:
    one = ledger.Entry("receipt@1", new_id(), NOW, "city", body)
    again = ledger.Entry.of(one.to_bytes())
    assert again.to_bytes() == one.to_bytes()
    assert again.body == body


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {"政": 1}, {1: 2}, "\ud800", b"x", {"a": [0.1]}])
def test_what_has_no_single_form_cannot_stand(value: object) -> None:
    with pytest.raises(ledger.EntryWrong):
        receipt(value=value).to_bytes()


@given(st.dictionaries(st.text("abc%_", max_size=3), JSON, max_size=6), st.data())
def test_an_entry_of_a_form_is_the_entry_written_whole(body: dict[str, object], data: st.DataObject) -> None:
    given_here = sorted(data.draw(st.sets(st.sampled_from([*body, "salt", "a"]))))
    values = [data.draw(JSON) for _ in given_here]
    form = ledger.EntryForm("receipt@1", ledger.CITY, body, given_here)
    whole = ledger.Entry(
        "receipt@1", new_id(), NOW, ledger.CITY, {**body, **dict(zip(given_here, values, strict=True))}
    )
    written = form.write(whole.id, whole.at, *values)
    assert written.to_bytes() == whole.to_bytes()
    assert (written.about, written.needs_consensus) == ("", False)


def test_what_changes_the_state_has_no_form() -> None:
    with pytest.raises(ledger.EntryWrong):
        ledger.EntryForm("agreement.suspended@1", ledger.CITY, {"agreement_id": "x", "version": 1, "reason": ""}, ())


def test_a_form_refuses_what_an_entry_refuses() -> None:
    form = ledger.EntryForm("receipt@1", ledger.CITY, {}, ("rows",))
    with pytest.raises(ledger.EntryWrong):
        form.write(new_id(), NOW, 1.5)
    with pytest.raises(ledger.EntryWrong):
        form.write(new_id(), NOW)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"not json",
        b'{"at":"2026-03-05T01:00:00.000000Z","body":{},"by":"city","id":"00000000-0000-0000-0000-000000000001","type":"other@1"}',
        b'{"at":"2026-03-05T01:00:00Z","body":{},"by":"city","id":"00000000-0000-0000-0000-000000000001","type":"receipt@1"}',
        b'{"body":{},"at":"2026-03-05T01:00:00.000000Z","by":"city","id":"00000000-0000-0000-0000-000000000001","type":"receipt@1"}',
        b'{"at":"2026-03-05T01:00:00.000000Z","body":{},"by":"a b","id":"00000000-0000-0000-0000-000000000001","type":"receipt@1"}',
    ],
)
def test_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    with pytest.raises(ledger.EntryWrong):
        ledger.Entry.of(data)


def test_places_are_gapless_and_every_entry_is_proved_under_every_later_root(database: Database) -> None:
    placed: list[ledger.Placed] = []
    for count in (1, 2, 252, 1, 300, 700):
        with database.write() as session:
            placed += ledger.append(session, [receipt(number) for number in range(count)], now=NOW)
    assert [one.index for one in placed] == list(range(1256))
    leaves = [one.leaf for one in placed]
    edge = tree.Frontier().extend(ledger.sm3, leaves)
    with database.read() as session:
        head = ledger.head(session)
        assert (head.size, head.root) == (1256, edge.root(ledger.sm3))
        for index, size in [(0, 1), (0, 1256), (255, 256), (256, 1256), (1255, 1256), (600, 601), (3, 1024)]:
            proof = ledger.prove(session, index, size=size)
            assert (proof.leaf, proof.root(ledger.sm3)) == (leaves[index], ledger.root_at(session, size))
        for old in (1, 3, 255, 256, 257, 1024, 1256):
            path = ledger.consistency(session, old, 1256)
            assert tree.is_consistent(ledger.sm3, old, 1256, ledger.root_at(session, old), head.root, path)
        assert session.scalars(select(LedgerTile.number).where(LedgerTile.level == 0)).all() == [0, 1, 2, 3]
        with pytest.raises(errors.SizeUnknown):
            ledger.prove(session, 1256)
        with pytest.raises(errors.SizeUnknown):
            ledger.consistency(session, 1, 1257)


def test_nodes_above_a_full_tile_are_raised_level_by_level(session: Session) -> None:
    """65,536 leaves make one node of level 16; those are put in by a few statements."""
    edge = tree.Frontier()
    for _ in range(2):
        rows = [receipt() for _ in range(33_000)]
        placed = ledger.append(session, rows, now=NOW)
        edge = edge.extend(ledger.sm3, [one.leaf for one in placed])
    tops = session.scalars(select(LedgerTile.hashes).where(LedgerTile.level == 2)).all()
    assert [len(one) for one in tops] == [32]
    assert ledger.head(session).root == edge.root(ledger.sm3)
    proof = ledger.prove(session, 40_000)
    assert proof.root(ledger.sm3) == edge.root(ledger.sm3)


def test_what_is_rolled_back_was_never_on_the_ledger(database: Database) -> None:
    class Stopped(Exception):
        pass

    with pytest.raises(Stopped), database.write() as session:
        ledger.append(session, [receipt()], now=NOW)
        raise Stopped
    with database.write() as session:
        assert ledger.append(session, [receipt()], now=NOW)[0].index == 0


def test_two_that_append_at_once_leave_no_gap(database: Database) -> None:
    def work() -> None:
        for _ in range(10):
            with database.write() as session:
                ledger.append(session, [receipt(), receipt()], now=NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with database.read() as session:
        assert session.scalars(select(LedgerEntry.index).order_by(LedgerEntry.index)).all() == list(range(80))
        assert ledger.check_ledger(session, origin=ORIGIN, crypto=crypto()) == []


def test_the_database_refuses_to_change_an_entry(database: Database) -> None:
    from sqlalchemy.exc import DBAPIError

    with database.write() as session:
        ledger.append(session, [receipt()], now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(update(LedgerEntry).values(entry=b"x"))


def test_an_agreement_is_in_force_once_both_sides_have_signed(session: Session) -> None:
    before = ledger.contract_seq(session)
    assert ledger.contract(session, "a1") is None
    for one, status in [
        (proposed(), "proposed"),
        (countersigned("tax"), "proposed"),
        (countersigned("police"), "in_force"),
        (moved("suspended"), "suspended"),
        (moved("resumed"), "in_force"),
        (moved("ended"), "ended"),
    ]:
        ledger.append(session, [one], now=NOW)
        found = ledger.contract(session, "a1")
        assert found
        assert found.status == status
    assert ledger.contract_seq(session) == before + 6
    assert ledger.contracts(session).keys() == {"a1"}


def test_a_changed_version_leaves_the_old_one_in_force_until_it_is_signed(session: Session) -> None:
    start = [proposed(), countersigned("tax"), countersigned("police")]
    change = entry(
        "agreement.changed@1", "tax", agreement_id="a1", number="XY-2026-0001", version=2, terms_digest="d2",
        valid_from="2026-04-01", valid_to="2027-03-01",
    )  # fmt: skip
    ledger.append(session, [*start, change, countersigned("tax", version=2)], now=NOW)
    found = ledger.contract(session, "a1")
    assert found
    assert found.was
    assert (found.status, found.version, found.was["version"]) == ("in_force", 2, 1)
    ledger.append(session, [countersigned("police", version=2)], now=NOW)
    found = ledger.contract(session, "a1")
    assert found
    assert (found.version, found.was) == (2, None)


def texts(text: str = "t1", version: int = 1) -> list[ledger.Entry]:
    """Proposed (or changed) and sealed by both, with the text under the seals."""
    first = proposed() if version == 1 else entry("agreement.changed@1", "tax", **OF_SECOND)
    sealed = [countersigned(one, version=version) for one in ("tax", "police")]
    return [replace(one, type=f"{one.type[:-1]}2", body={**one.body, "text_digest": text}) for one in (first, *sealed)]


OF_SECOND = {"agreement_id": "a1", "number": "XY-2026-0001", "version": 2, "terms_digest": "d2",
             "valid_from": "2026-04-01", "valid_to": "2027-03-01"}  # fmt: skip


def test_the_text_is_bound_with_the_terms_and_changes_with_them(session: Session) -> None:
    ledger.append(session, texts(), now=NOW)
    first = ledger.contract(session, "a1")
    assert first
    assert (first.status, first.text_digest) == ("in_force", "t1")
    change, *seals = texts("t2", version=2)
    ledger.append(session, [change, seals[0]], now=NOW)
    between = ledger.contract(session, "a1")
    assert between
    assert between.was
    assert (between.text_digest, between.was["text_digest"]) == ("t2", "t1")
    ledger.append(session, seals[1:], now=NOW)
    then = ledger.contract(session, "a1")
    assert then
    assert (then.version, then.text_digest, then.was) == (2, "t2", None)


def test_a_change_of_the_first_form_leaves_no_text_of_the_version_before(session: Session) -> None:
    ledger.append(session, [*texts(), entry("agreement.changed@1", "tax", **OF_SECOND)], now=NOW)
    found = ledger.contract(session, "a1")
    assert found
    assert found.text_digest == ""


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ([], countersigned("tax")),
        ([], moved("suspended")),
        ([proposed()], proposed()),
        ([proposed()], countersigned("health")),
        ([proposed()], countersigned("tax", terms_digest="other")),
        ([proposed()], countersigned("tax", version=2)),
        (texts()[:1], texts("other")[1]),
        (texts()[:1], countersigned("tax")),
        ([proposed()], texts()[1]),
        ([proposed()], moved("suspended")),
        ([proposed(), moved("ended")], countersigned("tax")),
        ([proposed(), moved("ended")], moved("resumed")),
        ([], entry("member.key_revoked@1", member="m", key_id="k", reason="lost")),
    ],
)
def test_what_cannot_follow_on_the_state_is_refused_and_changes_nothing(
    session: Session, before: list[ledger.Entry], wrong: ledger.Entry
) -> None:
    ledger.append(session, before, now=NOW)
    size, held = ledger.head(session).size, ledger.state(session)
    with pytest.raises(errors.EntryRefused):
        ledger.append(session, [receipt(), wrong], now=NOW)
    assert (ledger.head(session).size, ledger.state(session)) == (size, held)


def test_replaying_all_entries_gives_the_kept_state_and_its_hash(session: Session, tmp_path: Path) -> None:
    item = {"item_id": "i1", "code": "A-1", "digest": "d", "level": "general_2", "share_type": "conditional"}
    said = [
        proposed(),
        countersigned("tax"),
        countersigned("police"),
        proposed("a2"),
        entry("item.version@1", **item, version=1),
        entry("item.version@1", **item, version=2),
        entry("points.moved@1", account="tax", points=5, reason="served"),
        entry("points.moved@1", account="tax", points=-2, reason="spent"),
        moved("suspended"),
    ]
    ledger.append(session, said[:4], now=NOW)
    ledger.append(session, said[4:], now=NOW)
    state, raw = ledger.State(), b""
    for one in said:
        state = ledger.apply(state, one)
        raw = ledger.apply_bytes(raw, one.to_bytes())
    assert ledger.state(session) == state
    assert raw == state.to_bytes()
    assert ledger.state_hash(session) == ledger.hash_of(ledger.sm3, state)
    assert state.points["tax"] == {"points": 3}
    made = checkpoint(session, tmp_path)
    assert made.state_hash == ledger.hash_of(ledger.sm3, state)
    assert f"state {made.state_hash.hex()}" in made.note


def test_on_a_chain_of_several_validators_agreements_wait_and_receipts_do_not(session: Session) -> None:
    ledger.append(session, [receipt()], now=NOW)
    session.execute(update(LedgerHead).values(consensus=True))
    placed = ledger.append(session, [receipt(), proposed(), receipt()], now=NOW)
    assert [one.index for one in placed] == [1, None, 2]
    assert session.scalars(select(LedgerPending.id)).all() == [placed[1].id]
    assert ledger.contract(session, "a1") is None


def test_a_receipt_is_proved_by_a_bundle_that_stands_alone(database: Database, tmp_path: Path) -> None:
    fill(database, [3, 300], tmp_path)
    with database.read() as session:
        told = ledger.receipt_bundle(session, 2, origin=ORIGIN, needed=0)
        assert told
        keys = ledger.log_keys(session, ORIGIN)
        one = ledger.verify_bundle(told, ledger.sm3, ledger.verifier(crypto()), trusted=keys)
        assert one == ledger.entry_at(session, 2)
        assert told["tree_size"] == 3


def test_the_head_of_a_group_commit_proves_what_was_just_appended(session: Session, tmp_path: Path) -> None:
    placed = ledger.append(session, [receipt(number) for number in range(5)], now=NOW)
    keys = keyring(tmp_path)
    signed = ledger.sign_head(session, origin=ORIGIN, keyring=keys, crypto=crypto(), now=NOW)
    told = ledger.receipt_bundle(session, placed[3].index or 0, origin=ORIGIN, needed=0, note=signed.note)
    assert told
    trusted = ledger.log_keys(session, ORIGIN)
    assert ledger.verify_bundle(told, ledger.sm3, ledger.verifier(crypto()), trusted=trusted).id == placed[3].id


def test_tiles_lie_where_stock_tools_look_for_them(database: Database, tmp_path: Path) -> None:
    fill(database, [300], tmp_path)
    with database.read() as session:
        assert exports.write_tiles(session, tmp_path / "log", origin=ORIGIN) == 300
        found = {str(file.relative_to(tmp_path / "log")) for file in (tmp_path / "log").rglob("*") if file.is_file()}
        assert found == {
            "checkpoint", "keys.txt", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1",
            "tile/entries/000", "tile/entries/001.p/44",
        }  # fmt: skip
        assert (tmp_path / "log/tile/0/000").read_bytes() == b"".join(trees.leaves(session, 0, 256))


@pytest.mark.parametrize("count", [0, 1, 19, 20, 45])
def test_rows_loaded_at_once_stand_where_their_names_say(session: Session, count: int) -> None:
    made = [(NOW + timedelta(seconds=number), new_id(), f"{number:064d}") for number in range(count)]
    ledger.load(session, LedgerSubject, ("shredded_at", "id", "token"), made)
    columns = (LedgerSubject.shredded_at, LedgerSubject.id, LedgerSubject.token)
    assert sorted(tuple(row) for row in session.execute(select(*columns))) == made
