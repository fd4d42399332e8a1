"""A leak is traced to its recipient, a sealed file is whole or does not open, an exchange knows what changed."""

import hmac
import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings, SealBroken
from zhengtong.sharing.gateway.rules import exchanging, sealing, watermark
from zhengtong.sharing.gateway.rules.columns import Field, Kind

CRYPTO = engines.open_crypto(CryptoSettings())
FILES = 60


def keyed(number: int) -> Callable[[bytes], bytes]:
    key = number.to_bytes(16)
    return lambda data: hmac.digest(key, data, "sha256")


def marks(count: int, seed: int = 1) -> list[bytes]:
    return [watermark.mark_of([sha256(f"{seed}:{number}".encode()).hexdigest()[:18]]) for number in range(count)]


def traced(leaked: list[bytes]) -> list[int]:
    """The files that a leaked copy is surely of."""
    return [file for file in range(FILES) if watermark.likeness(leaked, keyed(file)).is_sure]


def of_file(file: int, count: int = 400) -> list[bytes]:
    given_out = marks(count)
    return watermark.ordered(given_out, given_out, keyed(file))


def every_third(rows: list[bytes]) -> list[bytes]:
    return rows[::3]


def a_random_tenth(rows: list[bytes]) -> list[bytes]:
    kept = set(random.Random(5).sample(range(len(rows)), len(rows) // 10))
    return [row for place, row in enumerate(rows) if place in kept]


def the_middle(rows: list[bytes]) -> list[bytes]:
    return rows[150:200]


def blocks_in_another_order(rows: list[bytes]) -> list[bytes]:
    blocks = [rows[at : at + 20] for at in range(0, len(rows), 20)]
    random.Random(5).shuffle(blocks)
    return [row for block in blocks for row in block]


def mixed_with_as_many_others(rows: list[bytes]) -> list[bytes]:
    made, chance = list(rows), random.Random(5)
    for other in marks(len(rows), seed=2):
        made.insert(chance.randrange(len(made)), other)
    return made


def told_twice(rows: list[bytes]) -> list[bytes]:
    return rows + rows


@pytest.mark.parametrize(
    "done",
    [list, every_third, a_random_tenth, the_middle, blocks_in_another_order, mixed_with_as_many_others, told_twice],
)
@pytest.mark.parametrize("file", [0, 17, 59])
def test_a_leaked_copy_is_traced_to_its_one_recipient(file: int, done: Callable[[list[bytes]], list[bytes]]) -> None:
    assert traced(done(of_file(file))) == [file]


@pytest.mark.parametrize("done", [sorted, lambda rows: random.Random(3).sample(rows, len(rows)), lambda rows: rows[:8]])
def test_what_the_order_does_not_survive_accuses_nobody(done: Callable[[list[bytes]], list[bytes]]) -> None:
    assert traced(done(of_file(17))) == []


def test_a_copy_sorted_anew_is_traced_by_its_decoys() -> None:
    pool = marks(60, seed=9)
    own = [pool[place] for place in watermark.own_decoys(pool, keyed(17))]
    assert 15 < len(own) < 45
    leaked = sorted([*of_file(17), *own])[::2]
    sure = []
    for file in range(FILES):
        found = watermark.with_decoys(watermark.likeness(leaked, keyed(file)), leaked, pool, keyed(file))
        sure += [file] if found.is_sure else []
    assert sure == [17]


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=60), st.integers(0, 99))
def test_marking_keeps_every_row_as_it_was(texts: list[str], file: int) -> None:
    given_out = [watermark.mark_of([text]) for text in texts]
    made = watermark.ordered(texts, given_out, keyed(file))
    assert sorted(made) == sorted(texts)
    assert [texts[place] for place in watermark.order_of(given_out, keyed(file))] == made


@given(st.lists(st.binary(max_size=3), max_size=40))
def test_inversions_are_the_pairs_the_wrong_way_round(ranks: list[bytes]) -> None:
    counted = sum(a > b for place, a in enumerate(ranks) for b in ranks[place + 1 :])
    assert watermark.inversions(ranks) == counted


KEY = bytes(range(16))


def seal(plain: bytes, about: bytes) -> bytes:
    return CRYPTO.sm4_seal(KEY, plain, about)


def open_with(key: bytes) -> Callable[[Any], sealing.Seal]:
    return lambda header: lambda piece, about: CRYPTO.sm4_open(key, piece, about)


def in_pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """The bytes as they may come from a socket."""
    made, at = [], 0
    for size in sizes:
        made.append(data[at : at + size])
        at += size
    return [*made, data[at:]]


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=5), st.lists(st.integers(1, 30), max_size=10))
def test_a_sealed_file_opens_to_what_was_sealed(pieces: list[bytes], sizes: list[int]) -> None:
    data = b"".join(sealing.sealed({"file": "甲"}, pieces, seal, CRYPTO.sm3))
    assert b"".join(sealing.opened(in_pieces(data, sizes), open_with(KEY), CRYPTO.sm3)) == b"".join(pieces)


def test_a_sealed_file_that_was_touched_does_not_open() -> None:
    pieces = [b"first", b"second", b"third"]
    parts = list(sealing.sealed({"file": "a"}, pieces, seal, CRYPTO.sm3))
    other = list(sealing.sealed({"file": "b"}, pieces, seal, CRYPTO.sm3))
    whole = b"".join(parts)
    touched = {
        "cut in a piece": [whole[:-3]],
        "without its last piece": parts[:-1],
        "pieces swapped": [parts[0], parts[2], parts[1], parts[3]],
        "another file's piece": [parts[0], other[1], *parts[2:]],
        "another header": [other[0], *parts[1:]],
        "a bit": [whole[:-1] + bytes([whole[-1] ^ 1])],
        "more after it": [whole, b"\0\0\0\0"],
        "no magic": [b"x" + whole],
    }
    for data in touched.values():
        with pytest.raises((sealing.FileBroken, SealBroken)):
            list(sealing.opened(data, open_with(KEY), CRYPTO.sm3))
    with pytest.raises(SealBroken):
        list(sealing.opened([whole], open_with(bytes(16)), CRYPTO.sm3))


FIELDS = (
    Field("uscc", "代码", Kind.TEXT, "general_2", key=True),
    Field("paid", "税额", Kind.DECIMAL, "general_3", scale=2),
    Field("day", "日期", Kind.DAY, "general_1"),
    Field("note", "备注", Kind.TEXT, "general_1"),
)


def test_the_receivers_columns_are_those_agreed_and_a_masked_one_is_text() -> None:
    shape = exchanging.shape_of(
        FIELDS, {"uscc": "pseudonym", "paid": "full", "day": "general", "note": "omit", "x": "full"}
    )
    assert shape.told() == ["uscc:text:0", "paid:decimal:2", "day:text:0"]
    assert not exchanging.shape_of(FIELDS, {"uscc": "nonsense"}).columns


def test_a_row_put_is_not_taken_away_and_the_last_one_counts() -> None:
    found = exchanging.changes([("a", {"v": 1}), ("b", {"v": 2}), ("a", {"v": 3})], ["a", "c"])
    assert found == exchanging.Changes({"a": {"v": 3}, "b": {"v": 2}}, frozenset({"c"}))


@given(
    st.dictionaries(st.text(max_size=3), st.binary(max_size=2)),
    st.dictionaries(st.text(max_size=3), st.binary(max_size=2)),
)
def test_reconciliation_agrees_exactly_with_what_is_the_same(
    source: dict[str, bytes], target: dict[str, bytes]
) -> None:
    assert exchanging.reconciled(source, target).agrees == (source == target)
