"""Snapshots for a node that joins: all entries in chunks, the state last; checked piece by piece, and in the end against the signed app hash.

A chunk is closed once it holds a mebibyte of entries and never changes again, so that a new snapshot writes only what is new. Where a
chunk ends follows from the entries alone: all nodes offer the same snapshot. A chunk's file is named by its SHA-256.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from zhengtong.engines import chain
from zhengtong.engines.chain.cometbft import messages, wire
from zhengtong.engines.chain.cometbft.store import Head, Kept, Store
from zhengtong.engines.chain.cometbft.wire import BYTES, INT, TEXT, Field

FORMAT, CLOSED_BYTES, KEPT, PAGE = 1, 1 << 20, 2, 500
ENTRY: wire.Shape = {"height": Field(1, INT), "at_ns": Field(2, INT), "entry": Field(3, BYTES)}
CHUNK: wire.Shape = {
    "entries": Field(1, ENTRY, many=True),
    "chain": Field(2, TEXT),
    "height": Field(3, INT),
    "state": Field(4, BYTES),
}


class Snapshots:
    """Those that this node offers: the newest two."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, head: Head) -> None:
        """This will write what is new since the last snapshot, and drop what no snapshot names any more."""
        closed = self._store.closed_chunks()
        digests, last = [digest for _, digest in closed], closed[-1][0] if closed else 0
        with self._store.write():
            for entries, full in _pieces(self._store, last):
                digest = self._written(wire.encode(CHUNK, {"entries": entries}))
                last += len(entries)
                if full:
                    self._store.keep_chunk(len(digests), last, digest)
                digests.append(digest)
            told = {"chain": head.chain, "height": head.height, "state": head.state}
            digests.append(self._written(wire.encode(CHUNK, told)))
            self._store.keep_snapshot(head.height, b"".join(digests))
            for height, _ in self._store.snapshots()[KEPT:]:
                self._store.forget_snapshot(height)
        self._tidy()

    def offered(self) -> list[Mapping[str, Any]]:
        """As ListSnapshots wants them."""
        return [
            {
                "height": height,
                "format": FORMAT,
                "chunks": len(digests) // 32,
                "hash": sha256(digests).digest(),
                "metadata": digests,
            }
            for height, digests in self._store.snapshots()
        ]

    def chunk(self, height: int, number: int) -> bytes:
        """Its bytes; none when we have it no longer."""
        digests = dict(self._store.snapshots()).get(height, b"")
        digest = digests[32 * number : 32 * number + 32]
        file = self._store.chunks / digest.hex()
        return file.read_bytes() if digest and file.exists() else b""

    def _written(self, body: bytes) -> bytes:
        digest = sha256(body).digest()
        file = self._store.chunks / digest.hex()
        if not file.exists():
            draft = file.with_suffix(".part")
            draft.write_bytes(body)
            draft.replace(file)
        return digest

    def _tidy(self) -> None:
        named = {
            digests[at : at + 32].hex() for _, digests in self._store.snapshots() for at in range(0, len(digests), 32)
        }
        for file in self._store.chunks.iterdir():
            if file.name not in named:
                file.unlink()


class Restoring:
    """A snapshot that is being taken in, chunk by chunk, in place of what was there. `head` stands once all of it fits."""

    def __init__(self, store: Store, snapshot: Mapping[str, Any], app_hash: bytes) -> None:
        self._store, self._snapshot, self._app_hash = store, snapshot, app_hash
        self._digests: bytes = snapshot["metadata"]
        self._count, self._digest = 0, chain.START
        self.head: Head | None = None

    def judged(self) -> int:
        """What OfferSnapshot answers."""
        if self._snapshot["format"] != FORMAT:
            return messages.REJECT_FORMAT
        fits = len(self._digests) == 32 * self._snapshot["chunks"] > 0
        return messages.ACCEPT if fits and sha256(self._digests).digest() == self._snapshot["hash"] else messages.REJECT

    def take(self, index: int, body: bytes, sender: str) -> Mapping[str, Any]:
        """What ApplySnapshotChunk answers; chunks come in order."""
        if sha256(body).digest() != self._digests[32 * index : 32 * index + 32]:
            return {"result": messages.RETRY, "refetch_chunks": [index], "reject_senders": [sender] if sender else []}
        told = wire.decode(CHUNK, body)
        entries = []
        for number, one in enumerate(told["entries"], self._count + 1):
            entries.append(Kept(number, one["entry"], one["height"], one["at_ns"]))
            self._digest = chain.extended(self._digest, one["entry"])
        self._count += len(entries)
        with self._store.write():
            if index == 0:
                self._store.empty()
            self._store.add(entries)
            fits = index + 1 < self._snapshot["chunks"] or self._ended(told["chain"], told["height"], told["state"])
        return {"result": messages.ACCEPT if fits else messages.REJECT_SNAPSHOT}

    def _ended(self, chain_id: str, height: int, state: bytes) -> bool:
        """This will keep the head if what came is what the validators signed, and nothing otherwise."""
        head = Head(chain_id, height, self._count, self._digest, state, b"").closed(height)
        if (head.app_hash, height) != (self._app_hash, self._snapshot["height"]):
            self._store.empty()
            return False
        self._store.keep_head(head)
        self.head = head
        return True


def _pieces(store: Store, after: int) -> Iterator[tuple[list[Mapping[str, Any]], bool]]:
    """The entries after that position in chunks, and whether the chunk is full."""
    piece: list[Mapping[str, Any]] = []
    size = 0
    while page := store.entries(after, PAGE):
        for one in page:
            piece.append({"height": one.height, "at_ns": one.at_ns, "entry": one.entry})
            size += len(one.entry)
            if size >= CLOSED_BYTES:
                yield piece, True
                piece, size = [], 0
        after = page[-1].position
    if piece:
        yield piece, False
