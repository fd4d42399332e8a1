"""A receipt is what the ledger's own rules make; the client verifies it without them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.sharing.ledger.rules import bundles, notes, tree
from zhengtong.sharing.ledger.rules.bundles import Proof
from zhengtong.sharing.ledger.rules.entries import Entry
from zhengtong_client import ReceiptWrong
from zhengtong_client.receipts import Receipt, trusted

CRYPTO = engines.open_crypto(CryptoSettings())
CITY, WITNESS = CRYPTO.new_key(), CRYPTO.new_key()
CITY_KEY = notes.Key("zt.example/ledger", "sm2", CITY.public.point)
WITNESS_KEY = notes.Key("witness.tax", "sm2-cosignature", WITNESS.public.point)
TRUSTED = [str(CITY_KEY), str(WITNESS_KEY)]


def entry(number: int) -> bytes:
    return Entry("receipt@1", uuid4(), datetime(2026, 3, 5, tzinfo=UTC), "city", {"number": number}).to_bytes()


def roots(leaves: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 §2.1 defines it."""
    if len(leaves) == 1:
        return CRYPTO.sm3(b"\0" + leaves[0])
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return CRYPTO.sm3(b"\1" + roots(leaves[:half]) + roots(leaves[half:]))


def path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path as RFC 6962 §2.1.1 defines it."""
    if len(leaves) == 1:
        return ()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return (*path(leaves[:half], index), roots(leaves[half:]))
    return (*path(leaves[half:], index - half), roots(leaves[:half]))


def made(size: int, index: int, *, witnessed: bool = True) -> dict[str, Any]:
    leaves = [entry(number) for number in range(size)]
    text = notes.Checkpoint(CITY_KEY.name, size, roots(leaves)).text()
    lines = [notes.signed_line(CITY_KEY, CRYPTO.sign(CITY, text.encode()))]
    if witnessed:
        lines.append(notes.signed_line(WITNESS_KEY, CRYPTO.sign(WITNESS, notes.cosigned(text, 5)), 5))
    proof = Proof(index, size, tree.leaf_hash(CRYPTO.sm3, leaves[index]), path(leaves, index))
    told = bundles.bundle(
        leaves[index], proof, roots(leaves), str(notes.Note(text, tuple(lines))), [CITY_KEY, WITNESS_KEY], 1
    )
    return json.loads(json.dumps(told))


@settings(max_examples=40)
@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_entry_of_every_tree_is_proved(place: tuple[int, int]) -> None:
    size, index = place
    proved = Receipt(made(size, index)).verify(TRUSTED)
    assert (proved.index, proved.size, proved.origin) == (index, size, CITY_KEY.name)
    assert proved.body["number"] == index
    assert proved.witnesses == ("witness.tax",)
    assert proved.at == datetime(2026, 3, 5, tzinfo=UTC)


def altered(what: str) -> dict[str, Any]:
    told = made(7, 3)
    note: str = told["note"]
    changes: dict[str, Any] = {
        "entry": told["entry"].replace('"number":3', '"number":4'),
        "index": 4,
        "path": [told["path"][0].translate(str.maketrans("0123456789abcdef", "123456789abcdef0")), *told["path"][1:]],
        "note": note.replace("\n7\n", "\n8\n", 1),
        "format": "zhengtong-receipt@2",
    }
    more: dict[str, dict[str, Any]] = {
        "shorter": {"path": told["path"][:-1]},
        "longer": {"path": [*told["path"], "00" * 32]},
        "unsigned": {"note": note.split("\n\n")[0] + "\n\n"},
        "not hex": {"path": ["zz"]},
        "no index": {"index": "x"},
    }
    return {**told, **(more[what] if what in more else {what: changes[what]})}


@pytest.mark.parametrize(
    "what", ["entry", "index", "path", "note", "format", "shorter", "longer", "unsigned", "not hex", "no index"]
)
def test_whatever_was_altered_is_found(what: str) -> None:
    Receipt(made(7, 3)).verify(TRUSTED)
    with pytest.raises(ReceiptWrong):
        Receipt(altered(what)).verify(TRUSTED)


def test_a_signature_by_another_key_or_of_another_city_proves_nothing() -> None:
    other = notes.Key(CITY_KEY.name, "sm2", CRYPTO.new_key().public.point)
    elsewhere = notes.Key("other.example/ledger", "sm2", CITY.public.point)
    for keys in ([str(other)], [str(elsewhere)], []):
        with pytest.raises(ReceiptWrong):
            Receipt(made(3, 1)).verify(keys)


def test_a_missing_witness_is_told_to_those_who_ask_for_one() -> None:
    lone = Receipt(made(3, 1, witnessed=False))
    assert lone.verify([str(CITY_KEY)]).witnesses == ()
    assert lone.verify(TRUSTED).witnesses == ()
    with pytest.raises(ReceiptWrong, match="witnesses"):
        lone.verify(TRUSTED, witnesses=1)
    assert Receipt(made(3, 1)).verify(TRUSTED, witnesses=1).witnesses == ("witness.tax",)


def test_keys_of_other_kinds_are_passed_over_and_damaged_ones_told() -> None:
    stock = notes.Key(CITY_KEY.name, "ed25519", b"\1" * 32)
    assert trusted([str(stock)]) == ()
    with pytest.raises(ReceiptWrong):
        trusted([str(CITY_KEY).replace("+", "+0", 1)])
