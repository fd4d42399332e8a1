"""The application behind a node: it takes in the entries that the validators agreed upon, and says what they come to.

`apply(state, entry) -> state` is a pure function that is handed in; what it refuses (a Problem or a ValueError) gets no position, on every
node alike. Anything else that it raises is a bug: the node stops rather than to differ from the others. The same bytes are taken in once.
Between FinalizeBlock and Commit a block is in memory only: a node that is killed there has it played again by CometBFT.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from zhengtong.engines import chain
from zhengtong.engines.chain.cometbft import messages, wire
from zhengtong.engines.chain.cometbft.snapshots import Restoring, Snapshots
from zhengtong.engines.chain.cometbft.store import Head, Kept, Store, first_head
from zhengtong.engines.chain.cometbft.wire import BYTES, INT, Field
from zhengtong.kernel.errors import Problem

VERSION = "zhengtong-chain-1"
PAGE, PAGE_BYTES = 2_000, 4_000_000
ENTRY: wire.Shape = {
    "position": Field(1, INT),
    "height": Field(2, INT),
    "at_ns": Field(3, INT),
    "entry": Field(4, BYTES),
}
ENTRIES: wire.Shape = {
    "entries": Field(1, ENTRY, many=True),
    "count": Field(2, INT),
    "height": Field(3, INT),
    "state": Field(4, BYTES),
}
Apply = Callable[[bytes, bytes], bytes]
Members = Callable[[bytes], Mapping[bytes, int]]
Message = Mapping[str, Any]


class Differs(Exception):
    """CometBFT asks for something that does not follow from what is kept here."""


@dataclass(slots=True)
class Block:
    """A block that is decided and not yet committed."""

    head: Head
    entries: list[Kept] = field(default_factory=list)
    seen: dict[bytes, int] = field(default_factory=dict)


class Application:
    """One node's. Not for several threads at once: the server takes turns."""

    def __init__(
        self,
        apply: Apply,
        store: Store,
        *,
        initial: bytes = b"",
        members: Members | None = None,
        snapshot_every: int = 1000,
    ) -> None:
        self._apply, self.store, self._initial, self._members = apply, store, initial, members
        self._snapshots, self._every = Snapshots(store), snapshot_every
        self._block: Block | None = None
        self._restoring: Restoring | None = None
        self._head = store.head() or first_head("", initial)
        self._checked = Block(self._head)

    def handle(self, kind: str, request: Message) -> Message:
        """The answer to one request of ABCI."""
        answer: Message = getattr(self, f"_{kind}")(request)
        return answer

    def _echo(self, request: Message) -> Message:
        return {"message": request["message"]}

    def _flush(self, _: Message) -> Message:
        return {}

    def _info(self, _: Message) -> Message:
        head = self._head
        found = {"last_block_height": head.height, "last_block_app_hash": head.app_hash} if head.height else {}
        return {"data": VERSION, "version": "1", "app_version": 1, **found}

    def _init_chain(self, request: Message) -> Message:
        self._head = first_head(request["chain_id"], request["app_state_bytes"] or self._initial)
        self._checked = Block(self._head)
        with self.store.write():
            self.store.empty()
            self.store.keep_head(self._head)
        return {"app_hash": self._head.app_hash}

    def _check_tx(self, request: Message) -> Message:
        """What has waited over a block is only asked whether it is ordered now: thousands may wait, and the block judges them."""
        if request["type"] == messages.RECHECK:
            known = self.store.position_of(chain.digest_of(request["tx"]))
            return {"code": messages.DUPLICATE if known else messages.OK}
        return self._taken(self._checked, request["tx"], height=0, at_ns=0)

    def _prepare_proposal(self, request: Message) -> Message:
        chosen: dict[bytes, bytes] = {}
        room = request["max_tx_bytes"]
        for tx in request["txs"]:
            digest, cost = chain.digest_of(tx), len(tx) + 8
            if digest in chosen or self.store.position_of(digest) is not None:
                continue
            if cost > room:
                break
            chosen[digest] = tx
            room -= cost
        return {"txs": list(chosen.values())}

    def _process_proposal(self, _: Message) -> Message:
        """Any proposal will do: what is in it and not acceptable gets no position, on every node alike."""
        return {"status": messages.ACCEPT}

    def _extend_vote(self, _: Message) -> Message:
        return {}

    def _verify_vote_extension(self, _: Message) -> Message:
        return {"status": messages.ACCEPT}

    def _finalize_block(self, request: Message) -> Message:
        height, time = request["height"], request["time"] or {"seconds": 0, "nanos": 0}
        if self._head.height and height != self._head.height + 1:
            raise Differs(f"block {height} does not follow {self._head.height}")
        self._block = block = Block(self._head)
        at_ns = time["seconds"] * 1_000_000_000 + time["nanos"]
        results = [self._taken(block, tx, height=height, at_ns=at_ns) for tx in request["txs"]]
        block.head = block.head.closed(height)
        return {
            "tx_results": results,
            "app_hash": block.head.app_hash,
            "validator_updates": self._changes(self._head.state, block.head.state),
        }

    def _commit(self, _: Message) -> Message:
        block = self._block
        if block is None:
            raise Differs("a commit without a block")
        with self.store.write():
            self.store.keep(block.head, block.entries)
        self._head, self._block, self._checked = block.head, None, Block(block.head)
        if self._every and self._head.height % self._every == 0:
            self._snapshots.take(self._head)
        return {}

    def _query(self, request: Message) -> Message:
        path = request["path"]
        asked = {"/entries": self._entries, "/entry": self._entry, "/head": self._told, "/state": self._state}
        if path not in asked:
            return {"code": messages.NO_SUCH, "log": f"there is no {path}; there are {', '.join(asked)}, /reread"}
        return {"value": asked[path](request["data"]), "height": self._head.height}

    def reread(self) -> Message:
        """The answer to the query /reread, which takes long and needs no turn."""
        head, count, digest, wrong = self.store.reread()
        came_to = chain.app_hash(count, digest, sha256(head.state).digest())
        told = {"height": head.height, "count": count, "wrong": wrong, "app_hash": came_to.hex()}
        return {"value": json.dumps(told).encode(), "height": head.height}

    def _list_snapshots(self, _: Message) -> Message:
        return {"snapshots": self._snapshots.offered()}

    def _load_snapshot_chunk(self, request: Message) -> Message:
        return {"chunk": self._snapshots.chunk(request["height"], request["chunk"])}

    def _offer_snapshot(self, request: Message) -> Message:
        self._restoring = Restoring(self.store, request["snapshot"], request["app_hash"])
        return {"result": self._restoring.judged()}

    def _apply_snapshot_chunk(self, request: Message) -> Message:
        if self._restoring is None:
            return {"result": messages.ABORT}
        answer = self._restoring.take(request["index"], request["chunk"], request["sender"])
        if self._restoring.head is not None:
            self._head = self._restoring.head
            self._checked, self._restoring = Block(self._head), None
        return answer

    def _taken(self, block: Block, tx: bytes, *, height: int, at_ns: int) -> Message:
        """The entry's place in the block, or why it has none."""
        digest = chain.digest_of(tx)
        known = block.seen.get(digest) or self.store.position_of(digest)
        if known:
            return {"code": messages.DUPLICATE, "data": known.to_bytes(8, "big"), "log": "ordered already"}
        try:
            state = self._apply(block.head.state, tx)
        except (Problem, ValueError) as refusal:
            return {"code": messages.REFUSED, "log": str(refusal)[:500]}
        block.head = block.head.with_entry(tx, state)
        block.seen[digest] = block.head.count
        block.entries.append(Kept(block.head.count, tx, height, at_ns))
        return {"data": block.head.count.to_bytes(8, "big")}

    def _changes(self, before: bytes, after: bytes) -> list[Message]:
        """Who joins the validators, changes weight or leaves, as the state says; in a fixed order."""
        if self._members is None or before == after:
            return []
        old, new = self._members(before), self._members(after)
        changed = {
            key: new.get(key, 0) for key in sorted(old.keys() | new.keys()) if old.get(key, 0) != new.get(key, 0)
        }
        return [{"pub_key": {"ed25519": key}, "power": power} for key, power in changed.items()]

    def _entries(self, data: bytes) -> bytes:
        asked = json.loads(data or b"{}")
        page: list[Message] = []
        room = PAGE_BYTES
        for one in self.store.entries(asked.get("after", 0), min(asked.get("limit", PAGE), PAGE)):
            room -= len(one.entry)
            if page and room < 0:
                break
            page.append({"position": one.position, "height": one.height, "at_ns": one.at_ns, "entry": one.entry})
        head = self._head
        state = sha256(head.state).digest()
        return wire.encode(ENTRIES, {"entries": page, "count": head.count, "height": head.height, "state": state})

    def _entry(self, data: bytes) -> bytes:
        return str(self.store.position_of(data) or 0).encode()

    def _told(self, _: bytes) -> bytes:
        head = self._head
        told = {"chain": head.chain, "height": head.height, "count": head.count, "app_hash": head.app_hash.hex()}
        return json.dumps(told).encode()

    def _state(self, _: bytes) -> bytes:
        return self._head.state
