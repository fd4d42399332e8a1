"""The bytes of ABCI, against the encoding's own examples and the vectors of another implementation."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.engines.chain.cometbft import messages, wire
from zhengtong.engines.chain.cometbft.inspection import data_hash
from zhengtong.engines.chain.cometbft.standing import moment
from zhengtong.engines.chain.cometbft.wire import BYTES, INT, TEXT, Field

INNER = {"number": Field(1, INT)}
SHAPE = {
    "number": Field(1, INT),
    "text": Field(2, TEXT),
    "inner": Field(3, INNER),
    "many": Field(4, BYTES, many=True),
    "inners": Field(5, INNER, many=True),
}
NOTHING = {"number": 0, "text": "", "inner": None, "many": [], "inners": []}
numbers = st.integers(-(2**63), 2**63 - 1)
shaped = st.fixed_dictionaries(
    {
        "number": numbers,
        "text": st.text(),
        "inner": st.none() | st.fixed_dictionaries({"number": numbers}),
        "many": st.lists(st.binary(max_size=300)),
        "inners": st.lists(st.fixed_dictionaries({"number": numbers})),
    }
)


@pytest.mark.parametrize(
    ("message", "hexed"),
    [  # the encoding page's own: "a = 150", "testing" in field 2, an embedded message
        ({"number": 150}, "089601"),
        ({"text": "testing"}, "120774657374696e67"),
        ({"inner": {"number": 150}}, "1a03089601"),
        ({"many": [b"\x03", b"", b"\x8e"]}, "2201032200" + "22018e"),
        ({"number": -2}, "08feffffffffffffffff01"),
        ({"inner": {"number": 0}}, "1a00"),
        ({}, ""),
    ],
)
def test_messages_are_written_and_read_as_the_encoding_says(message, hexed):
    assert wire.encode(SHAPE, message).hex() == hexed
    assert wire.decode(SHAPE, bytes.fromhex(hexed)) == NOTHING | message


@given(shaped)
def test_what_is_written_is_read_again(message):
    assert wire.decode(SHAPE, wire.encode(SHAPE, message)) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_as_malformed(data):
    with contextlib.suppress(wire.Malformed):
        assert wire.decode(SHAPE, data).keys() == SHAPE.keys()


def test_fields_that_are_not_known_are_passed_over():
    strange = bytes.fromhex("0a0161") + bytes.fromhex("1101020304050607081d01020304") + bytes.fromhex("3801")
    shape = {"kept": Field(7, INT)}
    assert wire.decode(shape, strange) == {"kept": 1}


@pytest.mark.parametrize("hexed", ["08", "0896", "12057465", "0b", "08" + "ff" * 11])
def test_torn_messages_are_refused(hexed):
    with pytest.raises(wire.Malformed):
        wire.decode(SHAPE, bytes.fromhex(hexed))


def test_a_request_says_its_kind():
    assert messages.asked(bytes.fromhex("0a040a026869")) == ("echo", {"message": "hi"})
    assert messages.asked(bytes.fromhex("42050a03616263")) == ("check_tx", {"tx": b"abc", "type": 0})
    with pytest.raises(wire.Malformed, match="no request"):
        messages.asked(bytes.fromhex("3a00"))


def test_an_answer_has_its_length_before_it():
    assert messages.answered("flush", {}).hex() == "021a00"
    assert messages.answered("process_proposal", {"status": 1}).hex() == "059201020801"
    body = wire.encode(messages.RESPONSES["finalize_block"][1], {"tx_results": [{}, {"code": 2}], "app_hash": b"h"})
    assert body.hex() == "12001202" + "0802" + "2a0168"


def test_the_root_of_a_block_is_that_of_rfc_6962_over_digests():
    assert data_hash([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    three = data_hash([b"a", b"b", b"c"])
    assert len({data_hash([b"a"]), data_hash([b"a", b"b"]), three, data_hash([b"c", b"b", b"a"])}) == 4


def test_the_time_that_means_never_is_none():
    assert moment("0001-01-01T00:00:00Z") is None
    assert moment("2026-11-21T12:00:00Z").isoformat() == "2026-11-21T12:00:00+00:00"
    assert moment("2026-11-21T12:00:00.5Z").microsecond == 500_000
