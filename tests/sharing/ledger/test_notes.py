"""Signed notes as other implementations write and read them; checkpoints; what a malformed one is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sharing.ledger.ground import ORIGIN, crypto
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.rules import notes, tile_path
from zhengtong.sharing.ledger.rules.canonical import NotCanonical, read

KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The published example of golang.org/x/mod/sumdb/note, which C2SP's signed-note keeps to."""


def verify(algorithm: str, public: bytes, signature: bytes, message: bytes) -> bool:
    return ledger.verifier(crypto())(algorithm, public, signature, message)


def test_a_published_note_of_another_implementation_verifies() -> None:
    key = notes.Key.of(KEY)
    assert (key.kind, str(key)) == ("ed25519", KEY)
    note = notes.Note.of(NOTE)
    assert str(note) == NOTE
    assert [one.key for one in notes.verified(note, [key], verify)] == [key]
    with pytest.raises(notes.NoteWrong, match="does not hold"):
        notes.verified(notes.Note.of(NOTE.replace("problem is", "problem was")), [key], verify)


def test_lines_of_unknown_keys_are_left_alone() -> None:
    assert notes.verified(notes.Note.of(NOTE), [], verify) == []


@pytest.mark.parametrize(
    "told",
    [
        "",
        "text",
        "text\n",
        "text\n\n",
        "text\n\n— a b",
        "text\n\n— a %%%\n",
        "text\n\n- a AAAAAAAA\n",
        "te\txt\n\n— a AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(told: str) -> None:
    with pytest.raises(notes.NoteWrong):
        notes.Note.of(told)


@pytest.mark.parametrize(
    "told", ["", "x", "a+00000000+AAAA", KEY.replace("c74f20a3", "c74f20a4"), KEY + "A", "a b+1+2"]
)
def test_what_is_no_verifier_key_is_refused(told: str) -> None:
    with pytest.raises(notes.NoteWrong):
        notes.Key.of(told)


@pytest.mark.parametrize("kind", sorted(notes.KINDS))
def test_a_key_reads_back_as_it_was_told(kind: str) -> None:
    key = notes.Key("city.ledger", kind, b"\x04" + bytes(64))
    assert notes.Key.of(str(key)) == key


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32), st.none() | st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back_as_it_was_told(size: int, root: bytes, state: bytes | None) -> None:
    one = notes.Checkpoint(ORIGIN, size, root, state)
    assert notes.Checkpoint.of(one.text()) == one


@pytest.mark.parametrize(
    "text", ["", "o\n", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(notes.NoteWrong):
        notes.Checkpoint.of(text)


@given(st.binary(max_size=60))
def test_bytes_are_canonical_json_or_refused(data: bytes) -> None:
    try:
        value = read(data)
    except NotCanonical:
        return
    assert ledger.canonical(value) == data


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{"a": 1}', b"1.0", b"1e3", b"NaN", b'"\\u0041"', b'{"a":1,"a":1}', b"[" * 9999]
)
def test_a_second_way_to_write_a_value_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        read(data)


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 5, 70, "tile/1/005.p/70"),
        (-1, 1000, 256, "tile/entries/x001/000"),
    ],
)
def test_tiles_are_named_as_tlog_tiles_names_them(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path
