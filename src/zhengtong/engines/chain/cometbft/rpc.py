"""A node of CometBFT as it is asked: JSON-RPC over HTTP, the first node that answers, our own before the others."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from zhengtong.engines.chain import ChainAway
from zhengtong.engines.chain.cometbft import messages

BATCH, BATCH_BYTES = 10, 500_000
TAKEN, FULL = "already exists in cache", "mempool is full"


class Silent(Exception):
    """This node does not answer, or with nothing that makes sense."""


class Unknown(Exception):
    """The node answers that it cannot tell."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an entry at the node: kept for ordering (or ordered already), refused with a reason, or neither: try later."""

    kept: bool
    refused: str = ""


class Node:
    """One node. `address`: as which validator it answered last; empty until it has."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self.url, self.address = url.rstrip("/"), ""
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def ask(self, method: str, **params: Any) -> Mapping[str, Any]:
        """The result of one call; heights are given as numbers. Raises Silent, Unknown."""
        return self._result(self._post(_call(method, params)))

    def query(self, path: str, data: bytes = b"") -> bytes:
        """What the node's application answers. Raises Silent, Unknown."""
        answer = self.ask("abci_query", path=path, data=data.hex())["response"]
        if int(answer.get("code") or 0):
            raise Unknown(str(answer.get("log")))
        return base64.b64decode(answer.get("value") or "")

    def send(self, entries: Sequence[bytes]) -> Iterator[Sent]:
        """This will hand the entries over for ordering: what became of each, in order. Raises Silent."""
        for piece in _pieces(entries):
            calls = [
                _call("broadcast_tx_sync", {"tx": base64.b64encode(one).decode()}, number)
                for number, one in enumerate(piece)
            ]
            answers = self._post(calls)
            by_number = {one.get("id"): one for one in (answers if isinstance(answers, list) else [answers])}
            yield from (_sent(by_number.get(number)) for number in range(len(piece)))

    def close(self) -> None:
        self._client.close()

    def _post(self, body: Any) -> Any:
        try:
            answer = self._client.post(self.url, json=body)
            return answer.json()
        except (httpx.HTTPError, ValueError) as failure:
            raise Silent(f"{type(failure).__name__}: {failure}") from failure

    def _result(self, answer: Any) -> Mapping[str, Any]:
        if not isinstance(answer, dict):
            raise Silent("no answer of JSON-RPC")
        if "error" in answer:
            raise Unknown(_reason(answer))
        found = answer.get("result")
        if not isinstance(found, dict):  # what a node without a block yet says of its commit
            raise Unknown("nothing to tell yet")
        return found


class Nodes:
    """All that are set, our own first; one that was silent is asked last until it answers again."""

    def __init__(self, urls: Sequence[str], *, timeout_s: float) -> None:
        self.all = [Node(url, timeout_s=timeout_s) for url in urls]
        self._first = self.all[0]

    def in_turn(self) -> Iterator[Node]:
        """The one that answered last, then the others."""
        yield self._first
        yield from (one for one in self.all if one is not self._first)

    def prefer(self, node: Node) -> bool:
        """Keep to this one; True when it is another than before."""
        changed, self._first = node is not self._first, node
        return changed

    def away(self, reason: object) -> ChainAway:
        """The error that says so."""
        return ChainAway(nodes=", ".join(one.url for one in self.all), reason=reason)

    def close(self) -> None:
        for one in self.all:
            one.close()


def _call(method: str, params: Mapping[str, Any], number: int = 0) -> dict[str, Any]:
    given = {name: str(value) if isinstance(value, int) else value for name, value in params.items()}
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": given}


def _sent(answer: Mapping[str, Any] | None) -> Sent:
    if answer is None:
        return Sent(kept=False)
    if "error" in answer:
        return Sent(kept=TAKEN in _reason(answer))
    result = answer["result"]
    if result["code"] in (messages.OK, messages.DUPLICATE):
        return Sent(kept=True)
    return Sent(kept=False, refused=result.get("log") or "refused")


def _reason(answer: Mapping[str, Any]) -> str:
    told = answer["error"]
    return f"{told.get('message', '')} {told.get('data', '')}".strip() if isinstance(told, dict) else str(told)


def _pieces(entries: Sequence[bytes]) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for one in entries:
        if piece and (len(piece) == BATCH or size + len(one) > BATCH_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(one)
        size += len(one)
    if piece:
        yield piece
