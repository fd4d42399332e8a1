"""The messages of ABCI 2.0 that we read and write, by the field numbers of CometBFT 0.38 (proto/tendermint/abci/types.proto)."""

from collections.abc import Mapping
from typing import Any

from zhengtong.engines.chain.cometbft import wire
from zhengtong.engines.chain.cometbft.wire import BYTES, INT, TEXT, Field, Shape

OK, REFUSED, DUPLICATE, NO_SUCH = 0, 1, 2, 3
ACCEPT, RECHECK = 1, 1
ABORT, REJECT, REJECT_FORMAT = 2, 3, 4
RETRY, RETRY_SNAPSHOT, REJECT_SNAPSHOT = 3, 4, 5

TIME: Shape = {"seconds": Field(1, INT), "nanos": Field(2, INT)}
KEY: Shape = {"ed25519": Field(1, BYTES)}
VALIDATOR: Shape = {"pub_key": Field(1, KEY), "power": Field(2, INT)}
RESULT: Shape = {"code": Field(1, INT), "data": Field(2, BYTES), "log": Field(3, TEXT), "codespace": Field(8, TEXT)}
SNAPSHOT: Shape = {
    "height": Field(1, INT),
    "format": Field(2, INT),
    "chunks": Field(3, INT),
    "hash": Field(4, BYTES),
    "metadata": Field(5, BYTES),
}
BLOCK: Shape = {"txs": Field(1, BYTES, many=True), "height": Field(5, INT), "time": Field(6, TIME)}
CHUNK: Shape = {"height": Field(1, INT), "format": Field(2, INT), "chunk": Field(3, INT)}
GENESIS: Shape = {
    "chain_id": Field(2, TEXT),
    "validators": Field(4, VALIDATOR, many=True),
    "app_state_bytes": Field(5, BYTES),
    "initial_height": Field(6, INT),
}

REQUESTS: Mapping[int, tuple[str, Shape]] = {
    1: ("echo", {"message": Field(1, TEXT)}),
    2: ("flush", {}),
    3: ("info", {"version": Field(1, TEXT), "abci_version": Field(4, TEXT)}),
    5: ("init_chain", GENESIS),
    6: ("query", {"data": Field(1, BYTES), "path": Field(2, TEXT), "height": Field(3, INT)}),
    8: ("check_tx", {"tx": Field(1, BYTES), "type": Field(2, INT)}),
    11: ("commit", {}),
    12: ("list_snapshots", {}),
    13: ("offer_snapshot", {"snapshot": Field(1, SNAPSHOT), "app_hash": Field(2, BYTES)}),
    14: ("load_snapshot_chunk", CHUNK),
    15: ("apply_snapshot_chunk", {"index": Field(1, INT), "chunk": Field(2, BYTES), "sender": Field(3, TEXT)}),
    16: ("prepare_proposal", {"max_tx_bytes": Field(1, INT), "txs": Field(2, BYTES, many=True)}),
    17: ("process_proposal", BLOCK),
    18: ("extend_vote", {}),
    19: ("verify_vote_extension", {}),
    20: ("finalize_block", BLOCK),
}

RESPONSES: Mapping[str, tuple[int, Shape]] = {
    "exception": (1, {"error": Field(1, TEXT)}),
    "echo": (2, {"message": Field(1, TEXT)}),
    "flush": (3, {}),
    "info": (
        4,
        {
            "data": Field(1, TEXT),
            "version": Field(2, TEXT),
            "app_version": Field(3, INT),
            "last_block_height": Field(4, INT),
            "last_block_app_hash": Field(5, BYTES),
        },
    ),
    "init_chain": (6, {"validators": Field(2, VALIDATOR, many=True), "app_hash": Field(3, BYTES)}),
    "query": (
        7,
        {
            "code": Field(1, INT),
            "log": Field(3, TEXT),
            "key": Field(6, BYTES),
            "value": Field(7, BYTES),
            "height": Field(9, INT),
        },
    ),
    "check_tx": (9, RESULT),
    "commit": (12, {"retain_height": Field(3, INT)}),
    "list_snapshots": (13, {"snapshots": Field(1, SNAPSHOT, many=True)}),
    "offer_snapshot": (14, {"result": Field(1, INT)}),
    "load_snapshot_chunk": (15, {"chunk": Field(1, BYTES)}),
    "apply_snapshot_chunk": (
        16,
        {
            "result": Field(1, INT),
            "refetch_chunks": Field(2, INT, many=True),
            "reject_senders": Field(3, TEXT, many=True),
        },
    ),
    "prepare_proposal": (17, {"txs": Field(1, BYTES, many=True)}),
    "process_proposal": (18, {"status": Field(1, INT)}),
    "extend_vote": (19, {"vote_extension": Field(1, BYTES)}),
    "verify_vote_extension": (20, {"status": Field(1, INT)}),
    "finalize_block": (
        21,
        {
            "tx_results": Field(2, RESULT, many=True),
            "validator_updates": Field(3, VALIDATOR, many=True),
            "app_hash": Field(5, BYTES),
        },
    ),
}


def asked(data: bytes) -> tuple[str, dict[str, Any]]:
    """The kind of a request, and what it says. Raises wire.Malformed."""
    key, at = wire.varint(data, 0)
    number = key >> 3
    if key & 7 != 2 or number not in REQUESTS:
        raise wire.Malformed(f"no request of ABCI 2.0: {number}")
    kind, shape = REQUESTS[number]
    width, at = wire.varint(data, at)
    if at + width != len(data):
        raise wire.Malformed(f"a request {kind} with a wrong length")
    return kind, wire.decode(shape, data[at:])


def answered(kind: str, message: Mapping[str, Any]) -> bytes:
    """A response as it goes over the socket, its length before it."""
    number, shape = RESPONSES[kind]
    body = wire.encode(shape, message)
    whole = wire.written(number << 3 | 2) + wire.written(len(body)) + body
    return wire.written(len(whole)) + whole
