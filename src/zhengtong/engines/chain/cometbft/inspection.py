"""The nodes compared with each other: who shows another block, another entry or another state than most of them is named.

Checked of each node: every block as it shows it (whole, by digest, against the others) and that its entries come to the hash in its header;
what its application really has on disk, read again, against the app hash that the validators signed. More than half of the nodes that
answer must agree for one to be named; otherwise the place where they differ is told, and no name.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

from zhengtong.engines.chain import Suspicion
from zhengtong.engines.chain.cometbft import standing
from zhengtong.engines.chain.cometbft.rpc import Node, Silent, Unknown
from zhengtong.engines.chain.cometbft.standing import Seen

FAR_BEHIND = 50
AT_ONCE = 8
UNREADABLE = "-"


def compare(nodes: Sequence[Node], *, since: int) -> list[Suspicion]:
    """All that is wrong, the first wrong block of a node only: what follows it is wrong because of it."""
    seen = standing.answering(nodes)
    there = {one.node.url for one in seen}
    found = [_silent(node) for node in nodes if node.url not in there]
    if not seen:
        return found
    top = max(one.height for one in seen)
    found += [_behind(one, top) for one in seen if top - one.height > FAR_BEHIND]
    common = min(one.height for one in seen if top - one.height <= FAR_BEHIND)
    found += _blocks([one for one in seen if one.height >= common], max(1, since), common)
    found += [wrong for one in seen for wrong in _application(one)]
    return found


def data_hash(txs: Sequence[bytes]) -> bytes:
    """What a block's header says of its entries: the RFC 6962 tree over their SHA-256 digests, with SHA-256.

    >>> data_hash([]).hex()[:8], data_hash([b"a"]).hex()[:8]
    ('e3b0c442', 'd5ae72b5')
    """
    return _root([sha256(tx).digest() for tx in txs])


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + _root(leaves[:half]) + _root(leaves[half:])).digest()


def _blocks(seen: Sequence[Seen], first: int, last: int) -> Iterator[Suspicion]:
    """One height after another; a node that was found wrong is not asked again."""
    good = list(seen)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as many:
        for height in range(first, last + 1):
            shown = list(many.map(_at(height), good))
            answers = {one.node.url: block for one, block in zip(good, shown, strict=True) if block}
            usual = _usual(answers.values())
            for one in list(good):
                block = answers.get(one.node.url)
                if usual is None and block == UNREADABLE:
                    yield _unreadable(one, height)
                    good.remove(one)
                elif usual is not None and block is not None and block != usual:
                    yield _unreadable(one, height) if block == UNREADABLE else _other_block(one, height)
                    good.remove(one)
            if usual is None and len(set(answers.values()) - {UNREADABLE}) > 1:
                yield _they_differ(height)
                return


def _usual(answers: Any) -> str | None:
    """What more than half of them say."""
    counted = Counter(answers)
    told, many = counted.most_common(1)[0] if counted else (UNREADABLE, 0)
    return told if 2 * many > counted.total() and told != UNREADABLE else None


def _at(height: int) -> Callable[[Seen], str | None]:
    return lambda one: _block(one.node, height)


def _block(node: Node, height: int) -> str | None:
    """The block as one digest; `-` when the node cannot show it or it contradicts itself; None when the node begins later."""
    try:
        told = node.ask("block", height=height)
        header = told["block"]["header"]
        txs = [base64.b64decode(tx) for tx in told["block"]["data"]["txs"] or []]
        fits = bytes.fromhex(header["data_hash"]) == data_hash(txs)
    except Unknown as failure:
        return None if "lowest height" in str(failure) else UNREADABLE
    except (Silent, KeyError, TypeError, ValueError):
        return UNREADABLE
    whole = json.dumps([told["block_id"], told["block"]], sort_keys=True).encode()
    return sha256(whole).hexdigest() if fits else UNREADABLE


def _application(one: Seen) -> Iterator[Suspicion]:
    """What is on the application's disk, against the app hash in the node's own block results."""
    try:
        told: Mapping[str, Any] = json.loads(one.node.query("/reread"))
        if not told["height"]:
            return
        agreed = base64.b64decode(one.node.ask("block_results", height=told["height"])["app_hash"]).hex()
    except (Silent, Unknown) as failure:
        yield Suspicion(
            one.node.url,
            "entries",
            None,
            f"节点 {one.name} 无法重读自己的记录：{failure}。",
            f"The node {one.name} cannot read its entries again: {failure}.",
        )
        return
    if told["wrong"] is not None:
        yield Suspicion(
            one.node.url,
            "entries",
            told["wrong"],
            f"节点 {one.name} 的第 {told['wrong']} 条记录被改动；请从其他节点重建它。",
            f"Entry {told['wrong']} of the node {one.name} was altered; rebuild it from the others.",
        )
    elif told["app_hash"] != agreed:
        yield Suspicion(
            one.node.url,
            "state",
            told["count"],
            f"节点 {one.name} 的 {told['count']} 条记录与状态，和验证者签过的不符；请从其他节点重建它。",
            f"The {told['count']} entries and the state of the node {one.name} are not what the validators signed; rebuild it.",
        )


def _silent(node: Node) -> Suspicion:
    return Suspicion(node.url, "silent", None, f"节点 {node.url} 不应答。", f"The node {node.url} does not answer.")


def _behind(one: Seen, top: int) -> Suspicion:
    zh = f"节点 {one.name} 停在第 {one.height} 块，其他已到第 {top} 块。"
    return Suspicion(
        one.node.url, "behind", one.height, zh, f"The node {one.name} stands at block {one.height}, others at {top}."
    )


def _unreadable(one: Seen, height: int) -> Suspicion:
    zh = f"节点 {one.name} 拿不出完好的第 {height} 块：它的存储被改动或损坏；请从其他节点重建它。"
    en = f"The node {one.name} cannot show block {height} whole: its store was altered or is damaged; rebuild it from the others."
    return Suspicion(one.node.url, "block", height, zh, en)


def _other_block(one: Seen, height: int) -> Suspicion:
    zh = f"节点 {one.name} 的第 {height} 块与多数节点不同；请保留它的存储作为证据。"
    en = f"Block {height} of the node {one.name} is not that of most nodes; keep its store as evidence."
    return Suspicion(one.node.url, "block", height, zh, en)


def _they_differ(height: int) -> Suspicion:
    zh = f"各节点的第 {height} 块不同，没有多数；请保留全部存储作为证据。"
    en = f"The nodes differ at block {height} and no majority agrees; keep all stores as evidence."
    return Suspicion("", "differs", height, zh, en)
